/* Changes of webhooks, each in the writer's transaction. webhooks_read.c reads. */
#include "server/manage/webhooks.h"

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/clock.h"
#include "indexer/base/secret.h"
#include "indexer/format/name.h"
#include "indexer/hook/message.h"
#include "server/manage/upstream_place.h"

#define SECRET_RANDOM_BYTES 24       /* standardwebhooks.com asks for 24 to 64 */
#define SECRET_TEXT_BYTES 64
#define SECRET_PREFIX "whsec_"

struct webhook_change {
	struct change change;            /* first */
	struct call *call;
	enum err (*write)(struct webhook_change *x, struct catalog *c, struct errinfo *e);
	const struct webhook_fields *fields;
	struct str name;                 /* of the hook */
	struct str secret;               /* ROTATE, ADD: the new one */
	int64_t now_ns, until_ns;        /* until_ns: of the one before */
	int64_t id;                      /* of a delivery */
	struct arena *arena;             /* of row; NULL: nobody wants it */
	struct hook_row row;             /* as it became */
	struct arena scratch;            /* of one run */
};

/* ---- a change ---- */

static enum err run(struct change *change, struct catalog *c, struct errinfo *e)
{
	struct webhook_change *x = (struct webhook_change *)change;
	enum err err = x->write(x, c, e);
	arena_done(&x->scratch);
	return err;
}

static enum err change_rows(struct webhook_change *x, const char *object, struct errinfo *e)
{
	struct ingest *g = x->call->app->ingest;
	if (!object)
		return ERR(e, NOMEM, "request");
	x->now_ns = clock_wall();
	change_init(&x->change, CHANGE_CALL);
	x->change.call = run;
	x->change.actor = x->call->caller.actor;
	x->change.note = call_note(x->call);
	x->call->note.object = str_c(object);
	enum err err = ingest_apply(g, &x->change);
	if (err)
		*e = x->change.error;
	change_done(&x->change);
	if (!err)
		hooks_changed(x->call->app->hooks);
	return err;
}

static const char *object_of(struct call *c, struct str name)
{
	return arena_printf(&c->r->arena, "webhook %.*s", STR_ARG(name));
}

static enum err load(struct webhook_change *x, struct catalog *c, struct hook_row *ret,
                     struct errinfo *e)
{
	struct hook_row *rows;
	size_t count;
	enum err err = catalog_hooks(c, &x->scratch, &rows, &count, e);
	for (size_t i = 0; !err && i < count; i++)
		if (str_eq(rows[i].name, x->name)) {
			*ret = rows[i];
			return OK;
		}
	return err ? err : ERR(e, NOT_FOUND, "there is no webhook \"%.*s\"",
	                       STR_ARG(str_first(x->name, 100)));
}

/* ---- fields ---- */

static void take(const struct webhook_fields *f, struct hook_row *row)
{
	const struct { const struct str *from; struct str *to; } texts[] = {
		{ f->url, &row->url }, { f->format, &row->format }, { f->repos, &row->repos },
		{ f->charts, &row->charts }, { f->kinds, &row->kinds }, { f->headers, &row->headers },
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].from)
			*texts[i].to = *texts[i].from;
	if (f->allow_private)
		row->allow_private = *f->allow_private;
	if (f->paused)
		row->paused = *f->paused;
}

/* What is shown once is copied out of the run's arena. */
static enum err keep(struct webhook_change *x, const struct hook_row *row, struct errinfo *e)
{
	if (!x->arena)
		return OK;
	x->row = *row;
	struct str *const texts[] = {
		&x->row.name, &x->row.url, &x->row.format, &x->row.repos, &x->row.charts, &x->row.kinds,
		&x->row.secret, &x->row.old_secret, &x->row.headers };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!arena_str(x->arena, *texts[i], texts[i]))
			return ERR(e, NOMEM, "request");
	return OK;
}

static enum err put(struct webhook_change *x, struct catalog *c, struct hook_row *row,
                    struct errinfo *e)
{
	enum err err = hook_check(x->call->app->hooks, &x->scratch, row, e);
	if (!err)
		err = catalog_hook_put(c, row, e);
	if (err == ERR_EXISTS)
		return e->code = ERR_NAME_EXISTS;
	return err ? err : keep(x, row, e);
}

static enum err make_secret(struct arena *a, struct str *ret, struct errinfo *e)
{
	unsigned char random[SECRET_RANDOM_BYTES];
	AUTO_SBUF struct sbuf b = sbuf_make(SECRET_TEXT_BYTES);
	if (!random_bytes(random, sizeof random))
		return ERR_SYS(e, "getrandom");
	sbuf_puts(&b, SECRET_PREFIX);
	base64_put(&b, str_make(random, sizeof random));
	secret_wipe(random, sizeof random);
	bool ok = sbuf_ok(&b) && arena_str(a, sbuf_str(&b), ret);
	secret_wipe(b.p, b.n);
	return ok ? OK : ERR(e, NOMEM, "request");
}

