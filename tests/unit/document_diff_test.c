/* Differences: one row two texts and what is said about them, which done to one gives the other. */
#include "in_time.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/diff.h"
#include "tests/lib/diff_check.h"

struct row {
	const char *name;
	const char *old, *new;           /* '|' is a newline */
	unsigned context;
	const char *story;               /* -REMOVED +ADDED; @OLD,COUNT NEW,COUNT; lines, '$' after an unended one */
};

static const struct row rows[] = {
	{ "equal", "a|b|", "a|b|", 3, "-0 +0" },
	{ "both empty", "", "", 3, "-0 +0" },
	{ "one line", "a|b|c|", "a|x|c|", 3, "-1 +1 @1,3 1,3  a -b +x  c" },
	{ "from nothing", "", "a|b|", 3, "-0 +2 @0,0 1,2 +a +b" },
	{ "to nothing", "a|b|", "", 3, "-2 +0 @1,2 0,0 -a -b" },
	{ "no context", "a|b|c|", "a|x|c|", 0, "-1 +1 @2,1 2,1 -b +x" },
	{ "inserted, no context", "a|b|", "a|x|b|", 0, "-0 +1 @1,0 2,1 +x" },
	{ "inserted at the end", "a|", "a|b|", 1, "-0 +1 @1,1 1,2  a +b" },
	{ "one of context", "a|b|c|d|e|", "a|b|x|d|e|", 1, "-1 +1 @2,3 2,3  b -c +x  d" },
	{ "two hunks", "1|2|3|4|5|6|7|", "0|2|3|4|5|6|8|", 1,
	  "-2 +2 @1,2 1,2 -1 +0  2 @6,2 6,2  6 -7 +8" },
	{ "near ones are one hunk", "1|2|3|4|", "0|2|3|5|", 1, "-2 +2 @1,4 1,4 -1 +0  2  3 -4 +5" },
	{ "newline taken from the end", "a|b|", "a|b", 1, "-1 +1 @1,2 1,2  a -b +b$" },
	{ "newline put to the end", "a", "a|", 1, "-1 +1 @1,1 1,1 -a$ +a" },
	{ "both without newline", "a|b", "x|b", 1, "-1 +1 @1,2 1,2 -a +x  b$" },
	{ "empty lines", "||a|", "|a|", 1, "-1 +0 @1,3 1,2   -  a" },
	{ "spaces count", "a |", "a|", 0, "-1 +1 @1,1 1,1 -a  +a" },
	{ "indentation counts", " a|", "a|", 0, "-1 +1 @1,1 1,1 - a +a" },
	{ "a carriage return is text", "a\r|b|", "a|b|", 0, "-1 +1 @1,1 1,1 -a\r +a" },
	{ "no UTF-8", "\xff|", "\xfe|", 0, "-1 +1 @1,1 1,1 -\xff +\xfe" },
	{ "a block is taken where it begins", "a:|  x: 1|b:|  x: 1|", "a:|  x: 1|c:|  x: 1|b:|  x: 1|", 0,
	  "-0 +2 @2,0 3,2 +c: +  x: 1" },
	{ "moved", "a|b|c|d|", "b|c|d|a|", 0, "-1 +1 @1,1 0,0 -a @4,0 4,1 +a" },
};

static void put_lines(const char *text, struct sbuf *b)
{
	for (; *text; text++)
		sbuf_putc(b, *text == '|' ? '\n' : *text);
}

static void tell(const struct diff *d, struct sbuf *b)
{
	sbuf_printf(b, "-%u +%u", d->removed, d->added);
	for (size_t i = 0; i < d->hunk_count; i++) {
		const struct diff_hunk *h = &d->hunks[i];
		sbuf_printf(b, " @%u,%u %u,%u", h->old_from, h->old_count, h->new_from, h->new_count);
		for (size_t l = 0; l < h->count; l++)
			sbuf_printf(b, " %c%.*s%s", " -+"[h->lines[l].kind], STR_ARG(h->lines[l].text),
			            h->lines[l].unended ? "$" : "");
	}
}

static void t_diff(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf old = sbuf_make(KIB), new = sbuf_make(KIB), story = sbuf_make(KIB),
	                      applied = sbuf_make(KIB);
	struct diff d;
	put_lines(row->old, &old);
	put_lines(row->new, &new);
	assert_int_equal(diff_texts(&a, sbuf_str(&old), sbuf_str(&new), row->context, &d, NULL), OK);
	tell(&d, &story);
	assert_string_equal(story.p, row->story);
	assert_false(d.binary || d.cut);
	assert_true(diff_apply(&d, sbuf_str(&old), &applied));
	assert_true(str_eq(sbuf_str(&applied), sbuf_str(&new)));
}

/* Lines that all have the same hash in diff.c: what the second eight bytes undo what the first did. */
static void put_twins(struct sbuf *b, unsigned from, unsigned count)
{
	for (unsigned i = from; count; i++) {
		char line[18];
		uint64_t eight, hash = 17;
		(void)snprintf(line, sizeof line, "%08x", i);
		memcpy(&eight, line, sizeof eight);
		hash = (hash ^ eight) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
		memcpy(line + 8, &hash, sizeof hash);
		line[16] = '\n';
		if (memchr(line + 8, '\n', 8) || memchr(line + 8, 0, 8))
			continue;
		sbuf_put(b, str_make(line, 17));
		count--;
	}
}

