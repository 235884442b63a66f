/* Other servers' indexes as they come: what costs the file, what costs a version, what is told. */
#include "index_stream_fixture.h"

#define NONE        "0 charts, 0 versions, 0 skipped"
#define ONE         "1 charts, 1 versions, 0 skipped"

#define REFUSED(why) "metadata_refused i:" why "\n"

/* T-FED-03: what is no index, as a whole. */
static void t_fed_03_refused(void **state)
{
	(void)state;
	static const struct told rows[] = {
		{ "",                                REFUSED(" the file is empty") },
		{ "\n",                              REFUSED(" this is no index: it has no \"entries\"") },
		{ "# nothing\n",                     REFUSED(" this is no index: it has no \"entries\"") },
		{ "apiVersion: v1\n",                REFUSED(" this is no index: it has no \"entries\"") },
		{ "{}",                              REFUSED(" this is no index: it has no \"entries\"") },
		{ "{\"error\":\"not found\"}\n",     REFUSED(" this is no index: it has no \"entries\"") },
		{ "~",                               REFUSED("1: this is no index, which is a map with \"entries\"") },
		{ "404 page not found\n",            REFUSED("1: this is no index, which is a map with \"entries\"") },
		{ "\n[]",                            REFUSED("2: this is no index, which is a map with \"entries\"") },
		{ "- a\n",                           REFUSED("1: this is no index, which is a map with \"entries\"") },
		{ "<html><body>x</body></html>",     REFUSED("1: HTML or XML, and no index") },
		{ " \n\t<!DOCTYPE html>\n<html>",    REFUSED("1: HTML or XML, and no index") },
		{ "<?xml version=\"1.0\"?>",         REFUSED("1: HTML or XML, and no index") },
		{ "entries: []\n",                   REFUSED("1: \"entries\" must be a map") },
		{ "entries: x\n",                    REFUSED("1: \"entries\" must be a map") },
		{ "{\n\"entries\":[]}",              REFUSED("2: \"entries\" must be a map") },
		{ "{\"entries\":5}",                 REFUSED("1: \"entries\" must be a map") },
		{ "entries:\n  [a]: []\n",           REFUSED("2: a key must be a scalar") },
		{ "entries:\n<<<<<<< HEAD\n  a: []\n=======\n  b: []\n>>>>>>> x\n",
		                                     REFUSED("2: a conflict marker (<<<<<<<)") },
		{ E("  foo:\n<<<<<<< HEAD\n  - version: 1.0.0\n=======\n>>>>>>> x\n"),
		                                     REFUSED("4: a conflict marker (<<<<<<<)") },
		{ E("  foo: []\n>>>>>>> x\n"),       REFUSED("4: did not find expected comment or line break") },
		{ "<<<<<<< HEAD\nentries: {}\n=======\n>>>>>>> x\n",
		                                     REFUSED("1: a conflict marker (<<<<<<<)") },
		{ "{\"entries\":\n<<<<<<< HEAD\n{}\n=======\n}",
		                               "again\n" REFUSED("2: a conflict marker (<<<<<<<)") },
		{ E("  foo:\n  - \"a"),              REFUSED("4: found unexpected end of stream") },
		{ E("  foo:\n  - a: b\n    vers"),   REFUSED("5: could not find expected ':'") },
		{ E("  foo: [{name: x"),             REFUSED("3: did not find expected ',' or '}'") },
		{ "{\"entries\":{\"a\":[{\"name\"",  "again\n" REFUSED("1: did not find expected ',' or '}'") },
		{ "{\"entries\":{\"a",               "again\n" REFUSED("1: found unexpected end of stream") },
		{ "entries: {}\na: \"\xff\"\n",      REFUSED("2: invalid leading UTF-8 octet") },
		{ "entries: {}\nb: 1\n\x01: 2\n",    REFUSED("3: control characters are not allowed") },
		{ "\xff\xfe" "e",                    REFUSED("1: invalid leading UTF-8 octet") },
		{ "entries: {a: *x}\n",              REFUSED("1: unknown alias") },
		{ "entries: &x {a: *x}\n",           REFUSED("1: an alias to the value it is part of") },
		{ "entries: {}\n<<: x\n",            REFUSED("2: a merge key needs a map or a list of maps") },
		{ "entries: {}\n<<: [[]]\n",         REFUSED("2: a merge key needs a map or a list of maps") },
	};
	expect_rows(rows, ROWS(rows));
}

