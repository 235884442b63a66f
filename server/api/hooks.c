/* See hooks.h. A secret is in the answer that makes it, and in no other. */
#include "server/api/hooks.h"

#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/secret.h"
#include "indexer/base/value.h"
#include "server/api/body.h"
#include "server/api/json_parts.h"
#include "server/api/operation.h"
#include "server/manage/webhooks.h"
#include "server/route/address.h"

#define FIELDS "url format repos charts kinds headers allow_private paused"

/* ---- showing ---- */

/* Their values may be secrets. */
static void put_header_names(struct sbuf *b, struct str lines)
{
	list_begin(b, "headers");
	while (lines.n) {
		struct str line = str_cut(&lines, '\n', NULL);
		json_next(b);
		sbuf_json(b, str_cut(&line, ':', NULL));
	}
	sbuf_putc(b, ']');
}

static void put_health(struct sbuf *b, const struct hook_row *row)
{
	json_text(b, "state", str_c(webhook_state(row)));
	json_number(b, "failures", row->failures);
	put_time(b, "failing_since", row->failures ? row->failing_ns : 0);
	put_time(b, "rests_until", row->rest_ns > clock_wall() ? row->rest_ns : 0);
	put_time(b, "last_success", row->worked_ns);
}

/* The fields of an object. */
static enum err put_hook(struct call *c, struct sbuf *b, struct arena *a, const struct hook_row *row,
                         struct errinfo *e)
{
	uint64_t counts[DELIVERY_STATES];
	struct str url;
	bool rotates = row->old_until_ns > clock_wall();
	enum err err = webhooks_counts(c, row->id, counts, e);
	if (!err)
		err = webhook_shown_url(a, row, &url, e);
	if (err)
		return err;
	json_text(b, "name", row->name);
	json_text(b, "url", url);
	json_text(b, "format", row->format);
	json_text(b, "repos", row->repos);
	json_text(b, "charts", row->charts);
	put_lines(b, "kinds", row->kinds);
	put_header_names(b, row->headers);
	json_bool(b, "signed", row->secret.n > 0);
	put_time(b, "old_secret_until", rotates ? row->old_until_ns : 0);
	json_bool(b, "allow_private", row->allow_private);
	json_bool(b, "paused", row->paused);
	put_time(b, "created", row->created_ns);
	put_health(b, row);
	json_number(b, "waiting", counts[DELIVERY_WAITING]);
	json_number(b, "delivered", counts[DELIVERY_DONE]);
	json_number(b, "dead", counts[DELIVERY_DEAD]);
	return OK;
}

static enum err list_hooks(struct call *c, const struct node *body, struct sbuf *json,
                           struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hook_row *rows;
	size_t count = 0;
	(void)body;
	enum err err = webhooks_rows(c, &a, &rows, &count, e);
	sbuf_putc(json, '[');
	for (size_t i = 0; !err && i < count; i++) {
		element_begin(json);
		err = put_hook(c, json, &a, &rows[i], e);
		sbuf_putc(json, '}');
	}
	sbuf_putc(json, ']');
	return err;
}

static enum err show_hook(struct call *c, const struct node *body, struct sbuf *json,
                          struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hook_row row;
	(void)body;
	enum err err = webhooks_row(c, &a, c->name, &row, e);
	sbuf_putc(json, '{');
	if (!err)
		err = put_hook(c, json, &a, &row, e);
	sbuf_putc(json, '}');
	return err;
}

/* ---- fields ---- */

static enum err take_lines(struct call *c, const struct node *body, const char *key, struct str *ret,
                           const struct str **ret_field, struct errinfo *e)
{
	if (!node_get(body, key))
		return OK;
	enum err err = body_lines(c, body, key, "a text of one line", ret, e);
	*ret_field = ret;
	return err;
}

static enum err take_bool(const struct node *body, const char *key, bool *ret, const bool **ret_field,
                          struct errinfo *e)
{
	*ret_field = node_get(body, key) ? ret : NULL;
	return body_bool(body, key, ret, e);
}

/* What the fields point at. */
struct taken { struct str url, format, repos, charts, kinds, headers, secret; bool allow_private, paused; };

static enum err take_text(const struct node *body, const char *key, struct str *ret,
                          const struct str **ret_field, struct errinfo *e)
{
	*ret_field = node_get(body, key) ? ret : NULL;
	return body_text(body, key, ret, e);
}

