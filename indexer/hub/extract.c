/* What an archive says that its index line does not, as facts and as words. */
#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/document/annotations.h"
#include "indexer/document/chart_list.h"
#include "indexer/document/icon.h"
#include "indexer/document/images.h"
#include "indexer/document/kinds.h"
#include "indexer/document/markdown.h"
#include "indexer/document/values.h"
#include "indexer/hub/impl.h"

/* What was read of an archive, for words and facts alike. */
struct read {
	struct chart_annotations notes;
	struct chart_images images;
	struct chart_kinds kinds;
	struct str *crds;                /* of kinds.crds: "Widget widgets.acme.io", as kubectl prints them */
	struct values_view values;
	bool has_icon;
};

static enum err name_crds(struct arena *a, struct read *r, struct errinfo *e)
{
	r->crds = arena_array(a, r->kinds.crd_count, sizeof *r->crds);
	for (size_t i = 0; r->crds && i < r->kinds.crd_count; i++) {
		const struct chart_crd *c = &r->kinds.crds[i];
		r->crds[i] = c->kind;
		if (!c->plural.n || !c->group.n || c->kind.n + c->plural.n + c->group.n + 2 > SEARCH_FACT_MAX_BYTES)
			continue;
		char *name = arena_printf(a, "%.*s %.*s.%.*s", STR_ARG(c->kind), STR_ARG(c->plural), STR_ARG(c->group));
		if (!name)
			return ERR(e, NOMEM, "custom resources");
		r->crds[i] = str_trim(str_c(name));
	}
	return r->crds ? OK : ERR(e, NOMEM, "custom resources");
}

static enum err read_all(struct arena *a, const struct extract_from *x, struct read *ret,
                         struct errinfo *e)
{
	struct chart_icon icon;
	enum err err = annotations_read(a, &x->entry->meta, &ret->notes, e);
	if (x->images)
		ret->images = *x->images;
	if (err || !x->contents)
		return err;
	const struct chart *c = &x->contents->chart;
	err = icon_read(a, c, &icon, e);
	ret->has_icon = !err;
	err = err == ERR_NOT_FOUND ? OK : err;
	if (!err && !x->images)
		err = images_read(a, c, &ret->images, e);
	if (!err)
		err = kinds_read(a, c, &ret->kinds, e);
	if (!err)
		err = name_crds(a, ret, e);
	return err ? err : values_view(a, c, &ret->values, e);
}

/* ---- words ---- */

/* The texts that stand in one field of the rows of a list. */
struct texts { const void *rows; size_t count, row_bytes, at; };
#define TEXTS(rows, count, field) \
	((struct texts){ (rows), (count), sizeof *(rows), offsetof(__typeof__(*(rows)), field) })

static struct str text_of(const struct texts *t, size_t i)
{
	struct str text;
	memcpy(&text, (const char *)t->rows + i * t->row_bytes + t->at, sizeof text);
	return text;
}

static struct texts crds_of(const struct read *r)
{
	return (struct texts){ r->crds, r->kinds.crd_count, sizeof *r->crds, 0 };
}

/* What does not fit is not searched: no chart may be the end of all following. */
static void put_word(struct sbuf *b, struct str word)
{
	if (word.n >= b->limit - b->n)
		return;
	if (b->n)
		sbuf_putc(b, ' ');
	sbuf_put(b, word);
}

static void put_words(struct sbuf *b, struct texts t)
{
	for (size_t i = 0; i < t.count; i++)
		put_word(b, text_of(&t, i));
}

static enum err keep(struct arena *a, const struct sbuf *b, struct str *ret, struct errinfo *e)
{
	return sbuf_ok(b) && arena_str(a, sbuf_str(b), ret) ? OK : ERR(e, NOMEM, "words of a chart");
}

static enum err words_of(struct arena *a, struct texts t, struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SEARCH_WORDS_MAX_BYTES);
	put_words(&b, t);
	return keep(a, &b, ret, e);
}

static struct texts people_said(const struct chart_annotations *n)
{
	size_t count = n->maintainer_count < PEOPLE_SAID_MAX ? n->maintainer_count : PEOPLE_SAID_MAX;
	return TEXTS(n->maintainers, count, name);
}

