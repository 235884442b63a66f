/* Proofs about the log, all of them up to 70 events, against RFC 6962 written down a second time and
 * against the checks of RFC 9162; and verifying a part of the log.                           */
#include "rfc6962.h"
#include "store_fixture.h"

#include "indexer/store/merkle.h"

#define EVENTS 70u

/* The checks of RFC 9162 §2.1.3.2 and §2.1.4.2, with which others look at such proofs. */
static bool includes(const struct merkle_proof *p, uint64_t leaf_index, uint64_t size,
                     struct sha256 leaf, const struct sha256 *root)
{
	uint64_t fn = leaf_index, sn = size - 1;
	struct sha256 r = leaf;
	for (size_t i = 0; i < p->count; i++, fn >>= 1, sn >>= 1) {
		if (!sn)
			return false;
		if (!(fn & 1) && fn != sn) {
			r = rfc_join(&r, &p->hashes[i]);
			continue;
		}
		r = rfc_join(&p->hashes[i], &r);
		while (!(fn & 1) && fn)
			fn >>= 1, sn >>= 1;
	}
	return !sn && sha256_eq(&r, root);
}

static bool extends(const struct merkle_proof *proof, uint64_t first, uint64_t second,
                    const struct sha256 *old, const struct sha256 *new)
{
	struct merkle_proof p = { .count = 0 };
	uint64_t fn = first - 1, sn = second - 1;
	if (!(first & (first - 1)))
		rfc_put(&p, *old);
	for (size_t i = 0; i < proof->count; i++)
		rfc_put(&p, proof->hashes[i]);
	for (; fn & 1; fn >>= 1)
		sn >>= 1;
	struct sha256 fr = p.hashes[0], sr = p.hashes[0];
	for (size_t i = 1; i < p.count; i++, fn >>= 1, sn >>= 1) {
		if (!sn)
			return false;
		if (!(fn & 1) && fn != sn) {
			sr = rfc_join(&sr, &p.hashes[i]);
			continue;
		}
		fr = rfc_join(&p.hashes[i], &fr);
		sr = rfc_join(&p.hashes[i], &sr);
		while (!(fn & 1) && fn)
			fn >>= 1, sn >>= 1;
	}
	return !sn && sha256_eq(&fr, old) && sha256_eq(&sr, new);
}

/* ---- every proof ---- */

static void append(struct fixture *f, uint64_t count)
{
	assert_ok(f, catalog_begin(f->c, &f->e));
	for (uint64_t i = 0; i < count; i++) {
		struct event ev = publish_event(STR("redis"), STR("1.0.0"));
		ev.at_ns = (int64_t)i;
		assert_ok(f, catalog_event_append(f->c, &ev, &f->e));
	}
	assert_ok(f, catalog_commit(f->c, &f->e));
}

static enum err take_leaf(void *ctx, const struct event *ev, struct errinfo *e)
{
	(void)e;
	((struct sha256 *)ctx)[ev->seq - 1] = ev->leaf;
	return OK;
}

static void a_log(struct fixture *f, struct sha256 leaves[EVENTS])
{
	open_all(f);
	append(f, EVENTS);
	assert_ok(f, catalog_events_each(f->c, 0, take_leaf, leaves, &f->e));
}

static void assert_same(const struct merkle_proof *got, const struct merkle_proof *wanted)
{
	assert_int_equal(got->count, wanted->count);
	assert_memory_equal(got->hashes, wanted->hashes, wanted->count * sizeof *wanted->hashes);
}

static void every_event_is_in_every_tree(void **state)
{
	struct fixture *f = *state;
	struct sha256 leaves[EVENTS], root;
	a_log(f, leaves);
	for (size_t size = 1; size <= EVENTS; size++) {
		assert_ok(f, catalog_root(f->c, size, &root, &f->e));
		for (size_t at = 0; at < size; at++) {
			struct merkle_proof got, wanted = { .count = 0 };
			assert_ok(f, catalog_inclusion_proof(f->c, at + 1, size, &got, &f->e));
			rfc_path(at, leaves, size, &wanted);
			assert_same(&got, &wanted);
			assert_true(includes(&got, at, size, leaves[at], &root));
			assert_false(includes(&got, at, size, leaves[(at + 1) % EVENTS], &root));
		}
	}
}