static enum err take(struct call *c, const struct node *body, struct taken *t,
                     struct webhook_fields *f, struct errinfo *e)
{
	const struct { const char *key; struct str *to; const struct str **field; } texts[] = {
		{ "url", &t->url, &f->url }, { "format", &t->format, &f->format },
		{ "repos", &t->repos, &f->repos }, { "charts", &t->charts, &f->charts },
		{ "secret", &t->secret, &f->secret },
	};
	enum err err = OK;
	for (size_t i = 0; !err && i < sizeof texts / sizeof *texts; i++)
		err = take_text(body, texts[i].key, texts[i].to, texts[i].field, e);
	if (!err)
		err = take_lines(c, body, "kinds", &t->kinds, &f->kinds, e);
	if (!err)
		err = take_lines(c, body, "headers", &t->headers, &f->headers, e);
	if (!err)
		err = take_bool(body, "allow_private", &t->allow_private, &f->allow_private, e);
	return err ? err : take_bool(body, "paused", &t->paused, &f->paused, e);
}

/* ---- changing ---- */

static enum err put_made(struct call *c, struct sbuf *json, struct arena *a,
                         const struct hook_row *row, struct errinfo *e)
{
	sbuf_putc(json, '{');
	put_text_or_null(json, "secret", row->secret);
	enum err err = put_hook(c, json, a, row, e);
	sbuf_putc(json, '}');
	secret_wipe((void *)(uintptr_t)row->secret.p, row->secret.n);
	return err;
}

static enum err add_hook(struct call *c, const struct node *body, struct sbuf *json,
                         struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct taken t = { .paused = false };
	struct webhook_fields f = { .name = { 0 } };
	struct hook_row row;
	enum err err = body_only(body, "name secret " FIELDS, e);
	if (!err)
		err = body_text(body, "name", &f.name, e);
	if (!err)
		err = take(c, body, &t, &f, e);
	if (!err)
		err = webhooks_add(c, &a, &f, &row, e);
	return err ? err : put_made(c, json, &a, &row, e);
}

static enum err set_hook(struct call *c, const struct node *body, struct sbuf *json,
                         struct errinfo *e)
{
	struct taken t = { .paused = false };
	struct webhook_fields f = { .name = c->name };
	enum err err = body_only(body, FIELDS, e);
	if (!err)
		err = take(c, body, &t, &f, e);
	if (!err)
		err = webhooks_set(c, &f, e);
	return err ? err : show_hook(c, NULL, json, e);
}

static enum err remove_hook(struct call *c, const struct node *body, struct sbuf *json,
                            struct errinfo *e)
{
	(void)body;
	sbuf_puts(json, "{\"removed\":true}");
	return webhooks_remove(c, c->name, e);
}

static enum err rotate_hook(struct call *c, const struct node *body, struct sbuf *json,
                            struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str secret = { 0 }, keep = { 0 };
	uint64_t seconds = HOOK_ROTATION_HOURS * UINT64_C(3600);
	struct hook_row row;
	enum err err = body_only(body, "secret keep", e);
	if (!err)
		err = body_text(body, "secret", &secret, e);
	if (!err)
		err = body_text(body, "keep", &keep, e);
	if (!err && keep.n && !value_seconds(keep, &seconds))
		err = ERR(e, INVALID, "keep: \"%.*s\" is not a time like 24h", STR_ARG(str_first(keep, 100)));
	if (!err)
		err = webhooks_rotate(c, &a, c->name, secret, seconds, &row, e);
	return err ? err : put_made(c, json, &a, &row, e);
}

/* ---- deliveries ---- */

/* Of HTTP; 0: nobody answered. */
static void put_status(struct sbuf *b, int status)
{
	if (status)
		json_number(b, "status", (uint64_t)status);
	else
		put_null(b, "status");
}

static void put_delivery(struct sbuf *b, const struct webhook_delivery *d)
{
	const struct delivery_row *row = &d->row;
	sbuf_putc(b, '{');
	json_number(b, "id", (uint64_t)row->id);
	json_number(b, "event", row->event);
	json_text(b, "kind", d->kind);
	json_text(b, "repo", d->repo);
	json_text(b, "chart", d->chart);
	json_text(b, "version", d->version);
	json_text(b, "state", str_c(delivery_state_word(row->state)));
	json_number(b, "attempts", row->attempts);
	put_time(b, "created", row->created_ns);
	put_time(b, "tried", row->tried_ns);
	put_time(b, "next", row->state == DELIVERY_WAITING ? row->next_ns : 0);
	put_status(b, row->status);
	json_text(b, "error", row->error);
	json_text(b, "answer", row->answer);
	sbuf_putc(b, '}');
}

