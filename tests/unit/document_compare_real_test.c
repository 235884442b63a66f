/* Real charts compared: what is said holds both ways, and every diff gives the other file. */
#include "in_time.h"
#include "real_charts.h"

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/document/compare.h"
#include "tests/lib/diff_check.h"

struct row {
	const char *name;                /* below $CHARTS */
	const char *new;
	const char *summary;
};

static const struct row rows[] = {
	{ "stable/redis-8.0.13.tgz", "stable/redis-8.0.14.tgz", "3 templates changed" },
	{ "stable/redis-9.5.4.tgz", "stable/redis-10.3.1.tgz",
	  "4 defaults changed, 1 right added, 1 kind of resource removed, app version 5.0.6 → 5.0.7, "
	  "4 values added, 9 comments changed, 1 other change in the schema, 3 images patch, "
	  "1 kind of resource added, 7 templates changed, 5 other files changed" },
	{ "stable/wordpress-7.6.6.tgz", "stable/wordpress-8.1.6.tgz",
	  "1 dependency major, 2 defaults changed, 6 defaults of subcharts changed, 2 images changed, "
	  "2 kinds of resources removed, app version 5.2.4 → 5.3.2, 3 values added, 7 values of subcharts added, "
	  "10 comments changed, 1 image minor, 3 images patch, 2 kinds of resources added, 4 templates changed, "
	  "12 other files changed" },
	{ "stable/traefik-1.87.4.tgz", "stable/traefik-1.1.0-rc3-a.tgz",
	  "131 values removed, 1 default changed, 8 kinds of resources removed, app version 1.7.25 → none, "
	  "5 values added, 2 comments changed, 1 image removed, 1 image minor, 1 kind of resource added, "
	  "21 templates changed, 3 other files changed, 4 fields of Chart.yaml changed" },
	{ "stable/prometheus-operator-8.16.1.tgz", "stable/prometheus-operator-9.1.1.tgz",
	  "1 value removed, 2 defaults changed, 9 values added, 1 image minor, 1 image patch, "
	  "6 templates changed, 1 other file changed" },
};

struct loaded {
	struct chart_scratch scratch;    /* the files are in it */
	struct chart chart;
};

static void load(struct arena *a, const char *name, struct loaded *l)
{
	char path[REAL_PATH_BYTES];
	struct errinfo e = { 0 };
	char *tgz;
	size_t bytes;
	need_real(name, path);
	assert_int_equal(fs_read_named(path, CHART_UNPACKED_MAX_BYTES, &tgz, &bytes, &e), OK);
	if (chart_read(a, &l->scratch, str_make(tgz, bytes), &l->chart, &e))
		fail_msg("%s: %s", name, e.detail);
	free(tgz);
}

static void check_diffs(const struct comparison *c)
{
	for (size_t i = 0; i < c->file_count; i++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf b = sbuf_make(CHART_FILE_MAX_BYTES);
		const struct compare_file *f = &c->files[i];
		struct diff d;
		assert_int_equal(compare_file_diff(&a, f, &d, NULL), OK);
		assert_int_equal(d.binary, f->binary);
		if (d.binary || d.cut)
			continue;
		assert_true(diff_apply(&d, f->old, &b));
		assert_true(str_eq(sbuf_str(&b), f->new));
		if (f->cut)
			continue;
		assert_int_equal(d.removed, f->removed);
		assert_int_equal(d.added, f->added);
	}
}

/* What one way removes, the other way adds, and what is the same is the same. */
static void check_both_ways(const struct comparison *c, const struct comparison *back)
{
	static const enum compare_fact facts[][2] = {
		{ FACT_VALUES_REMOVED, FACT_VALUES_ADDED }, { FACT_VALUES_DEFAULT, FACT_VALUES_DEFAULT },
		{ FACT_VALUES_TYPE, FACT_VALUES_TYPE }, { FACT_VALUES_COMMENT, FACT_VALUES_COMMENT },
		{ FACT_DEPENDENCIES_REMOVED, FACT_DEPENDENCIES_ADDED },
		{ FACT_IMAGES_REMOVED, FACT_IMAGES_ADDED }, { FACT_IMAGES_MAJOR, FACT_IMAGES_MAJOR },
		{ FACT_IMAGES_MINOR, FACT_IMAGES_MINOR }, { FACT_IMAGES_PATCH, FACT_IMAGES_PATCH },
		{ FACT_CRDS_REMOVED, FACT_CRDS_ADDED }, { FACT_KINDS_REMOVED, FACT_KINDS_ADDED },
		{ FACT_TEMPLATES, FACT_TEMPLATES }, { FACT_FILES, FACT_FILES },
	};
	for (size_t i = 0; i < ROWS(facts); i++) {
		assert_int_equal(c->facts[facts[i][0]], back->facts[facts[i][1]]);
		assert_int_equal(c->facts[facts[i][1]], back->facts[facts[i][0]]);
	}
	assert_int_equal(c->same_values, back->same_values);
	assert_int_equal(c->same_images, back->same_images);
	assert_int_equal(c->same_kinds, back->same_kinds);
	assert_int_equal(c->same_rights, back->same_rights);
	assert_int_not_equal(c->backwards, back->backwards);
}

static void assert_summary(const struct comparison *c, const char *wanted)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4u * KIB);
	for (size_t i = 0; i < c->summary_count; i++) {
		sbuf_puts(&b, i ? ", " : "");
		sbuf_put(&b, c->summary[i].text);
	}
	assert_string_equal(b.p, wanted);
}

static void t_real(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct loaded old = { 0 }, new = { 0 };
	struct comparison c, back, same;
	load(&a, row->name, &old);
	load(&a, row->new, &new);
	double before = core_seconds();
	assert_int_equal(compare_charts(&a, &old.chart, &new.chart, NULL, &c, NULL), OK);
	assert_in_time(row->name, core_seconds() - before);
	assert_int_equal(compare_charts(&a, &new.chart, &old.chart, NULL, &back, NULL), OK);
	assert_int_equal(compare_charts(&a, &old.chart, &old.chart, NULL, &same, NULL), OK);
	check_diffs(&c);
	check_both_ways(&c, &back);
	assert_summary(&same, "nothing changed");
	assert_int_equal(same.file_count, 0);
	assert_summary(&c, row->summary);
	chart_scratch_done(&old.scratch);
	chart_scratch_done(&new.scratch);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("real", t_real, rows);
}
