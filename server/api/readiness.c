/* See readiness.h. Each chart of a list is rendered, which takes a while: a page has few of them. */
#include "server/api/readiness.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "server/api/json_parts.h"
#include "server/route/address.h"
#include "server/route/chart_version.h"
#include "server/route/look.h"
#include "server/route/packed.h"
#include "server/route/readiness.h"
#include "server/route/viewer.h"

#define ANSWER_MAX_BYTES (64u * MIB)
#define CHARTS_USUAL 20u
#define CHARTS_MAX 100u
#define PAGE_NS (2 * NS_PER_SECOND)        /* after which a page ends with what it has */

static void put_names(struct sbuf *b, struct str repo, struct str name, struct str version)
{
	element_begin(b);
	json_text(b, "repo", repo);
	json_text(b, "name", name);
	json_text(b, "version", version);
}

/* ---- one version ---- */

static enum err get(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(ANSWER_MAX_BYTES);
	AUTO_CHART_VERSION struct chart_version v = { 0 };
	struct readiness found;
	enum err err = chart_version_open(c, &a, c->version, &v, e);
	if (!err && !v.contents)         /* why, is what is to be answered */
		err = call_contents(c, v.hub, v.repo, v.name, v.version, &v.contents, e);
	if (!err)
		err = call_readiness(c, &a, v.hub, v.contents, query_text(&c->query, "inside"), &found, e);
	if (err)
		return err;
	put_names(&b, v.repo, v.name, v.version);
	readiness_json(&b, &found);
	sbuf_puts(&b, "}\n");
	return respond_packed(c, 200, JSON_TYPE, &b, s, e);
}

enum err readiness_get(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, call_lookers(c), get, e);
}

/* ---- a repository ---- */

struct page { struct str after, inside; uint64_t limit; };

/* What is not here is not fetched for it. */
static enum err put_chart(struct call *c, struct sbuf *b, struct hub *h, const struct hub_chart *x,
                          const struct page *p, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct contents *contents = NULL;
	struct readiness found;
	struct errinfo why = { 0 };
	enum err err = contents_here(h, x->repo, x->name, x->entry.meta.version, &contents, &why);
	put_names(b, x->repo, x->name, x->entry.meta.version);
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "readiness");
	if (err)
		json_text(b, "unread", str_c(err_public_text(&why)));
	err = err ? OK : call_readiness(c, &a, h, contents, p->inside, &found, e);
	if (!err && contents)
		readiness_json(b, &found);
	contents_unref(contents);
	sbuf_putc(b, '}');
	return err;
}

static enum err send_page(struct call *c, struct hub *h, const struct hub_charts *charts, struct response *s,
                          struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(ANSWER_MAX_BYTES);
	const struct page *p = c->state;
	size_t at = 0, sent = 0;
	const int64_t end = clock_monotonic() + PAGE_NS;
	enum err err = OK;
	while (at < charts->count && p->after.n && str_cmp(charts->list[at]->name, p->after) <= 0)
		at++;
	sbuf_putc(&b, '[');
	for (; at < charts->count && sent < p->limit && (!sent || clock_monotonic() < end) && !err; at++, sent++)
		err = put_chart(c, &b, h, charts->list[at], p, e);
	sbuf_puts(&b, "]\n");
	if (!err)
		err = respond_packed(c, 200, JSON_TYPE, &b, s, e);
	return err || at == charts->count ? err : address_next(c, charts->list[at - 1]->name, e);
}

static enum err list(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hub *h = call_hub(c);
	const struct hub_viewer viewer = call_viewer(c);
	struct hub_charts charts = { 0 };
	enum err err = ingest_has_repo(c->app->ingest, c->repo) ? OK :
	               ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->repo));
	if (!err)
		err = hub_charts(h, &a, &viewer, c->repo, &charts, e);
	if (!err)
		err = send_page(c, h, &charts, s, e);
	hub_charts_done(&charts);
	return err;
}

enum err readiness_list(struct call *c, struct response *s, struct errinfo *e)
{
	struct page *p = ARENA_NEW(&c->r->arena, struct page);
	(void)s;
	if (!p)
		return ERR(e, NOMEM, "request");
	*p = (struct page){ query_text(&c->query, "after"), query_text(&c->query, "inside"), CHARTS_USUAL };
	enum err err = query_number(&c->query, "limit", 1, CHARTS_MAX, &p->limit, e);
	c->state = p;
	return err ? err : call_work(c, call_lookers(c), list, e);
}
