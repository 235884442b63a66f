/* The images of a whole repository: what was kept of each version when it was rendered, so that one answer has
 * thousands of them. A virtual one has those of the repositories that keep its versions.       */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/hub/readings.h"
#include "indexer/ingest/rope.h"
#include "indexer/ingest/virtual.h"
#include "server/api/images.h"
#include "server/api/json_parts.h"
#include "server/route/address.h"
#include "server/route/look.h"
#include "server/route/packed.h"
#include "server/route/viewer.h"

#define ANSWER_MAX_BYTES (32u * MIB)
#define ANSWER_FULL_BYTES (8u * MIB)             /* a page that has as much ends, whatever ?limit says */
#define VERSIONS_USUAL 1000u
#define VERSIONS_MAX 10000u
#define PAGE_NS (2 * NS_PER_SECOND)        /* the same after as much time */

struct page {
	struct str name, version;        /* after which it begins */
	uint64_t limit;
};

struct walk {
	struct call *call;
	struct arena *a;
	struct hub *hub;
	const struct page *page;
	struct sbuf b;
	size_t sent;
	int64_t end_ns;
	struct str name, version;        /* the last one that is in it */
	bool more;
};

/* ---- one version ---- */

static void put_list(struct sbuf *b, const char *key, const struct chart_images *x, bool certain)
{
	list_begin(b, key);
	for (size_t i = 0; i < x->count; i++) {
		if (x->images[i].certain != certain)
			continue;
		json_next(b);
		json_canonical(b, x->images[i].image);
	}
	sbuf_putc(b, ']');
}

static void put_images(struct sbuf *b, const struct chart_images *x)
{
	if (x->incomplete.n)
		json_text(b, "incomplete", x->incomplete);
	if (x->pushed)
		json_bool(b, "pushed", true);
	if (x->cut)
		json_bool(b, "cut", true);
	put_list(b, "certain", x, true);
	put_list(b, "possible", x, false);
}

/* What only an upstream has is nobody's to carry yet; a member that is changing may not have it any more. */
static enum err put_version(struct walk *w, struct str name, struct str version, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo why = { 0 };
	struct chart_images x = { 0 };
	struct str repo;
	const char *file = arena_printf(&a, "%.*s-%.*s.tgz", STR_ARG(name), STR_ARG(version));
	enum err err = file ? ingest_virtual_file(w->call->app->ingest, w->call->repo, str_c(file), &repo, &why)
	                    : ERR(&why, NOMEM, "images");
	if (!err)
		err = hub_images(w->hub, &a, repo, name, version, &x, &why);
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "images");
	if (err == ERR_ABSENT || err == ERR_NOT_FOUND)
		return OK;
	element_begin(&w->b);
	if (!err && call_sees(w->call, repo))
		json_text(&w->b, "repo", repo);
	json_text(&w->b, "name", name);
	json_text(&w->b, "version", version);
	if (err)
		json_text(&w->b, "unread", str_c(err_public_text(&why)));
	else
		put_images(&w->b, &x);
	sbuf_putc(&w->b, '}');
	return sbuf_ok(&w->b) ? OK : ERR(e, NOMEM, "images");
}

/* ---- the page ---- */

static bool is_full(const struct walk *w)
{
	return w->sent >= w->page->limit || w->b.n >= ANSWER_FULL_BYTES || (w->sent && clock_monotonic() > w->end_ns);
}

/* The first that stood in no earlier page, whose last version need not be there any more. */
static size_t begin_at(const struct page *p, struct str name, const struct rope_version *list, size_t count)
{
	const struct index_key last = { p->version, INT64_MIN };
	size_t at = 0;
	if (!str_eq(name, p->name))
		return 0;
	while (at < count && !str_eq(list[at].version, p->version) &&
	       index_key_cmp(&(struct index_key){ list[at].version, list[at].created_ns }, &last) < 0)
		at++;
	return at + (at < count && str_eq(list[at].version, p->version));
}

static enum err put_chart(struct walk *w, const struct rope *r, struct str name, struct errinfo *e)
{
	struct rope_version *list;
	size_t count = 0;
	enum err err = rope_chart(w->a, r, name, &list, &count, e);
	for (size_t i = err ? 0 : begin_at(w->page, name, list, count); i < count && !err && !w->more; i++) {
		if ((w->more = is_full(w)))
			break;
		err = put_version(w, name, list[i].version, e);
		w->sent++;
		w->name = name;
		w->version = list[i].version;
	}
	return err;
}

static enum err put_charts(struct walk *w, const struct rope *r, struct errinfo *e)
{
	struct str *names;
	size_t count = 0;
	enum err err = rope_names(w->a, r, &names, &count, e);
	sbuf_putc(&w->b, '[');
	for (size_t i = 0; i < count && !err && !w->more; i++)
		if (str_cmp(names[i], w->page->name) >= 0)
			err = put_chart(w, r, names[i], e);
	sbuf_puts(&w->b, "]\n");
	return err;
}

static enum err link_next(const struct walk *w, struct errinfo *e)
{
	const char *last = arena_printf(w->a, "%.*s@%.*s", STR_ARG(w->name), STR_ARG(w->version));
	return last ? address_next(w->call, str_c(last), e) : ERR(e, NOMEM, "images");
}

static enum err list(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct walk w = { .call = c, .a = &a, .hub = call_hub(c), .page = c->state,
	                  .b = sbuf_make(ANSWER_MAX_BYTES), .end_ns = clock_monotonic() + PAGE_NS };
	struct snapshot *now = ingest_snapshot(c->app->ingest, c->repo);
	enum err err = now ? OK : ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->repo));
	if (!err)
		err = put_charts(&w, now->json, e);
	if (!err)
		err = respond_packed(c, 200, JSON_TYPE, &w.b, s, e);
	if (!err && w.more)
		err = link_next(&w, e);
	snapshot_unref(now);
	sbuf_done(&w.b);
	return err;
}

enum err images_list(struct call *c, struct response *s, struct errinfo *e)
{
	struct page *p = ARENA_NEW(&c->r->arena, struct page);
	struct str after = query_text(&c->query, "after");
	(void)s;
	if (!p)
		return ERR(e, NOMEM, "request");
	*p = (struct page){ .limit = VERSIONS_USUAL };
	p->name = str_cut(&after, '@', NULL);
	p->version = after;
	enum err err = query_number(&c->query, "limit", 1, VERSIONS_MAX, &p->limit, e);
	c->state = p;
	return err ? err : call_work(c, call_lookers(c), list, e);
}
