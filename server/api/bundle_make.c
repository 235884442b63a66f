/* See bundle_make.h. A request belongs to its job until it is answered: when it is known which bundle it will
 * be, or, of a small one, when that is made. After that nothing of the request is touched. */
#include "server/api/bundle_make.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/base/log.h"
#include "indexer/base/pool.h"
#include "indexer/bundle/create.h"
#include "indexer/bundle/kept.h"
#include "indexer/format/name.h"
#include "server/route/address.h"
#include "server/route/permit.h"

struct makers {
	struct pool *pool;
	atomic_bool stop;
	atomic_uint asked;               /* requests, from their first byte to the end of the work */
	pthread_mutex_t lock;            /* of `making`, and of what is kept while somebody makes room */
	struct { bool used; struct sha256 id; } making[BUNDLES_MAKERS];
};

struct make {
	struct pool_job job;
	const struct app *app;
	struct call *call;               /* NULL: it was answered */
	struct arena arena;
	struct sbuf inventory;
	struct bundle_create create;
	struct sbuf missing;             /* JSON */
	struct str actor;
	struct sha256 id;
	bool answered_by_seal;           /* nothing is to be made */
	int place;                       /* in `making`; -1: none */
};

enum err makers_new(struct makers **ret, struct errinfo *e)
{
	struct makers *m = calloc(1, sizeof *m);
	if (!m)
		return ERR(e, NOMEM, "bundles");
	enum err err = pool_new(BUNDLES_MAKERS, "bundles", &m->pool, e);
	if (err) {
		free(m);
		return err;
	}
	(void)pthread_mutex_init(&m->lock, NULL);
	*ret = m;
	return OK;
}

void makers_stop(struct makers *m)
{
	if (m)
		atomic_store(&m->stop, true);
}

void makers_free(struct makers *m)
{
	if (!m)
		return;
	makers_stop(m);
	pool_free(m->pool);
	(void)pthread_mutex_destroy(&m->lock);
	free(m);
}

static bool is_made(struct makers *m, const struct sha256 *id)
{
	bool found = false;
	for (int i = 0; i < (int)BUNDLES_MAKERS; i++)
		found |= m->making[i].used && sha256_eq(&m->making[i].id, id);
	return found;
}

bool makers_make(struct makers *m, const struct sha256 *id)
{
	(void)pthread_mutex_lock(&m->lock);
	bool found = is_made(m, id);
	(void)pthread_mutex_unlock(&m->lock);
	return found;
}

/* ---- who ---- */

enum err bundles_permit(struct call *c, struct errinfo *e)
{
	enum caller_kind kind = c->caller.kind;
	bool nobody = kind == CALLER_ANONYMOUS || kind == CALLER_LOCAL || kind == CALLER_OPEN;
	bool foreign = request_has_header(c->r, "Origin") || request_has_header(c->r, "Sec-Fetch-Site");
	if (nobody && (c->app->closed || auth_has_people(c->app->auth)))
		return ERR(e, UNAUTHORIZED, "bundles are for users and tokens: sign in");
	if (!(c->r->method & (HTTP_GET | HTTP_HEAD)) && foreign && !call_is_own_page(c))
		return ERR(e, DENIED, "another site's page may not have bundles made");
	return OK;
}

/* ---- what is told ---- */

static void put_texts(struct sbuf *b, const struct make *x, const struct bundle_created *r)
{
	char at[RFC3339_MAX_BYTES], id[SHA256_HEX_BYTES + 1];
	sha256_hex(&r->seal, id);
	json_text(b, "id", str_c(id));
	json_text(b, "repo", r->head.repo);
	json_text(b, "file", str_c(r->file));
	json_text(b, "filter", r->head.filter);
	json_text(b, "as_of", str_make(at, clock_format(r->head.at_ns, at)));
	json_text(b, "made", str_make(at, clock_format(clock_wall(), at)));
	json_texts(b, "repositories", r->repos, r->repo_count);
	json_key(b, "missing");
	sbuf_putc(b, '[');
	sbuf_put(b, sbuf_str(&x->missing));
	sbuf_putc(b, ']');
}

static void put_created(struct sbuf *b, const struct make *x, const struct bundle_created *r)
{
	sbuf_put(b, x->actor);
	sbuf_puts(b, "\n{");
	put_texts(b, x, r);
	json_number(b, "trip", r->head.own.event);
	json_number(b, "parent", r->head.parent.event);
	json_number(b, "versions", r->head.versions);
	json_number(b, "added", r->added);
	json_number(b, "yanked", r->yanked);
	json_number(b, "deleted", r->deleted);
	json_number(b, "files", r->head.files);
	json_number(b, "bytes", r->total_bytes);
	sbuf_putc(b, '}');
}

