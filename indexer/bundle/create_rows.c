/* The rows of repositories while a bundle is made of them. */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/bundle/create_impl.h"

void making_missing(struct making *m, struct str repo, struct str what, const char *why)
{
	m->ret->missing++;
	if (m->o->missing)
		m->o->missing(m->o->ctx, repo, what, why);
}

static enum err read_settings(struct making *m, struct source *s, struct errinfo *e)
{
	repo_settings_default(&s->settings);
	enum err err = repo_settings_merge(m->arena, s->row.settings, &s->settings, e);
	s->kind = repo_kind(&s->settings);
	s->is_own = str_eq(s->row.name, m->o->repo);
	if (s->is_own)
		m->own = s;
	return err;
}

/* What may not be looked into is not there. */
static bool may_look_into(const struct making *m, struct str name)
{
	const struct bundle_create *o = m->o;
	for (size_t i = 0; i < o->repo_count; i++)
		if (str_eq(o->repos[i], name))
			return true;
	return !o->repos;
}

enum err making_new(struct making *m, struct errinfo *e)
{
	struct repo_row *rows;
	enum err err = catalog_repos(m->catalog, m->arena, &rows, &m->source_count, e);
	if (!err)
		err = catalog_aliases(m->catalog, m->arena, &m->aliases, &m->alias_count, e);
	if (err)
		return err;
	m->sources = arena_array(m->arena, m->source_count + 1, sizeof *m->sources);
	m->buckets = arena_array(m->arena, ITEM_BUCKETS, sizeof(struct item *));
	if (!m->sources || !m->buckets)
		return ERR(e, NOMEM, "repositories");
	size_t count = 0;
	for (size_t i = 0; i < m->source_count && !err; i++) {
		if (!may_look_into(m, rows[i].name))
			continue;
		m->sources[count].row = rows[i];
		err = read_settings(m, &m->sources[count++], e);
	}
	m->source_count = count;
	return err;
}

static struct source *find(struct making *m, struct str name)
{
	for (size_t i = 0; i < m->source_count; i++)
		if (str_eq(m->sources[i].row.name, name))
			return &m->sources[i];
	return NULL;
}

struct source *making_source(struct making *m, struct str name)
{
	struct source *s = find(m, name);
	for (size_t i = 0; i < m->alias_count && !s; i++)
		if (str_eq(m->aliases[i].name, name))
			s = find(m, m->aliases[i].repo);
	return s;
}

struct source *making_source_of(struct making *m, const struct event *ev)
{
	struct fate fate = lineage_follow(&m->lineage, ev->repo, ev->seq);
	return fate.deleted ? NULL : making_source(m, fate.name);
}

/* ---- a version ---- */

#define FILE_MORE_BYTES (sizeof "-.tgz" - 1)

struct str item_chart(const struct item *i) { return str_make(i->text, i->chart_bytes); }

struct str item_version(const struct item *i)
{
	return str_make(i->text + i->chart_bytes + 1, i->version_bytes);
}

struct str item_file(const struct item *i)
{
	return str_make(i->text, (size_t)i->chart_bytes + i->version_bytes + FILE_MORE_BYTES);
}

static struct item *item_new(struct arena *a, const struct version_row *row)
{
	bool fits = row->file.n <= UINT16_MAX && row->file.n == row->chart.n + row->version.n + FILE_MORE_BYTES;
	struct item *i = fits ? arena_alloc(a, sizeof *i + row->file.n) : NULL;
	if (!i)
		return NULL;
	i->chart_bytes = (uint16_t)row->chart.n;
	i->version_bytes = (uint16_t)row->version.n;
	memcpy(i->text, row->file.p, row->file.n);
	if (row->has_prov && !(i->prov = ARENA_NEW(a, struct item_prov)))
		return NULL;
	if (i->prov)
		i->prov->digest = row->prov_digest;
	return i;
}

enum err item_row(const struct making *m, const struct item *i, struct arena *a, struct version_row *ret,
                  struct errinfo *e)
{
	int64_t repo = i->source->row.id;
	return m->at ? catalog_version_at(m->catalog, a, repo, item_file(i), m->at, ret, e)
	             : catalog_version(m->catalog, a, repo, item_chart(i), item_version(i), ret, e);
}

static struct item **bucket_of(const struct making *m, const struct source *s, struct str chart,
                               struct str version)
{
	uint64_t hash = str_hash(version, str_hash(chart, str_hash(s->row.name, STR_HASH_START)));
	return &m->buckets[hash % ITEM_BUCKETS];
}

struct item *making_find(const struct making *m, const struct source *s, struct str chart,
                         struct str version)
{
	struct item *i = *bucket_of(m, s, chart, version);
	while (i && !(i->source == s && str_eq(item_version(i), version) && str_eq(item_chart(i), chart)))
		i = i->next;
	return i;
}

enum err source_add(struct making *m, struct source *s, const struct version_row *row, struct errinfo *e)
{
	struct item **list = arena_room(m->arena, s->items, s->count, &s->capacity, sizeof(struct item *));
	struct item *i = item_new(m->arena, row);
	if (!list || !i)
		return ERR(e, NOMEM, "versions of \"%.*s\"", STR_ARG(s->row.name));
	i->source = s;
	i->rule = BUNDLE_RULE_NONE;
	i->id = row->id;
	i->created_ns = row->created_ns;
	i->bytes = row->bytes;
	i->digest = row->digest;
	i->deleted = row->state == VERSION_DELETED;
	i->damaged = row->state == VERSION_DAMAGED;
	i->yanked = row->yanked;
	i->absent = row->absent;
	i->renamed = s->kind == REPO_UPSTREAM && !str_eq(index_line_text(row->line, "name"), row->chart);
	struct item **first = bucket_of(m, s, row->chart, row->version);
	i->next = *first;
	*first = i;
	s->items = list;
	s->items[s->count++] = i;
	return OK;
}

