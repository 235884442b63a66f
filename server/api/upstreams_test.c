/* What a server at some address would be as an upstream, without making anything. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/format/repo_settings_judge.h"
#include "server/api/body.h"
#include "server/api/upstreams.h"
#include "server/manage/upstream_place.h"

#define ANSWER_MAX_BYTES (1u * MIB)

static void put_test(const struct call *c, struct str publisher_id, const struct upstream_test *t,
                     struct sbuf *b)
{
	sbuf_putc(b, '{');
	json_text(b, "software", t->software);
	json_text(b, "generated", t->generated);
	json_number(b, "charts", t->charts);
	json_number(b, "versions", t->versions);
	json_number(b, "skipped", t->skipped);
	json_text(b, "first_skipped", str_c(t->first_skipped));
	json_number(b, "bytes", t->bytes);
	json_number(b, "took_ms", (uint64_t)(t->took_ns / NS_PER_MS));
	json_text(b, "publisher_file", str_c(publisher_file_word(t->publisher_file)));
	json_text(b, "publisher_reason", t->publisher_reason);
	put_publisher(c, b, &t->publisher, publisher_id);
	put_selection(b, t->rules);
	sbuf_puts(b, "}\n");
}

static enum err test(struct call *c, struct response *s, struct errinfo *e)
{
	const struct repo_settings *settings = c->state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(ANSWER_MAX_BYTES);
	struct upstream_test t;
	struct upstreams *u = c->app->upstreams;     /* a place among its tests is held */
	enum err err = upstream_place_check(settings, true, e);
	if (!err)
		err = upstreams_test(u, &a, settings, &t, e);
	upstreams_test_leave(u);
	if (err)
		return err;
	put_test(c, settings->publisher_id, &t, &b);
	return respond_buffer(JSON_TYPE, &b, s, e);
}

/* Those of c->repo, or the defaults, with what the body says. */
static enum err test_settings(struct call *c, struct repo_settings *ret, struct errinfo *e)
{
	const struct node *body;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf now = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	struct snapshot *snapshot = c->repo.n ? ingest_snapshot(c->app->ingest, c->repo) : NULL;
	struct str said;
	repo_settings_default(ret);
	if (snapshot)
		repo_settings_json(&now, snapshot->settings);
	snapshot_unref(snapshot);
	enum err err = now.n ? repo_settings_merge(&c->r->arena, sbuf_str(&now), ret, e) : OK;
	if (!err)
		err = body_json(c, &body, e);
	if (!err)
		err = body_settings(c, body, "name", &said, e);
	if (!err)
		err = repo_settings_merge(&c->r->arena, said, ret, e);
	if (!err && !ret->upstream.n)
		err = ERR(e, INVALID, "url: the address of the repository to test is expected");
	return err ? err : repo_settings_judge(&a, c->repo, NULL, ret, e);
}

enum err upstreams_test_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct upstreams *u;
	struct repo_settings *settings = ARENA_NEW(&c->r->arena, struct repo_settings);
	enum err err = settings ? call_upstreams(c, &u, e) : ERR(e, NOMEM, "request");
	if (!err && c->repo.n)
		err = call_is_upstream(c, e);
	if (!err)
		err = test_settings(c, settings, e);
	if (!err)
		err = upstreams_test_enter(u, e);
	if (err)
		return err;
	c->state = settings;
	err = call_work(c, upstreams_testers(u), test, e);
	if (err)
		upstreams_test_leave(u);
	return err;
}
