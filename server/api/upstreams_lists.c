/* What an upstream's server says and what became of it: entries that could not be taken, the last
 * refreshes, versions with other bytes there, versions that are gone there.                    */
#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/ingest/lookup.h"
#include "server/api/body.h"
#include "server/api/json_parts.h"
#include "server/api/upstreams.h"
#include "server/route/address.h"
#include "server/route/reason.h"

#define LIST_MAX_BYTES (16u * MIB)
#define ROWS_MAX 10000u              /* of a page; "more", and the header Link, tell that there are others */

/* ---- entries that could not be taken, refreshes ---- */

/* ?kind=refused: such ones alone. */
static bool is_asked_for(const struct call *c, const struct skipped_row *row)
{
	struct str kind = query_text(&c->query, "kind");
	return !kind.n || str_eq_c(kind, skipped_kind_word(row->kind));
}

static void put_skipped(const struct call *c, struct sbuf *b, const struct skipped_row *row)
{
	bool unfetched = row->kind == SKIPPED_UNFETCHED;
	element_begin(b);
	json_text(b, "kind", str_c(skipped_kind_word(row->kind)));
	json_text(b, "chart", row->chart);
	json_text(b, "version", row->version);
	json_number(b, "line", row->line);
	json_text(b, "why", unfetched ? call_sees_reason(c, c->repo, row->why) : row->why);
	sbuf_putc(b, '}');
}

