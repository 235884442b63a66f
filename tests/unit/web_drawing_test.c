/* Drawings: what must hold for every one (nothing lies over anything else, everything fits), and one as
 * it is written.                                                                             */
#include "server/web/drawing.h"

#include "indexer/base/auto.h"
#include "table.h"

#define TEXT_BYTES 40

struct picture {
	struct arena arena;
	struct drawing_node nodes[DRAWING_NODES_MAX];
	struct drawing_edge edges[DRAWING_EDGES_MAX];
	struct drawing d;
	struct errinfo e;
};

static size_t add_node(struct picture *p, const char *name, const char *note)
{
	p->nodes[p->d.node_count] = (struct drawing_node){
		.name = str_c(arena_dup(&p->arena, str_c(name))), .note = str_c(arena_dup(&p->arena, str_c(note))),
	};
	return p->d.node_count++;
}

static size_t node_called(struct picture *p, struct str name)
{
	for (size_t i = 0; i < p->d.node_count; i++)
		if (str_eq(p->nodes[i].name, name))
			return i;
	return add_node(p, arena_dup(&p->arena, name), "1.0.0");
}

static struct picture *picture_new(void)
{
	struct picture *p = calloc(1, sizeof *p);
	assert_non_null(p);
	p->d.nodes = p->nodes;
	p->d.edges = p->edges;
	p->d.title = STR("title");
	return p;
}

static void picture_free(struct picture *p)
{
	arena_done(&p->arena);
	free(p);
}

/* "a>b a>c b>c" */
static struct picture *read_picture(const char *text)
{
	struct picture *p = picture_new();
	struct str rest = str_c(text);
	while (rest.n) {
		struct str to = str_cut(&rest, ' ', NULL), from = str_cut(&to, '>', NULL);
		struct drawing_edge *x = &p->edges[p->d.edge_count++];
		x->from = node_called(p, from);
		x->to = node_called(p, to);
		x->label = STR("^1.0.0");
	}
	return p;
}

/* ---- what must hold ---- */

static bool overlap(const struct drawing_box *a, const struct drawing_box *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
	       b->y < a->y + a->height;
}

static void check_boxes(const struct picture *p, const struct drawing_layout *l)
{
	for (size_t i = 0; i < p->d.node_count; i++) {
		const struct drawing_box *box = &l->boxes[i];
		assert_true(box->x >= 0 && box->y >= 0);
		assert_true(box->x + box->width <= l->width && box->y + box->height <= l->height);
		assert_true(drawing_name_width(l->names[i]) + 20 <= box->width);
		assert_true(drawing_note_width(l->notes[i]) + 20 <= box->width);
		for (size_t k = 0; k < i; k++)
			assert_false(overlap(box, &l->boxes[k]));
	}
}

/* A line runs level beside the boxes that it passes, and bends where no box is. */
static void check_passing(const struct picture *p, const struct drawing_layout *l, struct drawing_point a,
                          struct drawing_point b)
{
	assert_int_equal(a.y, b.y);
	for (size_t i = 0; i < p->d.node_count; i++) {
		const struct drawing_box line = { a.x, a.y, b.x - a.x, 1 };
		assert_false(overlap(&l->boxes[i], &line));
	}
}

static void check_label(const struct picture *p, const struct drawing_layout *l,
                        const struct drawing_line *line)
{
	int width = drawing_note_width(line->label);
	const struct drawing_box label = { line->label_end.x - width, line->label_end.y - 9, width, 9 };
	for (size_t i = 0; i < p->d.node_count; i++)
		assert_false(overlap(&l->boxes[i], &label));
}

static void check_lines(const struct picture *p, const struct drawing_layout *l)
{
	for (size_t i = 0; i < p->d.edge_count; i++) {
		const struct drawing_box *from = &l->boxes[p->edges[i].from], *to = &l->boxes[p->edges[i].to];
		const struct drawing_line *line = &l->lines[i];
		const struct drawing_point *points = line->points;
		if (!line->count)
			continue;
		const struct drawing_point end = points[line->count - 1];
		assert_int_equal(line->count % 2, 0);
		assert_int_equal(points[0].x, from->x + from->width);
		assert_int_equal(end.x, to->x);
		assert_true(points[0].y > from->y && points[0].y < from->y + from->height);
		assert_true(end.y > to->y && end.y < to->y + to->height);
		for (size_t k = 1; k < line->count; k++)
			assert_true(points[k].x >= points[k - 1].x);
		for (size_t k = 0; k < line->count; k += 2)
			check_passing(p, l, points[k], points[k + 1]);
		check_label(p, l, line);
	}
}

static unsigned left_out(const struct picture *p, const struct drawing_layout *l)
{
	unsigned n = 0;
	for (size_t i = 0; i < p->d.edge_count; i++)
		n += !l->lines[i].count;
	return n;
}

