/* Walks ChartMuseum's storage: charts where its depth says they are, and everything else told. */
#include "server/cmd/adopt_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/format/name.h"

#define SEGMENTS_MAX 2u
#define OURS ".chartlocker"
#define STATEFILE "index-cache.yaml"

struct walk {
	const struct adoption *a;
	struct adopt_found *found;
};

void adopt_tell(const char *path, const char *why)
{
	LOG(LOG_WARN, "adopt.passed_by", KV("path", path), KV("detail", why));
}

static void odd(struct walk *w, const char *path, const char *why)
{
	w->found->odd++;
	adopt_tell(path, why);
}

/* ---- without a trace ---- */

/* O_NOATIME is for the owner of a file and for root. */
static int open_quietly(const char *path, int flags)
{
	flags |= O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = open(path, flags | O_NOATIME);
	return fd < 0 && errno == EPERM ? open(path, flags) : fd;
}

enum err adopt_open(const char *path, bool directory, int *ret_fd, struct errinfo *e)
{
	struct stat st;
	AUTO_FD int fd = open_quietly(path, directory ? O_DIRECTORY : 0);
	if (fd < 0 && errno == ENOENT)
		return ERR(e, NOT_FOUND, "%s does not exist", path);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return ERR(e, INVALID, "a symbolic link is not followed");
	if (fd < 0 && errno == EACCES)
		return ERR(e, INVALID, "this user may not read it");
	if (fd < 0)
		return ERR_SYS(e, "%s", path);
	if (!directory && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)))
		return ERR(e, INVALID, "not a regular file");
	*ret_fd = fd_take(&fd);
	return OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names { const char **list; size_t count, capacity; };     /* sorted */

static enum err add_name(struct arena *a, struct names *names, const char *name, struct errinfo *e)
{
	const char **list = arena_room(a, names->list, names->count, &names->capacity, sizeof *list);
	const char *copy = arena_dup(a, str_c(name));
	if (!list || !copy)
		return ERR(e, NOMEM, "list of files");
	names->list = list;
	names->list[names->count++] = copy;
	return OK;
}

