/* `chartlocker images`: the charts it is asked for, and how it tells what was found. */
#pragma once

#include "indexer/document/images_export.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"

/* What was found so far, a chart after the other. */
struct images_found {
	struct arena arena;              /* of the list, and of texts that nothing else keeps */
	struct images_of_chart *list;
	size_t count, room;
	size_t failed;                   /* charts that are told on standard error, and left out */
};
/* Zeroed; borrowed until the next. NULL: out of memory. */
struct images_of_chart *images_found_add(struct images_found *x, struct errinfo *e);
/* On standard error: what was not seen. */
void images_tell_incomplete(const char *word, const struct chart_images *found);

/* ---- images_read.c: a chart, where it is needed itself ---- */

struct images_source {               /* what a chart borrows from is here */
	struct arena arena;
	struct chart_scratch scratch;
	bool has_chart;                  /* else it is a text from standard input */
	struct chart chart;
};
void images_source_done(struct images_source *s);

/* An archive or a directory; "-" is rendered YAML, or a plain list, from standard input. */
NODISCARD enum err images_of_path(struct images_source *s, const char *path, struct images_of_chart *ret,
                                  struct errinfo *e);
/* All of standard input; `to` has the limit CHART_UNPACKED_MAX_BYTES. TOO_LARGE. */
NODISCARD enum err images_input(struct sbuf *to, struct errinfo *e);
/* The archive of what is asked for, in a catalog. */
NODISCARD enum err images_fetch_chart(struct images_source *s, struct remote *r,
                                      const struct asked_chart *asked, struct errinfo *e);

/* ---- images_catalog.c: what a catalog tells ---- */

/* Of one version; `asked` becomes what it stood for. */
NODISCARD enum err images_of_asked(struct images_found *x, struct remote *r, struct asked_chart *asked,
                                   struct errinfo *e);
/* With what it depends on and does not bring along, all the way down, from whichever repository has it. */
NODISCARD enum err images_of_closure(struct images_found *x, struct remote *r, struct asked_chart *asked,
                                     struct errinfo *e);
/* Of all versions in a repository's index whose archives are there, also of a virtual one. `places`: with where
 * each was found, which takes a request a version.                                            */
NODISCARD enum err images_of_repo(struct images_found *x, struct remote *r, struct str repo, bool places,
                                  struct errinfo *e);

/* ---- images_bundle.c ---- */

/* A bundle, a directory of bundles, one that was unpacked, or a list of images. */
bool images_is_bundle(const char *path);
/* Its images.txt, compared with its manifest; no signature is looked at. */
NODISCARD enum err images_of_bundle(struct images_found *x, const char *path, struct errinfo *e);

/* chartlocker images add, images remove */
int cmd_images_add(const struct command *self, int argc, char **argv);
int cmd_images_remove(const struct command *self, int argc, char **argv);

/* Every image with whether it is certain, its source, the chart and the place. */
NODISCARD enum err images_print_why(const struct images_of_chart *charts, size_t count, bool all,
                                    struct errinfo *e);
