/* values.schema.json: what it says of a value, and whether a tree of values is as it says.
 *
 *     size_t steps = SCHEMA_STEPS_MAX;
 *     err = schema_read(&arena, json, "values.schema.json", &steps, &s, e);
 *     struct schema_place at = schema_root(&s);
 *     struct schema_place port = schema_child(&at, STR("port"));
 *     err = schema_describe(&arena, &port, &about, e);
 *     err = schema_check(&arena, &s, values, &report, e);
 *
 * Drafts 4 to 2020-12, of them what charts use. What is not evaluated (pattern, format,
 * patternProperties, references to other documents) is neither fulfilled nor violated, and so is
 * what depends on it: a violation is named only when it is sure. Nothing is fetched.
 *
 * Schemas may refer to each other in circles, and a key may be looked for among thousands. So all
 * that is done costs steps, of which the schemas of a chart share SCHEMA_STEPS_MAX; when they are used
 * up, nothing is known any more.                                                             */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"

struct schema_name;
struct schema {
	const struct node *root;
	size_t *steps;                   /* that are left; the caller's */
	unsigned draft;                  /* 4, 6, 7, 2019, 2020; 0: it does not say */
	struct str *problems;            /* "$ref to https://… is not fetched" */
	size_t problem_count;
	struct schema_name *names;       /* schema_names.c's: what references may call its parts */
	size_t name_count;
};

/* METADATA: it is no JSON or too deep; TOO_LARGE; NOMEM. All in the arena. */
NODISCARD enum err schema_read(struct arena *a, struct str json, const char *name, size_t *steps,
                               struct schema *ret, struct errinfo *e);
/* What a reference to this document ("#/definitions/port", "#port", an $id in it) refers to; NULL: nothing
 * here.                                                                                      */
const struct node *schema_resolve(const struct schema *s, struct str reference);

/* Whether an address is one of HTTP. */
bool schema_is_remote(struct str address);
/* "$id", or "id" as older drafts have it; empty: the map says none. Borrowed. */
struct str schema_id(const struct node *map);
/* What `reference` is where the address is `base`: "c.json" beside "https://x.io/a/b.json" is
 * "https://x.io/a/c.json". As it is written if the base is no address, or what would come of it is longer than
 * SCHEMA_ADDRESS_MAX_BYTES. In the arena, or borrowed; false: NOMEM.                           */
NODISCARD bool schema_address(struct arena *a, struct str base, struct str reference, struct str *ret);

/* The schemas that speak of one value: its own and those reached from it by $ref and allOf, which
 * are `sure`, and by anyOf, oneOf, then and else, which are not. None: nothing is known.       */
struct schema_place {
	size_t count;
	struct schema_part { const struct schema *in; const struct node *schema; bool sure; }
		of[SCHEMA_PLACE_MAX];
};
struct schema_place schema_root(const struct schema *s);
struct schema_place schema_child(const struct schema_place *at, struct str key);
struct schema_place schema_element(const struct schema_place *at, size_t index);
void schema_place_add(struct schema_place *to, const struct schema_place *more);
bool schema_requires(const struct schema_place *at, struct str key);

/* The keys it knows, each once, in order; at most `max` of them. `required`: also those of which it says no
 * more than that. False: out of memory.                                                      */
NODISCARD bool schema_keys(struct arena *a, const struct schema_place *at, bool required, size_t max,
                           struct str **ret, size_t *ret_count);

struct schema_about {
	struct str type;                 /* "string", "integer or null" */
	struct str constraints;          /* "≥ 1, ≤ 10, multiple of 2" */
	struct str text;                 /* the description, else the title */
	const struct node *standard;     /* "default"; NULL: none */
	bool deprecated;
};
/* Texts are at most SCHEMA_TEXT_MAX_BYTES long, "…" at the end of one that was cut. NOMEM. */
NODISCARD enum err schema_describe(struct arena *a, const struct schema_place *at,
                                   struct schema_about *ret, struct errinfo *e);

struct schema_violation {
	struct str path;                 /* as value_row.path; empty: the root */
	struct str text;                 /* "must be integer, not string" */
};
struct schema_report {
	struct schema_violation *violations;
	size_t count;
	bool cut;                        /* there may be more */
};
/* NULL is an empty map. NOMEM alone. */
NODISCARD enum err schema_check(struct arena *a, const struct schema *s, const struct node *value,
                                struct schema_report *ret, struct errinfo *e);
