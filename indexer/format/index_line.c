/* One version of a chart as one line of JSON, and that line as a block of YAML.
 *
 * The line is read as JSON by new Helms and as strict YAML by old ones, who drop the whole
 * repository for one bad line. Hence: nothing but strings and true, fields Helm knows, no key
 * twice and none longer than YAML allows.                                                   */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/index.h"
#include "indexer/format/name.h"

#define YAML_KEY_MAX_BYTES 1000u     /* of a key with its quotes; readers stop at 1,024 */

static void put_text(struct sbuf *b, const char *key, struct str value)
{
	if (value.n)
		json_text(b, key, value);
}

static void put_true(struct sbuf *b, const char *key, bool value)
{
	if (value)
		json_bool(b, key, true);
}

static void open_list(struct sbuf *b, const char *key, char bracket)
{
	json_key(b, key);
	sbuf_putc(b, bracket);
}

static void open_object(struct sbuf *b)
{
	json_next(b);
	sbuf_putc(b, '{');
}

static void put_texts(struct sbuf *b, const char *key, const struct str *values, size_t count)
{
	if (count)
		json_texts(b, key, values, count);
}

/* Of equal keys the last one stays; a key that no YAML reader takes is left out. */
static void put_annotations(struct sbuf *b, const struct chart_meta *m)
{
	if (!m->annotation_count)
		return;
	open_list(b, "annotations", '{');
	for (size_t i = 0; i < m->annotation_count; i++) {
		const struct chart_annotation *a = &m->annotations[i];
		if (i + 1 < m->annotation_count && str_eq(a->key, a[1].key))
			continue;
		size_t before = b->n;
		json_next(b);
		size_t key = b->n;
		sbuf_json(b, a->key);
		if (b->n - key > YAML_KEY_MAX_BYTES) {
			b->n = before;
			continue;
		}
		sbuf_putc(b, ':');
		sbuf_json(b, a->value);
	}
	sbuf_putc(b, '}');
}

static void put_imports(struct sbuf *b, const struct chart_dependency *d)
{
	if (!d->import_count)
		return;
	open_list(b, "import-values", '[');
	for (size_t i = 0; i < d->import_count; i++) {
		const struct chart_import *import = &d->imports[i];
		if (import->name.n) {
			json_next(b);
			sbuf_json(b, import->name);
			continue;
		}
		open_object(b);
		json_text(b, "child", import->child);
		json_text(b, "parent", import->parent);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static void put_dependencies(struct sbuf *b, const struct chart_meta *m)
{
	if (!m->dependency_count)
		return;
	open_list(b, "dependencies", '[');
	for (size_t i = 0; i < m->dependency_count; i++) {
		const struct chart_dependency *d = &m->dependencies[i];
		open_object(b);
		put_text(b, "alias", d->alias);
		put_text(b, "condition", d->condition);
		put_true(b, "enabled", d->enabled);
		put_imports(b, d);
		json_text(b, "name", d->name);
		json_text(b, "repository", d->repository);
		put_texts(b, "tags", d->tags, d->tag_count);
		put_text(b, "version", d->version);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static void put_maintainers(struct sbuf *b, const struct chart_meta *m)
{
	if (!m->maintainer_count)
		return;
	open_list(b, "maintainers", '[');
	for (size_t i = 0; i < m->maintainer_count; i++) {
		open_object(b);
		put_text(b, "email", m->maintainers[i].email);
		put_text(b, "name", m->maintainers[i].name);
		put_text(b, "url", m->maintainers[i].url);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

bool index_url_is_absolute(struct str url)
{
	return url.n && memmem(url.p, url.n, "://", 3);
}

/* The `url` of one of ours: path segments are encoded, what has a scheme is not touched. */
static void encode_url(struct sbuf *b, struct str url)
{
	if (index_url_is_absolute(url)) {
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
	sbuf_putc(b, '{');
	put_annotations(b, m);
	put_text(b, "apiVersion", m->api_version);
	put_text(b, "appVersion", m->app_version);
	put_text(b, "condition", m->condition);
	put_text(b, "created", entry->created);
	put_dependencies(b, m);
	put_true(b, "deprecated", m->deprecated);
	put_text(b, "description", m->description);
	put_text(b, "digest", entry->digest);
	put_text(b, "home", m->home);
	put_text(b, "icon", m->icon);
	put_texts(b, "keywords", m->keywords, m->keyword_count);
	put_text(b, "kubeVersion", m->kube_version);
	put_maintainers(b, m);
	json_text(b, "name", m->name);
	put_true(b, "removed", entry->removed);
	put_texts(b, "sources", m->sources, m->source_count);
	put_text(b, "tags", m->tags);
	put_text(b, "type", m->type);
	put_texts(b, "urls", entry->urls, entry->url_count);
	json_text(b, "version", m->version);
	sbuf_putc(b, '}');
}

const char *index_chart_url(struct arena *a, struct str file)
{
	return arena_printf(a, "charts/%.*s", STR_ARG(file));
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
