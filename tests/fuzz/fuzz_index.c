/* Indexes of strangers: no crash, and whatever index_read accepts,
 *   - index_line renders to a line that JSON and strict YAML read alike, with the same values;
 *   - index_line_to_yaml says the same;
 *   - a whole index written from it, in both formats, is read again with the same versions.  */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/format/index.h"

#define OUTPUT_MAX_BYTES (64u * MIB)

static const struct sha256 digest;

static void expect_equal(const struct node *a, const struct node *b)
{
	REQUIRE(a && b && a->kind == b->kind && a->count == b->count);
	REQUIRE(str_eq(a->text, b->text) && a->plain == b->plain);
	const struct node_item *i = a->items, *j = b->items;
	for (; i; i = i->next, j = j->next) {
		REQUIRE(str_eq(i->key, j->key));
		expect_equal(i->value, j->value);
	}
}

static const struct node *read_strict(struct arena *a, struct str text)
{
	struct yaml_options o = yaml_strict;
	const struct node *n = NULL;
	o.events_max = UINT32_MAX;
	o.scalar_max_bytes = OUTPUT_MAX_BYTES;
	REQUIRE(yaml_read(a, text, &o, &n, NULL) == OK);
	return n;
}

static void expect_values(const struct node *n, const struct chart_meta *m)
{
	const struct { const char *key; struct str value; } rows[] = {
		{ "apiVersion", m->api_version },  { "appVersion", m->app_version },
		{ "condition", m->condition },     { "description", m->description },
		{ "home", m->home },               { "icon", m->icon },
		{ "kubeVersion", m->kube_version },{ "name", m->name },
		{ "tags", m->tags },               { "type", m->type },
		{ "version", m->version },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		REQUIRE(str_eq(node_text(node_get(n, rows[i].key)), rows[i].value));
	const struct node *keywords = node_get(n, "keywords");
	REQUIRE((keywords ? keywords->count : 0) == m->keyword_count);
	const struct node *dependencies = node_get(n, "dependencies");
	REQUIRE((dependencies ? dependencies->count : 0) == m->dependency_count);
}

static struct str render(struct arena *a, struct sbuf *b, const struct index_entry *entry)
{
	const struct node *json = NULL;
	AUTO_SBUF struct sbuf block = sbuf_make(OUTPUT_MAX_BYTES);
	index_line(b, &entry->meta, entry->url_count ? entry->urls[0] : STR("charts/x.tgz"), 0, &digest);
	REQUIRE(sbuf_ok(b));
	struct str line = sbuf_str(b);
	REQUIRE(!str_has(line, '\n'));
	REQUIRE(json_read(a, line, "line", &json, NULL) == OK);
	expect_values(json, &entry->meta);
	expect_equal(json, read_strict(a, line));
	REQUIRE(index_line_to_yaml(line, &block, NULL) == OK);
	const struct node *list = read_strict(a, sbuf_str(&block));
	REQUIRE(list->kind == NODE_LIST && list->count == 1);
	expect_equal(json, list->items->value);
	return line;
}

static void expect_same_index(struct arena *a, const struct index_file *file, struct str text)
{
	struct index_file again;
	(void)read_strict(a, text);
	REQUIRE(index_read(a, text, "again", &again, NULL) == OK);
	REQUIRE(again.count == file->count && again.skipped == 0);
	for (size_t i = 0; i < file->count; i++) {
		REQUIRE(str_eq(file->charts[i].name, again.charts[i].name));
		REQUIRE(file->charts[i].count == again.charts[i].count);
	}
}

static void try_file(struct arena *a, const struct index_file *file)
{
	size_t count = 0, at = 0;
	for (size_t i = 0; i < file->count; i++) {
		if (file->charts[i].name.n > CHART_NAME_MAX_BYTES)
			return;                  /* too long for a key of YAML; never published here */
		count += file->charts[i].count;
	}
	struct index_item *items = arena_array(a, count, sizeof *items);
	REQUIRE(items);
	for (size_t i = 0; i < file->count; i++)
		for (size_t j = 0; j < file->charts[i].count; j++) {
			const struct index_entry *entry = &file->charts[i].versions[j];
			AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
			struct str line = render(a, &b, entry);
			items[at].name = file->charts[i].name;
			items[at].key.version = entry->meta.version;
			REQUIRE(arena_str(a, line, &items[at++].line));
		}
	for (int json = 0; json <= 1; json++) {
		AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
		REQUIRE(index_write(&b, items, count, json, NULL, 0, NULL) == OK);
		expect_same_index(a, file, sbuf_str(&b));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct index_file file;
	struct errinfo e;
	enum err err = index_read(&a, str_make(bytes, n), "index.yaml", &file, &e);
	REQUIRE(err == OK || err == ERR_METADATA);
	if (err)
		REQUIRE(e.detail[0]);
	else
		try_file(&a, &file);
	return 0;
}
