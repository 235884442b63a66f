/* Every allocation of following dependencies fails once, and so does every one out of the arena: NOMEM, or
 * the whole answer where there is another way to it, and never half of one.                    */
#include "indexer/hub/graph.h"

#include "arena_room.h"
#include "hub_charts.h"
#include "server/web/graph_drawing.h"
#include "tests/lib/nomem.h"

static struct charts *charts;

static int setup(void **state)
{
	(void)state;
	charts = charts_open();
	charts_publish(charts, "main/x 1.0.0 \n main/x 2.0.0 \n main/x 2.1.0 y=1@https://h \n main/y 1.0.0 a=1@https://h \n"
	               "main/b 1.0.0 x=1@https://h \n"
	               "main/a 1.0.0 x=^2@https://h,locked=2.0.0,alias=q,tags=s+t b=1@@main z=1@https://other "
	               "p=1@,vendored=1.0.0,condition=p.on");
	charts_rest(charts);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	charts_close(charts);
	return 0;
}

static enum err users(struct arena *a, struct errinfo *e, bool all)
{
	struct graph_users found;
	const struct graph_users_ask u = { .repo = STR("main"), .name = STR("x"), .limit = 10,
	                                   .all_versions = all };
	enum err err = hub_users(charts->hub, a, NULL, &u, &found, e);
	if (!err)
		assert_true(found.count == 2 && found.charts == 2 && !found.more);
	return err;
}

static enum err picture(struct arena *a, const struct hub_graph *g, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(DRAWING_MAX_BYTES);
	struct links l = { .a = a, .default_repo = STR("main") };
	struct graph_drawing drawn;
	enum err err = graph_drawing(&l, a, g, &drawn, e);
	if (!err && l.failed)
		return ERR(e, NOMEM, "links");
	return err ? err : drawing_svg(a, &drawn.drawing, &b, e);
}

static enum err all_of_it(struct arena *a, const void *row, struct errinfo *e)
{
	(void)row;
	struct hub_graph g;
	struct graph_tree tree;
	struct graph_behind *behind;
	size_t count;
	enum err err = hub_graph(charts->hub, a, NULL, STR("main"), STR("a"), STR(""), &g, e);
	if (!err)
		err = graph_tree(a, &g, &tree, e);
	if (!err)
		assert_true(g.missing == 1 && g.cycle_count == 1 && g.conflict_count == 1 && tree.count == 7);
	if (!err)
		err = picture(a, &g, e);
	if (!err)
		err = hub_behind(charts->hub, a, NULL, STR("main"), &behind, &count, e);
	if (!err)
		err = hub_behind(charts->hub, a, NULL, STR(""), &behind, &count, e);
	if (!err)
		err = users(a, e, false);
	return err ? err : users(a, e, true);
}

static void heap(void **state)
{
	(void)state;
	long n = 0;
	for (bool failed = true; failed; n++) {
		struct arena a = { 0 };
		struct errinfo e = { 0 };
		nomem_arm(n);
		enum err err = all_of_it(&a, NULL, &e);
		failed = nomem_disarm();
		arena_done(&a);
		assert_true(err == OK || (failed && err == ERR_NOMEM));
	}
	assert_true(n > 10);
}

static void arenas(void **state)
{
	(void)state;
	each_room_is_too_small(all_of_it, NULL, OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(heap), cmocka_unit_test(arenas) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
