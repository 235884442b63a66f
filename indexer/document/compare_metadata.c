/* Chart.yaml but for the version and what has a section of its own. */
#include <stddef.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"
#include "indexer/document/annotations.h"
#include "indexer/document/compare_parts.h"

#define FIELD_MAX_BYTES (2 * CHART_YAML_MAX_BYTES)       /* all of a Chart.yaml, with separators */

static const struct {
	const char *name;
	size_t at;
	const char *absent;              /* what one that is not given means; empty: nothing */
} texts[] = {
	{ "apiVersion", offsetof(struct chart_meta, api_version), "" },
	{ "name", offsetof(struct chart_meta, name), "" },
	{ "appVersion", offsetof(struct chart_meta, app_version), "" },
	{ "kubeVersion", offsetof(struct chart_meta, kube_version), "" },
	{ "type", offsetof(struct chart_meta, type), "application" },
	{ "description", offsetof(struct chart_meta, description), "" },
	{ "home", offsetof(struct chart_meta, home), "" },
	{ "icon", offsetof(struct chart_meta, icon), "" },
};

static struct str text_at(const struct chart_meta *m, size_t at)
{
	return *(const struct str *)(const void *)((const char *)m + at);
}

static void add_field(struct comparer *x, struct str name, struct str old, struct str new)
{
	struct comparison *c = x->c;
	if (str_eq(old, new)) {
		c->same_fields += old.n > 0;
		return;
	}
	c->fields[c->field_count++] = (struct compare_field){ name, old, new };
	c->facts[FACT_METADATA]++;
}

static void add_text(struct comparer *x, size_t i)
{
	struct str old = text_at(&x->c->old->meta, texts[i].at), new = text_at(&x->c->new->meta, texts[i].at);
	struct str absent = old.n || new.n ? str_c(texts[i].absent) : STR("");
	add_field(x, str_c(texts[i].name), old.n ? old : absent, new.n ? new : absent);
}

static void put_between(struct sbuf *b)
{
	if (b->n)
		sbuf_puts(b, ", ");
}

static void put_strs(const struct str *list, size_t count, struct sbuf *b)
{
	for (size_t i = 0; i < count; i++) {
		put_between(b);
		sbuf_put(b, list[i]);
	}
}

static void put_keywords(const struct chart_meta *m, struct sbuf *b)
{
	put_strs(m->keywords, m->keyword_count, b);
}

static void put_sources(const struct chart_meta *m, struct sbuf *b)
{
	put_strs(m->sources, m->source_count, b);
}

static void put_maintainers(const struct chart_meta *m, struct sbuf *b)
{
	for (size_t i = 0; i < m->maintainer_count; i++) {
		const struct chart_maintainer *who = &m->maintainers[i];
		put_between(b);
		sbuf_put(b, who->name);
		if (who->email.n)
			sbuf_printf(b, " <%.*s>", STR_ARG(who->email));
		if (who->url.n)
			sbuf_printf(b, " (%.*s)", STR_ARG(who->url));
	}
}

static enum err add_list(struct comparer *x, const char *name,
                         void (*put)(const struct chart_meta *, struct sbuf *))
{
	AUTO_SBUF struct sbuf b = sbuf_make(FIELD_MAX_BYTES);
	struct str old, new;
	put(&x->c->old->meta, &b);
	enum err err = compare_keep(x, &b, &old);
	sbuf_reset(&b);
	put(&x->c->new->meta, &b);
	err = err ?: compare_keep(x, &b, &new);
	if (!err)
		add_field(x, str_c(name), old, new);
	return err;
}

/* They have sections of their own. */
static bool is_told_elsewhere(struct str key)
{
	return str_eq(key, STR("artifacthub.io/changes")) || str_eq(key, STR("artifacthub.io/images"));
}

static enum err add_annotations(struct comparer *x, const struct compare_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		const struct chart_annotation *old = pairs->pairs[i].old, *new = pairs->pairs[i].new;
		struct str key = old ? old->key : new->key;
		const char *name = arena_printf(x->a, "annotation %.*s", STR_ARG(key));
		if (!name)
			return ERR(x->e, NOMEM, "comparison");
		if (!is_told_elsewhere(key))
			add_field(x, str_c(name), old ? old->value : STR(""), new ? new->value : STR(""));
	}
	return OK;
}

static enum err add_license(struct comparer *x)
{
	struct chart_annotations old, new;
	enum err err = annotations_read(x->a, &x->c->old->meta, &old, x->e);
	err = err ?: annotations_read(x->a, &x->c->new->meta, &new, x->e);
	if (!err)
		add_field(x, STR("license"), chart_license(x->c->old, &old), chart_license(x->c->new, &new));
	return err;
}

enum err compare_metadata(struct comparer *x)
{
	static const struct { const char *name; void (*put)(const struct chart_meta *, struct sbuf *); }
	lists[] = {
		{ "keywords", put_keywords }, { "sources", put_sources }, { "maintainers", put_maintainers },
	};
	const size_t text_count = sizeof texts / sizeof *texts, list_count = sizeof lists / sizeof *lists;
	const struct chart_meta *old = &x->c->old->meta, *new = &x->c->new->meta;
	struct compare_pairs annotations;
	enum err err = compare_pair_up(x, COMPARE_LIST(old->annotations, old->annotation_count),
	                               COMPARE_LIST(new->annotations, new->annotation_count),
	                               compare_by_str, &annotations);
	if (err)
		return err;
	x->c->fields = arena_array(x->a, text_count + list_count + 2 + annotations.count,
	                           sizeof *x->c->fields);
	if (!x->c->fields)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t i = 0; i < text_count; i++)
		add_text(x, i);
	add_field(x, STR("deprecated"), old->deprecated ? STR("true") : STR(""),
	          new->deprecated ? STR("true") : STR(""));
	for (size_t i = 0; i < list_count && !err; i++)
		err = add_list(x, lists[i].name, lists[i].put);
	err = err ?: add_license(x);
	return err ?: add_annotations(x, &annotations);
}
