/* Ranking: which charts a query admits, in which order, and the step that each is on. */
#include "hub_fixture.h"

#include "indexer/base/clock.h"
#include "indexer/hub/rank.h"

#define NOW (INT64_C(1795219200) * NS_PER_SECOND)        /* 2026-11-21 */
#define TOLD_BYTES 600

static const struct chart_row charts[] = {
	{ "a/redis", .description = "a cache", .keywords = "database,key value" },
	{ "a/redis-ha", .description = "more of it" },
	{ "a/redis-operator-for-many", .description = "looks after some" },
	{ "a/my-redis", .description = "mine" },
	{ "a/keydb", .description = "a fork of Redis", .keywords = "redis,database" },
	{ "b/redis", .description = "gone", .more = "\"deprecated\":true" },
	{ "b/redis-next", .version = "1.0.0-rc.1", .description = "soon" },
	{ "b/cert-manager", .description = "signs", .people = "Ann Example,Bob B" },
	{ "b/certmanager", .description = "the other one" },
	{ "c/brokers", .description = "a message broker" },
	{ "c/dashboard", .description = "for Kubernetes" },
	{ "c/kubernetes-dashboard", .description = "for Kubernetes" },
	{ "d/old", .description = "twin", .created = "2021-01-01" },
	{ "d/new", .description = "twin", .created = "2026-11-01" },
	{ "d/hot", .description = "twin", .created = "2021-01-01", .pulls = 900 },
	{ "d/sig", .description = "twin", .created = "2021-01-01", .facts = "\"signature\":\"good\"" },
	{ "d/bad", .description = "twin", .created = "2021-01-01", .facts = "\"signature\":\"bad\"" },
	{ "e/lib", .description = "things", .more = "\"type\":\"library\",\"appVersion\":\"v1.20.3\"",
	  .facts = "\"license\":\"MIT\",\"category\":\"database\",\"crds\":true,\"schema\":true,\"readme\":true,"
	  "\"changelog\":true,\"images\":[\"docker.io/bitnami/thing:7.2\"],\"kinds\":[\"ThingSet\"]",
	  .kube = ">=1.28.0-0 <1.31.0-0", .created = "2026-01-10" },
	{ "e/other", .description = "things", .more = "\"appVersion\":\"1.2\","
	  "\"dependencies\":[{\"name\":\"lib\",\"version\":\"1\",\"repository\":\"\"}]",
	  .facts = "\"license\":\"Apache-2.0\",\"signature\":\"unchecked\"", .created = "2025-12-31" },
	{ "team-a/stable", .description = "things", .created = "2024-01-01" },
};

/* The order, `>` before those of a lower step. */
static const struct row { const char *name, *query, *order; } rows[] = {
	{ "whole name, beginning, in the name, keyword, deprecated last", "redis ",
	  "a/redis > a/redis-ha a/redis-operator-for-many b/redis-next > a/my-redis > a/keydb > b/redis" },
	{ "repository and name", "a/redis ",
	  "a/redis > a/keydb > a/my-redis a/redis-ha a/redis-operator-for-many > b/redis" },
	{ "of one that is deprecated", "B/Redis", "b/redis > a/redis > b/redis-next" },
	{ "of another repository", "nowhere/redis ", "a/redis > b/redis" },
	{ "of a repository with two names", "team-a/stable/redis", "a/redis > b/redis" },
	{ "repository and beginning of a name", "a/red",
	  "a/redis a/redis-ha a/redis-operator-for-many > a/keydb > a/my-redis" },
	{ "in quotes", "\"a/redis\"", "" },
	{ "without a separator", "certmanager", "b/cert-manager b/certmanager" },
	{ "with one", "cert-manager", "b/cert-manager b/certmanager" },
	{ "with another", "cert_manager", "b/cert-manager b/certmanager" },
	{ "with a blank", "cert manager", "b/cert-manager b/certmanager" },
	{ "in capitals", "CertManager", "b/cert-manager b/certmanager" },
	{ "plural", "broker ", "c/brokers" },
	{ "singular", "databases ", "a/keydb a/redis" },
	{ "a keyword of two words", "\"key value\"", "a/redis" },
	{ "not across keywords", "\"database key\"", "" },
	{ "a word of every chart first", "kubernetes dashboard", "c/kubernetes-dashboard c/dashboard" },
	{ "a word of every chart last", "dashboard for kubernetes ", "c/dashboard > c/kubernetes-dashboard" },
	{ "recent, downloaded, signed", "twin ", "d/new d/hot d/sig d/bad d/old" },
	{ "without", "redis -operator -my",
	  "a/redis > a/redis-ha b/redis-next > a/keydb > b/redis" },
	{ "name", "name:redis",
	  "a/redis > a/redis-ha a/redis-operator-for-many b/redis-next > a/my-redis > b/redis" },
	{ "keyword", "keyword:redis", "a/keydb" },
	{ "maintainer", "maintainer:\"ann example\"", "b/cert-manager" },
	{ "another maintainer", "maintainer:\"example bob\"", "" },
	{ "image", "image:bitnami/thing", "e/lib" },
	{ "kinds", "thingset ", "e/lib" },
	{ "repository", "repo:E", "e/lib e/other" },
	{ "no repository", "-repo:a -repo:b -repo:c -repo:d -repo:e", "team-a/stable" },
	{ "either repository", "repo:c or repo:team-a dashboard",
	  "c/dashboard > c/kubernetes-dashboard" },
	{ "license", "license:mit", "e/lib" },
	{ "category", "category:Database", "e/lib" },
	{ "library", "is:library", "e/lib" },
	{ "type", "type:library", "e/lib" },
	{ "signed", "is:signed", "e/other d/sig" },
	{ "deprecated", "is:deprecated", "b/redis" },
	{ "pre-release", "is:prerelease", "b/redis-next" },
	{ "has", "has:schema has:crds has:readme has:changelog", "e/lib" },
	{ "has not", "things -has:crds", "e/other team-a/stable" },
	{ "Kubernetes", "kube:1.30 repo:e", "e/lib e/other" },
	{ "Kubernetes, too new", "kube:1.31 repo:e", "e/other" },
	{ "application", "app:1.20", "e/lib" },
	{ "application, no beginning of a number", "app:1.2", "e/other" },
	{ "since", "updated:>=2026-01-01 repo:e", "e/lib" },
	{ "before", "updated:<2026-01-01 repo:e", "e/other" },
	{ "age", "updated:1m", "d/new" },
};

