/* One reader per kind of field, and the tables.
 *
 * The surprising part: sigs.k8s.io/yaml turns `digest: 5` into "5", because it can see that the
 * field of the struct is a string, but not `version: 5`, because the metadata is an embedded
 * pointer: that one makes Helm refuse the whole file (clients.md §1.3).                      */
#include "indexer/format/index_fields.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/clock.h"

#define FIELDS_MAX 32u

enum err index_refuse(const struct index_reader *r, uint32_t line, const char *fmt, ...)
{
	char text[ERR_DETAIL_MAX_BYTES];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (!line)
		return ERR(r->e, METADATA, "%s: %s", r->name, text);
	return ERR(r->e, METADATA, "%s:%u: %s", r->name, line, text);
}

static enum err no_memory(const struct index_reader *r)
{
	return ERR(r->e, NOMEM, "reading %s", r->name);
}

static enum err refuse_type(const struct index_reader *r, const struct index_field *f,
                            const struct node *n, const char *wanted)
{
	return ERR_SURE(index_refuse(r, n->line, "\"%s\" must be %s", f->key, wanted));
}

static void *place(void *object, size_t at) { return (char *)object + at; }

static const struct index_field *find_field(const struct index_field *fields, struct str key)
{
	for (const struct index_field *f = fields; f->key; f++)
		if (str_eq_c(key, f->key))
			return f;
	for (const struct index_field *f = fields; f->key; f++)
		if (str_eq_nocase(key, str_c(f->key)))
			return f;
	return NULL;
}

/* YAML reaches Go's decoder with its keys sorted, JSON in the order of the text. */
static bool comes_later(const struct index_reader *r, struct str key, struct str earlier)
{
	return r->json || str_cmp(key, earlier) >= 0;
}

static enum err read_value(struct index_reader *r, const struct index_field *f,
                           const struct node_item *item, void *object)
{
	return node_is_null(item->value) ? OK : f->read(r, f, item->value, object);
}

/* What loses against another spelling must still be of the right type. */
enum err index_read_object(struct index_reader *r, const struct index_field *fields,
                           const struct node *n, void *object)
{
	const struct node_item *seen[FIELDS_MAX] = { NULL };
	if (n->kind != NODE_MAP)
		return index_refuse(r, n->line, "a map is expected here");
	for (const struct node_item *i = n->items; i; i = i->next) {
		const struct index_field *f = find_field(fields, i->key);
		if (!f && (r->json || r->tolerant))
			continue;
		if (!f)
			return index_refuse(r, i->line, "unknown field \"%.*s\"",
			                    STR_ARG(str_first(i->key, 100)));
		const struct node_item **last = &seen[f - fields];
		enum err err = read_value(r, f, i, object);
		if (!err && *last && !comes_later(r, i->key, (*last)->key))
			err = read_value(r, f, *last, object);
		else
			*last = i;
		if (err)
			return err;
	}
	return OK;
}

/* ---- scalars ---- */

static bool is_text(const struct node *n)
{
	enum node_type type = node_type(n);
	return n->kind == NODE_SCALAR && (type == NODE_STRING || type == NODE_TIMESTAMP);
}

static enum err text_or_null(struct index_reader *r, const struct index_field *f,
                             const struct node *n, struct str *ret)
{
	bool text = is_text(n);
	if (!text && !node_is_null(n))
		return refuse_type(r, f, n, "a string (quote it)");
	*ret = text ? n->text : (struct str){ NULL, 0 };
	return OK;
}

static enum err read_text(struct index_reader *r, const struct index_field *f,
                          const struct node *n, void *object)
{
	return text_or_null(r, f, n, place(object, f->at));
}

static enum err coerced(struct index_reader *r, const struct index_field *f, const struct node *n,
                        struct str *ret)
{
	if (r->json || n->kind != NODE_SCALAR)
		return text_or_null(r, f, n, ret);
	return node_coerce_string(r->arena, n, ret) ? OK : no_memory(r);
}

enum err index_read_coerced(struct index_reader *r, const struct index_field *f,
                            const struct node *n, void *object)
{
	return coerced(r, f, n, place(object, f->at));
}

static enum err skip_text(struct index_reader *r, const struct index_field *f,
                          const struct node *n, void *object)
{
	(void)object;
	struct str ignored;
	return coerced(r, f, n, &ignored);
}