/* What Helm takes, and what it would refuse the file for, which is tolerated here. */
static void taken(void **state)
{
	(void)state;
	static const struct told rows[] = {
		{ "entries:\n", "0 charts, 0 versions, 0 skipped\n" },
		{ "apiVersion: ''\nentries: {}\n", "0 charts, 0 versions, 0 skipped\n" },
		{ "apiVersion: ~\nentries: {}\n", "0 charts, 0 versions, 0 skipped\n" },
		{ E("  {}\n"), NONE "\n" },
		{ E("  foo: ~\n  bar: []\n"), NONE "\n" },
		{ J(""), NONE ", JSON\n" },
		{ J("\"foo\":null,\"bar\":[]"), NONE ", JSON\n" },
		{ "{\"entries\":null}\n\n", "0 charts, 0 versions, 0 skipped, JSON\n" },
		{ "\n {\"Entries\" : {} ,\t\"apiversion\":\"v1\"}\n", NONE ", JSON\n" },
		{ V(""), "foo 1.0.0\n" ONE "\n" },
		{ "\xef\xbb\xbf" V(""), "foo 1.0.0\n" ONE "\n" },
		{ "---\n" V("---\nfoo: [\n"), "foo 1.0.0\n" ONE "\n" },
		{ V("    unknown: {a: [1]}\n    description: |\n      a\n\n      b\n"), "foo 1.0.0\n" ONE "\n" },
		{ "acrMetadata: {a: [b]}\n" V(""), "foo 1.0.0\n" ONE "\n" },
		{ "APIVERSION: 5\nEntries:\n  foo:\n  - {NAME: foo, Version: 1.0.0}\n",
		  "foo 1.0.0\n" ONE "\n" },
		{ "generated: [5]\nserverInfo: 5\n" V(""), "foo 1.0.0\n" ONE "\n" },
		{ V("    digest: 5\n    dependencies: [{importvalues: [], name: x}]\n"), "foo 1.0.0\n" ONE "\n" },
		{ E("  key:\n  - {name: other, version: 1.0.0}\n"), "key 1.0.0\n" ONE "\n" },
		{ E("  1.10:\n  - {name: other, version: 1.0.0}\n"), "1.1 1.0.0\n" ONE "\n" },
		{ E("  '1.10':\n  - {name: other, version: 1.0.0}\n"), "1.10 1.0.0\n" ONE "\n" },
		{ J("\"\\u0061\":[{\"name\":\"b\",\"version\":\"1.0.0\"}]"), "a 1.0.0\n" ONE ", JSON\n" },
		{ V("  foo:\n  - name: foo\n    version: 1.0.0\n    digest: x\n"),
		  "foo 1.0.0\nfoo 1.0.0\n2 charts, 2 versions, 0 skipped\n" },
		{ V("  - name: foo\n    version: 1.0.0\n    digest: x\n"),
		  "foo 1.0.0\nfoo 1.0.0\n1 charts, 2 versions, 0 skipped\n" },
		{ "{\"apiVersion\":\"v1\",\"entries\":{\"foo\":[{\"name\":\"foo\",\"version\":\"1.0.0\"},]}}",
		  "again\nfoo 1.0.0\n" ONE "\n" },
		{ "{\"entries\":{\"foo\":[{\"name\":\"foo\",\"version\":\"1.0.0\"}]}}\n---\n{}",
		  "again\nfoo 1.0.0\n1 charts, 1 versions, 0 skipped\n" },
		{ "{apiVersion: v1, entries: {}}", "again\n" NONE "\n" },
	};
	expect_rows(rows, ROWS(rows));
}

