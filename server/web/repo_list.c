/* See repo_list.h. */
#include "server/web/repo_list.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/ingest/lookup.h"
#include "indexer/upstream/upstream.h"
#include "server/route/stale.h"

const char *upstream_mark(enum upstream_state state)
{
	static const char *const marks[UPSTREAM_STATE_COUNT] = {
		[UPSTREAM_IS_FRESH] = "good", [UPSTREAM_IS_UNCHANGED] = "good",
		[UPSTREAM_IS_FAILING] = "bad", [UPSTREAM_IS_HELD] = "warn", [UPSTREAM_IS_PAUSED] = "warn",
		[UPSTREAM_IS_FROZEN] = "warn",
	};
	return marks[state] ?: "";
}

/* It is not told where it cannot be read. */
static void put_state(struct call *c, struct str name, const struct repo_settings *s,
                      struct repo_line *to)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo ignored = { 0 };
	struct upstream_row row = { .state = UPSTREAM_IS_NEVER };
	enum err err = ingest_upstream_row(c->app->ingest, &a, name, &row, &ignored);
	if (err && err != ERR_NOT_FOUND)
		return;
	enum upstream_state state = upstream_state_shown(&row, s);
	to->state = upstream_state_word(state);
	to->mark = upstream_mark(state);
	to->fresh_ns = row.fresh_ns;
}

/* A virtual one is no fresher than what it shows. */
static void put_stale(struct call *c, struct str name, struct repo_line *to)
{
	to->fresh_ns = call_stale_since(c, name);
	to->state = to->fresh_ns ? "stale" : NULL;
	to->mark = "warn";
}

bool repo_line(struct call *c, struct links *l, struct str name, const struct snapshot *s,
               struct repo_line *ret)
{
	*ret = (struct repo_line){
		.name = name, .link = link_repo(l, name), .add = link_helm_repo(l, name),
		.charts = rope_charts(s->json), .versions = rope_versions(s->json),
		.changed_ns = s->generated_ns, .now_ns = clock_wall(), .private = s->settings->private,
		.is_default = str_eq_c(name, c->app->default_repo), .damaged = s->damaged,
		.kind = repo_kind_word(repo_kind(s->settings)),
	};
	if (repo_kind(s->settings) == REPO_UPSTREAM)
		put_state(c, name, s->settings, ret);
	if (repo_kind(s->settings) == REPO_VIRTUAL)
		put_stale(c, name, ret);
	return arena_str(l->a, s->settings->description, &ret->description);
}

static bool add(struct call *c, struct links *l, struct str name, struct repo_line *ret)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, name);
	bool ok = s && repo_line(c, l, name, s, ret);
	snapshot_unref(s);
	return ok;
}

enum err repo_lines(struct call *c, struct links *l, struct repo_line **ret, size_t *ret_count,
                   struct errinfo *e)
{
	struct repo_info *infos;
	size_t count, n = 0;
	enum err err = ingest_repos(c->app->ingest, l->a, &infos, &count, e);
	struct repo_line *rows = err ? NULL : arena_array(l->a, count + 1, sizeof *rows);
	if (!rows)
		return err ? err : ERR(e, NOMEM, "repositories");
	for (size_t i = 0; i < count; i++)
		if (call_sees(c, infos[i].name) && add(c, l, infos[i].name, &rows[n]))
			n++;
	*ret = rows;
	*ret_count = n;
	return OK;
}
