/* T-FED-02: indexes that are too large, too deep or mean too much. What is told of them is counted. */
#include "index_stream_fixture.h"

struct made {
	const char *head, *each, *between, *tail;
	unsigned count;
};

/* The head, `each` that often with what is between, the tail; %u in `each` is its number. */
static void make(struct sbuf *b, const struct made *m)
{
	sbuf_puts(b, m->head);
	for (unsigned i = 0; i < m->count; i++) {
		const char *number = strstr(m->each, "%u");
		sbuf_puts(b, i ? m->between : "");
		sbuf_put(b, str_make(m->each, number ? (size_t)(number - m->each) : strlen(m->each)));
		if (number) {
			sbuf_u64(b, i);
			sbuf_puts(b, number + 2);
		}
	}
	sbuf_puts(b, m->tail);
}

#define GOOD        "  good:\n  - {name: x, version: 1.0.0}\n"
#define GOOD_JSON   "\"good\":[{\"name\":\"x\",\"version\":\"1.0.0\"}]}}"
#define BEGIN_JSON  "{\"apiVersion\":\"v1\",\"entries\":{"
#define TEN         "xxxxxxxxxx"
#define HUNDRED     TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define THOUSAND    HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
#define AND_GOOD    "good 1.0.0\n1 charts, 1 versions, 1 skipped"