/* T-FED-05, clients.md §1.4: one version in YAML, then in JSON; one beside it is always taken. */
static void t_fed_05_skipped(void **state)
{
	(void)state;
	static const struct { const char *yaml, *json, *why; } rows[] = {
		{ "~",   "null",  " line 4: the entry is null" },
		{ "5",   "5",     " line 4: the entry is no map" },
		{ "[5]", "[5,{}]", " line 4: the entry is no map" },
		{ "{}",  "{}",    " line 4: its name is not a file name" },
		{ "{name: ~, version: 1.0.0}", "{\"name\":null,\"version\":\"1.0.0\"}",
		  "1.0.0 line 4: its name is not a file name" },
		{ "{name: ., version: 1.0.0}", "{\"name\":\".\",\"version\":\"1.0.0\"}",
		  "1.0.0 line 4: its name is not a file name" },
		{ "{name: a/b, version: 1.0.0}", "{\"name\":\"a/b\",\"version\":\"1.0.0\"}",
		  "1.0.0 line 4: its name is not a file name" },
		{ "{name: x}", "{\"name\":\"x\"}", " line 4: its version is not a semantic version" },
		{ "{name: x, version: latest}", "{\"name\":\"x\",\"version\":\"latest\"}",
		  "latest line 4: its version is not a semantic version" },
		{ "{name: x, version: 1.0.0, type: app}", "{\"name\":\"x\",\"version\":\"1.0.0\",\"type\":\"app\"}",
		  "1.0.0 line 4: its type is neither application nor library" },
		{ "{name: x, version: 1.0.0, maintainers: [{name: a}, ~]}",
		  "{\"name\":\"x\",\"version\":\"1.0.0\",\"maintainers\":[{\"name\":\"a\"},null]}",
		  "1.0.0 line 4: a maintainer is null" },
		{ "{name: x, version: 1.0.0, dependencies: [~]}",
		  "{\"name\":\"x\",\"version\":\"1.0.0\",\"dependencies\":[null]}",
		  "1.0.0 line 4: a dependency is null" },
		{ "{name: x, version: 1.0.0, dependencies: [{name: a, alias: ../b}]}",
		  "{\"name\":\"x\",\"version\":\"1.0.0\",\"dependencies\":[{\"name\":\"a\",\"alias\":\"../b\"}]}",
		  "1.0.0 line 4: a dependency's alias has other characters than letters, digits, _ and -" },
		{ "{name: x, version: 1.0}", "{\"name\":\"x\",\"version\":1.0}",
		  "1.0 line 4: \"version\" must be a string (quote it)" },
		{ "{name: x, version: 1.0.0, appVersion: 5}", "{\"name\":\"x\",\"version\":\"1.0.0\",\"appVersion\":5}",
		  "1.0.0 line 4: \"appVersion\" must be a string (quote it)" },
		{ "{name: x, version: 1.0.0, deprecated: 'true'}",
		  "{\"name\":\"x\",\"version\":\"1.0.0\",\"deprecated\":\"true\"}",
		  "1.0.0 line 4: \"deprecated\" must be true or false" },
		{ "{name: x, version: 1.0.0, created: today}", "{\"name\":\"x\",\"version\":\"1.0.0\",\"created\":\"today\"}",
		  "1.0.0 line 4: \"created\" must be a time as in RFC 3339" },
		{ "{name: x, version: 1.0.0, urls: a}", "{\"name\":\"x\",\"version\":\"1.0.0\",\"urls\":\"a\"}",
		  "1.0.0 line 4: \"urls\" must be a list" },
		{ "{name: x, version: 1.0.0, maintainers: [x]}",
		  "{\"name\":\"x\",\"version\":\"1.0.0\",\"maintainers\":[\"x\"]}",
		  "1.0.0 line 4: a map is expected here" },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t chunk = 0; chunk < 8; chunk++) {
			char text[1000], told[1000];
			(void)snprintf(text, sizeof text, E("  bad:\n  - %s\n  - {name: x, version: 2.0.0}\n"), rows[i].yaml);
			(void)snprintf(told, sizeof told, "bad %s\nbad 2.0.0\n1 charts, 1 versions, 1 skipped\n",
			               rows[i].why);
			expect(text, strlen(text), chunk, told);
			(void)snprintf(text, sizeof text, "{\"apiVersion\":\"v1\",\n\"entries\":{\"bad\":[\n\n%s,\n"
			               "{\"name\":\"x\",\"version\":\"2.0.0\"}]}}\n", rows[i].json);
			(void)snprintf(told, sizeof told, "bad %s\nbad 2.0.0\n1 charts, 1 versions, 1 skipped, JSON\n",
			               rows[i].why);
			expect(text, strlen(text), chunk, told);
		}
}

