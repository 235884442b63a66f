/* The table of files, and the rounds over it. */
#include "indexer/backup/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "indexer/backup/copy_one.h"
#include "indexer/base/auto.h"
#include "indexer/ingest/lineage.h"

static uint32_t bucket_of(struct str repo, struct str name)
{
	return (uint32_t)(str_hash(name, str_hash(repo, STR_HASH_START)) % COPY_BUCKETS);
}

static struct copy_file *find(const struct copying *c, struct str repo, struct str name)
{
	struct copy_file *f = c->bucket[bucket_of(repo, name)];
	while (f && !(str_eq(f->repo, repo) && str_eq(f->name, name)))
		f = f->next;
	return f;
}

void copy_init(struct copying *c)
{
	c->last = &c->first;
	c->open.from = c->open.to = c->open.previous = -1;
}

void copy_done(struct copying *c)
{
	copy_close_folders(c);
	arena_done(&c->arena);
}

/* ---- what the catalog has ---- */

static struct copy_file *add(struct copying *c, struct str repo, struct str name)
{
	struct copy_file *f = ARENA_NEW(&c->arena, struct copy_file);
	if (!f || !arena_str(&c->arena, repo, &f->repo) || !arena_str(&c->arena, name, &f->name))
		return NULL;
	uint32_t b = bucket_of(repo, name);
	f->next = c->bucket[b];
	c->bucket[b] = f;
	*c->last = f;
	c->last = &f->following;
	return f;
}

static enum err note(struct copying *c, struct str repo, struct str name,
                     const struct sha256 *digest, uint64_t event, struct errinfo *e)
{
	struct copy_file *f = find(c, repo, name);
	if (!f && !(f = add(c, repo, name)))
		return ERR(e, NOMEM, "list of files");
	if (f->round && !sha256_eq(&f->digest, digest)) {    /* replaced since an earlier round */
		f->state = COPY_WAITS;
		f->tries = 0;
	}
	f->digest = *digest;
	f->event = event;
	f->round = c->round;
	return OK;
}

struct noting { struct copying *c; struct str repo; bool is_as_before; };

static enum err note_version(void *ctx, const struct version_row *row, struct errinfo *e)
{
	const struct noting *n = ctx;
	AUTO_ARENA struct arena a = { 0 };
	if (row->state == VERSION_DELETED)
		return OK;
	n->c->live++;
	uint64_t event = n->is_as_before ? row->shown_from : 0;
	enum err err = row->absent ? OK : note(n->c, n->repo, row->file, &row->digest, event, e);
	if (err || !row->has_prov)
		return err;
	const char *prov = arena_printf(&a, "%.*s.prov", STR_ARG(row->file));
	return prov ? note(n->c, n->repo, str_c(prov), &row->prov_digest, 0, e)
	            : ERR(e, NOMEM, "list of files");
}

/* The folder of this name in the earlier backup is this repository's, and not one's that was renamed or
 * deleted since.                                                                              */
static bool is_as_before(const struct copying *c, const struct lineage *l, struct str repo)
{
	struct str then;
	uint64_t from;
	return c->previous && lineage_name_at(l, repo, c->previous_events, &then, &from) && str_eq(then, repo);
}

enum err copy_gather(struct copying *c, struct catalog *catalog, struct errinfo *e)
{
	struct lineage lineage = { .last = NULL };
	c->round++;
	c->live = 0;
	enum err err = catalog_repos(catalog, &c->arena, &c->repos, &c->repo_count, e);
	if (!err && c->previous)
		err = lineage_read(catalog, &lineage, e);
	for (size_t i = 0; i < c->repo_count && !err; i++) {
		struct noting n = { c, c->repos[i].name, is_as_before(c, &lineage, c->repos[i].name) };
		err = copy_open_folders(c, n.repo, e);       /* also of one without charts */
		if (!err)
			err = catalog_versions_each(catalog, c->repos[i].id, note_version, &n, e);
	}
	lineage_done(&lineage);
	return err;
}

/* ---- bringing them ---- */

static enum err bring(struct copying *c, struct copy_file *f, struct errinfo *e)
{
	struct errinfo why = { 0 };
	enum err err = copy_open_folders(c, f->repo, e);
	if (!err)
		err = copy_one(c, f, &why, e);
	if (err != ERR_DAMAGED)
		return err;
	if (++f->tries < COPY_TRIES) {
		c->doubtful++;
		return OK;
	}
	f->state = COPY_BAD;
	f->why = arena_dup(&c->arena, str_c(why.detail));
	return f->why ? OK : ERR(e, NOMEM, "list of files");
}

enum err copy_files(struct copying *c, struct errinfo *e)
{
	enum err err = OK;
	c->doubtful = 0;
	for (struct copy_file *f = c->first; f && !err; f = f->following) {
		if (f->round != c->round || f->state != COPY_WAITS)
			continue;
		err = bring(c, f, e);
		if (!err && f->state == COPY_THERE && c->options->progress)
			c->options->progress(c->options->ctx, 1, f->bytes);
	}
	return err;
}

/* ---- what is no longer wanted ---- */

static enum err remove_unknown(void *ctx, const char *name, struct errinfo *e)
{
	const struct copying *c = ctx;
	const struct copy_file *f = find(c, c->open.repo, str_c(name));
	if (f && f->round == c->round && f->state == COPY_THERE)
		return OK;
	return unlinkat(c->open.to, name, 0) == 0 ? OK : ERR_SYS(e, "remove %s", name);
}

static bool is_known(const struct copying *c, struct str repo)
{
	for (size_t i = 0; i < c->repo_count; i++)
		if (str_eq(c->repos[i].name, repo))
			return true;
	return false;
}

/* Of a repository that was deleted or renamed since an earlier round. */
static enum err remove_folder(const struct copying *c, struct str repo, struct errinfo *e)
{
	AUTO_FD int folder = -1;
	enum err err = datadir_open_repo(c->to, repo, &folder, e);
	if (!err && unlinkat(folder, "charts", AT_REMOVEDIR) != 0)
		err = ERR_SYS(e, "remove the folder of %.*s", STR_ARG(repo));
	return err;
}

static enum err clean_repo(void *ctx, struct str repo, struct errinfo *e)
{
	struct copying *c = ctx;
	copy_close_folders(c);
	enum err err = datadir_open_charts(c->to, repo, false, &c->open.to, e);
	c->open.repo = repo;
	if (!err)
		err = datadir_each_file(c->open.to, remove_unknown, c, e);
	copy_close_folders(c);
	return err || is_known(c, repo) ? err : remove_folder(c, repo, e);
}

/* Of the last round. */
static void report(struct copying *c)
{
	const struct backup_options *o = c->options;
	struct backup_report *r = c->report;
	r->repositories = c->repo_count;
	r->versions = c->live;
	for (const struct copy_file *f = c->first; f; f = f->following) {
		if (f->round != c->round)
			continue;
		bool there = f->state == COPY_THERE;
		r->files += there;
		r->bytes += there ? f->bytes : 0;
		r->problems += !there;
		if (!there && o->problem)
			o->problem(o->ctx, f->repo, f->name, f->why);
	}
}

enum err copy_finish(struct copying *c, struct errinfo *e)
{
	enum err err = datadir_each_repo(c->to, clean_repo, c, e);
	if (!err)
		report(c);
	return err;
}
