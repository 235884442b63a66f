/* See feed.h: where the entries come from. */
#include "server/web/feed.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/hub/search.h"
#include "indexer/ingest/recent.h"
#include "server/route/packed.h"
#include "server/route/search_params.h"
#include "server/route/viewer.h"
#include "server/web/feed_write.h"

#define FEED_TYPE "application/atom+xml; charset=utf-8"

struct work {
	struct call *c;
	struct hub *hub;
	struct arena arena;
	struct links links;
	struct feed feed;
	struct feed_entry *entries;      /* room for FEED_ENTRIES_MAX */
};

static enum err take_line(struct work *w, struct str repo, struct str line, uint64_t bytes,
                          struct errinfo *e)
{
	struct feed_entry *to = &w->entries[w->feed.count];
	*to = (struct feed_entry){ .repo = repo, .bytes = bytes };
	enum err err = index_entry_read(&w->arena, line, &to->of, e);
	w->feed.count += !err;
	return err;
}

/* ---- everywhere, and in a repository ---- */

static bool is_asked_for(void *ctx, struct str repo)
{
	const struct work *w = ctx;
	return w->feed.repo.n ? str_eq(repo, w->feed.repo) : call_sees(w->c, repo);
}

static enum err take_recent(struct work *w, struct errinfo *e)
{
	struct recent *list;
	size_t count;
	enum err err = ingest_recent(w->c->app->ingest, &w->arena, is_asked_for, w, FEED_ENTRIES_MAX,
	                             &list, &count, e);
	for (size_t i = 0; !err && i < count; i++)
		err = take_line(w, list[i].repo, list[i].line, list[i].bytes, e);
	return err;
}

/* ---- of a chart ---- */

static int newest_first(const void *a, const void *b)
{
	int64_t x = ((const struct rope_version *)a)->created_ns;
	int64_t y = ((const struct rope_version *)b)->created_ns;
	return (x < y) - (x > y);
}

static enum err take_versions(struct work *w, struct errinfo *e)
{
	struct hub_versions v = { 0 };
	enum err err = hub_versions(w->hub, &w->arena, w->feed.repo, w->feed.name, &v, e);
	if (err)
		return err;
	qsort(v.list, v.count, sizeof *v.list, newest_first);
	for (size_t i = 0; !err && i < v.count && i < FEED_ENTRIES_MAX; i++) {
		struct str line;         /* which outlives the snapshot so */
		err = arena_str(&w->arena, v.list[i].line, &line)
		      ? take_line(w, w->feed.repo, line, 0, e) : ERR(e, NOMEM, "feed");
	}
	hub_versions_done(&v);
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
		w->entries[w->feed.count++] = (struct feed_entry){ chart->repo, chart->entry, chart->bytes };
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
		f->title = STR("Charts");
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
	return w->feed.name.n ? take_versions(w, e) : take_recent(w, e);
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