static void every_tree_begins_with_every_smaller_one(void **state)
{
	struct fixture *f = *state;
	struct sha256 leaves[EVENTS], old, new;
	a_log(f, leaves);
	for (size_t second = 1; second <= EVENTS; second++) {
		assert_ok(f, catalog_root(f->c, second, &new, &f->e));
		for (size_t first = 1; first <= second; first++) {
			struct merkle_proof got, wanted = { .count = 0 };
			assert_ok(f, catalog_consistency_proof(f->c, first, second, &got, &f->e));
			rfc_subproof(first, leaves, second, true, &wanted);
			assert_same(&got, &wanted);
			assert_ok(f, catalog_root(f->c, first, &old, &f->e));
			assert_true(first == second || extends(&got, first, second, &old, &new));
			old.bytes[0] ^= 1;
			assert_false(first != second && extends(&got, first, second, &old, &new));
		}
	}
}

static void what_cannot_be_proven(void **state)
{
	static const struct { uint64_t seq, size; } inclusion[] = {
		{ 0, 0 }, { 0, 3 }, { 1, 0 }, { 4, 3 }, { 1, EVENTS + 1 }, { EVENTS + 1, EVENTS + 1 },
		{ UINT64_MAX, UINT64_MAX }, { 1, UINT64_MAX }, { UINT64_MAX, 1 },
	};
	static const struct { uint64_t first, second; } consistency[] = {
		{ 1, 0 }, { 4, 3 }, { 1, EVENTS + 1 }, { EVENTS + 1, EVENTS + 1 }, { 0, EVENTS + 1 },
		{ UINT64_MAX, UINT64_MAX }, { 1, UINT64_MAX }, { UINT64_MAX, 1 },
	};
	struct fixture *f = *state;
	struct sha256 leaves[EVENTS];
	struct merkle_proof p = { .count = 7 };
	a_log(f, leaves);
	for (size_t i = 0; i < ROWS(inclusion); i++)
		assert_err(f, INVALID, catalog_inclusion_proof(f->c, inclusion[i].seq, inclusion[i].size,
		                                               &p, &f->e));
	for (size_t i = 0; i < ROWS(consistency); i++)
		assert_err(f, INVALID, catalog_consistency_proof(f->c, consistency[i].first,
		                                                 consistency[i].second, &p, &f->e));
	assert_int_equal(p.count, 7);
	assert_ok(f, catalog_consistency_proof(f->c, 0, EVENTS, &p, &f->e));
	assert_int_equal(p.count, 0);
	shut(f);
	run_sql(f->data, "DELETE FROM node WHERE level = 2 AND position = 1", SQLITE_OK);
	open_all(f);
	assert_err(f, CORRUPT, catalog_inclusion_proof(f->c, 1, 8, &p, &f->e));
	assert_err(f, CORRUPT, catalog_consistency_proof(f->c, 4, 8, &p, &f->e));
}

/* ---- the vectors ---- */

static void put_hash(struct sbuf *b, const struct sha256 *hash)
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(hash, hex);
	sbuf_printf(b, "x'%s'", hex);
}

static enum err set_node(void *ctx, unsigned level, uint64_t position, const struct sha256 *hash,
                         struct errinfo *e)
{
	struct sbuf *b = ctx;
	(void)e;
	sbuf_puts(b, "; UPDATE node SET hash = ");
	put_hash(b, hash);
	sbuf_printf(b, " WHERE level = %u AND position = %llu", level, (unsigned long long)position);
	return OK;
}

/* The leaves with which implementations of certificate transparency are tested, as if there were
 * events that hash to them.                                                                  */
static void put_vector_leaves(struct fixture *f)
{
	static const struct str leaves[] = {
		STR(""), STR("\x00"), STR("\x10"), STR("\x20\x21"), STR("\x30\x31"),
		STR("\x40\x41\x42\x43"), STR("\x50\x51\x52\x53\x54\x55\x56\x57"),
		STR("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"),
	};
	AUTO_SBUF struct sbuf b = sbuf_make(1u << 16);
	struct merkle_edge edge = { 0 };
	open_all(f);
	append(f, ROWS(leaves));
	shut(f);
	sbuf_puts(&b, "DROP TRIGGER event_is_never_edited");
	for (size_t i = 0; i < ROWS(leaves); i++) {
		struct sha256 leaf;
		assert_ok(f, merkle_leaf(leaves[i], &leaf, &f->e));
		sbuf_puts(&b, "; UPDATE event SET leaf = ");
		put_hash(&b, &leaf);
		sbuf_printf(&b, " WHERE seq = %zu", i + 1);
		assert_ok(f, merkle_edge_add(&edge, &leaf, set_node, &b, &f->e));
	}
	assert_true(sbuf_ok(&b));
	run_sql(f->data, b.p, SQLITE_OK);
	open_all(f);
}

