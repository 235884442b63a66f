/* fsck. Changes may go on meanwhile: a file can have its name before its row is committed, and
 * lose it just after. So what is doubted is looked at twice, and is no problem if the log has
 * something new on it by then or behind it; and of a stray file the writer has the last word.   */
#include "indexer/ingest/fsck.h"

#include <stdlib.h>
#include <time.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/format/name.h"
#include "indexer/ingest/fsck_index.h"
#include "indexer/ingest/fsck_version.h"
#include "indexer/ingest/promotions.h"

#define SECOND_LOOK_NS (500 * NS_PER_MS)

struct fsck {
	struct ingest *g;
	const struct fsck_options *o;
	struct fsck_report *report;
	struct catalog *catalog;         /* a reader */
	struct replay *replay;
	struct repository *repo;
};

const char *fsck_kind_name(enum fsck_kind kind)
{
	static const char *const names[FSCK_KINDS] = {
		"database", "log", "missing", "damaged", "metadata", "orphan", "provenance", "index",
	};
	return names[kind];
}

static void problem(struct fsck *f, enum fsck_kind kind, struct str file, const char *text, bool repaired)
{
	f->report->problems++;
	f->report->repaired += repaired;
	if (f->o->problem)
		f->o->problem(f->o->ctx, kind, f->repo ? str_c(f->repo->name) : (struct str){ 0 }, file,
		              text, repaired);
}

/* ---- names to look at twice ---- */

struct doubt {
	struct str name;
	uint64_t last_event;             /* of the version when it was first looked at; 0: the log has none */
	enum fsck_kind kind;
	const char *why;                 /* NULL: at the second look nothing was wrong */
};

struct names { struct arena a; struct doubt *list; size_t count, capacity; struct fsck *f; };

/* `file` is the archive's name or that of its provenance file. */
static const struct replayed *find_version(const struct fsck *f, struct str file)
{
	return replay_find(f->replay, str_c(f->repo->name), chart_file_archive(file, NULL));
}

static uint64_t last_event(const struct fsck *f, struct str file)
{
	const struct replayed *v = find_version(f, file);
	return v ? v->last_event : 0;
}

static bool is_as_before(const struct fsck *f, const struct doubt *d)
{
	return last_event(f, d->name) == d->last_event;
}

static enum err add_name(struct names *n, struct str name, struct errinfo *e)
{
	struct doubt *list = array_room(n->list, n->count, &n->capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "fsck");
	n->list = list;
	n->list[n->count] = (struct doubt){ .last_event = last_event(n->f, name) };
	return arena_str(&n->a, name, &n->list[n->count++].name) ? OK : ERR(e, NOMEM, "fsck");
}

static void names_done(struct names *n)
{
	free(n->list);
	arena_done(&n->a);
}

static enum err look_again(struct fsck *f, struct errinfo *e)
{
	struct timespec pause = { 0, SECOND_LOOK_NS };
	(void)nanosleep(&pause, NULL);
	replay_done(f->replay);
	return replay_log(f->catalog, f->replay, e);
}

/* ---- repairs go through the writer like every other change ---- */

static enum err apply_repair(struct fsck *f, struct change *c)
{
	c->repo = str_c(f->repo->name);
	c->actor = STR("fsck");
	enum err err = ingest_apply(f->g, c);
	change_done(c);
	return err;
}

static bool repair_version(struct fsck *f, const struct doubt *d)
{
	struct change c;
	if (!f->o->repair || (d->kind != FSCK_MISSING && d->kind != FSCK_DAMAGED))
		return false;
	change_init(&c, CHANGE_DAMAGED);
	c.file = d->name;
	c.quarantine = true;
	return apply_repair(f, &c) == OK;
}

/* Tells a problem unless the writer, between two changes, finds the file to be as its row says. */
static void judge_file(struct fsck *f, enum change_kind change, enum fsck_kind kind,
                       struct str file, const char *text)
{
	struct change c;
	change_init(&c, change);
	c.file = chart_file_archive(file, &c.stray_prov);
	c.dry_run = !f->o->repair;
	enum err err = apply_repair(f, &c);
	if (err != ERR_EXISTS && err != ERR_NOT_FOUND)
		problem(f, kind, file, text, err == OK && f->o->repair);
}

/* ---- versions: what the log says against rows and files ---- */

static enum err judge_prov(struct fsck *f, const struct replayed *v, struct errinfo *e)
{
	char name[PROV_NAME_BYTES];
	enum fsck_prov prov;
	enum err err = fsck_prov(f->repo, v, name, &prov, NULL, e);
	if (!err && prov != PROV_FINE)
		judge_file(f, CHANGE_PROV_LOST, FSCK_PROVENANCE, str_c(name),
		           prov == PROV_OTHER ? "the provenance file has other bytes"
		                              : "the provenance file is missing or cannot be read");
	return err;
}

