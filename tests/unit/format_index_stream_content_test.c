/* What a version of an index that is read as it comes consists of: what aliases stand for, which of its
 * content makes its hash, and that a known one is not looked at.                            */
#include "index_stream_fixture.h"

#define ONE         "1 charts, 1 versions, 0 skipped"

/* Anchors and aliases, also of earlier charts; merge keys where they stand for a map. */
static void aliases(void **state)
{
	(void)state;
	static const struct told rows[] = {
		{ E("  a:\n  - &v {name: a, version: 1.0.0}\n  b: [*v]\n"),
		  "a 1.0.0\nb 1.0.0\n2 charts, 2 versions, 0 skipped\n" },
		{ E("  a: &list\n  - {name: a, version: 1.0.0}\n  - {name: a, version: 1.0.1}\n  b: *list\n"),
		  "a 1.0.0\na 1.0.1\nb 1.0.0\nb 1.0.1\n2 charts, 4 versions, 0 skipped\n" },
		{ "x: &e {a: [{name: a, version: 1.0.0}]}\napiVersion: v1\nentries: *e\n", "a 1.0.0\n" ONE "\n" },
		{ "x: &e entries\napiVersion: v1\n*e : {a: [{name: a, version: 1.0.0}]}\n", "a 1.0.0\n" ONE "\n" },
		{ "x: &n a\ny: &v 1.0.0\n" E("  *n :\n  - {name: *n, version: *v}\n"), "a 1.0.0\n" ONE "\n" },
		{ "x: &n ~\n" E("  a: [*n]\n"),
		  "a  line 4: the entry is null\n0 charts, 0 versions, 1 skipped\n" },
		{ "x: &b {name: a}\n" E("  a:\n  - <<: *b\n    version: 1.0.0\n"), "a 1.0.0\n" ONE "\n" },
		{ "x: &b {name: a}\ny: &c {version: 1.0.0}\n" E("  a:\n  - <<: [*b, *c]\n"), "a 1.0.0\n" ONE "\n" },
		{ "x: &b {version: 1.0.0}\n" E("  a:\n  - <<: *b\n    name: a\n    version: 1.0.1\n"),
		  "a  line 7: duplicate key \"version\" (first in line 5)\n0 charts, 0 versions, 1 skipped\n" },
		{ "x: &b {a: [{name: a, version: 1.0.0}]}\n" E("  <<: *b\n"), "a 1.0.0\n" ONE "\n" },
		{ E("  <<: [{a: [{name: a, version: 1.0.0}]}, {b: [{name: a, version: 1.0.0}]}]\n  c: []\n"),
		  "a 1.0.0\nb 1.0.0\n2 charts, 2 versions, 0 skipped\n" },
		{ "<<: {apiVersion: v1, entries: {a: [{name: a, version: 1.0.0}]}}\n", "a 1.0.0\n" ONE "\n" },
		{ E("  '<<': [{name: a, version: 1.0.0}]\n"), "<< 1.0.0\n" ONE "\n" },
		{ "a: &a x\nb: &a z\n" E("  *a : [{name: a, version: 1.0.0}]\n"), "z 1.0.0\n" ONE "\n" },
		{ "a: &a {b: &a z}\n" E("  *a : [{name: a, version: 1.0.0}]\n"), "z 1.0.0\n" ONE "\n" },
		{ E("  a:\n  - &v {name: a, version: 1.0.0, x: *v}\n"),
		  "metadata_refused i:4: an alias to the value it is part of\n" },
	};
	expect_rows(rows, ROWS(rows));
}

/* ---- hashes ---- */

static struct sha256 hash_of(const char *text)
{
	struct reading r = { .text = str_c(text) };
	assert_int_equal(read_stream(&r), OK);
	assert_int_equal(r.seen_count, 1);
	struct sha256 hash = r.seen[0];
	reading_done(&r);
	return hash;
}

static void hashes(void **state)
{
	(void)state;
	static const struct { bool same; const char *a, *b; } rows[] = {
		{ true,  V("    home: x\n"), "# x\n" E("  bar:\n  foo:\n  - {name: foo,\n     version: 1.0.0,   home: x}") },
		{ true,  V("    home: x\n"), V("    'home': \"x\"\n") },
		{ true,  V("    home: x\n"), V("    home: >-\n      x\n") },
		{ true,  V("    home: 2024-01-01\n"), V("    home: '2024-01-01'\n") },
		{ true,  "x: &x {a: b}\n" V("    annotations: *x\n"), V("    annotations:\n      a: b\n") },
		{ true,  "x: &x home\n" V("    *x : y\n"), V("    home: y\n") },
		{ false, V("    home: x\n"), V("    home: y\n") },
		{ false, V("    home: 5\n"), V("    home: '5'\n") },
		{ false, V("    home: ~\n"), V("    home: '~'\n") },
		{ false, V("    home: !!str 5\n"), V("    home: 5\n") },
		{ false, V("    home: x\n"), E("  bar:\n  - name: foo\n    version: 1.0.0\n    home: x\n") },
		{ false, V("    keywords: [ab]\n"), V("    keywords: [a, b]\n") },
		{ false, V("    keywords: [a, b]\n"), V("    keywords: {a: b}\n") },
		{ false, V("    keywords: []\n    home: a\n"), V("    keywords: [home, a]\n") },
		{ false, V("    annotations: {<<: {a: b}}\n"), V("    annotations: {'<<': {a: b}}\n") },
		{ true,  J("\"a\":[{\"version\":\"1\"}]"), J("\"b\" : [ ] ,\n \"a\" : [ {\"version\":\"1\"} ] ") },
		{ false, J("\"a\":[{\"version\":\"1\"}]"), J("\"b\":[{\"version\":\"1\"}]") },
		{ false, J("\"a\":[{\"version\":\"1\"}]"), J("\"a\":[{\"version\":1}]") },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct sha256 a = hash_of(rows[i].a), b = hash_of(rows[i].b);
		if (sha256_eq(&a, &b) != rows[i].same)
			fail_msg("%s\n%s", rows[i].a, rows[i].b);
	}
}

/* Of three versions the one that changed is told again, and nothing of the others is parsed. */
static void known(void **state)
{
	(void)state;
	static const struct { const char *before, *after, *told; } rows[] = {
		{ V("    digest: a\n  - {name: foo, version: 2.0.0}\n  bar:\n  - {name: bar, version: 1.0.0, home: 5}\n"),
		  V("    digest: b\n  - {name: foo, version: 2.0.0}\n  bar:\n  - {name: bar, version: 1.0.0, home: 5}\n"),
		  "foo 1.0.0\nfoo =\nbar =\n2 charts, 3 versions, 0 skipped\n" },
		{ J("\"foo\":[{\"name\":\"foo\",\"version\":\"1.0.0\"},{\"name\":\"foo\",\"version\":5}]"),
		  J("\"foo\":[{\"name\":\"foo\",\"version\":\"1.0.1\"},{\"name\":\"foo\",\"version\":5}]"),
		  "foo 1.0.1\nfoo =\n1 charts, 2 versions, 0 skipped, JSON\n" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct reading before = { .text = str_c(rows[i].before) };
		(void)read_stream(&before);
		struct reading after = { .text = str_c(rows[i].after), .known = before.seen,
		                         .known_count = before.seen_count };
		(void)read_stream(&after);
		if (!str_eq_c(sbuf_str(&after.told), rows[i].told))
			fail_msg("%.*s", STR_ARG(sbuf_str(&after.told)));
		reading_done(&before);
		reading_done(&after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aliases),
		cmocka_unit_test(hashes),
		cmocka_unit_test(known),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
