/* A graph of dependencies as boxes and lines: which there are, and what they say. */
#include "server/web/graph_drawing.h"

#include "hub_charts.h"

#define TOLD_BYTES 4096

/* "[root] a 1.0.0 | /packages/…" for a box, "a → x ^1" for a line. */
static void tell(const struct graph_drawing *x, char ret[TOLD_BYTES])
{
	AUTO_SBUF struct sbuf b = sbuf_make(TOLD_BYTES - 1);
	const struct drawing *d = &x->drawing;
	for (size_t i = 0; i < d->node_count; i++) {
		const struct drawing_node *n = &d->nodes[i];
		sbuf_printf(&b, "%s%s%s%.*s %.*s", n->class ? "[" : "", n->class ?: "", n->class ? "] " : "",
		            STR_ARG(n->name), STR_ARG(n->note));
		if (n->link.n)
			sbuf_printf(&b, " | %.*s", STR_ARG(n->link));
		sbuf_printf(&b, " | %.*s\n", STR_ARG(n->title));
	}
	for (size_t i = 0; i < d->edge_count; i++)
		sbuf_printf(&b, "%.*s → %.*s %.*s\n", STR_ARG(d->nodes[d->edges[i].from].name),
		            STR_ARG(d->nodes[d->edges[i].to].name), STR_ARG(d->edges[i].label));
	if (x->more)
		sbuf_printf(&b, "%zu more\n", x->more);
	assert_true(sbuf_ok(&b));
	(void)snprintf(ret, TOLD_BYTES, "%s", b.p);
}

static void draw(struct charts *x, const char *root, struct arena *a, struct graph_drawing *ret)
{
	struct hub_graph g;
	struct links l = { .a = a, .default_repo = STR("main") };
	charts_follow(x);
	assert_ok(x->f, hub_graph(x->hub, a, NULL, STR("main"), str_c(root), STR(""), &g, &x->f->e));
	assert_ok(x->f, graph_drawing(&l, a, &g, ret, &x->f->e));
	assert_false(l.failed);
}

static const struct row { const char *name, *charts, *told; } rows[] = {
	{ "alone", "main/a 1.0.0", "[root] a 1.0.0 | /packages/main/a/1.0.0/dependencies | main/a 1.0.0\n" },
	{ "what there is",
	  "t/s/x 1.0.0+b \n t/s/x 2.0.0 \n main/a 1.0.0 x=^1@https://h/t/s,locked=1.0.0 y=1@https://other p=1@,vendored=1.1.0",
	  "[root] a 1.0.0 | /packages/main/a/1.0.0/dependencies | main/a 1.0.0\n"
	  "[outdated] x 1.0.0, newest 2.0.0 | /packages/t~s/x/1.0.0%2Bb/dependencies | "
	  "t/s/x 1.0.0+b; Chart.lock has 1.0.0; newest 2.0.0 (major)\n"
	  "[missing] y not in this catalog | y: no repository here is known as https://other\n"
	  "[packed] p 1.1.0, in the archive | p 1.1.0\n"
	  "a → x ^1\na → y 1\na → p 1\n" },
	{ "two versions of one chart",
	  "main/x 1.0.0 \n main/x 2.0.0 \n main/b 1.0.0 x=1@https://h \n main/a 1.0.0 x=2@https://h b=1@https://h",
	  "[root] a 1.0.0 | /packages/main/a/1.0.0/dependencies | main/a 1.0.0\n"
	  "[conflict] x 2.0.0, ranges differ | /packages/main/x/2.0.0/dependencies | "
	  "main/x 2.0.0; other ranges give another version\n"
	  "b 1.0.0 | /packages/main/b/1.0.0/dependencies | main/b 1.0.0\n"
	  "[conflict] x 1.0.0, ranges differ | /packages/main/x/1.0.0/dependencies | "
	  "main/x 1.0.0; other ranges give another version; newest 2.0.0 (major)\n"
	  "a → x 2\na → b 1\nb → x 1\n" },
	{ "in the archive, and nowhere else", "main/a 1.0.0 y=1@https://other,vendored=1.2.0",
	  "[root] a 1.0.0 | /packages/main/a/1.0.0/dependencies | main/a 1.0.0\n"
	  "[missing packed] y 1.2.0, in the archive alone | y 1.2.0; no repository here is known as https://other\n"
	  "a → y 1\n" },
	{ "twice",
	  "main/x 1.0.0 \n main/b 1.0.0 x=1.0.x@https://h y=1@https://other \n"
	  "main/a 1.0.0 b=1@https://h x=1@https://h x=^1@https://h,alias=q y=1@https://other,alias=r",
	  "[root] a 1.0.0 | /packages/main/a/1.0.0/dependencies | main/a 1.0.0\n"
	  "b 1.0.0 | /packages/main/b/1.0.0/dependencies | main/b 1.0.0\n"
	  "x 1.0.0 | /packages/main/x/1.0.0/dependencies | main/x 1.0.0\n"
	  "[missing] y not in this catalog | y: no repository here is known as https://other\n"
	  "a → b 1\na → x 1, ^1\na → y 1\nb → x 1.0.x\nb → y 1\n" },
	{ "another version is there", "main/x 1.0.0 \n main/a 1.0.0 x=2@https://h",
	  "[root] a 1.0.0 | /packages/main/a/1.0.0/dependencies | main/a 1.0.0\n"
	  "[missing] x no such version | x: no version of x in main satisfies \"2\"\n"
	  "a → x 2\n" },
	{ "a cycle", "main/a 1.0.0 b=1@https://h \n main/b 1.0.0 a=1@https://h",
	  "[root] a 1.0.0 | /packages/main/a/1.0.0/dependencies | main/a 1.0.0\n"
	  "b 1.0.0 | /packages/main/b/1.0.0/dependencies | main/b 1.0.0\n"
	  "[cycle] a cycle | a cycle: back to a 1.0.0\n"
	  "a → b 1\nb → a 1\n" },
};

static void t_table(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct graph_drawing drawn;
	char told[TOLD_BYTES];
	struct charts *x = charts_open();
	charts_publish(x, row->charts);
	draw(x, "a", &a, &drawn);
	tell(&drawn, told);
	charts_close(x);
	assert_string_equal(told, row->told);
}

static void t_too_many(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf lines = sbuf_make(MIB), svg = sbuf_make(DRAWING_MAX_BYTES);
	struct graph_drawing drawn;
	struct charts *x = charts_open();
	sbuf_puts(&lines, "main/a 1.0.0");
	for (int i = 0; i < 150; i++)
		sbuf_printf(&lines, " m%d=1@https://elsewhere", i);
	charts_publish(x, lines.p);
	draw(x, "a", &a, &drawn);
	assert_int_equal(drawn.drawing.node_count, 120);
	assert_int_equal(drawn.more, 31);
	assert_ok(x->f, drawing_svg(&a, &drawn.drawing, &svg, &x->f->e));
	charts_close(x);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(t_too_many) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("graph", t_table, rows) + cmocka_run_group_tests_name("drawn graphs", tests, NULL, NULL);
}
