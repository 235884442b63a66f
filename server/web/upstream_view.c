/* See upstream_view.h. One walk over what the upstream's index says finds all lists. */
#include "server/web/upstream_view.h"

#include "indexer/base/clock.h"
#include "indexer/ingest/lookup.h"
#include "server/route/reason.h"
#include "server/web/repo_list.h"

const struct choice upstream_modes[UPSTREAM_MODES] = {
	[UPSTREAM_CATALOG] = { STR("catalog"), STR("catalog: charts stay there, and are fetched to be looked at") },
	[UPSTREAM_PROXY] = { STR("proxy"), STR("proxy: a chart is kept here from its first download on") },
	[UPSTREAM_MIRROR] = { STR("mirror"), STR("mirror: all charts are copied here") },
};

/* ---- what is not as it was ---- */

struct walk {
	struct arena *arena;
	struct upstream_view *v;
};

static enum err put_line(struct walk *w, struct upstream_line *list, size_t *count,
                         const struct upstream_line *line, struct errinfo *e)
{
	struct upstream_line *to = &list[*count];
	if (*count == UPSTREAM_ROWS)
		return OK;
	*to = *line;
	if (!arena_str(w->arena, line->chart, &to->chart) ||
	    !arena_str(w->arena, line->version, &to->version))
		return ERR(e, NOMEM, "versions");
	++*count;
	return OK;
}

static enum err look(void *ctx, const struct remote_row *row, bool held, struct errinfo *e)
{
	struct walk *w = ctx;
	struct upstream_view *v = w->v;
	struct upstream_line line = { .chart = row->chart, .version = row->version,
	                              .since_ns = row->drift_ns, .held = held };
	enum err err = remote_drifts(row) ? put_line(w, v->drift, &v->drift_count, &line, e) : OK;
	line.since_ns = row->gone_ns;
	v->gone_total += row->gone_ns != 0;
	if (!err && row->gone_ns)
		err = put_line(w, v->gone, &v->gone_count, &line, e);
	return err;
}

static struct str hex(struct arena *a, const struct sha256 *digest)
{
	static const struct sha256 none;
	char text[SHA256_HEX_BYTES + 1] = "";
	if (!sha256_eq(digest, &none))
		sha256_hex(digest, text);
	return str_c(arena_printf(a, "%s", text));
}

/* What was promised first is in the version's own row. */
static enum err put_digests(const struct call *c, struct walk *w, struct errinfo *e)
{
	struct upstream_view *v = w->v;
	for (size_t i = 0; i < v->drift_count; i++) {
		struct upstream_line *d = &v->drift[i];
		struct remote_version now;
		const char *file = arena_printf(w->arena, "%.*s-%.*s.tgz", STR_ARG(d->chart),
		                                STR_ARG(d->version));
		enum err err = file ? ingest_remote_version(c->app->ingest, w->arena, c->repo, str_c(file),
		                                            &now, e)
		                    : ERR(e, NOMEM, "versions");
		if (err)
			return err;
		d->here = hex(w->arena, &now.row.digest);
		d->there = hex(w->arena, &now.remote.drift);
	}
	return OK;
}

static enum err put_lists(const struct call *c, struct walk *w, struct links *l, struct errinfo *e)
{
	struct upstream_view *v = w->v;
	v->drift = arena_array(w->arena, UPSTREAM_ROWS, sizeof *v->drift);
	v->gone = arena_array(w->arena, UPSTREAM_ROWS, sizeof *v->gone);
	if (!v->drift || !v->gone)
		return ERR(e, NOMEM, "versions");
	enum err err = ingest_remotes_told(c->app->ingest, c->repo, (struct str){ 0 }, look, w, e);
	if (!err)
		err = put_digests(c, w, e);
	for (size_t i = 0; i < v->drift_count && !err; i++)
		v->drift[i].link = link_chart(l, c->repo, v->drift[i].chart, v->drift[i].version);
	for (size_t i = 0; i < v->gone_count && !err; i++)
		if (v->gone[i].held)
			v->gone[i].link = link_chart(l, c->repo, v->gone[i].chart, v->gone[i].version);
	return err;
}

/* ---- all of it ---- */

static enum err put_settings(struct call *c, struct arena *a, struct walk *w, struct errinfo *e)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, c->repo);
	if (!s)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->repo));
	enum upstream_mode mode = upstream_mode(s->settings);
	bool ok = arena_str(a, s->settings->upstream, &w->v->url);
	snapshot_unref(s);
	w->v->mode = upstream_modes[mode].label;
	return ok ? OK : ERR(e, NOMEM, "page");
}

