/* See feed.h: where the entries come from. */
#include "server/web/feed.h"

#include "indexer/base/auto.h"
#include "indexer/hub/search.h"
#include "indexer/ingest/lookup.h"
#include "server/route/packed.h"
#include "server/route/search_params.h"
#include "server/route/viewer.h"
#include "server/web/feed_write.h"
#include "server/web/say.h"
#include "server/web/site.h"

#define FEED_TYPE "application/atom+xml; charset=utf-8"

struct work {
	struct call *c;
	struct hub *hub;
	struct arena arena;
	struct links links;
	struct feed feed;
	struct feed_entry *entries;      /* room for FEED_ENTRIES_MAX */
};

/* ---- versions, the newest first ---- */

/* There are as many as there may be, and all are newer. */
static bool is_too_old(const struct work *w, int64_t created_ns)
{
	return w->feed.count == FEED_ENTRIES_MAX &&
	       created_ns <= w->entries[FEED_ENTRIES_MAX - 1].of.created_ns;
}

static enum err put(void *work, const struct feed_entry *new, struct errinfo *e)
{
	struct work *w = work;
	size_t at = w->feed.count;
	(void)e;
	if (is_too_old(w, new->of.created_ns))
		return OK;
	if (at == FEED_ENTRIES_MAX)
		at--;
	else
		w->feed.count++;
	for (; at > 0 && w->entries[at - 1].of.created_ns < new->of.created_ns; at--)
		w->entries[at] = w->entries[at - 1];
	w->entries[at] = *new;
	return OK;
}

/* One whose date nobody tells is as old as it is here. */
static enum err date(struct work *w, struct str repo, struct str name, struct str version,
                     int64_t *created_ns, struct errinfo *e)
{
	return say_knows(*created_ns) ? OK
	       : ingest_first_seen(w->c->app->ingest, repo, name, version, created_ns, e);
}

static enum err take_version(struct work *w, struct str repo, struct str name,
                             const struct rope_version *v, struct errinfo *e)
{
	struct feed_entry new = { 0 };
	struct str line;                 /* which outlives the snapshot so */
	if (!arena_str(&w->arena, v->line, &line) || !arena_str(&w->arena, repo, &new.repo) ||
	    !arena_str(&w->arena, name, &name))
		return ERR(e, NOMEM, "feed");
	enum err err = index_entry_read(&w->arena, line, &new.of, e);
	new.of.meta.name = name;         /* as it is listed, whatever the entry calls itself */
	new.of.created_ns = v->created_ns;
	return err ? err : put(w, &new, e);
}

static enum err take_chart(struct work *w, struct str repo, struct str name, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hub_versions v = { 0 };
	enum err err = hub_versions(w->hub, &a, repo, name, &v, e);
	for (size_t i = 0; !err && i < v.count; i++) {
		struct rope_version one = v.list[i];
		err = date(w, repo, name, one.version, &one.created_ns, e);
		if (!err && !is_too_old(w, one.created_ns))
			err = take_version(w, repo, name, &one, e);
	}
	hub_versions_done(&v);
	return err;
}

/* Of a repository, or of all that the caller sees. The index in memory has the times of all versions:
 * looking at 200,000 takes some 50 ms.                                                       */
static enum err take_charts(struct work *w, struct errinfo *e)
{
	const struct hub_viewer viewer = call_viewer(w->c);
	struct hub_charts charts = { 0 };
	enum err err = hub_charts(w->hub, &w->arena, &viewer, w->feed.repo, &charts, e);
	for (size_t i = 0; !err && i < charts.count; i++) {
		err = take_chart(w, charts.list[i]->repo, charts.list[i]->name, e);
		if (err == ERR_NOT_FOUND || err == ERR_REPO_NOT_FOUND)       /* deleted since */
			err = OK;
	}
	hub_charts_done(&charts);
	return err;
}

/* Of the repository and the chart that the feed is about, or of all upstreams that the caller sees. */
static enum err take_news(struct work *w, struct errinfo *e)
{
	struct repo_info *repos;
	size_t count;
	enum err err = OK;
	if (w->feed.repo.n) {
		err = feed_news(w->c, &w->arena, w->feed.repo, w->feed.name, put, w, e);
		return err ? err : feed_view(w->c, &w->arena, w->feed.repo, w->feed.name, put, w, e);
	}
	err = ingest_repos(w->c->app->ingest, &w->arena, &repos, &count, e);
	for (size_t i = 0; i < count && !err; i++) {
		if (call_sees(w->c, repos[i].name))
			err = feed_news(w->c, &w->arena, repos[i].name, w->feed.name, put, w, e);
		if (err == ERR_REPO_NOT_FOUND)                               /* deleted since */
			err = OK;
	}
	return err;
}

