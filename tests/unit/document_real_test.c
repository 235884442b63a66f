/* All real charts: what is found in them is within bounds, and how much it is. */
#include "real_charts.h"

#include "indexer/document/annotations.h"
#include "indexer/document/images.h"
#include "indexer/document/kinds.h"

static struct totals {
	size_t with_kinds, kinds, removed, rules, dangers, unknown_rules, bindings,
	       with_crds, crds, unread, with_images, images, with_category, with_license,
	       with_changelog, releases, entries;
} totals;

static void assert_place(struct kind_place at)
{
	assert_true(at.line > 0 && at.file.n);
	assert_true(str_starts(at.file, STR("templates/")) || str_starts(at.file, STR("crds/")));
}

static void look_at_kinds(struct arena *a, const struct chart *c)
{
	struct chart_kinds k;
	assert_int_equal(kinds_read(a, c, &k, NULL), OK);
	assert_false(k.cut);
	for (size_t i = 0; i < k.kind_count; i++) {
		assert_place(k.kinds[i].at);
		assert_true(k.kinds[i].kind.n > 0);
		totals.removed += k.kinds[i].removed_in.n > 0;
	}
	for (size_t i = 0; i < k.rule_count; i++) {
		assert_place(k.rules[i].at);
		totals.dangers += k.rules[i].dangers != 0;
	}
	for (size_t i = 0; i < k.crd_count; i++) {
		assert_place(k.crds[i].at);
		assert_true(k.crds[i].kind.n && k.crds[i].plural.n);
		assert_true(k.crds[i].group.n || k.crds[i].templated);
	}
	totals.with_kinds += k.kind_count > 0;
	totals.kinds += k.kind_count;
	totals.rules += k.rule_count;
	totals.unknown_rules += k.unknown_rules;
	totals.bindings += k.binding_count;
	totals.with_crds += k.crd_count > 0;
	totals.crds += k.crd_count;
	totals.unread += k.unread;
}

static void look_at_images(struct arena *a, const struct chart *c)
{
	struct chart_images x;
	struct image_parts parts;
	assert_int_equal(images_read(a, c, &x, NULL), OK);
	assert_false(x.cut);
	for (size_t i = 0; i < x.count; i++) {
		assert_true(image_split(x.images[i].image, &parts));
		assert_true(x.images[i].where.n && x.images[i].places);
		assert_true(!i || str_cmp(x.images[i - 1].image, x.images[i].image) < 0);
	}
	totals.with_images += x.count > 0;
	totals.images += x.count;
}

static void look_at_notes(struct arena *a, const struct chart *c)
{
	struct chart_annotations n;
	struct changelog log;
	assert_int_equal(annotations_read(a, &c->meta, &n, NULL), OK);
	assert_int_equal(n.warning_count, 0);
	assert_int_equal(changelog_read(a, c->changelog, &log, NULL), OK);
	assert_false(log.cut);
	totals.with_category += chart_category(&c->meta, &n) != CATEGORY_NONE;
	totals.with_license += chart_license(c, &n).n > 0;
	totals.with_changelog += log.count > 0;
	totals.releases += log.count;
	for (size_t i = 0; i < log.count; i++)
		totals.entries += log.releases[i].entry_count;
}

static void look_at(struct arena *a, const struct chart *c, const char *file, void *to)
{
	(void)file, (void)to;
	look_at_kinds(a, c);
	look_at_images(a, c);
	look_at_notes(a, c);
}

static void all_real_charts_are_read(void **state)
{
	(void)state;
	size_t charts = each_real_chart(1, look_at, NULL);
	print_message("# %zu charts: %zu with kinds (%zu, %zu no longer served); %zu rules "
	              "(%zu dangerous, %zu roles not all known), %zu bindings; %zu with CRDs (%zu, %zu not "
	              "read)\n", charts, totals.with_kinds, totals.kinds, totals.removed,
	              totals.rules, totals.dangers, totals.unknown_rules,
	              totals.bindings, totals.with_crds, totals.crds, totals.unread);
	print_message("# %zu with images (%zu); %zu with a category, %zu with a license, %zu with a "
	              "changelog (%zu releases, %zu entries)\n", totals.with_images, totals.images,
	              totals.with_category, totals.with_license, totals.with_changelog, totals.releases,
	              totals.entries);
	assert_int_equal(totals.with_kinds, charts);
	assert_int_equal(totals.unread, 0);
	assert_true(totals.with_images > charts * 9 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(all_real_charts_are_read) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
