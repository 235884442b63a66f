/* Large ropes: what a publish copies, and how leaves are joined. */
#include "table.h"

#include "tests/lib/rope_check.h"

static unsigned pieces_to_deflate(const struct rope *r)
{
	unsigned n = 0;
	for (uint32_t i = 0; i < r->leaf_count; i++)
		for (uint32_t k = 0; k < r->leaves[i]->piece_count; k++)
			n += !atomic_load(&r->leaves[i]->pieces[k].piece->deflated);
	return n;
}

static uint32_t leaves_not_of(const struct rope *r, const struct rope *other)
{
	uint32_t n = 0;
	for (uint32_t i = 0, k = 0; i < r->leaf_count; i++) {
		for (k = 0; k < other->leaf_count && other->leaves[k] != r->leaves[i]; k++)
			continue;
		n += k == other->leaf_count;
	}
	return n;
}

static void check_large(unsigned charts, unsigned versions, const char *name)
{
	struct model m = { 0 };
	fill_model(&m, charts, versions, 100);
	struct rope *r = built(&m, ROPE_JSON), *base;
	check_text(r, &m, ROPE_JSON);
	check_lookups(r, &m);
	check_against_built(r, &m, ROPE_JSON);
	base = rope_ref(r);
	struct rope_edit *x = edit(r);
	struct index_item item = item_new(name, "7.7.7", T0, 100, 1);
	assert_int_equal(rope_put(x, &item, NULL), OK);
	item_free(&item);
	commit(x, &r);
	assert_int_equal(rope_versions(r), rope_versions(base) + 1);
	assert_in_range(leaves_not_of(r, base), 1, 2);
	check_text(base, &m, ROPE_JSON);
	rope_unref(base);
	rope_unref(r);
	model_free(&m);
}

static void t_20000_versions_of_a_chart(void **state)
{
	(void)state;
	check_large(1, 20000, "chart-00000");
}

static void t_20000_charts(void **state)
{
	(void)state;
	check_large(20000, 1, "chart-00777b");
}

static void feed(struct builder *b, struct model *m, bool every_line_ends_a_piece)
{
	size_t bytes;
	drop(str_c(model_text(m, ROPE_JSON, T0, &bytes)));      /* sorts it */
	for (size_t i = 0; i < m->count; i++) {
		const struct index_item *item = &m->items[i];
		struct line line = { .name = item->name, .text = item->line, .key = item->key };
		line.ends_piece = every_line_ends_a_piece || line_ends_piece(line.text);
		assert_int_equal(builder_line(b, line, NULL), OK);
	}
}

/* One leaf of many pieces is cut into many leaves by the next commit: only the piece with the new
 * line, or with a separator that changed, is deflated again.                                  */
static void t_pieces_are_shared(void **state)
{
	(void)state;
	static const struct { const char *name, *version; bool removes; } rows[] = {
		{ "chart-00003", "7.7.7", false }, { "chart-00003b", "1.0.0", false },
		{ "chart-00004", "0.50.0", true }, { "a", "1.0.0", false },
	};
	struct model m = { 0 };
	struct rope *r;
	fill_model(&m, 10, 100, 1000);
	struct builder b = builder_make(ROPE_JSON, UINT64_MAX);
	feed(&b, &m, false);
	assert_int_equal(builder_finish(&b, T0, &r, NULL), OK);
	builder_done(&b);
	assert_int_equal(r->leaf_count, 1);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct index_item item = item_new(rows[i].name, rows[i].version, T0, 100, 3);
		check_against_built(r, &m, ROPE_JSON);
		struct rope_edit *x = edit(r);
		if (rows[i].removes) {
			assert_int_equal(rope_remove(x, item.name, &item.key, NULL), OK);
			model_remove(&m, item.name, item.key.version);
		} else {
			put(x, &m, &item);
		}
		commit(x, &r);
		item_free(&item);
		assert_in_range(r->leaf_count, 10, INDEX_LEAVES_MAX);
		assert_in_range(pieces_to_deflate(r), 1, 2);
	}
	check_against_built(r, &m, ROPE_JSON);
	rope_unref(r);
	model_free(&m);
}

/* A leaf for every line is too many: neighbours are joined, and the text stays. */
static void t_leaves_are_joined(void **state)
{
	(void)state;
	struct model m = { 0 };
	struct builder b = builder_make(ROPE_JSON, 0);
	struct rope *r;
	fill_model(&m, 30, 50, 10);
	b.target = 1;
	feed(&b, &m, true);
	assert_int_equal(builder_flush(&b, NULL), OK);
	assert_int_equal(b.leaf_count, m.count);
	assert_int_equal(builder_finish(&b, T0, &r, NULL), OK);
	builder_done(&b);
	assert_int_equal(r->leaf_count, INDEX_LEAVES_MAX);
	check_text(r, &m, ROPE_JSON);
	check_lookups(r, &m);
	rope_unref(r);
	model_free(&m);
}

/* Into few large leaves comes much at one place: many leaves at once. */
static void t_import_into_an_index(void **state)
{
	(void)state;
	struct model m = { 0 }, half = { 0 };
	fill_model(&m, 30, 400, 700);
	for (size_t i = 0; i < m.count; i += i < 4000 || i >= 8000 ? 1 : 4000)
		model_put(&half, &m.items[i]);
	struct rope *r = built(&half, ROPE_JSON);
	struct rope_edit *x = edit(r);
	for (size_t i = m.count; i-- > 0;)
		assert_int_equal(rope_put(x, &m.items[i], NULL), OK);
	commit(x, &r);
	check_text(r, &m, ROPE_JSON);
	check_against_built(r, &m, ROPE_JSON);
	rope_unref(r);
	model_free(&m);
	model_free(&half);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_20000_versions_of_a_chart),
		cmocka_unit_test(t_20000_charts),
		cmocka_unit_test(t_pieces_are_shared),
		cmocka_unit_test(t_leaves_are_joined),
		cmocka_unit_test(t_import_into_an_index),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
