/* Statements: what stands between "{{" and "}}", and what follows up to its {{end}}. */
#include "indexer/template/impl.h"

#include <stdio.h>

#include "indexer/base/array.h"
#include "indexer/base/limits.h"

/* ---- failures and tokens ---- */

bool parse_fail(struct parser *p, const char *fmt, ...)
{
	char text[ERR_DETAIL_MAX_BYTES];
	va_list ap;
	if (p->err)
		return false;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	p->err = ERR(p->e, METADATA, "%.*s:%u: %s", STR_ARG(p->file), p->now.line, text);
	return false;
}

bool parse_no_memory(struct parser *p)
{
	if (!p->err)
		p->err = ERR(p->e, NOMEM, "template %.*s", STR_ARG(p->file));
	return false;
}

bool parse_unexpected(struct parser *p, const char *context)
{
	char shown[TOKEN_SHOWN_BYTES];
	const char *text = token_shown(&p->now, shown);
	if (p->now.kind != TOKEN_FAILURE)
		return parse_fail(p, "unexpected %s in %s", text, context);
	if (!p->action_line || p->action_line == p->now.line)
		return parse_fail(p, "%s", text);
	return parse_fail(p, "%s%s started at %.*s:%u", text, str_ends(str_c(text), STR(" action")) ? "" :
	                  " in action", STR_ARG(p->file), p->action_line);
}

void parse_step(struct parser *p)
{
	p->end = p->now.text.n ? p->now.text.p + p->now.text.n : p->end;
	p->now = p->looked ? p->then : lex(&p->lexer);
	p->looked = false;
}

const struct token *parse_look(struct parser *p)
{
	if (!p->looked)
		p->then = lex(&p->lexer);
	p->looked = true;
	return &p->then;
}

static bool expect(struct parser *p, enum token_kind kind, const char *context)
{
	if (p->now.kind != kind)
		return parse_unexpected(p, context);
	parse_step(p);
	return true;
}

bool parse_knows(const struct parser *p, struct str variable)
{
	for (size_t i = 0; i < p->variable_count; i++)
		if (str_eq(p->variables[i], variable))
			return true;
	return false;
}

bool parse_declare(struct parser *p, struct str variable)
{
	if (parse_knows(p, variable))
		return true;
	if (p->variable_count == TMPL_VARIABLES_MAX)
		return parse_fail(p, "more than %u variables", TMPL_VARIABLES_MAX);
	struct str *room = arena_room(p->a, p->variables, p->variable_count, &p->variable_room, sizeof *room);
	if (!room)
		return parse_no_memory(p);
	p->variables = room;
	room[p->variable_count++] = variable;
	return true;
}

/* ---- statements ---- */

/* "if", "with" or "range" is past; an "else if" behind it is one more link of a chain. */
static bool parse_links(struct parser *p, struct statement *s)
{
	static const char *const words[] = {
		[STATEMENT_IF] = "if", [STATEMENT_WITH] = "with", [STATEMENT_RANGE] = "range",
	};
	enum ending ending;
	for (;;) {
		bool ranges = s->kind == STATEMENT_RANGE;
		if (!parse_pipeline(p, words[s->kind], TOKEN_CLOSE, &s->pipeline))
			return false;
		p->ranges += ranges;
		if (!parse_list(p, &s->body, &ending))
			return false;
		p->ranges -= ranges;
		if (ending != (s->kind == STATEMENT_IF ? ENDING_ELSE_IF : ENDING_ELSE_WITH) || ranges)
			break;
		s->chained = ARENA_NEW(p->a, struct statement);
		if (!s->chained)
			return parse_no_memory(p);
		s->chained->kind = s->kind;
		s->chained->line = p->now.line;
		s = s->chained;
		parse_step(p);
	}
	if (ending == ENDING_END)
		return true;
	if (ending != ENDING_ELSE)
		return parse_unexpected(p, "input");
	if (!parse_list(p, &s->otherwise, &ending))
		return false;
	return ending == ENDING_END || parse_fail(p, "expected end; found {{else}}");
}

static bool parse_branch(struct parser *p, struct statement *s, enum statement_kind kind)
{
	size_t variables = p->variable_count;
	s->kind = kind;
	parse_step(p);
	if (++p->nesting > TMPL_NESTING_MAX)
		return parse_fail(p, "more than %u blocks within each other", TMPL_NESTING_MAX);
	bool good = parse_links(p, s);
	p->nesting--;
	p->variable_count = variables;
	return good;
}

/* What a definition or a block consists of is on its own: other variables, no range around it. */
static bool parse_definition(struct parser *p, struct str name, const char *context)
{
	size_t count = p->variable_count;
	unsigned ranges = p->ranges;
	enum ending ending;
	struct str dollar = STR("$"), *variables = p->variables;
	size_t room = p->variable_room;
	struct tree *t = ARENA_NEW(p->a, struct tree);
	if (!t)
		return parse_no_memory(p);
	*t = (struct tree){ .name = name, .file = p->file };
	if (++p->nesting > TMPL_NESTING_MAX)
		return parse_fail(p, "more than %u blocks within each other", TMPL_NESTING_MAX);
	p->variables = NULL;
	p->variable_count = p->variable_room = 0;
	p->ranges = 0;
	if (!parse_declare(p, dollar) || !parse_list(p, &t->first, &ending))
		return false;
	if (ending != ENDING_END)
		return parse_fail(p, "unexpected {{else}} in %s", context);
	p->variables = variables;
	p->variable_count = count;
	p->variable_room = room;
	p->ranges = ranges;
	p->nesting--;
	t->next = p->found;
	p->found = t;
	return true;
}