static enum err people(struct arena *a, struct str repo, const struct chart_meta *m,
                       const struct chart_annotations *n, struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SEARCH_WORDS_MAX_BYTES);
	put_word(&b, repo);
	put_words(&b, people_said(n));
	put_words(&b, TEXTS(m->maintainers, m->maintainer_count, name));
	return keep(a, &b, ret, e);
}

/* What does not fit is not searched. */
static enum err long_words(struct arena *a, const struct extract_from *x, const struct read *r,
                           struct search_text *t, struct errinfo *e)
{
	AUTO_SBUF struct sbuf readme = sbuf_make(SEARCH_README_MAX_BYTES);
	AUTO_SBUF struct sbuf keys = sbuf_make(SEARCH_KEYS_MAX_BYTES);
	if (!x->contents)
		return OK;
	markdown_plain(str_first(x->contents->chart.readme, SEARCH_README_MAX_BYTES), &readme);
	values_keys(&r->values, &keys);
	enum err err = keep(a, &readme, &t->readme, e);
	return err ? err : keep(a, &keys, &t->keys, e);
}

static enum err take_words(struct arena *a, const struct extract_from *x, const struct read *r,
                           struct search_text *t, struct errinfo *e)
{
	const struct chart_meta *m = &x->entry->meta;
	t->name = x->name;
	t->description = m->description;
	t->alternative = r->notes.alternative_name;
	const struct texts keywords = { m->keywords, m->keyword_count, sizeof *m->keywords, 0 };
	enum err err = words_of(a, keywords, &t->keywords, e);
	if (!err)
		err = people(a, x->repo, m, &r->notes, &t->people, e);
	if (!err)
		err = words_of(a, TEXTS(m->dependencies, m->dependency_count, name), &t->uses, e);
	if (!err)
		err = words_of(a, TEXTS(r->images.images, r->images.count, image), &t->images, e);
	if (!err)
		err = words_of(a, crds_of(r), &t->kinds, e);
	if (!err)
		err = long_words(a, x, r, t, e);
	return err ? err : name_joined(a, x->name, &t->joined, e);
}

/* ---- facts ---- */

/* Without those that are longer than any that is one. */
static void put_list(struct sbuf *b, const char *key, struct texts t)
{
	json_key(b, key);
	sbuf_putc(b, '[');
	for (size_t i = 0; i < t.count; i++) {
		struct str text = text_of(&t, i);
		if (!text.n || text.n > SEARCH_FACT_MAX_BYTES)
			continue;
		json_next(b);
		json_canonical(b, text);
	}
	sbuf_putc(b, ']');
}

static enum err take_facts(struct arena *a, const struct extract_from *x, const struct read *r,
                           struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SEARCH_FACTS_MAX_BYTES);
	const struct contents *c = x->contents;
	static const struct chart none;
	sbuf_putc(&b, '{');
	json_text(&b, "alternative", r->notes.alternative_name);
	json_text(&b, "category", str_c(category_slug(chart_category(&x->entry->meta, &r->notes))));
	json_text(&b, "license", chart_license(c ? &c->chart : &none, &r->notes));
	json_text(&b, "signature", x->signature);
	json_text(&b, "origin", str_c(hub_origin_word(x->origin)));
	json_bool(&b, "read", c != NULL);
	json_number(&b, "bytes", c ? c->packed_bytes : 0);
	json_bool(&b, "icon", r->has_icon);
	json_bool(&b, "schema", c && c->chart.schema.p);
	json_bool(&b, "crds", r->kinds.crd_count > 0 || (c && c->chart.crd_count > 0));
	json_bool(&b, "readme", c && c->chart.readme.n);
	json_bool(&b, "changelog", r->notes.change_count || (c && c->chart.changelog.n));
	put_list(&b, "images", TEXTS(r->images.images, r->images.count, image));
	put_list(&b, "kinds", crds_of(r));
	put_list(&b, "people", people_said(&r->notes));      /* Chart.yaml's are in the index line */
	sbuf_putc(&b, '}');
	return keep(a, &b, ret, e);
}

enum err extract_chart(struct arena *a, const struct extract_from *x, struct extract *ret,
                       struct errinfo *e)
{
	struct read r = { 0 };
	struct extract made = { 0 };
	enum err err = read_all(a, x, &r, e);
	if (!err)
		err = take_words(a, x, &r, &made.text, e);
	if (!err)
		err = take_facts(a, x, &r, &made.facts, e);
	if (!err)
		*ret = made;
	return err;
}

