/* One package, a few at random, how many there are. */
#include <stdlib.h>

#include "indexer/base/clock.h"
#include "indexer/base/hash.h"
#include "indexer/base/json.h"
#include "server/artifacthub/artifacthub.h"
#include "server/artifacthub/package_whole.h"
#include "server/route/look.h"

#define RANDOM_COUNT 10u
#define RANDOM_MAX_AGE_NS (183 * NS_PER_DAY)

static enum err on_worker(struct call *c, call_answer *answer, struct errinfo *e)
{
	return call_work(c, call_lookers(c), answer, e);
}

/* ---- one ---- */

/* The version of the address, or the one that is shown; NOT_FOUND. */
static enum err find_version(struct answer *x, const struct hub_chart *chart, struct str wanted,
                             struct hub_versions *v, size_t *ret_at, struct errinfo *e)
{
	size_t at = 0;
	enum err err = hub_versions(x->hub, &x->arena, chart->repo, chart->name, v, e);
	if (err)
		return err;
	while (wanted.n && at < v->count && !str_eq(v->list[at].version, wanted))
		at++;
	*ret_at = wanted.n ? at : hub_shown(v->list, v->count);
	return at < v->count ? OK : ERR(e, NOT_FOUND, "package version not found");
}

/* What cannot be had from an upstream is left out: the index tells the rest. */
static enum err contents_or_line(struct answer *x, const struct hub_chart *chart,
                                 const struct rope_version *v, struct contents **ret,
                                 struct errinfo *e)
{
	enum err err = call_contents(x->call, x->hub, chart->repo, chart->name, v->version, ret, e);
	if (!err || chart->origin == ORIGIN_HOSTED || err == ERR_NOMEM)
		return err;
	return contents_of_line(chart->repo, chart->name, v, ret, e);
}

static enum err put_version(struct answer *x, const struct hub_chart *chart, struct errinfo *e)
{
	struct hub_versions v = { 0 };
	struct contents *contents = NULL;
	size_t at;
	enum err err = find_version(x, chart, x->call->version, &v, &at, e);
	if (!err)
		err = contents_or_line(x, chart, &v.list[at], &contents, e);
	if (!err)
		err = package_put_whole(x, chart, &v, at, contents, e);
	contents_unref(contents);
	hub_versions_done(&v);
	return err;
}

typedef enum err write_package(struct answer *x, const struct hub_chart *chart, struct errinfo *e);

static enum err one_package(struct call *c, write_package *write, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct hub_chart *chart;
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = package_find(&x, c->repo, c->name, &chart, e);
	if (err)
		return err;
	err = write(&x, chart, e);
	hub_chart_unref(chart);
	return err ? err : answer_send(&x, JSON_TYPE, s, e);
}

static enum err get(struct call *c, struct response *s, struct errinfo *e)
{
	return one_package(c, put_version, s, e);
}

enum err packages_get(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return on_worker(c, get, e);
}

static void put_summary(struct answer *x, const struct hub_chart *chart)
{
	struct package p;
	package_of_chart(x->call->app, chart, &p);
	sbuf_putc(&x->b, '{');
	package_put(x, &p, PACKAGE_SUMMARY);
	sbuf_putc(&x->b, '}');
}

static enum err write_summary(struct answer *x, const struct hub_chart *chart, struct errinfo *e)
{
	(void)e;
	put_summary(x, chart);
	return OK;
}

static enum err summary(struct call *c, struct response *s, struct errinfo *e)
{
	return one_package(c, write_summary, s, e);
}

enum err packages_summary(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return on_worker(c, summary, e);
}

/* ---- a few ---- */

static bool is_worth_a_look(const struct hub_chart *c, int64_t now_ns)
{
	return !c->entry.meta.deprecated && c->has_readme &&
	       c->entry.created_ns > now_ns - RANDOM_MAX_AGE_NS;
}

/* Those come first that are worth it; returns how many. */
static size_t sift(struct hub_charts *charts)
{
	int64_t now = clock_wall();
	size_t n = 0;
	for (size_t i = 0; i < charts->count; i++)
		if (is_worth_a_look(charts->list[i], now)) {
			struct hub_chart *one = charts->list[i];
			charts->list[i] = charts->list[n];
			charts->list[n++] = one;
		}
	return n;
}

static enum err put_random(struct answer *x, struct hub_charts *charts, struct errinfo *e)
{
	uint32_t dice[RANDOM_COUNT];
	size_t count = sift(charts);
	if (!random_bytes(dice, sizeof dice))
		return ERR(e, IO, "random numbers");
	sbuf_putc(&x->b, '[');
	for (size_t i = 0; i < count && i < RANDOM_COUNT; i++) {
		size_t other = i + dice[i] % (count - i);
		struct hub_chart *one = charts->list[other];
		charts->list[other] = charts->list[i];
		charts->list[i] = one;
		json_next(&x->b);
		put_summary(x, one);
	}
	sbuf_puts(&x->b, "]\n");
	return OK;
}

static enum err random_few(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct hub_charts charts = { 0 };
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = hub_charts(x.hub, &x.arena, &x.viewer, (struct str){ 0 }, &charts, e);
	if (err)
		return err;
	err = put_random(&x, &charts, e);
	hub_charts_done(&charts);
	return err ? err : answer_send(&x, JSON_TYPE, s, e);
}

enum err packages_random(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return on_worker(c, random_few, e);
}

/* ---- how many ---- */

static enum err count(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct repo_info *repos;
	size_t repo_count;
	uint64_t packages = 0, releases = 0;
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = ingest_repos(c->app->ingest, &x.arena, &repos, &repo_count, e);
	if (err)
		return err;
	for (size_t i = 0; i < repo_count; i++)
		if (repos[i].kind != REPO_VIRTUAL && call_sees(c, repos[i].name)) {
			packages += repos[i].charts;
			releases += repos[i].versions;
		}
	sbuf_putc(&x.b, '{');
	json_number(&x.b, "packages", packages);
	json_number(&x.b, "releases", releases);
	sbuf_puts(&x.b, "}\n");
	return answer_send(&x, JSON_TYPE, s, e);
}

enum err packages_stats(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return on_worker(c, count, e);
}