void bundle_put_about(struct sbuf *b, struct str about, const char *state)
{
	(void)str_cut(&about, '\n', NULL);
	sbuf_put(b, str_first(about, about.n ? about.n - 1 : 0));
	json_text(b, "state", str_c(state));
	sbuf_putc(b, '}');
}

const char *bundle_location(struct call *c, const struct sha256 *id)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct str base = address_base(c);
	sha256_hex(id, hex);
	return arena_printf(&c->r->arena, "%.*s/api/v1/bundles/%s", STR_ARG(base), hex);
}

static enum err fill_answer(struct call *c, int status, struct str about, const char *state,
                            const struct sha256 *id, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf json = sbuf_make(2 * BUNDLE_ABOUT_MAX_BYTES);
	bundle_put_about(&json, about, state);
	sbuf_putc(&json, '\n');
	enum err err = respond_buffer(JSON_TYPE, &json, s, e);
	const char *location = id ? bundle_location(c, id) : "";
	if (!err && !location)
		err = ERR(e, NOMEM, "answer");
	if (!err && id)
		response_header(s, "Location", location);
	if (!err && status == 202)
		response_header(s, "Retry-After", "1");
	s->status = status;
	return err;
}

/* Of a bundle without an address: it is not made. */
static enum err reply(struct make *x, int status, struct str about, const char *state,
                      const struct sha256 *id, struct errinfo *e)
{
	struct response s = { 0 };
	struct call *c = x->call;
	enum err err = fill_answer(c, status, about, state, id, &s, e);
	if (err)
		return err;
	x->call = NULL;
	call_reply(c, &s);
	return OK;
}

/* ---- which it will be ---- */

static enum err note_missing(struct make *x, struct str repo, struct str what, const char *why)
{
	json_next(&x->missing);
	sbuf_putc(&x->missing, '{');
	json_text(&x->missing, "repo", repo);
	json_text(&x->missing, "what", what);
	json_text(&x->missing, "why", str_c(why));
	sbuf_putc(&x->missing, '}');
	return OK;
}

static void missing(void *ctx, struct str repo, struct str what, const char *why)
{
	struct make *x = ctx;
	if (x->missing.n < BUNDLE_ABOUT_MAX_BYTES / 2)
		(void)note_missing(x, repo, what, why);
}

/* Half of what is free, so that bundles alone never fill the disk. */
static enum err check_free(struct make *x, uint64_t bytes, struct errinfo *e)
{
	struct statvfs fs;
	if (fstatvfs(datadir_fd(ingest_datadir(x->app->ingest)), &fs) != 0)
		return ERR_SYS(e, "statvfs");
	uint64_t most = fs.f_bavail * fs.f_frsize / BUNDLES_FREE_SHARE;
	if (bytes > BUNDLES_KEPT_MAX_BYTES)
		return ERR(e, TOO_LARGE, "the bundle would have %llu bytes, %llu are made for others: select less",
		           (unsigned long long)bytes, (unsigned long long)BUNDLES_KEPT_MAX_BYTES);
	return bytes > most ? ERR(e, DISK_FULL, "a bundle of %llu bytes has no room: %llu are free and not kept "
	                          "for charts", (unsigned long long)bytes, (unsigned long long)most) : OK;
}

/* Under the lock: what was used longest ago goes until this one fits. */
static enum err make_room(struct make *x, uint64_t bytes, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct makers *m = x->app->makers;
	struct datadir *d = ingest_datadir(x->app->ingest);
	struct kept_bundle *list;
	size_t count;
	uint64_t all = bytes;
	enum err err = kept_list(d, &a, &list, &count, e);
	for (size_t i = 0; i < count && !err; i++) {
		all += list[i].bytes;
		bool fits = i + 1 < BUNDLES_KEPT_MAX && all <= BUNDLES_KEPT_MAX_BYTES;
		if (!fits && !is_made(m, &list[i].id))
			err = kept_remove(d, &list[i].id, e);
	}
	return err ? err : check_free(x, bytes, e);
}

static enum err take_place(struct make *x, const struct bundle_created *r, struct errinfo *e)
{
	struct makers *m = x->app->makers;
	enum err err = make_room(x, r->total_bytes, e);
	if (!err)
		err = kept_begin(ingest_datadir(x->app->ingest), &r->seal, &x->create.dir, e);
	for (int i = 0; i < (int)BUNDLES_MAKERS && !err && x->place < 0; i++)
		if (!m->making[i].used) {
			m->making[i].used = true;
			m->making[i].id = x->id = r->seal;
			x->place = i;
		}
	return err;
}

