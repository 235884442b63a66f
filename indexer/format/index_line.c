/* One version of a chart as one line of JSON, and that line as a block of YAML.
 *
 * The line is read as JSON by new Helms and as strict YAML by old ones, who drop the whole
 * repository for one bad line. Hence: nothing but strings and true, fields Helm knows, no key
 * twice and none longer than YAML allows.                                                   */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/format/index.h"
#include "indexer/format/name.h"

#define YAML_KEY_MAX_BYTES 1000u     /* of a key with its quotes; readers stop at 1,024 */

/* Objects and lists being written: a comma before every element but the first. */
struct list { struct sbuf *b; bool any; };

static struct list list_open(struct sbuf *b, char bracket)
{
	sbuf_putc(b, bracket);
	return (struct list){ b, false };
}

static void list_next(struct list *l)
{
	if (l->any)
		sbuf_putc(l->b, ',');
	l->any = true;
}

static void put_key(struct list *object, const char *key)
{
	list_next(object);
	sbuf_json(object->b, str_c(key));
	sbuf_putc(object->b, ':');
}

static void put_always(struct list *object, const char *key, struct str value)
{
	put_key(object, key);
	sbuf_json(object->b, value);
}

static void put_text(struct list *object, const char *key, struct str value)
{
	if (value.n)
		put_always(object, key, value);
}

static void put_true(struct list *object, const char *key, bool value)
{
	if (!value)
		return;
	put_key(object, key);
	sbuf_puts(object->b, "true");
}

static void put_texts(struct list *object, const char *key, const struct str *values, size_t count)
{
	if (!count)
		return;
	put_key(object, key);
	struct list l = list_open(object->b, '[');
	for (size_t i = 0; i < count; i++) {
		list_next(&l);
		sbuf_json(l.b, values[i]);
	}
	sbuf_putc(l.b, ']');
}

/* Of equal keys the last one stays; a key that no YAML reader takes is left out. */
static void put_annotations(struct list *object, const struct chart_meta *m)
{
	if (!m->annotation_count)
		return;
	put_key(object, "annotations");
	struct list l = list_open(object->b, '{');
	for (size_t i = 0; i < m->annotation_count; i++) {
		const struct chart_annotation *a = &m->annotations[i];
		if (i + 1 < m->annotation_count && str_eq(a->key, a[1].key))
			continue;
		AUTO_SBUF struct sbuf key = sbuf_make(YAML_KEY_MAX_BYTES);
		sbuf_json(&key, a->key);
		if (!sbuf_ok(&key))
			continue;
		list_next(&l);
		sbuf_put(l.b, sbuf_str(&key));
		sbuf_putc(l.b, ':');
		sbuf_json(l.b, a->value);
	}
	sbuf_putc(l.b, '}');
}

static void put_imports(struct list *object, const struct chart_dependency *d)
{
	if (!d->import_count)
		return;
	put_key(object, "import-values");
	struct list l = list_open(object->b, '[');
	for (size_t i = 0; i < d->import_count; i++) {
		const struct chart_import *import = &d->imports[i];
		list_next(&l);
		if (import->name.n) {
			sbuf_json(l.b, import->name);
			continue;
		}
		struct list pair = list_open(l.b, '{');
		put_always(&pair, "child", import->child);
		put_always(&pair, "parent", import->parent);
		sbuf_putc(l.b, '}');
	}
	sbuf_putc(l.b, ']');
}

static void put_dependencies(struct list *object, const struct chart_meta *m)
{
	if (!m->dependency_count)
		return;
	put_key(object, "dependencies");
	struct list l = list_open(object->b, '[');
	for (size_t i = 0; i < m->dependency_count; i++) {
		const struct chart_dependency *d = &m->dependencies[i];
		list_next(&l);
		struct list o = list_open(l.b, '{');
		put_text(&o, "alias", d->alias);
		put_text(&o, "condition", d->condition);
		put_true(&o, "enabled", d->enabled);
		put_imports(&o, d);
		put_always(&o, "name", d->name);
		put_always(&o, "repository", d->repository);
		put_texts(&o, "tags", d->tags, d->tag_count);
		put_text(&o, "version", d->version);
		sbuf_putc(o.b, '}');
	}
	sbuf_putc(l.b, ']');
}

static void put_maintainers(struct list *object, const struct chart_meta *m)
{
	if (!m->maintainer_count)
		return;
	put_key(object, "maintainers");
	struct list l = list_open(object->b, '[');
	for (size_t i = 0; i < m->maintainer_count; i++) {
		list_next(&l);
		struct list o = list_open(l.b, '{');
		put_text(&o, "email", m->maintainers[i].email);
		put_text(&o, "name", m->maintainers[i].name);
		put_text(&o, "url", m->maintainers[i].url);
		sbuf_putc(o.b, '}');
	}
	sbuf_putc(l.b, ']');
}

