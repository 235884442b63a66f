/* See resolve.h. Settings are read once, because thousands of dependencies ask for the same. */
#include "indexer/hub/resolve.h"

#include <stdlib.h>

#include "indexer/format/places.h"
#include "indexer/ingest/virtual.h"

#define VIRTUAL_DEPTH 4u             /* of members that are virtual themselves */

/* ---- what is known ---- */

struct virtual { struct str name, members; };

struct resolver {
	atomic_uint refs;
	struct arena arena;
	struct ingest *ingest;
	struct str default_repo;
	struct address *own;
	size_t own_count;
	struct places *known;
	struct virtual *virtuals;        /* by name */
	size_t virtual_count;
};

static enum err add_repo(struct resolver *r, struct str name, const struct repo_settings *s,
                         struct errinfo *e)
{
	enum err err = places_add(r->known, name, s->known_as, e);
	if (!err)
		err = places_add(r->known, name, s->upstream, e);
	if (err || repo_kind(s) != REPO_VIRTUAL)
		return err;
	struct virtual *v = &r->virtuals[r->virtual_count++];
	return arena_str(&r->arena, name, &v->name) && arena_str(&r->arena, s->members, &v->members)
	       ? OK : ERR(e, NOMEM, "addresses of repositories");
}

static enum err read_settings(struct resolver *r, struct errinfo *e)
{
	struct repo_info *repos = NULL;
	size_t count = 0;
	enum err err = places_new(&r->arena, &r->known, e);
	if (!err)
		err = ingest_repos(r->ingest, &r->arena, &repos, &count, e);
	r->virtuals = err ? NULL : arena_array(&r->arena, count + 1, sizeof *r->virtuals);
	if (!err && !r->virtuals)
		return ERR(e, NOMEM, "addresses of repositories");
	for (size_t i = 0; i < count && !err; i++) {
		struct snapshot *s = ingest_snapshot(r->ingest, repos[i].name);
		if (s)
			err = add_repo(r, repos[i].name, s->settings, e);
		snapshot_unref(s);
	}
	if (!err)
		places_sort(r->known);
	return err;
}

static enum err fill(struct resolver *r, const struct hub_options *o, struct errinfo *e)
{
	r->ingest = o->ingest;
	r->own = arena_array(&r->arena, o->address_count + 1, sizeof *r->own);
	if (!r->own || !arena_str(&r->arena, str_c(o->default_repo ?: "main"), &r->default_repo))
		return ERR(e, NOMEM, "addresses of repositories");
	for (size_t i = 0; i < o->address_count; i++) {
		enum err err = address_read(&r->arena, str_c(o->addresses[i]), &r->own[r->own_count], e);
		if (err && err != ERR_INVALID)
			return err;
		r->own_count += !err;
	}
	return read_settings(r, e);
}

enum err resolver_new(const struct hub_options *o, struct resolver **ret, struct errinfo *e)
{
	struct resolver *r = calloc(1, sizeof *r);
	if (!r)
		return ERR(e, NOMEM, "addresses of repositories");
	r->refs = 1;
	enum err err = fill(r, o, e);
	if (err)
		resolver_unref(r);
	else
		*ret = r;
	return err;
}

struct resolver *resolver_ref(struct resolver *r)
{
	atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void resolver_unref(struct resolver *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) > 1)
		return;
	arena_done(&r->arena);
	free(r);
}

/* ---- one dependency ---- */

struct search {
	const struct resolver *r;
	struct arena *arena;
	const struct resolve_from *from;
	struct resolution *found;
	struct str view;                 /* the virtual one that was named; empty: another one was */
};

static const struct virtual *find_virtual(const struct resolver *r, struct str name)
{
	for (size_t i = 0; i < r->virtual_count; i++)
		if (str_eq(r->virtuals[i].name, name))
			return &r->virtuals[i];
	return NULL;
}

static void add_within(struct search *x, struct str repo, unsigned depth, size_t group);

/* Of a virtual repository its members are meant, the first one first: it has no charts of its own. */
static void add_members(struct search *x, struct str members, unsigned depth, size_t group)
{
	struct str one;
	while (depth < VIRTUAL_DEPTH && (one = repo_setting_next_word(&members)).n)
		add_within(x, one, depth + 1, group);
}

/* The depth is the index's business: each is the next one's member. */
static void add_owner(struct search *x, struct str repo, unsigned depth, size_t group)
{
	struct str member;
	if (depth < VIRTUAL_DEPTH_MAX && !ingest_virtual_owner(x->r->ingest, repo, x->from->name, &member, NULL))
		add_within(x, member, depth + 1, group);
	else
		x->found->without = x->view;
}

static void add(struct search *x, struct str repo)
{
	x->view = find_virtual(x->r, repo) ? repo : (struct str){ 0 };
	add_within(x, repo, 0, x->found->count);
}

