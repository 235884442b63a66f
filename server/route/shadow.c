/* See shadow.h. What is known is read anew by the first request after a change; others go on with what was
 * known before.                                                                              */
#include "server/route/shadow.h"

#include <pthread.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/format/name.h"
#include "server/route/address.h"
#include "server/route/app.h"

struct table { struct arena arena; struct places *places; };

struct shadow {
	struct shadow_options o;
	struct arena arena;
	struct str own;                  /* host; empty: none */
	atomic_bool changed;
	pthread_mutex_t reading;         /* one thread reads anew */
	pthread_rwlock_t lock;           /* of table */
	struct table *table;             /* NULL: nothing yet */
};

static void table_free(struct table *t)
{
	if (t)
		arena_done(&t->arena);
	free(t);
}

enum err shadow_new(const struct shadow_options *o, struct shadow **ret, struct errinfo *e)
{
	struct shadow *s = calloc(1, sizeof *s);
	struct address own;
	if (!s)
		return ERR(e, NOMEM, "other hosts");
	s->o = *o;
	s->changed = true;
	(void)pthread_mutex_init(&s->reading, NULL);
	(void)pthread_rwlock_init(&s->lock, NULL);
	enum err err = o->own && *o->own ? address_read(&s->arena, str_c(o->own), &own, e) : OK;
	if (err) {
		shadow_free(s);
		return err;
	}
	if (o->own && *o->own)
		s->own = own.host;
	*ret = s;
	return OK;
}

void shadow_free(struct shadow *s)
{
	if (!s)
		return;
	table_free(s->table);
	(void)pthread_rwlock_destroy(&s->lock);
	(void)pthread_mutex_destroy(&s->reading);
	arena_done(&s->arena);
	free(s);
}

void shadow_changed(struct shadow *s)
{
	if (s)
		atomic_store(&s->changed, true);
}

/* ---- what is known ---- */

static enum err table_new(const struct shadow *s, struct table **ret, struct errinfo *e)
{
	struct table *t = calloc(1, sizeof *t);
	if (!t)
		return ERR(e, NOMEM, "other hosts");
	enum err err = places_new(&t->arena, &t->places, e);
	if (!err)
		err = s->o.read(s->o.ctx, &t->arena, t->places, e);
	if (err) {
		table_free(t);
		return err;
	}
	places_sort(t->places);
	*ret = t;
	return OK;
}

static void read_anew(struct shadow *s)
{
	struct errinfo e = { 0 };
	struct table *now, *before;
	if (!atomic_load(&s->changed) || pthread_mutex_trylock(&s->reading) != 0)
		return;
	atomic_store(&s->changed, false);
	if (table_new(s, &now, &e)) {
		atomic_store(&s->changed, true);
		LOG(LOG_ERROR, "shadow.not_read", KV("detail", (const char *)e.detail));
	} else {
		(void)pthread_rwlock_wrlock(&s->lock);
		before = s->table;
		s->table = now;
		(void)pthread_rwlock_unlock(&s->lock);
		table_free(before);
	}
	(void)pthread_mutex_unlock(&s->reading);
}

/* ---- one request ---- */

/* What is asked for: a host, and the segments of a path. */
struct asked { struct str host; struct path path; };

/* Of those that the caller sees, one that everybody does comes first; empty: none. */
static struct str choose(const struct call *c, const struct place *list, size_t count)
{
	struct str seen = { 0 };
	for (size_t i = 0; i < count; i++) {
		if (ingest_visibility(c->app->ingest, list[i].repo) == REPO_PUBLIC)
			return list[i].repo;
		if (!seen.n && call_sees_there(c, list[i].repo))
			seen = list[i].repo;
	}
	return seen;
}

/* The repository with the longest path that leads to the file, of those that the caller sees; empty: none.
 * *ret_depth: its segments.                                                                  */
