/* A chart in memory. Of twelve thousand of them each byte counts, and so does every block of the heap. */
#include <stdlib.h>

#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/document/annotations.h"
#include "indexer/format/node.h"
#include "indexer/format/semver.h"
#include "indexer/hub/impl.h"

struct hub_chart *chart_ref(struct hub_chart *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void hub_chart_unref(struct hub_chart *c)
{
	if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) > 1)
		return;
	free(c->words);
	free(c->facets);
	free(c);
}

static bool is_separator(char c) { return c == '-' || c == '_' || c == '.' || c == ' ' || c == '/'; }

enum err name_joined(struct arena *a, struct str name, struct str *ret, struct errinfo *e)
{
	char *to = arena_alloc(a, name.n + 1);
	size_t n = 0;
	if (!to)
		return ERR(e, NOMEM, "name");
	for (size_t i = 0; i < name.n; i++)
		if (!is_separator(name.p[i]))
			to[n++] = ascii_lower(name.p[i]);
	*ret = str_make(to, n);
	return OK;
}

static bool fact_is(const struct node *facts, const char *key)
{
	bool value = false;
	const struct node *n = node_get(facts, key);
	return n && node_bool(n, &value) && value;
}

static enum err fact_list(struct arena *a, const struct node *facts, const char *key,
                          struct str **ret, size_t *ret_count, struct errinfo *e)
{
	const struct node *n = node_get(facts, key);
	if (!n || n->kind != NODE_LIST || !n->count)
		return OK;
	*ret = arena_array(a, n->count, sizeof **ret);
	if (!*ret)
		return ERR(e, NOMEM, "chart");
	for (const struct node_item *i = n->items; i; i = i->next)
		(*ret)[(*ret_count)++] = node_text(i->value);
	return OK;
}

const char *hub_origin_word(enum hub_origin origin)
{
	static const char *const words[ORIGIN_COUNT] = {
#define X(name, word) [ORIGIN_##name] = word,
		HUB_ORIGINS(X)
#undef X
	};
	return words[origin];
}

static enum hub_origin read_origin(struct str word)
{
	enum hub_origin o = ORIGIN_COUNT;
	while (o-- > ORIGIN_HOSTED)
		if (str_eq_c(word, hub_origin_word(o)))
			return o;
	return ORIGIN_HOSTED;
}

static enum err read_facts(struct hub_chart *c, struct arena *a, struct str json,
                           struct errinfo *e)
{
	const struct node *facts = NULL;
	struct str bytes;
	enum err err = json_read(a, json, "facts", &facts, e);
	if (err)
		return err;
	c->alternative = node_text(node_get(facts, "alternative"));
	c->license = node_text(node_get(facts, "license"));
	c->category = node_text(node_get(facts, "category"));
	c->signature = node_text(node_get(facts, "signature"));
	bytes = node_text(node_get(facts, "bytes"));
	(void)str_to_u64(bytes, &c->bytes);
	c->read = fact_is(facts, "read");
	c->origin = read_origin(node_text(node_get(facts, "origin")));
	c->has_schema = fact_is(facts, "schema");
	c->has_crds = fact_is(facts, "crds");
	c->has_icon = fact_is(facts, "icon");
	c->has_readme = fact_is(facts, "readme");
	c->has_changelog = fact_is(facts, "changelog");
	err = fact_list(a, facts, "images", &c->images, &c->image_count, e);
	if (!err)
		err = fact_list(a, facts, "kinds", &c->kinds, &c->kind_count, e);
	return err ? err : fact_list(a, facts, "people", &c->people, &c->person_count, e);
}

/* 1.N counts when any of its patch releases is admitted. */
uint64_t hub_kube_minors(struct str range)
{
	AUTO_ARENA struct arena a = { 0 };
	struct semver_range *r;
	struct errinfo ignored = { 0 };
	uint64_t minors = 0;
	if (!range.n)
		return UINT64_MAX;
	if (semver_range_parse(&a, range, &r, &ignored))
		return 0;
	for (uint64_t i = 0; i < KUBE_MINORS; i++)
		if (semver_range_has_patch(r, &(struct semver){ .major = 1, .minor = i }, KUBE_PATCHES))
			minors |= UINT64_C(1) << i;
	return minors;
}

static bool is_range(struct str text)
{
	AUTO_ARENA struct arena a = { 0 };
	struct semver_range *r;
	return !text.n || !semver_range_parse(&a, text, &r, NULL);
}

void hub_kube_put(struct sbuf *b, struct str range)
{
	uint64_t minors = hub_kube_minors(range);
	const char *before = "";
	for (unsigned i = 0; i <= KUBE_NEWEST_MINOR; i++) {
		unsigned from = i;
		if (!(minors >> i & 1))
			continue;
		while (i < KUBE_NEWEST_MINOR && minors >> (i + 1) & 1)
			i++;
		sbuf_printf(b, "%s1.%u", before, from);
		before = ", ";
		if (i == KUBE_NEWEST_MINOR && minors >> (i + 1) & 1)
			sbuf_puts(b, " and newer");
		else if (i > from)
			sbuf_printf(b, " – 1.%u", i);
	}
	if (!minors)
		sbuf_puts(b, is_range(range) ? "none that is known" : "is no range: Helm refuses it everywhere");
}

