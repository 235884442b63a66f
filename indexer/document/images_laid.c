/* A chart's images with values of one's own, which lie upon its values.yaml as those of helm -f do. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/images_parts.h"
#include "indexer/format/node_json.h"

struct top { const struct node_item *item; bool used; };

static int by_key(const void *a, const void *b)
{
	return str_cmp(((const struct top *)a)->item->key, ((const struct top *)b)->item->key);
}

static struct top *sort(struct arena *a, const struct node *over)
{
	struct top *tops = arena_array(a, over->count + 1, sizeof *tops);
	size_t n = 0;
	for (const struct node_item *i = over->items; tops && i; i = i->next)
		tops[n++] = (struct top){ i, false };
	if (n)
		qsort(tops, n, sizeof *tops, by_key);
	return tops;
}

/* Maps are merged, all else is replaced. NULL: out of memory. */
static const struct node *lay(struct arena *a, const struct node *base, const struct node *over)
{
	if (!base || base->kind != NODE_MAP || over->kind != NODE_MAP)
		return over;
	if (!over->count)
		return base;
	struct node *map = ARENA_NEW(a, struct node);
	struct node_item *items = arena_array(a, base->count + over->count, sizeof *items);
	struct top *tops = sort(a, over), *top;
	if (!map || !items || !tops)
		return NULL;
	*map = *base;
	map->items = items;
	map->count = 0;
	for (const struct node_item *i = base->items; i; i = i->next) {
		items[map->count] = *i;
		top = bsearch(&(struct top){ i, false }, tops, over->count, sizeof *tops, by_key);
		if (top) {
			top->used = true;
			items[map->count].value = lay(a, i->value, top->item->value);
		}
		if (!items[map->count++].value)
			return NULL;
	}
	for (size_t i = 0; i < over->count; i++)
		if (!tops[i].used)
			items[map->count++] = *tops[i].item;
	for (uint32_t i = 0; i < map->count; i++)
		items[i].next = i + 1 < map->count ? &items[i + 1] : NULL;
	return map;
}

static enum err put_laid(struct arena *a, const struct chart *c, struct str values, struct sbuf *to,
                         struct errinfo *e)
{
	const struct node *base, *over, *all;
	enum err err = images_yaml(a, c->values, &base, e);
	if (!err)
		err = images_yaml(a, values, &over, e);
	if (err)
		return err;
	all = over ? lay(a, base && base->kind == NODE_MAP ? base : NULL, over) : base;
	err = over && !all ? ERR(e, NOMEM, "values") : node_json(a, all, to, e);
	if (err || sbuf_ok(to))
		return err;
	return to->n < to->limit / 2 ? ERR(e, NOMEM, "values")
	                             : ERR(e, TOO_LARGE, "values.yaml has more than %zu MiB, aliases expanded",
	                                   to->limit / MIB);
}

enum err images_with_values(struct arena *a, const struct chart *c, struct str values,
                            struct chart_images *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(CHART_UNPACKED_MAX_BYTES);
	struct chart laid = *c;
	enum err err = put_laid(&scratch, c, values, &b, e);
	if (!err && !arena_str(a, sbuf_str(&b), &laid.values))
		err = ERR(e, NOMEM, "values");
	return err ? err : images_read_all(a, &laid, ret, e);
}
