/* What one change does inside the writer's transaction.
 *
 * Every change is first compared with the rows, without writing anything: that is the verdict,
 * and the end of a dry run. Then its file gets its name, and the event and the row follow. The
 * batch makes the names durable, commits, and shows the new index.
 *
 * A replacement (overwrite) cannot use the name before the commit: it stands beside it as
 * ".<digest>.new" and is renamed after the commit; load.c finishes or removes what a crash left. */
#include "indexer/ingest/batch.h"

/* What each kind does, and whether it may make its repository. */
static const struct kind {
	enum err (*apply)(struct batch *b, struct repository *r, struct change *c);
	bool makes_repo;
	unsigned of;                     /* kinds of repositories that take it; 0: every one */
} kinds[] = {
	[CHANGE_PUBLISH]     = { .apply = apply_publish, .makes_repo = true, .of = REPO_HOSTED },
	[CHANGE_PROV]        = { .apply = apply_prov, .of = REPO_HOSTED_UPSTREAM },
	[CHANGE_DELETE]      = { .apply = apply_delete, .of = REPO_HOSTED_UPSTREAM },
	[CHANGE_DAMAGED]     = { .apply = apply_damaged },
	[CHANGE_STRAY]       = { .apply = apply_stray },
	[CHANGE_PROV_LOST]   = { .apply = apply_prov_lost },
	[CHANGE_YANK]        = { .apply = apply_yank, .of = REPO_HOSTED },
	[CHANGE_UNYANK]      = { .apply = apply_unyank, .of = REPO_HOSTED },
	[CHANGE_IMAGES]      = { .apply = apply_images, .of = REPO_HOSTED_UPSTREAM },
	[CHANGE_UNDELETE]    = { .apply = apply_undelete, .of = REPO_HOSTED },
	[CHANGE_PURGE]       = { .apply = apply_purge },
	[CHANGE_REBUILD]     = { .apply = apply_rebuild, .makes_repo = true },
	[CHANGE_REPO]        = { .apply = apply_repo, .makes_repo = true },
	[CHANGE_REPO_SET]    = { .apply = apply_repo_set },
	[CHANGE_REPO_RENAME] = { .apply = apply_repo_rename },
	[CHANGE_REPO_DELETE] = { .apply = apply_repo_delete },
	[CHANGE_UPSTREAM]    = { .apply = apply_upstream, .of = REPO_UPSTREAM },
	[CHANGE_KEEP]        = { .apply = apply_keep, .of = REPO_UPSTREAM },
	[CHANGE_ACCEPT]      = { .apply = apply_accept, .of = REPO_UPSTREAM },
	[CHANGE_PROMOTE]     = { .apply = apply_promote, .of = REPO_VIRTUAL },
	[CHANGE_UNPROMOTE]   = { .apply = apply_unpromote, .of = REPO_VIRTUAL },
	[CHANGE_BUNDLE]      = { .apply = apply_bundle, .makes_repo = true, .of = REPO_HOSTED },
	[CHANGE_RELEASE]     = { .apply = apply_release, .of = REPO_VIRTUAL },
};

/* Pushing to a/b makes it where "a" hands its settings down. */
static bool parent_makes(struct ingest *g, struct str name)
{
	bool two;
	struct repository *parent = repository_find(g, str_cut(&name, '/', &two));
	return two && parent && parent->id && parent->now->settings->create_on_push;
}

static enum err no_repository(struct change *c)
{
	bool view = kinds[c->kind].of == REPO_VIRTUAL;
	if (!view && !kinds[c->kind].makes_repo)
		return ERR(&c->error, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->repo));
	return ERR(&c->error, REPO_NOT_FOUND, "there is no repository \"%.*s\"; make it with: chartlocker %s %.*s%s",
	           STR_ARG(c->repo), view ? "virtual add" : "repo create", STR_ARG(c->repo), view ? " MEMBER…" : "");
}

/* *ret_made: it was not there. */
static enum err find_repository(struct batch *b, struct change *c, struct repository **ret, bool *ret_made)
{
	struct repository *r = repository_find(b->g, c->repo);
	bool may_make = c->create_repo || (c->kind == CHANGE_PUBLISH && parent_makes(b->g, c->repo));
	if (r && r->id) {
		*ret = r;
		return OK;
	}
	/* Its new name is not told, and what was private is not published by the old one. */
	if (c->kind == CHANGE_PUBLISH && ingest_renamed(b->g, c->repo).n)
		return ERR(&c->error, REPO_NOT_FOUND, "repository \"%.*s\" has another name now; publish to "
		           "that, or make a new one by this name first", STR_ARG(c->repo));
	if (!may_make || !kinds[c->kind].makes_repo)
		return no_repository(c);
	enum err err = c->kind == CHANGE_PUBLISH ? check_push_makes(b, c) : OK;
	if (err)
		return err;
	*ret = NULL;
	if (c->dry_run)
		return OK;
	*ret_made = true;
	err = make_repository(b, c, c->kind == CHANGE_REBUILD, ret);
	b->failed |= err != OK;
	return err;
}