/* ---- dependencies ---- */

struct edges {
	struct arena *arena;
	struct search_edge *list;
	size_t count, capacity;
	struct errinfo *e;
};

/* import-values as they stand in Chart.yaml: a name, or {"child":…,"parent":…}. */
static void put_imports(struct sbuf *b, const struct chart_dependency *d)
{
	if (!d->import_count)
		return;
	sbuf_putc(b, '[');
	for (size_t i = 0; i < d->import_count; i++) {
		json_next(b);
		if (d->imports[i].name.n) {
			json_canonical(b, d->imports[i].name);
			continue;
		}
		sbuf_putc(b, '{');
		json_text(b, "child", d->imports[i].child);
		json_text(b, "parent", d->imports[i].parent);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static void put_tags(struct sbuf *b, const struct chart_dependency *d)
{
	for (size_t i = 0; i < d->tag_count; i++) {
		sbuf_puts(b, i ? "," : "");
		sbuf_put(b, d->tags[i]);
	}
}

static enum err written(struct edges *x, const struct chart_dependency *d,
                        void (*put)(struct sbuf *b, const struct chart_dependency *d),
                        struct str *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SEARCH_FACTS_MAX_BYTES);
	put(&b, d);
	return keep(x->arena, &b, ret, x->e);
}

static enum err add_edge(struct edges *x, struct str within, const struct chart *c, size_t position,
                         const struct chart_dependency *d)
{
	const struct chart *vendored = NULL;
	const struct chart_lock_entry *locked = c ? chart_locked(c, position, d->name) : NULL;
	struct search_edge *list = arena_room(x->arena, x->list, x->count, &x->capacity, sizeof *list);
	if (!list || (c && chart_packed(c, d, &vendored, x->e)))
		return ERR(x->e, NOMEM, "dependencies");
	x->list = list;
	struct search_edge *v = &list[x->count];
	*v = (struct search_edge){
		.target = d->name, .position = (unsigned)x->count, .within = within, .range = d->version,
		.repository = d->repository, .alias = d->alias, .condition = d->condition,
	};
	if (locked) {
		v->locked = locked->version;
		v->locked_repository = locked->repository;
	}
	if (vendored)
		v->vendored = vendored->meta.version;
	x->count++;
	enum err err = written(x, d, put_tags, &v->tags);
	return err ? err : written(x, d, put_imports, &v->imports);
}

/* Helm uses what is in charts/ whether Chart.yaml names it or not. */
static enum err add_undeclared(struct edges *x, struct str within, const struct chart *c,
                               const struct chart *sub)
{
	const struct chart_dependency d = { .name = sub->meta.name, .version = sub->meta.version };
	for (size_t i = 0; i < c->meta.dependency_count; i++)
		if (str_eq(c->meta.dependencies[i].name, d.name))
			return OK;
	return add_edge(x, within, c, SIZE_MAX, &d);
}

static enum err add_edges(struct edges *x, struct str within, const struct chart_meta *m,
                          const struct chart *c, unsigned depth)
{
	enum err err = OK;
	for (size_t i = 0; i < m->dependency_count && !err && x->count < EDGES_MAX; i++)
		err = add_edge(x, within, c, i, &m->dependencies[i]);
	for (size_t i = 0; c && i < c->subchart_count && !err && depth < CHART_NESTING_MAX; i++) {
		const struct chart *sub = &c->subcharts[i];
		if ((err = add_undeclared(x, within, c, sub)))
			break;
		const char *path = within.n ? arena_printf(x->arena, "%.*s/%.*s", STR_ARG(within),
		                                           STR_ARG(sub->meta.name)) :
		                   arena_dup(x->arena, sub->meta.name);
		err = path ? add_edges(x, str_c(path), &sub->meta, sub, depth + 1) :
		      ERR(x->e, NOMEM, "dependencies");
	}
	return err;
}

enum err extract_edges(struct arena *a, const struct index_entry *entry, const struct contents *c,
                       struct search_edge **ret, size_t *ret_count, struct errinfo *e)
{
	struct edges x = { .arena = a, .e = e };
	const struct chart *chart = c ? &c->chart : NULL;
	enum err err = add_edges(&x, STR(""), chart ? &chart->meta : &entry->meta, chart, 0);
	if (err)
		return err;
	*ret = x.list;
	*ret_count = x.count;
	return OK;
}
