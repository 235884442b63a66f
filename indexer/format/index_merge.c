/* Two indexes as one: what `helm repo index --merge` adds to the charts it found itself. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/index.h"

int index_item_cmp(const void *left, const void *right)
{
	const struct index_item *a = left, *b = right;
	int order = str_cmp(a->name, b->name);
	return order ? order : str_cmp(a->key.version, b->key.version);
}

static enum err render(struct arena *a, const struct index_entry *entry, struct index_item *item,
                       struct errinfo *e)
{
	AUTO_SBUF struct sbuf line = sbuf_make(INDEX_LINE_MAX_BYTES);
	index_entry_line(&line, entry);
	if (!sbuf_ok(&line) || !arena_str(a, sbuf_str(&line), &item->line))
		return ERR(e, NOMEM, "%.*s: the entry of %.*s is too large", STR_ARG(item->name),
		           STR_ARG(item->key.version));
	item->key.created_ns = entry->created_ns;
	return OK;
}

/* Appends to items[fresh…count] what is not among the first `fresh`. */
static enum err add_chart(struct arena *a, const struct index_chart *c, struct index_item *items,
                          size_t fresh, size_t *count, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < c->count && !err; i++) {
		struct index_item item = { .name = c->name, .key.version = c->versions[i].meta.version };
		if (bsearch(&item, items, fresh, sizeof item, index_item_cmp))
			continue;
		err = render(a, &c->versions[i], &item, e);
		items[(*count)++] = item;
	}
	return err;
}

enum err index_merge(struct arena *a, const struct index_item *items, size_t count,
                     const struct index_file *other, struct index_item **ret, size_t *ret_count,
                     struct errinfo *e)
{
	size_t more = 0, merged = count;
	for (size_t i = 0; i < other->count; i++)
		more += other->charts[i].count;
	struct index_item *all = arena_array(a, count + more + 1, sizeof *all);
	if (!all)
		return ERR(e, NOMEM, "index");
	if (count)
		memcpy(all, items, count * sizeof *all);
	enum err err = OK;
	for (size_t i = 0; i < other->count && !err; i++)
		err = add_chart(a, &other->charts[i], all, count, &merged, e);
	if (err)
		return err;
	*ret = all;
	*ret_count = merged;
	return OK;
}
