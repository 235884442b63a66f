/* Resolving every dependency, then changing charts/ and Chart.lock. */
#include "server/cmd/dependency.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/format/lock.h"
#include "indexer/format/semver.h"
#include "server/cmd/chart_dir.h"
#include "server/cmd/output.h"

/* ---- resolving ---- */

/* It has no repository: it must stand in charts/. The lock repeats the constraint, as Helm's. */
static enum err find_in_place(struct dependency_update *u, const struct chart_dependency *d,
                              const struct semver_range *range, struct dependency_found *ret)
{
	for (size_t i = 0; i < u->chart.subchart_count; i++) {
		const struct chart_meta *m = &u->chart.subcharts[i].meta;
		if (!str_eq(m->name, d->name))
			continue;
		if (!semver_range_admits(range, m->version))
			return ERR(u->e, METADATA, "%.*s has version %.*s, which the constraint \"%.*s\" "
			           "excludes", STR_ARG(u->chart.subcharts[i].path), STR_ARG(m->version),
			           STR_ARG(d->version));
		ret->version = d->version;
		return OK;
	}
	return ERR(u->e, METADATA, "it names no repository and is not in charts/");
}

#define NAMED "names of repositories are Helm's own settings; write the repository's address"

static const struct source {
	const char *prefix;
	enum err (*find)(struct dependency_update *, const struct chart_dependency *,
	                 const struct semver_range *, struct dependency_found *);
	const char *refusal;
} sources[] = {
	{ "file://", dependency_from_directory, NULL },
	{ "http://", dependency_from_repository, NULL },
	{ "https://", dependency_from_repository, NULL },
	{ "oci://", NULL, "charts in OCI registries cannot be fetched; put the archive into charts/" },
	{ "@", NULL, NAMED },
	{ "alias:", NULL, NAMED },
	{ "", NULL, "the repository is no address of file, http or https" },
};

static enum err find(struct dependency_update *u, const struct chart_dependency *d,
                     struct dependency_found *ret)
{
	struct semver_range *range;
	const struct source *s = sources;
	enum err err = semver_range_parse(u->arena, d->version, &range, u->e);
	if (err)
		return err;
	if (!d->repository.n)
		return find_in_place(u, d, range, ret);
	while (!str_starts(d->repository, str_c(s->prefix)))
		s++;
	if (s->refusal)
		return ERR(u->e, METADATA, "%.*s: %s", STR_ARG(d->repository), s->refusal);
	return s->find(u, d, range, ret);
}

static enum err find_all(struct dependency_update *u, struct dependency_found *found)
{
	const struct chart_meta *m = &u->chart.meta;
	enum err err = OK;
	for (size_t i = 0; !err && i < m->dependency_count; i++) {
		err = find(u, &m->dependencies[i], &found[i]);
		if (err)
			err_prefix(u->e, "dependency %.*s", STR_ARG(m->dependencies[i].name));
	}
	return err;
}

/* ---- charts/ ---- */

static enum err write_archive(const struct dependency_update *u, const struct dependency_found *f)
{
	const char *path = arena_printf(u->arena, "%s/charts/%.*s", u->path, STR_ARG(f->file));
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_sec = f->mtime_seconds } };
	if (!path)
		return ERR(u->e, NOMEM, "path");
	enum err err = output_write(path, f->tgz, u->e);
	if (!err && utimensat(AT_FDCWD, path, times, 0) != 0)
		err = ERR_SYS(u->e, "%s: time", path);
	return err;
}

static bool is_wanted(const struct dependency_update *u, const struct dependency_found *found,
                      struct str file)
{
	for (size_t i = 0; i < u->chart.meta.dependency_count; i++)
		if (str_eq(found[i].file, file))
			return true;
	return false;
}

/* Whether a dependency without a repository means this chart. */
static bool is_in_place(const struct dependency_update *u, struct str name)
{
	const struct chart_meta *m = &u->chart.meta;
	for (size_t i = 0; i < m->dependency_count; i++)
		if (!m->dependencies[i].repository.n && str_eq(m->dependencies[i].name, name))
			return true;
	return false;
}

