/* Deletions keep the files for a while, and within that time a version can come back.
 *
 * What comes back goes the way of an upload: judged again, linked, synced, committed. The kept copy
 * goes after the commit; what a crash leaves of it is swept when its time is over.            */
#include <errno.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/ingest/batch.h"
#include "indexer/ingest/lineage.h"

/* ---- going ---- */

enum err end_deleted_file(struct ingest *g, struct repository *r, const char *file, uint64_t event,
                          bool keep, struct errinfo *e)
{
	bool full = atomic_load(&g->storage) == ERR_DISK_FULL;   /* then deleting is to make room */
	if (keep && !full && !g->options.names_return)
		return datadir_keep(g->dir, r->charts_fd, str_c(r->name), file, event, e);
	if (unlinkat(r->charts_fd, file, 0) == 0 || errno == ENOENT)
		return OK;
	return errno == EISDIR ? datadir_put_away(g->dir, r->charts_fd, file, str_c(r->name), "orphan", e)
	                       : ERR_SYS(e, "remove %s", file);
}

enum err leave_behind(struct ingest *g, struct str repo, const char *file, enum err err, struct errinfo *e)
{
	if (err != ERR_READ_ONLY && err != ERR_DISK_FULL)
		return err;
	atomic_store(&g->left_behind, true);
	LOG(LOG_ERROR, "ingest.left_behind", KV("repo", repo), KV("file", file), KV("detail", (const char *)e->detail),
	    KV("advice", err == ERR_DISK_FULL ? "it is in nobody's way; free some space, and the next start takes it away"
	                 : "it is in nobody's way; give its directory and it to the user of this program, and the next "
	                   "start takes it away"));
	*e = (struct errinfo){ 0 };
	return OK;
}

/* ---- coming back: the worker's part ---- */

enum err undelete_damaged(struct change *c)
{
	return ERR(&c->error, DAMAGED, "what was kept of %.*s is damaged; publish it again",
	           STR_ARG(c->file));
}

/* There may be none. */
static enum err read_prov(struct ingest *g, struct change *c, const char *file)
{
	AUTO_FD int fd = -1;
	AUTO_FREE char *text = NULL;
	size_t bytes = 0;
	char name[PROV_NAME_BYTES];
	prov_file_name(str_c(file), name);
	enum err err = datadir_kept_open(g->dir, name, c->kept_event, &fd, &c->error);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	err = fs_read_fd(fd, PROVENANCE_MAX_BYTES, &text, &bytes, &c->error);
	if (!err && !arena_str(&c->arena, str_make(text, bytes), &c->prov))
		err = ERR(&c->error, NOMEM, "provenance file");
	return err;
}

enum err undelete_open(struct ingest *g, struct change *c)
{
	struct version_row row;
	const struct repository *r = repository_find(g, c->repo);
	if (!r)
		return OK;
	enum err err = reader_row(g, r, &c->arena, c->file, &row, &c->error);
	if (err == ERR_NOT_FOUND || (!err && (row.state != VERSION_DELETED || row.purged)))
		return OK;
	if (err)
		return err;
	c->kept_event = row.deleted_event;
	c->created_ns = row.created_ns;
	err = datadir_kept_open(g->dir, row.file.p, row.deleted_event, &c->tgz.fd, &c->error);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	c->link_source = true;
	c->link = LINK_ALWAYS;
	c->expect_file = row.file;
	c->has_received = true;
	c->received = row.digest;
	return read_prov(g, c, row.file.p);
}

/* ---- the writer's part ---- */

static enum err undelete_verdict(struct change *c, const struct version_row *row)
{
	if (row->purged)
		return ERR(&c->error, GONE, "%.*s was purged", STR_ARG(c->file));
	if (row->state != VERSION_DELETED) {
		c->result.existing = true;
		c->result.event = row->event;
		return name_version(c, row);
	}
	if (c->tgz.fd < 0 || c->kept_event != row->deleted_event)
		return ERR(&c->error, GONE, "the bytes of %.*s are not kept any more; publish them again",
		           STR_ARG(c->file));
	return OK;
}

/* It comes back as it was: an event of its own says so, with the reason that there was. */
static enum err yank_again(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	struct str asked = c->reason;
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, &row, &c->error);
	c->reason = c->result.yank_reason;
	if (!err)
		err = write_yank(b, r, c, &row);
	c->reason = asked;
	b->failed |= err != OK;
	return err;
}

enum err apply_undelete(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, &row,
	                                       &c->error);
	if (err == ERR_NOT_FOUND)
		return ERR(&c->error, NOT_FOUND, "there never was a %.*s", STR_ARG(c->file));
	if (!err)
		err = undelete_verdict(c, &row);
	if (err || c->result.existing)
		return err;
	c->result.yanked = row.was_yanked;
	if (row.was_yanked && !arena_str(&c->arena, row.yank_reason, &c->result.yank_reason))
		return ERR(&c->error, NOMEM, "reason");
	err = apply_publish(b, r, c);
	return err || c->dry_run || !c->result.yanked ? err : yank_again(b, r, c);
}

/* ---- the end of the time ---- */

struct sweep {
	struct ingest *g;
	struct catalog *catalog;
	struct lineage lineage;
	int64_t now_ns, until_ns;        /* until_ns: of the entry that is looked at */
	uint64_t removed;
};

/* A repository that is gone has nothing to bring back, and the usual time is over some day too. */
static enum err read_deletion(struct sweep *x, uint64_t seq, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	struct repo_settings usual;
	enum err err = catalog_event(x->catalog, &a, seq, &ev, e);
	if (err || !ev.seq)
		return err;
	struct fate fate = lineage_follow(&x->lineage, ev.repo, ev.seq);
	struct snapshot *s = fate.deleted ? NULL : ingest_snapshot(x->g, fate.name);
	repo_settings_default(&usual);
	uint64_t days = s ? s->settings->undelete_days : usual.undelete_days;
	x->until_ns = ev.at_ns + (int64_t)days * NS_PER_DAY;
	snapshot_unref(s);
	return OK;
}

static enum err sweep_entry(void *ctx, const char *name, struct errinfo *e)
{
	struct sweep *s = ctx;
	uint64_t event;
	if (!datadir_is_kept(name, &event) || !event)
		return OK;
	s->until_ns = INT64_MAX;             /* of a deletion that the log does not know */
	enum err err = read_deletion(s, event, e);
	if (err || s->until_ns > s->now_ns)
		return err;
	s->removed++;
	return datadir_quarantine_remove(s->g->dir, name, e);
}

/* What is left over is told by the writer. */
static void sweep_purged(struct ingest *g)
{
	struct change c;
	change_init(&c, CHANGE_PURGE_REST);
	c.actor = STR("system");
	ingest_apply_all(g, &c, 1);
	change_done(&c);
}

enum err ingest_sweep(struct ingest *g, uint64_t *ret_removed, struct errinfo *e)
{
	if (atomic_load(&g->unpurged))
		sweep_purged(g);
	struct reader *reader;
	enum err err = reader_take(g, &reader, e);
	if (err)
		return err;
	struct sweep s = { .g = g, .catalog = reader->catalog, .now_ns = clock_wall() };
	err = lineage_read(s.catalog, &s.lineage, e);
	if (!err)
		err = datadir_each_quarantined(g->dir, sweep_entry, &s, e);
	lineage_done(&s.lineage);
	reader_give(g, reader);
	*ret_removed = s.removed;
	return err;
}
