/* GET of charts, of one chart, of one version: out of the snapshot, without the database. */
#include "server/api/charts_read.h"

#include <stdio.h>

#include "indexer/base/auto.h"
#include "server/api/charts.h"
#include "server/route/conditional.h"

/* ---- answering ---- */

static enum err name_content(const struct call *c, const struct snapshot *s, char ret[ETAG_BYTES],
                             struct errinfo *e)
{
	AUTO_SBUF struct sbuf about = sbuf_make(HTTP_URI_MAX_BYTES + KIB);
	char hex[SHA256_HEX_BYTES + 1] = "";
	struct sha256 digest;
	if (s)
		sha256_hex(&s->identity, hex);
	sbuf_printf(&about, "%s %.*s %u ", hex, STR_ARG(c->repo), INDEX_RENDERER_VERSION);
	sbuf_put(&about, c->r->path);
	sbuf_putc(&about, '?');
	sbuf_put(&about, c->r->query);
	enum err err = sbuf_ok(&about) ? sha256_of(sbuf_str(&about), &digest, e)
	                               : ERR(e, NOMEM, "answer");
	if (err)
		return err;
	sha256_hex(&digest, hex);
	(void)snprintf(ret, ETAG_BYTES, "\"%.32s\"", hex);
	return OK;
}

/* Takes the text over, also when it fails. */
static enum err send_text(struct call *c, const char *type, const struct snapshot *s,
                          struct text *x, struct response *ret, struct errinfo *e)
{
	char etag[ETAG_BYTES];
	enum err err = name_content(c, s, etag, e);
	const char *kept = err ? NULL : arena_dup(&c->r->arena, str_c(etag));
	if (!kept) {
		text_unref(x);
		return err ? err : ERR(e, NOMEM, "answer");
	}
	struct entity entity = { .etag = str_c(kept), .bytes = x->bytes.n };
	struct verdict v;
	evaluate_request(c->r, &entity, &v);
	*ret = (struct response){ .status = v.status, .content_type = type, .payload = HTTP_BYTES,
	                          .bytes = x->bytes, .release = text_unref, .release_ctx = x };
	if (v.status == 304) {
		ret->payload = HTTP_LENGTH;
		ret->length = x->bytes.n;
	} else if (v.status != 200) {
		ret->payload = HTTP_NO_BODY;
	}
	response_header(ret, "ETag", kept);
	return OK;
}

enum err charts_send(struct call *c, const char *type, const struct snapshot *s, struct sbuf *b,
                     struct response *ret, struct errinfo *e)
{
	struct text *x;
	enum err err = texts_hold(c->app->texts, b, NULL, c->repo, &x, e);
	return err ? err : send_text(c, type, s, x, ret, e);
}

enum err charts_snapshot(struct call *c, struct snapshot **ret, struct errinfo *e)
{
	*ret = ingest_snapshot(c->app->ingest, c->repo);
	if (*ret || c->app->chartmuseum)
		return OK;
	return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->repo));
}

/* ---- what is asked for ---- */

static void put_versions(struct sbuf *b, const struct rope_version *list, size_t count)
{
	sbuf_putc(b, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			sbuf_putc(b, ',');
		index_line_to_museum(list[i].line, b);
	}
	sbuf_putc(b, ']');
}

static enum err put_chart(struct sbuf *b, const struct rope *r, struct str name, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct rope_version *list;
	size_t count;
	enum err err = rope_chart(&a, r, name, &list, &count, e);
	if (err)
		return err;
	if (b->n > 1)
		sbuf_putc(b, ',');
	sbuf_json(b, name);
	sbuf_putc(b, ':');
	put_versions(b, list, count);
	return OK;
}

struct page { uint64_t offset, limit; bool whole; };

static enum err take_page(const struct call *c, struct page *ret, struct errinfo *e)
{
	const struct query_param *offset = query_get(&c->query, "offset");
	const struct query_param *limit = query_get(&c->query, "limit");
	*ret = (struct page){ .offset = 0, .limit = UINT64_MAX, .whole = !offset && !limit };
	if (offset && !str_to_u64(offset->value, &ret->offset))
		return ERR(e, INVALID, "offset is not a valid non-negative integer");
	if (limit && (!str_to_u64(limit->value, &ret->limit) || !ret->limit))
		return ERR(e, INVALID, "limit is not a valid positive integer");
	return OK;
}

