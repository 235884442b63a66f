/* One repository after the other: its files are listed first, because a reader that stays open
 * would keep the log in front of the catalog from being emptied.                             */
#include "indexer/backup/scrub.h"

#include <unistd.h>

#include "indexer/base/digest.h"
#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"

#define SECOND_LOOK_NS (500 * NS_PER_MS)

struct item { struct str file; struct sha256 digest; };

struct scrubbing {
	const struct scrub_options *o;
	struct scrub_report *report;
	int64_t began_ns;
	const struct repo_row *repo;
	int charts;
	struct arena arena;              /* of a repository */
	struct item *items;
	size_t count, capacity;
};

/* ---- what there is ---- */

static enum err add(struct scrubbing *s, struct str file, const char *end,
                    const struct sha256 *digest, struct errinfo *e)
{
	struct item *items = arena_room(&s->arena, s->items, s->count, &s->capacity, sizeof *items);
	const char *name = arena_printf(&s->arena, "%.*s%s", STR_ARG(file), end);
	if (!items || !name)
		return ERR(e, NOMEM, "list of files");
	s->items = items;
	s->items[s->count++] = (struct item){ str_c(name), *digest };
	return OK;
}

static enum err add_version(void *ctx, const struct version_row *row, struct errinfo *e)
{
	if (row->state == VERSION_DELETED)
		return OK;
	enum err err = row->absent ? OK : add(ctx, row->file, "", &row->digest, e);
	return err || !row->has_prov ? err : add(ctx, row->file, ".prov", &row->prov_digest, e);
}

/* Whether the catalog still says so. */
static enum err is_current(const struct scrubbing *s, const struct item *i, bool *ret,
                           struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row;
	bool prov;
	struct str file = chart_file_archive(i->file, &prov);
	enum err err = catalog_version_by_file(s->o->catalog, &a, s->repo->id, file, &row, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	*ret = !err && row.state != VERSION_DELETED && (prov ? row.has_prov : !row.absent) &&
	       sha256_eq(prov ? &row.prov_digest : &row.digest, &i->digest);
	return OK;
}

/* ---- reading it ---- */

static bool pace(void *ctx, uint64_t bytes)
{
	struct scrubbing *s = ctx;
	uint64_t rate = s->o->rate;
	s->report->bytes += bytes;
	if (bytes && s->o->progress)
		s->o->progress(s->o->ctx, 0, bytes);
	double seconds = rate ? (double)s->report->bytes / (double)rate : 0;
	return s->o->sleep_until(s->o->ctx, s->began_ns + (int64_t)(seconds * (double)NS_PER_SECOND));
}

static enum err look(struct scrubbing *s, const struct item *i, struct errinfo *why)
{
	AUTO_FD int fd = -1;
	enum err err = digest_open(s->charts, i->file.p, &fd, NULL, why);
	return err ? err : digest_check(fd, &i->digest, pace, s, why);
}

/* It may be on its way out, or be replaced just now. */
static enum err look_again(struct scrubbing *s, const struct item *i, struct errinfo *why,
                           struct errinfo *e)
{
	bool current;
	if (!s->o->sleep_until(s->o->ctx, clock_monotonic() + SECOND_LOOK_NS))
		return ERR(e, DRAINING, "ended");
	enum err err = is_current(s, i, &current, e);
	if (err || !current)
		return err;
	err = look(s, i, why);
	if (err == ERR_DAMAGED)
		err = is_current(s, i, &current, e);
	else
		return err ? err_set(e, err, "%s", why->detail) : OK;
	if (err || !current)
		return err;
	s->report->problems++;
	s->o->problem(s->o->ctx, s->repo->name, i->file, why->detail);
	return OK;
}

static enum err scrub_file(struct scrubbing *s, const struct item *i, struct errinfo *e)
{
	struct errinfo why = { 0 };
	enum err err = look(s, i, &why);
	if (err == ERR_DAMAGED)
		err = look_again(s, i, &why, e);
	else if (err)
		return err_set(e, err, "%s", why.detail);
	s->report->files++;
	if (!err && s->o->progress)
		s->o->progress(s->o->ctx, 1, 0);
	return err;
}

static enum err scrub_repo(struct scrubbing *s, struct errinfo *e)
{
	s->items = NULL;
	s->count = s->capacity = 0;
	s->charts = -1;
	enum err err = catalog_versions_each(s->o->catalog, s->repo->id, add_version, s, e);
	if (!err)
		err = datadir_open_charts(s->o->dir, s->repo->name, false, &s->charts, e);
	if (err == ERR_NOT_FOUND)            /* without its folder every file is missing */
		err = OK;
	for (size_t i = 0; i < s->count && !err; i++)
		err = scrub_file(s, &s->items[i], e);
	auto_close(&s->charts);
	arena_done(&s->arena);
	return err;
}

enum err scrub(const struct scrub_options *o, struct scrub_report *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct scrubbing s = { .o = o, .report = ret, .began_ns = clock_monotonic() };
	struct repo_row *repos;
	size_t count;
	*ret = (struct scrub_report){ 0 };
	enum err err = catalog_repos(o->catalog, &a, &repos, &count, e);
	for (size_t i = 0; i < count && !err; i++) {
		s.repo = &repos[i];
		err = scrub_repo(&s, e);
	}
	return err;
}
