/* From nodes and edges to boxes and lines. A box is as tall as the lines that come in need, so that
 * each label has its own end.                                                                */
#include <stdlib.h>

#include "server/web/drawing_parts.h"

#define MARGIN 16
#define PAD 14                       /* beside the texts of a box */
#define BOX_HEIGHT 42
#define LINE_HEIGHT 16               /* of an end of a line, where there are many */
#define LINES_MAX 40u                /* that make a box taller; of more, none has a label */
#define PASSING_HEIGHT 12            /* of a line that passes a layer */
#define TEXT_MAX 240
#define LABEL_MAX 120
#define BOX_MIN 72
#define BEND 48                      /* of a gap, and as much again where many lines go through it; what
                                        follows of it is level, with a label on it */
#define BEND_LINES 24
#define LABEL_GAP 10                 /* to the box: the head of the line */
#define ROOT_MAX 240                 /* how low the first box may stand: it is what one sees first */

struct end {                         /* of the lines to a box that have the same label */
	size_t to, lines;
	int64_t heights;                 /* of where they come from, all together */
	int y;
	bool labelled;
};

struct placing {
	struct arena *arena;
	const struct drawing *d;
	struct layers l;
	struct drawing_layout *to;
	int *left, *width;               /* of each layer, */
	int *bend, *level;               /* and of the two parts of the gap before it */
	struct end *ends;
	size_t end_count, *end_of;       /* of each edge */
	struct errinfo *e;
};

static enum err no_memory(struct placing *p) { return ERR(p->e, NOMEM, "drawing"); }

/* ---- ends ---- */

static int by_target_and_label(const void *left, const void *right, void *placing)
{
	const struct placing *p = placing;
	size_t a = *(const size_t *)left, b = *(const size_t *)right;
	const struct drawing_edge *x = &p->d->edges[a], *y = &p->d->edges[b];
	int labels = str_cmp(p->to->lines[a].label, p->to->lines[b].label);
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return labels ? labels : (a > b) - (a < b);
}

static bool share(const struct placing *p, size_t a, size_t b)
{
	return p->d->edges[a].to == p->d->edges[b].to &&
	       str_eq(p->to->lines[a].label, p->to->lines[b].label);
}

static enum err find_ends(struct placing *p)
{
	size_t n = 0, *order = arena_array(p->arena, p->d->edge_count + 1, sizeof *order);
	p->ends = arena_array(p->arena, p->d->edge_count + 1, sizeof *p->ends);
	p->end_of = arena_array(p->arena, p->d->edge_count + 1, sizeof *p->end_of);
	if (!order || !p->ends || !p->end_of)
		return no_memory(p);
	for (size_t i = 0; i < p->d->edge_count; i++)
		if (!p->l.left_out[i])
			order[n++] = i;
	qsort_r(order, n, sizeof *order, by_target_and_label, p);
	for (size_t i = 0; i < n; i++) {
		if (!i || !share(p, order[i - 1], order[i])) {
			p->ends[p->end_count++].to = p->d->edges[order[i]].to;
			p->l.items[p->d->edges[order[i]].to].ends++;
		}
		p->end_of[order[i]] = p->end_count - 1;
	}
	return OK;
}

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
		int lines = (int)(x->ends < LINES_MAX ? x->ends : LINES_MAX) * LINE_HEIGHT;
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
	p->level = arena_array(p->arena, p->l.layer_count + 1, sizeof *p->level);
	p->bend = arena_array(p->arena, p->l.layer_count + 1, sizeof *p->bend);
	p->left = arena_array(p->arena, p->l.layer_count + 1, sizeof *p->left);
	p->width = arena_array(p->arena, p->l.layer_count + 1, sizeof *p->width);
	if (!p->level || !p->bend || !p->left || !p->width)
		return no_memory(p);
	for (size_t i = 0; i < p->d->edge_count; i++) {
		size_t at = p->l.items[p->d->edges[i].to].layer;
		int level = drawing_note_width(p->to->lines[i].label) + LABEL_GAP;
		p->level[at] = !p->l.left_out[i] && level > p->level[at] ? level : p->level[at];
	}
	for (size_t i = 0; i < p->l.item_count; i++) {
		const struct item *item = &p->l.items[i];
		p->width[item->layer] = item->width > p->width[item->layer] ? item->width : p->width[item->layer];
	}
	for (size_t i = 0; i < p->l.link_count; i++) {
		int *bend = &p->bend[p->l.items[p->l.links[i].to].layer];
		*bend += *bend < BEND ? BEND / BEND_LINES : 0;
	}
	for (size_t i = 0; i < p->l.layer_count; i++) {
		x += i ? BEND + p->bend[i] + p->level[i] : 0;
		p->left[i] = x;
		x += p->width[i];
	}
	p->to->width = x + MARGIN;
	return OK;
}

