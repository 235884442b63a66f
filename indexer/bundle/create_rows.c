/* The rows of repositories while a bundle is made of them. */
#include <stdlib.h>

#include "indexer/base/array.h"
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
	for (size_t i = 0; i < m->source_count && !err; i++) {
		m->sources[i].row = rows[i];
		err = read_settings(m, &m->sources[i], e);
	}
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

static bool copy_texts(struct arena *a, const struct version_row *from, struct version_row *to)
{
	*to = *from;
	return arena_str(a, from->chart, &to->chart) && arena_str(a, from->version, &to->version) &&
	       arena_str(a, from->file, &to->file) && arena_str(a, from->line, &to->line) &&
	       arena_str(a, from->yank_reason, &to->yank_reason) &&
	       arena_str(a, from->signature, &to->signature) && arena_str(a, from->images, &to->images);
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
	while (i && !(i->source == s && str_eq(i->row.version, version) && str_eq(i->row.chart, chart)))
		i = i->next;
	return i;
}

enum err source_add(struct making *m, struct source *s, const struct version_row *row, struct errinfo *e)
{
	struct item **list = arena_room(m->arena, s->items, s->count, &s->capacity, sizeof(struct item *));
	struct item *i = ARENA_NEW(m->arena, struct item);
	if (!list || !i || !copy_texts(m->arena, row, &i->row))
		return ERR(e, NOMEM, "versions of \"%.*s\"", STR_ARG(s->row.name));
	i->source = s;
	i->rule = BUNDLE_RULE_NONE;
	i->rank = index_rank_of(i->row.version, i->row.created_ns);
	i->line = i->row.line;
	struct item **first = bucket_of(m, s, i->row.chart, i->row.version);
	i->next = *first;
	*first = i;
	s->items = list;
	s->items[s->count++] = i;
	return OK;
}

static int item_cmp(const void *left, const void *right)
{
	const struct item *a = *(struct item *const *)left, *b = *(struct item *const *)right;
	int order = str_cmp(a->row.chart, b->row.chart);
	return order ? order : index_rank_cmp(&a->rank, &b->rank);
}

void source_sort(struct source *s)
{
	if (s->count)
		qsort(s->items, s->count, sizeof(struct item *), item_cmp);
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
	if (!err)
		source_sort(s);
	return err;
}

static const char *why_not(const struct item *i)
{
	if (i->row.state == VERSION_DAMAGED)
		return "its file is damaged: publish the same bytes again";
	return "its archive is not here but at the upstream: set mode=mirror, or have it pulled once";
}

/* What was deleted has no file that could be missing. */
enum err making_take(struct making *m, struct item *i, size_t rule, bool *ret, struct errinfo *e)
{
	bool deleted = i->row.state == VERSION_DELETED;
	*ret = !i->row.absent && i->row.state != VERSION_DAMAGED;
	i->rule = BUNDLE_RULE_NONE;
	if (!*ret && !deleted) {
		making_missing(m, i->source->row.name, i->row.file, why_not(i));
		return OK;
	}
	i->rule = rule;
	i->source->included = true;
	if (deleted || i->row.yanked)
		return OK;
	struct item **list = arena_room(m->arena, m->taken, m->taken_count, &m->taken_capacity,
	                                sizeof(struct item *));
	if (!list)
		return ERR(e, NOMEM, "versions");
	m->taken = list;
	m->taken[m->taken_count++] = i;
	return OK;
}
