/* How often charts were downloaded, by version and by day. */
#include "store_fixture.h"

#define DAY 20000                    /* since 1970 */

/* Two repositories with the same versions: two charts, one version deleted, one damaged, one yanked. */
static int64_t fill(struct fixture *f)
{
	static const struct {
		const char *chart, *version, *file;
		enum version_state state;
		bool yanked;
	} rows[] = {
		{ "redis", "1.0.0", "redis-1.0.0.tgz", VERSION_LIVE, false },
		{ "redis", "0.9.0", "redis-0.9.0.tgz", VERSION_LIVE, false },
		{ "redis", "1.1.0", "redis-1.1.0.tgz", VERSION_DELETED, false },
		{ "nginx", "2.0.0", "nginx-2.0.0.tgz", VERSION_LIVE, false },
		{ "nginx", "2.1.0", "nginx-2.1.0.tgz", VERSION_DAMAGED, false },
		{ "redis", "1.2.0", "redis-1.2.0.tgz", VERSION_LIVE, true },
	};
	int64_t main, other;
	open_all(f);
	assert_ok(f, catalog_begin(f->c, &f->e));
	assert_ok(f, catalog_repo_put(f->c, STR("main"), 9, &main, &f->e));
	assert_ok(f, catalog_repo_put(f->c, STR("other"), 9, &other, &f->e));
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct version_row row = publish_row(main, str_c(rows[i].chart), str_c(rows[i].version),
		                                     str_c(rows[i].file));
		row.state = rows[i].state;
		row.yanked = rows[i].yanked;
		assert_ok(f, catalog_version_put(f->c, &row, &f->e));
		row = publish_row(other, str_c(rows[i].chart), str_c(rows[i].version), str_c(rows[i].file));
		assert_ok(f, catalog_version_put(f->c, &row, &f->e));
	}
	return main;
}

static enum err list_day(void *ctx, struct str version, int64_t day, uint64_t count,
                         struct errinfo *e)
{
	(void)e;
	sbuf_printf(ctx, "%.*s %d %u\n", STR_ARG(version), (int)(day - DAY), (unsigned)count);
	return OK;
}

static void t_pulls(void **state)
{
	static const struct { const char *repo, *file; int day; unsigned count; } pulls[] = {
		{ "main", "redis-1.0.0.tgz", 0, 3 },   { "main", "redis-1.0.0.tgz", 2, 4 },
		{ "main", "redis-1.0.0.tgz", 2, 1 },   { "main", "redis-0.9.0.tgz", 1, 7 },
		{ "main", "redis-0.9.0.tgz", -1, 90 }, { "main", "redis-1.1.0.tgz", 1, 50 },
		{ "main", "redis-1.2.0.tgz", 3, 8 },   { "main", "nginx-2.0.0.tgz", 2, 2 },
		{ "other", "redis-1.0.0.tgz", 2, 60 },
	};
	struct fixture *f = *state;
	int64_t repo = fill(f);
	AUTO_SBUF struct sbuf chart = sbuf_make(4096), days = sbuf_make(4096);
	for (size_t i = 0; i < ROWS(pulls); i++)
		assert_ok(f, catalog_pull_add(f->c, str_c(pulls[i].repo), str_c(pulls[i].file),
		                              DAY + pulls[i].day, pulls[i].count, &f->e));
	assert_ok(f, catalog_chart_pulls(f->c, repo, STR("redis"), DAY, list_day, &chart, &f->e));
	assert_string_equal(chart.p, "1.2.0 3 8\n0.9.0 1 7\n1.0.0 0 3\n1.0.0 2 5\n");
	assert_ok(f, catalog_daily_pulls(f->c, repo, DAY, list_day, &days, &f->e));
	assert_string_equal(days.p, " 0 3\n 1 57\n 2 7\n 3 8\n");
	assert_ok(f, catalog_commit(f->c, &f->e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(t_pulls, set_up, tear_down),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
