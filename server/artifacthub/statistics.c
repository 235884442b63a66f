/* How a catalog grew and what of it is downloaded: of the repositories that the caller sees. Points
 * in time are milliseconds, as charts in a browser want them.                                */
#include <stdlib.h>
#include <time.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/ingest/downloads.h"
#include "indexer/store/catalog.h"
#include "server/artifacthub/artifacthub.h"
#include "server/artifacthub/package.h"

#define MONTHS (12u * 300u)          /* from January 1970 on */
#define VIEWS_MONTHS 24
#define VIEWS_DAYS 30
#define TOP 10u
#define DAYS_PER_MONTH_MAX 31

struct months { uint64_t counts[MONTHS]; };

struct top { struct str repo, name; uint64_t count; };
struct tops { struct top list[TOP]; size_t count; };

struct figures {
	struct answer *x;
	int64_t today;                   /* days since 1970 */
	struct months packages, snapshots, repositories, views;
	uint64_t days[VIEWS_DAYS];       /* downloads, today the last */
	struct tops now, month;
	struct tops *tops;               /* that is being filled */
	uint64_t package_count, snapshot_count, repo_count, organization_count;
};

/* ---- time ---- */

static size_t month_of(int64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / NS_PER_SECOND);
	struct tm t = { 0 };
	if (wall_ns <= 0 || !gmtime_r(&seconds, &t))
		return 0;
	size_t month = (size_t)(t.tm_year - 70) * 12 + (size_t)t.tm_mon;
	return month < MONTHS ? month : MONTHS - 1;
}

static uint64_t begin_of(size_t month)
{
	struct tm t = { .tm_year = 70 + (int)(month / 12), .tm_mon = (int)(month % 12), .tm_mday = 1 };
	return (uint64_t)timegm(&t) * 1000;
}

/* ---- counting ---- */

/* What has no date is in the totals alone. */
static void count_month(struct months *m, int64_t wall_ns)
{
	if (wall_ns > 0)
		m->counts[month_of(wall_ns)]++;
}

static enum err count_chart(struct figures *f, const struct hub_chart *c, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hub_versions v = { 0 };
	int64_t first = INT64_MIN;
	enum err err = hub_versions(f->x->hub, &a, c->repo, c->name, &v, e);
	for (size_t i = 0; !err && i < v.count; i++) {
		int64_t created = v.list[i].created_ns;
		count_month(&f->snapshots, created);
		if (created > 0 && (first < 0 || created < first))
			first = created;
	}
	if (!err)
		count_month(&f->packages, first);
	f->package_count += !err;
	f->snapshot_count += v.count;
	hub_versions_done(&v);
	return err == ERR_NOT_FOUND || err == ERR_REPO_NOT_FOUND ? OK : err;     /* deleted since */
}

static enum err count_charts(struct figures *f, struct errinfo *e)
{
	struct answer *x = f->x;
	struct hub_charts charts = { 0 };
	enum err err = hub_charts(x->hub, &x->arena, &x->viewer, (struct str){ 0 }, &charts, e);
	for (size_t i = 0; !err && i < charts.count; i++)
		err = count_chart(f, charts.list[i], e);
	hub_charts_done(&charts);
	return err;
}

static enum err count_day(void *ctx, struct str version, int64_t day, uint64_t count,
                          struct errinfo *e)
{
	struct figures *f = ctx;
	(void)version, (void)e;
	int64_t ago = f->today - day;
	f->views.counts[month_of(day * NS_PER_DAY)] += count;
	if (ago >= 0 && ago < VIEWS_DAYS)
		f->days[VIEWS_DAYS - 1 - ago] += count;
	return OK;
}

static bool is_same_team(struct str a, struct str b)
{
	return str_eq(str_cut(&a, '/', NULL), str_cut(&b, '/', NULL));
}

static enum err count_repos(struct figures *f, struct repo_row *rows, size_t count,
                            struct errinfo *e)
{
	const struct call *c = f->x->call;
	struct str last = { 0 };
	enum err err = OK;
	for (size_t i = 0; i < count && !err; i++) {
		if (!call_sees(c, rows[i].name))
			continue;
		f->repo_count++;
		f->repositories.counts[month_of(rows[i].created_ns)]++;
		f->organization_count += str_has(rows[i].name, '/') &&
		                         !(str_has(last, '/') && is_same_team(rows[i].name, last));
		last = rows[i].name;
		err = ingest_repo_downloads(c->app->ingest, rows[i].name,
		                            f->today - VIEWS_MONTHS * DAYS_PER_MONTH_MAX, count_day, f, e);
		if (err == ERR_REPO_NOT_FOUND)
			err = OK;
	}
	return err;
}

/* ---- what is downloaded most ---- */

static enum err take_top(void *ctx, struct str repo, struct str chart, uint64_t count,
                         struct errinfo *e)
{
	struct figures *f = ctx;
	struct tops *t = f->tops;
	struct top new = { .count = count };
	size_t at = t->count;
	if ((at == TOP && count <= t->list[TOP - 1].count) || !call_sees(f->x->call, repo))
		return OK;
	if (!arena_str(&f->x->arena, repo, &new.repo) || !arena_str(&f->x->arena, chart, &new.name))
		return ERR(e, NOMEM, "statistics");
	at -= at == TOP;
	for (; at > 0 && t->list[at - 1].count < count; at--)
		t->list[at] = t->list[at - 1];
	t->list[at] = new;
	t->count += t->count < TOP;
	return OK;
}

