/* The index of words: where a search stops. */
#include "store_fixture.h"

#include "indexer/base/clock.h"
#include "indexer/store/search.h"

#define CHARTS 3000u                 /* SQLite looks at the clock a few times on the way */

static void put_charts(struct fixture *f)
{
	char name[16];
	open_data(f);
	assert_ok(f, search_open_writer(f->d, &f->c, &f->e));
	assert_ok(f, catalog_begin(f->c, &f->e));
	for (unsigned i = 0; i < CHARTS; i++) {
		(void)snprintf(name, sizeof name, "chart%u", i);
		struct search_chart row = { .repo = STR("main"), .name = str_c(name), .line = STR("{}"),
		                            .facts = STR("{}") };
		const struct search_text text = { .name = str_c(name), .description = STR("common word") };
		assert_ok(f, search_chart_put(f->c, &row, &text, &f->e));
	}
	assert_ok(f, catalog_commit(f->c, &f->e));
}

static size_t match(struct fixture *f, unsigned limit, int64_t deadline_ns, bool *ret_more)
{
	AUTO_ARENA struct arena a = { 0 };
	int64_t *ids;
	size_t count;
	assert_ok(f, search_match(f->c, &a, STR("\"common\""), false, limit, deadline_ns, &ids, &count,
	                          ret_more, &f->e));
	return count;
}

static void t_sql_04_stops(void **state)
{
	struct fixture *f = *state;
	bool more;
	put_charts(f);
	assert_int_equal(match(f, CHARTS, INT64_MAX, &more), CHARTS);
	assert_false(more);
	assert_int_equal(match(f, CHARTS - 1, INT64_MAX, &more), CHARTS - 1);
	assert_true(more);
	/* Too late: no error, but a part of them, and the connection is good for the next. */
	assert_true(match(f, CHARTS, clock_monotonic() - 1, &more) < CHARTS);
	assert_true(more);
	assert_int_equal(match(f, CHARTS, INT64_MAX, &more), CHARTS);
	assert_false(more);
}

/* Of one version after the other, until all are known. */
static void t_images(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct search_version v = { .version = STR("1.0.0"), .digest.bytes = { 7 } };
	struct str repo, name, version, images;
	struct sha256 of;
	open_data(f);
	assert_ok(f, search_open_writer(f->d, &f->c, &f->e));
	assert_ok(f, catalog_begin(f->c, &f->e));
	assert_err(f, NOT_FOUND, search_unrendered(f->c, &a, STR(""), &repo, &name, &version, &f->e));
	assert_ok(f, search_version_put(f->c, STR("r"), STR("n"), &v, NULL, 0, &f->e));
	for (int round = 0; round < 2; round++) {
		assert_err(f, NOT_FOUND, search_images(f->c, &a, STR("r"), STR("n"), STR("1.0.0"), &of, &images, &f->e));
		assert_ok(f, search_unrendered(f->c, &a, STR(""), &repo, &name, &version, &f->e));
		assert_true(str_eq_c(repo, "r") && str_eq_c(name, "n") && str_eq_c(version, "1.0.0"));
		assert_err(f, NOT_FOUND, search_unrendered(f->c, &a, STR("r\x01"), &repo, &name, &version, &f->e));
		assert_ok(f, search_images_put(f->c, repo, name, version, round ? STR("") : STR("+a\n"), &f->e));
		assert_err(f, NOT_FOUND, search_unrendered(f->c, &a, STR(""), &repo, &name, &version, &f->e));
		assert_ok(f, search_images(f->c, &a, STR("r"), STR("n"), STR("1.0.0"), &of, &images, &f->e));
		assert_true(str_eq_c(images, round ? "" : "+a\n") && of.bytes[0] == 7);
		assert_ok(f, search_version_put(f->c, STR("r"), STR("n"), &v, NULL, 0, &f->e));        /* anew */
	}
	struct arena tiny = { .limit = 1 };
	assert_err(f, NOMEM, search_unrendered(f->c, &tiny, STR("r"), &repo, &name, &version, &f->e));
	assert_ok(f, search_images_put(f->c, STR("r"), STR("n"), STR("1.0.0"), STR("+a\n"), &f->e));
	assert_err(f, NOMEM, search_images(f->c, &tiny, STR("r"), STR("n"), STR("1.0.0"), &of, &images, &f->e));
	arena_done(&tiny);
	assert_ok(f, catalog_commit(f->c, &f->e));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(t_sql_04_stops, set_up, tear_down),
		cmocka_unit_test_setup_teardown(t_images, set_up, tear_down),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
