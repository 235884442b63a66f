/* Virtual repositories as the catalog alone tells of them, for who reads beside a server: repositories in memory
 * that have no folder, no writer, and of all charts the one that is asked for. Whose it is and which versions are
 * shown is then judged as for everybody else.                                                 */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/ingest/items.h"
#include "indexer/ingest/virtual_impl.h"

#define PAGE_VERSIONS 10000u

struct stored {
	struct repository *repo;
	struct settings *settings;
	uint64_t asked;                  /* the number of the question that it was read for */
};

struct virtual_stored {
	struct ingest g;                 /* its repositories and their names alone */
	struct arena arena;
	struct catalog *catalog;
	uint64_t at, asked;
	struct stored *list;
	size_t count;
};

/* ---- repositories ---- */

static struct repository *add(struct ingest *g, const struct repo_row *row)
{
	_Atomic(struct repository *) *bucket = &g->by_name[str_hash(row->name, STR_HASH_START) % REPOSITORY_BUCKETS];
	struct repository *r = row->name.n <= REPO_NAME_MAX_BYTES ? calloc(1, sizeof *r) : NULL;
	if (!r)
		return NULL;
	r->charts_fd = -1;
	r->id = row->id;
	memcpy(r->name, row->name.p, row->name.n);
	(void)pthread_mutex_init(&r->lock, NULL);
	r->next = atomic_load(&g->repositories);
	r->next_alike = atomic_load(bucket);
	atomic_store(&g->repositories, r);
	atomic_store(bucket, r);
	return r;
}

static enum err add_all(struct virtual_stored *x, struct errinfo *e)
{
	struct repo_row *rows;
	struct alias_row *aliases;
	size_t count, alias_count;
	enum err err = catalog_repos(x->catalog, &x->arena, &rows, &count, e);
	if (!err)
		err = catalog_aliases(x->catalog, &x->arena, &aliases, &alias_count, e);
	if (err)
		return err;
	if (!(x->list = arena_array(&x->arena, count + 1, sizeof *x->list)))
		return ERR(e, NOMEM, "repositories");
	for (; x->count < count && !err; x->count += !err) {
		struct stored *s = &x->list[x->count];
		err = settings_stored(rows[x->count].settings, &s->settings, e);
		if (!err && !(s->repo = add(&x->g, &rows[x->count])))
			err = ERR(e, NOMEM, "repositories");
		if (err)
			settings_unref(s->settings);
	}
	for (size_t i = 0; i < alias_count && !err; i++)
		err = repository_add_alias(&x->g, aliases[i].name, repository_find(&x->g, aliases[i].repo), e);
	return err;
}

enum err virtual_stored_open(struct catalog *c, uint64_t at, struct virtual_stored **ret, struct errinfo *e)
{
	struct virtual_stored *x = calloc(1, sizeof *x);
	if (!x)
		return ERR(e, NOMEM, "virtual repositories");
	x->catalog = c;
	x->at = at;
	enum err err = add_all(x, e);
	if (err)
		virtual_stored_close(x);
	else
		*ret = x;
	return err;
}

void virtual_stored_close(struct virtual_stored *x)
{
	if (!x)
		return;
	for (struct repository *r = atomic_load(&x->g.repositories), *next; r; r = next) {
		next = r->next;
		repository_free(r);
	}
	for (size_t i = 0; i < x->count; i++)
		settings_unref(x->list[i].settings);
	arena_done(&x->arena);
	free(x);
}

/* ---- a chart ---- */

/* Takes the rope over, also on error. */
static enum err show(struct stored *s, struct rope *json, struct errinfo *e)
{
	static const struct event last = { .seq = 1 };       /* it is there */
	static const struct sha256 nothing;
	struct snapshot *now;
	enum err err = snapshot_new(json, NULL, settings_ref(s->settings), &last, &nothing, &now, e);
	if (!err)
		repository_swap(s->repo, now);
	return err;
}

struct picking { struct index_items *to; struct str chart; int64_t last; uint64_t count; };

static enum err pick(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct picking *p = ctx;
	p->last = row->id;
	p->count++;
	return str_eq(row->chart, p->chart) ? index_items_add_shown(p->to, row, e) : OK;
}

