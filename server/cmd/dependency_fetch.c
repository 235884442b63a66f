/* Where the charts come from: file:// beside this chart, http(s):// from a repository. */
#include "server/cmd/dependency.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/fetch/url.h"
#include "indexer/format/semver.h"
#include "server/cmd/authorization.h"
#include "server/cmd/chart_dir.h"

/* ---- a directory ---- */

/* The chart in charts/ that stands at `path`, by whatever name; NULL: none. */
static enum err find_own(struct dependency_update *u, const char *path, const struct chart **ret)
{
	struct stat there, own;
	bool exists = stat(path, &there) == 0;
	*ret = NULL;
	for (size_t i = 0; exists && !*ret && i < u->chart.subchart_count; i++) {
		const struct chart *c = &u->chart.subcharts[i];
		const char *name = arena_printf(u->arena, "%s/%.*s", u->path, STR_ARG(c->path));
		if (!name)
			return ERR(u->e, NOMEM, "path");
		if (stat(name, &own) == 0 && fs_is_same(&own, &there))
			*ret = c;
	}
	return OK;
}

static enum err package_directory(struct dependency_update *u, const char *path,
                                  struct dependency_found *ret, struct chart_meta *ret_meta)
{
	AUTO_FREE char *real = realpath(path, NULL);
	struct chart_dir dir;
	struct package package;
	struct package_options o = {
		.mtime_seconds = u->options->mtime_seconds,
		.missing_hint = arena_printf(u->arena, "; first: chartlocker package -u %s", real ? real : path),
	};
	enum err err = chart_dir_read(u->arena, path, &dir, u->e);
	if (!err)
		err = package_build(u->arena, dir.files, dir.count, &o, &package, u->e);
	if (err)
		return err;
	bool kept = arena_str(u->arena, str_make(package.tgz, package.bytes), &ret->tgz);
	free(package.tgz);
	if (!kept)
		return ERR(u->e, NOMEM, "archive");
	ret->file = package.file_name;
	ret->mtime_seconds = o.mtime_seconds >= 0 ? o.mtime_seconds : dir.newest_seconds;
	*ret_meta = package.chart.meta;
	return OK;
}

static enum err take_directory(struct dependency_update *u, const char *path,
                               const struct chart_dependency *d, const struct semver_range *range,
                               struct dependency_found *ret)
{
	struct chart_meta m;
	enum err err = find_own(u, path, &ret->own);
	if (!err && ret->own)
		m = ret->own->meta;
	else if (!err)
		err = package_directory(u, path, ret, &m);
	if (err)
		return err;
	ret->version = m.version;
	if (!str_eq(m.name, d->name))
		return ERR(u->e, METADATA, "the chart there is called %.*s", STR_ARG(m.name));
	if (!semver_range_admits(range, m.version))
		return ERR(u->e, METADATA, "it has version %.*s, which the constraint excludes",
		           STR_ARG(m.version));
	return OK;
}

enum err dependency_from_directory(struct dependency_update *u, const struct chart_dependency *d,
                                   const struct semver_range *range, struct dependency_found *ret)
{
	struct str place = str_from(d->repository, sizeof "file://" - 1);
	const char *path = str_starts(place, STR("/"))
	                 ? arena_dup(u->arena, place)
	                 : arena_printf(u->arena, "%s/%.*s", u->path, STR_ARG(place));
	if (!path)
		return ERR(u->e, NOMEM, "path");
	enum err err = take_directory(u, path, d, range, ret);
	if (err)
		err_prefix(u->e, "%.*s", STR_ARG(d->repository));
	return err;
}

/* ---- a repository ---- */

static enum err check_redirect(const char *url, struct str location, struct errinfo *e)
{
	if (!location.n)
		return ERR(e, UPSTREAM, "%s redirects to nowhere", url);
	if (str_starts(str_c(url), STR("https://")) && !str_starts(location, STR("https://")))
		return ERR(e, UPSTREAM, "%s redirects to an address without encryption", url);
	return OK;
}

static enum err get(struct dependency_update *u, const char *url, size_t limit, struct str *ret)
{
	struct fetch_response answer;
	for (unsigned i = 0; i <= FETCH_REDIRECTS_MAX; i++) {
		struct fetch_request q = { .method = "GET", .url = url, .response_max_bytes = limit,
		                           .timeout_seconds = FETCH_ANSWER_SECONDS };
		enum err err = authorization_kept(u->arena, url, &q.headers[0], u->e);
		q.header_count = q.headers[0] != NULL;
		if (!err)
			err = fetch_do(u->fetch, u->arena, &q, &answer, u->e);
		if (err)
			return err;
		if (answer.status < 300 || answer.status > 399)
			break;
		err = check_redirect(url, answer.location, u->e);
		if (err)
			return err;
		url = arena_dup(u->arena, answer.location);
		if (!url)
			return ERR(u->e, NOMEM, "address");
	}
	if (answer.status == 401 || answer.status == 403 || answer.status == 404)
		return ERR(u->e, UPSTREAM, "%s: the server answered %d; if it is private, sign in there with "
		           "chartlocker login", url, answer.status);
	if (answer.status != 200)
		return ERR(u->e, UPSTREAM, "%s: the server answered %d", url, answer.status);
	*ret = answer.body;
	return OK;
}

