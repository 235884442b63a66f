/* Metrics of a server with many repositories, and of one that has not opened its data yet. */
#include "ingest_fixture.h"
#include "route_fixture.h"

#include "indexer/ingest/chart_cache.h"
#include "server/api/health.h"
#include "server/api/upkeep.h"
#include "server/routes.h"

#define REPOSITORIES 1000u
#define REPOSITORY "a-team-with-a-rather-long-name/repository-number-%u"

static void make_repositories(struct fixture *f)
{
	static struct change changes[REPOSITORIES];
	static char names[REPOSITORIES][80];
	for (unsigned i = 0; i < REPOSITORIES; i++) {
		(void)snprintf(names[i], sizeof *names, REPOSITORY, i);
		change_init(&changes[i], CHANGE_REPO);
		changes[i].repo = str_c(names[i]);
		changes[i].create_repo = true;
		assert_ok(f, apply_change(f, &changes[i]));
	}
}

static void ask(struct fixture *f, struct chart_cache *cache, void (*look)(const char *text))
{
	atomic_uint uploads = 3;
	struct upkeep upkeep = { .backup_events = 9 };
	struct route_count *counts = calloc(route_count + 1, sizeof *counts);
	struct app app = { .ingest = f->g, .cache = cache, .routes = routes, .counts = counts,
	                   .uploads = &uploads, .upkeep = &upkeep };
	struct fake_request r = { .r = { .arena = { .limit = REQUEST_ARENA_MAX_BYTES } } };
	struct call c = { .r = &r.r, .app = &app, .caller.kind = CALLER_CONTROL };
	assert_ok(f, auth_new(&(struct auth_options){ 0 }, &app.auth, &f->e));
	struct response s;
	assert_non_null(counts);
	counts[0].by_class[1] = 7;
	counts[route_count].by_class[3] = 8;
	assert_ok(f, health_metrics(&c, &s, &f->e));
	auth_free(app.auth);
	assert_int_equal(s.status, 200);
	assert_int_equal(strlen(s.bytes.p), s.bytes.n);
	look(s.bytes.p);
	s.release(s.release_ctx);
	arena_done(&r.r.arena);
	free(counts);
}

static void has_lines(const char *text, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strstr(text, lines[i]))
			fail_msg("no %s", lines[i]);
}

static void look_for_all(const char *text)
{
	static const char *const lines[] = {
		"\n# HELP chartlocker_charts Charts in a repository.\n# TYPE chartlocker_charts gauge\n",
		"\nchartlocker_charts{repo=\"main\"} 1\n",
		"\nchartlocker_chart_versions{repo=\"main\"} 1\n",
		"\nchartlocker_uploads_running 3\n", "\nchartlocker_backup_events 9\n", "\nchartlocker_published_total 1\n",
		"\nchartlocker_requests_total{route=\"/{repo?}/index.yaml\",methods=\"GET, HEAD\",status=\"2xx\"} 7\n",
		"\nchartlocker_requests_total{route=\"none\",methods=\"\",status=\"4xx\"} 8\n",
		"\nchartlocker_response_bytes_total{route=\"none\",methods=\"\"} 0\n",
		"\nchartlocker_request_seconds_total{route=\"none\",methods=\"\"} 0.000000\n",
	};
	has_lines(text, lines, ROWS(lines));
	for (unsigned i = 0; i < REPOSITORIES; i++) {
		char line[200];
		const char *const all[] = { line };
		(void)snprintf(line, sizeof line,
		               "\nchartlocker_chart_versions{repo=\"" REPOSITORY "\"} 0\n", i);
		has_lines(text, all, 1);
	}
}

static void look_for_few(const char *text)
{
	static const char *const lines[] = { "\nchartlocker_published_total 0\n",
	                                     "\nchartlocker_uploads_running 3\n" };
	has_lines(text, lines, 2);
	assert_null(strstr(text, "repo="));
}

static void t_ops_06_metrics_of_many_repositories(void **state)
{
	struct fixture *f = *state;
	struct chart_cache *cache;
	assert_ok(f, chart_cache_new(MIB, &cache, &f->e));
	open_ingest(f);
	do_steps(f, "publish A");
	make_repositories(f);
	ask(f, cache, look_for_all);
	chart_cache_free(cache);
}

static void t_ops_06_metrics_while_starting(void **state)
{
	struct fixture *f = *state;
	struct chart_cache *cache;
	assert_ok(f, chart_cache_new(MIB, &cache, &f->e));
	ask(f, cache, look_for_few);
	chart_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(t_ops_06_metrics_of_many_repositories),
		TEST(t_ops_06_metrics_while_starting),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
