/* One row an annotation, and for those that are YAML the fields of an entry. */
#include "indexer/document/annotations.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "indexer/base/array.h"
#include "indexer/base/limits.h"
#include "indexer/base/value.h"
#include "indexer/document/annotation_yaml.h"
#include "indexer/document/images.h"

struct reader {
	struct arena *a;
	const struct chart_meta *meta;
	struct chart_annotations out;
	size_t warning_room;
	const char *key;                 /* that is being read */
	bool failed;                     /* out of memory */
};

static void PRINTF_LIKE(2, 3) warn(struct reader *r, const char *fmt, ...)
{
	char text[ANNOTATION_WARNING_MAX_BYTES];
	va_list ap;
	if (r->out.warning_count == ANNOTATION_WARNINGS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	err_clean(text);
	struct str *warnings = arena_room(r->a, r->out.warnings, r->out.warning_count, &r->warning_room,
	                                  sizeof *warnings);
	char *whole = warnings ? arena_printf(r->a, "%s: %s", r->key, text) : NULL;
	r->failed |= !whole;
	if (!whole)
		return;
	r->out.warnings = warnings;
	warnings[r->out.warning_count++] = str_c(whole);
}

/* ---- YAML ---- */

/* NULL: it is not of this kind, which is said. */
static const struct node *read_yaml(struct reader *r, struct str text, enum node_kind kind)
{
	const struct node *n = NULL;
	struct errinfo e = { .code = OK };
	enum err err = annotation_yaml(r->a, text, &n, &e);
	r->failed |= err == ERR_NOMEM;
	if (err == ERR_METADATA)
		warn(r, "is no YAML (%s)", e.detail);
	else if (!err && (!n || n->kind != kind))
		warn(r, kind == NODE_LIST ? "is no list" : "is no map");
	return !err && n && n->kind == kind ? n : NULL;
}

static struct str text_below(struct reader *r, const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);
	struct str text = STR("");
	if (n && n->kind == NODE_SCALAR)
		r->failed |= !node_coerce_string(r->a, n, &text);
	return str_trim(text);
}

/* ---- lists of maps with texts in them ---- */

struct field {
	const char *key;
	size_t at;                       /* of a struct str in the entry */
	bool required;
};

struct list_shape {
	const struct field *fields;      /* ends with a key of NULL */
	size_t entry_bytes;
	size_t entries, count;           /* where they are in struct chart_annotations */
	bool (*finish)(struct reader *r, const struct node *map, size_t number, void *entry);
};

/* False: it is left out. */
static bool read_fields(struct reader *r, const struct list_shape *shape, const struct node *map,
                        size_t number, char *entry)
{
	bool has_text = false;
	if (map->kind != NODE_MAP) {
		warn(r, "entry %zu is no map", number);
		return false;
	}
	for (const struct field *f = shape->fields; f->key; f++) {
		struct str *text = (void *)(entry + f->at);
		*text = text_below(r, map, f->key);
		has_text |= text->n > 0;
		if (f->required && !text->n) {
			warn(r, "entry %zu has no %s", number, f->key);
			return false;
		}
	}
	if (!has_text)
		warn(r, "entry %zu is empty", number);
	return has_text && (!shape->finish || shape->finish(r, map, number, entry));
}

static void read_list(struct reader *r, struct str text, const struct list_shape *shape)
{
	const struct node *list = read_yaml(r, text, NODE_LIST);
	char *entries = list ? arena_array(r->a, list->count, shape->entry_bytes) : NULL;
	size_t count = 0, number = 0;
	r->failed |= list && !entries;
	if (!entries)
		return;
	for (const struct node_item *i = list->items; i; i = i->next)
		count += read_fields(r, shape, i->value, ++number, entries + count * shape->entry_bytes);
	*(void **)(void *)((char *)&r->out + shape->entries) = entries;
	*(size_t *)(void *)((char *)&r->out + shape->count) = count;
}