static bool parse_name(struct parser *p, const char *context, struct str *ret)
{
	struct token t = p->now;
	if (t.kind != TOKEN_STRING && t.kind != TOKEN_RAW_STRING)
		return parse_unexpected(p, context);
	if (!parse_string(p, &t, ret))
		return false;
	parse_step(p);
	return true;
}

static bool parse_define(struct parser *p)
{
	struct str name;
	parse_step(p);
	return parse_name(p, "define clause", &name) && expect(p, TOKEN_CLOSE, "define clause") &&
	       parse_definition(p, name, "define clause");
}

static bool parse_template(struct parser *p, struct statement *s)
{
	bool block = p->now.kind == TOKEN_BLOCK;
	const char *context = block ? "block clause" : "template clause";
	s->kind = STATEMENT_TEMPLATE;
	parse_step(p);
	if (!parse_name(p, context, &s->text))
		return false;
	if (!block && p->now.kind == TOKEN_CLOSE) {
		parse_step(p);
		return true;
	}
	return parse_pipeline(p, context, TOKEN_CLOSE, &s->pipeline) &&
	       (!block || parse_definition(p, s->text, context));
}

static bool parse_jump(struct parser *p, struct statement *s)
{
	bool breaks = p->now.kind == TOKEN_BREAK;
	const char *shown = breaks ? "{{break}}" : "{{continue}}";
	s->kind = breaks ? STATEMENT_BREAK : STATEMENT_CONTINUE;
	parse_step(p);
	if (p->now.kind != TOKEN_CLOSE)
		return parse_unexpected(p, shown);
	if (!p->ranges)
		return parse_fail(p, "%s outside {{range}}", shown);
	parse_step(p);
	return true;
}

/* "{{" is past, and there is neither an else nor an end. */
static bool parse_action(struct parser *p, struct statement *s)
{
	switch (p->now.kind) {
	case TOKEN_IF:
		return parse_branch(p, s, STATEMENT_IF);
	case TOKEN_WITH:
		return parse_branch(p, s, STATEMENT_WITH);
	case TOKEN_RANGE:
		return parse_branch(p, s, STATEMENT_RANGE);
	case TOKEN_TEMPLATE:
	case TOKEN_BLOCK:
		return parse_template(p, s);
	case TOKEN_BREAK:
	case TOKEN_CONTINUE:
		return parse_jump(p, s);
	default:
		s->kind = STATEMENT_ACTION;
		return parse_pipeline(p, "command", TOKEN_CLOSE, &s->pipeline);
	}
}

/* "{{" is past. *ret stays EOF unless a list ends here. */
static bool parse_ending(struct parser *p, enum ending *ret)
{
	if (p->now.kind == TOKEN_END) {
		parse_step(p);
		*ret = ENDING_END;
		return expect(p, TOKEN_CLOSE, "end");
	}
	if (p->now.kind != TOKEN_ELSE)
		return true;
	parse_step(p);
	*ret = p->now.kind == TOKEN_IF ? ENDING_ELSE_IF : p->now.kind == TOKEN_WITH ? ENDING_ELSE_WITH : ENDING_ELSE;
	return *ret != ENDING_ELSE || expect(p, TOKEN_CLOSE, "else");
}

static bool parse_statement(struct parser *p, bool top, struct statement **to, enum ending *ret)
{
	struct statement *s;
	if (p->now.kind == TOKEN_OPEN) {
		p->action_line = p->now.line;
		parse_step(p);
		if (top && p->now.kind == TOKEN_DEFINE) {
			p->action_line = 0;
			return parse_define(p);
		}
		if (!parse_ending(p, ret))
			return false;
		if (*ret)
			return true;
	} else if (p->now.kind != TOKEN_TEXT) {
		return parse_unexpected(p, "input");
	}
	*to = s = ARENA_NEW(p->a, struct statement);
	if (!s)
		return parse_no_memory(p);
	s->line = p->now.line;
	if (p->now.kind != TOKEN_TEXT)
		return parse_action(p, s);
	s->text = p->now.text;
	parse_step(p);
	return true;
}

bool parse_list(struct parser *p, struct statement **to, enum ending *ret)
{
	enum ending ending = ENDING_EOF;
	while (p->now.kind != TOKEN_EOF) {
		bool action = p->now.kind == TOKEN_OPEN;
		if (!parse_statement(p, !ret, to, &ending))
			return false;
		p->action_line = action ? 0 : p->action_line;
		if (ending && ret) {
			*ret = ending;
			return true;
		}
		if (ending)
			return parse_fail(p, "unexpected {{%s}}", ending == ENDING_END ? "end" : "else");
		to = *to ? &(*to)->next : to;
	}
	return !ret || parse_fail(p, "unexpected EOF");
}
