/* range: over lists, maps in the order of their keys, and integers. */
#include "indexer/template/functions.h"
#include "indexer/template/impl.h"

/* The variables of the pipeline are the last ones on the stack. */
static bool set_names(struct execution *x, const struct pipeline *p, const struct thing *key,
                      const struct thing *element)
{
	struct variable *end = x->stacks->variables + x->stacks->variable_count;
	if (p->assigns)
		return (p->name_count < 2 || execute_assign(x, p->names[0], key)) &&
		       (p->name_count < 1 || execute_assign(x, p->names[p->name_count - 1], element));
	if (p->name_count > 1)
		end[-2].is = *key;
	if (p->name_count > 0)
		end[-1].is = *element;
	return true;
}

/* FLOW_CONTINUE is on to the next one. */
static enum flow once(struct execution *x, const struct statement *s, const struct thing *key,
                      const struct thing *element)
{
	size_t mark = x->stacks->variable_count;
	if (!tmpl_take(x->r, 1) || !set_names(x, s->pipeline, key, element))
		return FLOW_FAILED;
	enum flow flow = execute_list(x, element, s->body);
	x->stacks->variable_count = mark;
	return flow == FLOW_CONTINUE ? FLOW_ON : flow;
}

static enum flow over_list(struct execution *x, const struct statement *s, const struct tmpl_value *list)
{
	enum flow flow = FLOW_ON;
	bool boxed = list->go == TMPL_GO_PLAIN;
	for (size_t i = 0; i < list->list.count && flow == FLOW_ON; i++) {
		struct thing key = { tmpl_int((int64_t)i), false }, element = { list->list.items[i], boxed };
		flow = once(x, s, &key, &element);
	}
	return flow;
}

/* As it is now: what the body sets is not seen. */
static enum flow over_map(struct execution *x, const struct statement *s, const struct tmpl_map *map,
                          bool boxed)
{
	enum flow flow = FLOW_ON;
	size_t count = map->count;
	if (!tmpl_take(x->r, count / 16))
		return FLOW_FAILED;
	struct tmpl_entry *entries = arena_array(x->r->a, count, sizeof *entries);
	if (!entries) {
		(void)tmpl_no_memory(x->r);
		return FLOW_FAILED;
	}
	memcpy(entries, map->entries, count * sizeof *entries);
	for (size_t i = 0; i < count && flow == FLOW_ON; i++) {
		struct thing key = { tmpl_text(entries[i].key), false }, element = { entries[i].value, boxed };
		flow = once(x, s, &key, &element);
	}
	return flow;
}

static enum flow over_numbers(struct execution *x, const struct statement *s, const struct tmpl_value *n)
{
	struct thing key = { TMPL_NOTHING, false }, element = { *n, false };
	enum flow flow = FLOW_ON;
	for (int64_t i = 0; i < n->integer && flow == FLOW_ON; i++) {
		element.v.integer = i;
		flow = once(x, s, &key, &element);
	}
	return flow;
}

static enum flow execute_over(struct execution *x, const struct thing *dot, const struct statement *s,
                              const struct tmpl_value *v)
{
	char shown[TMPL_MESSAGE_MAX_BYTES];
	const struct tmpl_map *map;
	if (!tmpl_map_of(x->r, v, &map))
		return FLOW_FAILED;
	if (map ? map->count : v->kind == TMPL_LIST && v->list.count)
		return map ? over_map(x, s, map, v->go != TMPL_GO_STRING_MAP) : over_list(x, s, v);
	if (v->kind == TMPL_INT && s->pipeline->name_count > 1) {
		(void)tmpl_fail(x->r, ERR_METADATA, "can't use %s to iterate over more than one variable",
		                execute_shown(v, shown));
		return FLOW_FAILED;
	}
	if (v->kind == TMPL_INT && v->integer > 0)
		return over_numbers(x, s, v);
	if (map || v->kind == TMPL_LIST || v->kind == TMPL_INT || v->kind == TMPL_NIL)
		return execute_list(x, dot, s->otherwise);
	(void)tmpl_fail(x->r, ERR_METADATA, "range can't iterate over %s", execute_shown(v, shown));
	return FLOW_FAILED;
}

enum flow execute_range(struct execution *x, const struct thing *dot, const struct statement *s)
{
	size_t mark = x->stacks->variable_count;
	struct thing value;
	if (!execute_pipeline(x, dot, s->pipeline, &value))
		return FLOW_FAILED;
	enum flow flow = execute_over(x, dot, s, &value.v);
	x->stacks->variable_count = mark;
	return flow == FLOW_BREAK ? FLOW_ON : flow;
}