static enum err skipped(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(LIST_MAX_BYTES);
	struct skipped_row *rows;
	size_t count = 0;
	enum err err = ingest_upstream_skipped(c->app->ingest, &a, c->repo, &rows, &count, e);
	sbuf_puts(&b, "{\"skipped\":[");
	for (size_t i = 0; i < count && !err; i++)
		if (is_asked_for(c, &rows[i]))
			put_skipped(c, &b, &rows[i]);
	sbuf_puts(&b, "]}\n");
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

enum err upstreams_skipped(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct str kind;
	enum err err = query_word(&c->query, "kind", "skipped refused unfetched", &kind, e);
	return err ? err : upstream_work(c, ingest_pool(c->app->ingest), skipped, e);
}

static void put_run(const struct call *c, struct sbuf *b, const struct upstream_run_row *row)
{
	element_begin(b);
	put_time(b, "at", row->at_ns);
	json_number(b, "took_ms", row->took_ms);
	json_text(b, "state", str_c(upstream_state_word(row->state)));
	json_text(b, "held_for", str_c(upstream_hold_word(row->held_for)));
	json_text(b, "reason", call_sees_reason_of(c, c->repo, row->state, row->reason));
	json_number(b, "added", row->added);
	json_number(b, "changed", row->changed);
	json_number(b, "gone", row->gone);
	json_number(b, "skipped", row->skipped);
	json_number(b, "bytes", row->bytes);
	sbuf_putc(b, '}');
}

static enum err runs(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(LIST_MAX_BYTES);
	struct upstream_run_row *rows;
	size_t count = 0;
	enum err err = ingest_upstream_runs(c->app->ingest, &a, c->repo, &rows, &count, e);
	sbuf_puts(&b, "{\"runs\":[");
	for (size_t i = 0; i < count && !err; i++)
		put_run(c, &b, &rows[i]);
	sbuf_puts(&b, "]}\n");
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

enum err upstreams_runs(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return upstream_work(c, ingest_pool(c->app->ingest), runs, e);
}

/* ---- versions ---- */

struct found { struct str chart, version; struct sha256 there; int64_t since_ns; bool held; };

struct looking {
	struct arena arena;
	bool drift;                      /* else what is gone */
	struct str after_chart, after_version;   /* the last one of the page before */
	uint64_t limit;
	struct found *list;
	size_t count, capacity;
	uint64_t all;                    /* also of those that are not listed */
	bool more;
};

/* They come by chart, then by version. */
static bool is_before(const struct looking *x, const struct remote_row *row)
{
	int by_chart = str_cmp(row->chart, x->after_chart);
	return by_chart < 0 || (by_chart == 0 && str_cmp(row->version, x->after_version) <= 0);
}

static enum err look(void *ctx, const struct remote_row *row, bool held, struct errinfo *e)
{
	struct looking *x = ctx;
	if (x->drift ? !remote_drifts(row) : !row->gone_ns)
		return OK;
	x->all++;
	if (is_before(x, row))
		return OK;
	if (x->count == x->limit) {
		x->more = true;
		return OK;
	}
	struct found *list = arena_room(&x->arena, x->list, x->count, &x->capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "versions");
	x->list = list;
	struct found *f = &list[x->count];
	*f = (struct found){ .there = row->drift, .held = held,
	                     .since_ns = x->drift ? row->drift_ns : row->gone_ns };
	if (!arena_str(&x->arena, row->chart, &f->chart) ||
	    !arena_str(&x->arena, row->version, &f->version))
		return ERR(e, NOMEM, "versions");
	x->count++;
	return OK;
}

static enum err put_both(const struct call *c, struct looking *x, const struct found *f,
                         struct sbuf *b, struct errinfo *e)
{
	struct remote_version v;
	const char *file = arena_printf(&x->arena, "%.*s-%.*s.tgz", STR_ARG(f->chart),
	                                STR_ARG(f->version));
	enum err err = file ? ingest_remote_version(c->app->ingest, &x->arena, c->repo, str_c(file), &v, e)
	                    : ERR(e, NOMEM, "versions");
	if (err)
		return err;
	put_digest(b, "digest", &v.row.digest);
	put_digest(b, "upstream_digest", &f->there);
	return OK;
}

static enum err put_found(const struct call *c, struct looking *x, struct sbuf *b, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < x->count && !err; i++) {
		const struct found *f = &x->list[i];
		element_begin(b);
		json_text(b, "chart", f->chart);
		json_text(b, "version", f->version);
		if (x->drift)
			err = put_both(c, x, f, b, e);
		json_bool(b, "held", f->held);
		put_time(b, "since", f->since_ns);
		sbuf_putc(b, '}');
	}
	return err;
}

static enum err link_next(struct call *c, struct looking *x, struct errinfo *e)
{
	const struct found *last = &x->list[x->count - 1];
	const char *after = arena_printf(&x->arena, "%.*s@%.*s", STR_ARG(last->chart), STR_ARG(last->version));
	return after ? address_next(c, str_c(after), e) : ERR(e, NOMEM, "versions");
}

static enum err answer_found(struct call *c, bool drift, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(LIST_MAX_BYTES);
	struct looking x = { .drift = drift, .limit = ROWS_MAX, .after_version = query_text(&c->query, "after") };
	x.after_chart = str_cut(&x.after_version, '@', NULL);
	enum err err = query_number(&c->query, "limit", 1, ROWS_MAX, &x.limit, e);
	if (!err)
		err = ingest_remotes_told(c->app->ingest, c->repo, (struct str){ 0 }, look, &x, e);
	sbuf_puts(&b, drift ? "{\"drift\":[" : "{\"gone\":[");
	if (!err)
		err = put_found(c, &x, &b, e);
	sbuf_putc(&b, ']');
	json_bool(&b, "more", x.more);
	json_number(&b, "total", x.all);
	sbuf_puts(&b, "}\n");
	if (!err && x.more)
		err = link_next(c, &x, e);
	arena_done(&x.arena);
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

static enum err drift(struct call *c, struct response *s, struct errinfo *e)
{
	return answer_found(c, true, s, e);
}

static enum err gone(struct call *c, struct response *s, struct errinfo *e)
{
	return answer_found(c, false, s, e);
}

enum err upstreams_drift(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return upstream_work(c, ingest_pool(c->app->ingest), drift, e);
}

enum err upstreams_gone(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return upstream_work(c, ingest_pool(c->app->ingest), gone, e);
}

/* ---- accepting ---- */

static enum err accepted(struct call *c, struct response *s, struct errinfo *e)
{
	const struct change *change = c->state;
	AUTO_SBUF struct sbuf b = sbuf_make(4 * KIB);
	sbuf_putc(&b, '{');
	json_text(&b, "chart", change->result.name);
	json_text(&b, "version", change->result.version);
	if (change->result.digest[0])
		json_text(&b, "digest", str_c(change->result.digest));
	json_number(&b, "event", change->result.event);
	sbuf_puts(&b, "}\n");
	return respond_buffer(JSON_TYPE, &b, s, e);
}

static void accept_done(struct change *change)
{
	struct call *c = change->ctx;
	struct response s;
	struct errinfo e = change->error;
	call_finish(c, change->err ?: accepted(c, &s, &e), &s, &e);
}

static enum err read_version(struct call *c, struct str *ret_file, struct errinfo *e)
{
	const struct node *body;
	struct str chart, version;
	enum err err = body_json(c, &body, e);
	if (!err)
		err = body_only(body, "chart version", e);
	return err ? err : body_version(c, body, &chart, &version, ret_file, e);
}

enum err upstreams_accept(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct change *change = ARENA_NEW(&c->r->arena, struct change);
	struct str file;
	enum err err = change ? call_is_upstream(c, e) : ERR(e, NOMEM, "request");
	if (!err)
		err = read_version(c, &file, e);
	if (err)
		return err;
	change_init(change, CHANGE_ACCEPT);
	change->repo = c->repo;
	change->file = file;
	change->done = accept_done;
	call_change(c, change);
	c->state = change;
	err = call_later(c);
	ingest_submit(c->app->ingest, change);
	return err;
}

void upstreams_accept_end(struct call *c)
{
	if (c->state)
		change_done(c->state);
	body_end(c);
}
