/* Private to the drawing: its pieces. */
#pragma once

#include "server/web/drawing.h"

/* As much of a text as fits into so many pixels, with an ellipsis where that is not all. */
NODISCARD bool drawing_cut(struct arena *a, struct str s, bool mono, int max, struct str *ret);

/* What stands in a layer: a node, or a line on its way through. */
struct item {
	size_t layer;
	int width, height, y;            /* y is relative until all are known */
	size_t ends;                     /* of lines that come in: those with the same label share one */
	size_t place;                    /* in its layer */
	int64_t weight;                  /* what the layer is sorted by */
};
struct link { size_t from, to; };    /* items of layers that are next to each other */

struct layers {
	struct item *items;              /* the nodes first */
	size_t item_count;
	struct link *links;
	size_t link_count;
	size_t *chain;                   /* of each edge, its first link; as many as layers it goes on */
	bool *left_out;                  /* of each edge */
	size_t **layer;                  /* of each layer, its items in order */
	size_t *layer_size;
	size_t layer_count;
};

/* Which layer everything is in, and the lines that pass: drawing_layers.c. */
NODISCARD enum err drawing_layers(struct arena *a, const struct drawing *d, struct layers *ret,
                                  struct errinfo *e);
/* In which order: drawing_order.c. */
NODISCARD enum err drawing_order(struct arena *a, struct layers *l, struct errinfo *e);
/* And at which height, from 0 on. Returns the height of all. */
NODISCARD enum err drawing_heights(struct arena *a, struct layers *l, int *ret, struct errinfo *e);
