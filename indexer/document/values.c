/* The values of a chart: merged, made into rows, held against the schemas. */
#include "indexer/document/values.h"

#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/document/value_same.h"
#include "indexer/document/values_merge.h"

/* ---- against the schemas ---- */

#define VIOLATES "the default violates the schema: "

/* The row at the path, else the nearest that it is in; *ret_rest is what remains of the path. */
static struct value_row *nearest(const struct values_view *v, struct str path, struct str *ret_rest)
{
	for (size_t n = path.n; n > 0; n--) {
		if (n < path.n && path.p[n] != '.' && path.p[n] != '[')
			continue;
		const struct value_row *row = values_find(v, str_first(path, n));
		if (row) {
			*ret_rest = str_from(path, n);
			return &v->rows[row - v->rows];
		}
	}
	return NULL;
}

static void add_violation(struct values_build *b, struct values_view *v, const char *schema,
                          struct str path, struct str text)
{
	struct str rest = STR("");
	struct value_row *row = nearest(v, path, &rest);
	if (!row) {
		values_problem(b, "%s: the defaults violate it: %.*s%s%.*s", schema,
		               STR_ARG(str_first(path, 200)), path.n ? " " : "", STR_ARG(text));
		return;
	}
	if (row->problem.n > SCHEMA_TEXT_MAX_BYTES)
		return;
	char *problem = arena_printf(b->a, "%.*s%s%.*s%s%.*s", STR_ARG(row->problem),
	                             row->problem.n ? "; " : VIOLATES, STR_ARG(rest),
	                             rest.n ? " " : "", STR_ARG(text));
	b->failed |= !problem;
	if (problem)
		row->problem = str_c(problem);
}

static void check_chart(struct values_build *b, const struct values_chart *c,
                        const struct node *values, struct values_view *v)
{
	AUTO_SBUF struct sbuf path = sbuf_make(SIZE_MAX / 2);
	struct schema_report report;
	char *name = arena_printf(b->a, "%.*svalues.schema.json", STR_ARG(c->source->folder));
	if (!name || schema_check(b->a, c->source->schema, values, &report, NULL)) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < report.count; i++) {
		struct schema_violation violation = report.violations[i];
		sbuf_reset(&path);
		sbuf_put(&path, c->path);
		sbuf_puts(&path, c->path.n && violation.path.n ? "." : "");
		sbuf_put(&path, violation.path);
		b->failed |= !sbuf_ok(&path);
		add_violation(b, v, name, sbuf_str(&path), violation.text);
	}
	if (report.cut)
		values_problem(b, "%s: there may be more that violates it than is shown", name);
}

static void check_charts(struct values_build *b, const struct values_chart *c,
                         const struct node *values, struct values_view *v)
{
	if (c->source->schema)
		check_chart(b, c, values, v);
	for (size_t i = 0; i < c->sub_count && !b->failed; i++) {
		const struct node *below = c->subs[i].enabled ? node_find(values, c->subs[i].name) : NULL;
		if (below && below->kind == NODE_MAP)
			check_charts(b, &c->subs[i], below, v);
	}
}

/* ---- all of it ---- */

static void build(struct values_build *b, const struct chart *c, struct values_view *v)
{
	b->problems = arena_array(b->a, VALUES_PROBLEMS_MAX, sizeof *b->problems);
	b->failed |= !b->problems;
	if (!b->failed)
		values_find_charts(b, c);
	struct values_entry *map = b->failed ? NULL : values_merge_all(b);
	if (!map)
		return;
	values_make_rows(b, map, v);
	if (!b->failed)
		v->merged = values_merge_enabled(b, map);
	if (!b->failed && !b->cut)
		check_charts(b, &b->root, v->merged, v);
	v->cut = b->cut;
	v->problems = b->problems;
	v->problem_count = b->problem_count;
}

enum err values_view(struct arena *a, const struct chart *c, struct values_view *ret,
                     struct errinfo *e)
{
	struct values_view v = { .count = 0 };
	struct values_build *b = ARENA_NEW(a, struct values_build);
	if (!b)
		return ERR(e, NOMEM, "values");
	*b = VALUES_BUILD(a);
	build(b, c, &v);
	if (b->failed)
		return ERR(e, NOMEM, "values");
	*ret = v;
	return OK;
}

/* ---- looking ---- */

const struct value_row *values_find(const struct values_view *v, struct str path)
{
	size_t low = 0, high = v->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct value_row *row = &v->rows[v->by_path[middle]];
		int order = str_cmp(row->path, path);
		if (order == 0)
			return row;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool values_same(const struct node *x, const struct node *y)
{
	size_t steps = VALUES_STEPS_MAX;
	return value_same(&steps, x, y);
}

void values_keys(const struct values_view *v, struct sbuf *b)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct value_row *row = &v->rows[i];
		size_t bytes = row->path.n + row->comment.n + 2;
		if (!str_eq(row->file, STR("values.yaml")))
			continue;
		if (b->n + bytes > b->limit)
			return;
		sbuf_put(b, row->path);
		sbuf_puts(b, row->comment.n ? " " : "");
		for (size_t j = 0; j < row->comment.n; j++)
			sbuf_putc(b, row->comment.p[j] == '\n' ? ' ' : row->comment.p[j]);
		sbuf_putc(b, '\n');
	}
}