static enum err read_rows(struct virtual_stored *x, const struct stored *s, struct picking *p, struct errinfo *e)
{
	uint64_t before;
	enum err err = OK;
	if (x->at)                           /* there is no asking for one chart of then */
		return catalog_index_at(x->catalog, s->repo->id, x->at, pick, p, e);
	do {
		before = p->count;
		err = catalog_versions_page(x->catalog, s->repo->id, p->chart, p->last, PAGE_VERSIONS, pick, p, e);
	} while (!err && p->count - before == PAGE_VERSIONS);
	return err;
}

static enum err read_chart(struct virtual_stored *x, struct stored *s, struct str chart, struct errinfo *e)
{
	AUTO_ITEMS struct index_items items = { 0 };
	struct picking p = { .to = &items, .chart = chart };
	struct rope *json;
	enum err err = repo_kind(&s->settings->values) == REPO_VIRTUAL ? OK : read_rows(x, s, &p, e);
	if (!err)
		err = index_items_rope(&items, ROPE_JSON, 0, &json, e);
	return err ? err : show(s, json, e);
}

/* Of members that have been read. */
static enum err show_members(struct virtual_stored *x, struct stored *s, struct errinfo *e)
{
	struct virtual_plan *plan;
	struct rope *json, *yaml;
	int64_t clock_ns, due_ns = INT64_MAX;
	enum err err = virtual_plan_read(&x->g, s->repo, &plan, e);
	if (err)
		return err;
	struct planned *v = virtual_plan_find(plan, s->repo);
	err = virtual_clock(x->catalog, v, &clock_ns, e);
	if (!err)
		err = virtual_ropes(plan, v, x->catalog, clock_ns, 0, false, &json, &yaml, &due_ns, e);
	virtual_plan_free(plan);
	return err ? err : show(s, json, e);
}

/* With its members, before it; VIRTUAL_DEPTH_MAX at most are below each other. */
static enum err read_all(struct virtual_stored *x, struct str name, struct str chart, struct errinfo *e)
{
	const struct repository *r = repository_meant(&x->g, name);
	struct stored *s = NULL;
	for (size_t i = 0; i < x->count && !s; i++)
		s = x->list[i].repo == r ? &x->list[i] : NULL;
	if (!s || s->asked == x->asked)
		return OK;
	s->asked = x->asked;
	struct str rest = s->settings->values.members, word;
	enum err err = read_chart(x, s, chart, e);
	while (!err && (word = repo_setting_next_word(&rest)).n)
		err = read_all(x, word, chart, e);
	return err || repo_kind(&s->settings->values) != REPO_VIRTUAL ? err : show_members(x, s, e);
}

static enum err tell(struct virtual_stored *x, struct arena *a, struct str repo, struct str chart,
                     const struct snapshot *s, struct virtual_shown *ret, struct errinfo *e)
{
	struct rope_version *list;
	enum err err = rope_chart(a, s->json, chart, &list, &ret->count, e);
	if (err || !ret->count)
		return err;
	const char *file = arena_printf(a, "%.*s-%.*s.tgz", STR_ARG(chart), STR_ARG(list->version));
	ret->versions = arena_array(a, ret->count, sizeof *ret->versions);
	if (!file || !ret->versions)
		return ERR(e, NOMEM, "versions");
	for (size_t i = 0; i < ret->count; i++)
		if (!arena_str(a, list[i].version, &ret->versions[i]))
			return ERR(e, NOMEM, "versions");
	return ingest_virtual_file(&x->g, repo, str_c(file), &ret->repo, e);
}

enum err virtual_stored_chart(struct virtual_stored *x, struct arena *a, struct str repo, struct str chart,
                              struct virtual_shown *ret, struct errinfo *e)
{
	struct virtual_shown shown = { .count = 0 };
	x->asked++;
	enum err err = read_all(x, repo, chart, e);
	struct snapshot *s = err ? NULL : ingest_snapshot(&x->g, repo);
	if (s)
		err = tell(x, a, repo, chart, s, &shown, e);
	snapshot_unref(s);
	if (!err)
		*ret = shown;
	return err;
}