static enum err check_version(struct fsck *f, const struct replayed *v, bool *ret_fine,
                              struct errinfo *e)
{
	char name[PROV_NAME_BYTES];
	uint64_t bytes = 0, prov_bytes = 0;
	struct finding found;
	enum fsck_prov prov = PROV_FINE;
	enum err err = fsck_version(f->g, f->catalog, f->repo, v, &found, &bytes, e);
	if (!err)
		err = fsck_prov(f->repo, v, name, &prov, &prov_bytes, e);
	if (err)
		return err;
	*ret_fine = found.kind == FSCK_KINDS && prov == PROV_FINE;
	uint64_t files = (bytes ? 1u : 0u) + (prov_bytes ? 1u : 0u);
	f->report->files += files;
	f->report->bytes += bytes + prov_bytes;
	if (files && f->o->progress)
		f->o->progress(f->o->ctx, files, bytes + prov_bytes);
	return OK;
}

/* The second look at a version. */
static enum err judge_version(struct fsck *f, struct arena *a, struct doubt *d, struct errinfo *e)
{
	struct finding found;
	const struct replayed *v = find_version(f, d->name);
	if (!v || !is_as_before(f, d))
		return OK;
	enum err err = fsck_version(f->g, f->catalog, f->repo, v, &found, NULL, e);
	if (err || found.kind == FSCK_KINDS)
		return err ? err : judge_prov(f, v, e);
	d->kind = found.kind;
	d->why = arena_printf(a, "%s", found.why);
	return d->why ? OK : ERR(e, NOMEM, "fsck");
}

/* A version that looks wrong may have been deleted or replaced since the log was read. So may one at the second
 * look: the log is read once more, and nothing was wrong with what it has something new of.                  */
static enum err judge_versions(struct fsck *f, struct names *n, struct errinfo *e)
{
	bool wrong = false;
	if (!n->count)
		return OK;
	enum err err = look_again(f, e);
	for (struct doubt *d = n->list; d < n->list + n->count && !err; d++) {
		err = judge_version(f, &n->a, d, e);
		wrong |= d->why != NULL;
	}
	if (wrong && !err)
		err = look_again(f, e);
	for (struct doubt *d = n->list; d < n->list + n->count && !err; d++)
		if (d->why && is_as_before(f, d))
			problem(f, d->kind, d->name, d->why, repair_version(f, d));
	return err;
}

static enum err check_versions(struct fsck *f, struct errinfo *e)
{
	struct names doubts = { .f = f };
	enum err err = OK;
	for (const struct replayed *v = f->replay->first; v && !err; v = v->following) {
		bool fine;
		if (!v->live || !str_eq_c(v->repo, f->repo->name))
			continue;
		f->report->versions++;
		err = check_version(f, v, &fine, e);
		if (!err && !fine)
			err = add_name(&doubts, v->file, e);
	}
	if (!err)
		err = judge_versions(f, &doubts, e);
	names_done(&doubts);
	return err;
}

/* ---- rows that the log does not know ---- */

static bool is_live(const struct fsck *f, struct str file)
{
	const struct replayed *v = find_version(f, file);
	return v && v->live;
}

static enum err note_row(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct names *n = ctx;
	return row->state == VERSION_DELETED || is_live(n->f, row->file) ? OK : add_name(n, row->file, e);
}

static enum err check_rows(struct fsck *f, struct errinfo *e)
{
	struct names n = { .f = f };
	enum err err = catalog_versions_each(f->catalog, f->repo->id, note_row, &n, e);
	if (!err && n.count)
		err = look_again(f, e);
	for (size_t i = 0; i < n.count && !err; i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct version_row row = { .state = VERSION_DELETED };
		err = catalog_version_by_file(f->catalog, &a, f->repo->id, n.list[i].name, &row, e);
		err = err == ERR_NOT_FOUND ? OK : err;
		if (!err && row.state != VERSION_DELETED && !is_live(f, row.file) &&
		    is_as_before(f, &n.list[i]))
			problem(f, FSCK_LOG, row.file,
			        "the log has no such version; chartlocker rebuild takes it out", false);
	}
	names_done(&n);
	return err;
}

/* ---- files that the log does not know ---- */

static bool is_known(const struct fsck *f, struct str name)
{
	const struct replayed *v = find_version(f, name);
	return v && v->live && (v->has_prov || !str_ends(name, STR(".prov")));
}

static enum err note_unknown(void *ctx, const char *name, struct errinfo *e)
{
	struct names *n = ctx;
	struct str file = str_c(name);
	if (!chart_file_name_is_known(file) || is_known(n->f, file))
		return OK;
	return add_name(n, file, e);
}

