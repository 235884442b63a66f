/* See search.h. A worker answers: words are looked up in a database. */
#include "server/api/search.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/hub/search.h"
#include "server/route/viewer.h"

#define ANSWER_MAX_BYTES (64u * MIB)

static void put_hit(struct sbuf *b, const struct hub_hit *hit)
{
	const struct hub_chart *c = hit->chart;
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "repo", c->repo);
	json_text(b, "name", c->name);
	json_text(b, "version", c->entry.meta.version);
	json_text(b, "app_version", c->entry.meta.app_version);
	json_text(b, "description", c->entry.meta.description);
	json_text(b, "origin", STR("hosted"));
	sbuf_putc(b, '}');
}

static void put_result(struct sbuf *b, const struct hub_result *r)
{
	sbuf_putc(b, '{');
	json_number(b, "total", r->total);
	json_key(b, "results");
	sbuf_putc(b, '[');
	for (size_t i = 0; i < r->count; i++)
		put_hit(b, &r->hits[i]);
	sbuf_puts(b, "]}\n");
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf json = sbuf_make(ANSWER_MAX_BYTES);
	const struct hub_viewer viewer = call_viewer(c);
	struct hub_result r = { 0 };
	struct hub_search q = { .text = query_text(&c->query, "q"), .now_ns = clock_wall(), .limit = 20 };
	enum err err = hub_search(call_hub(c), &a, &viewer, &q, &r, e);
	if (err)
		return err;
	put_result(&json, &r);
	hub_result_done(&r);
	return respond_buffer(JSON_TYPE, &json, s, e);
}

enum err search_get(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), answer, e);
}
