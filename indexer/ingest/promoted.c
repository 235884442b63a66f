/* Promotions are rows of the virtual repository, by chart, version and bytes; whose bytes they are is asked of its
 * members.                                                                                    */
#include "indexer/ingest/promoted.h"

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/ingest/virtual_impl.h"

static enum err is_made_of(struct ingest *g, struct repository *view, const struct repository *of, bool *ret,
                           struct errinfo *e)
{
	struct virtual_plan *plan;
	enum err err = virtual_plan_read(g, view, &plan, e);
	if (err)
		return err;
	*ret = virtual_plan_find(plan, of);
	virtual_plan_free(plan);
	return OK;
}

static enum err visit(struct ingest *g, struct catalog *c, struct repository *view, const struct repository *of,
                      struct str chart, promoted_visit *each, void *ctx, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct release_row *rows;
	size_t count = 0;
	bool is = false;
	enum err err = catalog_releases(c, &a, view->id, chart, &rows, &count, e);
	if (!err && count)
		err = is_made_of(g, view, of, &is, e);
	for (size_t i = 0; i < count && is && !err; i++)
		err = each(ctx, str_c(view->name), &rows[i], e);
	return err;
}

enum err promoted_each(struct ingest *g, struct catalog *c, const struct repository *of, struct str chart,
                       promoted_visit *each, void *ctx, struct errinfo *e)
{
	enum err err = OK;
	for (struct repository *r = atomic_load(&g->repositories); r && !err; r = r->next)
		if (repository_is_shown(r) && repository_kind(r) == REPO_VIRTUAL)
			err = visit(g, c, r, of, chart, each, ctx, e);
	return err;
}

struct naming { struct change *change; const struct version_row *row; size_t capacity; };

static enum err add_name(void *ctx, struct str view, const struct release_row *row, struct errinfo *e)
{
	struct naming *x = ctx;
	struct change_result *r = &x->change->result;
	if (!str_eq(row->version, x->row->version) || !sha256_eq(&row->digest, &x->row->digest))
		return OK;
	struct str *list = arena_room(&x->change->arena, r->promoted_to, r->promoted_count, &x->capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "promotions");
	r->promoted_to = list;
	list[r->promoted_count++] = view;
	return OK;
}

enum err promoted_name(struct batch *b, const struct repository *r, struct change *c, const struct version_row *row)
{
	struct naming x = { .change = c, .row = row };
	c->result.promoted_to = NULL;
	c->result.promoted_count = 0;
	return promoted_each(b->g, b->g->catalog, r, row->chart, add_name, &x, &c->error);
}