static enum err check_orphans(struct fsck *f, struct errinfo *e)
{
	struct names n = { .f = f };
	enum err err = datadir_each_file(f->repo->charts_fd, note_unknown, &n, e);
	if (!err && n.count)
		err = look_again(f, e);
	for (size_t i = 0; i < n.count && !err; i++)
		if (!is_known(f, n.list[i].name) && is_as_before(f, &n.list[i]))
			judge_file(f, CHANGE_STRAY, FSCK_ORPHAN, n.list[i].name,
			           "the log does not know this file");
	names_done(&n);
	return err;
}

/* ---- the served index against the rows ---- */

static enum err check_index(struct fsck *f, struct errinfo *e)
{
	const char *wrong = NULL;
	bool repaired = false;
	enum err err = fsck_index(f->g, f->catalog, f->repo, f->o->repair, &wrong, &repaired, e);
	if (!err && wrong)
		problem(f, FSCK_INDEX, STR("index.yaml"), wrong, repaired);
	return err;
}

/* ---- what repositories are set to, and what was let into them ---- */

static enum err check_repo(struct fsck *f, const struct promotions *said, const struct repo_row *row,
                           struct errinfo *e)
{
	bool set = true, promoted = true;
	enum err err = replay_agrees_on_settings(f->catalog, row, &set, e);
	f->repo = repository_find(f->g, row->name);
	if (!err && f->repo && repository_kind(f->repo) == REPO_VIRTUAL)     /* of others they mean nothing */
		err = promotions_agree(said, f->catalog, row, &promoted, e);
	if (!err && !set)
		problem(f, FSCK_LOG, STR("settings"), "the repository's settings are not what the log says; "
		        "chartlocker rebuild makes them again", false);
	if (!err && !promoted)
		problem(f, FSCK_LOG, STR("promotions"), "what was promoted is not what the log says; "
		        "chartlocker rebuild makes it again", false);
	return err;
}

static enum err check_repos(struct fsck *f, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct promotions *said = NULL;
	struct repo_row *rows;
	size_t count = 0;
	enum err err = catalog_read_begin(f->catalog, e);
	if (!err)
		err = promotions_read(f->catalog, &a, &said, e);
	if (!err)
		err = catalog_repos(f->catalog, &a, &rows, &count, e);
	for (size_t i = 0; i < count && !err; i++)
		err = check_repo(f, said, &rows[i], e);
	catalog_rollback(f->catalog);
	f->repo = NULL;
	return err;
}

/* ---- everything ---- */

static enum err check_database(struct fsck *f, struct errinfo *e)
{
	struct errinfo why = { 0 }, said;
	enum err err = catalog_check(f->catalog, &why);
	if (err == ERR_CORRUPT && err_set(&said, err, "%s; " CATALOG_AGAIN, why.detail))
		problem(f, FSCK_DATABASE, STR("catalog.db"), said.detail, false);
	else if (err)
		return err_set(e, err, "%s", why.detail);
	err = catalog_log_verify(f->catalog, &f->report->events, &f->report->root, &why);
	if (err == ERR_CORRUPT)
		problem(f, FSCK_DATABASE, STR("catalog.db"), why.detail, false);
	else if (err)
		return err_set(e, err, "%s", why.detail);
	return replay_log(f->catalog, f->replay, e);
}

/* A folder whose repository has no row, though the log knows it. */
static enum err check_lost(void *ctx, struct str repo, struct errinfo *e)
{
	struct fsck *f = ctx;
	bool lost;
	enum err err = repository_is_lost(f->g, f->catalog, repo, &lost, e);
	if (!err && lost)
		problem(f, FSCK_LOG, repo, "the repository has no row; chartlocker rebuild makes it again",
		        false);
	return err;
}

enum err ingest_fsck(struct ingest *g, const struct fsck_options *o, struct fsck_report *ret,
                     struct errinfo *e)
{
	struct reader *reader;
	struct fsck f = { .g = g, .o = o, .report = ret };
	*ret = (struct fsck_report){ 0 };
	f.replay = calloc(1, sizeof *f.replay);
	enum err err = f.replay ? catalog_in_place(g->catalog, e) : ERR(e, NOMEM, "fsck");
	if (err || (err = reader_take(g, &reader, e))) {
		free(f.replay);
		return err;
	}
	f.catalog = reader->catalog;
	err = check_database(&f, e);
	if (!err)
		err = check_repos(&f, e);
	for (f.repo = atomic_load(&g->repositories); f.repo && !err; f.repo = f.repo->next) {
		if (!repository_is_shown(f.repo) || !repository_enter(f.repo))
			continue;
		ret->repositories++;
		err = check_versions(&f, e);
		if (!err)
			err = check_rows(&f, e);
		if (!err)
			err = check_orphans(&f, e);
		if (!err)
			err = check_index(&f, e);
		repository_leave(f.repo);
	}
	if (!err)
		err = datadir_each_repo(g->dir, check_lost, &f, e);
	replay_done(f.replay);
	free(f.replay);
	reader_give(g, reader);
	return err;
}
