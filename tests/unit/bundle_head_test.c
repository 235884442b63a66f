/* The head of a bundle and the lines that tell of versions: what is written is read again, and nothing else
 * is.                                                                                         */
#include "folder.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/bundle.h"

struct fixture { struct errinfo e; };
static struct fixture f;

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define AS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BS "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define CS "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define DS "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

static const char *const good_lines[] = {
	"chartlocker bundle 1", "repo team-a/stable", "instance 0123456789abcdef", "parent 41 " AS,
	"own 57 " BS, "root " CS, "at 2026-03-05T09:12:44.5Z", "filter ingress-* >=4 closure",
	"versions 12", "files 30", "bytes 12345", "manifest " DS,
};
#define LINES ROWS(good_lines)

/* The good head with another text for one line; NULL: without it. */
static void put_head(struct sbuf *b, size_t line, const char *other)
{
	for (size_t i = 0; i < LINES; i++) {
		const char *text = i == line ? other : good_lines[i];
		if (text)
			sbuf_printf(b, "%s\n", text);
	}
	assert_true(sbuf_ok(b));
}

static void all_is_read_and_written(void **state)
{
	AUTO_SBUF struct sbuf text = sbuf_make(KIB), again = sbuf_make(KIB);
	AUTO_ARENA struct arena a = { 0 };
	struct bundle_head h;
	(void)state;
	put_head(&text, LINES, NULL);
	assert_ok(&f, bundle_head_parse(sbuf_str(&text), &h, &f.e));
	assert_true(str_eq(h.repo, STR("team-a/stable")) && h.parent.event == 41 && h.own.event == 57);
	assert_int_equal(h.own.leaf.bytes[31], 0xbb);
	assert_int_equal(h.root.bytes[0], 0xcc);
	assert_int_equal(h.manifest.bytes[0], 0xdd);
	assert_int_equal(h.at_ns, INT64_C(1772701964500000000));
	assert_true(str_eq(h.filter, STR("ingress-* >=4 closure")));
	assert_true(h.versions == 12 && h.files == 30 && h.bytes == 12345);
	bundle_head_put(&again, &h);
	assert_string_equal(again.p, text.p);
	assert_string_equal(bundle_file_name(&a, &h), "team-a~stable-41-57-b931644a.tar");
	h.filter = STR("");
	assert_string_equal(bundle_file_name(&a, &h), "team-a~stable-41-57.tar");
}

