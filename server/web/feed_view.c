/* What happened in a virtual repository, as entries of its feed: versions that were promoted by hand, and
 * those whose cool-down ended. Only what it shows still: a name may have become somebody's secret since. */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"
#include "indexer/ingest/lineage.h"
#include "server/web/feed_write.h"

struct walk {
	struct arena *arena;
	struct str repo, chart;          /* chart: empty for all */
	struct snapshot *snapshot;
	struct lineage lineage;
	size_t looked_at, found;
	feed_add *add;
	void *ctx;
};

static struct str text_of(struct arena *a, struct str detail, const char *otherwise)
{
	const struct node *object = NULL;
	struct errinfo ignored = { 0 };
	struct str reason = { 0 };
	if (!json_read(a, detail, "detail", &object, &ignored))
		reason = node_text(node_get(object, "reason"));
	return reason.n ? reason : str_c(otherwise);
}

static enum err tell(struct walk *w, const struct event *ev, struct errinfo *e)
{
	bool by_hand = str_eq(ev->kind, STR("promote"));
	struct feed_entry new = { .news = by_hand ? "promoted" : "released" };
	struct str detail;
	if (!arena_str(w->arena, ev->detail, &detail) || !arena_str(w->arena, ev->chart, &new.of.meta.name) ||
	    !arena_str(w->arena, ev->version, &new.of.meta.version))
		return ERR(e, NOMEM, "feed");
	new.repo = w->repo;
	new.text = text_of(w->arena, detail, by_hand ? "It was promoted by hand." : "Its cool-down has ended.");
	new.of.created_ns = ev->at_ns;
	w->found++;
	return w->add(w->ctx, &new, e);
}

static bool is_wanted(const struct walk *w, const struct event *ev)
{
	struct rope_version shown;
	if (!str_eq(ev->kind, STR("promote")) && !str_eq(ev->kind, STR("release")))
		return false;
	if (!ev->chart.n || (w->chart.n && !str_eq(ev->chart, w->chart)))
		return false;
	struct fate fate = lineage_follow(&w->lineage, ev->repo, ev->seq);
	return !fate.deleted && str_eq(fate.name, w->repo) &&
	       rope_version(w->snapshot->json, ev->chart, ev->version, &shown);
}

/* Stops the walk: NOT_FOUND is nobody's error here. */
static enum err take(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct walk *w = ctx;
	if (w->looked_at++ == EVENTS_LOOKED_AT_MAX || w->found == FEED_ENTRIES_MAX)
		return ERR(e, NOT_FOUND, "enough");
	return is_wanted(w, ev) ? tell(w, ev, e) : OK;
}

static enum err read_events(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct walk *w = ctx;
	enum err err = lineage_read(c, &w->lineage, e);
	if (!err)
		err = catalog_events_before(c, INT64_MAX, take, w, e);
	lineage_done(&w->lineage);
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err feed_view(const struct call *c, struct arena *a, struct str repo, struct str chart,
                   feed_add *add, void *ctx, struct errinfo *e)
{
	struct walk w = { .arena = a, .repo = repo, .chart = chart, .add = add, .ctx = ctx };
	w.snapshot = ingest_snapshot(c->app->ingest, repo);
	bool virtual = w.snapshot && repo_kind(w.snapshot->settings) == REPO_VIRTUAL;
	enum err err = virtual ? ingest_read(c->app->ingest, read_events, &w, e) : OK;
	snapshot_unref(w.snapshot);
	return err;
}
