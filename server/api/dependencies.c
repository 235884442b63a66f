/* See dependencies.h. */
#include "server/api/dependencies.h"

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/json.h"
#include "server/api/body.h"
#include "server/route/address.h"
#include "server/route/packed.h"
#include "server/route/viewer.h"

#define USERS_USUAL 100u
#define CURSOR_MAX_BYTES (2u * KIB)

/* What every answer begins with: who asks, and what he calls this server. */
struct asked {
	struct arena arena;
	struct sbuf b, own;
	struct hub *hub;
	struct hub_viewer viewer;
	struct graph_ask ask;
};

static void asked_begin(struct call *c, struct asked *x)
{
	*x = (struct asked){ .b = sbuf_make(DEPENDENCIES_MAX_BYTES), .own = sbuf_make(HTTP_URI_MAX_BYTES),
	                     .hub = call_hub(c), .viewer = call_viewer(c) };
	address_of(c, &x->own);
	x->ask = (struct graph_ask){ .viewer = &x->viewer, .own = sbuf_str(&x->own) };
}

static void asked_done(struct asked *x)
{
	sbuf_done(&x->b);
	sbuf_done(&x->own);
	arena_done(&x->arena);
}
#define AUTO_ASKED __attribute__((cleanup(asked_done)))

/* ---- the tree ---- */

static enum err tree(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ASKED struct asked x;
	struct hub_graph g;
	struct graph_tree grown;
	asked_begin(c, &x);
	enum err err = hub_graph(x.hub, &x.arena, &x.ask, c->repo, c->name, c->version, &g, e);
	if (!err)
		err = graph_tree(&x.arena, &g, &grown, e);
	if (err)
		return err;
	put_dependency_tree(&x.b, &g, &grown);
	return respond_packed(c, 200, JSON_TYPE, &x.b, s, e);
}

enum err dependencies_tree(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), tree, e);
}

/* ---- what is out of date ---- */

static enum err outdated(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ASKED struct asked x;
	struct graph_version v;
	const struct graph_edge **list = NULL;
	size_t count = 0;
	asked_begin(c, &x);
	enum err err = hub_dependencies(x.hub, &x.arena, &x.ask, c->repo, c->name, c->version, &v, e);
	if (!err)
		err = graph_outdated(&x.arena, &v, &list, &count, e);
	if (err)
		return err;
	sbuf_putc(&x.b, '[');
	for (size_t i = 0; i < count; i++)
		put_outdated(&x.b, list[i]);
	sbuf_puts(&x.b, "]\n");
	return respond_packed(c, 200, JSON_TYPE, &x.b, s, e);
}

enum err dependencies_outdated(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), outdated, e);
}

static enum err behind(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ASKED struct asked x;
	struct graph_behind *list = NULL;
	size_t count = 0;
	asked_begin(c, &x);
	struct str repo;
	enum err err = call_repo_asked(c, &repo, e);
	if (!err)
		err = hub_behind(x.hub, &x.arena, &x.ask, repo, &list, &count, e);
	if (err)
		return err;
	sbuf_putc(&x.b, '[');
	for (size_t i = 0; i < count; i++)
		put_behind(&x.b, &list[i]);
	sbuf_puts(&x.b, "]\n");
	return respond_packed(c, 200, JSON_TYPE, &x.b, s, e);
}

enum err dependencies_behind(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), behind, e);
}

/* ---- of a chart that is not here ---- */

static enum err take_wanted(const struct node *n, struct graph_wanted *ret, struct errinfo *e)
{
	if (n->kind != NODE_MAP)
		return ERR(e, INVALID, "dependencies: a list of objects is expected");
	*ret = (struct graph_wanted){ .name = { 0 } };
	const struct { const char *key; struct str *to; } fields[] = {
		{ "name", &ret->name }, { "range", &ret->range }, { "repository", &ret->repository },
		{ "alias", &ret->alias }, { "locked", &ret->locked }, { "vendored", &ret->vendored },
		{ "locked_repository", &ret->locked_repository },
	};
	enum err err = body_only(n, "name range repository alias locked locked_repository vendored", e);
	for (size_t i = 0; !err && i < sizeof fields / sizeof *fields; i++)
		err = body_text_or_none(n, fields[i].key, fields[i].to, e);
	if (!err && !ret->name.n)
		err = ERR(e, INVALID, "dependencies: one has no name");
	return err;
}

