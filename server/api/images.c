/* See images.h. A rendering is long and is read by a worker; what is kept is the list. */
#include "server/api/images.h"

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/document/images_export.h"
#include "indexer/document/images_pushed.h"
#include "indexer/hub/readings.h"
#include "server/api/body.h"
#include "server/api/charts_catalog.h"
#include "server/route/look.h"
#include "server/route/packed.h"

#define ANSWER_MAX_BYTES (4u * KIB)

/* ---- asking ---- */

static enum err find(struct call *c, struct arena *a, struct chart_version *v, struct images_of_chart *ret,
                     struct errinfo *e)
{
	struct chart_kinds kinds;
	enum err err = chart_version_open(c, a, c->version, v, e);
	if (!err && !v->contents)        /* why, is what is to be answered */
		err = call_contents(c, v->hub, v->repo, v->name, v->version, &v->contents, e);
	if (err)
		return err;
	ret->name = v->name;
	ret->version = v->version;
	return contents_brings(v->hub, a, v->contents, &ret->found, &kinds, e);
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGES_EXPORT_MAX_BYTES);
	AUTO_CHART_VERSION struct chart_version v = { 0 };
	struct images_export *o = c->state;
	struct images_of_chart x;
	enum err err = find(c, &a, &v, &x, e);
	if (!err)
		err = images_export(&a, &x, 1, o, &b, e);
	if (err)
		return err;
	return respond_packed(c, 200, o->format == IMAGES_JSON ? JSON_TYPE : "text/plain; charset=utf-8", &b, s, e);
}

enum err images_get(struct call *c, struct response *s, struct errinfo *e)
{
	struct images_export *o = ARENA_NEW(&c->r->arena, struct images_export);
	struct str format;
	(void)s;
	if (!o)
		return ERR(e, NOMEM, "request");
	*o = (struct images_export){ .format = IMAGES_JSON, .all = query_is_on(&c->query, "all") };
	enum err err = query_word(&c->query, "format", images_format_words, &format, e);
	if (!err && format.n)
		(void)images_format_of_word(format, &o->format);
	c->state = o;
	return err ? err : call_work(c, call_lookers(c), answer, e);
}

/* ---- changing ---- */

enum err images_begin(struct call *c, struct errinfo *e)
{
	enum err err = body_begin(c, e);
	if (err)
		return err;
	*(struct sbuf *)c->data = sbuf_make(IMAGES_RENDERED_MAX_BYTES);
	c->r->body.limit = IMAGES_RENDERED_MAX_BYTES;
	return OK;
}

static size_t count_lines(struct str list)
{
	size_t n = 0;
	for (size_t i = 0; i < list.n; i++)
		n += list.p[i] == '\n';
	return n;
}

static void done(struct change *change)
{
	struct call *c = change->ctx;
	struct response s;
	struct errinfo e = change->error;
	const struct change_result *r = &change->result;
	AUTO_SBUF struct sbuf b = sbuf_make(ANSWER_MAX_BYTES);
	sbuf_putc(&b, '{');
	json_text(&b, "chart", r->name);
	json_text(&b, "version", r->version);
	json_text(&b, "digest", str_c(r->digest));
	if (change->has_images)
		json_number(&b, "images", count_lines(change->images));
	if (r->event && !change->dry_run)
		json_number(&b, "event", r->event);
	if (r->existing)
		json_bool(&b, "existing", true);
	if (change->dry_run)
		json_bool(&b, "dry_run", true);
	sbuf_puts(&b, "}\n");
	call_finish(c, change->err ?: respond_buffer(JSON_TYPE, &b, &s, &e), &s, &e);
}

/* The change is c->state, until the row's end. */
static enum err make_change(struct call *c, struct errinfo *e)
{
	struct change *change = ARENA_NEW(&c->r->arena, struct change);
	const char *file = arena_printf(&c->r->arena, "%.*s-%.*s.tgz", STR_ARG(c->name), STR_ARG(c->version));
	if (!change || !file)
		return ERR(e, NOMEM, "request");
	change_init(change, CHANGE_IMAGES);
	change->repo = c->repo;
	change->file = str_c(file);
	change->chart = change->result.name = c->name;   /* which the right to publish may be for */
	change->dry_run = query_is_on(&c->query, "dry_run");
	change->done = done;
	call_change(c, change);
	c->state = change;
	return OK;
}

static enum err submit(struct call *c)
{
	enum err later = call_later(c);
	ingest_submit(c->app->ingest, c->state);
	return later;
}

static enum err read_list(struct call *c, struct response *s, struct errinfo *e)
{
	struct change *change = c->state;
	(void)s;
	enum err err = images_list_read(&change->arena, sbuf_str(c->data), &change->images, e);
	change->has_images = true;
	return err ? err : submit(c);
}

enum err images_put(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	enum err err = make_change(c, e);
	return err ? err : call_work(c, ingest_pool(c->app->ingest), read_list, e);
}

enum err images_delete(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	enum err err = make_change(c, e);
	return err ? err : submit(c);
}

void images_end(struct call *c)
{
	if (c->state)
		change_done(c->state);
	body_end(c);
}