static enum err read_flag(struct index_reader *r, const struct index_field *f,
                          const struct node *n, void *object)
{
	return node_bool(n, place(object, f->at)) ? OK : refuse_type(r, f, n, "true or false");
}

enum err index_read_time(struct index_reader *r, const struct index_field *f,
                         const struct node *n, void *object)
{
	if (!is_text(n) || !clock_is_json_time(n->text))
		return refuse_type(r, f, n, "a time as in RFC 3339");
	*(struct str *)place(object, f->at) = n->text;
	return OK;
}

/* ---- lists and maps ---- */

static enum err new_list(struct index_reader *r, const struct index_field *f, const struct node *n,
                         enum node_kind kind, void **ret)
{
	if (n->kind != kind)
		return refuse_type(r, f, n, kind == NODE_LIST ? "a list" : "a map");
	*ret = arena_array(r->arena, n->count, f->bytes);
	return *ret ? OK : no_memory(r);
}

static void set_list(const struct index_field *f, void *object, void *elements, size_t count)
{
	memcpy(place(object, f->at), &elements, sizeof elements);
	memcpy(place(object, f->count_at), &count, sizeof count);
}

static enum err fill_texts(struct index_reader *r, const struct index_field *f,
                           const struct node *n, void *object,
                           enum err (*read)(struct index_reader *, const struct index_field *,
                                            const struct node *, struct str *))
{
	void *memory;
	size_t count = 0;
	enum err err = new_list(r, f, n, NODE_LIST, &memory);
	if (err)
		return err;
	struct str *texts = memory;
	for (const struct node_item *i = n->items; i && !err; i = i->next)
		err = read(r, f, i->value, &texts[count++]);
	if (!err && object)
		set_list(f, object, texts, count);
	return err;
}

static enum err read_texts(struct index_reader *r, const struct index_field *f,
                           const struct node *n, void *object)
{
	return fill_texts(r, f, n, object, text_or_null);
}

static enum err read_coerced_texts(struct index_reader *r, const struct index_field *f,
                                   const struct node *n, void *object)
{
	return fill_texts(r, f, n, object, coerced);
}

enum err index_skip_texts(struct index_reader *r, const struct index_field *f,
                          const struct node *n, void *object)
{
	(void)object;
	return fill_texts(r, f, n, NULL, coerced);
}

enum err index_skip_map(struct index_reader *r, const struct index_field *f,
                        const struct node *n, void *object)
{
	(void)object;
	return n->kind == NODE_MAP ? OK : refuse_type(r, f, n, "a map");
}

enum err index_skip_annotations(struct index_reader *r, const struct index_field *f,
                                const struct node *n, void *object)
{
	enum err err = index_skip_map(r, f, n, object);
	struct str ignored;
	for (const struct node_item *i = n->items; i && !err; i = i->next)
		err = coerced(r, f, i->value, &ignored);
	return err;
}

/* A null among the objects costs the entry, not the file: Helm skips it. */
static enum err read_objects(struct index_reader *r, const struct index_field *f,
                             const struct node *n, void *object)
{
	void *elements;
	size_t count = 0;
	enum err err = new_list(r, f, n, NODE_LIST, &elements);
	if (err)
		return err;
	for (const struct node_item *i = n->items; i && !err; i = i->next) {
		if (node_is_null(i->value))
			r->null_in = f->key;
		else
			err = index_read_object(r, f->fields, i->value, place(elements, f->bytes * count++));
	}
	if (!err)
		set_list(f, object, elements, count);
	return err;
}

static enum err read_annotations(struct index_reader *r, const struct index_field *f,
                                 const struct node *n, void *object)
{
	void *memory;
	size_t count = 0;
	enum err err = new_list(r, f, n, NODE_MAP, &memory);
	if (err)
		return err;
	struct chart_annotation *annotations = memory;
	for (const struct node_item *i = n->items; i && !err; i = i->next, count++) {
		if (!node_key_string(r->arena, i, &annotations[count].key))
			return no_memory(r);
		err = text_or_null(r, f, i->value, &annotations[count].value);
	}
	if (err)
		return err;
	if (count)
		qsort(annotations, count, sizeof *annotations, annotation_cmp);
	set_list(f, object, annotations, count);
	return OK;
}

