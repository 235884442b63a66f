/* Statements, executed. What a template writes goes out at once, so a failure leaves what was before it. */
#include "indexer/template/impl.h"

/* ---- writing ---- */

static bool put(struct execution *x, struct str s)
{
	size_t room = x->out->limit - x->out->n;
	if (!x->out->failed && s.n > room)
		return tmpl_fail(x->r, ERR_TOO_LARGE, "more than %zu bytes are written", x->out->limit);
	sbuf_put(x->out, s);
	return sbuf_ok(x->out) || tmpl_no_memory(x->r);
}

/* Whoever prints into a buffer until it is full is not out of memory. */
static bool print(struct execution *x, const struct tmpl_value *v)
{
	if (v->kind == TMPL_NIL)
		return put(x, STR(TMPL_NO_VALUE));
	if (v->kind == TMPL_STRING && v->go != TMPL_GO_BYTES)
		return put(x, v->text);
	size_t before = x->out->n;
	tmpl_print(x->out, v);
	if (!sbuf_ok(x->out) && x->out->n >= x->out->limit / 2)
		return tmpl_fail(x->r, ERR_TOO_LARGE, "more than %zu bytes are written", x->out->limit);
	return sbuf_ok(x->out) ? tmpl_take(x->r, (x->out->n - before) / 16) : tmpl_no_memory(x->r);
}

/* ---- statements ---- */

/* An "if" or "with", and each "else if" behind it. */
static enum flow execute_branch(struct execution *x, const struct thing *dot, const struct statement *s)
{
	size_t mark = x->stacks->variable_count;
	enum flow flow = FLOW_FAILED;
	for (struct thing value;; s = s->chained) {
		if (!tmpl_take(x->r, 1) || !execute_pipeline(x, dot, s->pipeline, &value))
			break;
		if (tmpl_truth(&value.v)) {
			flow = execute_list(x, s->kind == STATEMENT_WITH ? &value : dot, s->body);
			break;
		}
		if (!s->chained) {
			flow = execute_list(x, dot, s->otherwise);
			break;
		}
	}
	x->stacks->variable_count = mark;
	return flow;
}

static enum flow execute_template(struct execution *x, const struct thing *dot, const struct statement *s)
{
	struct thing value = { TMPL_NOTHING, false };
	char shown[TMPL_MESSAGE_MAX_BYTES];
	const struct tree *t = set_find(x->r->set, s->text);
	if (!t) {
		(void)tmpl_fail(x->r, ERR_METADATA, "template %s not defined",
		                shown_quoted(s->text, sizeof shown / 2, shown, sizeof shown));
		return FLOW_FAILED;
	}
	if (s->pipeline && !execute_pipeline(x, dot, s->pipeline, &value))
		return FLOW_FAILED;
	return execute_tree(x->r, t, &value, x->out) ? FLOW_ON : FLOW_FAILED;
}

static enum flow execute_action(struct execution *x, const struct thing *dot, const struct statement *s)
{
	struct thing value;
	if (!execute_pipeline(x, dot, s->pipeline, &value))
		return FLOW_FAILED;
	return s->pipeline->name_count || print(x, &value.v) ? FLOW_ON : FLOW_FAILED;
}

static enum flow execute_statement(struct execution *x, const struct thing *dot, const struct statement *s)
{
	x->r->line = s->line;
	if (!tmpl_take(x->r, 1))
		return FLOW_FAILED;
	switch (s->kind) {
	case STATEMENT_TEXT:
		return put(x, s->text) ? FLOW_ON : FLOW_FAILED;
	case STATEMENT_ACTION:
		return execute_action(x, dot, s);
	case STATEMENT_TEMPLATE:
		return execute_template(x, dot, s);
	case STATEMENT_IF:
	case STATEMENT_WITH:
		return execute_branch(x, dot, s);
	case STATEMENT_RANGE:
		return execute_range(x, dot, s);
	case STATEMENT_BREAK:
		return FLOW_BREAK;
	case STATEMENT_CONTINUE:
		return FLOW_CONTINUE;
	}
	return FLOW_FAILED;
}

enum flow execute_list(struct execution *x, const struct thing *dot, const struct statement *s)
{
	enum flow flow = FLOW_ON;
	if (!execute_deeper(x->r))
		return FLOW_FAILED;
	for (; s && flow == FLOW_ON; s = s->next)
		flow = execute_statement(x, dot, s);
	x->r->depth--;
	return flow;
}
