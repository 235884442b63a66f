/* Whether one log begins with another, against proofs made as RFC 6962 §2.1.2 words it; and with each
 * of them spoiled in every way.                                                                */
#include "rfc6962.h"

#define ENTRIES 40u

static struct sha256 leaf_of(unsigned i)
{
	struct sha256 hash;
	char text[2] = { 0, (char)i };
	assert_int_equal(sha256_of(str_make(text, sizeof text), &hash, NULL), OK);
	return hash;
}

static bool holds(const struct merkle_proof *p, uint64_t first, uint64_t second, struct sha256 old,
                  struct sha256 new)
{
	struct errinfo e = { 0 };
	enum err err = merkle_proof_extends(p, first, second, &old, &new, &e);
	assert_true(err == OK || err == ERR_CORRUPT);
	return err == OK;
}

static void no_spoiled_one_holds(const struct merkle_proof *p, unsigned m, unsigned n,
                                 struct sha256 old, struct sha256 new)
{
	struct merkle_proof longer = *p, shorter = *p;
	struct sha256 other = old;
	other.bytes[7] ^= 1;
	assert_false(holds(p, m, n, other, new));
	other = new;
	other.bytes[31] ^= 0x80;
	assert_false(holds(p, m, n, old, other));
	for (size_t i = 0; i < p->count; i++) {
		struct merkle_proof wrong = *p;
		wrong.hashes[i].bytes[i % SHA256_BYTES] ^= 4;
		assert_false(holds(&wrong, m, n, old, new));
	}
	longer.hashes[longer.count++] = old;
	assert_false(holds(&longer, m, n, old, new));
	if (!p->count)
		return;
	shorter.count--;
	assert_false(holds(&shorter, m, n, old, new));
}

static void every_log_begins_with_every_smaller_one(void **state)
{
	struct sha256 leaves[ENTRIES];
	(void)state;
	for (unsigned i = 0; i < ENTRIES; i++)
		leaves[i] = leaf_of(i);
	for (unsigned n = 1; n <= ENTRIES; n++) {
		for (unsigned m = 1; m <= n; m++) {
			struct merkle_proof p = { .count = 0 };
			struct sha256 old = rfc_root(leaves, m), new = rfc_root(leaves, n);
			rfc_subproof(m, leaves, n, true, &p);
			assert_true(holds(&p, m, n, old, new));
			no_spoiled_one_holds(&p, m, n, old, new);
		}
	}
}

/* The same number of entries, the last of which are others. */
static void a_fork_has_no_proof(void **state)
{
	struct sha256 leaves[ENTRIES], others[ENTRIES];
	(void)state;
	for (unsigned i = 0; i < ENTRIES; i++) {
		leaves[i] = leaf_of(i);
		others[i] = leaf_of(i < 20 ? i : i + 100);
	}
	for (unsigned n = 30; n <= ENTRIES; n++) {
		struct merkle_proof p = { .count = 0 };
		rfc_subproof(30, others, n, true, &p);
		assert_true(holds(&p, 30, n, rfc_root(others, 30), rfc_root(others, n)));
		assert_false(holds(&p, 30, n, rfc_root(leaves, 30), rfc_root(others, n)));
	}
}

static void what_is_no_question(void **state)
{
	static const struct { uint64_t first, second; size_t count; bool holds; } table[] = {
		{ 0, 0, 0, true },
		{ 0, 5, 0, true },                       /* every log begins with none */
		{ 0, 5, 1, false },
		{ 5, 4, 0, false },
		{ 5, 5, 0, true },
		{ 5, 5, 1, false },
		{ 5, 6, 0, false },
		{ 4, 8, 0, false },
		{ UINT64_MAX, UINT64_MAX, 0, true },
		{ UINT64_MAX - 1, UINT64_MAX, MERKLE_PROOF_MAX, false },
		{ 1, UINT64_MAX, MERKLE_PROOF_MAX, false },
		{ UINT64_C(1) << 63, UINT64_MAX, MERKLE_PROOF_MAX, false },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		struct merkle_proof p = { .count = table[i].count };
		assert_int_equal(holds(&p, table[i].first, table[i].second, leaf_of(1), leaf_of(1)),
		                 table[i].holds);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_log_begins_with_every_smaller_one),
		cmocka_unit_test(a_fork_has_no_proof),
		cmocka_unit_test(what_is_no_question),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
