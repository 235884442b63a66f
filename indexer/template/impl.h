/* Private to the engine: a text is cut into tokens (lex.c), these are read into statements (parse*.c),
 * and those are executed (execute*.c).
 *
 *     file         = { text | "{{" statement "}}" }
 *     statement    = pipeline | if, with, range … end | template | define | block | break | continue
 *     pipeline     = [ $x [, $y] ( := | = ) ] command { "|" command }
 *     command      = operand { operand }             the first is what is called
 *     operand      = ( . | .a | $x | function | literal | "(" pipeline ")" ) { .field }
 *
 * Trees live in the arena and borrow from the text. Who recurses, counts: blocks and parentheses as they
 * are read (TMPL_NESTING_MAX), all of them and templates as they are executed (TMPL_DEPTH_MAX).  */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/template/template.h"

/* ---- tokens ---- */
enum token_kind {
	TOKEN_FAILURE,                   /* its text says what is wrong */
	TOKEN_EOF, TOKEN_TEXT, TOKEN_OPEN, TOKEN_CLOSE,
	TOKEN_BOOL, TOKEN_CHARACTER, TOKEN_NUMBER, TOKEN_STRING, TOKEN_RAW_STRING,
	TOKEN_FIELD, TOKEN_VARIABLE, TOKEN_NAME, TOKEN_DOT, TOKEN_NIL,
	TOKEN_LEFT, TOKEN_RIGHT, TOKEN_PIPE, TOKEN_ASSIGN, TOKEN_DECLARE, TOKEN_COMMA,
	TOKEN_OTHER,                     /* a character that means nothing */
	TOKEN_BLOCK, TOKEN_BREAK, TOKEN_CONTINUE, TOKEN_DEFINE, TOKEN_ELSE, TOKEN_END, TOKEN_IF,
	TOKEN_RANGE, TOKEN_TEMPLATE, TOKEN_WITH
};
struct token {
	enum token_kind kind;
	bool spaced;                     /* white space stands before it */
	uint32_t line;
	struct str text;                 /* as written: ".name", "$x", "\"text\"" */
};
struct lexer {
	struct str text;
	size_t at;
	uint32_t line;
	unsigned open;                   /* parentheses */
	bool inside;                     /* an action */
	char failure[160];
};
/* After EOF and after FAILURE comes the same again. */
struct token lex(struct lexer *l);
/* The number at the lexer's place: false if it goes on with what is none. */
bool lex_number(struct lexer *l);
/* Takes what may stand in a name; letters beyond ASCII are all that is not punctuation. */
void lex_word(struct lexer *l);
/* How Go shows a token in a message. */
#define TOKEN_SHOWN_BYTES 96
const char *token_shown(const struct token *t, char ret[TOKEN_SHOWN_BYTES]);
/* As %q does; at most so many bytes of it. */
const char *shown_quoted(struct str text, size_t bytes_max, char *ret, size_t room);

/* ---- trees ---- */
enum operand_kind {
	OPERAND_DOT, OPERAND_NIL, OPERAND_LITERAL,
	OPERAND_TOO_LARGE,               /* an integer of more than 63 bits: it fails when it is needed */
	OPERAND_FIELD,                   /* .a.b */
	OPERAND_VARIABLE,                /* $x.a.b */
	OPERAND_FUNCTION, OPERAND_AND, OPERAND_OR, OPERAND_PARENTHESES
};
struct field { struct str name; struct field *next; };
struct operand {
	enum operand_kind kind;
	uint32_t line;
	struct str source;               /* as written */
	struct str name;                 /* VARIABLE: with its $; FUNCTION */
	struct field *fields;            /* behind it, or what FIELD is made of */
	union {
		struct tmpl_value value;
		const struct tmpl_function *function;
		const struct pipeline *pipeline;
	};
	struct operand *next;
};
struct command {
	struct operand *first;           /* one at least */
	size_t argument_count;           /* behind it */
	uint32_t line;
	struct command *next;
};
struct pipeline {
	struct str names[2];             /* what it declares, or assigns to */
	unsigned name_count;
	bool assigns;
	uint32_t line;
	struct command *first;
};
enum statement_kind {
	STATEMENT_TEXT, STATEMENT_ACTION, STATEMENT_IF, STATEMENT_WITH, STATEMENT_RANGE,
	STATEMENT_TEMPLATE, STATEMENT_BREAK, STATEMENT_CONTINUE
};
struct statement {
	enum statement_kind kind;
	uint32_t line;
	struct str text;                 /* TEXT; TEMPLATE: its name */
	const struct pipeline *pipeline; /* TEMPLATE: may be NULL */
	struct statement *body, *otherwise;
	struct statement *chained;       /* of "else if": an IF; of "else with": a WITH */
	struct statement *next;
};
struct tree {
	struct str name, file;           /* of a definition: its own, and where it stands */
	struct statement *first;
	bool blank;                      /* nothing but white space */
	struct tree *next;               /* of one text, or of the set's names with one hash */
};