static void names_of_files(void **state)
{
	static const struct { struct str name; bool is; } rows[] = {
		{ STR("team-a~stable-41-57.tar"), true }, { STR("a-0-1.tar"), true }, { STR("-0-1.tar"), false },
		{ STR("a-0.tar"), false }, { STR("a-0-.tar"), false }, { STR("a--1.tar"), false },
		{ STR("a-0-1.tar.gz"), false }, { STR("a-0-1x.tar"), false }, { STR("0-1.tar"), false },
		{ STR(".tar"), false }, { STR("tar"), false }, { STR(""), false },
		{ STR("a-0-1-b931644a.tar"), true }, { STR("a-0-1-b931644.tar"), false },
		{ STR("a-0-1-b931644A.tar"), false }, { STR("a-0-b931644a.tar"), false },
		{ STR("a-0-1b931644a.tar"), false }, { STR("-0-1-b931644a.tar"), false },
		{ STR("0459bdc7.tar"), false },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (bundle_is_file_name(rows[i].name) != rows[i].is)
			fail_msg("%.*s", STR_ARG(rows[i].name));
}

static void a_whole_one_has_no_parent(void **state)
{
	AUTO_SBUF struct sbuf text = sbuf_make(KIB);
	struct bundle_head h;
	(void)state;
	put_head(&text, 3, "parent 0 " ZEROS);
	assert_ok(&f, bundle_head_parse(sbuf_str(&text), &h, &f.e));
	assert_int_equal(h.parent.event, 0);
	sbuf_reset(&text);
	put_head(&text, 7, "filter");
	assert_ok(&f, bundle_head_parse(sbuf_str(&text), &h, &f.e));
	assert_int_equal(h.filter.n, 0);
}

static const struct wrong_line { const char *text; size_t line; } wrong_lines[] = {
	{ "chartlocker bundle", 0 }, { "chartlocker bundle one", 0 }, { "chartlocker bundle 01", 0 },
	{ "Chartlocker bundle 1", 0 }, { "chartlocker bundle 1 ", 0 }, { "chartlocker bundle 1\r", 0 },
	{ "repo", 1 }, { "repo ", 1 }, { "repo ../x", 1 }, { "repo a/b/c", 1 }, { "repo charts", 1 },
	{ "repo  stable", 1 }, { "repository stable", 1 },
	{ "instance", 2 }, { "instance A", 2 }, { "instance a b", 2 },
	{ "parent 41", 3 }, { "parent 41 " AS " ", 3 }, { "parent -1 " AS, 3 }, { "parent 041 " AS, 3 },
	{ "parent 0 " AS, 3 }, { "parent 41 " ZEROS, 3 },
	{ "parent 41 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 3 },
	{ "own 40 " BS, 4 }, { "own 41 " BS, 4 }, { "own 57 " BS "b", 4 }, { "own 0 " ZEROS, 4 },
	{ "own 18446744073709551616 " BS, 4 },
	{ "root", 5 }, { "root " CS " " CS, 5 }, { "root  " CS, 5 },
	{ "at 2026-03-05", 6 }, { "at 2026-03-05T09:12:44.50Z", 6 },
	{ "at 2026-03-05T10:12:44.5+01:00", 6 },
	{ "filter ", 7 }, { "filter a\tb", 7 }, { "filter \xff", 7 }, { "filtera", 7 },
	{ "versions", 8 }, { "versions 12 ", 8 }, { "versions 0x12", 8 }, { "versions +12", 8 },
	{ "files 030", 9 }, { "bytes 1 2", 10 }, { "bytes 12345\nbytes 12345", 10 },
	{ "manifest " DS "\nmore", 11 }, { "manifest " DS "\n", 11 }, { "manifest d", 11 },
};

static void each_wrong_line_is_named(void **state)
{
	AUTO_SBUF struct sbuf text = sbuf_make(KIB);
	struct bundle_head h;
	char where[32];
	(void)state;
	for (size_t i = 0; i < ROWS(wrong_lines); i++) {
		sbuf_reset(&text);
		put_head(&text, wrong_lines[i].line, wrong_lines[i].text);
		enum err err = bundle_head_parse(sbuf_str(&text), &h, &f.e);
		if (err != ERR_CORRUPT)
			print_error("%s: %s\n", wrong_lines[i].text, err_code(err));
		assert_int_equal(err, ERR_CORRUPT);
		(void)snprintf(where, sizeof where, "BUNDLE:%zu:", wrong_lines[i].line + 1);
		bool below = strchr(wrong_lines[i].text, '\n') != NULL;        /* its line is the next one */
		if (!below && !strstr(f.e.detail, where))
			fail_msg("%s: %s", wrong_lines[i].text, f.e.detail);
	}
}

static void a_line_may_neither_lack_nor_change_its_place(void **state)
{
	AUTO_SBUF struct sbuf text = sbuf_make(KIB);
	struct bundle_head h;
	(void)state;
	for (size_t i = 0; i < LINES; i++) {
		sbuf_reset(&text);
		put_head(&text, i, NULL);
		assert_err(&f, CORRUPT, bundle_head_parse(sbuf_str(&text), &h, &f.e));
		for (size_t j = i + 1; j < LINES; j++) {
			sbuf_reset(&text);
			for (size_t k = 0; k < LINES; k++)
				sbuf_printf(&text, "%s\n", good_lines[k == i ? j : k == j ? i : k]);
			assert_err(&f, CORRUPT, bundle_head_parse(sbuf_str(&text), &h, &f.e));
		}
	}
}

static void each_cut_and_each_flipped_digit_of_a_key(void **state)
{
	AUTO_SBUF struct sbuf text = sbuf_make(KIB);
	struct bundle_head h;
	(void)state;
	put_head(&text, LINES, NULL);
	for (size_t n = 0; n < text.n; n++)
		assert_int_equal(bundle_head_parse(str_first(sbuf_str(&text), n), &h, &f.e), ERR_CORRUPT);
	for (size_t i = 0; i < text.n; i++) {
		text.p[i] ^= (char)0x80;
		assert_int_equal(bundle_head_parse(sbuf_str(&text), &h, &f.e), ERR_CORRUPT);
		text.p[i] ^= (char)0x80;
	}
}

static void another_format_is_newer(void **state)
{
	AUTO_SBUF struct sbuf text = sbuf_make(KIB);
	struct bundle_head h;
	(void)state;
	put_head(&text, 0, "chartlocker bundle 2");
	assert_err(&f, NEWER, bundle_head_parse(sbuf_str(&text), &h, &f.e));
}

static void folders_lead_there_and_back(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str repo, rest;
	(void)state;
	assert_string_equal(bundle_deps_folder(&a, STR("team-a/stable")), "deps/team-a~stable/");
	assert_string_equal(bundle_deps_folder(&a, STR("main")), "deps/main/");
	assert_true(bundle_deps_repo(&a, STR("deps/team-a~stable/charts/x.tgz"), &repo, &rest));
	assert_true(str_eq(repo, STR("team-a/stable")) && str_eq(rest, STR("charts/x.tgz")));
	assert_false(bundle_deps_repo(&a, STR("deps/a~b~c/index.yaml"), &repo, &rest));
	assert_false(bundle_deps_repo(&a, STR("deps/../index.yaml"), &repo, &rest));
	assert_false(bundle_deps_repo(&a, STR("deps/main"), &repo, &rest));
	assert_false(bundle_deps_repo(&a, STR("charts/x.tgz"), &repo, &rest));
}

/* ---- versions.jsonl ---- */

static struct bundle_version good_version(void)
{
	struct bundle_version v = {
		.repo = STR("stable"), .chart = STR("redis"), .version = STR("1.0.0"),
		.file = STR("redis-1.0.0.tgz"), .state = BUNDLE_YANKED, .bytes = 7,
		.created_ns = INT64_C(1700000000123456789), .event = 3, .has_prov = true,
		.signature = STR("{\"verdict\":\"good\"}"), .reason = STR("\"b\xc3\xa4" "d\"\n"),
		.origin = STR("https://charts.example.org"),
		.known_as = STR("oci://registry.example.org/charts"), .line = STR("{\"name\":\"redis\"}"),
	};
	memset(&v.digest, 0xab, sizeof v.digest);
	memset(&v.prov_digest, 0xcd, sizeof v.prov_digest);
	return v;
}

#define REPEAT_32(two) two two two two two two two two two two two two two two two two \
	two two two two two two two two two two two two two two two two
static const char good_json[] =
	"{\"bytes\":7,\"chart\":\"redis\",\"created\":\"2023-11-14T22:13:20.123456789Z\","
	"\"digest\":\"" REPEAT_32("ab") "\",\"event\":3,\"file\":\"redis-1.0.0.tgz\","
	"\"known_as\":\"oci://registry.example.org/charts\","
	"\"line\":\"{\\\"name\\\":\\\"redis\\\"}\",\"origin\":\"https://charts.example.org\","
	"\"prov\":\"" REPEAT_32("cd") "\",\"reason\":\"\\\"b\xc3\xa4" "d\\\"\\n\",\"repo\":\"stable\","
	"\"signature\":\"{\\\"verdict\\\":\\\"good\\\"}\",\"state\":\"yanked\",\"version\":\"1.0.0\"}\n";

static void a_version_is_read_and_written(void **state)
{
	AUTO_SBUF struct sbuf text = sbuf_make(2 * KIB);
	AUTO_ARENA struct arena a = { 0 };
	struct bundle_version v = good_version(), got;
	(void)state;
	bundle_version_put(&text, &v);
	assert_string_equal(text.p, good_json);
	assert_ok(&f, bundle_version_parse(&a, sbuf_str(&text), &got, &f.e));
	assert_ok(&f, bundle_version_parse(&a, str_first(sbuf_str(&text), text.n - 1), &got, &f.e));
	assert_true(str_eq(got.repo, v.repo) && str_eq(got.chart, v.chart) && str_eq(got.file, v.file) &&
	            str_eq(got.version, v.version) && str_eq(got.signature, v.signature) &&
	            str_eq(got.reason, v.reason) && str_eq(got.origin, v.origin) &&
	            str_eq(got.known_as, v.known_as) && str_eq(got.line, v.line));
	assert_true(sha256_eq(&got.digest, &v.digest) && sha256_eq(&got.prov_digest, &v.prov_digest));
	assert_true(got.state == v.state && got.bytes == 7 && got.event == 3 && got.has_prov &&
	            got.created_ns == v.created_ns);
}

static void a_tombstone_is_short(void **state)
{
	AUTO_SBUF struct sbuf text = sbuf_make(2 * KIB);
	AUTO_ARENA struct arena a = { 0 };
	struct bundle_version v = { .repo = STR("stable"), .chart = STR("redis"), .version = STR("1.0.0"),
	                            .file = STR("redis-1.0.0.tgz"), .state = BUNDLE_DELETED, .event = 3 }, got;
	(void)state;
	bundle_version_put(&text, &v);
	assert_string_equal(text.p, "{\"bytes\":0,\"chart\":\"redis\",\"created\":\"1970-01-01T00:00:00Z\","
	                    "\"digest\":\"" ZEROS "\",\"event\":3,\"file\":\"redis-1.0.0.tgz\","
	                    "\"repo\":\"stable\",\"state\":\"deleted\",\"version\":\"1.0.0\"}\n");
	assert_ok(&f, bundle_version_parse(&a, sbuf_str(&text), &got, &f.e));
	assert_true(got.state == BUNDLE_DELETED && !got.line.n && !got.has_prov && !got.reason.n);
}

/* Put into the good line in the place of what stands there. */
static const struct wrong_version { const char *name, *old, *new; } wrong_versions[] = {
	{ "no object", "{\"bytes\":7,", "[7," },
	{ "a key more", "{\"bytes\"", "{\"a\":1,\"bytes\"" },
	{ "another order", "\"bytes\":7,\"chart\":\"redis\"", "\"chart\":\"redis\",\"bytes\":7" },
	{ "a space", "{\"bytes\"", "{ \"bytes\"" },
	{ "an escape that is not needed", "\"redis\",\"created", "\"r\\u0065dis\",\"created" },
	{ "a key twice", "\"event\":3", "\"event\":3,\"event\":3" },
	{ "bytes: text", "\"bytes\":7", "\"bytes\":\"7\"" },
	{ "bytes: a fraction", "\"bytes\":7", "\"bytes\":7.0" },
	{ "bytes: none", "\"bytes\":7", "\"bytes\":0" },
	{ "bytes: below none", "\"bytes\":7", "\"bytes\":-7" },
	{ "no chart", "\"chart\":\"redis\",", "" },
	{ "created: in another zone", "20.123456789Z", "20.123456789+00:00" },
	{ "digest: upper case", "\"digest\":\"ab", "\"digest\":\"AB" },
	{ "event: none", "\"event\":3", "\"event\":0" },
	{ "file: a path", "\"file\":\"redis", "\"file\":\"../redis" },
	{ "file: a provenance", "1.0.0.tgz\"", "1.0.0.tgz.prov\"" },
	{ "file: another kind", "1.0.0.tgz\"", "1.0.0.zip\"" },
	{ "no line", "\"line\":\"{\\\"name\\\":\\\"redis\\\"}\",", "" },
	{ "prov: null", "\"prov\":\"" REPEAT_32("cd") "\"", "\"prov\":null" },
	{ "an empty reason", "\\\"b\xc3\xa4" "d\\\"\\n", "" },
	{ "repo: a path", "\"repo\":\"stable\"", "\"repo\":\"../stable\"" },
	{ "repo: missing", "\"repo\":\"stable\",", "" },
	{ "state: unknown", "\"yanked\"", "\"gone\"" },
	{ "state: a tombstone with bytes", "\"yanked\"", "\"deleted\"" },
	{ "state: purged with bytes", "\"yanked\"", "\"purged\"" },
	{ "no version", ",\"version\":\"1.0.0\"", "" },
	{ "two lines", "}\n", "}\n\n" },
	{ "bytes behind it", "}\n", "}x" },
};

static void a_wrong_version(void **state)
{
	const struct wrong_version *row = *state;
	AUTO_SBUF struct sbuf text = sbuf_make(2 * KIB);
	AUTO_ARENA struct arena a = { 0 };
	struct bundle_version got;
	const char *at = strstr(good_json, row->old);
	assert_non_null(at);
	sbuf_put(&text, str_make(good_json, (size_t)(at - good_json)));
	sbuf_puts(&text, row->new);
	sbuf_puts(&text, at + strlen(row->old));
	assert_true(sbuf_ok(&text));
	assert_err(&f, CORRUPT, bundle_version_parse(&a, sbuf_str(&text), &got, &f.e));
	assert_non_null(strstr(f.e.detail, "versions.jsonl"));
}

static void each_cut_and_each_high_bit_of_a_version(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	struct bundle_version got;
	char text[sizeof good_json];
	(void)state;
	memcpy(text, good_json, sizeof text);
	for (size_t n = 0; n + 2 < sizeof text; n++)
		assert_int_equal(bundle_version_parse(&a, str_make(text, n), &got, &f.e), ERR_CORRUPT);
	for (size_t i = 0; i + 1 < sizeof text; i++) {
		text[i] ^= (char)0x80;
		assert_int_equal(bundle_version_parse(&a, str_c(text), &got, &f.e), ERR_CORRUPT);
		text[i] ^= (char)0x80;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_read_and_written),
		cmocka_unit_test(names_of_files),
		cmocka_unit_test(a_whole_one_has_no_parent),
		cmocka_unit_test(each_wrong_line_is_named),
		cmocka_unit_test(a_line_may_neither_lack_nor_change_its_place),
		cmocka_unit_test(each_cut_and_each_flipped_digit_of_a_key),
		cmocka_unit_test(another_format_is_newer),
		cmocka_unit_test(folders_lead_there_and_back),
		cmocka_unit_test(a_version_is_read_and_written),
		cmocka_unit_test(a_tombstone_is_short),
		cmocka_unit_test(each_cut_and_each_high_bit_of_a_version),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("bundle_head", tests, NULL, NULL) +
	       RUN_TABLE("wrong_version", a_wrong_version, wrong_versions);
}
