/* What no event tells the follower: charts to look at again, and a search.db to be made anew. */
#include "hub_charts.h"

#include "indexer/base/clock.h"

#define PATIENCE_NS (20 * NS_PER_SECOND)

/* The version that is shown; empty: none. */
static void shown(struct charts *x, const char *name, char ret[40])
{
	struct hub_chart *c = hub_chart_get(x->hub, STR("main"), str_c(name));
	(void)snprintf(ret, 40, "%.*s", c ? (int)c->entry.meta.version.n : 0, c ? c->entry.meta.version.p : "");
	hub_chart_unref(c);
}

static void expect(struct charts *x, const char *name, const char *version)
{
	char now[40];
	int64_t until = clock_monotonic() + PATIENCE_NS;
	do {
		shown(x, name, now);
		(void)usleep(1000);
	} while (strcmp(now, version) != 0 && clock_monotonic() < until);
	assert_string_equal(now, version);
}

/* Its file is gone, and ingest has noticed. Nobody tells the hub. */
static void damage(struct charts *x, const char *file)
{
	char path[200];
	struct change c;
	(void)snprintf(path, sizeof path, "repos/main/charts/%s", file);
	assert_int_equal(unlinkat(datadir_fd(ingest_datadir(x->f->g)), path, 0), 0);
	change_init(&c, CHANGE_DAMAGED);
	c.repo = STR("main");
	c.file = str_c(file);
	assert_ok(x->f, apply_change(x->f, &c));
}

static struct charts *two_charts(void)
{
	struct charts *x = charts_open();
	charts_publish(x, "main/a 1.0.0 \n main/a 1.1.0 \n main/b 1.0.0 \n main/b 1.1.0 \n main/c 1.0.0");
	charts_follow(x);
	damage(x, "a-1.1.0.tgz");
	damage(x, "b-1.1.0.tgz");
	damage(x, "c-1.0.0.tgz");
	return x;
}

static void t_look_at(void **state)
{
	(void)state;
	struct charts *x = two_charts();
	hub_look_at(x->hub, STR("main"), STR("a"));
	expect(x, "a", "1.0.0");
	expect(x, "b", "1.1.0");
	hub_look_at(x->hub, STR("main"), STR("c"));
	expect(x, "c", "");
	hub_look_at(x->hub, STR("main"), STR("nothing"));
	hub_look_at(x->hub, STR("nowhere"), STR("b"));
	hub_look_at(x->hub, STR("main"), STR("b"));
	expect(x, "b", "1.0.0");
	charts_close(x);
}

/* While it waits to publish the first one, more come than are kept: then it looks at all of them. */
static void t_too_many(void **state)
{
	(void)state;
	struct charts *x = two_charts();
	(void)pthread_rwlock_rdlock(&x->hub->table.lock);
	for (unsigned i = 0; i < 2 * HUB_LOOKS_MAX + 2; i++)
		hub_look_at(x->hub, STR("main"), STR("a"));
	(void)pthread_rwlock_unlock(&x->hub->table.lock);
	expect(x, "a", "1.0.0");
	expect(x, "b", "1.0.0");
	expect(x, "c", "");
	charts_close(x);
}

static void t_remake(void **state)
{
	(void)state;
	struct charts *x = two_charts();
	struct hub_reader *before, *after;
	struct hub_stats stats;
	uint64_t file = x->hub->file;
	assert_ok(x->f, hub_reader_take(x->hub, &before, &x->f->e));
	hub_remake(x->hub);
	expect(x, "a", "1.0.0");
	expect(x, "b", "1.0.0");
	expect(x, "c", "");
	charts_follow(x);
	hub_reader_give(x->hub, before);     /* of a file that is gone: it is closed */
	assert_null(x->hub->readers);
	assert_ok(x->f, hub_reader_take(x->hub, &after, &x->f->e));
	assert_int_equal(after->file, file + 1);
	hub_reader_give(x->hub, after);
	assert_ptr_equal(x->hub->readers, after);
	hub_stats(x->hub, &stats);
	assert_int_equal(stats.charts, 2);
	assert_int_equal(stats.behind, 0);
	charts_publish(x, "main/a 1.2.0");
	charts_follow(x);
	expect(x, "a", "1.2.0");
	charts_close(x);
}

/* As kubectl prints them. */
static void t_names_of_crds(void **state)
{
	(void)state;
	struct charts *x = charts_open();
	const struct chart_files files = { { { "crds/a.yaml",
		"kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\n"
		"spec: {group: acme.io, names: {kind: Widget, plural: widgets}}\n---\n"
		"kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\nspec: {names: {kind: Other}}\n" } } };
	charts_publish_with(x, STR("main/crds 1.0.0"), &files);
	charts_follow(x);
	struct hub_chart *c = hub_chart_get(x->hub, STR("main"), STR("crds"));
	assert_non_null(c);
	assert_int_equal(c->kind_count, 2);
	assert_true(str_eq_c(c->kinds[0], "Widget widgets.acme.io") && str_eq_c(c->kinds[1], "Other"));
	hub_chart_unref(c);
	charts_close(x);
}

/* The kinds of its CRDs, and its images, are more than all words of a chart may be: it is found by what fits. */
static void t_long_words(void **state)
{
	(void)state;
	struct charts *x = charts_open();
	AUTO_SBUF struct sbuf crds = sbuf_make(4 * MIB), values = sbuf_make(4 * MIB);
	for (int i = 0; i < 4; i++)
		sbuf_printf(&crds, "---\nkind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\n"
		            "spec: {names: {kind: K%0400000d}}\n", i);
	sbuf_puts(&crds, "---\nkind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\n"
	          "spec: {names: {kind: Short}}\n");
	for (int i = 0; i < 2000; i++)
		sbuf_printf(&values, "i%d: {image: %0500d/a}\n", i, i);
	assert_true(sbuf_ok(&crds) && sbuf_ok(&values));
	const struct chart_files files = { { { "crds/a.yaml", crds.p }, { "values.yaml", values.p } } };
	charts_publish_with(x, STR("main/long 1.0.0"), &files);
	charts_publish(x, "main/short 1.0.0");
	struct hub_chart *c = hub_chart_get(x->hub, STR("main"), STR("long"));
	assert_non_null(c);
	assert_int_equal(c->kind_count, 1);
	assert_true(str_eq_c(c->kinds[0], "Short"));
	assert_true(c->image_count > 0);
	hub_chart_unref(c);
	expect(x, "short", "1.0.0");
	charts_close(x);
}

/* An archive that cannot be read is tried once, for the rows of its version and of its chart. */
static void t_unread(void **state)
{
	(void)state;
	struct charts *x = charts_open();
	struct hub_stats stats;
	charts_publish(x, "main/a 1.0.0");
	charts_rest(x);                  /* it would be the one that misses the archive, and counts nothing */
	int64_t until = clock_monotonic() + PATIENCE_NS;
	assert_int_equal(unlinkat(datadir_fd(ingest_datadir(x->f->g)), "repos/main/charts/a-1.0.0.tgz", 0), 0);
	hub_remake(x->hub);
	do {
		(void)usleep(1000);
		hub_stats(x->hub, &stats);
	} while (!stats.unread && clock_monotonic() < until);
	assert_int_equal(stats.unread, 1);
	charts_close(x);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_look_at), cmocka_unit_test(t_too_many), cmocka_unit_test(t_remake),
		cmocka_unit_test(t_names_of_crds), cmocka_unit_test(t_long_words), cmocka_unit_test(t_unread),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("following", tests, NULL, NULL);
}