static void limits(void **state)
{
	(void)state;
	static const struct { const char *what; struct made made; const char *told; } rows[] = {
		{ "a version that is too large", { E("  a:\n  - home: "), TEN, "", "\n" GOOD, 105000 },
		  "a  line 4: it is longer than 1 MiB\n" AND_GOOD "\n" },
		{ "the same of many values", { E("  a:\n  - keywords: ["), TEN, ",", "]\n" GOOD, 105000 },
		  "a  line 4: it is longer than 1 MiB\n" AND_GOOD "\n" },
		{ "the same in JSON", { BEGIN_JSON "\"a\":[{\"home\":\"", TEN, "", "\"}],\n" GOOD_JSON, 105000 },
		  "a  line 1: it is longer than 1 MiB\n" AND_GOOD ", JSON\n" },
		{ "a version of too many values", { E("  a:\n  - keywords: ["), "a", ",", "]\n" GOOD, 100001 },
		  "a  line 4: more than 100000 values, aliases expanded\n" AND_GOOD "\n" },
		{ "the same in JSON", { BEGIN_JSON "\"a\":[{\"keywords\":[", "5", ",", "]}],\n" GOOD_JSON, 100001 },
		  "a  line 1: it has too many values\n" AND_GOOD ", JSON\n" },
		{ "a text that is longer", { E("  a:\n  - home: "), TEN, "", "\n" GOOD, 220000 },
		  "metadata_refused i:4: a text or comment longer than 2097152 bytes\n" },
		{ "a comment", { "# ", TEN, "", "\n" E(GOOD), 220000 },
		  "metadata_refused i:1: a text or comment longer than 2097152 bytes\n" },
		{ "white space", { "#", "          \n", "", E(GOOD), 7000 }, "good 1.0.0\n" "1 charts, 1 versions, 0 skipped\n" },
		{ "a chart's name", { E("  "), TEN, "", ": [a]\n" GOOD, 26 },
		  HUNDRED HUNDRED TEN TEN TEN TEN TEN "  line 3: the chart's name is too long\n" AND_GOOD "\n" },
		{ "a chart's name in JSON", { BEGIN_JSON "\"", TEN, "", "\":[{}]," GOOD_JSON, 26 },
		  HUNDRED HUNDRED TEN TEN TEN TEN TEN "  line 1: the chart's name is too long\n" AND_GOOD ", JSON\n" },
		{ "a version's name", { E("  a:\n  - {version: 1.0.0, name: "), TEN, "", "}\n" GOOD, 26 },
		  "a 1.0.0 line 4: its name is too long\n" AND_GOOD "\n" },
		{ "a depth that is fine", { E(GOOD) "x: ", "[", "", "5]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 63 },
		  "good 1.0.0\n1 charts, 1 versions, 0 skipped\n" },
		{ "a depth", { E(GOOD) "x: ", "[", "", "", 500000 },
		  "good 1.0.0\nmetadata_refused i:5: nesting deeper than 64\n" },
		{ "the same in JSON", { "{\"x\":", "[", "", "", 500000 },
		  "metadata_refused i:1: nesting deeper than 64\n" },
		{ "the same in a version", { E("  a:\n  - home: "), "[", "", "", 500000 },
		  "metadata_refused i:4: nesting deeper than 64\n" },
		{ "the same in a version of JSON", { BEGIN_JSON "\"a\":[{\"home\":", "[", "", "", 500000 },
		  "metadata_refused i:1: nesting deeper than 64\n" },
		{ "maps in maps", { "x:\n  ", "? ", "", "", 70 }, "metadata_refused i:2: nesting deeper than 64\n" },
		{ "merge keys in merge keys", { "", "<<: {", "", "", 70 },
		  "metadata_refused i:1: nesting deeper than 64\n" },
		{ "anchors", { "x: [", "&a%u b", ",", "]\n" E(GOOD), 100000 },
		  "metadata_refused i:1: anchors of more than 8388608 bytes\n" },
		{ "a large anchor", { "x: &a [", THOUSAND, ",", "]\n" E(GOOD), 60000 },
		  "metadata_refused i:1: anchors of more than 8388608 bytes\n" },
		{ "ten aliases of a version", { E("  a:\n  - &a {name: x, version: 1.0.0}\n  b: ["), "*a", ",", "]\n", 3 },
		  "a 1.0.0\nb 1.0.0\nb 1.0.0\nb 1.0.0\n2 charts, 4 versions, 0 skipped\n" },
		{ "aliases in a version", { "x: &a \"" THOUSAND "\"\n"
		  E("  a:\n  - keywords: ["), "*a", ",", "]\n" GOOD, 3000 },
		  "a  line 5: it is longer than 1 MiB\n" AND_GOOD "\n" },
		{ "aliases that mean too much", { "x: &a [" THOUSAND "]\n"
		  "y: [", "*a", ",", "]\n" E(GOOD), 67000 },
		  "metadata_refused i:2: aliases that mean more than 67108864 bytes\n" },
		{ "charts", { E(""), "  c%u:\n", "", "", 200001 }, "metadata_refused i:200003: more than 200000 charts\n" },
		{ "charts in JSON", { BEGIN_JSON, "\"c%u\":[]", ",\n", "}}", 200001 },
		  "metadata_refused i:200001: more than 200000 charts\n" },
		{ "billions of laughs", { "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n"
		  "c: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\n"
		  "e: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\n", "g: &g [*f,*f,*f]\n", "", "", 1000 },
		  "metadata_refused i:8: anchors of more than 8388608 bytes\n" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(64 * MIB);
		make(&b, &rows[i].made);
		assert_true(sbuf_ok(&b));
		struct reading r = { .text = sbuf_str(&b) };
		(void)read_stream(&r);
		if (!str_eq_c(sbuf_str(&r.told), rows[i].told))
			fail_msg("%s:\n%.*snot\n%s", rows[i].what, STR_ARG(str_first(sbuf_str(&r.told), 2000)), rows[i].told);
		reading_done(&r);
	}
}

static void count_limits(void **state)
{
	(void)state;
	static const struct { const char *what; struct made made; bool all_known; const char *detail; } rows[] = {
		{ "skipped", { E("  a: ["), "~", ",", "]\n", 100001 }, false,
		  "metadata_refused i:3: more than 100000 versions that cannot be taken\n" },
		{ "skipped in JSON", { BEGIN_JSON "\"a\":[", "5", ",", "]}}\n", 100001 }, false,
		  "metadata_refused i:1: more than 100000 versions that cannot be taken\n" },
		{ "versions", { E("  a: ["), "{}", ",", "]\n", 1000001 }, true,
		  "metadata_refused i: more than 1000000 versions\n" },
		{ "versions in JSON", { BEGIN_JSON "\"a\":[", "{}", ",", "]}}\n", 1000001 }, true,
		  "metadata_refused i: more than 1000000 versions\n" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(64 * MIB);
		make(&b, &rows[i].made);
		assert_true(sbuf_ok(&b));
		struct reading r = { .text = sbuf_str(&b), .all_known = rows[i].all_known };
		(void)read_stream(&r);
		if (!str_ends(sbuf_str(&r.told), str_c(rows[i].detail)))
			fail_msg("%s: %s", rows[i].what, r.told.p + r.told.n - 100);
		reading_done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(count_limits),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
