/* Values by path, as the view of each chart has them. */
#include "indexer/document/compare_parts.h"

/* What the schema alone knows is no value; the schemas are compared by themselves. */
static bool is_there(const struct value_row *row) { return row && !row->absent; }

static size_t count_leaves(const struct value_row *row)
{
	size_t n = 0;
	for (size_t i = 0; i <= row->children; i++)
		n += !row[i].children && !row[i].absent;
	return n;
}

/* What a chart's own values.yaml says of a subchart is its own. */
static bool is_of_subchart(const struct value_row *row)
{
	return row->subchart.n && !str_eq_c(row->file, "values.yaml");
}

static void add_fact(struct comparison *c, const struct value_row *row, enum compare_fact fact,
                     size_t count)
{
	static const enum compare_fact of_subchart[] = {
		[FACT_VALUES_REMOVED] = FACT_VALUES_SUBCHART_REMOVED, [FACT_VALUES_TYPE] = FACT_VALUES_SUBCHART_TYPE,
		[FACT_VALUES_DEFAULT] = FACT_VALUES_SUBCHART_DEFAULT, [FACT_VALUES_ADDED] = FACT_VALUES_SUBCHART_ADDED,
		[FACT_VALUES_COMMENT] = FACT_VALUES_COMMENT,
	};
	c->facts[is_of_subchart(row) ? of_subchart[fact] : fact] += count;
}

/* Rows of `from` that `in` does not have; those below one of them are counted in it. */
static void add_missing(struct comparison *c, const struct values_view *from,
                        const struct values_view *in, enum compare_change change)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct value_row *row = &from->rows[i];
		if (!is_there(row) || is_there(values_find(in, row->path)))
			continue;
		struct compare_value v = { .change = change, .leaves = count_leaves(row) };
		bool removed = change == COMPARE_REMOVED;
		*(removed ? &v.old : &v.new) = row;
		c->values[c->value_count++] = v;
		add_fact(c, row, removed ? FACT_VALUES_REMOVED : FACT_VALUES_ADDED, v.leaves);
		i += row->children;
	}
}

/* Maps and lists whose contents have rows differ there, not here. */
static bool has_other_default(struct comparer *x, const struct value_row *old, const struct value_row *new)
{
	if (old->type == new->type && (old->children || new->children))
		return false;
	return !compare_same(x, old->value, new->value);
}

static uint32_t what_differs(struct comparer *x, const struct value_row *old, const struct value_row *new)
{
	uint32_t what = 0;
	if (old->type != new->type && old->type != VALUE_NULL && new->type != VALUE_NULL)
		what |= COMPARE_VALUE_TYPE;
	if (has_other_default(x, old, new))
		what |= COMPARE_VALUE_DEFAULT;
	if (!str_eq(old->comment, new->comment))
		what |= COMPARE_VALUE_COMMENT;
	return what;
}

static void add_changed(struct comparer *x)
{
	static const struct { uint32_t what; enum compare_fact fact; } facts[] = {
		{ COMPARE_VALUE_TYPE, FACT_VALUES_TYPE }, { COMPARE_VALUE_DEFAULT, FACT_VALUES_DEFAULT },
		{ COMPARE_VALUE_COMMENT, FACT_VALUES_COMMENT },
	};
	struct comparison *c = x->c;
	for (size_t i = 0; i < c->new_values.count; i++) {
		const struct value_row *new = &c->new_values.rows[i];
		const struct value_row *old = is_there(new) ? values_find(&c->old_values, new->path) : NULL;
		uint32_t what = is_there(old) ? what_differs(x, old, new) : 0;
		if (!is_there(old))
			continue;
		if (!what) {
			c->same_values += !new->children && !old->children;
			continue;
		}
		c->values[c->value_count++] = (struct compare_value){ COMPARE_CHANGED, what, old, new, 1 };
		for (size_t f = 0; f < sizeof facts / sizeof *facts; f++)
			if (what & facts[f].what) {
				add_fact(c, new, facts[f].fact, 1);
				break;
			}
	}
}

static enum err take_problems(struct comparer *x, const struct chart *of, const struct values_view *v)
{
	enum err err = OK;
	for (size_t i = 0; i < v->problem_count && !err; i++)
		err = compare_problem(x, of, v->problems[i]);
	x->c->cut |= v->cut;
	return err;
}

enum err compare_values(struct comparer *x)
{
	struct comparison *c = x->c;
	c->old_values = *x->old->values;
	c->new_values = *x->new->values;
	enum err err = take_problems(x, c->old, &c->old_values);
	err = err ?: take_problems(x, c->new, &c->new_values);
	if (err)
		return err;
	c->values = arena_array(x->a, c->old_values.count + c->new_values.count, sizeof *c->values);
	if (!c->values)
		return ERR(x->e, NOMEM, "comparison");
	add_missing(c, &c->old_values, &c->new_values, COMPARE_REMOVED);
	add_missing(c, &c->new_values, &c->old_values, COMPARE_ADDED);
	add_changed(x);
	return OK;
}