static void add_within(struct search *x, struct str repo, unsigned depth, size_t group)
{
	struct resolution *f = x->found;
	const struct virtual *v = find_virtual(x->r, repo);
	if (v) {
		if (!hub_sees(x->from->viewer, repo))
			return;
		if (x->from->shown)
			add_owner(x, repo, depth, group);
		else
			add_members(x, v->members, depth, group);
		return;
	}
	for (size_t i = 0; i < f->count; i++)
		if (str_eq(f->repos[i], repo)) {
			f->through[i] &= depth > 0;
			f->group[i] = depth ? f->group[i] : i;
			f->view[i] = depth ? f->view[i] : x->view;
			return;
		}
	if (f->count == RESOLVED_MAX)
		return;
	f->through[f->count] = depth > 0;
	f->group[f->count] = group;
	f->view[f->count] = x->from->shown ? x->view : (struct str){ 0 };
	f->repos[f->count++] = repo;
}

/* By its name, or one that it had. */
static void add_named(struct search *x, struct str repo)
{
	if (!repo.n || repo.n > REPO_NAME_MAX_BYTES)
		return;
	if (ingest_visibility(x->r->ingest, repo) == REPO_ABSENT)
		repo = ingest_renamed(x->r->ingest, repo);
	if (repo.n)
		add(x, repo);
}

/* Addresses of a repository that other servers have and this one answers as well (server/routes.c). */
static const struct { const char *before; bool any; const char *then, *after; } doors[] = {
	{ "api/v4/projects/", true, "packages/helm/", "" },
	{ "api/packages/", false, "", "/helm" },
	{ "repository/", false, "", "" },
	{ "artifactory/api/helm/", false, "", "" },
	{ "artifactory/", false, "", "" },
};

static struct str repo_of_path(struct str path)
{
	for (size_t i = 0; i < sizeof doors / sizeof *doors; i++) {
		struct str rest = path, then = str_c(doors[i].then), after = str_c(doors[i].after);
		if (!str_starts(rest, str_c(doors[i].before)))
			continue;
		rest = str_from(rest, strlen(doors[i].before));
		if (doors[i].any)
			(void)str_cut(&rest, '/', NULL);
		if (str_starts(rest, then) && str_ends(rest, after) && rest.n > then.n + after.n)
			return str_make(rest.p + then.n, rest.n - then.n - after.n);
	}
	return path;
}

static void add_ours(struct search *x, const struct address *p, const struct address *own)
{
	struct str path = p->path;
	if (!str_eq(p->host, own->host) || !str_starts(path, own->path) ||
	    (own->path.n && path.n > own->path.n && path.p[own->path.n] != '/'))
		return;
	path = str_from(path, own->path.n + (own->path.n > 0));
	path = path.n ? repo_of_path(path) : x->r->default_repo;
	x->found->ours = true;
	x->found->path = path;
	add_named(x, path);
}

static void add_known_as(struct search *x, const struct address *p)
{
	size_t count;
	const struct place *list = places_find(x->r->known, p, &count);
	for (size_t i = 0; i < count; i++)
		add(x, list[i].repo);
}

/* A registry has charts, not repositories: known_as may also name the one chart. */
static enum err add_chart_of_registry(struct search *x, const struct address *p, struct errinfo *e)
{
	struct address chart = *p;
	const char *path = arena_printf(x->arena, "%.*s%s%.*s", STR_ARG(p->path), p->path.n ? "/" : "",
	                                STR_ARG(x->from->name));
	if (!path)
		return ERR(e, NOMEM, "dependency");
	chart.path = str_c(path);
	add_known_as(x, &chart);
	return OK;
}

static enum err add_address(struct search *x, struct str text, struct errinfo *e)
{
	struct address p;
	x->found->written = WRITTEN_ADDRESS;
	if (!memmem(text.p, text.n, "://", 3))
		return OK;
	enum err err = address_read(x->arena, text, &p, e);
	if (err)
		return err == ERR_INVALID ? OK : err;
	if (x->from->own)
		add_ours(x, &p, x->from->own);
	for (size_t i = 0; i < x->r->own_count; i++)
		add_ours(x, &p, &x->r->own[i]);
	add_known_as(x, &p);
	return p.oci ? add_chart_of_registry(x, &p, e) : OK;
}

static bool is_alias(struct str text, struct str *ret_name)
{
	static const struct str prefixes[] = { STR("@"), STR("alias:") };
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (str_starts(text, prefixes[i])) {
			*ret_name = str_from(text, prefixes[i].n);
			return true;
		}
	return false;
}

static void add_file(struct search *x, struct str path)
{
	while (str_starts(path, STR("./")))
		path = str_from(path, 2);
	bool beside = str_starts(path, STR("../")) || str_starts(path, STR("/"));
	x->found->written = beside ? WRITTEN_BESIDE : WRITTEN_INSIDE;
	if (beside)
		add_named(x, x->from->repo);
}

enum err resolve(const struct resolver *r, struct arena *a, const struct resolve_from *from,
                 struct resolution *ret, struct errinfo *e)
{
	struct str name, text = str_trim(from->repository);
	struct search x = { .r = r, .arena = a, .from = from, .found = ret };
	*ret = (struct resolution){ .written = WRITTEN_NOTHING };
	if (!text.n)
		return OK;
	if (str_starts(text, STR("file://"))) {
		add_file(&x, str_from(text, sizeof "file://" - 1));
		return OK;
	}
	if (!is_alias(text, &name))
		return add_address(&x, text, e);
	if (from->locked_repository.n && !is_alias(from->locked_repository, &name))
		return add_address(&x, from->locked_repository, e);
	ret->written = WRITTEN_NAME;
	add_named(&x, name);
	return OK;
}