/* What only an image has; and it must be one. */
static bool finish_image(struct reader *r, const struct node *map, size_t number, void *entry)
{
	struct annotated_image *image = entry;
	struct image_parts parts;
	const struct node *whitelisted = node_get(map, "whitelisted"),
	                  *platforms = node_get(map, "platforms");
	if (!image_split(image->image, &parts)) {
		warn(r, "entry %zu is no image", number);
		return false;
	}
	if (whitelisted && !node_bool(whitelisted, &image->whitelisted))
		warn(r, "entry %zu: whitelisted is neither true nor false", number);
	if (!platforms || platforms->kind != NODE_LIST)
		return true;
	image->platforms = arena_array(r->a, platforms->count, sizeof *image->platforms);
	r->failed |= !image->platforms;
	for (const struct node_item *i = platforms->items; i && image->platforms; i = i->next)
		if (node_text(i->value).n)
			image->platforms[image->platform_count++] = node_text(i->value);
	return true;
}

#define FIELD(type, key, member, required) { key, offsetof(struct type, member), required }
static const struct field annotated_crd_fields[] = {
	FIELD(annotated_crd, "kind", kind, false),
	FIELD(annotated_crd, "version", version, false),
	FIELD(annotated_crd, "name", name, false),
	FIELD(annotated_crd, "displayName", display_name, false),
	FIELD(annotated_crd, "description", description, false),
	{ NULL, 0, false },
};
static const struct field annotated_image_fields[] = {
	FIELD(annotated_image, "name", name, false),
	FIELD(annotated_image, "image", image, true),
	{ NULL, 0, false },
};
static const struct field annotated_link_fields[] = {
	FIELD(annotated_link, "name", name, false),
	FIELD(annotated_link, "url", url, true),
	{ NULL, 0, false },
};
static const struct field screenshot_fields[] = {
	FIELD(annotated_link, "title", name, false),
	FIELD(annotated_link, "url", url, true),
	{ NULL, 0, false },
};
static const struct field annotated_person_fields[] = {
	FIELD(annotated_person, "name", name, false),
	FIELD(annotated_person, "email", email, false),
	FIELD(annotated_person, "url", url, false),
	{ NULL, 0, false },
};
static const struct field recommendation_fields[] = { { "url", 0, true }, { NULL, 0, false } };

#define LIST(fields, type, list, number, finish) \
	&(const struct list_shape){ fields, sizeof(type), offsetof(struct chart_annotations, list), \
	                            offsetof(struct chart_annotations, number), finish }

/* ---- the others ---- */

static void read_bool(struct reader *r, struct str text, bool *ret)
{
	if (!value_bool(str_trim(text), ret))
		warn(r, "is neither true nor false");
}

static void read_security(struct reader *r, struct str text)
{
	read_bool(r, text, &r->out.contains_security_updates);
}

static void read_operator(struct reader *r, struct str text)
{
	read_bool(r, text, &r->out.is_operator);
}

static void read_prerelease(struct reader *r, struct str text)
{
	read_bool(r, text, &r->out.prerelease);
}

static bool contains(struct str s, struct str part)
{
	return part.n && memmem(s.p, s.n, part.p, part.n);
}

static void read_alternative_name(struct reader *r, struct str text)
{
	text = str_trim(text);
	if (contains(text, r->meta->name) || contains(r->meta->name, text))
		r->out.alternative_name = text;
	else
		warn(r, "is neither part of the chart's name nor contains it");
}

static void read_category(struct reader *r, struct str text)
{
	text = str_trim(text);
	r->out.category_is_given = category_of_slug(text, &r->out.category) ||
	                           str_eq_c(text, "skip-prediction");
	if (!r->out.category_is_given)
		warn(r, "\"%.*s\" is no category", STR_ARG(text));
}

static void read_license(struct reader *r, struct str text)
{
	r->out.license = str_trim(text);
}

static void read_capabilities(struct reader *r, struct str text)
{
	static const char *const levels[] = { "basic install", "seamless upgrades", "full lifecycle",
	                                      "deep insights", "auto pilot" };
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (str_eq_nocase(str_trim(text), str_c(levels[i])))
			r->out.operator_capabilities = str_c(levels[i]);
	if (!r->out.operator_capabilities.n)
		warn(r, "\"%.*s\" is no level of capabilities", STR_ARG(text));
}

