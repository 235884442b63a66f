/* What the files of schemas share: schema.c finds what speaks of a value, schema_check.c goes through a
 * schema, schema_rule.c has the rules for single values, schema_describe.c says it in words. Nobody else
 * includes this.                                                                               */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/document/schema.h"

/* UNSURE: it was not evaluated, so nothing follows from it. */
enum schema_verdict { SCHEMA_FITS, SCHEMA_UNSURE, SCHEMA_FAILS };

struct schema_run {
	struct arena *a;
	const struct schema *s;
	struct sbuf path;                /* of the value that is looked at */
	unsigned depth;
	unsigned quiet;                  /* > 0: within an alternative, whose violations are none */
	struct schema_report report;
	size_t capacity;
	bool failed;                     /* out of memory, reported at the end */
};

/* One keyword: where it stands, what it says, and of what. */
struct schema_case { const struct node *schema, *arg, *value; const char *name; };

#define SCHEMA_SCALAR (1u << NODE_SCALAR)
#define SCHEMA_LIST   (1u << NODE_LIST)
#define SCHEMA_MAP    (1u << NODE_MAP)
#define SCHEMA_ANY    (SCHEMA_SCALAR | SCHEMA_LIST | SCHEMA_MAP)

struct schema_rule {
	const char *name;
	unsigned of;                     /* values of other kinds are fine */
	unsigned says;                   /* it makes no sense with others */
	enum schema_verdict (*check)(struct schema_run *r, const struct schema_case *c);
	unsigned from, until;            /* drafts in which it means something; 0: all */
};
extern const struct schema_rule schema_value_rules[];    /* the last has no name */

/* schema_names.c: the parts that say what they are called. */
struct schema_name {
	struct str name, address;        /* as it is written, without "#"; where that is; of no anchor */
	const struct node *schema;
	bool anchor;
};
NODISCARD bool schema_names_read(struct arena *a, struct schema *s);     /* false: NOMEM */
/* NULL: there is none. */
const struct node *schema_named(const struct schema *s, struct str name, bool anchor);

/* schema.c: false, and none are left: there were fewer. */
bool schema_take(const struct schema *s, size_t steps);
/* SCHEMA_FAILS, with a violation at the path unless it is quiet. */
enum schema_verdict schema_fail(struct schema_run *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- for messages and for descriptions ---- */

/* "minimum" and its like: what is measured, and how it is said. */
struct schema_limit {
	const char *name;
	enum schema_measure { SCHEMA_NUMBER, SCHEMA_LENGTH, SCHEMA_ITEMS, SCHEMA_KEYS } measure;
	bool upper, strict;
	const char *before, *after;      /* "at least ", " characters" */
};
extern const struct schema_limit schema_limits[];        /* the last has no name */
/* Draft 4: "minimum": 1, "exclusiveMinimum": true. */
bool schema_limit_is_strict(const struct schema_limit *limit, const struct node *schema);

/* The names of types, one or a list of them: "integer or null". */
void schema_put_types(const struct node *types, struct sbuf *b);
/* Values of a list, as JSON but for plain words: "a, b, 1". */
void schema_put_values(struct arena *a, const struct node *list, struct sbuf *b);
