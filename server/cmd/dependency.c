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

/* Whether one of the first `count` dependencies has this file written into charts/. */
static bool is_wanted(const struct dependency_found *found, size_t count, struct str file)
{
	for (size_t i = 0; i < count; i++)
		if (file.n && str_eq(found[i].file, file))
			return true;
	return false;
}

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
		else if (is_wanted(found, i, found[i].file))
			found[i].file = STR("");     /* another alias has it written */
	}
	return err;
}

/* ---- what will be there ---- */

static struct str file_of(struct str path) { return str_from(path, sizeof "charts/" - 1); }

/* Whether a dependency means this chart of charts/. */
static bool is_in_place(const struct dependency_update *u, const struct dependency_found *found,
                        const struct chart *c)
{
	const struct chart_meta *m = &u->chart.meta;
	for (size_t i = 0; i < m->dependency_count; i++) {
		const struct chart_dependency *d = &m->dependencies[i];
		if (found[i].own == c || (!d->repository.n && str_eq(d->name, c->meta.name)))
			return true;
	}
	return false;
}

/* Archives that nothing asks for any more go, as with Helm: an old version beside the new one
 * would make two charts of one name. Folders stay.                                           */
static bool stays(const struct dependency_update *u, const struct dependency_found *found,
                  const struct chart *c)
{
	return !str_ends(c->path, STR(".tgz")) || is_in_place(u, found, c) ||
	       is_wanted(found, u->chart.meta.dependency_count, file_of(c->path));
}

/* A package has one folder for all charts of a name, so a chart that is written has to be the only one. */
static enum err check_alone(const struct dependency_update *u, const struct dependency_found *found,
                            size_t place)
{
	const struct chart_dependency *all = u->chart.meta.dependencies, *d = &all[place];
	const struct dependency_found *f = &found[place];
	for (size_t i = 0; f->file.n && i < place; i++)
		if (found[i].file.n && str_eq(all[i].name, d->name))
			return ERR(u->e, METADATA, "a package cannot have both its versions %.*s and %.*s; write ranges "
			           "that admit the same one", STR_ARG(found[i].version), STR_ARG(f->version));
	for (size_t i = 0; f->file.n && i < u->chart.subchart_count; i++) {
		const struct chart *c = &u->chart.subcharts[i];
		if (str_eq(c->meta.name, d->name) && stays(u, found, c) && !str_eq(file_of(c->path), f->file))
			return ERR(u->e, METADATA, "%.*s would stand in charts/ beside %.*s; remove %.*s first",
			           STR_ARG(f->file), STR_ARG(c->path), STR_ARG(c->path));
	}
	return OK;
}

/* Whether this file will be as it is now. */
static bool is_kept(const struct dependency_update *u, const struct dependency_found *found,
                    struct str lock, struct str name)
{
	if (str_eq_c(name, lock_file_name(&u->chart.meta)))
		return !lock.n;
	if (!str_starts(name, STR("charts/")))
		return true;
	for (size_t i = 0; i < u->chart.subchart_count; i++)
		if (str_eq(u->chart.subcharts[i].path, name))
			return stays(u, found, &u->chart.subcharts[i]) &&
			       !is_wanted(found, u->chart.meta.dependency_count, file_of(name));
	return true;
}

/* Packages what will be there. */
static enum err check_package(const struct dependency_update *u, const struct dependency_found *found,
                              struct str lock)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct chart_meta *m = &u->chart.meta;
	struct package_file *files = arena_array(&a, u->dir.count + m->dependency_count + 1, sizeof *files);
	struct package made;
	size_t n = 0;
	if (!files)
		return ERR(u->e, NOMEM, "list of files");
	for (size_t i = 0; i < u->dir.count; i++)
		if (is_kept(u, found, lock, u->dir.files[i].name))
			files[n++] = u->dir.files[i];
	for (size_t i = 0; i < m->dependency_count; i++) {
		const char *name = arena_printf(&a, "charts/%.*s", STR_ARG(found[i].file));
		if (!name)
			return ERR(u->e, NOMEM, "path");
		if (found[i].file.n)
			files[n++] = (struct package_file){ str_c(name), found[i].tgz, found[i].mtime_seconds };
	}
	if (lock.n)
		files[n++] = (struct package_file){ str_c(lock_file_name(m)), lock, 0 };
	enum err err = package_build(&a, files, n, u->options, &made, u->e);
	if (!err)
		free(made.tgz);
	return err;
}

