/* What an index line needs of other charts. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/format/index_uses.h"

#define DEPENDS(list) "{\"apiVersion\":\"v2\",\"dependencies\":[" list "],\"name\":\"x\"}"
#define REDIS(range, from) "{\"name\":\"redis\",\"repository\":\"" from "\",\"version\":\"" range "\"}"

struct row { const char *name, *line, *version; int uses; bool fits; };

static const struct row rows[] = {
	{ "no dependencies", "{\"name\":\"x\"}", "1.0.0", 0, false },
	{ "an empty line, which was purged", "", "1.0.0", 0, false },
	{ "exact", DEPENDS(REDIS("1.0.0", "https://x")), "1.0.0", 1, true },
	{ "exact, another", DEPENDS(REDIS("1.0.0", "https://x")), "1.0.1", 1, false },
	{ "a range", DEPENDS(REDIS("^1.0.0", "https://x")), "1.9.0", 1, true },
	{ "beyond the range", DEPENDS(REDIS("^1.0.0", "https://x")), "2.0.0", 1, false },
	{ "a pre-release", DEPENDS(REDIS("^1.0.0", "https://x")), "1.1.0-rc.1", 1, false },
	{ "by alias of a repository", DEPENDS(REDIS("1.x", "@stable")), "1.2.3", 1, true },
	{ "from an OCI registry", DEPENDS(REDIS("1.x", "oci://x/y")), "1.2.3", 1, true },
	{ "in the archive", DEPENDS(REDIS("1.x", "file://../redis")), "1.2.3", 0, false },
	{ "in charts/", DEPENDS(REDIS("1.x", "")), "1.2.3", 0, false },
	{ "of another name", DEPENDS("{\"name\":\"nginx\",\"repository\":\"https://x\",\"version\":\"*\"}"),
	  "1.0.0", 1, false },
	{ "the second one", DEPENDS("{\"name\":\"nginx\",\"repository\":\"https://x\",\"version\":\"*\"},"
	  REDIS(">=1", "https://x")), "1.0.0", 2, true },
	{ "no range that Helm reads", DEPENDS(REDIS("what?", "https://x")), "1.0.0", 1, false },
	{ "no range", DEPENDS(REDIS("", "https://x")), "1.0.0", 1, false },
	{ "the word alone", "{\"description\":\"\\\"dependencies\\\": none\",\"name\":\"x\"}", "1.0.0", 0,
	  false },
};

static void t_uses(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct index_use *uses;
	struct errinfo e = { 0 };
	size_t count;
	bool any = false, fits;
	assert_int_equal(index_uses(&a, str_c(row->line), &uses, &count, &e), OK);
	assert_int_equal(count, row->uses);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(index_use_admits(&uses[i], STR("redis"), str_c(row->version), &fits, &e), OK);
		any |= fits;
	}
	assert_int_equal(any, row->fits);
}

static void t_no_line_of_ours(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	struct index_use *uses;
	size_t count;
	(void)state;
	assert_int_equal(index_uses(&a, STR("{\"dependencies\":["), &uses, &count, NULL), ERR_METADATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_no_line_of_ours) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + RUN_TABLE("uses", t_uses, rows);
}