/* Above the middle of a tall picture. */
static void lift_root(struct placing *p)
{
	if (p->l.layer_count && p->l.layer_size[0] == 1) {
		struct item *root = &p->l.items[p->l.layer[0][0]];
		root->y = root->y < ROOT_MAX ? root->y : ROOT_MAX;
	}
}

static void place_boxes(struct placing *p)
{
	for (size_t i = 0; i < p->d->node_count; i++) {
		const struct item *x = &p->l.items[i];
		p->to->boxes[i] = (struct drawing_box){ p->left[x->layer], x->y + MARGIN, x->width, x->height };
	}
}

/* ---- lines ---- */

static int middle_of(const struct item *x) { return MARGIN + x->y + x->height / 2; }

static int by_target_and_height(const void *left, const void *right, void *placing)
{
	const struct placing *p = placing;
	const struct end *a = &p->ends[*(const size_t *)left], *b = &p->ends[*(const size_t *)right];
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	int64_t x = a->heights * (int64_t)b->lines, y = b->heights * (int64_t)a->lines;
	return x != y ? (x < y ? -1 : 1) : (a > b) - (a < b);
}

/* By where the lines come from: they do not cross on their last pixels. */
static enum err place_ends(struct placing *p)
{
	struct layers *l = &p->l;
	size_t *order = arena_array(p->arena, p->end_count + 1, sizeof *order);
	if (!order)
		return no_memory(p);
	for (size_t i = 0; i < p->d->edge_count; i++) {
		const struct drawing_edge *x = &p->d->edges[i];
		size_t layers = l->items[x->to].layer - l->items[x->from].layer;
		if (l->left_out[i])
			continue;
		p->ends[p->end_of[i]].heights += middle_of(&l->items[l->links[l->chain[i] + layers - 1].from]);
		p->ends[p->end_of[i]].lines++;
	}
	for (size_t i = 0; i < p->end_count; i++)
		order[i] = i;
	qsort_r(order, p->end_count, sizeof *order, by_target_and_height, p);
	for (size_t i = 0, nth = 0; i < p->end_count; i++) {
		struct end *end = &p->ends[order[i]];
		const struct item *to = &l->items[end->to];
		nth = i && end->to == p->ends[order[i - 1]].to ? nth + 1 : 0;
		end->y = MARGIN + to->y + (int)((size_t)to->height * (nth + 1) / (to->ends + 1));
	}
	return OK;
}

static void draw_label(struct placing *p, struct end *end, struct drawing_line *line)
{
	line->label_end = (struct drawing_point){ p->left[p->l.items[end->to].layer] - LABEL_GAP, end->y - 3 };
	if (end->labelled || p->l.items[end->to].ends > LINES_MAX)
		line->label.n = 0;
	end->labelled = true;
}

static enum err draw_line(struct placing *p, size_t edge)
{
	const struct layers *l = &p->l;
	const struct item *from = &l->items[p->d->edges[edge].from];
	struct drawing_line *line = &p->to->lines[edge];
	struct end *end = &p->ends[p->end_of[edge]];
	size_t layers = l->items[end->to].layer - from->layer, at = from->layer;
	struct drawing_point *to = arena_array(p->arena, 2 * layers + 2, sizeof *to);
	if (!to)
		return no_memory(p);
	line->points = to;
	*to++ = (struct drawing_point){ p->left[at] + from->width, middle_of(from) };
	*to++ = (struct drawing_point){ p->left[at] + p->width[at], middle_of(from) };
	for (size_t i = 0; i < layers; i++) {
		bool last = ++at == from->layer + layers;
		int y = last ? end->y : middle_of(&l->items[l->links[l->chain[edge] + i].to]);
		*to++ = (struct drawing_point){ p->left[at] - p->level[at], y };
		*to++ = (struct drawing_point){ p->left[at] + (last ? 0 : p->width[at]), y };
	}
	line->count = (size_t)(to - line->points);
	draw_label(p, end, line);
	return OK;
}

static enum err draw_lines(struct placing *p)
{
	enum err err = place_ends(p);
	for (size_t i = 0; i < p->d->edge_count && !err; i++)
		if (!p->l.left_out[i])
			err = draw_line(p, i);
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
	if (!err)
		err = find_ends(&p);
	if (err)
		return err;
	size_items(&p);
	err = drawing_heights(a, &p.l, &to.height, e);
	if (!err)
		err = place_layers(&p);
	if (err)
		return err;
	to.height += 2 * MARGIN;
	lift_root(&p);
	place_boxes(&p);
	err = draw_lines(&p);
	if (!err)
		*ret = to;
	return err;
}
