/* The right edge of a Merkle tree, against roots made as RFC 6962 §2.1 words them: leaf by leaf, with whole
 * subtrees, and after it was a text.                                                           */
#include "rfc6962.h"

#include "indexer/base/merkle_edge.h"

#define LEAVES 70u

static struct sha256 leaf_of(unsigned i)
{
	struct sha256 hash;
	char text[3] = { 'l', (char)i, 0 };
	assert_int_equal(merkle_leaf(str_make(text, 2), &hash, NULL), OK);
	return hash;
}

static struct sha256 root_of(unsigned from, unsigned n)
{
	struct sha256 leaves[LEAVES];
	for (unsigned i = 0; i < n; i++)
		leaves[i] = leaf_of(from + i);
	return rfc_root(leaves, n);
}

static void grow(struct merkle_edge *edge, unsigned to)
{
	for (unsigned i = (unsigned)edge->size; i < to; i++) {
		struct sha256 leaf = leaf_of(i);
		assert_int_equal(merkle_edge_add(edge, &leaf, NULL, NULL, NULL), OK);
	}
}

static void assert_root(const struct merkle_edge *edge, unsigned n)
{
	struct sha256 root, wanted = root_of(0, n);
	assert_int_equal(edge->size, n);
	assert_int_equal(merkle_edge_root(edge, &root, NULL), OK);
	assert_memory_equal(&root, &wanted, sizeof root);
}

static void leaves_make_the_root(void **state)
{
	(void)state;
	struct merkle_edge edge = { 0 };
	for (unsigned n = 1; n <= LEAVES; n++) {
		grow(&edge, n);
		assert_root(&edge, n);
	}
}

static void subtrees_make_the_same_root(void **state)
{
	(void)state;
	for (unsigned from = 0; from < LEAVES; from++)
		for (unsigned to = from + 1; to <= LEAVES; to += 7) {
			struct merkle_edge edge = { 0 };
			grow(&edge, from);
			while (edge.size < to) {
				unsigned level = merkle_largest(edge.size, to);
				struct sha256 tree = root_of((unsigned)edge.size, 1u << level);
				assert_int_equal(merkle_edge_add_tree(&edge, level, &tree, NULL), OK);
			}
			assert_root(&edge, to);
		}
}

static void a_subtree_begins_at_its_multiple(void **state)
{
	(void)state;
	static const struct { unsigned size, level; enum err err; } rows[] = {
		{ 0, 5, OK }, { 4, 2, OK }, { 4, 1, OK }, { 6, 1, OK }, { 1, 1, ERR_INVALID },
		{ 2, 2, ERR_INVALID }, { 6, 2, ERR_INVALID }, { 0, 64, ERR_INVALID },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct merkle_edge edge = { 0 };
		struct errinfo e = { 0 };
		struct sha256 hash = leaf_of(0);
		grow(&edge, rows[i].size);
		assert_int_equal(merkle_edge_add_tree(&edge, rows[i].level, &hash, &e), rows[i].err);
		if (rows[i].err)
			assert_int_equal(edge.size, rows[i].size);
	}
}

static void a_text_is_the_same_edge(void **state)
{
	(void)state;
	struct merkle_edge edge = { 0 };
	for (unsigned n = 1; n < LEAVES; n++) {
		struct sbuf text = sbuf_make(8192);
		struct merkle_edge again;
		grow(&edge, n);
		merkle_edge_put(&text, &edge);
		assert_int_equal(merkle_edge_parse(n, sbuf_str(&text), &again, NULL), OK);
		assert_root(&again, n);
		grow(&again, n + 1);
		assert_root(&again, n + 1);
		sbuf_done(&text);
	}
}

static void a_text_of_another_size_is_refused(void **state)
{
	(void)state;
	struct merkle_edge edge = { 0 }, again;
	struct sbuf text = sbuf_make(8192);
	struct errinfo e = { 0 };
	grow(&edge, 7);                  /* three hashes */
	merkle_edge_put(&text, &edge);
	static const uint64_t sizes[] = { 0, 1, 6, 8, 15 };
	for (size_t i = 0; i < ROWS(sizes); i++)
		assert_int_equal(merkle_edge_parse(sizes[i], sbuf_str(&text), &again, &e), ERR_INVALID);
	for (size_t cut = 1; cut < text.n; cut++) {
		struct str part = { text.p, text.n - cut };
		assert_int_equal(merkle_edge_parse(7, part, &again, &e), ERR_INVALID);
	}
	sbuf_done(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_make_the_root),
		cmocka_unit_test(subtrees_make_the_same_root),
		cmocka_unit_test(a_subtree_begins_at_its_multiple),
		cmocka_unit_test(a_text_is_the_same_edge),
		cmocka_unit_test(a_text_of_another_size_is_refused),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