static bool is_absolute(struct str url)
{
	return url.n && memmem(url.p, url.n, "://", 3);
}

/* The `url` of one of ours: path segments are encoded, what has a scheme is not touched. */
static void encode_url(struct sbuf *b, struct str url)
{
	if (is_absolute(url)) {
		sbuf_put(b, url);
		return;
	}
	for (bool more = true; more;) {
		url_segment_encode(b, str_cut(&url, '/', &more));
		if (more)
			sbuf_putc(b, '/');
	}
}

void index_entry_line(struct sbuf *b, const struct index_entry *entry)
{
	const struct chart_meta *m = &entry->meta;
	struct list o = list_open(b, '{');
	put_annotations(&o, m);
	put_text(&o, "apiVersion", m->api_version);
	put_text(&o, "appVersion", m->app_version);
	put_text(&o, "condition", m->condition);
	put_text(&o, "created", entry->created);
	put_dependencies(&o, m);
	put_true(&o, "deprecated", m->deprecated);
	put_text(&o, "description", m->description);
	put_text(&o, "digest", entry->digest);
	put_text(&o, "home", m->home);
	put_text(&o, "icon", m->icon);
	put_texts(&o, "keywords", m->keywords, m->keyword_count);
	put_text(&o, "kubeVersion", m->kube_version);
	put_maintainers(&o, m);
	put_always(&o, "name", m->name);
	put_true(&o, "removed", entry->removed);
	put_texts(&o, "sources", m->sources, m->source_count);
	put_text(&o, "tags", m->tags);
	put_text(&o, "type", m->type);
	put_texts(&o, "urls", entry->urls, entry->url_count);
	put_always(&o, "version", m->version);
	sbuf_putc(b, '}');
}

void index_line(struct sbuf *b, const struct chart_meta *m, struct str url, int64_t created_ns,
                const struct sha256 *digest)
{
	char created[RFC3339_MAX_BYTES], hex[SHA256_HEX_BYTES + 1];
	AUTO_SBUF struct sbuf encoded = sbuf_make(INDEX_LINE_MAX_BYTES);
	encode_url(&encoded, url);
	struct str urls[] = { sbuf_str(&encoded) };
	struct index_entry entry = { .meta = *m, .urls = urls, .url_count = 1 };
	sha256_hex(digest, hex);
	entry.digest = str_c(hex);
	entry.created = str_make(created, clock_format(created_ns, created));
	index_entry_line(b, &entry);
	if (!sbuf_ok(&encoded))
		b->failed = true;
}

/* ---- the same as YAML ---- */

static void put_map(struct sbuf *b, const struct node *map, int indent, bool quoted_keys);

static void put_pad(struct sbuf *b, int indent) { sbuf_printf(b, "%*s", indent, ""); }

static void put_scalar(struct sbuf *b, const struct node *n)
{
	if (n->plain)
		sbuf_put(b, n->text);
	else
		sbuf_json(b, n->text);
	sbuf_putc(b, '\n');
}

static void put_list(struct sbuf *b, const struct node *list, int indent)
{
	for (const struct node_item *i = list->items; i; i = i->next) {
		put_pad(b, indent);
		sbuf_puts(b, "- ");
		if (i->value->kind == NODE_MAP)
			put_map(b, i->value, indent + 2, false);
		else
			put_scalar(b, i->value);
	}
}

/* The first key follows what is already on the line. */
static void put_map(struct sbuf *b, const struct node *map, int indent, bool quoted_keys)
{
	if (!map->count)
		sbuf_puts(b, "{}\n");
	for (const struct node_item *i = map->items; i; i = i->next) {
		if (i != map->items)
			put_pad(b, indent);
		if (quoted_keys)
			sbuf_json(b, i->key);
		else
			sbuf_put(b, i->key);
		if (i->value->kind == NODE_SCALAR) {
			sbuf_puts(b, ": ");
			put_scalar(b, i->value);
		} else if (i->value->kind == NODE_LIST) {
			sbuf_puts(b, ":\n");
			put_list(b, i->value, indent);
		} else if (!i->value->count) {
			sbuf_puts(b, ": {}\n");
		} else {
			sbuf_puts(b, ":\n");
			put_pad(b, indent + 2);
			put_map(b, i->value, indent + 2, true);
		}
	}
}

enum err index_line_to_yaml(struct str line, struct sbuf *b, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	const struct node *map;
	enum err err = json_read(&a, line, "index line", &map, e);
	if (err)
		return err == ERR_NOMEM ? err : ERR(e, BUG, "an index line is not JSON");
	if (map->kind != NODE_MAP)
		return ERR(e, BUG, "an index line is not an object");
	sbuf_puts(b, "  - ");
	put_map(b, map, 4, false);
	return OK;
}