static enum err check(const struct dependency_update *u, const struct dependency_found *found,
                      struct str lock)
{
	enum err err = OK;
	for (size_t i = 0; !err && i < u->chart.meta.dependency_count; i++) {
		err = check_alone(u, found, i);
		if (err)
			err_prefix(u->e, "dependency %.*s", STR_ARG(u->chart.meta.dependencies[i].name));
	}
	return err ? err : check_package(u, found, lock);
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

/* Which files those are, was read before. */
static enum err remove_outdated(const struct dependency_update *u,
                                const struct dependency_found *found)
{
	for (size_t i = 0; i < u->chart.subchart_count; i++) {
		const struct chart *c = &u->chart.subcharts[i];
		if (stays(u, found, c))
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

/* Empty where the one that is there says the same. */
static enum err put_lock(struct sbuf *b, const struct dependency_update *u,
                         const struct dependency_found *found, int64_t now_ns)
{
	const struct chart_meta *m = &u->chart.meta;
	char digest[LOCK_DIGEST_BYTES + 1], generated[RFC3339_MAX_BYTES];
	struct chart_lock_entry *locked = arena_array(u->arena, m->dependency_count, sizeof *locked);
	if (!locked)
		return ERR(u->e, NOMEM, "list of dependencies");
	for (size_t i = 0; i < m->dependency_count; i++)
		locked[i] = (struct chart_lock_entry){ m->dependencies[i].name, found[i].version,
			                               m->dependencies[i].repository };
	enum err err = lock_digest(m, locked, m->dependency_count, digest, u->e);
	if (err || str_eq_c(u->chart.lock_digest, digest))
		return err;
	size_t n = clock_format(now_ns, generated);
	lock_write(b, locked, m->dependency_count, digest, str_make(generated, n));
	return sbuf_ok(b) ? OK : ERR(u->e, NOMEM, "%s", lock_file_name(m));
}

static enum err write_lock(const struct dependency_update *u, struct str lock)
{
	const char *path = arena_printf(u->arena, "%s/%s", u->path, lock_file_name(&u->chart.meta));
	if (!path)
		return ERR(u->e, NOMEM, "path");
	return lock.n ? output_write(path, lock, u->e) : OK;
}

static enum err update(struct dependency_update *u)
{
	const struct chart_meta *m = &u->chart.meta;
	AUTO_SBUF struct sbuf lock = sbuf_make(CHART_FILE_MAX_BYTES);
	struct dependency_found *found = arena_array(u->arena, m->dependency_count, sizeof *found);
	int64_t now_ns;
	if (!found)
		return ERR(u->e, NOMEM, "list of dependencies");
	enum err err = source_date_or_now(&now_ns, u->e);
	if (!err)
		err = find_all(u, found);
	if (!err)
		err = put_lock(&lock, u, found, now_ns);
	if (!err)
		err = check(u, found, sbuf_str(&lock));
	if (!err)
		err = write_charts(u, found);
	return err ? err : write_lock(u, sbuf_str(&lock));
}

enum err dependency_update(const char *path, const struct package_options *o, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct dependency_update u = { .arena = &a, .path = path, .options = o, .e = e };
	enum err err = chart_dir_read(&a, path, &u.dir, e);
	if (!err)
		err = package_load(&a, u.dir.files, u.dir.count, &u.chart, e);
	if (!err && u.chart.meta.dependency_count)
		err = update(&u);
	fetch_free(u.fetch);
	return err;
}
