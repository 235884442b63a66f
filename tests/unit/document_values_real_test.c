/* The values of real charts: rows are in order and unique, each default stands there as the merged
 * tree has it, and the YAML that is copied out of a row says the same.                      */
#include "document_fixture.h"
#include "real_charts.h"

struct look {
	const char *file;
	const struct values_view *v;
	const struct node *at[VALUES_DEPTH_MAX];     /* in the merged tree, by depth; NULL: not there */
	struct arena a;
	size_t compared, copied;
};

static const struct node *member(const struct node *in, struct str key)
{
	uint64_t index = 0;
	if (!in || in->kind == NODE_SCALAR)
		return NULL;
	if (in->kind == NODE_LIST)
		assert_true(str_to_u64(str_make(key.p + 1, key.n - 2), &index));
	for (const struct node_item *i = in->items; i; i = i->next) {
		struct str name;
		AUTO_ARENA struct arena a = { 0 };
		assert_true(node_key_string(&a, i, &name));
		if (in->kind == NODE_LIST ? index-- == 0 : str_eq(name, key))
			return i->value;
	}
	return NULL;
}

static void check_shown(struct look *l, const struct value_row *row, const struct node *merged)
{
	const struct node *shown = NULL;
	if (!row->shown.n || row->cut)
		return;
	if (json_read_lenient(&l->a, row->shown, "shown", &shown, &error) ||
	    (!values_same(shown, merged) && !str_eq(row->shown, STR("{}"))))
		fail_msg("%s: %.*s is shown as %.*s", l->file, STR_ARG(row->path), STR_ARG(row->shown));
	l->compared++;
}

/* What stands in the YAML where the row is. */
static void check_copy(struct look *l, const struct value_row *row)
{
	const struct node *root = NULL;
	struct str yaml;
	struct value_row const *way[VALUES_DEPTH_MAX];
	unsigned wanted = row->depth;
	assert_true(values_yaml(&l->a, l->v, row, &yaml));
	if (!yaml.n)
		return;
	if (yaml_read(&l->a, yaml, &yaml_values, &root, &error))
		fail_msg("%s: %.*s: %s\n%.*s", l->file, STR_ARG(row->path), error.detail, STR_ARG(yaml));
	for (const struct value_row *r = row;; r--) {
		if (r->depth == wanted)
			way[wanted--] = r;
		if (!r->depth)
			break;
	}
	const struct node *n = root;
	for (unsigned depth = 0; depth <= row->depth; depth++)
		n = member(n, way[depth]->key);
	if (!values_same(n, row->value))
		fail_msg("%s: %.*s:\n%.*s", l->file, STR_ARG(row->path), STR_ARG(yaml));
	l->copied++;
}

static void check_row(struct look *l, size_t index)
{
	const struct value_row *row = &l->v->rows[index];
	const struct node *parent = row->depth ? l->at[row->depth - 1] : l->v->merged;
	assert_true(row->depth <= (index ? row[-1].depth + 1 : 0));
	assert_ptr_equal(values_find(l->v, row->path), row);
	assert_true(index + row->children < l->v->count);
	for (size_t i = 1; i <= row->children; i++)
		assert_true(row[i].depth > row->depth && str_starts(row[i].path, row->path));
	if (index + row->children + 1 < l->v->count)
		assert_true(row[row->children + 1].depth <= row->depth);
	l->at[row->depth] = member(parent, row->key);
	if (!row->absent && !row->disabled && (l->at[row->depth] || !row->subchart.n))
		check_shown(l, row, l->at[row->depth]);
	if (!row->children && !row->absent)
		check_copy(l, row);
}

static void check_chart(struct arena *a, const struct chart *c, const char *file, void *rows)
{
	struct values_view v;
	assert_int_equal(values_view(a, c, &v, &error), OK);
	struct look l = { .file = file, .v = &v };
	for (size_t i = 0; i < v.count; i++)
		check_row(&l, i);
	arena_done(&l.a);
	if (v.cut || (v.count && !l.compared))
		fail_msg("%s: %zu rows, %zu compared%s", file, v.count, l.compared, v.cut ? ", cut" : "");
	*(size_t *)rows += v.count;
}

static void real_charts(void **state)
{
	size_t rows = 0, charts = each_real_chart(10, check_chart, &rows);
	(void)state;
	print_message("# %zu values of %zu charts\n", rows, charts);
	assert_true(rows > 100 * charts);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(real_charts) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
