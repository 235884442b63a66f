/* YAML nodes → structs, the way sigs.k8s.io/yaml fills Helm's structs.
 *
 * Tables say which key goes where. Keys are matched without regard to case and unknown ones are
 * ignored, null leaves a field as it is, a scalar that is meant for a string becomes one (1.10 →
 * "1.1"), and every other mismatch of types is refused, as Helm refuses it. Two keys for the same
 * field ("appVersion" and "appversion") are refused although Helm takes one of them: readers
 * that disagree about a chart are how charts lie.                                            */
#include "indexer/format/chart_parts.h"

#include <stdlib.h>

struct decoder {
	struct arena *a;
	const char *file;
	struct errinfo *e;
};

struct field;
typedef enum err decode_fn(const struct decoder *d, const struct field *f, const struct node *n,
                           char *object);

struct record {
	const struct field *fields;
	size_t count, bytes;
};

struct field {
	const char *key;
	decode_fn *decode;
	size_t at, count_at;             /* where in the object; the list's length */
	const struct record *item;       /* what a list of records holds */
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const char *kind_name(const struct node *n)
{
	static const char *const names[] = {
		[NODE_NULL] = "null", [NODE_BOOL] = "a boolean", [NODE_INT] = "a number",
		[NODE_FLOAT] = "a number", [NODE_STRING] = "a string", [NODE_TIMESTAMP] = "a string",
	};
	if (n->kind != NODE_SCALAR)
		return n->kind == NODE_LIST ? "a list" : "a map";
	return names[node_type(n)];
}

static enum err wrong_kind(const struct decoder *d, const char *key, const struct node *n,
                           const char *wanted)
{
	return ERR(d->e, METADATA, "%s:%u: %s must be %s, not %s", d->file, n->line, key, wanted,
	           kind_name(n));
}

static enum err no_memory(const struct decoder *d) { return ERR(d->e, NOMEM, "%s", d->file); }

static enum err decode_text(const struct decoder *d, const char *key, const struct node *n,
                            struct str *ret)
{
	if (n->kind != NODE_SCALAR)
		return wrong_kind(d, key, n, "a string");
	struct str s;
	if (!node_coerce_string(d->a, n, &s))
		return no_memory(d);
	if (s.n > CHART_TEXT_MAX_BYTES)
		return ERR(d->e, METADATA, "%s:%u: %s is longer than %u bytes", d->file, n->line, key,
		           CHART_TEXT_MAX_BYTES);
	*ret = s;
	return OK;
}

/* As written: what is checked by a grammar afterwards. */
static enum err raw_text(const struct decoder *d, const struct field *f, const struct node *n,
                         char *object)
{
	struct str s;
	enum err err = decode_text(d, f->key, n, &s);
	if (!err)
		memcpy(object + f->at, &s, sizeof s);
	return err;
}

static enum err clean_text(const struct decoder *d, const struct field *f, const struct node *n,
                           char *object)
{
	struct str s;
	enum err err = decode_text(d, f->key, n, &s);
	if (err)
		return err;
	if (!chart_text_clean(d->a, s, &s))
		return no_memory(d);
	memcpy(object + f->at, &s, sizeof s);
	return OK;
}

static enum err flag(const struct decoder *d, const struct field *f, const struct node *n,
                     char *object)
{
	bool value;
	if (n->kind != NODE_SCALAR || !node_bool(n, &value))
		return wrong_kind(d, f->key, n, "true or false");
	memcpy(object + f->at, &value, sizeof value);
	return OK;
}

/* Checks a list or a map, and makes the array for its elements in the object. */
static enum err make_array(const struct decoder *d, const struct field *f, const struct node *n,
                           enum node_kind kind, size_t bytes_each, char *object, char **ret)
{
	if (n->kind != kind)
		return wrong_kind(d, f->key, n, kind == NODE_LIST ? "a list" : "a map");
	if (n->count > CHART_LIST_MAX)
		return ERR(d->e, METADATA, "%s:%u: %s has more than %u elements", d->file, n->line,
		           f->key, CHART_LIST_MAX);
	void *items = arena_array(d->a, n->count, bytes_each);
	if (!items)
		return no_memory(d);
	size_t count = n->count;
	memcpy(object + f->at, &items, sizeof items);
	memcpy(object + f->count_at, &count, sizeof count);
	*ret = items;
	return OK;
}

/* A list of strings; null is an empty one. */
static enum err texts(const struct decoder *d, const struct field *f, const struct node *n,
                      char *object)
{
	char *to;
	enum err err = make_array(d, f, n, NODE_LIST, sizeof(struct str), object, &to);
	if (err)
		return err;
	const struct field element = { .key = f->key };
	for (const struct node_item *i = n->items; i; i = i->next, to += sizeof(struct str)) {
		err = node_is_null(i->value) ? OK : clean_text(d, &element, i->value, to);
		if (err)
			return err;
	}
	return OK;
}

static enum err decode_record(const struct decoder *d, const char *key, const struct node *n,
                              const struct record *r, char *object);

static enum err records(const struct decoder *d, const struct field *f, const struct node *n,
                        char *object)
{
	char *to;
	enum err err = make_array(d, f, n, NODE_LIST, f->item->bytes, object, &to);
	if (err)
		return err;
	for (const struct node_item *i = n->items; i; i = i->next, to += f->item->bytes) {
		if (node_is_null(i->value))
			return ERR(d->e, METADATA, "validation: %s must not contain empty or null nodes",
			           f->key);
		err = decode_record(d, f->key, i->value, f->item, to);
		if (err)
			return err;
	}
	return OK;
}

/* Values as written, with their line ends: Helm keeps annotations as they are. */
static enum err annotations(const struct decoder *d, const struct field *f, const struct node *n,
                            char *object)
{
	char *array;
	enum err err = make_array(d, f, n, NODE_MAP, sizeof(struct chart_annotation), object, &array);
	if (err)
		return err;
	struct chart_annotation *first = (void *)array, *to = first;
	for (const struct node_item *i = n->items; i; i = i->next, to++) {
		const struct node key = { .kind = NODE_SCALAR, .plain = i->key_plain, .line = i->line,
			                  .text = i->key };
		err = decode_text(d, f->key, &key, &to->key);
		if (!err && !node_is_null(i->value))
			err = decode_text(d, f->key, i->value, &to->value);
		if (err)
			return err;
	}
	qsort(first, n->count, sizeof *first, annotation_cmp);
	for (to = first + 1; to < first + n->count; to++)
		if (str_eq(to[-1].key, to->key))
			return ERR(d->e, METADATA, "%s:%u: duplicate key %s", d->file, n->line,
			           QUOTED(to->key));
	return OK;
}

static enum err import_pair(const struct decoder *d, const struct node *n, const char *key,
                            struct str *ret)
{
	const struct node *value = node_get(n, key);
	return node_is_null(value) ? OK : decode_text(d, key, value, ret);
}

/* For Helm a list of anything, but it heeds only strings and child/parent maps: no others. */
static enum err imports(const struct decoder *d, const struct field *f, const struct node *n,
                        char *object)
{
	char *array;
	enum err err = make_array(d, f, n, NODE_LIST, sizeof(struct chart_import), object, &array);
	if (err)
		return err;
	struct chart_import *to = (void *)array;
	size_t count = 0;
	for (const struct node_item *i = n->items; i; i = i->next) {
		if (i->value->kind == NODE_LIST || node_is_null(i->value))
			continue;
		if (i->value->kind == NODE_SCALAR)
			err = decode_text(d, f->key, i->value, &to[count].name);
		else if (!(err = import_pair(d, i->value, "child", &to[count].child)))
			err = import_pair(d, i->value, "parent", &to[count].parent);
		if (err)
			return err;
		count++;
	}
	memcpy(object + f->count_at, &count, sizeof count);
	return OK;
}

#define AT(type, member) .at = offsetof(struct type, member)
#define LIST(type, member, counter) AT(type, member), .count_at = offsetof(struct type, counter)

static const struct field maintainer_fields[] = {
	{ "name",  clean_text, AT(chart_maintainer, name) },
	{ "email", clean_text, AT(chart_maintainer, email) },
	{ "url",   clean_text, AT(chart_maintainer, url) },
};
static const struct record maintainer = {
	maintainer_fields, COUNT(maintainer_fields), sizeof(struct chart_maintainer),
};

static const struct field dependency_fields[] = {
	{ "name",          clean_text, AT(chart_dependency, name) },
	{ "version",       clean_text, AT(chart_dependency, version) },
	{ "repository",    clean_text, AT(chart_dependency, repository) },
	{ "condition",     clean_text, AT(chart_dependency, condition) },
	{ "tags",          texts,      LIST(chart_dependency, tags, tag_count) },
	{ "enabled",       flag,       AT(chart_dependency, enabled) },
	{ "import-values", imports,    LIST(chart_dependency, imports, import_count) },
	{ "alias",         raw_text,   AT(chart_dependency, alias) },
};
static const struct record dependency = {
	dependency_fields, COUNT(dependency_fields), sizeof(struct chart_dependency),
};

static const struct field meta_fields[] = {
	{ "dependencies", records,     LIST(chart_meta, dependencies, dependency_count), &dependency },
	{ "name",         clean_text,  AT(chart_meta, name) },
	{ "home",         clean_text,  AT(chart_meta, home) },
	{ "sources",      texts,       LIST(chart_meta, sources, source_count) },
	{ "version",      raw_text,    AT(chart_meta, version) },
	{ "description",  clean_text,  AT(chart_meta, description) },
	{ "keywords",     texts,       LIST(chart_meta, keywords, keyword_count) },
	{ "maintainers",  records,     LIST(chart_meta, maintainers, maintainer_count), &maintainer },
	{ "icon",         clean_text,  AT(chart_meta, icon) },
	{ "apiVersion",   raw_text,    AT(chart_meta, api_version) },
	{ "condition",    clean_text,  AT(chart_meta, condition) },
	{ "tags",         clean_text,  AT(chart_meta, tags) },
	{ "appVersion",   clean_text,  AT(chart_meta, app_version) },
	{ "deprecated",   flag,        AT(chart_meta, deprecated) },
	{ "annotations",  annotations, LIST(chart_meta, annotations, annotation_count) },
	{ "kubeVersion",  clean_text,  AT(chart_meta, kube_version) },
	{ "type",         raw_text,    AT(chart_meta, type) },
};
static const struct record meta = { meta_fields, COUNT(meta_fields), sizeof(struct chart_meta) };

static const struct field lock_fields[] = {
	{ "dependencies", records,     LIST(chart_lock_file, dependencies, count), &dependency },
	{ "digest",       clean_text,  AT(chart_lock_file, digest) },
	{ "generated",    raw_text,    AT(chart_lock_file, generated) },
};
static const struct record lock = {
	lock_fields, COUNT(lock_fields), sizeof(struct chart_lock_file),
};

static const struct field *field_of(const struct field *fields, size_t count, struct str key)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq_nocase(key, str_c(fields[i].key)))
			return &fields[i];
	return NULL;
}

