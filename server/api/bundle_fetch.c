/* Bundles that are kept for who asked for them: told of, sent, and taken away. */
#include <fcntl.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/base/log.h"
#include "indexer/bundle/kept.h"
#include "server/api/bundle_make.h"
#include "server/route/conditional.h"

#define LIST_MAX_BYTES (BUNDLES_KEPT_MAX * 2u * BUNDLE_ABOUT_MAX_BYTES)

struct asking {
	struct call *call;
	struct arena *arena;
	struct lineage lineage;
};

static enum err read_lineage(void *ctx, struct catalog *c, struct errinfo *e)
{
	return lineage_read(c, ctx, e);
}

static enum err asking_begin(struct asking *q, struct call *c, struct arena *a, struct errinfo *e)
{
	*q = (struct asking){ .call = c, .arena = a };
	enum err err = bundles_permit(c, e);
	return err ? err : ingest_read(c->app->ingest, read_lineage, &q->lineage, e);
}

static void asking_done(struct asking *q) { lineage_done(&q->lineage); }

/* Whether the caller may read all that is in it; what it lacks of others goes out of `about`. */
static bool sees(struct asking *q, struct kept_bundle *k, struct str *ret_actor, struct str *ret_file)
{
	struct bundle_seer seer = { .call = q->call, .lineage = &q->lineage };
	struct str owner;
	bundle_whose(k->about, ret_actor, &owner);
	if (bundle_told(&seer, q->arena, k->about, NULL))
		return false;
	const struct node *repos = node_get(seer.told, "repositories");
	*ret_file = node_text(node_get(seer.told, "file"));
	if (!repos || repos->kind != NODE_LIST || !repos->items)
		return false;
	for (const struct node_item *i = repos->items; i; i = i->next)
		if (!bundle_sees(&seer, node_text(i->value)))
			return false;
	return bundle_seen_about(&seer, q->arena, &k->about, NULL) == OK;
}

static enum err none(struct errinfo *e)
{
	return ERR(e, NOT_FOUND, "there is no such bundle, or not any more: ask for it again");
}

/* As if it were not there, unless the caller may see it. */
static enum err find(struct call *c, struct arena *a, struct kept_bundle *ret, struct str *ret_actor,
                     struct str *ret_file, int *ret_fd, struct errinfo *e)
{
	struct sha256 id;
	struct asking q;
	enum err err = asking_begin(&q, c, a, e);
	if (!err && !sha256_parse(c->id, &id))
		err = none(e);
	else if (!err && makers_make(c->app->makers, &id))
		err = ERR(e, BUSY, "the bundle is being made; ask again in a moment");
	else if (!err)
		err = kept_open(ingest_datadir(c->app->ingest), a, &id, ret, ret_fd, e);
	if (!err && !sees(&q, ret, ret_actor, ret_file))
		err = none(e);
	asking_done(&q);
	return err;
}

/* ---- told ---- */

static enum err list(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(LIST_MAX_BYTES);
	struct kept_bundle *all = NULL;
	size_t count = 0;
	struct str actor, file;
	struct asking q;
	enum err err = asking_begin(&q, c, &a, e);
	if (!err)
		err = kept_list(ingest_datadir(c->app->ingest), &a, &all, &count, e);
	sbuf_putc(&b, '[');
	for (size_t i = 0; i < count && !err; i++) {
		if (!sees(&q, &all[i], &actor, &file))
			continue;
		json_next(&b);
		bundle_put_about(&b, all[i].about, "made");
	}
	asking_done(&q);
	sbuf_puts(&b, "]\n");
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

enum err bundles_list(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), list, e);
}

/* ---- sent ---- */

static enum err put_headers(struct call *c, const struct verdict *v, uint64_t bytes, struct str file,
                            const char *etag, struct response *s, struct errinfo *e)
{
	const char *name = arena_printf(&c->r->arena, "attachment; filename=\"%.*s\"", STR_ARG(file));
	if (!name || !tell_range(c->r, v, bytes, s))
		return ERR(e, NOMEM, "answer");
	response_header(s, "ETag", etag);
	response_header(s, "Accept-Ranges", "bytes");
	response_header(s, "Content-Disposition", name);
	return OK;
}

static enum err send(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FD int fd = -1;
	struct kept_bundle k;
	struct str actor, file;
	struct verdict v;
	enum err err = find(c, &a, &k, &actor, &file, &fd, e);
	if (err)
		return err;
	kept_touch(ingest_datadir(c->app->ingest), &k.id);
	const char *etag = arena_printf(&c->r->arena, "\"%.*s\"", STR_ARG(c->id));
	const struct entity entity = { .etag = str_c(etag), .bytes = k.bytes, .ranges = true };
	if (!etag)
		return ERR(e, NOMEM, "answer");
	evaluate_request(c->r, &entity, &v);
	*s = (struct response){ .status = v.status, .content_type = "application/x-tar", .fd = -1 };
	err = put_headers(c, &v, k.bytes, file, etag, s, e);
	if (v.status == 304) {
		s->payload = HTTP_LENGTH;
		s->length = k.bytes;
	}
	if (err || (v.status != 200 && v.status != 206))
		return err;
	s->payload = HTTP_FILE;
	s->fd = fd_take(&fd);
	s->offset = v.offset;
	s->length = v.length;
	return OK;
}

enum err bundles_get(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), send, e);
}

/* ---- taken away ---- */

static enum err take_away(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct kept_bundle k;
	struct str actor, file;
	enum err err = find(c, &a, &k, &actor, &file, NULL, e);
	if (!err && !str_eq(actor, c->caller.actor) && !auth_manages(c->app->auth, &c->caller))
		err = ERR(e, DENIED, "this bundle was made for somebody else");
	if (!err)
		err = kept_remove(ingest_datadir(c->app->ingest), &k.id, e);
	return err ? err : respond_json(c, 200, STR("{\"removed\":true}\n"), s, e);
}

enum err bundles_delete(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	if (atomic_load(&c->app->read_only))
		return ERR(e, READ_ONLY_MODE, "the server takes no changes at the moment, and keeps its bundles");
	return call_work(c, ingest_pool(c->app->ingest), take_away, e);
}

void bundles_sweep(const struct app *app)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo e = { 0 };
	struct datadir *d = ingest_datadir(app->ingest);
	struct kept_bundle *all;
	size_t count = 0;
	int64_t before_ns = clock_wall() - BUNDLES_KEPT_SECONDS * NS_PER_SECOND;
	enum err err = kept_list(d, &a, &all, &count, &e);
	for (size_t i = 0; i < count && !err; i++)
		if ((all[i].used_ns < before_ns || !all[i].about.n) && !makers_make(app->makers, &all[i].id))
			err = kept_remove(d, &all[i].id, &e);
	if (err)
		LOG(LOG_WARN, "chore.failed", KV("what", "bundles"), KV("code", err_code(err)),
		    KV("detail", (const char *)e.detail));
}
