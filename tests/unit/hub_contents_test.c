/* What is in a version: asked for by a name and a version, whose file's name does not tell them apart. */
#include "hub_charts.h"

#include "indexer/hub/contents.h"

static enum err get(struct charts *x, const char *name, const char *version)
{
	struct contents *c = NULL;
	enum err err = contents_get(x->hub, STR("main"), str_c(name), str_c(version), &c, &x->f->e);
	if (!err)
		assert_true(str_eq_c(c->chart.meta.name, name) && str_eq_c(c->chart.meta.version, version));
	contents_unref(c);
	return err;
}

/* "app-1.0.0-rc-2.0.0.tgz" is of one of two, before it is kept and after. */
static void t_names(void **state)
{
	(void)state;
	struct charts *x = charts_open();
	struct contents_stats stats;
	charts_publish(x, "main/app-1.0.0-rc 2.0.0");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(get(x, "app", "1.0.0-rc-2.0.0"), ERR_NOT_FOUND);
		assert_int_equal(get(x, "app-1.0.0-rc", "2.0.0"), OK);
	}
	contents_stats(x->hub, &stats);
	assert_int_equal(stats.hits, 1);
	assert_int_equal(stats.kept, 1);
	charts_close(x);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(t_names) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("contents", tests, NULL, NULL);
}
