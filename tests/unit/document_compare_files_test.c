/* Of how many changed files the lines are counted one by one. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"
#include "indexer/document/compare.h"

#define CHART(version) STR("apiVersion: v2\nname: demo\nversion: " version "\n")

/* In the new text all lines are others, or the one in the middle is. */
static const struct row {
	const char *name;
	unsigned lines;                  /* of 90 bytes */
	bool all;
	uint32_t removed;
	bool cut;
} rows[] = {
	{ "a", 10000, true, 10000, false },      /* 0.9 MiB each side: the budget is for two of them */
	{ "b", 10000, true, 10000, false },
	{ "c", 10000, true, 10000, true },
	{ "large", 40000, false, 1, false },     /* most of it is the same */
	{ "small", 3, true, 3, false },
};

static void put_text(struct sbuf *b, const struct row *row, bool new)
{
	for (unsigned i = 0; i < row->lines; i++) {
		bool other = new && (row->all || i == row->lines / 2);
		sbuf_printf(b, "%-88u%c\n", i, other ? 'y' : 'x');
	}
}

static void load(struct arena *a, struct str chart_yaml, bool new, struct chart *ret)
{
	struct tar_member members[ROWS(rows) + 1] = { { STR("Chart.yaml"), chart_yaml } };
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(CHART_FILE_MAX_BYTES);
		put_text(&b, &rows[i], new);
		members[i + 1].name = str_c(rows[i].name);
		assert_true(sbuf_ok(&b) && arena_str(a, sbuf_str(&b), &members[i + 1].data));
	}
	assert_int_equal(chart_load(a, members, ROWS(members), ret, NULL), OK);
}

static void files_that_are_counted(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct chart old, new;
	struct comparison c;
	load(&a, CHART("1.0.0"), false, &old);
	load(&a, CHART("1.1.0"), true, &new);
	assert_int_equal(compare_charts(&a, &old, &new, NULL, &c, NULL), OK);
	assert_int_equal(c.file_count, ROWS(rows) + 1);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct compare_file *f = &c.files[i + 1];
		if (!str_eq_c(f->name, rows[i].name) || f->removed != rows[i].removed || f->added != f->removed ||
		    f->cut != rows[i].cut)
			fail_msg("%.*s: -%u +%u%s", STR_ARG(f->name), f->removed, f->added, f->cut ? " cut" : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(files_that_are_counted) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
