/* Who depends on a chart. By the versions that are shown, out of memory; by all of them, out of
 * search.db, where a row names what it depends on and an address: whether that is this chart is
 * looked at row by row.                                                                      */
#include <search.h>
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/hub/graph_parts.h"
#include "indexer/hub/uses.h"
#include "indexer/ingest/versions.h"

#define ROWS_AT_ONCE 500u

struct verdict {                     /* on a range, which many users have in common */
	struct str range;
	bool accepts, accepts_newest;
};

struct asking {
	struct hub *hub;
	struct arena *arena, scratch;
	const struct graph_users_ask *ask;
	const struct hub_viewer *viewer;
	struct semver version, newest;   /* without text: none */
	void *verdicts;                  /* tsearch's */
	struct graph_users *ret;
	size_t capacity;
	struct errinfo *e;
};

/* ---- ranges ---- */

static int verdict_cmp(const void *left, const void *right)
{
	return str_cmp(((const struct verdict *)left)->range, ((const struct verdict *)right)->range);
}

static enum err judge(struct asking *x, struct str range, const struct verdict **ret)
{
	struct verdict key = { .range = range }, **slot = tfind(&key, &x->verdicts, verdict_cmp), *v;
	struct semver_range *parsed;
	struct errinfo why = { 0 };
	if (slot) {
		*ret = *slot;
		return OK;
	}
	v = ARENA_NEW(&x->scratch, struct verdict);
	if (!v || !arena_str(&x->scratch, range, &v->range) || !tsearch(v, &x->verdicts, verdict_cmp))
		return ERR(x->e, NOMEM, "ranges");
	enum err err = semver_range_parse(&x->scratch, v->range, &parsed, &why);
	if (err == ERR_NOMEM)
		return ERR(x->e, NOMEM, "%s", why.detail);
	v->accepts = !err && x->version.text.n && semver_range_has(parsed, &x->version);
	v->accepts_newest = !err && x->newest.text.n && semver_range_has(parsed, &x->newest);
	*ret = v;
	return OK;
}

/* ---- the list ---- */

static enum err add(struct asking *x, const struct graph_user *u)
{
	struct graph_users *r = x->ret;
	struct graph_user *list = arena_room(x->arena, r->list, r->count, &x->capacity, sizeof *list), *to;
	if (!list)
		return ERR(x->e, NOMEM, "users");
	r->list = list;
	to = &list[r->count];
	*to = *u;
	if (!arena_str(x->arena, u->repo, &to->repo) || !arena_str(x->arena, u->name, &to->name) ||
	    !arena_str(x->arena, u->version, &to->version) || !arena_str(x->arena, u->range, &to->range) ||
	    !arena_str(x->arena, u->alias, &to->alias) || !arena_str(x->arena, u->locked, &to->locked))
		return ERR(x->e, NOMEM, "users");
	r->count++;
	r->last = *to;
	return OK;
}

/* ---- by what is shown ---- */

static enum err look_at(struct asking *x, const struct use_target *t, const struct hub_chart *c,
                        bool listed)
{
	bool is_known = false;
	enum err err = OK;
	for (size_t i = 0; i < c->uses->count && !err; i++) {
		const struct verdict *v;
		size_t at = c->uses->list[i].dependency;
		bool may = false;
		if (c->uses->list[i].target == t)
			err = uses_may_know(x->hub->table.uses, c, &c->uses->list[i], x->viewer, &may, x->e);
		if (err || !may)
			continue;
		is_known = true;
		if (!listed)
			break;
		err = judge(x, c->dependencies[at].range, &v);
		if (err)
			break;
		const struct graph_user u = {
			.repo = c->repo, .name = c->name, .version = c->entry.meta.version,
			.range = c->dependencies[at].range, .alias = c->entry.meta.dependencies[at].alias,
			.position = (unsigned)at, .accepts = v->accepts, .accepts_newest = v->accepts_newest,
		};
		err = add(x, &u);
	}
	x->ret->charts += is_known;
	return err;
}