enum err dependency_read_index(struct dependency_update *u, struct str repository,
                               const struct index_file **ret)
{
	for (struct dependency_index *i = u->indexes; i; i = i->next)
		if (str_eq(i->url, repository)) {
			*ret = &i->file;
			return OK;
		}
	struct dependency_index *index = ARENA_NEW(u->arena, struct dependency_index);
	const char *base = arena_dup(u->arena, repository), *url;
	struct str text;
	if (!index || !base)
		return ERR(u->e, NOMEM, "index");
	enum err err = u->fetch ? OK : fetch_new(&u->fetch, u->e);
	if (!err)
		err = url_join(u->arena, base, "index.yaml", &url, u->e);
	if (!err)
		err = get(u, url, FETCH_INDEX_MAX_BYTES, &text);
	if (!err)
		err = index_read(u->arena, text, url, &index->file, u->e);
	if (err)
		return err;
	index->url = repository;
	index->next = u->indexes;
	u->indexes = index;
	*ret = &index->file;
	return OK;
}

/* The newest version that can be downloaded and satisfies the constraint. */
static const struct index_entry *choose(const struct index_file *index, struct str name,
                                        const struct semver_range *range)
{
	for (size_t i = 0; i < index->count; i++) {
		const struct index_chart *c = &index->charts[i];
		for (size_t j = 0; str_eq(c->name, name) && j < c->count; j++)
			if (c->versions[j].url_count && semver_range_admits(range, c->versions[j].meta.version))
				return &c->versions[j];
	}
	return NULL;
}

static enum err check_digest(struct str promised, struct str tgz, struct errinfo *e)
{
	struct sha256 wanted, got;
	char hex[SHA256_HEX_BYTES + 1];
	if (!promised.n)
		return OK;
	if (str_starts(promised, STR("sha256:")))
		promised = str_from(promised, sizeof "sha256:" - 1);
	enum err err = sha256_of(tgz, &got, e);
	if (err)
		return err;
	sha256_hex(&got, hex);
	if (!sha256_parse(promised, &wanted) || !sha256_eq(&wanted, &got))
		return ERR(e, DIGEST, "the index promises sha256:%.*s, what came has sha256:%s",
		           STR_ARG(promised), hex);
	return OK;
}

/* The archive must be what the index says it is; its name in charts/ is its own. */
static enum err check_archive(struct dependency_update *u, const struct index_entry *entry,
                              struct dependency_found *to)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct chart_scratch kept = { 0 };
	struct chart chart;
	enum err err = chart_read(&scratch, &kept, to->tgz, &chart, u->e);
	if (!err && (!str_eq(chart.meta.name, entry->meta.name) ||
	             !str_eq(chart.meta.version, entry->meta.version)))
		err = ERR(u->e, METADATA, "the archive holds %.*s %.*s", STR_ARG(chart.meta.name),
		          STR_ARG(chart.meta.version));
	if (!err)
		err = chart_file_name(u->arena, &chart.meta, &to->file, u->e);
	chart_scratch_done(&kept);
	return err;
}

static enum err download(struct dependency_update *u, struct str repository,
                         const struct index_entry *entry, struct dependency_found *ret)
{
	const char *base = arena_dup(u->arena, repository), *ref = arena_dup(u->arena, entry->urls[0]);
	const char *url;
	int64_t created;
	if (!base || !ref)
		return ERR(u->e, NOMEM, "address");
	enum err err = url_join(u->arena, base, ref, &url, u->e);
	if (!err)
		err = get(u, url, CHART_UNPACKED_MAX_BYTES, &ret->tgz);
	if (err)
		return err;
	err = check_digest(entry->digest, ret->tgz, u->e);
	if (!err)
		err = check_archive(u, entry, ret);
	if (err)
		err_prefix(u->e, "%s", url);
	ret->version = entry->meta.version;
	ret->mtime_seconds = u->options->mtime_seconds >= 0 ? u->options->mtime_seconds
	                   : clock_parse(entry->created, &created) ? created / NS_PER_SECOND : 0;
	return err;
}

enum err dependency_from_repository(struct dependency_update *u, const struct chart_dependency *d,
                                    const struct semver_range *range, struct dependency_found *ret)
{
	const struct index_file *index;
	enum err err = dependency_read_index(u, d->repository, &index);
	if (err)
		return err;
	const struct index_entry *entry = choose(index, d->name, range);
	if (!entry)
		return ERR(u->e, NOT_FOUND, "%.*s has no version of it that satisfies \"%.*s\"",
		           STR_ARG(d->repository), STR_ARG(d->version));
	return download(u, d->repository, entry, ret);
}