static enum err take_state(struct call *c, int *ret, struct errinfo *e)
{
	struct str word;
	enum err err = query_word(&c->query, "state", "waiting delivered dead", &word, e);
	for (int i = 0; !err && i < DELIVERY_STATES; i++)
		if (str_eq_c(word, delivery_state_word((enum delivery_state)i)))
			*ret = i;
	return err;
}

static enum err list_deliveries(struct call *c, const struct node *body, struct sbuf *json,
                                struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hook_row row = { .id = 0 };
	uint64_t limit = HOOK_DELIVERIES_LIMIT, after = INT64_MAX;
	struct webhook_deliveries d = { .state = -1 };
	(void)body;
	enum err err = query_number(&c->query, "limit", 1, HOOK_DELIVERIES_LIMIT_MAX, &limit, e);
	if (!err)
		err = query_number(&c->query, "after", 1, INT64_MAX, &after, e);
	if (!err)
		err = take_state(c, &d.state, e);
	if (!err)
		err = webhooks_row(c, &a, c->name, &row, e);
	d.hook_id = row.id;
	d.before = (int64_t)after;
	d.limit = (unsigned)limit + 1;   /* the last one only tells that there is another page */
	if (!err)
		err = webhooks_deliveries(c, &a, &d, e);
	sbuf_putc(json, '[');
	for (size_t i = 0; !err && i < d.count && i < limit; i++) {
		json_next(json);
		put_delivery(json, &d.list[i]);
	}
	sbuf_putc(json, ']');
	return err || d.count <= limit ? err :
	       address_next_number(c, (uint64_t)d.list[limit - 1].row.id, e);
}

static enum err resend(struct call *c, const struct node *body, struct sbuf *json, struct errinfo *e)
{
	(void)body;
	sbuf_puts(json, "{\"waiting\":true}");
	return webhooks_resend(c, c->id, e);
}

static enum err test_hook(struct call *c, const struct node *body, struct sbuf *json,
                          struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hook_outcome o = { .delivered = false };
	(void)body;
	enum err err = webhooks_test(c, &a, c->name, &o, e);
	sbuf_putc(json, '{');
	json_bool(json, "delivered", o.delivered);
	put_status(json, o.status);
	json_text(json, "error", o.error);
	json_text(json, "answer", o.answer);
	json_number(json, "took_ms", (uint64_t)(o.took_ns / NS_PER_MS));
	sbuf_putc(json, '}');
	return err;
}

/* ---- a request ---- */

static const struct operation operations[] = {
	{ HTTP_GET,    "/api/v1/hooks",                    list_hooks,      200 },
	{ HTTP_POST,   "/api/v1/hooks",                    add_hook,        201 },
	{ HTTP_GET,    "/api/v1/hooks/{name}",             show_hook,       200 },
	{ HTTP_PATCH,  "/api/v1/hooks/{name}",             set_hook,        200 },
	{ HTTP_DELETE, "/api/v1/hooks/{name}",             remove_hook,     200 },
	{ HTTP_POST,   "/api/v1/hooks/{name}/rotate",      rotate_hook,     200 },
	{ HTTP_POST,   "/api/v1/hooks/{name}/test",        test_hook,       200 },
	{ HTTP_GET,    "/api/v1/hooks/{name}/deliveries",  list_deliveries, 200 },
	{ HTTP_POST,   "/api/v1/deliveries/{id}/resend", resend,          200 },
	{ .pattern = NULL },
};

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	return operation_answer(c, operation_of(operations, c->route), s, e);
}

enum err hooks_handle(struct call *c, struct response *s, struct errinfo *e)
{
	const struct operation *op = operation_of(operations, c->route);
	/* A name that is looked up may take its time. */
	bool slow = op && (op->run == test_hook || op->run == add_hook || op->run == set_hook);
	struct pool *pool = slow ? hooks_pool(c->app->hooks) : c->app->people;
	(void)s;
	return call_work(c, pool, answer, e);
}