static void proofs_are_the_known_ones(void **state)
{
	static const struct { bool inclusion; uint64_t a, b; const char *proof[4]; } rows[] = {
		{ true, 1, 1, { NULL } },
		{ true, 1, 8, { "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
		                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
		                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4" } },
		{ true, 6, 8, { "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
		                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
		                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" } },
		{ true, 3, 3, { "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" } },
		{ true, 2, 5, { "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
		                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b" } },
		{ false, 1, 1, { NULL } },
		{ false, 1, 8, { "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
		                 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
		                 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4" } },
		{ false, 6, 8, { "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
		                 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
		                 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" } },
		{ false, 2, 5, { "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
		                 "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b" } },
	};
	struct fixture *f = *state;
	put_vector_leaves(f);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct merkle_proof p;
		size_t n = 0;
		assert_ok(f, rows[i].inclusion
		             ? catalog_inclusion_proof(f->c, rows[i].a, rows[i].b, &p, &f->e)
		             : catalog_consistency_proof(f->c, rows[i].a, rows[i].b, &p, &f->e));
		for (; rows[i].proof[n]; n++) {
			char hex[SHA256_HEX_BYTES + 1];
			sha256_hex(&p.hashes[n], hex);
			assert_string_equal(hex, rows[i].proof[n]);
		}
		assert_int_equal(p.count, n);
	}
}

/* ---- a part of the log ---- */

static void any_part_is_verified(void **state)
{
	struct fixture *f = *state;
	struct sha256 leaves[EVENTS], root;
	struct log_range r;
	a_log(f, leaves);
	for (uint64_t since = 0; since <= EVENTS; since++) {
		for (uint64_t until = since ?: 1; until <= EVENTS; until++) {
			assert_ok(f, catalog_log_verify_range(f->c, since, until, &r, &f->e));
			assert_true(r.since == since && r.until == until);
			assert_ok(f, catalog_root(f->c, since, &root, &f->e));
			assert_true(sha256_eq(&root, &r.before));
			assert_ok(f, catalog_root(f->c, until, &root, &f->e));
			assert_true(sha256_eq(&root, &r.root));
		}
	}
	assert_ok(f, catalog_log_verify_range(f->c, 3, 0, &r, &f->e));
	assert_int_equal(r.until, EVENTS);
	assert_err(f, INVALID, catalog_log_verify_range(f->c, 4, 3, &r, &f->e));
	assert_err(f, INVALID, catalog_log_verify_range(f->c, 0, EVENTS + 1, &r, &f->e));
	assert_err(f, INVALID, catalog_log_verify_range(f->c, EVENTS + 1, 0, &r, &f->e));
	assert_err(f, INVALID, catalog_log_verify_range(f->c, UINT64_MAX, UINT64_MAX, &r, &f->e));
}

/* Event 40 of 70 is changed: the parts with it are found out, the others are good. */
static void a_part_says_what_is_wrong_with_it(void **state)
{
	static const char *const changes[] = {
		"UPDATE event SET actor = 'x' WHERE seq = 40", "DELETE FROM event WHERE seq = 40",
		"UPDATE event SET leaf = zeroblob(32) WHERE seq = 40",
		"UPDATE node SET hash = zeroblob(32) WHERE level = 3 AND position = 4",
	};
	static const struct { uint64_t since, until; bool good; } rows[] = {
		{ 0, 39, true }, { 0, 40, false }, { 39, 40, false }, { 39, 70, false }, { 40, 70, true },
		{ 32, 48, false }, { 48, 0, true }, { 0, 0, false }, { 12, 39, true },
	};
	struct fixture *f = *state;
	struct sha256 leaves[EVENTS];
	struct log_range r;
	a_log(f, leaves);
	shut(f);
	AUTO_STR struct str sound = read_whole(f, "catalog.db");
	for (size_t i = 0; i < ROWS(changes); i++) {
		char sql[400];
		(void)snprintf(sql, sizeof sql, "DROP TRIGGER event_is_never_edited;"
		               "DROP TRIGGER event_is_never_deleted; %s", changes[i]);
		write_file(f, "catalog.db", sound);
		run_sql(f->data, sql, SQLITE_OK);
		open_all(f);
		for (size_t row = 0; row < ROWS(rows); row++) {
			enum err err = catalog_log_verify_range(f->c, rows[row].since, rows[row].until, &r, &f->e);
			/* Of the events on the left, the node is what is relied on. */
			bool good = rows[row].good && !(i == 3 && rows[row].since == 40);
			if (err != (good ? OK : ERR_CORRUPT))
				fail_msg("%s: row %zu: %s", changes[i], row, err_code(err));
		}
		shut(f);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(every_event_is_in_every_tree),
		TEST(every_tree_begins_with_every_smaller_one),
		TEST(what_cannot_be_proven),
		TEST(proofs_are_the_known_ones),
		TEST(any_part_is_verified),
		TEST(a_part_says_what_is_wrong_with_it),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
