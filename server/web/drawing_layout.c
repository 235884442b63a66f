/* From nodes and edges to boxes and lines. A box is as tall as the lines that come in need, so that
 * each has its own end, with its label before it.                                            */
#include <stdlib.h>

#include "server/web/drawing_parts.h"

#define MARGIN 16
#define PAD 14                       /* beside the texts of a box */
#define BOX_HEIGHT 46
#define LINE_HEIGHT 16               /* of an end of a line, where there are many */
#define LINES_MAX 40u                /* that make a box taller; of more, none has a label */
#define PASSING_HEIGHT 12            /* of a line that passes a layer */
#define TEXT_MAX 200
#define LABEL_MAX 120
#define BOX_MIN 72
#define BEND 64                      /* of a gap, beside the labels */
#define LABEL_GAP 10                 /* to the box: the head of the line */

struct placing {
	struct arena *arena;
	const struct drawing *d;
	struct layers l;
	struct drawing_layout *to;
	int *left, *width;               /* of each layer */
	struct errinfo *e;
};

static enum err no_memory(struct placing *p) { return ERR(p->e, NOMEM, "drawing"); }

/* ---- sizes ---- */

static enum err cut_texts(struct placing *p)
{
	const struct drawing *d = p->d;
	struct drawing_layout *to = p->to;
	for (size_t i = 0; i < d->node_count; i++)
		if (!drawing_cut(p->arena, d->nodes[i].name, false, TEXT_MAX, &to->names[i]) ||
		    !drawing_cut(p->arena, d->nodes[i].note, true, TEXT_MAX, &to->notes[i]))
			return no_memory(p);
	for (size_t i = 0; i < d->edge_count; i++)
		if (!drawing_cut(p->arena, d->edges[i].label, true, LABEL_MAX, &to->lines[i].label))
			return no_memory(p);
	return OK;
}

static void size_items(struct placing *p)
{
	for (size_t i = 0; i < p->l.item_count; i++) {
		struct item *x = &p->l.items[i];
		bool node = i < p->d->node_count;
		int lines = (int)(x->links_in < LINES_MAX ? x->links_in : LINES_MAX) * LINE_HEIGHT;
		int name = node ? drawing_name_width(p->to->names[i]) : 0;
		int note = node ? drawing_note_width(p->to->notes[i]) : 0;
		int width = (name > note ? name : note) + 2 * PAD;
		x->height = !node ? PASSING_HEIGHT : lines > BOX_HEIGHT ? lines : BOX_HEIGHT;
		x->width = !node ? 0 : width < BOX_MIN ? BOX_MIN : width;
	}
}

/* A layer is as wide as its widest box, and the gap before it as the longest label that ends there. */
static enum err place_layers(struct placing *p)
{
	int x = MARGIN;
	int *label = arena_array(p->arena, p->l.layer_count + 1, sizeof *label);
	p->left = arena_array(p->arena, p->l.layer_count + 1, sizeof *p->left);
	p->width = arena_array(p->arena, p->l.layer_count + 1, sizeof *p->width);
	if (!label || !p->left || !p->width)
		return no_memory(p);
	for (size_t i = 0; i < p->d->edge_count; i++) {
		size_t at = p->l.items[p->d->edges[i].to].layer;
		int width = drawing_note_width(p->to->lines[i].label);
		label[at] = !p->l.left_out[i] && width > label[at] ? width : label[at];
	}
	for (size_t i = 0; i < p->l.item_count; i++) {
		const struct item *item = &p->l.items[i];
		p->width[item->layer] = item->width > p->width[item->layer] ? item->width : p->width[item->layer];
	}
	for (size_t i = 0; i < p->l.layer_count; i++) {
		x += i ? BEND + LABEL_GAP + label[i] : 0;
		p->left[i] = x;
		x += p->width[i];
	}
	p->to->width = x + MARGIN;
	return OK;
}

static void place_boxes(struct placing *p)
{
	for (size_t i = 0; i < p->d->node_count; i++) {
		const struct item *x = &p->l.items[i];
		p->to->boxes[i] = (struct drawing_box){ p->left[x->layer], x->y + MARGIN, x->width, x->height };
	}
}

/* ---- lines ---- */

static int64_t height_of(const struct layers *l, size_t link)
{
	const struct item *from = &l->items[l->links[link].from];
	return (int64_t)from->y + from->height / 2;
}

