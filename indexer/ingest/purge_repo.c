/* Purge of deleted repositories: their folder in quarantine/ goes for good, with what else is there of
 * them. Their rows went with the deletion, and the log stays.
 *
 * What belongs to whom is read from the log, so that a crash changes nothing about it: a file that a
 * deletion of a version has kept belongs to the repository of that event, whatever its name was
 * later. A repository that was made again under the name keeps what is its own.              */
#include "indexer/base/auto.h"
#include "indexer/format/node.h"
#include "indexer/ingest/batch.h"

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

enum ending { RENAMED, DELETED, PURGED };

struct end {                         /* of a name, as the log tells it */
	struct end *next;
	uint64_t seq;
	enum ending how;
	struct str repo, to;
};

struct ends {
	struct ingest *g;
	struct arena arena;
	struct end *first, **last;
	bool any_purged;
	bool purged;                     /* of the entry that is looked at */
};

static bool is_end(struct str kind, enum ending *ret)
{
	static const char *const kinds[] = {
		[RENAMED] = "repo.rename", [DELETED] = "repo.delete", [PURGED] = "repo.purge",
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_eq_c(kind, kinds[i])) {
			*ret = (enum ending)i;
			return true;
		}
	return false;
}

static enum err note_end(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct ends *x = ctx;
	enum ending how;
	const struct node *detail = NULL;
	if (!is_end(ev->kind, &how))
		return OK;
	enum err err = json_read(&x->arena, ev->detail, "detail", &detail, e);
	if (err)
		return err;
	struct end *end = ARENA_NEW(&x->arena, struct end);
	if (!end || !arena_str(&x->arena, ev->repo, &end->repo))
		return ERR(e, NOMEM, "purge");
	end->seq = ev->seq;
	end->how = how;
	end->to = node_text(node_get(detail, "to"));
	x->any_purged |= how == PURGED;
	*x->last = end;
	x->last = &end->next;
	return OK;
}

/* The repository that had this name at an event was deleted, and purged after that. */
static enum err follow(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct ends *x = ctx;
	struct str name = ev->repo;
	bool deleted = false;
	(void)e;
	for (const struct end *end = x->first; end && !x->purged; end = end->next) {
		if (end->seq < ev->seq || !str_eq(end->repo, name))
			continue;
		if (end->how == RENAMED && !deleted)
			name = end->to;
		deleted |= end->how == DELETED;
		x->purged = deleted && end->how == PURGED;
	}
	return OK;
}

/* Nobody had the name again since it was purged and lost it. */
static bool ends_purged(const struct end *of)
{
	bool purged = of->how == PURGED;
	for (const struct end *end = of->next; end && purged; end = end->next)
		purged = !str_eq(end->repo, of->repo);
	return purged;
}

/* A file that was put aside does not say when; one that is there now may want it back. */
static bool was_purged(const struct ends *x, const char *entry)
{
	for (const struct end *end = x->first; end; end = end->next) {
		struct str file;
		if (!ends_purged(end) || !datadir_was_quarantined_of(entry, end->repo, &file))
			continue;
		struct repository *now = repository_find(x->g, end->repo);
		return str_eq(file, STR("charts")) || !now || !repository_is_shown(now);
	}
	return false;
}

static enum err clean_entry(void *ctx, const char *entry, struct errinfo *e)
{
	struct ends *x = ctx;
	uint64_t event;
	enum err err = OK;
	x->purged = false;
	if (datadir_is_kept(entry, &event))
		err = event ? catalog_events_between(x->g->catalog, event - 1, event, follow, x, e) : OK;
	else
		x->purged = was_purged(x, entry);
	return err || !x->purged ? err : datadir_quarantine_remove(x->g->dir, entry, e);
}

enum err purge_clean_repositories(struct ingest *g, struct errinfo *e)
{
	struct ends x = { .g = g };
	x.last = &x.first;
	enum err err = catalog_events_each(g->catalog, 0, note_end, &x, e);
	if (!err && x.any_purged)
		err = datadir_each_quarantined(g->dir, clean_entry, &x, e);
	arena_done(&x.arena);
	return err;
}