/* ---- add, set, remove ---- */

/* Before the writer has it: what a name stands for may take seconds. */
static enum err check_place(const struct webhook_fields *f, const struct hook_row *row,
                            struct errinfo *e)
{
	if (!f->url && !f->allow_private)
		return OK;
	enum err err = address_place_check(row->url, row->allow_private, true, e);
	if (err)
		err_prefix(e, "url");
	return err;
}

static enum err write_new(struct webhook_change *x, struct catalog *c, struct errinfo *e)
{
	struct hook_row *rows, row = {
		.name = x->name, .format = STR(WEBHOOK_FORMAT), .repos = STR("*"), .charts = STR("*"),
		.kinds = STR(WEBHOOK_KINDS), .secret = x->secret, .created_ns = x->now_ns };
	size_t count;
	enum err err = catalog_hooks(c, &x->scratch, &rows, &count, e);
	if (!err && count >= HOOKS_MAX)
		err = ERR(e, INVALID, "there are %zu webhooks, and no more are possible", count);
	if (!err)
		err = catalog_log_size(c, &row.done_event, e);
	if (err)
		return err;
	take(x->fields, &row);
	return put(x, c, &row, e);
}

enum err webhooks_add(struct call *c, struct arena *a, const struct webhook_fields *f,
                      struct hook_row *ret, struct errinfo *e)
{
	struct webhook_change x = { .call = c, .write = write_new, .fields = f, .name = f->name, .arena = a };
	const struct hook_format *format = hook_format_find(f->format ? *f->format : STR(WEBHOOK_FORMAT));
	struct hook_row wished = { .id = 0 };
	enum err err = plain_name_check(f->name, "._-", e);
	if (!err && !f->url)
		err = ERR(e, INVALID, "url: where is it to be sent?");
	take(f, &wished);
	if (!err)
		err = check_place(f, &wished, e);
	if (f->secret)
		x.secret = *f->secret;
	else if (!err && format && !format->url_is_secret)
		err = make_secret(a, &x.secret, e);
	if (!err)
		err = change_rows(&x, object_of(c, f->name), e);
	if (!err)
		*ret = x.row;
	return err;
}

static enum err origin_of(struct arena *a, struct str url, const char **ret, struct errinfo *e)
{
	const char *text = arena_dup(a, url);
	enum err err = text ? outgoing_url(a, text, &text, e) : ERR(e, NOMEM, "request");
	if (err) {
		err_prefix(e, "url");
		return err;
	}
	return outgoing_origin(a, text, ret, e);
}

/* What is shown nowhere is neither shown by another format, nor sent to another server. */
static enum err check_move(struct webhook_change *x, const struct hook_row *before,
                           const struct hook_row *now, struct errinfo *e)
{
	const struct hook_format *was = hook_format_find(before->format), *is = hook_format_find(now->format);
	const char *from, *to;
	enum err err = origin_of(&x->scratch, before->url, &from, e);
	if (!err)
		err = origin_of(&x->scratch, now->url, &to, e);
	if (err)
		return err;
	if (was && is && was->url_is_secret && !is->url_is_secret && !x->fields->url)
		return ERR(e, INVALID, "url: in this format it is shown, so it has to be given anew");
	if (!strcmp(from, to))
		return OK;
	if (now->headers.n && !x->fields->headers)
		return ERR(e, INVALID, "headers: they do not go to another server by themselves; give them anew");
	if (is && is->proof == PROOF_AUTHORIZATION && now->secret.n)
		return ERR(e, INVALID, "url: the secret is sent as it is, so another server needs a webhook of its "
		           "own");
	return OK;
}

/* What was looked at already is not looked at again with other patterns. */
static enum err write_set(struct webhook_change *x, struct catalog *c, struct errinfo *e)
{
	struct hook_row row, before;
	enum err err = load(x, c, &row, e);
	if (err)
		return err;
	uint64_t seen = hooks_seen(x->call->app->hooks, row.id);
	before = row;
	take(x->fields, &row);
	err = check_move(x, &before, &row, e);
	if (!err)
		err = put(x, c, &row, e);
	return err || seen <= row.done_event ? err : catalog_hook_done(c, row.id, seen, e);
}

