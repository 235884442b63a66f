/* See resolve.h. Settings are read once, because thousands of dependencies ask for the same. */
#include "indexer/hub/resolve.h"

#include <stdlib.h>

#include "indexer/base/array.h"

/* ---- addresses ---- */

static const struct scheme { const char *text; bool oci; } schemes[] = {
	{ "https://", false }, { "http://", false }, { "oci://", true },
};

static bool is_local(struct str host)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq_c(host, names[i]))
			return true;
	return false;
}

/* Where the port begins, with its colon; that of an IPv6 address stands behind the bracket. */
static size_t port_at(struct str host)
{
	const char *bracket = host.n ? memrchr(host.p, ']', host.n) : NULL;
	size_t from = bracket ? (size_t)(bracket - host.p) : 0;
	const char *colon = host.n ? memchr(host.p + from, ':', host.n - from) : NULL;
	return colon ? (size_t)(colon - host.p) : host.n;
}

static bool is_usual_port(struct str port, const struct scheme *s)
{
	bool http = str_eq(port, STR(":80")), https = str_eq(port, STR(":443"));
	if (!s)
		return http || https || str_eq(port, STR(":"));
	return str_eq(port, STR(":")) || (str_eq_c(str_c(s->text), "http://") ? http : https);
}

static enum err no_address(struct errinfo *e) { return ERR(e, INVALID, "this is no address"); }

static enum err read_host(struct arena *a, struct str host, const struct scheme *s, struct str *ret,
                          struct errinfo *e)
{
	char *to = arena_dup(a, host);
	if (!to)
		return ERR(e, NOMEM, "address");
	for (size_t i = 0; i < host.n; i++) {
		if (to[i] >= 0 && to[i] <= ' ')
			return no_address(e);
		to[i] = (char)(to[i] >= 'A' && to[i] <= 'Z' ? to[i] | 0x20 : to[i]);
	}
	struct str name = str_first(str_make(to, host.n), port_at(host));
	struct str port = str_from(str_make(to, host.n), name.n);
	if (is_usual_port(port, s))
		port = (struct str){ 0 };
	while (str_ends(name, STR(".")))
		name.n--;
	if (!name.n)
		return no_address(e);
	const char *text = arena_printf(a, "%.*s%.*s", STR_ARG(is_local(name) ? STR("localhost") : name),
	                                STR_ARG(port));
	*ret = str_c(text);
	return text ? OK : ERR(e, NOMEM, "address");
}

static enum err read_path(struct arena *a, struct str path, struct str *ret, struct errinfo *e)
{
	static const struct str files[] = { STR("/"), STR("/index.yaml"), STR("/index.json") };
	char *to = arena_alloc(a, path.n + 1);
	size_t n = 0;
	if (!to)
		return ERR(e, NOMEM, "address");
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] != '/' || (n && to[n - 1] != '/'))
			to[n++] = path.p[i];
	struct str s = str_make(to, n);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (str_ends(s, files[i]) || str_eq(s, str_from(files[i], 1)))
			s.n -= s.n < files[i].n ? s.n : files[i].n;
	*ret = s;
	return OK;
}

enum err address_read(struct arena *a, struct str text, struct address *ret, struct errinfo *e)
{
	const struct scheme *s = NULL;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes && !s; i++)
		if (str_eq_nocase(str_first(text, strlen(schemes[i].text)), str_c(schemes[i].text)))
			s = &schemes[i];
	if (!s && memmem(text.p ?: "", text.n, "://", 3))
		return no_address(e);
	struct str rest = s ? str_from(text, strlen(s->text)) : text;
	rest = str_cut(&rest, '?', NULL);
	rest = str_cut(&rest, '#', NULL);
	struct address found = { .oci = s && s->oci };
	struct str host = str_cut(&rest, '/', NULL);
	const char *at = host.n ? memrchr(host.p, '@', host.n) : NULL;
	if (at)
		host = str_from(host, (size_t)(at - host.p) + 1);
	enum err err = host.n ? read_host(a, host, s, &found.host, e) : no_address(e);
	if (!err)
		err = read_path(a, rest, &found.path, e);
	if (!err)
		*ret = found;
	return err;
}

/* ---- what is known ---- */

struct known { struct address address; struct str repo; };

struct resolver {
	atomic_uint refs;
	struct arena arena;
	struct ingest *ingest;
	struct str default_repo;
	struct address *own;
	size_t own_count;
	struct known *known;             /* by address */
	size_t known_count, known_capacity;
};

static int address_cmp(const struct address *a, const struct address *b)
{
	int order = (int)a->oci - (int)b->oci;
	if (!order)
		order = str_cmp(a->host, b->host);
	return order ? order : str_cmp(a->path, b->path);
}

static int known_cmp(const void *left, const void *right)
{
	const struct known *a = left, *b = right;
	int order = address_cmp(&a->address, &b->address);
	return order ? order : str_cmp(a->repo, b->repo);
}

static enum err add_known(struct resolver *r, struct str repo, struct str addresses,
                          struct errinfo *e)
{
	struct str url;
	while ((url = repo_setting_next_url(&addresses)).n) {
		struct known *list = arena_room(&r->arena, r->known, r->known_count, &r->known_capacity,
		                                sizeof *list);
		if (!list)
			return ERR(e, NOMEM, "addresses of repositories");
		r->known = list;
		struct known *k = &list[r->known_count];
		if (!arena_str(&r->arena, repo, &k->repo))
			return ERR(e, NOMEM, "addresses of repositories");
		enum err err = address_read(&r->arena, url, &k->address, e);
		if (err && err != ERR_INVALID)
			return err;
		r->known_count += !err;
	}
	return OK;
}

static enum err read_settings(struct resolver *r, struct errinfo *e)
{
	struct repo_info *repos;
	size_t count;
	enum err err = ingest_repos(r->ingest, &r->arena, &repos, &count, e);
	for (size_t i = 0; i < count && !err; i++) {
		struct snapshot *s = ingest_snapshot(r->ingest, repos[i].name);
		if (s)
			err = add_known(r, repos[i].name, s->settings->known_as, e);
		snapshot_unref(s);
	}
	if (!err && r->known_count)
		qsort(r->known, r->known_count, sizeof *r->known, known_cmp);
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
};

static void add(struct search *x, struct str repo)
{
	struct resolution *f = x->found;
	for (size_t i = 0; i < f->count; i++)
		if (str_eq(f->repos[i], repo))
			return;
	if (f->count < RESOLVED_MAX)
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
	const struct resolver *r = x->r;
	size_t low = 0, high = r->known_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (address_cmp(&r->known[middle].address, p) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < r->known_count && address_cmp(&r->known[low].address, p) == 0; low++)
		add(x, r->known[low].repo);
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
	struct search x = { r, a, from, ret };
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