/* ---- of a search ---- */

static bool is_search(const struct hub_search *q) { return q->text.n || q->filter_count; }

static enum err name_search(struct work *w, const struct hub_search *q, struct errinfo *e)
{
	struct link_param *params = arena_array(&w->arena, q->filter_count + 1, sizeof *params);
	if (!params)
		return ERR(e, NOMEM, "feed");
	params[0] = (struct link_param){ "q", q->text };
	for (size_t i = 0; i < q->filter_count; i++)
		params[i + 1] = (struct link_param){ hub_facet_names[q->filters[i].facet], q->filters[i].value };
	w->feed.query = w->c->r->query;
	w->feed.page = link_search(&w->links, params, q->filter_count + 1);
	w->feed.title = q->text.n ? str_c(arena_printf(&w->arena, "Charts for “%.*s”", STR_ARG(q->text)))
	                          : STR("Charts of a search");
	return OK;
}

/* Its charts are kept until the feed is written. */
static enum err take_hits(struct work *w, struct hub_search *q, struct hub_result *found,
                          struct errinfo *e)
{
	const struct hub_viewer viewer = call_viewer(w->c);
	q->sort = SORT_RELEASED;
	q->limit = FEED_ENTRIES_MAX;
	enum err err = name_search(w, q, e);
	if (!err)
		err = hub_search(w->hub, &w->arena, &viewer, q, found, e);
	for (size_t i = 0; !err && !found->corrected && i < found->count; i++) {
		const struct hub_chart *chart = found->hits[i].chart;
		struct feed_entry new = { .repo = chart->repo, .of = chart->entry, .bytes = chart->bytes };
		err = date(w, chart->repo, chart->name, new.of.meta.version, &new.of.created_ns, e);
		if (!err)
			err = put(w, &new, e);
	}
	return err;
}

/* ---- the answer ---- */

static void name_feed(struct work *w)
{
	struct feed *f = &w->feed;
	if (f->name.n) {
		f->page = link_chart(&w->links, f->repo, f->name, (struct str){ 0 });
		f->title = str_c(arena_printf(&w->arena, "%.*s of %.*s", STR_ARG(f->name), STR_ARG(f->repo)));
	} else if (f->repo.n) {
		f->page = link_repo(&w->links, f->repo);
		f->title = str_c(arena_printf(&w->arena, "Charts of %.*s", STR_ARG(f->repo)));
	} else {
		f->page = link_home(&w->links);
		f->title = w->c->app->site->name;
	}
}

static enum err take_entries(struct work *w, struct hub_result *found, struct errinfo *e)
{
	struct hub_search q = { 0 };
	enum err err = w->feed.repo.n ? OK : search_params(w->c, &q, e);
	if (err)
		return err;
	if (is_search(&q))
		return take_hits(w, &q, found, e);
	name_feed(w);
	err = w->feed.name.n ? take_chart(w, w->feed.repo, w->feed.name, e) : take_charts(w, e);
	return err ? err : take_news(w, e);
}

static enum err make(struct work *w, struct sbuf *b, struct errinfo *e)
{
	struct hub_result found = { 0 };
	struct call *c = w->c;
	links_of(c, &w->links);
	w->links.a = &w->arena;          /* there are many */
	w->hub = call_hub(c);
	w->feed = (struct feed){ .links = &w->links, .repo = c->repo, .name = c->name };
	w->entries = arena_array(&w->arena, FEED_ENTRIES_MAX, sizeof *w->entries);
	w->feed.entries = w->entries;
	if (!w->entries)
		return ERR(e, NOMEM, "feed");
	enum err err = ids_open(c->app, &w->feed.ids, e);
	if (!err)
		err = take_entries(w, &found, e);
	if (!err)
		err = link_check(&w->links, e);
	if (!err && !feed_write(b, &w->arena, &w->feed))
		err = ERR(e, NOMEM, "feed");
	hub_result_done(&found);
	return err;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(FEED_MAX_BYTES);
	struct work w = { .c = c };
	enum err err = make(&w, &b, e);
	arena_done(&w.arena);
	return err ? err : respond_packed(c, 200, FEED_TYPE, &b, s, e);
}

enum err feed_get(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), answer, e);
}