/* Entries that cannot be taken, and versions whose archives cannot be had. */
static enum err put_skipped(struct call *c, struct arena *a, struct upstream_view *v, struct errinfo *e)
{
	struct skipped_row *all;
	size_t count;
	enum err err = ingest_upstream_skipped(c->app->ingest, a, c->repo, &all, &count, e);
	if (err)
		return err;
	v->skipped = arena_array(a, UPSTREAM_ROWS, sizeof *v->skipped);
	v->unfetched = arena_array(a, UPSTREAM_ROWS, sizeof *v->unfetched);
	if (!v->skipped || !v->unfetched)
		return ERR(e, NOMEM, "page");
	for (size_t i = 0; i < count; i++) {
		bool unfetched = all[i].kind == SKIPPED_UNFETCHED;
		if (unfetched)
			all[i].why = call_sees_reason(c, c->repo, all[i].why);
		v->unfetched_total += unfetched;
		size_t *n = unfetched ? &v->unfetched_count : &v->skipped_count;
		if (*n < UPSTREAM_ROWS)
			(unfetched ? v->unfetched : v->skipped)[(*n)++] = all[i];
	}
	return OK;
}

static enum err put_status(struct call *c, struct arena *a, struct upstream_view *v, struct errinfo *e)
{
	struct ingest *g = c->app->ingest;
	if (!c->app->upstreams)
		return ERR(e, BUSY, "the server is starting; try again in a moment");
	enum err err = upstreams_status(c->app->upstreams, a, c->repo, &v->status, e);
	if (err)
		return err;
	err = publisher_read(a, v->status.row.publisher, &v->publisher, e);
	if (err && err != ERR_INVALID)
		return err;
	v->verified = upstreams_is_verified(c->app->upstreams, c->repo);
	v->people = c->caller.kind != CALLER_ANONYMOUS && c->caller.kind != CALLER_OPEN;
	v->state = upstream_state_word(v->status.row.state);
	v->mark = upstream_mark(v->status.row.state);
	v->status.row.reason = call_sees_reason_of(c, c->repo, v->status.row.state, v->status.row.reason);
	v->held = v->status.row.state == UPSTREAM_IS_HELD;
	v->forked = v->status.row.held_for == UPSTREAM_HELD_FOR_FORK;
	v->phase = upstream_phase_word(v->status.phase);
	v->busy = v->status.phase != UPSTREAM_IDLE;
	err = ingest_upstream_runs(g, a, c->repo, &v->runs, &v->run_count, e);
	if (!err)
		err = put_skipped(c, a, v, e);
	if (!err)
		err = ingest_unpinned(g, a, c->repo, UPSTREAM_ROWS, &v->unpinned, &v->unpinned_count, e);
	for (size_t i = 0; i < v->run_count && !err; i++)
		v->runs[i].reason = call_sees_reason_of(c, c->repo, v->runs[i].state, v->runs[i].reason);
	v->run_count = v->run_count < UPSTREAM_ROWS ? v->run_count : UPSTREAM_ROWS;
	return err;
}

enum err upstream_view_fill(struct call *c, struct arena *a, struct links *l,
                            struct upstream_view *ret, struct errinfo *e)
{
	struct upstream_view v = {
		.now_ns = clock_wall(), .all_drift = link_upstream_list(l, c->repo, "drift"),
		.all_gone = link_upstream_list(l, c->repo, "gone"),
		.all_skipped = link_upstream_list(l, c->repo, "skipped"),
	};
	struct walk w = { .arena = a, .v = &v };
	enum err err = put_settings(c, a, &w, e);
	if (!err)
		err = put_status(c, a, &v, e);
	if (!err)
		err = put_lists(c, &w, l, e);
	if (!err && call_may(c, ROLE_ADMIN, c->repo, STR(""))) {
		v.refresh = link_upstream_form(l, c->repo, "refresh");
		v.accept = link_upstream_form(l, c->repo, "accept");
		err = form_code(c, &v.code, e);
	}
	if (!err)
		*ret = v;
	return err;
}

/* ---- on the pages of its charts ---- */

enum err upstream_banner(const struct call *c, struct arena *a, struct str repo, struct str *ret,
                         struct errinfo *e)
{
	struct upstream_row row;
	struct errinfo why = { 0 };
	enum err err = ingest_upstream_row(c->app->ingest, a, repo, &row, &why);
	if (err == ERR_NOT_FOUND || err == ERR_REPO_NOT_FOUND)
		return OK;
	if (err)
		return err_set(e, err, "%s", why.detail);
	if (row.state != UPSTREAM_IS_FAILING && row.state != UPSTREAM_IS_HELD)
		return OK;
	if (row.state == UPSTREAM_IS_FAILING)
		row.reason = call_sees_reason(c, repo, row.reason);
	const char *what = row.state == UPSTREAM_IS_HELD ?
	        "refresh of the upstream has been waiting for an operator" : "upstream has been failing";
	const char *was = row.fresh_ns ? arena_printf(a, "As it was at %s: the", say_time(row.fresh_ns).text)
	                  : "The";
	const char *text = was ? arena_printf(a, "%s %s since %s: %.*s", was, what,
	                                      say_time(row.failing_ns).text, STR_ARG(row.reason)) : NULL;
	*ret = str_c(text);
	return text ? OK : ERR(e, NOMEM, "page");
}
