/* The event log: the bytes an event is hashed as, appending, reading. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/store/catalog.h"
#include "indexer/store/merkle.h"

#define EVENT_TEXT_MAX_BYTES MIB                          /* each text of an event */
#define EVENT_CANONICAL_MAX_BYTES (64u * MIB)             /* all of them, escaped */

/* ---- canonical form ---- */

static void put_member(struct sbuf *b, const char *opening, struct str value)
{
	sbuf_puts(b, opening);
	json_canonical(b, value);
}

void event_canonical(struct sbuf *b, const struct event *ev)
{
	char at[RFC3339_MAX_BYTES];
	size_t n = clock_format(ev->at_ns, at);
	put_member(b, "{\"actor\":", ev->actor);
	put_member(b, ",\"at\":", str_make(at, n));
	put_member(b, ",\"chart\":", ev->chart);
	sbuf_puts(b, ",\"detail\":");
	sbuf_put(b, ev->detail);
	put_member(b, ",\"digest\":", ev->digest);
	put_member(b, ",\"kind\":", ev->kind);
	put_member(b, ",\"repo\":", ev->repo);
	sbuf_puts(b, ",\"seq\":");
	sbuf_u64(b, ev->seq);
	put_member(b, ",\"version\":", ev->version);
	sbuf_putc(b, '}');
}

enum err event_leaf(const struct event *ev, struct sha256 *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(EVENT_CANONICAL_MAX_BYTES);
	event_canonical(&b, ev);
	return sbuf_ok(&b) ? merkle_leaf(sbuf_str(&b), ret, e) : ERR(e, NOMEM, "event");
}

/* ---- appending ---- */

/* What is not UTF-8 has no canonical form and could not be proven to anybody. */
static enum err check_text(const struct event *ev, struct errinfo *e)
{
	const struct { const char *name; struct str text; } table[] = {
		{ "actor", ev->actor }, { "repo", ev->repo }, { "kind", ev->kind }, { "chart", ev->chart },
		{ "version", ev->version }, { "digest", ev->digest }, { "detail", ev->detail },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (table[i].text.n > EVENT_TEXT_MAX_BYTES)
			return ERR(e, TOO_LARGE, "the event's %s has %zu bytes, the limit is %u", table[i].name,
			           table[i].text.n, EVENT_TEXT_MAX_BYTES);
		if (!str_is_utf8(table[i].text))
			return ERR(e, INVALID, "the event's %s is not UTF-8", table[i].name);
	}
	if (!str_starts(ev->detail, STR("{")) || !str_ends(ev->detail, STR("}")))
		return ERR(e, INVALID, "the event's detail is not a JSON object");
	return OK;
}

static enum err insert(struct catalog *c, const struct event *ev, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_EVENT_INSERT);
	sql_bind_int(&q, "@seq", (int64_t)ev->seq);
	sql_bind_int(&q, "@at", ev->at_ns);
	sql_bind_text(&q, "@actor", ev->actor);
	sql_bind_text(&q, "@repo", ev->repo);
	sql_bind_text(&q, "@kind", ev->kind);
	sql_bind_text(&q, "@chart", ev->chart);
	sql_bind_text(&q, "@version", ev->version);
	sql_bind_text(&q, "@digest", ev->digest);
	sql_bind_text(&q, "@detail", ev->detail);
	sql_bind_hash(&q, "@leaf", &ev->leaf);
	return sql_run(&q, e);
}

enum err catalog_event_append(struct catalog *c, struct event *ev, struct errinfo *e)
{
	struct event new = *ev;
	struct merkle_edge edge;
	uint64_t size;
	enum err err = check_text(ev, e);
	if (!err)
		err = catalog_log_size(c, &size, e);
	if (!err)
		err = merkle_edge_load(c, size, &edge, e);
	if (err)
		return err;
	new.seq = size + 1;
	err = event_leaf(&new, &new.leaf, e);
	if (!err)
		err = insert(c, &new, e);
	if (err)
		return err;
	err = merkle_edge_add(&edge, &new.leaf, merkle_node_put, c, e);
	c->spoiled = c->spoiled || err;
	if (!err)
		*ev = new;
	return err;
}

/* ---- reading ---- */

/* Borrows from the statement; the order is EVENT_COLUMNS. */
static enum err event_read(const struct sql *q, struct event *ret, struct errinfo *e)
{
	struct event ev = {
		.seq = (uint64_t)sql_int(q, 0),
		.at_ns = sql_int(q, 1),
		.actor = sql_text(q, 2),
		.repo = sql_text(q, 3),
		.kind = sql_text(q, 4),
		.chart = sql_text(q, 5),
		.version = sql_text(q, 6),
		.digest = sql_text(q, 7),
		.detail = sql_text(q, 8),
	};
	enum err err = sql_hash(q, 9, &ev.leaf, e);
	if (!err)
		*ret = ev;
	return err;
}

static enum err each_event(struct sql *q, catalog_visit_event *each, void *ctx, struct errinfo *e)
{
	enum err err = OK;
	while (sql_next(q, &err, e)) {
		struct event ev;
		err = event_read(q, &ev, e);
		if (!err)
			err = each(ctx, &ev, e);
	}
	return err;
}

enum err catalog_events_between(struct catalog *c, uint64_t since, uint64_t until,
                                catalog_visit_event *each, void *ctx, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_EVENTS_BETWEEN);
	sql_bind_most(&q, "@since", since);
	sql_bind_most(&q, "@until", until);
	return each_event(&q, each, ctx, e);
}

