/* A whole index, read as Helm reads it: the file is refused where Helm refuses it, a version is
 * skipped where Helm skips it, and everything is put in order.                              */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/limits.h"
#include "indexer/format/index_fields.h"

/* An event needs about 18 bytes in real indexes; what is much denser is not an index, and the
 * tree of it would take 50 times its size.                                                  */
#define INDEX_BYTES_PER_EVENT 4u

/* ---- versions ---- */

static void skip(struct index_file *file, struct str chart, struct str version, const char *why)
{
	if (file->skipped++)
		return;
	(void)snprintf(file->first_skipped, sizeof file->first_skipped, "chart \"%.*s\" \"%.*s\": %s",
	               STR_ARG(str_first(chart, 80)), STR_ARG(str_first(version, 40)), why);
	err_clean(file->first_skipped);
}

static int compare_entries(const void *left, const void *right)
{
	const struct index_entry *a = left, *b = right;
	return index_key_cmp(&(struct index_key){ a->meta.version, a->created_ns },
	                     &(struct index_key){ b->meta.version, b->created_ns });
}

static enum err read_entry(struct index_reader *r, const struct node *n, struct index_chart *chart)
{
	struct index_entry *entry = &chart->versions[chart->count];
	if (node_is_null(n)) {
		skip(r->file, chart->name, STR(""), "the entry is null");
		return OK;
	}
	const char *why;
	enum err err = index_read_version(r, n, entry, &why);
	if (err) {
		err_prefix(r->e, "chart \"%.*s\"", STR_ARG(str_first(chart->name, 80)));
		return err;
	}
	if (why)
		skip(r->file, chart->name, entry->meta.version, why);
	else
		chart->count++;
	return OK;
}

/* ---- charts ---- */

static enum err read_chart(struct index_reader *r, const struct node_item *item,
                           struct index_chart *chart)
{
	const struct node *list = item->value;
	if (!node_key_string(r->arena, item, &chart->name))
		return ERR(r->e, NOMEM, "reading %s", r->name);
	if (node_is_null(list))
		return OK;
	if (list->kind != NODE_LIST)
		return index_refuse(r, list->line, "chart \"%.*s\" must be a list of versions",
		                    STR_ARG(str_first(chart->name, 80)));
	chart->versions = arena_array(r->arena, list->count, sizeof *chart->versions);
	if (!chart->versions)
		return ERR(r->e, NOMEM, "reading %s", r->name);
	for (const struct node_item *i = list->items; i; i = i->next) {
		enum err err = read_entry(r, i->value, chart);
		if (err)
			return err;
	}
	if (chart->count)
		qsort(chart->versions, chart->count, sizeof *chart->versions, compare_entries);
	return OK;
}

static int compare_charts(const void *left, const void *right)
{
	const struct index_chart *a = left, *b = right;
	return str_cmp(a->name, b->name);
}

/* Sorted; without charts that have no version left, and without a second one of the same name
 * (possible with the keys 1.10 and "1.1").                                                   */
static void arrange(struct index_file *file)
{
	size_t kept = 0;
	if (file->count)
		qsort(file->charts, file->count, sizeof *file->charts, compare_charts);
	for (size_t i = 0; i < file->count; i++) {
		bool same = kept && str_eq(file->charts[kept - 1].name, file->charts[i].name);
		if (file->charts[i].count && !same)
			file->charts[kept++] = file->charts[i];
	}
	file->count = kept;
}

static enum err read_entries(struct index_reader *r, const struct index_field *f,
                             const struct node *n, void *object)
{
	(void)f, (void)object;
	if (n->kind != NODE_MAP)
		return index_refuse(r, n->line, "\"entries\" must be a map");
	r->file->count = 0;
	r->file->charts = arena_array(r->arena, n->count, sizeof *r->file->charts);
	if (!r->file->charts)
		return ERR(r->e, NOMEM, "reading %s", r->name);
	for (const struct node_item *i = n->items; i; i = i->next) {
		enum err err = read_chart(r, i, &r->file->charts[r->file->count++]);
		if (err)
			return err;
	}
	arrange(r->file);
	return OK;
}

/* ---- the file ---- */

struct top_level { struct str api_version, generated; };

static const struct index_field top_fields[] = {
	{ "apiVersion",  index_read_coerced, .at = offsetof(struct top_level, api_version) },
	{ "generated",   index_read_time,    .at = offsetof(struct top_level, generated) },
	{ "entries",     read_entries,       .at = 0 },
	{ "serverInfo",  index_skip_map,     .at = 0 },
	{ "publicKeys",  index_skip_texts,   .bytes = sizeof(struct str) },
	{ "annotations", index_skip_annotations, .at = 0 },
	{ .key = NULL }
};

static enum err read_tree(struct index_reader *r, struct str data, const struct node **ret)
{
	enum err err = json_read_lenient(r->arena, data, r->name, ret, NULL);
	r->json = !err;
	if (!err)
		return OK;
	if (err == ERR_NOMEM)
		return ERR(r->e, NOMEM, "reading %s", r->name);
	struct yaml_options o = yaml_values;
	uint64_t events = YAML_VALUES_EVENTS_MAX + data.n / INDEX_BYTES_PER_EVENT;
	o.name = r->name;
	o.events_max = events < UINT32_MAX ? (uint32_t)events : UINT32_MAX;
	o.duplicate_keys_last_wins = false;
	o.as_helm = true;
	return yaml_read(r->arena, data, &o, ret, r->e);
}

enum err index_read(struct arena *a, struct str data, const char *name, struct index_file *ret,
                    struct errinfo *e)
{
	struct index_file file = { .count = 0 };
	struct index_reader r = { .arena = a, .name = name, .e = e, .file = &file };
	struct top_level top = { { NULL, 0 }, { NULL, 0 } };
	const struct node *root = NULL;
	if (!data.n)
		return ERR(e, METADATA, "%s: the file is empty", name);
	enum err err = read_tree(&r, data, &root);
	if (!err && !node_is_null(root))
		err = index_read_object(&r, top_fields, root, &top);
	if (err)
		return err;
	if (!top.api_version.n)
		return ERR(e, METADATA, "%s: no API version specified", name);
	file.generated = top.generated;
	*ret = file;
	return OK;
}