#define GOOD "  good:\n  - {name: x, version: 1.0.0}\n"
#define GOOD_JSON "\"good\":[{\"name\":\"x\",\"version\":\"1.0.0\"}]"
#define AND_GOOD(skipped) "good 1.0.0\n1 charts, 1 versions, " skipped " skipped"

/* The same, of what only one of the formats has, and of charts. */
static void skipped(void **state)
{
	(void)state;
	static const struct told rows[] = {
		{ E("  foo: {a: [b]}\n  bar: x\n" GOOD),
		  "foo  line 3: its versions are no list\nbar  line 4: its versions are no list\n" AND_GOOD("2") "\n" },
		{ J("\"foo\":{\"a\":[1]},\n\"bar\":5," GOOD_JSON),
		  "foo  line 1: its versions are no list\nbar  line 2: its versions are no list\n"
		  AND_GOOD("2") ", JSON\n" },
		{ E("  foo:\n  - name: foo\n    version: 1.0.0\n    name: bar\n" GOOD),
		  "foo  line 6: duplicate key \"name\" (first in line 4)\n" AND_GOOD("1") "\n" },
		{ E("  foo:\n  - name: foo\n    version: 1.0.0\n    annotations:\n      a: b\n      a: c\n" GOOD),
		  "foo  line 8: duplicate key \"a\" (first in line 7)\n" AND_GOOD("1") "\n" },
		{ E("  foo:\n  - name: foo\n    version: 1.0.0\n    home: !x y\n" GOOD),
		  "foo  line 6: the tag \"!x\" is not allowed here\n" AND_GOOD("1") "\n" },
		{ E("  foo:\n  - name: foo\n    version: 1.0.0\n    home: !!int y\n" GOOD),
		  "foo  line 6: \"y\" is not a value of !!int\n" AND_GOOD("1") "\n" },
		{ E("  foo:\n  - name: foo\n    version: 1.0.0\n    home: \"a\\0b\"\n" GOOD),
		  "foo  line 6: a NUL character\n" AND_GOOD("1") "\n" },
		{ E("  foo:\n  - name: foo\n    version: 1.0.0\n    ? [a]\n    : b\n" GOOD),
		  "foo  line 6: a key must be a scalar\n" AND_GOOD("1") "\n" },
		{ E("  foo:\n  - name: foo\n    version: 1.0.0\n    home: 5\n" GOOD),
		  "foo 1.0.0 line 6: \"home\" must be a string (quote it)\n" AND_GOOD("1") "\n" },
		{ E("  foo:\n  - name: foo\n    version: 1.0.0\n    home: .inf\n" GOOD),
		  "foo 1.0.0 line 6: \"home\" must be a string (quote it)\n" AND_GOOD("1") "\n" },
		{ E("  foo:\n  - name: foo\n    version: 1.0.0\n    <<: x\n" GOOD),
		  "foo  line 6: a merge key needs a map or a list of maps\n" AND_GOOD("1") "\n" },
		{ E("  \"a\\0b\":\n  - {name: foo, version: 1.0.0}\n" GOOD),
		  "a  line 3: the chart's name has a NUL character\n" AND_GOOD("1") "\n" },
		{ J("\"foo\":[\n{\"name\":\"foo\",\n\"version\":\"1.0.0\",\"name\":\"bar\"}]," GOOD_JSON),
		  "foo  line 3: duplicate object key near '\"name\"'\n" AND_GOOD("1") ", JSON\n" },
		{ J("\"foo\":[\n{\"name\":\"\xff\",\"version\":\"1.0.0\"}]," GOOD_JSON),
		  "foo  line 2: unable to decode byte 0xff near '\"'\n" AND_GOOD("1") ", JSON\n" },
		{ J("\"foo\":[{\"name\":\"\\ud800\",\"version\":\"1.0.0\"}]," GOOD_JSON),
		  "foo  line 1: invalid Unicode '\\uD800' near '\"\\ud800\"'\n" AND_GOOD("1") ", JSON\n" },
		{ J("\"foo\":[{\"name\":\"a\\u0000\",\"version\":\"1.0.0\"}]," GOOD_JSON),
		  "foo  line 1: a NUL character in a string\n" AND_GOOD("1") ", JSON\n" },
		{ J("\"\\ud800\":[{\"name\":\"a\",\"version\":\"1.0.0\"}]," GOOD_JSON),
		  "  line 1: the chart's name cannot be read\n" AND_GOOD("1") ", JSON\n" },
	};
	expect_rows(rows, ROWS(rows));
}