/* ---- their order ---- */

static int chart_cmp(const void *left, const void *right)
{
	return str_cmp(item_chart(*(struct item *const *)left), item_chart(*(struct item *const *)right));
}

struct ranked { struct index_rank rank; struct item *item; };

static int ranked_cmp(const void *left, const void *right)
{
	return index_rank_cmp(&((const struct ranked *)left)->rank, &((const struct ranked *)right)->rank);
}

/* Each version is read once for it. */
static enum err sort_chart(struct item **items, size_t count, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct ranked *list = arena_array(&a, count, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "versions");
	for (size_t i = 0; i < count; i++)
		list[i] = (struct ranked){ index_rank_of(item_version(items[i]), items[i]->created_ns), items[i] };
	qsort(list, count, sizeof *list, ranked_cmp);
	for (size_t i = 0; i < count; i++)
		items[i] = list[i].item;
	return OK;
}

size_t source_chart_end(const struct source *s, size_t first)
{
	size_t end = first + 1;
	while (end < s->count && str_eq(item_chart(s->items[end]), item_chart(s->items[first])))
		end++;
	return end;
}

enum err source_sort(struct source *s, struct errinfo *e)
{
	enum err err = OK;
	if (s->count)
		qsort(s->items, s->count, sizeof(struct item *), chart_cmp);
	for (size_t i = 0, end; i < s->count && !err; i = end) {
		end = source_chart_end(s, i);
		err = sort_chart(s->items + i, end - i, e);
	}
	return err;
}

struct reading { struct making *m; struct source *s; };

static enum err read_row(void *ctx, const struct version_row *row, struct errinfo *e)
{
	const struct reading *r = ctx;
	return source_add(r->m, r->s, row, e);
}

enum err source_read(struct making *m, struct source *s, struct errinfo *e)
{
	struct reading r = { m, s };
	enum err err = m->at ? catalog_index_at(m->catalog, s->row.id, m->at, read_row, &r, e)
	                     : catalog_versions_each(m->catalog, s->row.id, read_row, &r, e);
	return err ? err : source_sort(s, e);
}

#define PAGE_VERSIONS 10000u

enum err source_read_chart(struct making *m, struct source *s, struct str chart, struct errinfo *e)
{
	struct reading r = { m, s };
	size_t before;
	enum err err = OK;
	for (size_t i = 0; i < s->chart_count; i++)
		if (str_eq(s->charts[i], chart))
			return OK;
	struct str *list = arena_room(m->arena, s->charts, s->chart_count, &s->chart_capacity, sizeof *list);
	if (!list || !arena_str(m->arena, chart, &list[s->chart_count]))
		return ERR(e, NOMEM, "dependencies");
	s->charts = list;
	s->chart_count++;
	if (m->at)                       /* there is no asking for one chart of then */
		return s->chart_count > 1 ? OK : source_read(m, s, e);
	int64_t after = 0;
	do {
		before = s->count;
		err = catalog_versions_page(m->catalog, s->row.id, chart, after, PAGE_VERSIONS, read_row, &r, e);
		after = s->count > before ? s->items[s->count - 1]->id : 0;
	} while (!err && s->count - before == PAGE_VERSIONS);
	return err ? err : source_sort(s, e);
}

/* ---- what is taken ---- */

/* NULL: out of memory. */
static const char *why_not(const struct making *m, const struct item *i)
{
	struct str repo = i->source->row.name;
	if (i->renamed)
		return "its upstream lists it under another name than its own: where it is hosted, it has its own alone";
	if (i->damaged)
		return "its file is damaged: publish the same bytes again";
	if (upstream_mode(&i->source->settings) != UPSTREAM_MIRROR)
		return "its archive is not here but at the upstream: set mode=mirror, or have it pulled once";
	return arena_printf(m->arena, "its archive could not be fetched yet: chartlocker upstream skipped %.*s says why, "
	                    "chartlocker upstream refresh %.*s tries again", STR_ARG(repo), STR_ARG(repo));
}

/* Of an upstream, and left its index before its archive came: nobody has bytes of it that could go, and told, its
 * name would be taken on the other side, also from what the upstream brings under it later. */
static bool never_came(const struct item *i)
{
	return i->deleted && i->absent && i->source->kind == REPO_UPSTREAM;
}

/* What was deleted has no file that could be missing. */
enum err making_take(struct making *m, struct item *i, uint32_t rule, struct errinfo *e)
{
	i->rule = BUNDLE_RULE_NONE;
	if (never_came(i))
		return OK;
	if ((i->absent || i->damaged || i->renamed) && !i->deleted) {
		const char *why = why_not(m, i);
		if (!why)
			return ERR(e, NOMEM, "versions");
		making_missing(m, i->source->row.name, item_file(i), why);
		return OK;
	}
	i->rule = rule;
	i->source->included = true;
	if (i->deleted || i->yanked)
		return OK;
	struct item **list = arena_room(m->arena, m->taken, m->taken_count, &m->taken_capacity,
	                                sizeof(struct item *));
	if (!list)
		return ERR(e, NOMEM, "versions");
	m->taken = list;
	m->taken[m->taken_count++] = i;
	return OK;
}