static void t_twins(void **state)
{
	static const struct { unsigned count; bool cut; } twins[] = { { 6, false }, { DIFF_LINES_MAX, true } };
	(void)state;
	for (size_t i = 0; i < ROWS(twins); i++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf old = sbuf_make(MIB), new = sbuf_make(MIB), applied = sbuf_make(MIB);
		struct diff d;
		put_twins(&old, 0, twins[i].count);
		put_twins(&new, 1, twins[i].count);
		assert_int_equal(diff_texts(&a, sbuf_str(&old), sbuf_str(&new), 0, &d, NULL), OK);
		assert_int_equal(d.cut, twins[i].cut);
		assert_int_equal(d.removed, d.cut ? twins[i].count : 1);
		assert_int_equal(d.added, d.removed);
		if (!d.cut)
			assert_true(diff_apply(&d, sbuf_str(&old), &applied) &&
			            str_eq(sbuf_str(&applied), sbuf_str(&new)));
	}
}

static void t_binary(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct diff d;
	assert_int_equal(diff_texts(&a, STR("a\n\0"), STR("b\n"), 3, &d, NULL), OK);
	assert_true(d.binary && !d.cut && !d.hunk_count && !d.removed && !d.added);
	assert_int_equal(diff_texts(&a, STR("a\n"), STR("b\0"), 3, &d, NULL), OK);
	assert_true(d.binary);
}

/* ---- what is large, and what takes long ---- */

static void put_repeated(struct sbuf *b, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		sbuf_puts(b, text);
}

static const struct large_row {
	const char *name;
	size_t lines;                    /* of "same\n" around what is old or new */
	const char *old, *new;
	size_t times;
	bool cut;
	unsigned removed, added;
} large_rows[] = {
	{ "a small change of a large text", 100000, "old\n", "new\n", 1, false, 1, 1 },
	{ "as many lines as may be", 0, "old\n", "new\n", DIFF_LINES_MAX, false, DIFF_LINES_MAX, DIFF_LINES_MAX },
	{ "too many lines", 9, "old\n", "new\n", DIFF_LINES_MAX + 1, true, DIFF_LINES_MAX + 1,
	  DIFF_LINES_MAX + 1 },
	{ "too many lines on one side", 9, "", "a\nb\n", DIFF_LINES_MAX, true, 0, 2 * DIFF_LINES_MAX },
	{ "too many bytes", 9, "0123456789abcde\n", "x\n", MIB / 16 + 1, true, MIB / 16 + 1, MIB / 16 + 1 },
	{ "the larger contains the other", 9, "", "same\n", DIFF_LINES_MAX + 1, true, 0, DIFF_LINES_MAX + 1 },
	{ "too many, equal", DIFF_LINES_MAX, "a\n", "a\n", 1, false, 0, 0 },
};

static void t_large(void **state)
{
	const struct large_row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf old = sbuf_make(4 * MIB), new = sbuf_make(4 * MIB),
	                      applied = sbuf_make(4 * MIB);
	struct diff d;
	for (int side = 0; side < 2; side++) {
		struct sbuf *b = side ? &new : &old;
		put_repeated(b, "same\n", row->lines);
		put_repeated(b, side ? row->new : row->old, row->times);
		put_repeated(b, "same\n", row->lines);
	}
	assert_int_equal(diff_texts(&a, sbuf_str(&old), sbuf_str(&new), 0, &d, NULL), OK);
	assert_int_equal(d.cut, row->cut);
	assert_int_equal(d.removed, row->removed);
	assert_int_equal(d.added, row->added);
	assert_int_equal(d.hunk_count, !row->cut && row->removed);
	if (row->cut)
		return;
	assert_true(diff_apply(&d, sbuf_str(&old), &applied));
	assert_true(str_eq(sbuf_str(&applied), sbuf_str(&new)));
}

static const struct slow_row {
	const char *name;
	unsigned kinds, step;            /* lines are (line × step) mod kinds; step 0: by chance */
} slow_rows[] = {
	{ "by chance, few kinds", 2, 0 },
	{ "by chance, 26 kinds", 26, 0 },
	{ "by chance, many kinds", 60000, 0 },
	{ "shuffled", DIFF_LINES_MAX, 7919 },
	{ "backwards", DIFF_LINES_MAX, DIFF_LINES_MAX - 1 },
	{ "a period and another", 26, 7 },
};

static void put_random(struct sbuf *b, const struct slow_row *row, unsigned step, uint64_t seed)
{
	for (unsigned i = 0; i < DIFF_LINES_MAX; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		uint64_t line = row->step ? (uint64_t)i * step : seed >> 33;
		sbuf_printf(b, "%x-\n", (unsigned)(line % row->kinds));
	}
}

static void t_slow(void **state)
{
	const struct slow_row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf old = sbuf_make(MIB), new = sbuf_make(MIB), applied = sbuf_make(MIB);
	struct diff d;
	put_random(&old, row, 1, 1);
	put_random(&new, row, row->step, 2);
	double before = core_seconds();
	assert_int_equal(diff_texts(&a, sbuf_str(&old), sbuf_str(&new), 3, &d, NULL), OK);
	assert_in_time(row->name, core_seconds() - before);
	assert_false(d.cut);
	assert_true(diff_apply(&d, sbuf_str(&old), &applied));
	assert_true(str_eq(sbuf_str(&applied), sbuf_str(&new)));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_binary), cmocka_unit_test(t_twins) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("diff", t_diff, rows);
	failed += RUN_TABLE("large", t_large, large_rows);
	return failed + RUN_TABLE("slow", t_slow, slow_rows);
}
