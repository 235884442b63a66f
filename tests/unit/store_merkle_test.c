/* The log and its Merkle tree, against RFC 6962 written down a second time. */
#include "rfc6962.h"
#include "store_fixture.h"

#include "indexer/store/merkle.h"

/* ---- the tree by itself ---- */

static enum err count_node(void *ctx, unsigned level, uint64_t position, const struct sha256 *hash,
                           struct errinfo *e)
{
	(void)hash, (void)e;
	assert_true(level > 0 && level < MERKLE_LEVELS);
	assert_true((position + 1) << level > 0);
	++*(uint64_t *)ctx;
	return OK;
}

/* The leaves and roots with which implementations of certificate transparency are tested. */
static void t_known_vectors(void **state)
{
	static const struct { struct str leaf; const char *root; } table[] = {
		{ STR(""), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ STR("\x00"), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ STR("\x10"), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ STR("\x20\x21"), "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ STR("\x30\x31"), "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ STR("\x40\x41\x42\x43"),
		  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ STR("\x50\x51\x52\x53\x54\x55\x56\x57"),
		  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ STR("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"),
		  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};
	struct fixture *f = *state;
	struct merkle_edge edge = { 0 };
	struct sha256 root, leaf;
	char hex[SHA256_HEX_BYTES + 1];
	uint64_t nodes = 0;
	assert_ok(f, merkle_edge_root(&edge, &root, &f->e));
	sha256_hex(&root, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < ROWS(table); i++) {
		assert_ok(f, merkle_leaf(table[i].leaf, &leaf, &f->e));
		assert_ok(f, merkle_edge_add(&edge, &leaf, count_node, &nodes, &f->e));
		assert_ok(f, merkle_edge_root(&edge, &root, &f->e));
		sha256_hex(&root, hex);
		assert_string_equal(hex, table[i].root);
	}
	assert_int_equal(nodes, 7);
}

/* ---- events ---- */

static void t_canonical_form(void **state)
{
	static const char canonical[] =
		"{\"actor\":\"a\\\"\\\\\\b\\t\\n\\f\\r\\u0001\\u001f/\x7f\","
		"\"at\":\"2023-11-14T22:13:20.123456789Z\","
		"\"chart\":\"\xc3\xa4\xe2\x80\xa8\xf0\x9f\x98\x80\",\"detail\":{\"a\":1},"
		"\"digest\":\"\",\"kind\":\"publish\",\"repo\":\"team-a/stable\",\"seq\":9007199254740991,"
		"\"version\":\"1.0.0+b\"}";
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(1000);
	struct sha256 leaf, wanted;
	struct event ev = { .seq = 9007199254740991, .at_ns = INT64_C(1700000000123456789),
	                    .actor = STR("a\"\\\b\t\n\f\r\x01\x1f/\x7f"), .repo = STR("team-a/stable"),
	                    .kind = STR("publish"),
	                    .chart = STR("\xc3\xa4\xe2\x80\xa8\xf0\x9f\x98\x80"),
	                    .version = STR("1.0.0+b"), .detail = STR("{\"a\":1}") };
	event_canonical(&b, &ev);
	assert_string_equal(b.p, canonical);
	assert_ok(f, event_leaf(&ev, &leaf, &f->e));
	char hashed[sizeof canonical] = { 0 };       /* behind the NUL of a leaf */
	memcpy(hashed + 1, canonical, sizeof canonical - 1);
	assert_int_equal(sha256_of(str_make(hashed, sizeof hashed), &wanted, NULL), OK);
	assert_true(sha256_eq(&leaf, &wanted));
}

static void append(struct fixture *f, int count)
{
	assert_ok(f, catalog_begin(f->c, &f->e));
	for (int i = 0; i < count; i++) {
		char version[20];
		int n = snprintf(version, sizeof version, "1.%d.0", i);
		struct event ev = publish_event(STR("redis"), str_make(version, (size_t)n));
		ev.repo = i % 3 ? STR("main") : STR("other");
		assert_ok(f, catalog_event_append(f->c, &ev, &f->e));
		assert_int_equal(ev.seq, i + 1);
	}
	assert_ok(f, catalog_commit(f->c, &f->e));
}

struct leaves {
	struct sha256 leaf[200];
	size_t count;
};

static enum err take_leaf(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct leaves *l = ctx;
	struct sha256 leaf;
	enum err err = event_leaf(ev, &leaf, e);
	assert_true(sha256_eq(&leaf, &ev->leaf));
	l->leaf[l->count++] = leaf;
	return err;
}

static void t_root_of_every_size(void **state)
{
	struct fixture *f = *state;
	struct leaves l = { .count = 0 };
	struct sha256 root, wanted;
	uint64_t events;
	open_all(f);
	append(f, 140);
	assert_ok(f, catalog_events_each(f->c, 0, take_leaf, &l, &f->e));
	assert_int_equal(l.count, 140);
	for (size_t n = 1; n <= l.count; n++) {
		assert_ok(f, catalog_root(f->c, n, &root, &f->e));
		wanted = rfc_root(l.leaf, n);
		assert_true(sha256_eq(&root, &wanted));
	}
	assert_ok(f, catalog_log_verify(f->c, &events, &root, &f->e));
	assert_true(events == 140 && sha256_eq(&root, &wanted));
	assert_ok(f, catalog_root(f->c, 0, &root, &f->e));
	assert_ok(f, sha256_of(STR(""), &wanted, &f->e));
	assert_true(sha256_eq(&root, &wanted));
	assert_err(f, INVALID, catalog_root(f->c, 141, &root, &f->e));
	assert_err(f, INVALID, catalog_root(f->c, UINT64_MAX, &root, &f->e));
}

static enum err take_descending(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct { uint64_t *seq, *count; } *walk = ctx;
	(void)e;
	assert_int_equal(ev->seq, --*walk->seq);
	++*walk->count;
	return OK;
}

static void t_reading_the_log(void **state)
{
	static const struct { uint64_t since; size_t count; } since[] = {
		{ 0, 10 }, { 1, 9 }, { 9, 1 }, { 10, 0 }, { 11, 0 }, { UINT64_MAX, 0 },
	};
	static const struct { uint64_t before, first; } before[] = {
		{ UINT64_MAX, 10 }, { 11, 10 }, { 10, 9 }, { 2, 1 }, { 1, 0 }, { 0, 0 },
	};
	static const struct { struct str repo; uint64_t seq; } last[] = {
		{ STR(""), 10 }, { STR("other"), 10 }, { STR("main"), 9 },
	};
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	open_all(f);
	assert_err(f, NOT_FOUND, catalog_last_event(f->c, &a, STR(""), &ev, &f->e));
	append(f, 10);
	for (size_t i = 0; i < ROWS(since); i++) {
		struct leaves l = { .count = 0 };
		assert_ok(f, catalog_events_each(f->c, since[i].since, take_leaf, &l, &f->e));
		assert_int_equal(l.count, since[i].count);
	}
	for (size_t i = 0; i < ROWS(before); i++) {
		uint64_t seq = before[i].first + 1, count = 0;
		struct { uint64_t *seq, *count; } walk = { &seq, &count };
		assert_ok(f, catalog_events_before(f->c, before[i].before, take_descending, &walk, &f->e));
		assert_int_equal(count, before[i].first);
	}
	for (size_t i = 0; i < ROWS(last); i++) {
		struct sha256 leaf;
		assert_ok(f, catalog_last_event(f->c, &a, last[i].repo, &ev, &f->e));
		assert_int_equal(ev.seq, last[i].seq);
		assert_ok(f, event_leaf(&ev, &leaf, &f->e));
		assert_true(sha256_eq(&leaf, &ev.leaf));
	}
	assert_err(f, NOT_FOUND, catalog_last_event(f->c, &a, STR("mai"), &ev, &f->e));
}

static void t_what_cannot_be_an_event(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *huge = calloc(1, (1u << 20) + 1);
	uint64_t size = 9;
	assert_non_null(huge);
	open_all(f);
	assert_ok(f, catalog_begin(f->c, &f->e));
	const struct { struct str chart, detail; enum err err; } table[] = {
		{ STR("a\xff"), STR("{}"), ERR_INVALID },
		{ STR("\xed\xa0\x80"), STR("{}"), ERR_INVALID },
		{ STR("a"), STR("{\"a\":\"\xc0\x80\"}"), ERR_INVALID },
		{ STR("a"), STR(""), ERR_INVALID },
		{ STR("a"), STR("null"), ERR_INVALID },
		{ STR("a"), STR("[1]"), ERR_INVALID },
		{ str_make(huge, (1u << 20) + 1), STR("{}"), ERR_TOO_LARGE },
		{ str_make(huge, 1u << 20), STR("{}"), OK },
		{ STR("a"), STR("{}"), OK },
	};
	for (size_t i = 0; i < ROWS(table); i++) {
		struct event ev = publish_event(table[i].chart, STR("1.0.0"));
		ev.detail = table[i].detail;
		enum err err = catalog_event_append(f->c, &ev, &f->e);
		if (err != table[i].err)
			fail_msg("row %zu: %s", i, err_code(err));
		assert_int_equal(ev.seq != 0, err == OK);
	}
	assert_ok(f, catalog_commit(f->c, &f->e));
	assert_ok(f, catalog_log_size(f->c, &size, &f->e));
	assert_int_equal(size, 2);
}

/* ---- tampering ---- */

static void t_events_are_append_only(void **state)
{
	static const char *const table[] = {
		"UPDATE event SET actor = 'x' WHERE seq = 3", "DELETE FROM event WHERE seq = 3",
		"DELETE FROM event", "INSERT INTO event SELECT * FROM event WHERE seq = 3",
		"REPLACE INTO event SELECT * FROM event WHERE seq = 3",
	};
	struct fixture *f = *state;
	struct sha256 root;
	uint64_t events;
	open_all(f);
	append(f, 5);
	shut(f);
	for (size_t i = 0; i < ROWS(table); i++) {
		char sql[200];
		(void)snprintf(sql, sizeof sql, "PRAGMA recursive_triggers = ON; %s", table[i]);
		run_sql(f->data, sql, SQLITE_CONSTRAINT);
	}
	open_all(f);
	assert_ok(f, catalog_log_verify(f->c, &events, &root, &f->e));
	assert_int_equal(events, 5);
}

static void t_tampering_is_found(void **state)
{
	static const struct { const char *sql, *detail; } table[] = {
		{ "UPDATE event SET at_ns = at_ns + 1 WHERE seq = 1", "event 1 was changed" },
		{ "UPDATE event SET actor = 'u2' WHERE seq = 2", "event 2 was changed" },
		{ "UPDATE event SET repo = 'stable' WHERE seq = 3", "event 3 was changed" },
		{ "UPDATE event SET kind = 'delete' WHERE seq = 4", "event 4 was changed" },
		{ "UPDATE event SET chart = 'Redis' WHERE seq = 5", "event 5 was changed" },
		{ "UPDATE event SET version = '1.0.1' WHERE seq = 6", "event 6 was changed" },
		{ "UPDATE event SET digest = '' WHERE seq = 7", "event 7 was changed" },
		{ "UPDATE event SET detail = '{\"bytes\":8}' WHERE seq = 11", "event 11 was changed" },
		{ "UPDATE event SET leaf = zeroblob(32) WHERE seq = 8", "event 8 was changed" },
		{ "UPDATE event SET leaf = (SELECT leaf FROM event WHERE seq = 1) WHERE seq = 9",
		  "event 9 was changed" },
		{ "DELETE FROM event WHERE seq = 1", "event 1 is missing" },
		{ "DELETE FROM event WHERE seq = 6", "event 6 is missing" },
		{ "DELETE FROM event WHERE seq > 7", "which is the last one" },
		{ "DELETE FROM event", "which is the last one" },
		{ "UPDATE event SET seq = 12 WHERE seq = 11", "event 11 is missing" },
		{ "UPDATE event SET seq = 0 WHERE seq = 1", "event 1 is missing" },
		{ "UPDATE event SET seq = -1 WHERE seq = 1", "event 1 is missing" },
		{ "UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND position = 0",
		  "node 0 of level 1 does not fit event 2" },
		{ "UPDATE node SET hash = zeroblob(32) WHERE level = 3",
		  "node 0 of level 3 does not fit event 8" },
		{ "DELETE FROM node WHERE level = 2 AND position = 1", "node 1 of level 2 is missing" },
		{ "INSERT INTO node VALUES (4, 0, zeroblob(32))", "which is the last one" },
		{ "UPDATE event SET leaf = x'00' WHERE seq = 1", "digest" },
	};
	struct fixture *f = *state;
	struct sha256 root;
	uint64_t events;
	open_all(f);
	append(f, 11);
	shut(f);
	AUTO_STR struct str sound = read_whole(f, "catalog.db");
	for (size_t i = 0; i < ROWS(table); i++) {
		char sql[400];
		(void)snprintf(sql, sizeof sql, "DROP TRIGGER event_is_never_edited;"
		               "DROP TRIGGER event_is_never_deleted;"
		               "PRAGMA ignore_check_constraints = ON; %s", table[i].sql);
		write_file(f, "catalog.db", sound);
		run_sql(f->data, sql, SQLITE_OK);
		open_all(f);
		assert_err(f, CORRUPT, catalog_log_verify(f->c, &events, &root, &f->e));
		if (!strstr(f->e.detail, table[i].detail))
			fail_msg("%s: %s", table[i].sql, f->e.detail);
		shut(f);
	}
}

/* A node stands where the second event's must go: that event is not committed without it. */
static void t_half_an_event_is_not_committed(void **state)
{
	struct fixture *f = *state;
	struct event ev = publish_event(STR("redis"), STR("1.0.0"));
	uint64_t size = 9;
	open_all(f);
	shut(f);
	run_sql(f->data, "INSERT INTO node VALUES (1, 0, zeroblob(32))", SQLITE_OK);
	open_all(f);
	assert_ok(f, catalog_begin(f->c, &f->e));
	assert_ok(f, catalog_event_append(f->c, &ev, &f->e));
	assert_err(f, DB, catalog_event_append(f->c, &ev, &f->e));
	assert_int_equal(ev.seq, 1);
	assert_err(f, DB, catalog_commit(f->c, &f->e));
	assert_ok(f, catalog_log_size(f->c, &size, &f->e));
	assert_int_equal(size, 0);
	assert_ok(f, catalog_begin(f->c, &f->e));
	assert_ok(f, catalog_event_append(f->c, &ev, &f->e));
	assert_ok(f, catalog_commit(f->c, &f->e));
	assert_ok(f, catalog_log_size(f->c, &size, &f->e));
	assert_int_equal(size, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(t_known_vectors),
		TEST(t_canonical_form),
		TEST(t_root_of_every_size),
		TEST(t_reading_the_log),
		TEST(t_what_cannot_be_an_event),
		TEST(t_events_are_append_only),
		TEST(t_tampering_is_found),
		TEST(t_half_an_event_is_not_committed),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
