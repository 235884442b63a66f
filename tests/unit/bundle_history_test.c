/* log.jsonl as it is read: whatever of a log is told by events and by hashes, the root is the one that it
 * has; and a line that is not the next one is none.                                            */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/history.h"

#define EVENTS 40u

static struct event event_at(uint64_t seq)
{
	return (struct event){
		.seq = seq, .at_ns = INT64_C(1700000000000000000) + (int64_t)seq, .actor = STR("a\"b"),
		.repo = STR("stable"), .kind = STR("publish"), .chart = STR("redis"), .version = STR("1.0.0"),
		.detail = STR("{\"reason\":\",\\\"digest\\\":\"}"),
	};
}

/* Without its newline. */
static void put_line(struct sbuf *b, uint64_t seq)
{
	const struct event ev = event_at(seq);
	sbuf_reset(b);
	event_canonical(b, &ev);
	assert_true(sbuf_ok(b));
}

static void add_leaf(struct merkle_edge *edge, uint64_t seq)
{
	AUTO_SBUF struct sbuf line = sbuf_make(4 * KIB);
	struct sha256 leaf;
	put_line(&line, seq);
	assert_int_equal(merkle_leaf(sbuf_str(&line), &leaf, NULL), OK);
	assert_int_equal(merkle_edge_add(edge, &leaf, NULL, NULL, NULL), OK);
}

static struct merkle_edge edge_at(uint64_t size)
{
	struct merkle_edge edge = { .size = 0 };
	for (uint64_t seq = 1; seq <= size; seq++)
		add_leaf(&edge, seq);
	return edge;
}

/* The hash of the subtree of 2^level events after `from`: that of a log of them alone. */
static void put_others(struct sbuf *b, uint64_t from, unsigned level)
{
	struct merkle_edge alone = { .size = 0 };
	struct sha256 hash;
	char hex[SHA256_HEX_BYTES + 1];
	for (uint64_t i = 1; i <= 1ull << level; i++)
		add_leaf(&alone, from + i);
	assert_int_equal(merkle_edge_root(&alone, &hash, NULL), OK);
	sha256_hex(&hash, hex);
	sbuf_reset(b);
	sbuf_printf(b, "{\"hash\":\"%s\",\"leaves\":%llu,\"level\":%u}", hex, 1ull << level, level);
}

static bool told(unsigned pattern, uint64_t seq) { return pattern >> (seq % 7) & 1; }

static void read_from(uint64_t parent, unsigned pattern)
{
	struct merkle_edge edge = edge_at(parent), whole = edge_at(EVENTS);
	struct sha256 got, want;
	AUTO_SBUF struct sbuf line = sbuf_make(4 * KIB);
	while (edge.size < EVENTS) {
		AUTO_ARENA struct arena a = { 0 };
		struct event ev;
		uint64_t to = edge.size;
		while (to < EVENTS && !told(pattern, to + 1))
			to++;
		uint64_t next = edge.size + 1;
		if (to == edge.size)
			put_line(&line, next);
		else
			put_others(&line, edge.size, merkle_largest(edge.size, to));
		assert_int_equal(history_read(&a, &edge, sbuf_str(&line), &ev, NULL), OK);
		assert_int_equal(ev.seq, edge.size);
		if (to + 1 == next)
			assert_true(str_eq_c(ev.kind, "publish") && str_eq(ev.detail, event_at(1).detail));
		else
			assert_int_equal(ev.kind.n, 0);
	}
	assert_int_equal(merkle_edge_root(&edge, &got, NULL), OK);
	assert_int_equal(merkle_edge_root(&whole, &want, NULL), OK);
	assert_true(sha256_eq(&got, &want));
}

static void any_share_of_it_has_its_root(void **state)
{
	(void)state;
	for (uint64_t parent = 0; parent < EVENTS; parent++)
		for (unsigned pattern = 0; pattern < 128; pattern += 3)
			read_from(parent, pattern);
}

/* What a line of others says of the leaf, that the head of a bundle is compared with. */
static void the_leaf_of_one_event_that_is_told_by_its_hash(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf line = sbuf_make(4 * KIB);
	static const struct sha256 zeros;
	struct merkle_edge edge = edge_at(6);
	struct event ev;
	(void)state;
	put_others(&line, 6, 0);
	assert_int_equal(history_read(&a, &edge, sbuf_str(&line), &ev, NULL), OK);
	assert_false(sha256_eq(&ev.leaf, &zeros));
	put_others(&line, 7, 1);
	struct merkle_edge eight = edge_at(8);
	assert_int_equal(history_read(&a, &eight, sbuf_str(&line), &ev, NULL), OK);
	assert_true(sha256_eq(&ev.leaf, &zeros));
}

