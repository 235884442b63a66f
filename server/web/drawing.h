/* A picture of things that lead to one another, as SVG: from left to right, the first at the left.
 *
 *     struct drawing d = { .nodes = …, .edges = … };
 *     err = drawing_svg(&arena, &d, &b, e);
 *
 * Things stand in layers, each to the right of all that lead to it, ordered so that few lines cross;
 * a line that passes a layer has a place of its own there. The same input gives the same bytes.
 * There is no colour in it: classes are those of site.css (`.graph`), within <div class="graph">.
 * Sizes are pixels, of texts as wide as they are at most: system fonts differ.               */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"

#define DRAWING_NODES_MAX 200u
#define DRAWING_EDGES_MAX 1000u
#define DRAWING_MAX_BYTES (2u * 1024u * 1024u)

struct drawing_node {
	struct str name, note;           /* two lines of its box; too long ones are cut */
	struct str title;                /* what a pointer that rests on it is told */
	struct str link;                 /* empty: none */
	const char *class;               /* "root", "missing outdated"; NULL: none */
};
struct drawing_edge { size_t from, to; struct str label; const char *class; };

struct drawing {
	const struct drawing_node *nodes;
	size_t node_count;               /* at most DRAWING_NODES_MAX */
	const struct drawing_edge *edges;        /* one that closes a circle is left out */
	size_t edge_count;               /* at most DRAWING_EDGES_MAX */
	struct str title, description;   /* for who does not see it */
};

/* TOO_LARGE, NOMEM. */
NODISCARD enum err drawing_svg(struct arena *a, const struct drawing *d, struct sbuf *b,
                               struct errinfo *e);

/* ---- where things are (drawing_layout.c) ---- */

struct drawing_box { int x, y, width, height; };
struct drawing_point { int x, y; };
struct drawing_line {                /* left out: no points */
	struct drawing_point *points;    /* pairs, level from the first to the second: beside the source's box,
	                                    past every layer, to the target's box */
	size_t count;
	struct str label;                /* cut; empty where another line has the same end and label */
	struct drawing_point label_end;  /* its right end, on the base line */
};
struct drawing_layout {
	struct drawing_box *boxes;       /* of the nodes */
	struct str *names, *notes;       /* cut */
	struct drawing_line *lines;      /* of the edges */
	int width, height;
};
NODISCARD enum err drawing_layout(struct arena *a, const struct drawing *d,
                                  struct drawing_layout *ret, struct errinfo *e);
/* Estimated widths: of a name, and of a note or label, which are monospaced. */
int drawing_name_width(struct str s);
int drawing_note_width(struct str s);