static enum err put_page(struct sbuf *b, const struct snapshot *s, const struct page *page,
                         struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str *names = NULL;
	size_t count = 0;
	enum err err = s ? rope_names(&a, s->json, &names, &count, e) : OK;
	sbuf_putc(b, '{');
	for (size_t i = 0; i < count && !err; i++)
		if (i >= page->offset && i - page->offset < page->limit)
			err = put_chart(b, s->json, names[i], e);
	sbuf_putc(b, '}');
	if (err || sbuf_ok(b))
		return err;
	return ERR(e, INVALID, "the list is longer than %u MiB, or there is no memory for it; ask for a "
	           "part of it, with ?limit and ?offset", CHARTS_LIST_MAX_BYTES / MIB);
}

/* `s` may be NULL: no charts. */
static enum err make_list(struct call *c, const struct snapshot *s, const struct page *page,
                          struct text **ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CHARTS_LIST_MAX_BYTES);
	enum err err = put_page(&b, s, page, e);
	return err ? err : texts_hold(c->app->texts, &b, page->whole ? s : NULL, c->repo, ret, e);
}

static enum err list(struct call *c, struct response *s, struct errinfo *e)
{
	struct page page;
	struct snapshot *now = NULL;
	struct text *x = NULL;
	enum err err = take_page(c, &page, e);
	if (!err)
		err = charts_snapshot(c, &now, e);
	if (!err && page.whole && now)
		x = texts_find(c->app->texts, now, c->repo);
	if (!err && !x)
		err = make_list(c, now, &page, &x, e);
	if (!err)
		err = send_text(c, JSON_TYPE, now, x, s, e);
	snapshot_unref(now);
	return err;
}

enum err charts_list(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), list, e);
}

static enum err versions_of(const struct call *c, struct arena *a, const struct snapshot *s,
                            struct rope_version **ret, size_t *ret_count, struct errinfo *e)
{
	*ret_count = 0;
	return s ? rope_chart(a, s->json, c->name, ret, ret_count, e) : OK;
}

static enum err send_versions(struct call *c, const struct snapshot *now, struct response *s,
                              struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(CHARTS_LIST_MAX_BYTES);
	struct rope_version *versions;
	size_t count;
	enum err err = versions_of(c, &a, now, &versions, &count, e);
	if (err)
		return err;
	if (!count)
		return ERR(e, NOT_FOUND, "chart not found");
	put_versions(&b, versions, count);
	return charts_send(c, JSON_TYPE, now, &b, s, e);
}

static enum err of_name(struct call *c, struct response *s, struct errinfo *e)
{
	struct snapshot *now;
	enum err err = charts_snapshot(c, &now, e);
	if (!err)
		err = send_versions(c, now, s, e);
	snapshot_unref(now);
	return err;
}

enum err charts_of_name(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), of_name, e);
}

/* ---- one version ---- */

static enum err no_version(const struct call *c, struct str wanted, enum err why,
                           struct errinfo *e)
{
	if (why == ERR_INVALID)
		return ERR(e, NOT_FOUND, "improper constraint: %.*s", STR_ARG(c->version));
	if (why != ERR_NOT_FOUND)
		return why;
	return ERR(e, NOT_FOUND, "no chart version found for %.*s-%.*s", STR_ARG(c->name),
	           STR_ARG(wanted));
}

enum err charts_pick(const struct call *c, struct arena *a, const struct snapshot *s,
                     struct rope_version *ret, struct errinfo *e)
{
	struct errinfo why = { 0 };
	struct rope_version *list;
	size_t count;
	struct str wanted = str_eq(c->version, STR("latest")) ? (struct str){ 0 } : c->version;
	enum err err = versions_of(c, a, s, &list, &count, e);
	if (err)
		return err;
	if (!count)
		return ERR(e, NOT_FOUND, "no chart name found");
	struct str *texts = arena_array(a, count, sizeof *texts);
	if (!texts)
		return ERR(e, NOMEM, "versions");
	for (size_t i = 0; i < count; i++)
		texts[i] = list[i].version;
	ssize_t at = index_pick(a, texts, count, wanted, &why);
	if (at < 0)
		return no_version(c, wanted, why.code, e);
	*ret = list[at];
	return OK;
}

static enum err send_version(struct call *c, const struct snapshot *now, struct response *s,
                             struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(CHARTS_LIST_MAX_BYTES);
	struct rope_version version = { 0 };
	enum err err = charts_pick(c, &a, now, &version, e);
	if (err)
		return err;
	index_line_to_museum(version.line, &b);
	return charts_send(c, JSON_TYPE, now, &b, s, e);
}

static enum err version(struct call *c, struct response *s, struct errinfo *e)
{
	struct snapshot *now;
	enum err err = charts_snapshot(c, &now, e);
	if (!err)
		err = send_version(c, now, s, e);
	snapshot_unref(now);
	return err;
}

enum err charts_version(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), version, e);
}
