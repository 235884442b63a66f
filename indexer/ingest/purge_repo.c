/* Purge of deleted repositories: their folder in quarantine/ goes for good, with what else is there of
 * them. Their rows went with the deletion, and the log stays.
 *
 * What belongs to whom is read from the log, so that a crash changes nothing about it: a file that a
 * deletion of a version has kept belongs to the repository of that event, whatever its name was
 * later. A repository that was made again under the name keeps what is its own.              */
#include "indexer/base/auto.h"
#include "indexer/ingest/batch.h"
#include "indexer/ingest/lineage.h"

/* ---- the transaction ---- */

enum err apply_repo_purge(struct batch *b, struct change *c)
{
	struct event last;
	enum err err = catalog_end_event(b->g->catalog, &b->arena, c->repo, &last, &c->error);
	bool renamed = !err && str_eq(last.kind, STR("repo.rename"));
	if (err == ERR_NOT_FOUND || (renamed && ingest_renamed(b->g, c->repo).n))
		return ERR(&c->error, REPO_NOT_FOUND, "no repository \"%.*s\" was ever deleted",
		           STR_ARG(c->repo));
	if (err)
		return err;
	c->result.existing = str_eq(last.kind, STR("repo.purge"));
	if (c->dry_run)
		return OK;
	if (!c->result.existing)
		err = batch_log_gone(b, c, "repo.purge");
	if (!err)
		err = purge_note(b, c);
	b->failed |= err != OK;
	return err;
}

/* ---- afterwards ---- */

struct leftovers {
	struct ingest *g;
	const struct lineage *lineage;
	bool purged;                     /* the entry that is looked at belongs to one that was */
};

static enum err match_event(struct leftovers *x, uint64_t seq, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	enum err err = catalog_event(x->g->catalog, &a, seq, &ev, e);
	if (!err && ev.seq)
		x->purged = lineage_follow(x->lineage, ev.repo, ev.seq).purged;
	return err;
}

/* A file that was put aside does not say when; one that is there now may want it back. */
static bool was_purged(const struct leftovers *x, const char *entry)
{
	for (const struct name_end *end = x->lineage->first; end; end = end->next) {
		struct str file;
		if (!lineage_ends_purged(end) || !datadir_was_quarantined_of(entry, end->repo, &file))
			continue;
		struct repository *now = repository_find(x->g, end->repo);
		return str_eq(file, STR("charts")) || !now || !repository_is_shown(now);
	}
	return false;
}

static enum err clean_entry(void *ctx, const char *entry, struct errinfo *e)
{
	struct leftovers *x = ctx;
	uint64_t event;
	enum err err = OK;
	x->purged = false;
	if (datadir_is_kept(entry, &event))
		err = match_event(x, event, e);
	else
		x->purged = was_purged(x, entry);
	return err || !x->purged ? err : datadir_quarantine_remove(x->g->dir, entry, e);
}

enum err purge_clean_repositories(struct ingest *g, const struct lineage *lineage,
                                  struct errinfo *e)
{
	struct leftovers x = { .g = g, .lineage = lineage };
	return datadir_each_quarantined(g->dir, clean_entry, &x, e);
}
