/* Pipelines: each command gets what the one before it gave, as its last argument. */
#include "indexer/base/array.h"
#include "indexer/template/impl.h"

/* ---- variables ---- */

bool execute_push(struct execution *x, struct str name, const struct thing *is)
{
	struct tmpl_stacks *s = x->stacks;
	struct variable *room = arena_room(x->r->a, s->variables, s->variable_count, &s->variable_room,
	                                   sizeof *room);
	if (!room)
		return tmpl_no_memory(x->r);
	s->variables = room;
	room[s->variable_count++] = (struct variable){ name, *is };
	return true;
}

/* The one that was declared last. */
static struct variable *find(struct execution *x, struct str name)
{
	struct variable *all = x->stacks->variables;
	size_t count = x->stacks->variable_count, i = count;
	while (i > x->first_variable && !str_eq(all[i - 1].name, name))
		i--;
	if (!tmpl_take(x->r, (count - i) / 16))
		return NULL;
	if (i > x->first_variable)
		return &all[i - 1];
	(void)tmpl_fail(x->r, ERR_METADATA, "undefined variable: %.*s", STR_ARG(str_first(name, 100)));
	return NULL;
}

bool execute_assign(struct execution *x, struct str name, const struct thing *is)
{
	struct variable *v = find(x, name);
	if (v)
		v->is = *is;
	return v;
}

/* ---- operands ---- */

static bool execute_operand(struct execution *x, const struct thing *dot, const struct operand *o,
                            struct thing *ret);

/* Where Go wants a map it takes nil for one, but not what an interface {} holds, which a field is. */
static bool push_argument(struct execution *x, const struct thing *is)
{
	struct tmpl_stacks *s = x->stacks;
	struct tmpl_value *room = arena_room(x->r->a, s->arguments, s->argument_count, &s->argument_room,
	                                     sizeof *room);
	if (!room)
		return tmpl_no_memory(x->r);
	s->arguments = room;
	struct tmpl_value *v = &room[s->argument_count++];
	*v = is->v;
	if (v->kind == TMPL_NIL)
		v->go = is->boxed ? TMPL_GO_NULL : TMPL_GO_PLAIN;
	return true;
}

/* The operands behind the one that is called, and `last`: as a row of the stack's last values. */
static bool push_arguments(struct execution *x, const struct thing *dot, const struct operand *o,
                           size_t count, const struct thing *last)
{
	struct thing value;
	for (; count; count--, o = o->next) {
		if (!execute_operand(x, dot, o, &value) || !push_argument(x, &value))
			return false;
	}
	return !last || push_argument(x, last);
}

static const struct tmpl_value *arguments_from(const struct execution *x, size_t first)
{
	return first < x->stacks->argument_count ? x->stacks->arguments + first : NULL;
}

/* Stops at the first that decides it. */
static bool execute_logic(struct execution *x, const struct thing *dot, const struct operand *o, size_t count,
                          const struct thing *last, struct thing *ret)
{
	bool is_or = o->kind == OPERAND_OR;
	if (!count && !last)
		return tmpl_fail(x->r, ERR_METADATA, "wrong number of args for %s: want at least 1 got 0",
		                 is_or ? "or" : "and");
	for (; count; count--) {
		o = o->next;
		if (!execute_operand(x, dot, o, ret))
			return false;
		if (tmpl_truth(&ret->v) == is_or)
			return true;
	}
	*ret = last ? *last : *ret;
	return true;
}

static bool check_count(struct tmpl_run *r, const struct tmpl_function *f, size_t count, bool piped)
{
	size_t all = count + piped;
	if (all >= f->least && (all <= f->most || f->most == 255))
		return true;
	if (f->least == f->most)
		return tmpl_fail(r, ERR_METADATA, "wrong number of args for %s: want %u got %zu", f->name, f->least, all);
	if (all > f->most)
		return tmpl_fail(r, ERR_METADATA, "wrong number of args for %s: want at most %u got %zu", f->name,
		                 f->most, all);
	return tmpl_fail(r, ERR_METADATA, "wrong number of args for %s: want at least %u got %zu", f->name, f->least,
	                 count);
}

