/* A chart as its templates see it: with its defaults merged as Helm 4 merges them, and with the subcharts
 * that take part.
 *
 *     struct render_chart input;
 *     err = render_input(&arena, &chart, &input, e);
 *     err = render_chart(&arena, &input, &options, &rendered, e);
 *
 * What is wrong with a values.yaml is not told here but by values_view. Helm 4 leaves nulls out, where
 * values_view keeps those that Helm 3 keeps.                                                  */
#pragma once

#include "indexer/template/render.h"

/* NOMEM alone. In the arena, or borrowed from the chart. */
NODISCARD enum err render_input(struct arena *a, const struct chart *c, struct render_chart *ret,
                                struct errinfo *e);
