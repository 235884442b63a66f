/* See images_rewrite_values.h. */
#include "indexer/document/images_rewrite_values.h"

#include <stdlib.h>

static int by_keys(const void *left, const void *right)
{
	const struct values_change *a = left, *b = right;
	for (size_t i = 0; i < a->count && i < b->count; i++) {
		int order = str_cmp(a->keys[i], b->keys[i]);
		if (order)
			return order;
	}
	return (a->count > b->count) - (a->count < b->count);
}

static bool is_plain_key(struct str key)
{
	static const char *const words[] = { "y", "n", "yes", "no", "on", "off", "true", "false", "null" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_nocase(key, str_c(words[i])))
			return false;
	for (size_t i = 0; i < key.n; i++)
		if (!((key.p[i] | 0x20) >= 'a' && (key.p[i] | 0x20) <= 'z') &&
		    !(i && key.p[i] && strchr("0123456789-_", key.p[i])))
			return false;
	return key.n > 0;
}

static void put_key(struct sbuf *b, size_t depth, struct str key)
{
	while (depth--)
		sbuf_puts(b, "  ");
	if (is_plain_key(key))
		sbuf_put(b, key);
	else
		sbuf_json(b, key);
	sbuf_putc(b, ':');
}

static size_t shared(const struct values_change *a, const struct values_change *b)
{
	size_t n = 0;
	while (a && n < a->count && n < b->count && str_eq(a->keys[n], b->keys[n]))
		n++;
	return n;
}

void values_changes_put(struct values_change *changes, size_t count, struct sbuf *b)
{
	const struct values_change *last = NULL;
	if (count)
		qsort(changes, count, sizeof *changes, by_keys);
	for (size_t i = 0; i < count; i++) {
		const struct values_change *x = &changes[i];
		size_t n = shared(last, x);
		if (last && n == last->count)
			continue;
		for (; n < x->count; n++) {
			put_key(b, n, x->keys[n]);
			sbuf_puts(b, n + 1 < x->count ? "\n" : " ");
		}
		sbuf_json(b, x->value);
		sbuf_putc(b, '\n');
		last = x;
	}
	sbuf_puts(b, count ? "" : "{}\n");
}