static int by_target_and_height(const void *left, const void *right, void *layers)
{
	const struct layers *l = layers;
	size_t a = *(const size_t *)left, b = *(const size_t *)right;
	if (l->links[a].to != l->links[b].to)
		return l->links[a].to < l->links[b].to ? -1 : 1;
	int64_t x = height_of(l, a), y = height_of(l, b);
	return x != y ? (x < y ? -1 : 1) : (a > b) - (a < b);
}

/* Of every link, the height at which it ends: lines do not cross on their last pixels. */
static enum err place_ends(struct placing *p, int **ret)
{
	struct layers *l = &p->l;
	int *ends = arena_array(p->arena, l->link_count + 1, sizeof *ends);
	size_t *order = arena_array(p->arena, l->link_count + 1, sizeof *order);
	if (!ends || !order)
		return no_memory(p);
	for (size_t i = 0; i < l->link_count; i++)
		order[i] = i;
	qsort_r(order, l->link_count, sizeof *order, by_target_and_height, l);
	for (size_t i = 0, nth = 0; i < l->link_count; i++) {
		const struct item *to = &l->items[l->links[order[i]].to];
		nth = i && l->links[order[i]].to == l->links[order[i - 1]].to ? nth + 1 : 0;
		ends[order[i]] = MARGIN + to->y + (int)((size_t)to->height * (nth + 1) / (to->links_in + 1));
	}
	*ret = ends;
	return OK;
}

static enum err draw_line(struct placing *p, size_t edge, const int *ends)
{
	const struct layers *l = &p->l;
	const struct drawing_edge *x = &p->d->edges[edge];
	const struct item *from = &l->items[x->from];
	struct drawing_line *line = &p->to->lines[edge];
	size_t layers = l->items[x->to].layer - from->layer;
	line->points = arena_array(p->arena, 2 * layers, sizeof *line->points);
	if (!line->points)
		return no_memory(p);
	line->points[line->count++] = (struct drawing_point){
		p->left[from->layer] + from->width, MARGIN + from->y + from->height / 2,
	};
	for (size_t i = 0; i < layers; i++) {
		size_t layer = from->layer + 1 + i;
		int y = ends[l->chain[edge] + i];
		line->points[line->count++] = (struct drawing_point){ p->left[layer], y };
		if (i + 1 < layers)
			line->points[line->count++] = (struct drawing_point){ p->left[layer] + p->width[layer], y };
	}
	const struct drawing_point end = line->points[line->count - 1];
	line->label_end = (struct drawing_point){ end.x - LABEL_GAP, end.y - 3 };
	if (l->items[x->to].links_in > LINES_MAX)
		line->label.n = 0;
	return OK;
}

static enum err draw_lines(struct placing *p)
{
	int *ends;
	enum err err = place_ends(p, &ends);
	for (size_t i = 0; i < p->d->edge_count && !err; i++)
		if (!p->l.left_out[i])
			err = draw_line(p, i, ends);
	return err;
}

/* ---- all of it ---- */

static enum err check(const struct drawing *d, struct errinfo *e)
{
	if (d->node_count > DRAWING_NODES_MAX || d->edge_count > DRAWING_EDGES_MAX)
		return ERR(e, TOO_LARGE, "more than %u things or %u lines", DRAWING_NODES_MAX, DRAWING_EDGES_MAX);
	for (size_t i = 0; i < d->edge_count; i++)
		if (d->edges[i].from >= d->node_count || d->edges[i].to >= d->node_count)
			return ERR(e, BUG, "a line to nothing");
	return OK;
}

enum err drawing_layout(struct arena *a, const struct drawing *d, struct drawing_layout *ret,
                        struct errinfo *e)
{
	struct drawing_layout to = {
		.boxes = arena_array(a, d->node_count + 1, sizeof *to.boxes),
		.names = arena_array(a, d->node_count + 1, sizeof *to.names),
		.notes = arena_array(a, d->node_count + 1, sizeof *to.notes),
		.lines = arena_array(a, d->edge_count + 1, sizeof *to.lines),
	};
	struct placing p = { .arena = a, .d = d, .to = &to, .e = e };
	if (!to.boxes || !to.names || !to.notes || !to.lines)
		return no_memory(&p);
	enum err err = check(d, e);
	if (!err)
		err = cut_texts(&p);
	if (!err)
		err = drawing_layers(a, d, &p.l, e);
	if (!err)
		err = drawing_order(a, &p.l, e);
	if (err)
		return err;
	size_items(&p);
	err = drawing_heights(a, &p.l, &to.height, e);
	if (!err)
		err = place_layers(&p);
	if (err)
		return err;
	to.height += 2 * MARGIN;
	place_boxes(&p);
	err = draw_lines(&p);
	if (!err)
		*ret = to;
	return err;
}