/* ---- sets ---- */
struct tmpl_set {
	struct arena *a;
	struct tmpl_set *outer;          /* of what `tpl` reads: the set that it sees */
	struct tree **slots;             /* NULL: there is nothing */
	size_t slot_count, count;        /* a power of two; trees */
};
const struct tree *set_find(const struct tmpl_set *s, struct str name);
/* All that the text defines is added to `s`, or nothing; not what it is itself. */
NODISCARD enum err parse_text(struct tmpl_set *s, struct str name, struct str text,
                              struct tree **ret_main, struct errinfo *e);

/* ---- reading ---- */
struct parser {
	struct tmpl_set *set;
	struct arena *a;
	struct errinfo *e;
	enum err err;
	struct str file;
	struct lexer lexer;
	struct token now, then;          /* the next token, and the one behind it if that was looked at */
	bool looked;
	const char *end;                 /* of the token before `now` */
	uint32_t action_line;            /* where the action began that is read; 0: none */
	struct str *variables;           /* that are declared here */
	size_t variable_count, variable_room;
	unsigned nesting, ranges;
	struct tree *found;              /* definitions, the last one first */
};
bool parse_fail(struct parser *p, const char *fmt, ...) PRINTF_LIKE(2, 3);    /* false */
bool parse_no_memory(struct parser *p);                                       /* false */
bool parse_unexpected(struct parser *p, const char *context);                 /* false */
void parse_step(struct parser *p);                                            /* to the next token */
const struct token *parse_look(struct parser *p);                             /* at the one behind it */
/* To an {{else}} or {{end}}, or (NULL) to the end of the text. */
enum ending { ENDING_EOF, ENDING_END, ENDING_ELSE, ENDING_ELSE_IF, ENDING_ELSE_WITH };
NODISCARD bool parse_list(struct parser *p, struct statement **to, enum ending *ret);
bool parse_knows(const struct parser *p, struct str variable);
bool parse_declare(struct parser *p, struct str variable);
NODISCARD bool parse_pipeline(struct parser *p, const char *context, enum token_kind end,
                              const struct pipeline **ret);
NODISCARD bool parse_string(struct parser *p, const struct token *t, struct str *ret);
NODISCARD bool parse_number(struct parser *p, const struct token *t, struct operand *ret);
NODISCARD bool parse_character(struct parser *p, const struct token *t, struct operand *ret);

/* ---- executing ---- */

/* Go tells apart what is in an interface {}, as the elements of maps and lists are, from what is there by
 * itself: a field of a nil that is boxed is an error, that of another one is nil. Parentheses and
 * declarations unbox.                                                                          */
struct thing { struct tmpl_value v; bool boxed; };
struct variable { struct str name; struct thing is; };
struct tmpl_stacks {
	struct variable *variables;
	size_t variable_count, variable_room;
	struct tmpl_value *arguments;    /* of the calls that are being made */
	size_t argument_count, argument_room;
};
/* One template that is being executed. */
struct execution {
	struct tmpl_run *r;
	struct tmpl_stacks *stacks;
	struct sbuf *out;
	size_t first_variable;           /* its $ */
};
enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE, FLOW_FAILED };

NODISCARD enum flow execute_list(struct execution *x, const struct thing *dot, const struct statement *s);
NODISCARD enum flow execute_range(struct execution *x, const struct thing *dot, const struct statement *s);
NODISCARD bool execute_tree(struct tmpl_run *r, const struct tree *t, const struct thing *dot,
                            struct sbuf *out);
/* Pushes what it declares. The result is unboxed. */
NODISCARD bool execute_pipeline(struct execution *x, const struct thing *dot, const struct pipeline *p,
                                struct thing *ret);
/* `of` a list of fields; the last one gets the arguments. */
NODISCARD bool execute_fields(struct tmpl_run *r, struct thing of, const struct field *f,
                              const struct tmpl_value *arguments, size_t count, struct thing *ret);
NODISCARD bool execute_push(struct execution *x, struct str name, const struct thing *is);
NODISCARD bool execute_assign(struct execution *x, struct str name, const struct thing *is);
/* Of all recursion; false: it is too deep. `depth` is to be decremented when it is true. */
NODISCARD bool execute_deeper(struct tmpl_run *r);
/* What %v prints of it, for a message. */
const char *execute_shown(const struct tmpl_value *v, char ret[TMPL_MESSAGE_MAX_BYTES]);
