/* Index lines for tests, and the index as an array that is written from scratch. */
#include "tests/lib/index_lines.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/sbuf.h"

#define TEXT_MAX_BYTES (1u << 30)

uint64_t test_random(uint64_t *state)
{
	uint64_t x = (*state += UINT64_C(0x9e3779b97f4a7c15));
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static struct str copy(struct str s)
{
	char *p = must(malloc(s.n + 1));
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return str_make(p, s.n);
}

static void noise(struct sbuf *b, size_t bytes, uint64_t seed)
{
	static const char *const words[] = {
		"release", "config", "service", "cluster ", "-", "a", "storage", "of",
	};
	for (size_t end = b->n + bytes; b->n < end && sbuf_ok(b);) {
		uint64_t x = test_random(&seed);
		sbuf_puts(b, words[x & 7]);
		sbuf_printf(b, "%x", (unsigned)(x >> 52));
	}
}

struct index_item item_new(const char *name, const char *version, int64_t created_ns, size_t pad,
                           uint64_t seed)
{
	struct sbuf b = sbuf_make(TEXT_MAX_BYTES);
	sbuf_puts(&b, "{\"apiVersion\":\"v2\",\"description\":\"");
	noise(&b, pad, seed);
	sbuf_printf(&b, "\",\"digest\":\"%016llx\"", (unsigned long long)test_random(&seed));
	sbuf_puts(&b, ",\"name\":");
	sbuf_json(&b, str_c(name));
	sbuf_puts(&b, ",\"urls\":[\"charts/x.tgz\"],\"version\":");
	sbuf_json(&b, str_c(version));
	sbuf_putc(&b, '}');
	size_t n = b.n;
	return (struct index_item){ copy(str_c(name)), { must(sbuf_take(&b)), n },
	                            { copy(str_c(version)), created_ns }, 0 };
}

void item_free(struct index_item *item)
{
	free((void *)(uintptr_t)item->name.p);
	free((void *)(uintptr_t)item->line.p);
	free((void *)(uintptr_t)item->key.version.p);
}

void model_remove(struct model *m, struct str name, struct str version)
{
	for (size_t i = 0; i < m->count; i++)
		if (str_eq(m->items[i].name, name) && str_eq(m->items[i].key.version, version)) {
			item_free(&m->items[i]);
			m->items[i] = m->items[--m->count];
			return;
		}
}

void model_put(struct model *m, const struct index_item *item)
{
	model_remove(m, item->name, item->key.version);
	if (m->count == m->capacity) {
		m->capacity = m->capacity ? 2 * m->capacity : 64;
		m->items = must(reallocarray(m->items, m->capacity, sizeof *m->items));
	}
	struct index_key key = { copy(item->key.version), item->key.created_ns };
	m->items[m->count++] = (struct index_item){ copy(item->name), copy(item->line), key, 0 };
}

void model_free(struct model *m)
{
	for (size_t i = 0; i < m->count; i++)
		item_free(&m->items[i]);
	free(m->items);
}

char *model_text(struct model *m, enum rope_format f, int64_t generated_ns, size_t *ret_n)
{
	struct sbuf b = sbuf_make(TEXT_MAX_BYTES);
	if (index_write(&b, m->items, m->count, f == ROPE_JSON, NULL, generated_ns, NULL))
		abort();
	*ret_n = b.n;
	return must(sbuf_take(&b));
}