/* Nothing of it is left, unless it is whole. */
static void leave_place(struct make *x, bool is_whole)
{
	struct makers *m = x->app->makers;
	struct errinfo none;
	if (x->place < 0)
		return;
	(void)pthread_mutex_lock(&m->lock);
	m->making[x->place].used = false;
	if (!is_whole)
		(void)!kept_remove(ingest_datadir(x->app->ingest), &x->id, &none);
	(void)pthread_mutex_unlock(&m->lock);
	(void)close(x->create.dir);
	x->create.dir = x->place = -1;
}

/* Ends the work: EXISTS says to bundle_create that there is nothing to be written. */
static enum err answer_instead(struct make *x, int status, struct str about, const char *state,
                               const struct sha256 *id, struct errinfo *e)
{
	enum err err = reply(x, status, about, state, id, e);
	if (err)
		return err;
	x->answered_by_seal = true;
	return ERR(e, EXISTS, "nothing is to be made");
}

/* Under the lock. */
static enum err begin_making(struct make *x, const struct bundle_created *r, struct str about,
                             struct errinfo *e)
{
	struct kept_bundle kept;
	struct errinfo none = { 0 };
	struct datadir *d = ingest_datadir(x->app->ingest);
	if (is_made(x->app->makers, &r->seal))
		return answer_instead(x, 202, about, "making", &r->seal, e);
	if (kept_open(d, &x->arena, &r->seal, &kept, NULL, &none) == OK) {
		kept_touch(d, &r->seal);
		return answer_instead(x, 200, kept.about, "made", &r->seal, e);
	}
	return take_place(x, r, e);
}

static enum err sealed(void *ctx, const struct bundle_created *r, struct errinfo *e)
{
	struct make *x = ctx;
	AUTO_SBUF struct sbuf about = sbuf_make(BUNDLE_ABOUT_MAX_BYTES);
	bool is_current = r->head.parent.event && r->head.parent.event == r->head.own.event;
	leave_place(x, false);               /* of another round */
	if (!x->call)
		return ERR(e, BUSY, "it changed while it was made");
	put_created(&about, x, r);
	if (!sbuf_ok(&about))
		return ERR(e, NOMEM, "bundle");
	if (is_current || x->create.dry_run)
		return answer_instead(x, 200, sbuf_str(&about), is_current ? "current" : "planned", NULL, e);
	(void)pthread_mutex_lock(&x->app->makers->lock);
	enum err err = begin_making(x, r, sbuf_str(&about), e);
	(void)pthread_mutex_unlock(&x->app->makers->lock);
	if (!err && r->total_bytes > BUNDLES_WAITED_BYTES)
		err = reply(x, 202, sbuf_str(&about), "making", &r->seal, e);
	return err;
}

/* ---- the work ---- */

/* What the caller may not read is, for him, not there. */
static enum err read_rights(struct make *x, struct errinfo *e)
{
	struct repo_info *list;
	size_t count;
	bool own = false;
	enum err err = ingest_repos(x->app->ingest, &x->arena, &list, &count, e);
	struct str *names = err ? NULL : arena_array(&x->arena, count + 1, sizeof *names);
	if (!err && !names)
		err = ERR(e, NOMEM, "repositories");
	for (size_t i = 0; i < count && !err; i++)
		if (call_sees(x->call, list[i].name)) {
			own |= str_eq(list[i].name, x->create.repo);
			names[x->create.repo_count++] = list[i].name;
		}
	x->create.repos = names;
	return err || own ? err : ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\", or your roles do not "
	                              "let you read it", STR_ARG(x->create.repo));
}

static enum err finish(struct make *x, const struct bundle_created *r, struct errinfo *e)
{
	AUTO_SBUF struct sbuf about = sbuf_make(BUNDLE_ABOUT_MAX_BYTES);
	put_created(&about, x, r);
	enum err err = sbuf_ok(&about) ? kept_end(x->create.dir, r->file, sbuf_str(&about), e)
	                               : ERR(e, NOMEM, "bundle");
	leave_place(x, !err);
	if (err || !x->call)
		return err;
	return reply(x, 201, sbuf_str(&about), "made", &r->seal, e);
}

static void make_done(struct make *x)
{
	atomic_fetch_sub(&x->app->makers->asked, 1);
	sbuf_done(&x->inventory);
	sbuf_done(&x->missing);
	arena_done(&x->arena);
	free(x);
}

/* The other words are a command's. */
static enum err explain(enum err err, struct errinfo *e)
{
	if (err == ERR_NOT_FOUND)
		return err_set(e, ERR_NOT_IMPLEMENTED, "this server has no key to sign bundles with; its administrator makes "
		               "one: chartlocker keys generate");
	if (err == ERR_CORRUPT)
		return e->code = ERR_INVALID;
	return err;
}