/* ---- the summary, and who fails ---- */

static void summaries(void **state)
{
	(void)state;
	static const struct { const char *text, *generated, *server_info; } rows[] = {
		{ "entries: {}\n", "", "" },
		{ "entries: {}\ngenerated: 2024-01-02T03:04:05Z\nserverInfo: {contextPath: /x, m: [5, ~]}\n",
		  "2024-01-02T03:04:05Z", "{\"contextPath\":\"/x\",\"m\":[5,null]}" },
		{ "{\"generated\": \"now\",\"serverInfo\":{ \"a\" :\n{} },\"entries\":{}}", "now", "{\"a\":{}}" },
		{ "{\"generated\":null,\"serverInfo\":[],\"entries\":{}}", "", "" },
		{ "{\"generated\":{},\"serverInfo\":{\"a\":\"\\ud800\"},\"entries\":{}}", "", "" },
		{ "generated: ~\nserverInfo: {a: b, a: c}\nentries: {}\n", "", "" },
		{ "generated: 0123456789012345678901234567890123456789\nentries: {}\n",
		  "012345678901234567890123456789012345678", "" },
		{ "x: &x {a: b}\nserverInfo: *x\nentries: {}\n", "", "{\"a\":\"b\"}" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct reading r = { .text = str_c(rows[i].text), .chunk = 5 };
		assert_int_equal(read_stream(&r), OK);
		assert_string_equal(r.summary.generated, rows[i].generated);
		assert_string_equal(r.summary.server_info, rows[i].server_info);
		assert_int_equal(r.summary.bytes, r.text.n);
		reading_done(&r);
	}
}

static enum err failing_read(void *ctx, char *to, size_t size, size_t *ret_n, struct errinfo *e)
{
	struct reading *r = ctx;
	if (r->at == r->text.n)
		return ERR(e, IO, "the line is cut");
	return reading_read(ctx, to, size, ret_n, e);
}

static enum err failing_rewind(void *ctx, struct errinfo *e)
{
	(void)ctx;
	return ERR(e, IO, "no second time");
}

static enum err failing_entry(void *ctx, struct str chart, const struct index_entry *entry,
                              const struct sha256 *hash, struct errinfo *e)
{
	(void)ctx, (void)chart, (void)entry, (void)hash;
	return ERR(e, DISK_FULL, "no room");
}

static void others_fail(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool source, entry;
		enum err err;
		const char *detail;
	} rows[] = {
		{ V(""), true, false, ERR_IO, "the line is cut" },
		{ "", true, false, ERR_IO, "the line is cut" },
		{ "{}", true, false, ERR_IO, "the line is cut" },
		{ "{\"entries\":", true, false, ERR_IO, "the line is cut" },
		{ "{\"entries\":,", false, false, ERR_IO, "no second time" },
		{ V(""), false, true, ERR_DISK_FULL, "no room" },
		{ J(GOOD_JSON), false, true, ERR_DISK_FULL, "no room" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct reading r = { .text = str_c(rows[i].text) };
		struct index_stream_handler handler = { &r, reading_known, reading_entry, reading_skipped, NULL };
		struct index_stream_summary summary = { .bytes = 77 };
		struct errinfo e;
		if (rows[i].entry)
			handler.entry = failing_entry;
		assert_int_equal(index_stream_read(rows[i].source ? failing_read : reading_read, failing_rewind,
		                                   &r, "i", &handler, &summary, &e), rows[i].err);
		assert_string_equal(e.detail, rows[i].detail);
		assert_int_equal(summary.bytes, 77);
		reading_done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_fed_03_refused),
		cmocka_unit_test(taken),
		cmocka_unit_test(t_fed_05_skipped),
		cmocka_unit_test(skipped),
		cmocka_unit_test(summaries),
		cmocka_unit_test(others_fail),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