static enum err take_list(struct call *c, struct arena *a, struct graph_wanted **ret,
                          size_t *ret_count, struct errinfo *e)
{
	const struct node *body, *list;
	enum err err = body_json(c, &body, e);
	if (!err)
		err = body_only(body, "dependencies", e);
	if (err)
		return err;
	list = node_get(body, "dependencies");
	if (!list || list->kind != NODE_LIST || list->count > CHART_LIST_MAX)
		return ERR(e, INVALID, "dependencies: a list of at most %u is expected", CHART_LIST_MAX);
	*ret = arena_array(a, list->count + 1, sizeof **ret);
	if (!*ret)
		return ERR(e, NOMEM, "dependencies");
	*ret_count = 0;
	for (const struct node_item *i = list->items; i && !err; i = i->next)
		err = take_wanted(i->value, &(*ret)[(*ret_count)++], e);
	return err;
}

static enum err of(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ASKED struct asked x;
	struct graph_wanted *list;
	struct graph_version v;
	size_t count;
	asked_begin(c, &x);
	enum err err = take_list(c, &x.arena, &list, &count, e);
	if (!err)
		err = hub_dependencies_of(x.hub, &x.arena, &x.ask, STR(""), list, count, &v, e);
	if (err)
		return err;
	sbuf_putc(&x.b, '[');
	for (size_t i = 0; i < v.edge_count; i++)
		put_dependency(&x.b, &v.edges[i]);
	sbuf_puts(&x.b, "]\n");
	return respond_buffer(JSON_TYPE, &x.b, s, e);
}

enum err dependencies_of(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), of, e);
}

/* ---- who depends on it ---- */

/* Where the next page begins: repository, name, version and position of the last user. */
static enum err link_next(struct call *c, const struct graph_user *last, struct errinfo *e)
{
	AUTO_SBUF struct sbuf plain = sbuf_make(CURSOR_MAX_BYTES), packed = sbuf_make(2 * CURSOR_MAX_BYTES);
	sbuf_printf(&plain, "%.*s\n%.*s\n%.*s\n%u", STR_ARG(last->repo), STR_ARG(last->name),
	            STR_ARG(last->version), last->position);
	base64_put(&packed, sbuf_str(&plain));
	return sbuf_ok(&packed) ? address_next(c, sbuf_str(&packed), e) : ERR(e, NOMEM, "answer");
}

static enum err take_cursor(struct call *c, struct graph_user *ret, struct errinfo *e)
{
	struct str text = query_text(&c->query, "after"), rest;
	uint64_t position;
	size_t n;
	if (!text.n)
		return OK;
	char *plain = arena_alloc(&c->r->arena, text.n);
	if (!plain)
		return ERR(e, NOMEM, "request");
	if (!base64_read(text, plain, text.n, &n))
		return ERR(e, INVALID, "after: what a header Link has said is expected");
	rest = str_make(plain, n);
	struct graph_user last = { .repo = str_cut(&rest, '\n', NULL), .name = str_cut(&rest, '\n', NULL),
	                           .version = str_cut(&rest, '\n', NULL) };
	if (!last.repo.n || !last.name.n || !last.version.n || !str_to_u64(rest, &position) ||
	    position > INT32_MAX)
		return ERR(e, INVALID, "after: what a header Link has said is expected");
	last.position = (unsigned)position;
	*ret = last;
	return OK;
}

static enum err take_users(struct call *c, struct graph_users_ask *ret, struct errinfo *e)
{
	uint64_t limit = USERS_USUAL;
	struct str versions = { 0 };
	enum err err = query_word(&c->query, "versions", "shown all", &versions, e);
	if (!err)
		err = query_number(&c->query, "limit", 1, VERSIONS_PAGE_MAX, &limit, e);
	*ret = (struct graph_users_ask){ .repo = c->repo, .name = c->name, .version = c->version,
	                                 .all_versions = str_eq(versions, STR("all")), .limit = (unsigned)limit };
	return err ? err : take_cursor(c, &ret->after, e);
}

static enum err users(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ASKED struct asked x;
	const struct graph_users_ask *u = c->state;
	struct graph_users found;
	asked_begin(c, &x);
	enum err err = hub_users(x.hub, &x.arena, &x.ask, u, &found, e);
	if (err)
		return err;
	sbuf_putc(&x.b, '[');
	for (size_t i = 0; i < found.count; i++)
		put_user(&x.b, &found.list[i]);
	sbuf_puts(&x.b, "]\n");
	err = respond_packed(c, 200, JSON_TYPE, &x.b, s, e);
	return err || !found.more ? err : link_next(c, &found.last, e);
}

enum err dependencies_users(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct graph_users_ask *u = ARENA_NEW(&c->r->arena, struct graph_users_ask);
	if (!u)
		return ERR(e, NOMEM, "request");
	enum err err = take_users(c, u, e);
	c->state = u;
	return err ? err : call_work(c, ingest_pool(c->app->ingest), users, e);
}
