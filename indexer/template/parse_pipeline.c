/* Pipelines, commands and operands. Functions are looked up here, so what is executed knows them all. */
#include "indexer/base/limits.h"
#include "indexer/template/impl.h"

static bool begins_operand(enum token_kind kind)
{
	switch (kind) {
	case TOKEN_BOOL: case TOKEN_CHARACTER: case TOKEN_NUMBER: case TOKEN_STRING: case TOKEN_RAW_STRING:
	case TOKEN_FIELD: case TOKEN_VARIABLE: case TOKEN_NAME: case TOKEN_DOT: case TOKEN_NIL: case TOKEN_LEFT:
		return true;
	default:
		return false;
	}
}

/* ---- operands ---- */

static bool parse_function(struct parser *p, struct operand *o)
{
	char shown[TMPL_MESSAGE_MAX_BYTES];
	o->name = p->now.text;
	o->kind = str_eq(o->name, STR("and")) ? OPERAND_AND
	        : str_eq(o->name, STR("or")) ? OPERAND_OR : OPERAND_FUNCTION;
	if (o->kind != OPERAND_FUNCTION)
		return true;
	o->function = tmpl_function_find(o->name);
	return o->function || parse_fail(p, "function %s not defined",
	                                 shown_quoted(o->name, sizeof shown / 2, shown, sizeof shown));
}

static bool parse_variable(struct parser *p, struct operand *o)
{
	char shown[TMPL_MESSAGE_MAX_BYTES];
	o->kind = OPERAND_VARIABLE;
	o->name = p->now.text;
	return parse_knows(p, o->name) || parse_fail(p, "undefined variable %s",
	                                             shown_quoted(o->name, sizeof shown / 2, shown, sizeof shown));
}

static bool parse_parentheses(struct parser *p, struct operand *o)
{
	o->kind = OPERAND_PARENTHESES;
	parse_step(p);
	if (++p->nesting > TMPL_NESTING_MAX)
		return parse_fail(p, "max expression depth exceeded");
	bool good = parse_pipeline(p, "parenthesized pipeline", TOKEN_RIGHT, &o->pipeline);
	p->nesting--;
	return good;
}

/* What stands before fields. Parentheses take their tokens, all others leave their one. */
static bool parse_term(struct parser *p, struct operand *o)
{
	struct token t = p->now;
	switch (t.kind) {
	case TOKEN_NAME:
		return parse_function(p, o);
	case TOKEN_VARIABLE:
		return parse_variable(p, o);
	case TOKEN_LEFT:
		return parse_parentheses(p, o);
	case TOKEN_FIELD:
		o->kind = OPERAND_FIELD;
		return true;
	case TOKEN_NIL:
		o->kind = OPERAND_NIL;
		return true;
	case TOKEN_BOOL:
		o->kind = OPERAND_LITERAL;
		o->value = tmpl_bool(t.text.n == 4);
		return true;
	case TOKEN_NUMBER:
		return parse_number(p, &t, o);
	case TOKEN_CHARACTER:
		return parse_character(p, &t, o);
	case TOKEN_STRING:
	case TOKEN_RAW_STRING:
		o->kind = OPERAND_LITERAL;
		o->value = tmpl_text(t.text);
		return parse_string(p, &t, &o->value.text);
	default:
		o->kind = OPERAND_DOT;
		return true;
	}
}

static bool parse_fields(struct parser *p, struct operand *o)
{
	char shown[TMPL_MESSAGE_MAX_BYTES];
	bool takes = o->kind >= OPERAND_FIELD;
	struct field **to = &o->fields;
	for (; p->now.kind == TOKEN_FIELD && (!p->now.spaced || (o->kind == OPERAND_FIELD && !o->fields));
	     to = &(*to)->next) {
		if (!takes)
			return parse_fail(p, "unexpected . after term %s",
			                  shown_quoted(o->source, sizeof shown / 2, shown, sizeof shown));
		*to = ARENA_NEW(p->a, struct field);
		if (!*to)
			return parse_no_memory(p);
		(*to)->name = str_from(p->now.text, 1);
		parse_step(p);
	}
	return true;
}

static bool parse_operand(struct parser *p, struct operand *o)
{
	const char *from = p->now.text.p;
	o->line = p->now.line;
	o->source = p->now.text;
	if (!parse_term(p, o))
		return false;
	if (o->kind != OPERAND_PARENTHESES && o->kind != OPERAND_FIELD)
		parse_step(p);
	if (!parse_fields(p, o))
		return false;
	o->source = str_make(from, (size_t)(p->end - from));
	return true;
}

/* ---- commands ---- */

/* One operand at least; the "|" behind it is taken. */
static bool parse_command(struct parser *p, struct command *c)
{
	struct operand **to = &c->first;
	c->line = p->now.line;
	do {
		if (c->first && !p->now.spaced)
			break;
		c->argument_count += c->first != NULL;
		*to = ARENA_NEW(p->a, struct operand);
		if (!*to)
			return parse_no_memory(p);
		if (!parse_operand(p, *to))
			return false;
		to = &(*to)->next;
	} while (begins_operand(p->now.kind));
	if (p->now.kind == TOKEN_PIPE)
		parse_step(p);
	else if (p->now.kind != TOKEN_CLOSE && p->now.kind != TOKEN_RIGHT)
		return parse_unexpected(p, "operand");
	return true;
}

static bool parse_names(struct parser *p, const char *context, struct pipeline *ret)
{
	bool range = strcmp(context, "range") == 0;
	while (p->now.kind == TOKEN_VARIABLE) {
		enum token_kind kind = parse_look(p)->kind;
		if (kind != TOKEN_ASSIGN && kind != TOKEN_DECLARE && kind != TOKEN_COMMA)
			return true;
		ret->names[ret->name_count++] = p->now.text;
		if (!parse_declare(p, p->now.text))
			return false;
		parse_step(p);
		parse_step(p);
		ret->assigns = kind == TOKEN_ASSIGN;
		if (kind != TOKEN_COMMA)
			return true;
		if (!range || ret->name_count == 2)
			return parse_fail(p, "too many declarations in %s", context);
		if (p->now.kind != TOKEN_VARIABLE && p->now.kind != TOKEN_CLOSE && p->now.kind != TOKEN_RIGHT)
			return parse_fail(p, "range can only initialize variables");
	}
	return true;
}

/* Only the first command may be a value that nothing can be given to. */
static bool check_stages(struct parser *p, const struct pipeline *line, const char *context)
{
	unsigned stage = 2;
	if (!line->first)
		return parse_fail(p, "missing value for %s", context);
	for (const struct command *c = line->first->next; c; c = c->next, stage++)
		if (c->first->kind < OPERAND_FIELD)
			return parse_fail(p, "non executable command in pipeline stage %u", stage);
	return true;
}

bool parse_pipeline(struct parser *p, const char *context, enum token_kind end, const struct pipeline **ret)
{
	struct pipeline *line = ARENA_NEW(p->a, struct pipeline);
	if (!line)
		return parse_no_memory(p);
	line->line = p->now.line;
	if (!parse_names(p, context, line))
		return false;
	for (struct command **to = &line->first; p->now.kind != end; to = &(*to)->next) {
		if (!begins_operand(p->now.kind))
			return parse_unexpected(p, context);
		*to = ARENA_NEW(p->a, struct command);
		if (!*to)
			return parse_no_memory(p);
		if (!parse_command(p, *to))
			return false;
	}
	if (!check_stages(p, line, context))
		return false;
	parse_step(p);
	*ret = line;
	return true;
}