struct ranked { const struct hub_chart *chart; struct rank rank; };

static int by_points(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;
	if (a->rank.points != b->rank.points)
		return a->rank.points < b->rank.points ? 1 : -1;
	return str_cmp(a->chart->name, b->chart->name);
}

/* What stands in READMEs is not known here: no chart has one. */
static size_t find(struct arena *a, const struct hub_table *t, const char *text, struct ranked *ret)
{
	struct query q;
	struct ranker *r;
	size_t n = 0;
	assert_int_equal(query_read(a, str_c(text), NOW, &q, NULL), OK);
	assert_int_equal(ranker_new(a, t, &q, NULL, NOW, &r, NULL), OK);
	for (size_t i = 0; i < t->count; i++) {
		uint32_t id = (uint32_t)t->charts[i]->id;
		struct ranked now = { t->charts[i], ranker_rank(r, id, 0) };
		if (ranker_admits(r, id) && now.rank.where != IN_TEXT)
			ret[n++] = now;
	}
	qsort(ret, n, sizeof *ret, by_points);
	return n;
}

static void t_rank(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct ranked found[ROWS(charts)];
	struct hub_table t;
	char told[TOLD_BYTES] = "";
	size_t n = 0;
	fill_table(&t, charts, ROWS(charts));
	size_t count = find(&a, &t, row->query, found);
	for (size_t i = 0; i < count; i++) {
		bool step = i && found[i].rank.points / RANK_STEP != found[i - 1].rank.points / RANK_STEP;
		n += (size_t)snprintf(told + n, sizeof told - n, "%s%.*s/%.*s", step ? " > " : i ? " " : "",
		                      STR_ARG(found[i].chart->repo), STR_ARG(found[i].chart->name));
	}
	table_close(&t);
	assert_string_equal(told, row->order);
}

static void t_points(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct query q;
	struct ranker *r;
	struct hub_table t;
	fill_table(&t, charts, ROWS(charts));
	assert_int_equal(query_read(&a, STR("redis"), NOW, &q, NULL), OK);
	assert_int_equal(ranker_new(&a, &t, &q, NULL, NOW, &r, NULL), OK);
	uint32_t redis = (uint32_t)table_at(&t, STR("a"), STR("redis"))->id;
	uint32_t hot = (uint32_t)table_at(&t, STR("d"), STR("hot"))->id;
	struct rank rank = ranker_rank(r, redis, 0), used = ranker_rank(r, redis, 100);
	assert_true(rank.near && rank.where != IN_TEXT && used.points > rank.points);
	assert_int_equal(ranker_rank(r, redis, UINT64_MAX - 1).points / RANK_STEP, rank.points / RANK_STEP);
	rank = ranker_rank(r, hot, 0);
	assert_true(!rank.near && rank.where == IN_TEXT);
	assert_true(ranker_knows(r, 0, redis));
	assert_false(ranker_knows(r, 0, hot));

	/* Nobody typed a name, so no chart's is what was typed. */
	uint32_t keydb = (uint32_t)table_at(&t, STR("a"), STR("keydb"))->id;
	assert_int_equal(query_read(&a, STR("helm chart keyword:redis"), NOW, &q, NULL), OK);
	assert_int_equal(ranker_new(&a, &t, &q, NULL, NOW, &r, NULL), OK);
	assert_true(ranker_rank(r, keydb, 0).near);
	assert_false(ranker_rank(r, hot, 0).near);
	table_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_points) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + RUN_TABLE("rank", t_rank, rows);
}
