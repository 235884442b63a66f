/* Go's text/template, as Helm uses it: parsed once, executed within limits. Pure: a template cannot reach
 * the file system, the network, the clock or another process, whatever it says.
 *
 *     struct tmpl_set *set;
 *     err = tmpl_set_new(&arena, &set);
 *     err = tmpl_set_add(set, STR("app/templates/svc.yaml"), text, e);      also what it defines
 *     struct tmpl_run run = { .set = set, .a = &arena, .fuel = TMPL_FUEL };
 *     err = tmpl_execute(&run, STR("app/templates/svc.yaml"), &dot, &out, e);
 *
 * Where Helm fails, this fails too (METADATA, "app/templates/svc.yaml:12: nil pointer evaluating …", and
 * "app/templates/svc.yaml:12: tpl:1: …" within the text that line 12 gives to tpl): what was written until
 * then stays in `out`. With `forgiving`, `required` and `fail` do not end it.
 *
 * A missing value is written as "<no value>", as Go has it; Helm takes that text out of a file's result,
 * and so does whoever calls tmpl_execute, by tmpl_without_no_value (tpl does it by itself).
 *
 * What cannot be known without a cluster is what `helm template` says: lookup finds nothing. What is made
 * up each time (passwords, certificates, the time) is some fixed text of the same form. fromToml reads
 * nothing and gives an Error (functions_data.c).                                               */
#pragma once

#include "indexer/template/value.h"

struct tmpl_set;

/* Everything lives in the arena and borrows from texts and names. */
NODISCARD enum err tmpl_set_new(struct arena *a, struct tmpl_set **ret, struct errinfo *e);
/* METADATA: it cannot be parsed, "name:line: …"; what it defines is not there then. Of two templates with
 * one name the later counts.                                                                  */
NODISCARD enum err tmpl_set_add(struct tmpl_set *s, struct str name, struct str text, struct errinfo *e);

struct tmpl_run {
	/* Set by the caller. */
	struct tmpl_set *set;
	struct arena *a;                 /* values; its limit bounds what they take */
	uint64_t fuel;                   /* steps that are left, over all executions; 0: none */
	bool forgiving;
	/* The engine's own. */
	struct errinfo *e;
	unsigned depth;                  /* of templates, blocks and parentheses */
	struct str name;                 /* what is executed now, and its line */
	uint32_t line;
	enum err err;
	bool boxed;                      /* what a field is asked of is in an interface {} */
	struct tmpl_stacks *stacks;
};
/* Out is born with its limit. NOT_FOUND: there is no such template; METADATA: it failed; TOO_LARGE: fuel,
 * depth or `out` are used up; NOMEM.                                                          */
NODISCARD enum err tmpl_execute(struct tmpl_run *r, struct str name, const struct tmpl_value *dot,
                                struct sbuf *out, struct errinfo *e);

#define TMPL_NO_VALUE "<no value>"
/* A copy of the text without it, in the arena; false: out of memory. */
NODISCARD bool tmpl_without_no_value(struct arena *a, struct str s, struct str *ret);

/* ---- for functions and objects ---- */
/* Says why, for the first failure of a run; false, to return it. */
bool tmpl_fail(struct tmpl_run *r, enum err err, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool tmpl_no_memory(struct tmpl_run *r);         /* the same of NOMEM */
bool tmpl_no_field(struct tmpl_run *r, const struct tmpl_object *o, struct str name);
/* "wrong number of args for Get: want 1 got 2": told, and false. */
NODISCARD bool tmpl_want_count(struct tmpl_run *r, struct str method, size_t want, size_t got);
/* Takes so many steps; false: there are no more. What a function loops over, it takes as fuel. */
NODISCARD bool tmpl_take(struct tmpl_run *r, uint64_t steps);
/* What a template writes: `include`; a text that is a template: `tpl`. In the arena. */
NODISCARD bool tmpl_include(struct tmpl_run *r, struct str name, const struct tmpl_value *dot,
                            struct str *ret);
NODISCARD bool tmpl_of_text(struct tmpl_run *r, struct str text, const struct tmpl_value *dot,
                            struct str *ret);
/* A buffer's bytes into the arena; false when that, or the buffer, has failed. */
NODISCARD bool tmpl_keep(struct tmpl_run *r, const struct sbuf *b, struct str *ret);

/* ---- functions.c: the table of all functions ---- */
struct tmpl_function {
	const char *name;
	unsigned char least, most;       /* arguments; most 255: any number */
	bool (*call)(struct tmpl_run *r, const struct tmpl_value *arguments, size_t count,
	             struct tmpl_value *ret);
};
/* NULL: there is none. `and` and `or` are the engine's, because they do not evaluate all arguments. */
const struct tmpl_function *tmpl_function_find(struct str name);