static bool execute_function(struct execution *x, const struct thing *dot, const struct operand *o,
                             size_t count, const struct thing *last, struct thing *ret)
{
	size_t first = x->stacks->argument_count;
	ret->boxed = false;
	if (o->kind != OPERAND_FUNCTION)
		return execute_logic(x, dot, o, count, last, ret);
	if (!check_count(x->r, o->function, count, last != NULL) ||
	    !push_arguments(x, dot, o->next, count, last))
		return false;
	x->r->line = o->line;
	ret->v = TMPL_NOTHING;
	if (!o->function->call(x->r, arguments_from(x, first), count + (last != NULL), &ret->v))
		return tmpl_fail(x->r, ERR_METADATA, "error calling %s", o->function->name);
	x->stacks->argument_count = first;
	return true;
}

/* What stands before the fields. */
static bool execute_term(struct execution *x, const struct thing *dot, const struct operand *o,
                         struct thing *ret)
{
	struct variable *v;
	switch (o->kind) {
	case OPERAND_DOT:
	case OPERAND_FIELD:
		*ret = *dot;
		return true;
	case OPERAND_NIL:
		*ret = (struct thing){ TMPL_NOTHING, false };
		return true;
	case OPERAND_LITERAL:
		*ret = (struct thing){ o->value, false };
		return true;
	case OPERAND_TOO_LARGE:
		return tmpl_fail(x->r, ERR_METADATA, "%.*s overflows int", STR_ARG(str_first(o->source, 100)));
	case OPERAND_VARIABLE:
		v = find(x, o->name);
		if (v)
			*ret = v->is;
		return v;
	case OPERAND_FUNCTION:
	case OPERAND_AND:
	case OPERAND_OR:
		return execute_function(x, dot, o, 0, NULL, ret);
	case OPERAND_PARENTHESES:
		return execute_pipeline(x, dot, o->pipeline, ret);
	}
	return tmpl_fail(x->r, ERR_BUG, "an unknown operand");
}

/* As an argument: by itself. */
static bool execute_operand(struct execution *x, const struct thing *dot, const struct operand *o,
                            struct thing *ret)
{
	struct thing of;
	x->r->line = o->line;
	if (!tmpl_take(x->r, 1) || !execute_term(x, dot, o, o->fields ? &of : ret))
		return false;
	return !o->fields || execute_fields(x->r, of, o->fields, NULL, 0, ret);
}

/* Fields may be methods: they get the arguments. */
static bool execute_method(struct execution *x, const struct thing *dot, const struct operand *o,
                           size_t count, const struct thing *last, struct thing *ret)
{
	struct thing of;
	size_t first = x->stacks->argument_count;
	if (!execute_term(x, dot, o, &of) || !push_arguments(x, dot, o->next, count, last))
		return false;
	x->r->line = o->line;
	if (!execute_fields(x->r, of, o->fields, arguments_from(x, first), count + (last != NULL), ret))
		return false;
	x->stacks->argument_count = first;
	return true;
}

/* With the operands behind it, and with `last`, what comes through a pipe; NULL: nothing does. */
static bool call(struct execution *x, const struct thing *dot, const struct operand *o, size_t count,
                 const struct thing *last, struct thing *ret)
{
	struct str inner = o->kind == OPERAND_PARENTHESES ? str_make(o->source.p + 1, o->source.n - 2) : o->source;
	x->r->line = o->line;
	if (!tmpl_take(x->r, 1))
		return false;
	if (o->fields)
		return execute_method(x, dot, o, count, last, ret);
	if (o->kind == OPERAND_FUNCTION || o->kind == OPERAND_AND || o->kind == OPERAND_OR)
		return execute_function(x, dot, o, count, last, ret);
	if (count || last)
		return tmpl_fail(x->r, ERR_METADATA, "can't give argument to non-function %.*s",
		                 STR_ARG(str_first(inner, 100)));
	if (o->kind == OPERAND_NIL)
		return tmpl_fail(x->r, ERR_METADATA, "nil is not a command");
	return execute_term(x, dot, o, ret);
}

bool execute_pipeline(struct execution *x, const struct thing *dot, const struct pipeline *p,
                      struct thing *ret)
{
	struct thing value, last = { TMPL_NOTHING, false };
	bool good = execute_deeper(x->r);
	if (!good)
		return false;
	for (const struct command *c = p->first; c && good; c = c->next) {
		good = call(x, dot, c->first, c->argument_count, c == p->first ? NULL : &last, &value);
		value.boxed = false;
		last = value;
	}
	x->r->depth--;
	for (unsigned i = 0; i < p->name_count && good; i++)
		good = p->assigns ? execute_assign(x, p->names[i], &last) : execute_push(x, p->names[i], &last);
	*ret = last;
	return good;
}
