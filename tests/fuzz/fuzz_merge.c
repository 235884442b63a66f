/* `helm repo index --merge` with two indexes of strangers, the second behind the first NUL.
 *
 * What must hold: what the first has stays as it is, of the second comes exactly what the first
 * lacks, the result is an index with as many versions, and the served index that grew by the same
 * lines one at a time has the same text.                                                     */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/ingest/rope.h"

#define OUTPUT_MAX_BYTES (64u * MIB)

struct items { struct index_item *p; size_t count; };

static size_t count_versions(const struct index_file *file)
{
	size_t count = 0;
	for (size_t i = 0; i < file->count; i++)
		count += file->charts[i].count;
	return count;
}

/* Of several entries of one version the first counts. */
static void make_unique(struct items *x)
{
	size_t n = 0;
	if (x->count)
		qsort(x->p, x->count, sizeof *x->p, index_item_cmp);
	for (size_t i = 0; i < x->count; i++)
		if (!n || index_item_cmp(&x->p[n - 1], &x->p[i]) != 0)
			x->p[n++] = x->p[i];
	x->count = n;
}

static bool has(const struct items *x, const struct index_item *item)
{
	return x->count && bsearch(item, x->p, x->count, sizeof *item, index_item_cmp);
}

static void check_merged(const struct items *old, const struct items *merged,
                         const struct index_file *other)
{
	size_t more = 0;
	for (size_t i = 0; i < other->count; i++)
		for (size_t j = 0; j < other->charts[i].count; j++) {
			const struct index_item item = { .name = other->charts[i].name,
				.key.version = other->charts[i].versions[j].meta.version };
			more += !has(old, &item);
		}
	REQUIRE(merged->count == old->count + more);
	for (size_t i = 0; i < old->count; i++)
		REQUIRE(str_eq(old->p[i].line, merged->p[i].line));
	for (size_t i = old->count; i < merged->count; i++)
		REQUIRE(!has(old, &merged->p[i]) && !str_has(merged->p[i].line, '\n'));
}

static void check_rope(const struct items *old, const struct items *all, struct str text)
{
	AUTO_SBUF struct sbuf served = sbuf_make(OUTPUT_MAX_BYTES);
	struct rope *before, *after;
	struct rope_edit *edit;
	unsigned pieces;
	REQUIRE(rope_build(ROPE_JSON, old->p, old->count, 0, &before, NULL) == OK);
	REQUIRE(rope_edit_new(before, &edit, NULL) == OK);
	for (size_t i = 0; i < all->count; i++)
		REQUIRE(rope_put(edit, &all->p[i], NULL) == OK);
	REQUIRE(rope_commit(edit, 0, &after, NULL) == OK);
	const struct iovec *piece = rope_iov(after, &pieces);
	for (unsigned i = 0; i < pieces; i++)
		sbuf_put(&served, str_make(piece[i].iov_base, piece[i].iov_len));
	REQUIRE(sbuf_ok(&served) && str_eq(sbuf_str(&served), text));
	rope_unref(before);
	rope_unref(after);
}

static void check_text(struct arena *a, struct items *old, struct items *all)
{
	AUTO_SBUF struct sbuf text = sbuf_make(OUTPUT_MAX_BYTES);
	struct index_file again;
	for (size_t i = 0; i < all->count; i++)
		if (all->p[i].name.n > CHART_NAME_MAX_BYTES)
			return;                          /* never published here */
	make_unique(all);
	REQUIRE(index_write(&text, all->p, all->count, true, NULL, 0, NULL) == OK);
	check_rope(old, all, sbuf_str(&text));
	REQUIRE(index_read(a, sbuf_str(&text), "again", &again, NULL) == OK);
	REQUIRE(again.skipped == 0 && count_versions(&again) == all->count);
}

static bool read_index(struct arena *a, struct str text, struct index_file *ret)
{
	return index_read(a, text, "index.yaml", ret, NULL) == OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str second = str_make(data, size), first = str_cut(&second, '\0', NULL);
	struct items old = { 0 }, all = { 0 };
	struct index_file file, other;
	if (!read_index(&a, first, &file) || !read_index(&a, second, &other))
		return 0;
	REQUIRE(index_merge(&a, NULL, 0, &file, &old.p, &old.count, NULL) == OK);
	REQUIRE(old.count == count_versions(&file));
	make_unique(&old);
	REQUIRE(index_merge(&a, old.p, old.count, &other, &all.p, &all.count, NULL) == OK);
	check_merged(&old, &all, &other);
	check_text(&a, &old, &all);
	return 0;
}