enum err catalog_events_before(struct catalog *c, uint64_t before, catalog_visit_event *each,
                               void *ctx, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_EVENTS_BEFORE);
	sql_bind_most(&q, "@before", before);
	return each_event(&q, each, ctx, e);
}

enum err catalog_events_of(struct catalog *c, struct str repo, catalog_visit_event *each, void *ctx,
                           struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_EVENTS_OF);
	sql_bind_text(&q, "@repo", repo);
	return each_event(&q, each, ctx, e);
}

enum err catalog_ends_each(struct catalog *c, catalog_visit_event *each, void *ctx,
                           struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_EVENT_ENDS);
	return each_event(&q, each, ctx, e);
}

enum err catalog_events_each(struct catalog *c, uint64_t since, catalog_visit_event *each,
                             void *ctx, struct errinfo *e)
{
	return catalog_events_between(c, since, UINT64_MAX, each, ctx, e);
}

static enum err event_copy(const struct sql *q, struct arena *a, struct event *ret, struct errinfo *e)
{
	struct event ev;
	enum err err = event_read(q, &ev, e);
	if (err)
		return err;
	struct str *texts[] = { &ev.actor, &ev.repo, &ev.kind, &ev.chart, &ev.version, &ev.digest,
	                        &ev.detail };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!arena_str(a, *texts[i], texts[i]))
			return ERR(e, NOMEM, "event");
	*ret = ev;
	return OK;
}

enum err catalog_event(struct catalog *c, struct arena *a, uint64_t seq, struct event *ret, struct errinfo *e)
{
	bool row = false;
	*ret = (struct event){ 0 };
	if (!seq)
		return OK;
	AUTO_SQL struct sql q = sql_start(c, QUERY_EVENTS_BETWEEN);
	sql_bind_most(&q, "@since", seq - 1);
	sql_bind_most(&q, "@until", seq);
	enum err err = sql_step(&q, &row, e);
	return err || !row ? err : event_copy(&q, a, ret, e);
}

enum err catalog_event_time(struct catalog *c, uint64_t seq, int64_t *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	enum err err = catalog_event(c, &a, seq, &ev, e);
	if (!err)
		*ret = ev.at_ns;
	return err;
}

static enum err event_find(struct sql *q, struct arena *a, struct event *ret, struct errinfo *e)
{
	enum err err = sql_first(q, "the log has no event yet", e);
	return err ? err : event_copy(q, a, ret, e);
}

static enum err event_of_repo(struct catalog *c, enum query query, struct arena *a,
                              struct str repo, struct event *ret, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, query);
	sql_bind_text(&q, "@repo", repo);
	return event_find(&q, a, ret, e);
}

enum err catalog_last_event(struct catalog *c, struct arena *a, struct str repo, struct event *ret,
                            struct errinfo *e)
{
	if (repo.n)
		return event_of_repo(c, QUERY_EVENT_LAST_OF_REPO, a, repo, ret, e);
	AUTO_SQL struct sql q = sql_start(c, QUERY_EVENT_LAST);
	return event_find(&q, a, ret, e);
}

enum err catalog_last_told(struct catalog *c, struct arena *a, struct str repo, struct event *ret,
                           struct errinfo *e)
{
	return event_of_repo(c, QUERY_EVENT_LAST_TOLD, a, repo, ret, e);
}

enum err catalog_settings_event(struct catalog *c, struct arena *a, struct str repo,
                                struct event *ret, struct errinfo *e)
{
	return event_of_repo(c, QUERY_EVENT_SETTINGS, a, repo, ret, e);
}

enum err catalog_settings_event_before(struct catalog *c, struct arena *a, struct str repo,
                                       uint64_t before, struct event *ret, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_EVENT_SETTINGS_BEFORE);
	sql_bind_text(&q, "@repo", repo);
	sql_bind_most(&q, "@before", before);
	return event_find(&q, a, ret, e);
}

enum err catalog_clock_event(struct catalog *c, struct arena *a, struct str repo, struct event *ret,
                             struct errinfo *e)
{
	return event_of_repo(c, QUERY_EVENT_CLOCK, a, repo, ret, e);
}

enum err catalog_end_event(struct catalog *c, struct arena *a, struct str repo, struct event *ret,
                           struct errinfo *e)
{
	return event_of_repo(c, QUERY_EVENT_END, a, repo, ret, e);
}

enum err catalog_event_at(struct catalog *c, struct arena *a, struct str repo, uint64_t from,
                          uint64_t at, struct event *ret, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_EVENT_AT);
	sql_bind_text(&q, "@repo", repo);
	sql_bind_most(&q, "@from", from);
	sql_bind_most(&q, "@at", at);
	return event_find(&q, a, ret, e);
}

enum err catalog_event_at_time(struct catalog *c, int64_t time_ns, uint64_t *ret,
                               struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = sql_start(c, QUERY_EVENT_AT_TIME);
	sql_bind_int(&q, "@time", time_ns);
	enum err err = sql_step(&q, &row, e);
	if (!err)
		*ret = (uint64_t)sql_int(&q, 0);
	return err;
}

enum err catalog_log_size(struct catalog *c, uint64_t *ret, struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = sql_start(c, QUERY_LOG_SIZE);
	enum err err = sql_step(&q, &row, e);
	if (!err)
		*ret = (uint64_t)sql_int(&q, 0);
	return err;
}
