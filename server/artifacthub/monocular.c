/* Lists of charts, and the versions of one. */
#include "server/artifacthub/monocular.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/hub/search.h"
#include "server/artifacthub/monocular_shape.h"

static void begin_data(struct answer *x)
{
	sbuf_putc(&x->b, '{');
	json_key(&x->b, "data");
}

static void begin_list(struct answer *x)
{
	begin_data(x);
	sbuf_putc(&x->b, '[');
}

/* ---- searching ---- */

static enum err search(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct hub_filter here = { FACET_REPO, c->repo };
	struct hub_search q = { .text = query_text(&c->query, "q"), .filters = &here,
	                        .filter_count = c->repo.n > 0, .now_ns = clock_wall() };
	struct hub_result found = { 0 };
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = hub_search(x.hub, &x.arena, &x.viewer, &q, &found, e);
	if (err)
		return err;
	begin_list(&x);
	for (size_t i = 0; i < found.count; i++) {
		json_next(&x.b);
		monocular_put_chart(&x, found.hits[i].chart->repo, &found.hits[i].chart->entry);
	}
	sbuf_puts(&x.b, "]}\n");
	hub_result_done(&found);
	return answer_send(&x, JSON_TYPE, s, e);
}

enum err monocular_search(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), search, e);
}

/* ---- all charts ---- */

struct listed { const struct hub_chart *chart; bool hidden; };

static int by_name(const void *a, const void *b)
{
	const struct hub_chart *x = ((const struct listed *)a)->chart;
	const struct hub_chart *y = ((const struct listed *)b)->chart;
	int order = str_cmp(x->name, y->name);
	return order ? order : str_cmp(x->repo, y->repo);
}

static int by_digest(const void *a, const void *b)
{
	const struct listed *x = *(const struct listed *const *)a, *y = *(const struct listed *const *)b;
	int order = str_cmp(x->chart->entry.digest, y->chart->entry.digest);
	return order ? order : (x > y) - (x < y);
}

/* The same archive in several repositories is shown once, where it comes first. */
static enum err hide_duplicates(struct answer *x, struct listed *list, size_t count,
                                struct errinfo *e)
{
	struct listed **order = arena_array(&x->arena, count, sizeof *order);
	if (!order)
		return ERR(e, NOMEM, "list of charts");
	for (size_t i = 0; i < count; i++)
		order[i] = &list[i];
	qsort(order, count, sizeof *order, by_digest);
	for (size_t i = 1; i < count; i++)
		order[i]->hidden = order[i]->chart->entry.digest.n &&
		                   str_eq(order[i]->chart->entry.digest, order[i - 1]->chart->entry.digest);
	return OK;
}

/* Leaves those that shall be seen at the beginning of the list. */
static size_t without_hidden(struct listed *list, size_t count)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		if (!list[i].hidden)
			list[n++] = list[i];
	return n;
}

/* That one version of the charts of one name, in whatever repository. */
static void hide_others(struct answer *x, struct listed *list, size_t count)
{
	const struct query *q = &x->call->query;
	struct errinfo gone = { 0 };
	for (size_t i = 0; i < count; i++) {
		const struct hub_chart *chart = list[i].chart;
		struct hub_versions v = { 0 };
		list[i].hidden = true;
		if (!str_eq(chart->name, query_text(q, "name")) ||
		    hub_versions(x->hub, &x->arena, chart->repo, chart->name, &v, &gone) != OK)
			continue;
		for (size_t at = 0; at < v.count && list[i].hidden; at++) {
			struct index_entry entry;
			list[i].hidden = !str_eq(v.list[at].version, query_text(q, "version")) ||
			                 index_entry_read(&x->arena, v.list[at].line, &entry, &gone) != OK ||
			                 !str_eq(entry.meta.app_version, query_text(q, "appversion"));
		}
		hub_versions_done(&v);
	}
}

struct page { uint64_t number, size, pages; size_t from, to; };

/* Beyond the last page is the last page. */
static enum err take_page(const struct call *c, size_t count, struct page *ret, struct errinfo *e)
{
	struct page p = { .number = 1, .pages = 1, .to = count };
	enum err err = query_number(&c->query, "page", 0, INT32_MAX, &p.number, e);
	if (!err)
		err = query_number(&c->query, "size", 0, INT32_MAX, &p.size, e);
	if (!err && p.size) {
		p.pages = (count + p.size - 1) / p.size;
		p.number = p.number > p.pages ? p.pages : p.number;
		p.from = p.number > 1 ? (size_t)((p.number - 1) * p.size) : 0;
		p.to = p.from + p.size < count ? p.from + (size_t)p.size : count;
	}
	if (!err)
		*ret = p;
	return err;
}

