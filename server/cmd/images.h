/* `chartlocker images`: the charts it is asked for, and how it tells what was found. */
#pragma once

#include "indexer/document/images_export.h"
#include "server/cmd/ask.h"

struct command;

struct images_source {               /* what a chart borrows from is here */
	struct arena arena;
	struct chart_scratch scratch;
	char *data;
	struct asked_chart asked;
	bool has_chart;                  /* else it is a text from standard input */
	struct chart chart;
};
void images_source_done(struct images_source *s);

/* An archive or a directory; "-" is rendered YAML, or a plain list, from standard input. */
NODISCARD enum err images_of_path(struct images_source *s, const char *path, struct images_of_chart *ret,
                                  struct errinfo *e);
/* All of standard input; `to` has the limit CHART_UNPACKED_MAX_BYTES. TOO_LARGE. */
NODISCARD enum err images_input(struct sbuf *to, struct errinfo *e);
/* What s->asked names, in a catalog. */
NODISCARD enum err images_of_asked(struct images_source *s, struct remote *r, struct images_of_chart *ret,
                                   struct errinfo *e);

/* chartlocker images add, images remove */
int cmd_images_add(const struct command *self, int argc, char **argv);
int cmd_images_remove(const struct command *self, int argc, char **argv);

/* Every image with whether it is certain, its source, the chart and the place: a table. */
NODISCARD enum err images_print_why(const struct images_of_chart *charts, size_t count, bool all,
                                    struct errinfo *e);