static enum err derive(struct hub_chart *c, struct arena *a, struct errinfo *e)
{
	const struct chart_meta *m = &c->entry.meta;
	c->prerelease = chart_is_prerelease(m);
	c->library = str_eq(m->type, STR("library"));
	c->kube = hub_kube_minors(m->kube_version);
	c->dependencies = arena_array(a, m->dependency_count + 1, sizeof *c->dependencies);
	if (!c->dependencies)
		return ERR(e, NOMEM, "chart");
	for (size_t i = 0; i < m->dependency_count; i++)
		c->dependencies[c->dependency_count++] = (struct hub_dependency){
			m->dependencies[i].name, m->dependencies[i].version, m->dependencies[i].repository,
		};
	return name_joined(a, c->name, &c->joined, e);
}

/* Borrows from the row, and has the rest in the arena. */
static enum err read_row(const struct search_chart *row, struct arena *a, struct hub_chart *c,
                         struct errinfo *e)
{
	c->refs = 1;
	c->id = row->id;
	c->repo = row->repo;
	c->name = row->name;
	enum err err = index_entry_read(a, row->line, &c->entry, e);
	c->entry.meta.name = row->name;      /* as it is listed, whatever the entry calls itself */
	if (!err)
		err = read_facts(c, a, row->facts, e);
	return err ? err : derive(c, a, e);
}

/* ---- all of it in one block ---- */

/* What a chart is read from takes four times as much as what is kept: first what is kept is counted,
 * then it is moved behind the chart, arrays first, then their texts.                         */
struct pack {
	size_t array_bytes, text_bytes;
	char *arrays, *texts;            /* where the next one goes; NULL: it is counted alone */
};

static void pack_text(struct pack *p, struct str *s)
{
	p->text_bytes += s->n;
	if (!p->texts)
		return;
	if (s->n)
		memcpy(p->texts, s->p, s->n);
	s->p = s->p ? p->texts : NULL;
	p->texts += s->n;
}

static void *pack_array(struct pack *p, void *array, size_t count, size_t bytes_each)
{
	size_t bytes = count * bytes_each;
	p->array_bytes += bytes;
	if (!p->arrays)
		return array;
	if (!bytes)
		return NULL;
	void *to = memcpy(p->arrays, array, bytes);
	p->arrays += bytes;
	return to;
}
#define PACK_ARRAY(p, array, count) ((array) = pack_array((p), (array), (count), sizeof *(array)))

static void pack_list(struct pack *p, struct str **list, size_t count)
{
	PACK_ARRAY(p, *list, count);
	for (size_t i = 0; i < count; i++)
		pack_text(p, &(*list)[i]);
}

/* All its texts; more of them than there are would be a struct of another kind. */
#define PACK_TEXTS(p, object) pack_texts((p), (struct str *)(object), sizeof *(object) / sizeof(struct str))
static void pack_texts(struct pack *p, struct str *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pack_text(p, &texts[i]);
}

static void pack_dependency(struct pack *p, struct chart_dependency *d)
{
	struct str *const texts[] = { &d->name, &d->version, &d->repository, &d->condition, &d->alias };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		pack_text(p, texts[i]);
	pack_list(p, &d->tags, d->tag_count);
	PACK_ARRAY(p, d->imports, d->import_count);
	for (size_t i = 0; i < d->import_count; i++)
		PACK_TEXTS(p, &d->imports[i]);
}

static void pack_meta(struct pack *p, struct chart_meta *m)
{
	struct str *const texts[] = { &m->api_version, &m->name, &m->version, &m->kube_version, &m->type,
	                              &m->description, &m->home, &m->icon, &m->app_version, &m->condition,
	                              &m->tags };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		pack_text(p, texts[i]);
	pack_list(p, &m->keywords, m->keyword_count);
	pack_list(p, &m->sources, m->source_count);
	PACK_ARRAY(p, m->maintainers, m->maintainer_count);
	for (size_t i = 0; i < m->maintainer_count; i++)
		PACK_TEXTS(p, &m->maintainers[i]);
	PACK_ARRAY(p, m->annotations, m->annotation_count);
	for (size_t i = 0; i < m->annotation_count; i++)
		PACK_TEXTS(p, &m->annotations[i]);
	PACK_ARRAY(p, m->dependencies, m->dependency_count);
	for (size_t i = 0; i < m->dependency_count; i++)
		pack_dependency(p, &m->dependencies[i]);
}

static void pack_chart(struct pack *p, struct hub_chart *c)
{
	struct str *const texts[] = { &c->repo, &c->name, &c->joined, &c->alternative, &c->license,
	                              &c->category, &c->signature, &c->entry.created, &c->entry.digest };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		pack_text(p, texts[i]);
	pack_meta(p, &c->entry.meta);
	pack_list(p, &c->entry.urls, c->entry.url_count);
	pack_list(p, &c->images, c->image_count);
	pack_list(p, &c->kinds, c->kind_count);
	pack_list(p, &c->people, c->person_count);
	PACK_ARRAY(p, c->dependencies, c->dependency_count);
	for (size_t i = 0; i < c->dependency_count; i++)
		PACK_TEXTS(p, &c->dependencies[i]);
}

enum err chart_new(const struct search_chart *row, struct hub_chart **ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hub_chart c = { .id = 0 };
	struct pack counted = { 0 };
	enum err err = read_row(row, &a, &c, e);
	if (err)
		return err;
	pack_chart(&counted, &c);
	struct hub_chart *kept = malloc(sizeof *kept + counted.array_bytes + counted.text_bytes);
	if (!kept)
		return ERR(e, NOMEM, "chart");
	struct pack to = { .arrays = (char *)(kept + 1) };
	to.texts = to.arrays + counted.array_bytes;
	memcpy(kept, &c, sizeof c);
	pack_chart(&to, kept);
	*ret = kept;
	return OK;
}
