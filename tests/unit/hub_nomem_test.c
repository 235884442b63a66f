/* Every allocation of searching and of following the log fails once, SQLite's too: an error, or the whole
 * answer; a follower that stops is one that the next start makes up for. Leaks are seen by the build
 * with the address sanitizer.                                                                */
#include "hub_charts.h"
#include "indexer/hub/contents.h"
#include "indexer/hub/elsewhere.h"
#include "indexer/hub/search.h"
#include "indexer/store/search.h"
#include "tests/lib/nomem_sqlite.h"

#define WAIT_MS 60000u

static struct charts *charts;

static int setup(void **state)
{
	static const struct chart_files files = { {
		{ "README.md", "# Words\n\nA needle in the hay.\n" },
		{ "values.yaml", "# how many\nreplicas: 1\n" },
		{ "templates/x.yaml", "kind: Service\nimage: a/b:1\n" },
	} };
	if (nomem_sqlite_setup(state))
		return -1;
	charts = charts_open();
	charts_publish_with(charts, STR("main/hay 1.0.0 stack=1@https://h"), &files);
	charts_publish(charts, "main/hay 0.9.0 \n main/stack 1.0.0 \n team/haystack 2.0.0-rc.1 \n "
	               "team/stack 1.0.0");
	charts_rest(charts);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	charts_close(charts);
	return 0;
}

static bool is_clean(enum err err) { return err == ERR_NOMEM || err == ERR_DB; }

/* ---- searching ---- */

static enum err search(struct arena *a, struct errinfo *e)
{
	static const struct hub_filter of_main = { FACET_REPO, { "main", 4 } };
	const struct hub_search s = { .text = STR("needle or replicas"), .filters = &of_main, .filter_count = 1,
	                              .limit = 10, .facets = true, .snippets = true };
	struct hub_result r;
	enum err err = hub_search(charts->hub, a, NULL, &s, &r, e);
	if (err)
		return err;
	assert_true(r.count == 1 && r.total == 1 && str_eq_c(r.hits->chart->name, "hay"));
	assert_true(r.hits->snippet.n && r.facets[FACET_REPO].count);
	hub_result_done(&r);
	return OK;
}

static enum err correct(struct arena *a, struct errinfo *e)
{
	const struct hub_search s = { .text = STR("hsystack"), .limit = 10 };
	struct hub_result r;
	enum err err = hub_search(charts->hub, a, NULL, &s, &r, e);
	if (err)
		return err;
	assert_true(r.corrected && str_eq_c(r.did_you_mean, "haystack") && r.count);
	hub_result_done(&r);
	return OK;
}

static enum err suggest(struct arena *a, struct errinfo *e)
{
	struct hub_suggestions s;
	enum err err = hub_suggest(charts->hub, a, NULL, STR("ha"), 10, &s, e);
	if (err)
		return err;
	assert_int_equal(s.count, 2);
	hub_suggestions_done(&s);
	return OK;
}

static enum err near(struct arena *a, struct errinfo *e)
{
	struct hub_suggestions s;
	enum err err = hub_near(charts->hub, a, NULL, STR("stakc"), 10, &s, e);
	if (err)
		return err;
	assert_true(s.count && str_eq_c(s.list->chart->name, "stack"));
	hub_suggestions_done(&s);
	return OK;
}

static enum err versions(struct arena *a, struct errinfo *e)
{
	struct hub_versions v;
	enum err err = hub_versions(charts->hub, a, STR("main"), STR("hay"), &v, e);
	if (err)
		return err;
	assert_int_equal(v.count, 2);
	hub_versions_done(&v);
	return OK;
}

static enum err contents(struct arena *a, struct errinfo *e)
{
	struct contents *c;
	(void)a;
	contents_clear(charts->hub->contents);
	enum err err = contents_read(charts->hub, STR("main"), STR("hay"), STR("1.0.0"), &c, e);
	if (err)
		return err;
	assert_true(str_eq_c(c->version, "1.0.0") && c->chart.members.count == 4);
	contents_unref(c);
	return OK;
}