static enum err read_names(struct arena *a, const char *path, struct names *ret, struct errinfo *e)
{
	int fd = -1;
	enum err err = adopt_open(path, true, &fd, e);
	if (err)
		return err;
	DIR *d = fdopendir(fd);
	if (!d) {
		(void)close(fd);
		return ERR_SYS(e, "%s", path);
	}
	for (struct dirent *entry; !err && (entry = readdir(d));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			err = add_name(a, ret, entry->d_name, e);
	(void)closedir(d);
	if (!err && ret->count)
		qsort(ret->list, ret->count, sizeof *ret->list, by_name);
	return err;
}

static bool is_among(const struct names *names, const char *name)
{
	return names->count &&
	       bsearch(&name, names->list, names->count, sizeof *names->list, by_name) != NULL;
}

/* ---- what a name is ---- */

static enum err add_chart(struct walk *w, struct adopt_tenant *t, const char *path,
                          const char *name, const struct stat *st, bool has_prov,
                          struct errinfo *e)
{
	struct adopt_file *files = arena_room(&w->found->arena, t->files, t->count, &t->capacity,
	                                      sizeof *files);
	if (!files)
		return ERR(e, NOMEM, "list of files");
	t->files = files;
	t->files[t->count++] = (struct adopt_file){
		.path = path, .name = name, .bytes = (uint64_t)st->st_size,
		.changed_ns = clock_of(st->st_mtim), .has_prov = has_prov,
	};
	return OK;
}

/* Why a file that may be a chart is none of this tenant; NULL: it is one. */
static const char *why_odd(struct str name, bool at_depth)
{
	if (!str_ends(name, STR(".tgz")))
		return "no packaged chart";
	if (!at_depth)
		return "a chart at another depth than --depth says; ChartMuseum does not serve it either";
	return chart_file_name_is_safe(name) ? NULL : "no file name that a chart can have";
}

static enum err visit_file(struct walk *w, struct adopt_tenant *t, bool at_depth,
                           const struct names *names, const char *path, const char *name,
                           const struct stat *st, struct errinfo *e)
{
	struct arena *a = &w->found->arena;
	bool prov;
	struct str archive = chart_file_archive(str_c(name), &prov);
	if (prov && at_depth) {
		const char *chart = arena_dup(a, archive);
		if (chart && !is_among(names, chart))
			odd(w, path, "a provenance file without its chart");
		return chart ? OK : ERR(e, NOMEM, "list of files");
	}
	if (!strcmp(name, STATEFILE))
		return OK;
	const char *why = why_odd(str_c(name), at_depth);
	if (why) {
		odd(w, path, why);
		return OK;
	}
	const char *beside = arena_printf(a, "%s.prov", name);
	if (!beside)
		return ERR(e, NOMEM, "list of files");
	return add_chart(w, t, path, name, st, is_among(names, beside), e);
}

/* ---- the walk ---- */

static enum err walk(struct walk *w, const char *path, struct str tenant, unsigned level,
                     struct errinfo *e);

/* A directory that can be no tenant is odd; lost+found is one. */
static enum err visit_directory(struct walk *w, struct str tenant, unsigned level, const char *path,
                                const char *name, struct errinfo *e)
{
	struct errinfo why = { 0 };
	unsigned deepest = w->a->dynamic ? SEGMENTS_MAX : w->a->depth;
	if (level >= deepest) {
		odd(w, path, "a directory below the depth that --depth says");
		return OK;
	}
	const char *inner = arena_printf(&w->found->arena, "%.*s%s%s", STR_ARG(tenant),
	                                 tenant.n ? "/" : "", name);
	if (!inner)
		return ERR(e, NOMEM, "list of files");
	if (repo_old_name_check(str_c(inner), &why)) {
		odd(w, path, why.detail);
		return OK;
	}
	return walk(w, path, str_c(inner), level + 1, e);
}

static enum err visit(struct walk *w, struct adopt_tenant *t, struct str tenant, unsigned level,
                      const struct names *names, const char *directory, const char *name,
                      struct errinfo *e)
{
	struct stat st;
	const char *path = arena_printf(&w->found->arena, "%s/%s", directory, name);
	if (!path)
		return ERR(e, NOMEM, "list of files");
	if (lstat(path, &st) != 0)
		return errno == ENOENT ? OK : ERR_SYS(e, "%s", path);
	if (S_ISDIR(st.st_mode))
		return visit_directory(w, tenant, level, path, name, e);
	bool at_depth = w->a->dynamic || level == w->a->depth;
	if (S_ISREG(st.st_mode))
		return visit_file(w, t, at_depth, names, path, name, &st, e);
	odd(w, path, S_ISLNK(st.st_mode) ? "a symbolic link is not followed" : "not a regular file");
	return OK;
}

static enum err keep_tenant(struct walk *w, const struct adopt_tenant *t, struct errinfo *e)
{
	struct adopt_found *f = w->found;
	if (!t->count)
		return OK;
	struct adopt_tenant *tenants = arena_room(&f->arena, f->tenants, f->count, &f->capacity,
	                                          sizeof *tenants);
	if (!tenants)
		return ERR(e, NOMEM, "list of tenants");
	f->tenants = tenants;
	f->tenants[f->count++] = *t;
	return OK;
}

static enum err walk(struct walk *w, const char *path, struct str tenant, unsigned level,
                     struct errinfo *e)
{
	struct names names = { 0 };
	struct errinfo why = { 0 };
	struct adopt_tenant t = { .path = path, .repo = tenant.n ? tenant : str_c(w->a->default_repo) };
	/* Links are followed where they are named, not where they are found. */
	const char *opened = level ? path : arena_printf(&w->found->arena, "%s/.", path);
	enum err err = opened ? read_names(&w->found->arena, opened, &names, &why) : ERR(&why, NOMEM, "path");
	if (err == ERR_INVALID && level) {           /* lost+found again */
		odd(w, path, why.detail);
		return OK;
	}
	if (err)
		return err_set(e, err, "%s: %s", path, why.detail);
	for (size_t i = 0; !err && i < names.count; i++)
		if (level || strcmp(names.list[i], OURS) != 0)
			err = visit(w, &t, tenant, level, &names, path, names.list[i], e);
	return err ? err : keep_tenant(w, &t, e);
}

enum err adopt_find(const struct adoption *a, struct adopt_found *f, struct errinfo *e)
{
	struct walk w = { a, f };
	*f = (struct adopt_found){ .count = 0 };
	return walk(&w, a->directory, (struct str){ 0 }, 0, e);
}

void adopt_found_done(struct adopt_found *f)
{
	for (size_t i = 0; i < f->count; i++)
		for (size_t j = 0; j < f->tenants[i].count; j++)
			free(f->tenants[i].files[j].own_name);
	arena_done(&f->arena);
}