enum err webhooks_set(struct call *c, const struct webhook_fields *f, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct webhook_change x = { .call = c, .write = write_set, .fields = f, .name = f->name };
	struct hook_row wished;
	enum err err = webhooks_row(c, &a, f->name, &wished, e);
	if (err)
		return err;
	take(f, &wished);
	err = check_place(f, &wished, e);
	return err ? err : change_rows(&x, object_of(c, f->name), e);
}

static enum err write_removal(struct webhook_change *x, struct catalog *c, struct errinfo *e)
{
	struct hook_row row;
	enum err err = load(x, c, &row, e);
	return err ? err : catalog_hook_remove(c, row.id, e);
}

enum err webhooks_remove(struct call *c, struct str name, struct errinfo *e)
{
	struct webhook_change x = { .call = c, .write = write_removal, .name = name };
	return change_rows(&x, object_of(c, name), e);
}

/* ---- the secret ---- */

static enum err write_secret(struct webhook_change *x, struct catalog *c, struct errinfo *e)
{
	struct hook_row row;
	enum err err = load(x, c, &row, e);
	if (err)
		return err;
	row.old_secret = x->until_ns > x->now_ns ? row.secret : (struct str){ 0 };
	row.old_until_ns = row.old_secret.n ? x->until_ns : 0;
	row.secret = x->secret;
	return put(x, c, &row, e);
}

enum err webhooks_rotate(struct call *c, struct arena *a, struct str name, struct str secret,
                         uint64_t keep_seconds, struct hook_row *ret, struct errinfo *e)
{
	struct webhook_change x = { .call = c, .write = write_secret, .name = name, .secret = secret,
	                            .arena = a };
	if (keep_seconds > HOOK_KEEP_MAX_SECONDS)
		return ERR(e, INVALID, "keep: at most %u days", HOOK_KEEP_MAX_SECONDS / 86400);
	x.until_ns = clock_wall() + (int64_t)keep_seconds * NS_PER_SECOND;
	enum err err = secret.n ? OK : make_secret(a, &x.secret, e);
	if (!err)
		err = change_rows(&x, object_of(c, name), e);
	if (!err)
		*ret = x.row;
	return err;
}

/* ---- deliveries ---- */

/* Somebody thinks that it works again. */
static enum err end_rest(struct webhook_change *x, struct catalog *c, int64_t hook_id,
                         struct errinfo *e)
{
	struct hook_row *rows;
	size_t count;
	enum err err = catalog_hooks(c, &x->scratch, &rows, &count, e);
	for (size_t i = 0; !err && i < count; i++) {
		if (rows[i].id != hook_id)
			continue;
		rows[i].rest_ns = 0;
		err = catalog_hook_health(c, &rows[i], e);
	}
	return err;
}

static enum err write_resend(struct webhook_change *x, struct catalog *c, struct errinfo *e)
{
	struct delivery_row d;
	enum err err = catalog_delivery(c, &x->scratch, x->id, &d, e);
	if (err)
		return err;
	d.state = DELIVERY_WAITING;
	d.next_ns = 0;                       /* before all others */
	d.until_ns = x->now_ns + HOOK_DEAD_DAYS * NS_PER_DAY;
	err = catalog_delivery_put(c, &d, e);
	return err ? err : end_rest(x, c, d.hook_id, e);
}

enum err webhooks_resend(struct call *c, struct str id, struct errinfo *e)
{
	struct webhook_change x = { .call = c, .write = write_resend };
	uint64_t number;
	if (!str_to_u64(id, &number) || number > INT64_MAX)
		return ERR(e, NOT_FOUND, "a delivery is named by its id, a number");
	x.id = (int64_t)number;
	return change_rows(&x, arena_printf(&c->r->arena, "delivery %.*s", STR_ARG(id)), e);
}

/* ---- a test ---- */

static enum err write_health(struct webhook_change *x, struct catalog *c, struct errinfo *e)
{
	struct hook_row row;
	enum err err = load(x, c, &row, e);
	if (err)
		return err;
	row.failures = 0;
	row.failing_ns = row.rest_ns = 0;
	row.worked_ns = x->now_ns;
	return catalog_hook_health(c, &row, e);
}

enum err webhooks_test(struct call *c, struct arena *a, struct str name, struct hook_outcome *ret,
                       struct errinfo *e)
{
	struct webhook_change x = { .call = c, .write = write_health, .name = name };
	struct hook_row row;
	const char *object = object_of(c, name);
	call_note(c)->object = str_c(object);
	enum err err = webhooks_row(c, a, name, &row, e);
	if (!err)
		err = hooks_ping(c->app->hooks, a, &row, ret, e);
	return err || !ret->delivered ? err : change_rows(&x, object, e);
}