bool chart_record_has(enum chart_record which, struct str key)
{
	static const struct record *const all[] = {
		[CHART_METADATA] = &meta, [CHART_MAINTAINER] = &maintainer, [CHART_DEPENDENCY] = &dependency,
	};
	return field_of(all[which]->fields, all[which]->count, key) != NULL;
}

static enum err decode_record(const struct decoder *d, const char *key, const struct node *n,
                              const struct record *r, char *object)
{
	if (n->kind != NODE_MAP)
		return wrong_kind(d, key, n, "a map");
	uint32_t seen = 0;
	for (const struct node_item *i = n->items; i; i = i->next) {
		const struct field *f = field_of(r->fields, r->count, i->key);
		if (!f)
			continue;
		uint32_t bit = UINT32_C(1) << (f - r->fields);
		if (seen & bit)
			return ERR(d->e, METADATA, "%s:%u: duplicate key \"%s\"", d->file, i->line, f->key);
		seen |= bit;
		enum err err = node_is_null(i->value) ? OK : f->decode(d, f, i->value, object);
		if (err)
			return err;
	}
	return OK;
}

static enum err decode_root(const struct decoder *d, const struct node *root,
                            const struct record *r, void *to)
{
	return node_is_null(root) ? OK : decode_record(d, "the document", root, r, to);
}

enum err chart_decode_meta(struct arena *a, const char *file, const struct node *root,
                           struct chart_meta *to, struct errinfo *e)
{
	return decode_root(&(struct decoder){ a, file, e }, root, &meta, to);
}

enum err chart_decode_requirements(struct arena *a, const char *file, const struct node *root,
                                   struct chart_meta *to, struct errinfo *e)
{
	const struct record dependencies = { meta_fields, 1, sizeof *to };
	bool is_map = root && root->kind == NODE_MAP;
	for (const struct node_item *i = is_map ? root->items : NULL; i; i = i->next)
		if (field_of(meta_fields + 1, COUNT(meta_fields) - 1, i->key))
			return ERR(e, METADATA, "%s:%u: only dependencies belong here, not %s", file,
			           i->line, QUOTED(i->key));
	return decode_root(&(struct decoder){ a, file, e }, root, &dependencies, to);
}

enum err chart_decode_lock(struct arena *a, const char *file, const struct node *root,
                           struct chart_lock_file *to, struct errinfo *e)
{
	return decode_root(&(struct decoder){ a, file, e }, root, &lock, to);
}