static bool asks_for_one_version(const struct call *c)
{
	return query_get(&c->query, "name") && query_get(&c->query, "version") &&
	       query_get(&c->query, "appversion");
}

static enum err put_list(struct answer *x, struct listed *list, size_t count, struct errinfo *e)
{
	struct call *c = x->call;
	struct page page;
	enum err err = OK;
	qsort(list, count, sizeof *list, by_name);
	if (asks_for_one_version(c))
		hide_others(x, list, count);
	else if (!query_is_on(&c->query, "showDuplicates"))
		err = hide_duplicates(x, list, count, e);
	if (!err)
		err = take_page(c, without_hidden(list, count), &page, e);
	if (err)
		return err;
	begin_list(x);
	for (size_t i = page.from; i < page.to; i++) {
		json_next(&x->b);
		monocular_put_chart(x, list[i].chart->repo, &list[i].chart->entry);
	}
	sbuf_puts(&x->b, "],\"meta\":{");
	json_number(&x->b, "totalPages", page.pages);
	sbuf_puts(&x->b, "}}\n");
	return OK;
}

static enum err list(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct hub_charts charts = { 0 };
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = hub_charts(x.hub, &x.arena, &x.viewer, c->repo, &charts, e);
	if (err)
		return err;
	struct listed *all = arena_array(&x.arena, charts.count + 1, sizeof *all);
	for (size_t i = 0; all && i < charts.count; i++)
		all[i] = (struct listed){ .chart = charts.list[i] };
	err = all ? put_list(&x, all, charts.count, e) : ERR(e, NOMEM, "list of charts");
	hub_charts_done(&charts);
	return err ? err : answer_send(&x, JSON_TYPE, s, e);
}

enum err monocular_list(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), list, e);
}

/* ---- one chart, and its versions ---- */

struct versions { struct hub_versions all; struct index_entry shown; };

/* What is read of a line is many times as long, and goes before the next one comes. */
static enum err put_version(struct answer *x, const struct versions *v, size_t at, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct index_entry one;
	enum err err = index_entry_read(&a, v->all.list[at].line, &one, e);
	if (err)
		return err;
	one.meta.name = x->call->name;
	monocular_put_version(x, x->call->repo, &one, &v->shown);
	return OK;
}

static enum err put_one(struct answer *x, const struct versions *v, struct errinfo *e)
{
	size_t at = 0;
	while (at < v->all.count && !str_eq(v->all.list[at].version, x->call->version))
		at++;
	if (at == v->all.count)
		return ERR(e, NOT_FOUND, "could not find chart version");
	begin_data(x);
	enum err err = put_version(x, v, at, e);
	sbuf_puts(&x->b, "}\n");
	return err;
}

static enum err put_chart(struct answer *x, const struct versions *v, struct errinfo *e)
{
	(void)e;
	begin_data(x);
	monocular_put_chart(x, x->call->repo, &v->shown);
	sbuf_puts(&x->b, "}\n");
	return OK;
}

static enum err put_all(struct answer *x, const struct versions *v, struct errinfo *e)
{
	enum err err = OK;
	begin_list(x);
	for (size_t i = 0; i < v->all.count && i < HUB_VERSIONS_MAX && !err; i++) {
		json_next(&x->b);
		err = put_version(x, v, i, e);
	}
	sbuf_puts(&x->b, "]}\n");
	return err;
}

static enum err answer(struct call *c, enum err (*put)(struct answer *, const struct versions *, struct errinfo *),
                       struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct versions v = { 0 };
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = hub_versions(x.hub, &x.arena, c->repo, c->name, &v.all, e);
	if (err == ERR_NOT_FOUND)
		return ERR(e, NOT_FOUND, "could not find chart");
	if (err)
		return err;
	size_t shown = hub_shown(v.all.list, v.all.count);
	err = index_entry_read(&x.arena, v.all.list[shown].line, &v.shown, e);
	v.shown.meta.name = c->name;     /* as it is listed, whatever the entry calls itself */
	if (!err)
		err = put(&x, &v, e);
	hub_versions_done(&v.all);
	return err ? err : answer_send(&x, JSON_TYPE, s, e);
}

static enum err chart(struct call *c, struct response *s, struct errinfo *e) { return answer(c, put_chart, s, e); }
static enum err versions(struct call *c, struct response *s, struct errinfo *e) { return answer(c, put_all, s, e); }
static enum err version(struct call *c, struct response *s, struct errinfo *e) { return answer(c, put_one, s, e); }

enum err monocular_chart(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), chart, e);
}

enum err monocular_versions(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), versions, e);
}

enum err monocular_version(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), version, e);
}
