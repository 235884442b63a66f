/* Steps and comparisons that the tests of the rope share. */
#include "tests/lib/rope_check.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <zlib.h>

#include "indexer/base/auto.h"

struct str rope_text(const struct rope *r)
{
	unsigned count;
	const struct iovec *iov = rope_iov(r, &count);
	char *text = malloc(rope_bytes(r) + 1), *to = text;
	assert_non_null(text);
	static_assert(INDEX_LEAVES_MAX + 2 <= HTTP_RESPONSE_PIECES_MAX, "a response may have them all");
	assert_true(count <= INDEX_LEAVES_MAX + 2);
	for (unsigned i = 0; i < count; i++) {
		assert_true(iov[i].iov_len > 0);
		memcpy(to, iov[i].iov_base, iov[i].iov_len);
		to += iov[i].iov_len;
	}
	assert_int_equal(to - text, rope_bytes(r));
	*to = '\0';
	return str_make(text, (size_t)(to - text));
}

/* cmocka's own compares byte by byte. */
static void same(struct str a, struct str b)
{
	assert_int_equal(a.n, b.n);
	assert_true(str_eq(a, b));
}

void drop(struct str text) { free((void *)(uintptr_t)text.p); }

/* One member: zlib says so, and nothing stands behind it. */
void check_gzip(struct rope *r, struct str text)
{
	struct str gzip;
	assert_int_equal(rope_gzip(r, &gzip, NULL), OK);
	assert_true(rope_gzip_is_ready(r));
	assert_memory_equal(gzip.p, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
	char *out = malloc(text.n + 1);
	assert_non_null(out);
	z_stream z = { .next_in = (Bytef *)(uintptr_t)gzip.p, .avail_in = (uInt)gzip.n,
	               .next_out = (Bytef *)out, .avail_out = (uInt)text.n + 1 };
	assert_int_equal(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.avail_in, 0);
	same(str_make(out, z.total_out), text);
	assert_int_equal(inflateEnd(&z), Z_OK);
	free(out);
}

struct rope *built(const struct model *m, enum rope_format f)
{
	struct rope *r;
	struct index_item *items = malloc((m->count + 1) * sizeof *items);
	assert_non_null(items);
	for (size_t i = 0; i < m->count; i++)
		items[i] = m->items[m->count - 1 - i];
	assert_int_equal(rope_build(f, items, m->count, T0, &r, NULL), OK);
	free(items);
	return r;
}

void check_text(const struct rope *r, struct model *m, enum rope_format f)
{
	struct str text = rope_text(r), wanted;
	wanted.p = model_text(m, f, T0, &wanted.n);
	same(text, wanted);
	assert_int_equal(rope_versions(r), m->count);
	drop(text);
	drop(wanted);
}

void check_against_built(struct rope *r, const struct model *m, enum rope_format f)
{
	struct rope *other = built(m, f);
	struct str text = rope_text(r), text2 = rope_text(other), gzip, gzip2;
	same(text, text2);
	check_gzip(r, text);
	assert_int_equal(rope_gzip(r, &gzip, NULL), OK);
	assert_int_equal(rope_gzip(other, &gzip2, NULL), OK);
	same(gzip, gzip2);
	drop(text);
	drop(text2);
	rope_unref(other);
}

/* The model is sorted: check_text came before. */
void check_lookups(const struct rope *r, const struct model *m)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str *names;
	size_t name_count, at = 0;
	assert_int_equal(rope_names(&a, r, &names, &name_count, NULL), OK);
	assert_int_equal(name_count, rope_charts(r));
	for (size_t i = 0; i < name_count; i++) {
		struct rope_version *v;
		size_t count;
		assert_int_equal(rope_chart(&a, r, names[i], &v, &count, NULL), OK);
		assert_true(count > 0 && at + count <= m->count);
		for (size_t k = 0; k < count; k++, at++) {
			assert_true(str_eq(m->items[at].name, names[i]));
			assert_true(str_eq(m->items[at].key.version, v[k].version));
			assert_int_equal(m->items[at].key.created_ns, v[k].created_ns);
			if (r->format == ROPE_JSON)
				assert_true(str_eq(m->items[at].line, v[k].line));
		}
	}
	assert_int_equal(at, m->count);
}

void check_leaves(const struct rope *r)
{
	for (uint32_t i = 0; i + 1 < r->leaf_count; i++)
		assert_true(r->leaves[i]->entries[r->leaves[i]->count - 1].ends_piece);
}

void put(struct rope_edit *x, struct model *m, const struct index_item *item)
{
	assert_int_equal(rope_put(x, item, NULL), OK);
	model_put(m, item);
}

void put_new(struct rope_edit *x, struct model *m, const char *name, const char *version,
                    int64_t created_ns, size_t pad, uint64_t seed)
{
	struct index_item item = item_new(name, version, created_ns, pad, seed);
	put(x, m, &item);
	item_free(&item);
}

struct rope_edit *edit(struct rope *r)
{
	struct rope_edit *x;
	assert_int_equal(rope_edit_new(r, &x, NULL), OK);
	return x;
}

/* Replaces *r. */
void commit(struct rope_edit *x, struct rope **r)
{
	struct rope *next;
	assert_int_equal(rope_commit(x, T0, &next, NULL), OK);
	rope_unref(*r);
	*r = next;
}

struct rope *empty(enum rope_format f)
{
	struct rope *r;
	assert_int_equal(rope_empty(f, T0, &r, NULL), OK);
	return r;
}

/* Versions of the same size: charts × versions of each. */
void fill_model(struct model *m, unsigned charts, unsigned versions, size_t pad)
{
	char name[16], version[16];
	m->capacity = (size_t)charts * versions;
	m->items = malloc(m->capacity * sizeof *m->items);
	assert_non_null(m->items);
	for (unsigned c = 0; c < charts; c++)
		for (unsigned v = 0; v < versions; v++) {
			(void)snprintf(name, sizeof name, "chart-%05u", c);
			(void)snprintf(version, sizeof version, "%u.%u.0", v / 100, v % 100);
			m->items[m->count] = item_new(name, version, T0, pad, m->count);
			m->count++;
		}
}
