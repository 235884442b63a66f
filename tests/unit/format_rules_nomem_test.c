/* Every allocation of reading rules and of judging by them fails once, and so does every one out of the
 * arena: NOMEM, and nothing leaks.                                                           */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/expression.h"
#include "indexer/format/ownership.h"
#include "indexer/format/publisher.h"
#include "indexer/format/repo_settings_judge.h"
#include "indexer/format/selection.h"
#include "setting_rules.h"
#include "nomem_arena.h"

static struct repo_settings settings;

static enum err selection(struct arena *a, struct errinfo *e)
{
	static struct chart_annotation annotations[] = { { STR("team"), STR("db") } };
	static const struct index_entry entry = {
		.meta = { .version = STR("1.0.0"), .kube_version = STR("1.29.x"), .annotations = annotations,
		          .annotation_count = 1 },
		.created_ns = INT64_MIN,
	};
	struct selection *x;
	enum selection_verdict verdict = SELECTION_VERDICT_COUNT;
	enum err err = selection_new(a, &settings, &x, e);
	if (!err)
		err = selection_judge(x, STR("a"), &entry, true, &verdict, e);
	assert_int_equal(verdict, err ? SELECTION_VERDICT_COUNT : SELECTION_TAKEN);
	return err;
}

static enum err ownership(struct arena *a, struct errinfo *e)
{
	struct ownership *o;
	return ownership_new(a, STR("all"), &settings, &o, e);
}

static enum err publisher(struct arena *a, struct errinfo *e)
{
	struct publisher p;
	return publisher_read(a, STR("repositoryID: x\nowners: [{name: a}]\nignore: [{name: a, version: b+}]\n"),
	                      &p, e);
}

static enum err expression(struct arena *a, struct errinfo *e)
{
	struct expression *x;
	enum err err = expression_new(a, STR("^(?:a|[b-d]{2,3})*\\d+?$"), EXPRESSION_STEPS_MAX, &x, e);
	if (!err)
		assert_true(expression_match(x, STR("abc1")) && !expression_match(x, STR("ab1")));
	return err;
}

static enum err settings_of_a_virtual_one(struct arena *a, struct errinfo *e)
{
	return repo_settings_judge(a, STR("all"), NULL, &settings, e);
}

static const struct row { const char *name; enum err (*run)(struct arena *a, struct errinfo *e); } rows[] = {
	{ "selection", selection },
	{ "ownership", ownership },
	{ "publisher", publisher },
	{ "expression", expression },
	{ "settings", settings_of_a_virtual_one },
};

static enum err run(struct arena *a, const void *row, struct errinfo *e)
{
	return ((const struct row *)row)->run(a, e);
}

static void t_heap(void **state) { each_allocation_fails(run, *state); }

static void t_arena(void **state) { each_room_is_too_small(run, *state, OK); }

int main(void)
{
	AUTO_ARENA struct arena a = { 0 };
	set_rules(&a, "take_charts=a* !b;take_annotations=team team=db;take_versions=>=1 <2;take_kube=1.29;"
	          "take_since=2024-01-31;members=a b;pins=x=a y=b;own_names=c* d", &settings);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("the heap", t_heap, rows);
	return failed + RUN_TABLE("the arena", t_arena, rows);
}
