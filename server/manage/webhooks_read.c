/* Rows of webhooks and their deliveries, and what may be shown of them. */
#include "indexer/base/auto.h"
#include "indexer/hook/message.h"
#include "server/manage/webhooks.h"

struct reading {
	struct arena *arena;
	struct hook_row *rows;
	size_t count;
	int64_t hook_id;
	uint64_t *counts;
	struct webhook_deliveries *deliveries;
	struct webhook_delivery *now;
};

/* ---- hooks ---- */

static enum err read_rows(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct reading *r = ctx;
	return catalog_hooks(c, r->arena, &r->rows, &r->count, e);
}

enum err webhooks_rows(struct call *c, struct arena *a, struct hook_row **ret, size_t *ret_count,
                       struct errinfo *e)
{
	struct reading r = { .arena = a };
	enum err err = ingest_read(c->app->ingest, read_rows, &r, e);
	if (err)
		return err;
	*ret = r.rows;
	*ret_count = r.count;
	return OK;
}

enum err webhooks_row(struct call *c, struct arena *a, struct str name, struct hook_row *ret,
                      struct errinfo *e)
{
	struct hook_row *rows;
	size_t count;
	enum err err = webhooks_rows(c, a, &rows, &count, e);
	for (size_t i = 0; !err && i < count; i++)
		if (str_eq(rows[i].name, name)) {
			*ret = rows[i];
			return OK;
		}
	return err ? err : ERR(e, NOT_FOUND, "there is no webhook \"%.*s\"", STR_ARG(str_first(name, 100)));
}

static enum err read_counts(void *ctx, struct catalog *c, struct errinfo *e)
{
	const struct reading *r = ctx;
	return catalog_delivery_counts(c, r->hook_id, r->counts, e);
}

enum err webhooks_counts(struct call *c, int64_t hook_id, uint64_t ret[DELIVERY_STATES], struct errinfo *e)
{
	struct reading r = { .hook_id = hook_id, .counts = ret };
	return ingest_read(c->app->ingest, read_counts, &r, e);
}

const char *webhook_state(const struct hook_row *row)
{
	if (row->paused)
		return "paused";
	if (row->failures)
		return row->failures >= HOOK_CIRCUIT_FAILURES ? "resting" : "failing";
	return row->worked_ns ? "works" : "new";
}

enum err webhook_shown_url(struct arena *a, const struct hook_row *row, struct str *ret,
                           struct errinfo *e)
{
	const struct hook_format *f = hook_format_find(row->format);
	struct str rest = row->url;
	bool asks;
	struct str before = str_cut(&rest, '?', &asks);
	const char *origin, *shown = NULL;
	if (f && f->url_is_secret) {
		const char *url = arena_dup(a, row->url);
		enum err err = url ? outgoing_origin(a, url, &origin, e) : ERR(e, NOMEM, "webhook");
		if (err)
			return err;
		shown = arena_printf(a, "%s/…", origin);
	} else {
		shown = arena_printf(a, "%.*s%s", STR_ARG(before), asks ? "?…" : "");
	}
	if (!shown)
		return ERR(e, NOMEM, "webhook");
	*ret = str_c(shown);
	return OK;
}

/* ---- deliveries ---- */

const char *delivery_state_word(enum delivery_state state)
{
	static const char *const words[] = {
		[DELIVERY_WAITING] = "waiting", [DELIVERY_DONE] = "delivered", [DELIVERY_DEAD] = "dead",
	};
	return words[state];
}

static enum err take_event(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct reading *r = ctx;
	struct webhook_delivery *d = r->now;
	if (!arena_str(r->arena, ev->kind, &d->kind) || !arena_str(r->arena, ev->repo, &d->repo) ||
	    !arena_str(r->arena, ev->chart, &d->chart) || !arena_str(r->arena, ev->version, &d->version))
		return ERR(e, NOMEM, "deliveries");
	return OK;
}

static enum err read_deliveries(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct reading *r = ctx;
	struct webhook_deliveries *d = r->deliveries;
	struct delivery_row *rows;
	enum err err = catalog_deliveries(c, r->arena, d->hook_id, d->before, d->state, d->limit, &rows,
	                                  &d->count, e);
	d->list = err ? NULL : arena_array(r->arena, d->count + 1, sizeof *d->list);
	if (!err && !d->list)
		err = ERR(e, NOMEM, "deliveries");
	for (size_t i = 0; !err && i < d->count; i++) {
		r->now = &d->list[i];
		r->now->row = rows[i];
		err = catalog_events_between(c, rows[i].event - 1, rows[i].event, take_event, r, e);
	}
	return err;
}

enum err webhooks_deliveries(struct call *c, struct arena *a, struct webhook_deliveries *d,
                             struct errinfo *e)
{
	struct reading r = { .arena = a, .deliveries = d };
	return ingest_read(c->app->ingest, read_deliveries, &r, e);
}