/* Rows of no repository. An error is the verdict; what was written before it is rolled back. */
static enum err apply_call(struct batch *b, struct change *c)
{
	enum err err = c->call(c, b->g->catalog, &c->error);
	b->failed |= err != OK;
	return err;
}

/* ---- one change of a file in a batch, if something of it comes after the commit ---- */

struct unfinished { struct unfinished *next; struct repository *repo; struct str file; };

bool change_removes(const struct change *c)
{
	return (c->kind == CHANGE_DELETE || c->kind == CHANGE_PURGE) && !c->dry_run;
}

bool change_moves(const struct change *c)
{
	return (c->kind == CHANGE_REPO_RENAME || c->kind == CHANGE_REPO_DELETE) && !c->dry_run;
}

/* A file name that is empty stands for the whole repository. */
static bool meets_unfinished(const struct batch *b, const struct repository *r,
                             const struct change *c)
{
	struct str file = c->result.file.n ? c->result.file : c->file;
	for (const struct unfinished *u = b->unfinished; u; u = u->next)
		if (u->repo == r && (!u->file.n || c->kind == CHANGE_REBUILD || str_eq(u->file, file)))
			return true;
	return false;
}

static enum err note_unfinished(struct batch *b, struct repository *r, struct change *c)
{
	if (!change_removes(c) && !change_moves(c) && c->step != STEP_REPLACES &&
	    c->prov_step != STEP_REPLACES)
		return OK;
	struct unfinished *u = ARENA_NEW(&b->arena, struct unfinished);
	b->failed |= !u;
	if (!u)
		return ERR(&c->error, NOMEM, "batch");
	*u = (struct unfinished){ b->unfinished, r, c->result.file };
	b->unfinished = u;
	return OK;
}

/* Only the server itself brings charts into an upstream's repository, and nobody into a virtual one. */
static enum err check_kind(const struct repository *r, struct change *c)
{
	unsigned of = kinds[c->kind].of;
	enum repo_kind kind = repo_kind(batch_settings(r));
	if (!of || ((of & kind) && (kind != REPO_UPSTREAM || c->kind != CHANGE_PROV || c->fetched)))
		return OK;
	if (kind == REPO_UPSTREAM && of != REPO_VIRTUAL)
		return ERR(&c->error, INVALID, "\"%s\" follows %.*s, and takes charts from nowhere else",
		           r->name, STR_ARG(batch_settings(r)->upstream));
	if (kind != REPO_VIRTUAL)
		return ERR(&c->error, INVALID, "\"%s\" is a%s repository: this is done with a%s one", r->name,
		           kind == REPO_UPSTREAM ? "n upstream" : " hosted", of == REPO_UPSTREAM ? "n upstream" : " virtual");
	return ERR(&c->error, INVALID, "\"%s\" is a virtual repository: it shows the charts of others, and "
	           "takes none", r->name);
}

/* What was fetched from another upstream than this is by now. */
static enum err check_source(const struct repository *r, struct change *c)
{
	struct ingest_source is = repository_source(r, batch_settings(r));
	if (!c->source.repo_id || ingest_source_eq(&is, &c->source))
		return OK;
	return ERR(&c->error, UPSTREAM, "\"%s\" has become another upstream meanwhile", r->name);
}

static enum err apply_to(struct batch *b, struct repository *r, struct change *c)
{
	enum err err = check_kind(r, c);
	if (!err)
		err = check_source(r, c);
	if (err)
		return err;
	if (meets_unfinished(b, r, c)) {
		b->failed = true;
		return ERR(&c->error, BUSY, "an earlier change of this file is not done");
	}
	err = kinds[c->kind].apply(b, r, c);
	return err ? err : note_unfinished(b, r, c);
}

static enum err apply_change(struct batch *b, struct change *c)
{
	struct repository *r = NULL;
	bool made = false;
	c->result.event = 0;
	c->result.existing = false;
	enum err err = c->allow ? c->allow(c, &c->error) : OK;
	if (!err && c->kind == CHANGE_CALL)
		return apply_call(b, c);
	if (!err && c->kind == CHANGE_REPO_PURGE)
		return apply_repo_purge(b, c);
	if (!err && c->kind == CHANGE_PURGE_REST)        /* all of it comes after the commit */
		return OK;
	if (!err)
		err = find_repository(b, c, &r, &made);
	if (err || !r)
		return err;
	err = apply_to(b, r, c);
	b->failed |= err && made;        /* for it, and taken back */
	return err;
}

enum err apply(struct batch *b, struct change *c)
{
	enum err err = apply_change(b, c);
	if (err)
		return err;
	err = audit_change(b, c);
	b->failed |= err != OK;
	return err;
}