static void work(struct pool_job *job)
{
	struct make *x = (struct make *)job;
	struct bundle_created r = { 0 };
	struct errinfo e = { 0 };
	enum err err = read_rights(x, &e);
	if (!err) {
		err = bundle_create(&x->arena, &x->create, &r, &e);
		err = err ? explain(err, &e) : finish(x, &r, &e);
	}
	leave_place(x, false);
	if (err && x->call)
		call_fail(x->call, &e);
	else if (err && !x->answered_by_seal)
		LOG(LOG_WARN, "bundle.failed", KV("repo", x->create.repo), KV("code", err_code(err)),
		    KV("detail", (const char *)e.detail));
	make_done(x);
}

/* ---- the request ---- */

enum err bundles_begin(struct call *c, struct errinfo *e)
{
	struct makers *m = c->app->makers;
	enum err err = bundles_permit(c, e);
	if (!err && atomic_load(&c->app->read_only))
		err = ERR(e, READ_ONLY_MODE, "the server takes no changes at the moment, and makes no bundles");
	if (err)
		return err;
	if (atomic_fetch_add(&m->asked, 1) >= BUNDLES_ASKED_MAX) {
		atomic_fetch_sub(&m->asked, 1);
		return ERR(e, BUSY, "%u bundles are being made for others; ask again in a moment",
		           BUNDLES_ASKED_MAX);
	}
	struct make *x = calloc(1, sizeof *x);
	if (!x) {
		atomic_fetch_sub(&m->asked, 1);
		return ERR(e, NOMEM, "request");
	}
	*x = (struct make){ .app = c->app, .inventory = sbuf_make(BUNDLE_INVENTORY_MAX_BYTES), .place = -1,
	                    .missing = sbuf_make(BUNDLE_ABOUT_MAX_BYTES) };
	c->data = x;
	c->r->body.limit = BUNDLE_INVENTORY_MAX_BYTES;
	return OK;
}

enum err bundles_take(struct call *c, struct str piece, struct errinfo *e)
{
	struct make *x = c->data;
	sbuf_put(&x->inventory, piece);
	return sbuf_ok(&x->inventory) ? OK : ERR(e, NOMEM, "inventory");
}

void bundles_end(struct call *c)
{
	if (c->data)
		make_done(c->data);
}

/* "redis* >=18": the pattern ends at the first space. */
static enum err read_selection(struct call *c, struct make *x, struct errinfo *e)
{
	struct bundle_wish *list = arena_array(&x->arena, c->query.count + 1, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "selection");
	x->create.selection.wishes = list;
	for (size_t i = 0; i < c->query.count; i++) {
		struct str rest;
		if (!str_eq(c->query.params[i].name, STR("select")))
			continue;
		if (!arena_str(&x->arena, str_trim(c->query.params[i].value), &rest))
			return ERR(e, NOMEM, "selection");
		struct bundle_wish *wish = &list[x->create.selection.wish_count++];
		wish->pattern = str_cut(&rest, ' ', NULL);
		wish->range = str_trim(rest);
	}
	x->create.selection.closure = query_is_on(&c->query, "closure");
	return OK;
}

static enum err read_request(struct call *c, struct make *x, struct errinfo *e)
{
	struct str repo = query_text(&c->query, "repo");
	enum err err = repo_name_check(repo.n ? repo : str_c(c->app->default_repo), e);
	if (!err && (!arena_str(&x->arena, repo.n ? repo : str_c(c->app->default_repo), &x->create.repo) ||
	             !arena_str(&x->arena, c->caller.actor, &x->actor)))
		err = ERR(e, NOMEM, "request");
	if (!err)
		err = read_selection(c, x, e);
	x->create.data = datadir_path(ingest_datadir(c->app->ingest));
	x->create.inventory = sbuf_str(&x->inventory);
	x->create.dry_run = query_is_on(&c->query, "dry_run");
	x->create.dir = x->create.fd = -1;
	x->create.sealed = sealed;
	x->create.missing = missing;
	x->create.stop = &c->app->makers->stop;
	x->create.ctx = x;
	return err;
}

enum err bundles_post(struct call *c, struct response *s, struct errinfo *e)
{
	struct make *x = c->data;
	(void)s;
	enum err err = read_request(c, x, e);
	if (err)
		return err;
	x->call = c;
	x->job.run = work;
	c->data = NULL;
	err = call_later(c);
	pool_give(c->app->makers->pool, &x->job);
	return err;
}