/* Of lines between the same two layers, by the heights of their ends. */
static unsigned crossings(const struct picture *p, const struct drawing_layout *l)
{
	unsigned n = 0;
	for (size_t i = 0; i < p->d.edge_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct drawing_line *a = &l->lines[i], *b = &l->lines[k];
			for (size_t s = 1; s + 1 < a->count; s += 2)
				for (size_t t = 1; t + 1 < b->count; t += 2)
					if (a->points[s + 1].x == b->points[t + 1].x)
						n += (a->points[s].y < b->points[t].y && a->points[s + 1].y > b->points[t + 1].y) ||
						     (a->points[s].y > b->points[t].y && a->points[s + 1].y < b->points[t + 1].y);
		}
	return n;
}

static const struct row { const char *name, *edges; unsigned left_out, crossings; } rows[] = {
	{ "one line", "a>b", 0, 0 },
	{ "a fan", "a>b a>c a>d a>e a>f", 0, 0 },
	{ "a chain", "a>b b>c c>d d>e", 0, 0 },
	{ "a diamond", "a>b a>c b>d c>d", 0, 0 },
	{ "past a layer", "a>b b>c a>c", 0, 0 },
	{ "past three layers", "a>b b>c c>d d>e a>e b>e", 0, 0 },
	{ "a knot that opens", "a>p a>q a>r p>z q>y r>x", 0, 0 },
	{ "two that cannot but cross", "a>p a>q p>x p>y q>x q>y", 0, 1 },
	{ "a circle", "a>b b>c c>a", 1, 0 },
	{ "itself", "a>a a>b", 1, 0 },
	{ "circles within circles", "a>b b>a b>c c>b c>a c>d", 3, 0 },
	{ "the same twice", "a>b a>b", 0, 0 },
	{ "two beginnings", "a>c b>c", 0, 0 },
};

static void t_rules(void **state)
{
	const struct row *row = *state;
	struct drawing_layout l;
	struct picture *p = read_picture(row->edges);
	assert_int_equal(drawing_layout(&p->arena, &p->d, &l, &p->e), OK);
	check_boxes(p, &l);
	check_lines(p, &l);
	assert_int_equal(left_out(p, &l), row->left_out);
	assert_int_equal(crossings(p, &l), row->crossings);
	picture_free(p);
}

/* ---- by chance ---- */

static unsigned next_number(unsigned *seed) { return (*seed = *seed * 1103515245u + 12345u) >> 16; }

static void random_text(unsigned *seed, size_t max, char ret[TEXT_BYTES * 4])
{
	static const char *const letters[] = { "a", "W", "i", ".", "-", "é", "図", "m", "0", "&" };
	size_t n = next_number(seed) % max;
	ret[0] = '\0';
	for (size_t i = 0; i < n; i++)
		strcat(ret, letters[next_number(seed) % ROWS(letters)]);
}

static struct picture *random_picture(unsigned *seed, size_t nodes, size_t edges)
{
	struct picture *p = picture_new();
	char name[TEXT_BYTES * 4], note[TEXT_BYTES * 4];
	for (size_t i = 0; i < nodes; i++) {
		random_text(seed, TEXT_BYTES, name);
		random_text(seed, TEXT_BYTES, note);
		(void)add_node(p, name, note);
	}
	for (size_t i = 0; i < edges; i++) {
		random_text(seed, TEXT_BYTES / 2, name);
		p->edges[i] = (struct drawing_edge){
			.from = next_number(seed) % nodes, .to = next_number(seed) % nodes,
			.label = str_c(arena_dup(&p->arena, str_c(name))),
		};
	}
	p->d.edge_count = edges;
	return p;
}

static void t_random(void **state)
{
	(void)state;
	unsigned seed = 20261121;
	for (size_t i = 0; i < 60; i++) {
		struct drawing_layout l;
		AUTO_SBUF struct sbuf first = sbuf_make(DRAWING_MAX_BYTES), second = sbuf_make(DRAWING_MAX_BYTES);
		size_t nodes = 1 + next_number(&seed) % 60, edges = next_number(&seed) % 120;
		struct picture *p = random_picture(&seed, nodes, edges);
		assert_int_equal(drawing_layout(&p->arena, &p->d, &l, &p->e), OK);
		check_boxes(p, &l);
		check_lines(p, &l);
		assert_int_equal(drawing_svg(&p->arena, &p->d, &first, &p->e), OK);
		assert_int_equal(drawing_svg(&p->arena, &p->d, &second, &p->e), OK);
		assert_true(str_eq(sbuf_str(&first), sbuf_str(&second)));
		assert_true(str_is_utf8(sbuf_str(&first)));
		picture_free(p);
	}
}

