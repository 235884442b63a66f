/* What the files that find images share. */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/document/chart_list.h"
#include "indexer/document/images.h"
#include "indexer/format/node.h"

struct found_image {
	struct chart_image image;
	size_t chart;                    /* where in the list of charts */
	uint32_t line;
};

struct images_reader {
	struct arena *a;
	struct errinfo *e;
	struct chart_at *charts;
	size_t chart_count;
	struct found_image *found;
	size_t count, room;
	bool cut;
};

/* Takes an image down that was found in a chart; what is no image is passed over. `where` is borrowed
 * for the call.                                                                               */
NODISCARD enum err images_add(struct images_reader *r, size_t chart, enum image_source source,
                              struct str image, struct str where, uint32_t line);

/* images_values.c */
NODISCARD enum err images_of_values(struct images_reader *r);

/* A tree of YAML that is not trusted to be any; *ret is NULL when it is none. In the arena. NOMEM. */
NODISCARD enum err images_yaml(struct arena *a, struct str text, const struct node **ret,
                               struct errinfo *e);