/* ---- lines that are none; the edge has four events ---- */

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define EVENT(at, detail, seq, more) \
	"{\"actor\":\"a\",\"at\":\"" at "\",\"chart\":\"c\",\"detail\":" detail ",\"digest\":\"\"," \
	"\"kind\":\"publish\",\"repo\":\"r\",\"seq\":" seq ",\"version\":\"1\"" more "}"
#define GOOD_TIME "2026-01-01T00:00:00Z"
#define OTHERS(hash, leaves, level) "{\"hash\":\"" hash "\",\"leaves\":" leaves ",\"level\":" level "}"

static const struct row { const char *name, *line; bool good; } lines[] = {
	{ "the next event", EVENT(GOOD_TIME, "{}", "5", ""), true },
	{ "four others", OTHERS(ZEROS, "4", "2"), true },
	{ "one other", OTHERS(ZEROS, "1", "0"), true },
	{ "nothing", "", false },
	{ "no JSON", "{\"actor\":", false },
	{ "a list", "[]", false },
	{ "a number", "5", false },
	{ "an empty object", "{}", false },
	{ "two in one line", EVENT(GOOD_TIME, "{}", "5", "") EVENT(GOOD_TIME, "{}", "6", ""), false },
	{ "an event before", EVENT(GOOD_TIME, "{}", "4", ""), false },
	{ "a later event", EVENT(GOOD_TIME, "{}", "6", ""), false },
	{ "another number", EVENT(GOOD_TIME, "{}", "5.0", ""), false },
	{ "a number as text", EVENT(GOOD_TIME, "{}", "\"5\"", ""), false },
	{ "no time", EVENT("", "{}", "5", ""), false },
	{ "a time in another form", EVENT("2026-01-01T01:00:00+01:00", "{}", "5", ""), false },
	{ "a detail that is none", EVENT(GOOD_TIME, "", "5", ""), false },
	{ "one more key", EVENT(GOOD_TIME, "{}", "5", ",\"x\":1"), false },
	{ "a key twice", EVENT(GOOD_TIME, "{}", "5", ",\"version\":\"1\""), false },
	{ "spaces", "{ \"actor\":\"a\",\"at\":\"" GOOD_TIME "\",\"chart\":\"c\",\"detail\":{},\"digest\":\"\","
	  "\"kind\":\"publish\",\"repo\":\"r\",\"seq\":5,\"version\":\"1\"}", false },
	{ "another order", "{\"at\":\"" GOOD_TIME "\",\"actor\":\"a\",\"chart\":\"c\",\"detail\":{},\"digest\":"
	  "\"\",\"kind\":\"publish\",\"repo\":\"r\",\"seq\":5,\"version\":\"1\"}", false },
	{ "an empty kind", "{\"actor\":\"a\",\"at\":\"" GOOD_TIME "\",\"chart\":\"c\",\"detail\":{},\"digest\":"
	  "\"\",\"kind\":\"\",\"repo\":\"r\",\"seq\":5,\"version\":\"1\"}", false },
	{ "an escape that need not be", "{\"actor\":\"\\u0061\",\"at\":\"" GOOD_TIME "\",\"chart\":\"c\",\"detail\":"
	  "{},\"digest\":\"\",\"kind\":\"publish\",\"repo\":\"r\",\"seq\":5,\"version\":\"1\"}", false },
	{ "eight others, which cannot begin here", OTHERS(ZEROS, "8", "3"), false },
	{ "leaves of another level", OTHERS(ZEROS, "3", "2"), false },
	{ "no leaves", OTHERS(ZEROS, "0", "0"), false },
	{ "a level beyond all", OTHERS(ZEROS, "9223372036854775808", "63"), false },
	{ "a level beyond a number", OTHERS(ZEROS, "1", "18446744073709551616"), false },
	{ "a negative level", OTHERS(ZEROS, "1", "-1"), false },
	{ "a short hash", OTHERS("00", "1", "0"), false },
	{ "a hash in capitals", OTHERS("ABCDEF0000000000000000000000000000000000000000000000000000000000", "1",
	                               "0"), false },
	{ "no hash", "{\"leaves\":1,\"level\":0}", false },
};

static void line(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct merkle_edge edge = edge_at(4);
	const struct merkle_edge before = edge;
	struct errinfo e = { 0 };
	struct event ev = { .seq = 99 };
	assert_int_equal(history_read(&a, &edge, str_c(row->line), &ev, &e), row->good ? OK : ERR_CORRUPT);
	if (row->good)
		return;
	assert_non_null(strstr(e.detail, "log.jsonl"));
	assert_int_equal(ev.seq, 99);
	assert_memory_equal(&edge, &before, sizeof edge);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_share_of_it_has_its_root),
		cmocka_unit_test(the_leaf_of_one_event_that_is_told_by_its_hash),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("line", line, lines);
	return failed + cmocka_run_group_tests_name("bundle_history", tests, NULL, NULL);
}