static enum err find_repo(struct call *c, const struct places *p, const struct asked *x, struct str *ret,
                          size_t *ret_depth, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(HTTP_URI_MAX_BYTES);
	for (size_t depth = 0; depth < x->path.count; depth++) {
		size_t count;
		const struct address a = { .host = x->host, .path = sbuf_str(&b) };
		const struct place *list = places_find(p, &a, &count);
		struct str found = list ? choose(c, list, count) : (struct str){ 0 };
		if (found.n) {
			*ret = found;
			*ret_depth = depth;
		}
		sbuf_puts(&b, depth ? "/" : "");
		sbuf_put(&b, x->path.segment[depth]);
	}
	if (!sbuf_ok(&b) || (ret->n && !arena_str(&c->r->arena, *ret, ret)))
		return ERR(e, NOMEM, "address");
	return OK;
}

static bool is_of_repo(struct str name)
{
	return str_eq(name, STR("index.yaml")) || str_eq(name, STR("index.json")) ||
	       str_eq(name, STR("artifacthub-repo.yml"));
}

static enum err turn(struct call *c, struct str repo, struct str file, bool is_chart, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4 * HTTP_URI_MAX_BYTES);
	sbuf_puts(&b, c->app->base_path ?: "");
	address_helm(&b, repo, (struct str){ 0 });
	sbuf_puts(&b, is_chart ? "/charts" : "");
	address_segment(&b, file);
	const char *path = sbuf_ok(&b) ? arena_dup(&c->r->arena, sbuf_str(&b)) : NULL;
	if (!path)
		return ERR(e, NOMEM, "address");
	c->r->path = str_c(path);
	return OK;
}

static enum err turn_to(struct call *c, const struct places *p, const struct asked *x, struct errinfo *e)
{
	struct str repo = { 0 }, file = x->path.segment[x->path.count - 1];
	size_t depth = 0;
	enum err err = find_repo(c, p, x, &repo, &depth, e);
	bool is_chart = chart_file_name_is_known(file);
	if (err)
		return err;
	if (!repo.n || (!is_chart && (!is_of_repo(file) || depth + 1 != x->path.count)))
		return ERR(e, NOT_FOUND, "not found: no repository here is known by this address, or you may not read it");
	if (!(c->r->method & (HTTP_GET | HTTP_HEAD)))
		return ERR(e, METHOD, "%.*s is answered for by this server, only for reading",
		           STR_ARG(x->host));
	return turn(c, repo, file, is_chart, e);
}

static bool read_host(struct arena *a, struct str text, struct str *ret)
{
	struct address address;
	struct errinfo ignored = { 0 };
	if (address_read(a, text, &address, &ignored))
		return false;
	*ret = address.host;
	return true;
}

void shadow_note(struct call *c)
{
	struct shadow *s = c->app->shadow;
	struct str host;
	if (!s || !c->app->ingest || c->r->control || !read_host(&c->r->arena, c->r->host, &host) ||
	    str_eq(host, s->own))
		return;
	read_anew(s);
	(void)pthread_rwlock_rdlock(&s->lock);
	if (s->table && places_has_host(s->table->places, host))
		c->shadowed = host;
	(void)pthread_rwlock_unlock(&s->lock);
}

enum err shadow_turn(struct call *c, struct errinfo *e)
{
	struct shadow *s = c->app->shadow;
	struct asked x = { .host = c->shadowed };
	enum err err = http_path_parse(&c->r->arena, c->r->path, &x.path, e);
	if (err)
		return err;
	(void)pthread_rwlock_rdlock(&s->lock);
	err = turn_to(c, s->table->places, &x, e);
	(void)pthread_rwlock_unlock(&s->lock);
	return err;
}

bool shadow_answers_for(void *app, struct str host)
{
	AUTO_ARENA struct arena a = { 0 };
	struct shadow *s = ((struct app *)app)->shadow;
	struct str own;
	if (!s || !((struct app *)app)->ingest || !read_host(&a, host, &host))
		return false;
	host = str_cut(&host, ':', NULL);
	own = s->own;
	if (str_eq(host, STR("localhost")) || str_eq(host, str_cut(&own, ':', NULL)))
		return false;
	read_anew(s);
	(void)pthread_rwlock_rdlock(&s->lock);
	bool found = s->table && places_has_name(s->table->places, host);
	(void)pthread_rwlock_unlock(&s->lock);
	return found;
}