static void read_changes(struct reader *r, struct str text)
{
	struct str problem;
	if (changelog_of_annotation(r->a, text, &r->out.changes, &r->out.change_count, &problem, NULL))
		r->failed = true;
	else if (problem.n)
		warn(r, "%.*s", STR_ARG(problem));
}

static void read_examples(struct reader *r, struct str text)
{
	const struct node *list = read_yaml(r, text, NODE_LIST);
	const struct node **examples = list ? arena_array(r->a, list->count, sizeof *examples) : NULL;
	size_t number = 0;
	r->failed |= list && !examples;
	for (const struct node_item *i = examples ? list->items : NULL; i; i = i->next) {
		number++;
		if (i->value->kind == NODE_MAP)
			examples[r->out.crds_example_count++] = i->value;
		else
			warn(r, "entry %zu is no map", number);
	}
	r->out.crds_examples = examples;
}

static void read_sign_key(struct reader *r, struct str text)
{
	const struct node *map = read_yaml(r, text, NODE_MAP);
	if (!map)
		return;
	struct str url = text_below(r, map, "url");
	if (!url.n) {
		warn(r, "has no url");
		return;
	}
	r->out.sign_key_url = url;
	r->out.sign_key_fingerprint = text_below(r, map, "fingerprint");
}

/* ---- all of them ---- */

static const struct annotation {
	const char *key;
	void (*read)(struct reader *r, struct str text);
	const struct list_shape *list;   /* instead of a reader of its own */
} annotations[] = {
	{ "artifacthub.io/alternativeName",         read_alternative_name, NULL },
	{ "artifacthub.io/category",                read_category,         NULL },
	{ "artifacthub.io/changes",                 read_changes,          NULL },
	{ "artifacthub.io/containsSecurityUpdates", read_security,         NULL },
	{ "artifacthub.io/crds", NULL,
	  LIST(annotated_crd_fields, struct annotated_crd, crds, crd_count, NULL) },
	{ "artifacthub.io/crdsExamples",            read_examples,         NULL },
	{ "artifacthub.io/images", NULL,
	  LIST(annotated_image_fields, struct annotated_image, images, image_count, finish_image) },
	{ "artifacthub.io/license",                 read_license,          NULL },
	{ "artifacthub.io/links", NULL,
	  LIST(annotated_link_fields, struct annotated_link, links, link_count, NULL) },
	{ "artifacthub.io/maintainers", NULL,
	  LIST(annotated_person_fields, struct annotated_person, maintainers, maintainer_count, NULL) },
	{ "artifacthub.io/operator",                read_operator,         NULL },
	{ "artifacthub.io/operatorCapabilities",    read_capabilities,     NULL },
	{ "artifacthub.io/prerelease",              read_prerelease,       NULL },
	{ "artifacthub.io/recommendations", NULL,
	  LIST(recommendation_fields, struct str, recommendations, recommendation_count, NULL) },
	{ "artifacthub.io/screenshots", NULL,
	  LIST(screenshot_fields, struct annotated_link, screenshots, screenshot_count, NULL) },
	{ "artifacthub.io/signKey",                 read_sign_key,         NULL },
};

enum err annotations_read(struct arena *a, const struct chart_meta *m,
                          struct chart_annotations *ret, struct errinfo *e)
{
	struct reader r = { .a = a, .meta = m };
	for (size_t i = 0; i < sizeof annotations / sizeof *annotations && !r.failed; i++) {
		const struct annotation *row = &annotations[i];
		struct str text = annotation_get(m, row->key);
		r.key = row->key;
		if (!str_trim(text).n)
			continue;
		if (row->list)
			read_list(&r, text, row->list);
		else
			row->read(&r, text);
	}
	if (r.failed)
		return ERR(e, NOMEM, "annotations");
	*ret = r.out;
	return OK;
}