struct lists { struct figures *figures; struct repo_row *repos; size_t count; };

static enum err read_lists(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct lists *l = ctx;
	struct figures *f = l->figures;
	int64_t month = (int64_t)(begin_of(month_of(f->today * NS_PER_DAY)) / 1000) / 86400;
	enum err err = catalog_repos(c, &f->x->arena, &l->repos, &l->count, e);
	f->tops = &f->now;
	if (!err)
		err = catalog_pulls_each(c, f->today, take_top, f, e);
	f->tops = &f->month;
	return err ? err : catalog_pulls_each(c, month, take_top, f, e);
}

/* ---- writing ---- */

static void put_point(struct sbuf *b, uint64_t ms, uint64_t n)
{
	json_next(b);
	sbuf_putc(b, '[');
	sbuf_u64(b, ms);
	sbuf_putc(b, ',');
	sbuf_u64(b, n);
	sbuf_putc(b, ']');
}

static void put_months(struct sbuf *b, const char *key, const struct months *m, bool running)
{
	uint64_t total = 0;
	json_key(b, key);
	sbuf_putc(b, '[');
	for (size_t i = 0; i < MONTHS; i++) {
		total += m->counts[i];
		if (m->counts[i])
			put_point(b, begin_of(i), running ? total : m->counts[i]);
	}
	sbuf_putc(b, ']');
}

static void put_days(const struct figures *f, struct sbuf *b)
{
	json_key(b, "views_daily");
	sbuf_putc(b, '[');
	for (int64_t i = 0; i < VIEWS_DAYS; i++)
		if (f->days[i])
			put_point(b, (uint64_t)(f->today - (VIEWS_DAYS - 1) + i) * 86400 * 1000, f->days[i]);
	sbuf_putc(b, ']');
}

static void put_tops(struct figures *f, const char *key, const struct tops *t)
{
	struct sbuf *b = &f->x->b;
	json_key(b, key);
	sbuf_putc(b, '[');
	for (size_t i = 0; i < t->count; i++) {
		struct hub_chart *c = hub_chart_get(f->x->hub, t->list[i].repo, t->list[i].name);
		struct package p;
		if (!c)
			continue;
		package_of_chart(f->x->call->app, c, &p);
		json_next(b);
		sbuf_puts(b, "{\"package\":{");
		package_put(f->x, &p, PACKAGE_SUMMARY);
		sbuf_putc(b, '}');
		json_number(b, "views", t->list[i].count);
		sbuf_putc(b, '}');
		hub_chart_unref(c);
	}
	sbuf_putc(b, ']');
}

static void put_total(struct sbuf *b, const char *key, uint64_t total, const struct months *m)
{
	json_key(b, key);
	sbuf_putc(b, '{');
	json_number(b, "total", total);
	put_months(b, "running_total", m, true);
}

static void put_figures(struct figures *f)
{
	static const struct months none;
	struct sbuf *b = &f->x->b;
	sbuf_putc(b, '{');
	json_number(b, "generated_at", (uint64_t)(clock_wall() / NS_PER_MS));
	put_total(b, "packages", f->package_count, &f->packages);
	put_months(b, "created_monthly", &f->packages, false);
	put_days(f, b);
	put_months(b, "views_monthly", &f->views, false);
	put_tops(f, "top_views_today", &f->now);
	put_tops(f, "top_views_current_month", &f->month);
	sbuf_putc(b, '}');
	put_total(b, "snapshots", f->snapshot_count, &f->snapshots);
	put_months(b, "created_monthly", &f->snapshots, false);
	sbuf_putc(b, '}');
	put_total(b, "repositories", f->repo_count, &f->repositories);
	sbuf_putc(b, '}');
	put_total(b, "organizations", f->organization_count, &none);
	sbuf_putc(b, '}');
	put_total(b, "users", 0, &none);         /* who has an account here is nobody's business */
	sbuf_puts(b, "}}\n");
}

static enum err gather(struct figures *f, struct errinfo *e)
{
	struct lists lists = { .figures = f };
	enum err err = ingest_read(f->x->call->app->ingest, read_lists, &lists, e);
	if (!err)
		err = count_repos(f, lists.repos, lists.count, e);
	return err ? err : count_charts(f, e);
}

static enum err statistics(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	enum err err = answer_open(c, &x, e);
	if (err)
		return err;
	AUTO_FREE struct figures *f = calloc(1, sizeof *f);
	if (!f)
		return ERR(e, NOMEM, "statistics");
	f->x = &x;
	f->today = clock_wall() / NS_PER_DAY;
	err = gather(f, e);
	if (err)
		return err;
	put_figures(f);
	return answer_send(&x, JSON_TYPE, s, e);
}

enum err hub_statistics(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), statistics, e);
}