static enum err elsewhere(struct arena *a, struct errinfo *e)
{
	struct hub_copies copies;
	enum err err = hub_elsewhere(charts->hub, a, NULL, STR("main"), STR("stack"), STR("1.0.0"), STR("ab"),
	                             &copies, e);
	if (!err)
		assert_true(copies.count == 1 && str_eq_c(copies.list->repo, "team") && copies.list->has_version &&
		            copies.list->sameness == OTHER_BYTES);
	return err;
}

static void each_allocation_of(enum err (*answer)(struct arena *a, struct errinfo *e))
{
	for (long n = 0; n <= nomem_places(); n++) {
		struct arena a = { 0 };
		struct errinfo e = { 0 };
		nomem_arm_place(n);
		enum err err = answer(&a, &e);
		bool failed = nomem_disarm();
		arena_done(&a);
		if (err && !(failed && is_clean(err)))
			fail_msg("allocation %ld: %d %s", n, err, e.detail);
	}
	assert_true(nomem_places() > 0);
}

#define EACH(name) static void t_##name(void **state) { (void)state; each_allocation_of(name); }
EACH(search)
EACH(correct)
EACH(suggest)
EACH(near)
EACH(versions)
EACH(contents)
EACH(elsewhere)

/* ---- following ---- */

/* Names and versions that are shown, and whether the words of an archive are there. */
static void expect_all(struct hub *h, long n)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo e = { 0 };
	struct hub_charts all;
	struct hub_result r;
	const struct hub_search s = { .text = STR("needle") };
	assert_int_equal(hub_charts(h, &a, NULL, STR(""), &all, &e), OK);
	assert_int_equal(all.count, 4);
	for (size_t i = 0; i < all.count; i++)
		if (!all.list[i]->read)
			fail_msg("what is in %.*s is not known", STR_ARG(all.list[i]->name));
	hub_charts_done(&all);
	assert_int_equal(hub_search(h, &a, NULL, &s, &r, &e), OK);
	if (r.count != 1)
		fail_msg("allocation %ld: %zu charts have the word", n, r.count);
	hub_result_done(&r);
}

/* A search.db that is not there yet is made. What was followed is whole after the next start: a chart for
 * which there is no room in memory is not shown until then. */
static void fail_one(long n)
{
	struct hub *h = NULL;
	struct errinfo e = { 0 };
	struct hub_stats stats = { 0 };
	assert_int_equal(search_remove(ingest_datadir(charts->f->g), &e), OK);
	nomem_arm_place(n);
	enum err err = hub_open(&charts->o, &h, &e);
	bool there = !err && hub_wait(h, 0, WAIT_MS);
	bool failed = nomem_disarm();
	assert_true(there || failed);
	assert_true(!err || is_clean(err));
	if (!err)
		hub_stats(h, &stats);
	if (stats.unread)
		fail_msg("allocation %ld: an archive was not read", n);
	assert_true(err || there || stats.stopped);
	hub_close(err ? NULL : h);
	assert_int_equal(hub_open(&charts->o, &h, &e), OK);
	assert_true(hub_wait(h, 0, WAIT_MS));
	expect_all(h, n);
	hub_close(h);
}

static void t_following(void **state)
{
	(void)state;
	charts->woken = NULL;
	hub_close(charts->hub);
	charts->hub = NULL;
	for (long n = 0; n <= nomem_places(); n++)
		fail_one(n);
	print_message("# %ld places\n", nomem_places());
	assert_true(nomem_places() > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_search),
		cmocka_unit_test(t_correct),
		cmocka_unit_test(t_suggest),
		cmocka_unit_test(t_near),
		cmocka_unit_test(t_versions),
		cmocka_unit_test(t_contents),
		cmocka_unit_test(t_elsewhere),
		cmocka_unit_test(t_following),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
