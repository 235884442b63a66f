/* A chart as its templates see it: with its defaults merged as Helm 4 merges them, and with the subcharts
 * that take part.
 *
 *     struct render_chart input;
 *     err = render_input(&arena, &chart, &input, e);
 *     err = render_chart(&arena, &input, &options, &rendered, e);      or both at once: render_defaults
 *
 * What is wrong with a values.yaml is not told here but by values_view. Helm 4 leaves nulls out, where
 * values_view keeps those that Helm 3 keeps.                                                  */
#pragma once

#include "indexer/template/render.h"

/* NOMEM alone. In the arena, or borrowed from the chart. */
NODISCARD enum err render_input(struct arena *a, const struct chart *c, struct render_chart *ret,
                                struct errinfo *e);

/* Where a chart wants values that have no default, it is rendered once more as if it did not: what it shows
 * then is most of what it will run.                                                           */
struct defaults_rendered {
	struct rendered strict;          /* as Helm does, which may have failed */
	struct rendered all;             /* as far as it goes; the same where nothing failed */
};
NODISCARD enum err render_defaults(struct arena *a, const struct chart *c, struct defaults_rendered *ret,
                                   struct errinfo *e);
