/* Retention: one row a repository's rules and the versions of a chart, and what becomes of each. */
#include "indexer/format/retention.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "setting_rules.h"

#define DAY_NS (86400 * NS_PER_SECOND)
#define TODAY 20000
#define STORY 200

struct row {
	const char *name, *rules;
	const char *versions;            /* newest first: VERSION[/AGE in days][p: pulled days ago][u: used][y: yanked]
	                                    [P: promoted][b: brought back] */
	const char *story;               /* a letter each: l m d p u P b keep it, - takes it, . no rules */
};

#define FIVE "2.0.1 2.0.0 1.1.0 1.0.1 1.0.0"

static const struct row rows[] = {
	{ "nothing set", "", FIVE, "....." },
	{ "protections alone take nothing", "keep_pulled_days=1", FIVE, "....." },
	{ "last one", "keep_last=1", FIVE, "l----" },
	{ "last three", "keep_last=3", FIVE, "lll--" },
	{ "more than there are", "keep_last=9", FIVE, "lllll" },
	{ "one of each minor", "keep_per_minor=1", FIVE, "m-mm-" },
	{ "two of each minor", "keep_per_minor=2", "1.1.3 1.1.2 1.1.1 1.0.1 1.0.0", "mm-mm" },
	{ "majors differ too", "keep_per_minor=1", "2.1.0 1.1.0", "mm" },
	{ "pre-releases count in their minor", "keep_per_minor=1", "1.1.0 1.1.0-rc.1 1.0.0", "m-m" },
	{ "either rule keeps", "keep_last=2;keep_per_minor=1", FIVE, "llmm-" },
	{ "younger than", "keep_days=30", "3.0.0/0 2.0.0/30 1.0.0/31", "dd-" },
	{ "of the future", "keep_days=30", "3.0.0/-5", "d" },
	{ "last or young", "keep_last=1;keep_days=10", "3.0.0/50 2.0.0/9 1.0.0/11", "ld-" },
	{ "young alone", "keep_days=10", "3.0.0/50", "-" },
	{ "downloaded", "keep_last=1;keep_pulled_days=7", "3.0.0 2.0.0p0 1.1.0p7 1.0.0p9", "lpp-" },
	{ "downloads are not asked for", "keep_last=1", "2.0.0 1.0.0p0", "l-" },
	{ "used", "keep_last=1", "2.0.0 1.1.0u 1.0.0", "lu-" },
	{ "yanked ones do not count", "keep_last=2", "4.0.0y 3.0.0y 2.0.0 1.1.0y 1.0.0 0.9.0y 0.8.0", "lllll--" },
	{ "all are yanked", "keep_last=1", "2.0.0y 1.0.0y", "ll" },
	{ "nor in their minor", "keep_per_minor=1", "1.1.2y 1.1.1 1.1.0y 1.0.1y 1.0.0", "mm-mm" },
	{ "promoted", "keep_last=1", "3.0.0P 2.0.0P 1.0.0", "lP-" },
	{ "brought back", "keep_last=1", "3.0.0 2.0.0b 1.1.0uPb 1.0.0Pb 0.9.0", "lbuP-" },
	{ "one version", "keep_last=1", "1.0.0", "l" },
	{ "no version", "keep_last=1", "", "" },
	{ "versions that are none", "keep_per_minor=1", "x y", "mm" },
	{ "everything", "keep_last=1;keep_per_minor=1;keep_days=5;keep_pulled_days=5",
	  "2.1.1 2.1.0/9 2.0.1/9p1 2.0.0/4 1.0.1/9u 1.0.0/9", "l-mdm-" },
};

static struct retention_version read_version(struct str text)
{
	size_t n = strcspn(text.p, "/puyPb ");
	struct retention_version v = { .version = str_first(text, n < text.n ? n : text.n) };
	int64_t age = 1000;
	for (size_t i = v.version.n; i < text.n; i++) {
		if (text.p[i] == '/')
			age = atoi(text.p + i + 1);
		if (text.p[i] == 'p')
			v.pulled_day = TODAY - atoi(text.p + i + 1);
		v.used |= text.p[i] == 'u';
		v.yanked |= text.p[i] == 'y';
		v.promoted |= text.p[i] == 'P';
		v.undeleted |= text.p[i] == 'b';
	}
	v.created_ns = (TODAY - age) * DAY_NS;
	return v;
}

static void t_retention(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct retention_version v[16];
	struct repo_settings s;
	char story[17] = "";
	size_t count = 0;
	struct str rest = str_c(row->versions);
	set_rules(&a, row->rules, &s);
	while (rest.n)
		v[count++] = read_version(str_cut(&rest, ' ', NULL));
	retention_judge(&s, TODAY * DAY_NS, v, count);
	for (size_t i = 0; i < count; i++)
		story[i] = ".lmdpuPb-"[v[i].verdict];
	assert_string_equal(story, row->story);
}

static void t_rules_in_words(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	struct repo_settings s;
	set_rules(&a, "keep_days=9;keep_last=2;keep_pulled_days=3", &s);
	retention_rules(&s, &b);
	assert_true(str_eq_c(sbuf_str(&b), "keep_last=2, keep_days=9"));
	assert_string_equal(retention_word(RETENTION_USED), "used by another chart");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_rules_in_words) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + RUN_TABLE("retention", t_retention, rows);
}