/* Every user is counted; a page ends between two of them. With the table's lock. */
static enum err look_at_shown(struct asking *x, const struct use_target *t)
{
	size_t first = uses_after(t, x->ask->after.repo, x->ask->after.name);
	enum err err = OK;
	for (size_t at = 0, next; at < t->count && !err; at = next) {
		next = charts_next_repo(t->users, t->count, at);
		if (!hub_sees(x->viewer, t->users[at]->repo))
			continue;
		for (size_t i = at; i < next && !err; i++) {
			bool list = !x->ask->all_versions && i >= first;
			x->ret->more |= list && x->ret->count >= x->ask->limit;
			list &= x->ret->count < x->ask->limit;
			err = look_at(x, t, t->users[i], list);
		}
	}
	return err;
}

static enum err by_shown(struct asking *x)
{
	struct hub_table *t = &x->hub->table;
	(void)pthread_rwlock_rdlock(&t->lock);
	const struct use_target *target = uses_find(t->uses, x->ask->repo, x->ask->name);
	enum err err = target ? look_at_shown(x, target) : OK;
	(void)pthread_rwlock_unlock(&t->lock);
	return err;
}

/* ---- by all versions ---- */

struct scan {
	struct asking *x;
	struct resolver *resolver;
	struct catalog *search;
	struct search_edge after;        /* where to go on; may be in what nobody may see */
	struct search_edge last;         /* that was looked at */
	size_t looked_at;
	struct str repo, repository, locked_repository;      /* of the last answer: */
	bool same;
};

/* Whether a row means this chart. The next row mostly says the same as the last. */
static enum err means_it(struct scan *s, const struct search_edge *row, bool *ret)
{
	AUTO_ARENA struct arena a = { 0 };
	struct asking *x = s->x;
	struct resolution found;
	const struct resolve_from from = {
		.repo = row->repo, .name = row->target, .repository = row->repository,
		.locked_repository = row->locked_repository, .viewer = x->viewer,
	};
	if (s->repo.n && str_eq(row->repo, s->repo) && str_eq(row->repository, s->repository) &&
	    str_eq(row->locked_repository, s->locked_repository)) {
		*ret = s->same;
		return OK;
	}
	enum err err = resolve(s->resolver, &a, &from, &found, x->e);
	if (err)
		return err;
	s->same = false;
	for (size_t i = 0; i < found.count; i++)
		s->same |= str_eq(found.repos[i], x->ask->repo);
	s->repo = row->repo;
	s->repository = row->repository;
	s->locked_repository = row->locked_repository;
	*ret = s->same;
	return OK;
}

static enum err look_at_row(struct scan *s, const struct search_edge *row)
{
	struct asking *x = s->x;
	const struct verdict *v;
	bool means = false;
	bool itself = str_eq(row->repo, x->ask->repo) && str_eq(row->name, x->ask->name);
	if (row->within.n || itself)
		return OK;
	enum err err = means_it(s, row, &means);
	if (err || !means)
		return err;
	err = judge(x, row->range, &v);
	if (err)
		return err;
	return add(x, &(struct graph_user){
		.repo = row->repo, .name = row->name, .version = row->version, .range = row->range,
		.alias = row->alias, .locked = row->locked, .position = row->position,
		.accepts = v->accepts, .accepts_newest = v->accepts_newest,
	});
}

static enum err stop_after(struct asking *x, const struct search_edge *row)
{
	struct graph_user *to = &x->ret->last;
	x->ret->more = true;
	to->position = row->position;
	return arena_str(x->arena, row->repo, &to->repo) && arena_str(x->arena, row->name, &to->name) &&
	       arena_str(x->arena, row->version, &to->version) ? OK : ERR(x->e, NOMEM, "users");
}

/* A repository that the viewer does not see is left out as a whole, and no page ends in it. */
static enum err look_at_rows(struct scan *s, const struct search_edge *rows, size_t count)
{
	enum err err = OK;
	struct graph_users *r = s->x->ret;
	for (size_t i = 0; i < count && !err; i++) {
		s->after = rows[i];
		if (!hub_sees(s->x->viewer, rows[i].repo)) {
			s->after.name = STR("\x7f");     /* behind every name */
			return OK;
		}
		r->more = r->count >= s->x->ask->limit;
		if (r->more)
			return OK;
		if (s->looked_at++ == GRAPH_SCAN_MAX)
			return stop_after(s->x, &s->last);
		err = look_at_row(s, &rows[i]);
		s->last = rows[i];
	}
	return err;
}

