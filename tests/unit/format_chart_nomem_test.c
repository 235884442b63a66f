/* Every allocation of reading and packing a chart fails once: NOMEM, and nothing leaks. */
#include "format_chart.h"

#include "indexer/format/index.h"
#include "indexer/format/package.h"
#include "nomem_arena.h"

static struct package inner;             /* packed, to be put into the other */
static struct arena inner_arena;

static enum err build(struct arena *a, struct package *ret, struct errinfo *e)
{
	const struct package_file files[] = {
		{ STR("Chart.yaml"), STR(HEAD "keywords: [a]\nhome: \xc3\xa9\xc2\xa0\nannotations: {a: b}\n"
		                         "dependencies: [{name: inner, import-values: [a]}]\n"), 0 },
		{ STR(".helmignore"), STR("docs/\n*.bak\n"), 0 },
		{ STR("Chart.lock"), STR("dependencies: [{name: inner, version: 1.0.0}]\n"), 0 },
		{ STR("values.yaml"), STR("a: &a {b: 1}\nc: *a\na: 2\n"), 0 },
		{ STR("templates/a.yaml"), STR(""), 0 },
		{ STR("charts/inner.tgz"), str_make(inner.tgz, inner.bytes), 0 },
		{ STR("charts/other/Chart.yaml"), STR("name: other\nversion: 1.0.0\n"), 0 },
	};
	const struct package_options o = { .version = STR("2.0.0"), .app_version = STR("\xc3\xa9\t") };
	return package_build(a, files, ROWS(files), &o, ret, e);
}

static enum err pack_once(struct arena *a, const void *row, struct errinfo *e)
{
	struct package p;
	(void)row;
	enum err err = build(a, &p, e);
	free(err ? NULL : p.tgz);
	return err;
}

static enum err read_once(struct arena *a, const void *package, struct errinfo *e)
{
	const struct package *p = package;
	struct chart c;
	struct chart_scratch buffer = { 0 };
	enum err err = chart_read(a, &buffer, str_make(p->tgz, p->bytes), &c, e);
	chart_scratch_done(&buffer);
	return err;
}

static int setup(void **state)
{
	(void)state;
	const struct package_file file = { STR("Chart.yaml"), STR("name: inner\nversion: 1.0.0\n"), 0 };
	const struct package_options o = { .mtime_seconds = 0 };
	return package_build(&inner_arena, &file, 1, &o, &inner, &error) ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	free(inner.tgz);
	arena_done(&inner_arena);
	return 0;
}

static void packing_without_memory(void **state)
{
	(void)state;
	each_allocation_fails(pack_once, NULL);
}

static void reading_without_memory(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct package p;
	assert_int_equal(build(&a, &p, &error), OK);
	each_allocation_fails(read_once, &p);
	free(p.tgz);
}

/* All of it is in the line, or the buffer says that it is not. */
static void lines_without_memory(void **state)
{
	(void)state;
	static struct chart_annotation annotations[] = { { STR("a"), STR("b") }, { STR("c"), STR("d") } };
	static const struct chart_meta meta = {
		.name = STR("x"), .version = STR("1.0.0"), .annotations = annotations, .annotation_count = 2,
	};
	static const struct sha256 none;
	bool failed = true;
	for (long n = 0; failed; n++) {
		AUTO_SBUF struct sbuf b = sbuf_make(INDEX_LINE_MAX_BYTES);
		nomem_arm(n);
		index_line(&b, &meta, STR("x-1.0.0.tgz"), 0, &none);
		failed = nomem_disarm();
		assert_int_equal(sbuf_ok(&b), !failed);
		assert_true(failed || str_starts(sbuf_str(&b), STR("{\"annotations\":{\"a\":\"b\",\"c\":\"d\"},")));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packing_without_memory),
		cmocka_unit_test(reading_without_memory),
		cmocka_unit_test(lines_without_memory),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
