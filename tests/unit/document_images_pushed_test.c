/* Lists of images that were pushed: what is taken of a text, which lists are good, what they do to a reading. */
#include "format_chart.h"

#include "indexer/document/images_pushed.h"

/* ---- texts ---- */

static const struct { const char *name, *text, *wanted; enum err err; } texts[] = {
	{ "a list", "# x\n b:1\n\na\nb:1\n", "a\nb:1\n", OK },
	{ "a rendering", "kind: Pod\nimage: a:1\nargs: [--x=quay.io/a/b:v1]\n", "a:1\n", OK },
	{ "of no image", "kind: ConfigMap\n", "", OK },
	{ "JSON", "{\"kind\":\"Pod\",\"image\":\"a:1\"}", "a:1\n", OK },
	{ "of nothing", "---\n# Source: x/templates/a.yaml\n", "", OK },
	{ "none", "# none\n", "", OK },
	{ "nothing", "", "nothing was sent", ERR_INVALID },
	{ "blanks", " \n\t\n", "nothing was sent", ERR_INVALID },
	{ "words", "Error: chart not found\n", "neither", ERR_INVALID },
	{ "a bad line", "# x\n\na:1\n ../b\x1b \n", "neither", ERR_INVALID },
	{ "what a template leaves", "a:1\n{{ .Values.b }}\n", "line 2 is \"{{ .Values.b }}\"", ERR_INVALID },
	{ "JSON of something else", "{\"name\":\"x\"}\n", "neither", ERR_INVALID },
	{ "which line", "# x\n\na:1\n ../b\x1b \n", "line 4 is \"../b?\"", ERR_INVALID },
	{ "other letters", "\xc3\xa9t\xc3\xa9\n", "line 1 is \"\xc3\xa9t\xc3\xa9\"", ERR_INVALID },
	{ "a mark in front", "\xef\xbb\xbf" "a:1\nb:2\n", "a:1\nb:2\n", OK },
};

static void t_text(void **state)
{
	size_t row = (size_t)((const char *)*state - (const char *)texts) / sizeof *texts;
	struct str list = { 0 };
	assert_int_equal(images_list_read(&arena, str_c(texts[row].text), &list, &error), texts[row].err);
	if (texts[row].err) {
		assert_non_null(strstr(error.detail, texts[row].wanted));
	} else {
		assert_true(str_eq_c(list, texts[row].wanted));
		assert_true(images_list_is_good(list));
	}
	arena_done(&arena);
}

/* As large as a rendering may be; each line looks like the beginning of one. */
static void t_large(void **state)
{
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGES_RENDERED_MAX_BYTES);
	const struct chart_images none = { 0 };
	(void)state;
	while (b.n + 2 <= b.limit)
		sbuf_puts(&b, "{\n");
	assert_int_equal(images_text_check(sbuf_str(&b), &none, &error), ERR_INVALID);
	assert_non_null(strstr(error.detail, "line 1 is \"{\""));
}

static const struct { const char *name, *list; bool good; } lists[] = {
	{ "empty", "", true }, { "two", "a\nb:1\n", true }, { "without its end", "a\nb:1", false },
	{ "twice", "a\na\n", false }, { "not sorted", "b\na\n", false }, { "an empty line", "\na\n", false },
	{ "no reference", "A B\n", false },
};

static void t_list(void **state)
{
	size_t row = (size_t)((const char *)*state - (const char *)lists) / sizeof *lists;
	assert_int_equal(images_list_is_good(str_c(lists[row].list)), lists[row].good);
}

/* ---- with what was read ---- */

static struct chart_image read_images[] = {
	{ .image = STR("docker.io/library/redis:7"), .where = STR("values"), .source = IMAGE_VALUES, .places = 1 },
	{ .image = STR("gone:1"), .where = STR("pod"), .source = IMAGE_RENDERED, .certain = true, .places = 2 },
	{ .image = STR("redis:7"), .where = STR("pod"), .source = IMAGE_RENDERED, .certain = true, .places = 1 },
};

static const struct { const char *name, *list, *wanted; } mixed[] = {
	{ "one of two spellings", "redis:7\n", "gone:1 rendered possible pod|redis:7 pushed certain values|" },
	{ "in another spelling", "index.docker.io/redis:7\n",
	  "gone:1 rendered possible pod|index.docker.io/redis:7 pushed certain values|" },
	{ "unknown here", "new:1\n", "docker.io/library/redis:7 values possible values|gone:1 rendered possible pod|"
	                             "new:1 pushed certain pushed list|redis:7 rendered possible pod|" },
	{ "none", "", "docker.io/library/redis:7 values possible values|gone:1 rendered possible pod|"
	              "redis:7 rendered possible pod|" },
};

static void t_mixed(void **state)
{
	size_t row = (size_t)((const char *)*state - (const char *)mixed) / sizeof *mixed;
	const struct chart_images found = { .images = read_images, .count = ROWS(read_images), .incomplete = STR("why") };
	struct chart_images x;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	assert_int_equal(images_with_list(&arena, &found, str_c(mixed[row].list), &x, &error), OK);
	for (size_t i = 0; i < x.count; i++)
		sbuf_printf(&b, "%.*s %s %s %.*s|", STR_ARG(x.images[i].image), image_source_word(x.images[i].source),
		            x.images[i].certain ? "certain" : "possible", STR_ARG(x.images[i].where));
	assert_string_equal(b.p, mixed[row].wanted);
	assert_true(x.pushed && !x.incomplete.n);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_large) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("texts", t_text, texts) + cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("lists", t_list, lists);
	return failed + RUN_TABLE("with what was read", t_mixed, mixed);
}