static enum err scan_rows(struct scan *s)
{
	const struct graph_user *from = &s->x->ask->after;
	s->after = (struct search_edge){ .repo = from->repo, .name = from->name,
	                                 .version = from->version, .position = from->position };
	for (bool first = !from->repo.n;; first = false) {
		struct search_edge *rows;
		size_t count;
		enum err err = search_users(s->search, &s->x->scratch, s->x->ask->name,
		                            first ? NULL : &s->after, ROWS_AT_ONCE, &rows, &count, s->x->e);
		if (!err)
			err = look_at_rows(s, rows, count);
		if (err || !count || s->x->ret->more)
			return err;
	}
}

static enum err by_all(struct asking *x)
{
	struct hub_reader *reader;
	struct scan s = { .x = x };
	enum err err = hub_reader_take(x->hub, &reader, x->e);
	if (!err) {
		s.search = reader->search;
		s.resolver = uses_resolver(&x->hub->table);
		err = scan_rows(&s);
		resolver_unref(s.resolver);
		hub_reader_give(x->hub, reader);
	}
	return err_recode(err, ERR_CORRUPT, ERR_BUSY, x->e);     /* search.db is made again */
}

/* ---- what is asked for ---- */

static void keep(void *in_arena) { (void)in_arena; }

/* A version that is in the index, or was yanked: who uses that is what one wants to know. */
static enum err find_version(struct asking *x)
{
	struct version_row row;
	struct hub_versions all = { 0 };
	struct errinfo why = { 0 };
	struct str wanted = x->ask->version, newest = { 0 };
	enum err err = hub_versions(x->hub, &x->scratch, x->ask->repo, x->ask->name, &all, &why);
	if (err && err != ERR_NOT_FOUND)
		return err_set(x->e, err, "%s", why.detail);
	bool there = !err;
	bool kept = !there ||
	            arena_str(x->arena, all.list[hub_shown(all.list, all.count)].version, &newest);
	hub_versions_done(&all);
	if (!kept)
		return ERR(x->e, NOMEM, "version");
	if (!there && !wanted.n)
		return err_set(x->e, ERR_NOT_FOUND, "%s", why.detail);
	if (!wanted.n)
		wanted = newest;
	err = ingest_version(x->hub->ingest, x->arena, x->ask->repo, x->ask->name, wanted, &row, x->e);
	if (!err && row.state == VERSION_DELETED)
		err = ERR(x->e, NOT_FOUND, "%.*s %.*s was deleted", STR_ARG(x->ask->name), STR_ARG(wanted));
	if (err)
		return err;
	x->ret->version = row.version;
	if (!semver_parse(row.version, &x->version))
		x->version = (struct semver){ 0 };
	if (!semver_parse(newest, &x->newest))
		x->newest = (struct semver){ 0 };
	return OK;
}

enum err hub_users(struct hub *h, struct arena *a, const struct graph_ask *ask,
                   const struct graph_users_ask *u, struct graph_users *ret, struct errinfo *e)
{
	struct graph_users users = { 0 };
	struct graph_users_ask wanted = *u;
	struct asking x = { .hub = h, .arena = a, .ask = &wanted, .viewer = ask ? ask->viewer : NULL,
	                    .ret = &users, .e = e };
	if (str_eq(u->version, STR("latest")))
		wanted.version = STR("");
	if (!hub_sees(x.viewer, u->repo) || !ingest_has_repo(h->ingest, u->repo))
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(u->repo));
	enum err err = find_version(&x);
	if (!err)
		err = by_shown(&x);
	if (!err && u->all_versions)
		err = by_all(&x);
	tdestroy(x.verdicts, keep);
	arena_done(&x.scratch);
	if (!err)
		*ret = users;
	return err;
}