/* Lines with one label come in together, and it is written once; others have ends of their own. */
static void t_ends(void **state)
{
	(void)state;
	struct drawing_layout l;
	struct picture *p = read_picture("r>a r>b r>c a>x b>x c>x");
	p->edges[4].label = STR("^2");
	assert_int_equal(drawing_layout(&p->arena, &p->d, &l, &p->e), OK);
	const struct drawing_line *a = &l.lines[3], *b = &l.lines[4], *c = &l.lines[5];
	assert_int_equal(a->points[a->count - 1].y, c->points[c->count - 1].y);
	assert_int_not_equal(a->points[a->count - 1].y, b->points[b->count - 1].y);
	assert_true(str_eq_c(b->label, "^2"));
	assert_int_equal(a->label.n + c->label.n, strlen("^1.0.0"));
	picture_free(p);
}

/* Of a tall one, the beginning is near its top. */
static void t_tall(void **state)
{
	(void)state;
	struct drawing_layout l;
	struct picture *p = picture_new();
	for (size_t i = 0; i < 60; i++)
		(void)add_node(p, "n", "1.0.0");
	for (size_t i = 1; i < 60; i++)
		p->edges[p->d.edge_count++] = (struct drawing_edge){ .from = 0, .to = i };
	assert_int_equal(drawing_layout(&p->arena, &p->d, &l, &p->e), OK);
	check_boxes(p, &l);
	check_lines(p, &l);
	assert_true(l.height > 2000);
	assert_true(l.boxes[0].y < 300);
	picture_free(p);
}

static void t_limits(void **state)
{
	(void)state;
	struct drawing_layout l;
	unsigned seed = 1;
	struct picture *p = random_picture(&seed, DRAWING_NODES_MAX, DRAWING_EDGES_MAX);
	assert_int_equal(drawing_layout(&p->arena, &p->d, &l, &p->e), OK);
	check_boxes(p, &l);
	p->d.edge_count++;
	assert_int_equal(drawing_layout(&p->arena, &p->d, &l, &p->e), ERR_TOO_LARGE);
	p->d.edge_count = 0;
	p->d.node_count++;
	assert_int_equal(drawing_layout(&p->arena, &p->d, &l, &p->e), ERR_TOO_LARGE);
	p->d.node_count = 0;
	assert_int_equal(drawing_layout(&p->arena, &p->d, &l, &p->e), OK);
	picture_free(p);
}

/* ---- as it is written ---- */

static void t_svg(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(DRAWING_MAX_BYTES);
	struct picture *p = picture_new();
	(void)add_node(p, "umbrella", "3.0.0");
	(void)add_node(p, "<b>", "\"1\" & 2");
	p->nodes[0].class = "root";
	p->nodes[1].link = STR("/packages/stable/%3Cb%3E");
	p->nodes[1].title = STR("it's <b>");
	p->edges[p->d.edge_count++] = (struct drawing_edge){ .from = 0, .to = 1, .label = STR(">=1 <2") };
	p->d.title = STR("umbrella & its \"needs\"");
	p->d.description = STR("two <charts>");
	assert_int_equal(drawing_svg(&p->arena, &p->d, &b, &p->e), OK);
	assert_string_equal(b.p,
		"<svg width=\"303\" height=\"74\" viewBox=\"0 0 303 74\" role=\"group\" "
		"aria-label=\"umbrella &amp; its &quot;needs&quot;\">\n"
		"<desc>two &lt;charts&gt;</desc>\n"
		"<path class=\"edge\" d=\"M103 37H103C128 37 128 37 153 37H207M201 34L207 37L201 40\"/>\n"
		"<text class=\"edge-label\" x=\"197\" y=\"34\" text-anchor=\"end\">&gt;=1 &lt;2</text>\n"
		"<g class=\"node root\"><rect x=\"16\" y=\"16\" width=\"87\" height=\"42\"/>"
		"<text x=\"30\" y=\"34\">umbrella</text><text class=\"sub\" x=\"30\" y=\"50\">3.0.0</text></g>\n"
		"<a href=\"/packages/stable/%3Cb%3E\"><g class=\"node\"><title>it&#39;s &lt;b&gt;</title>"
		"<rect x=\"207\" y=\"16\" width=\"80\" height=\"42\"/><text x=\"221\" y=\"34\">&lt;b&gt;</text>"
		"<text class=\"sub\" x=\"221\" y=\"50\">&quot;1&quot; &amp; 2</text></g></a>\n</svg>\n");
	picture_free(p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_random), cmocka_unit_test(t_ends), cmocka_unit_test(t_tall),
		cmocka_unit_test(t_limits), cmocka_unit_test(t_svg),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("drawing", t_rules, rows) +
	       cmocka_run_group_tests_name("drawings", tests, NULL, NULL);
}