/* Any value is allowed; what is neither a string nor child and parent means nothing to Helm. */
static enum err read_imports(struct index_reader *r, const struct index_field *f,
                             const struct node *n, void *object)
{
	void *memory;
	size_t count = 0;
	enum err err = new_list(r, f, n, NODE_LIST, &memory);
	if (err)
		return err;
	struct chart_import *imports = memory;
	for (const struct node_item *i = n->items; i; i = i->next) {
		struct chart_import import = { .name = is_text(i->value) ? i->value->text : STR("") };
		import.child = node_text(node_get(i->value, "child"));
		import.parent = node_text(node_get(i->value, "parent"));
		if (import.name.n || (import.child.n && import.parent.n))
			imports[count++] = import;
	}
	set_list(f, object, imports, count);
	return OK;
}

/* ---- tables ---- */

#define AT(type, member) .at = offsetof(struct type, member)
#define LIST_AT(type, list, count, element) \
	AT(type, list), .count_at = offsetof(struct type, count), .bytes = sizeof(element)
#define END { .key = NULL }

static const struct index_field maintainer_fields[] = {
	{ "name",  read_text, AT(chart_maintainer, name) },
	{ "email", read_text, AT(chart_maintainer, email) },
	{ "url",   read_text, AT(chart_maintainer, url) },
	END
};

static const struct index_field dependency_fields[] = {
	{ "name",          read_text,    AT(chart_dependency, name) },
	{ "version",       read_text,    AT(chart_dependency, version) },
	{ "repository",    read_text,    AT(chart_dependency, repository) },
	{ "condition",     read_text,    AT(chart_dependency, condition) },
	{ "alias",         read_text,    AT(chart_dependency, alias) },
	{ "enabled",       read_flag,    AT(chart_dependency, enabled) },
	{ "tags",          read_texts,   LIST_AT(chart_dependency, tags, tag_count, struct str) },
	{ "import-values", read_imports, LIST_AT(chart_dependency, imports, import_count,
	                                         struct chart_import) },
	END
};

const struct index_field index_entry_fields[] = {
	{ "name",          read_text,          AT(index_entry, meta.name) },
	{ "version",       read_text,          AT(index_entry, meta.version) },
	{ "apiVersion",    read_text,          AT(index_entry, meta.api_version) },
	{ "appVersion",    read_text,          AT(index_entry, meta.app_version) },
	{ "description",   read_text,          AT(index_entry, meta.description) },
	{ "digest",        index_read_coerced, AT(index_entry, digest) },
	{ "created",       index_read_time,    AT(index_entry, created) },
	{ "urls",          read_coerced_texts, LIST_AT(index_entry, urls, url_count, struct str) },
	{ "home",          read_text,          AT(index_entry, meta.home) },
	{ "icon",          read_text,          AT(index_entry, meta.icon) },
	{ "type",          read_text,          AT(index_entry, meta.type) },
	{ "kubeVersion",   read_text,          AT(index_entry, meta.kube_version) },
	{ "condition",     read_text,          AT(index_entry, meta.condition) },
	{ "tags",          read_text,          AT(index_entry, meta.tags) },
	{ "deprecated",    read_flag,          AT(index_entry, meta.deprecated) },
	{ "removed",       read_flag,          AT(index_entry, removed) },
	{ "keywords",      read_texts, LIST_AT(index_entry, meta.keywords, meta.keyword_count,
	                                       struct str) },
	{ "sources",       read_texts, LIST_AT(index_entry, meta.sources, meta.source_count,
	                                       struct str) },
	{ "annotations",   read_annotations, LIST_AT(index_entry, meta.annotations,
	                                             meta.annotation_count, struct chart_annotation) },
	{ "maintainers",   read_objects, LIST_AT(index_entry, meta.maintainers, meta.maintainer_count,
	                                         struct chart_maintainer),
	  .fields = maintainer_fields },
	{ "dependencies",  read_objects, LIST_AT(index_entry, meta.dependencies, meta.dependency_count,
	                                         struct chart_dependency),
	  .fields = dependency_fields },
	{ "checksum",      skip_text, .at = 0 },     /* of Helm 2: allowed, without meaning */
	{ "engine",        skip_text, .at = 0 },
	{ "tillerVersion", skip_text, .at = 0 },
	{ "url",           skip_text, .at = 0 },
	END
};
_Static_assert(sizeof index_entry_fields / sizeof *index_entry_fields <= FIELDS_MAX, "seen[] fits");