/* Archives that nothing asks for any more go, as with Helm: an old version beside the new one
 * would make two charts of one name. Which files those are, was read before.                 */
static enum err remove_outdated(const struct dependency_update *u,
                                const struct dependency_found *found)
{
	for (size_t i = 0; i < u->chart.subchart_count; i++) {
		const struct chart *c = &u->chart.subcharts[i];
		struct str file = str_from(c->path, sizeof "charts/" - 1);
		if (!str_ends(file, STR(".tgz")) || str_has(file, '/') || is_wanted(u, found, file) ||
		    is_in_place(u, c->meta.name))
			continue;
		const char *path = arena_printf(u->arena, "%s/%.*s", u->path, STR_ARG(c->path));
		if (!path)
			return ERR(u->e, NOMEM, "path");
		if (unlink(path) != 0 && errno != ENOENT)
			return ERR_SYS(u->e, "remove %s", path);
	}
	return OK;
}

static enum err write_charts(const struct dependency_update *u,
                             const struct dependency_found *found)
{
	const char *charts = arena_printf(u->arena, "%s/charts", u->path);
	if (!charts)
		return ERR(u->e, NOMEM, "path");
	if (mkdir(charts, 0755) != 0 && errno != EEXIST)
		return ERR_SYS(u->e, "mkdir %s", charts);
	enum err err = OK;
	for (size_t i = 0; !err && i < u->chart.meta.dependency_count; i++)
		if (found[i].file.n)
			err = write_archive(u, &found[i]);
	return err ? err : remove_outdated(u, found);
}

/* ---- the lock ---- */

static enum err write_lock(const struct dependency_update *u, const struct chart_lock_entry *locked,
                           int64_t now_ns)
{
	const struct chart_meta *m = &u->chart.meta;
	char digest[LOCK_DIGEST_BYTES + 1], generated[RFC3339_MAX_BYTES];
	const char *path = arena_printf(u->arena, "%s/%s", u->path, lock_file_name(m));
	if (!path)
		return ERR(u->e, NOMEM, "path");
	enum err err = lock_digest(m, locked, m->dependency_count, digest, u->e);
	if (err || str_eq_c(u->chart.lock_digest, digest))
		return err;
	AUTO_SBUF struct sbuf b = sbuf_make(CHART_FILE_MAX_BYTES);
	size_t n = clock_format(now_ns, generated);
	lock_write(&b, locked, m->dependency_count, digest, str_make(generated, n));
	return sbuf_ok(&b) ? output_write(path, sbuf_str(&b), u->e) : ERR(u->e, NOMEM, "%s", path);
}

static enum err update(struct dependency_update *u)
{
	const struct chart_meta *m = &u->chart.meta;
	struct dependency_found *found = arena_array(u->arena, m->dependency_count, sizeof *found);
	struct chart_lock_entry *locked = arena_array(u->arena, m->dependency_count, sizeof *locked);
	int64_t now_ns;
	if (!found || !locked)
		return ERR(u->e, NOMEM, "list of dependencies");
	enum err err = source_date_or_now(&now_ns, u->e);
	if (!err)
		err = find_all(u, found);
	for (size_t i = 0; i < m->dependency_count; i++)
		locked[i] = (struct chart_lock_entry){ m->dependencies[i].name, found[i].version,
			                               m->dependencies[i].repository };
	if (!err)
		err = write_charts(u, found);
	return err ? err : write_lock(u, locked, now_ns);
}

enum err dependency_update(const char *path, int64_t seconds, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct dependency_update u = { .arena = &a, .path = path, .seconds = seconds, .e = e };
	enum err err = chart_dir_load(&a, path, &u.chart, e);
	if (!err && u.chart.meta.dependency_count)
		err = update(&u);
	fetch_free(u.fetch);
	return err;
}
