/* Reads every line that has dependencies: an administrator asks, now and then. */
#include "indexer/ingest/users.h"

#include "indexer/base/auto.h"
#include "indexer/format/index_uses.h"
#include "indexer/ingest/ingest_impl.h"

struct search {
	struct ingest *g;
	struct arena *arena;
	struct str chart, version;
	struct repository *repo;
	struct version_user *found;
	size_t count;
};

/* An archive that cannot be read locks nothing. */
static enum err is_locked(struct search *x, const struct version_row *row, bool *ret,
                          struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *data = NULL;
	size_t bytes = 0;
	struct chart chart;
	struct errinfo why = { 0 };
	const char *file = arena_dup(&a, row->file);
	struct scratch *scratch = file ? scratch_take(x->g) : NULL;
	if (!scratch)
		return ERR(e, NOMEM, "lock file");
	enum err err = stored_read(x->repo, file, &row->digest, &data, &bytes, &why);
	if (!err)
		err = chart_read(&a, &scratch->chart, str_make(data, bytes), &chart, &why);
	for (size_t i = 0; !err && i < chart.locked_count; i++)
		*ret |= str_eq(chart.locked[i].name, x->chart) &&
		        str_eq(chart.locked[i].version, x->version);
	scratch_give(x->g, scratch);
	return err == ERR_NOMEM ? err_set(e, err, "%s", why.detail) : OK;
}

static enum err add_user(struct search *x, const struct version_row *row, struct str range,
                         struct errinfo *e)
{
	struct version_user *u = ARENA_NEW(x->arena, struct version_user);
	if (!u || !arena_str(x->arena, row->chart, &u->chart) ||
	    !arena_str(x->arena, row->version, &u->version) || !arena_str(x->arena, range, &u->range))
		return ERR(e, NOMEM, "users");
	u->repo = str_c(x->repo->name);
	u->next = x->found;
	x->found = u;
	x->count++;
	return is_locked(x, row, &u->locked, e);
}

static enum err look(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct search *x = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct index_use *uses;
	size_t count;
	bool fits = false;
	if (row->state != VERSION_LIVE || row->yanked || x->count >= USED_BY_MAX)
		return OK;
	enum err err = index_uses(&a, row->line, &uses, &count, e);
	for (size_t i = 0; i < count && !err && !fits; i++) {
		err = index_use_admits(&uses[i], x->chart, x->version, &fits, e);
		if (!err && fits)
			err = add_user(x, row, uses[i].range, e);
	}
	return err;
}

static enum err search_all(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct search *x = ctx;
	enum err err = OK;
	for (struct repository *r = atomic_load(&x->g->repositories); r && !err; r = r->next) {
		x->repo = r;
		if (repository_is_shown(r))
			err = catalog_versions_each(c, r->id, look, x, e);
	}
	return err;
}

enum err ingest_users(struct ingest *g, struct arena *a, struct str chart, struct str version,
                      struct version_user **ret, struct errinfo *e)
{
	struct search x = { .g = g, .arena = a, .chart = chart, .version = version };
	enum err err = ingest_read(g, search_all, &x, e);
	if (!err)
		*ret = x.found;
	return err;
}
