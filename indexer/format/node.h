/* Documents as trees: what the YAML and the JSON reader both return.
 *
 * Scalars are strings as written; what a plain scalar would mean to a YAML 1.1 reader is asked
 * for explicitly (node_is_null, node_bool, …), because "1.10" must not become 1.1 by accident.
 * Nodes live in the arena given to the reader and are never changed. An anchor's node may
 * be the child of several parents (aliases), never of itself.                                */
#pragma once

#include "indexer/base/arena.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool plain;                      /* scalar without quotes, so YAML's typing applies */
	uint32_t line, last_line;        /* from 1; 0: unknown (JSON); the last of scalars alone */
	struct str text;                 /* scalar: its value */
	struct str tag;                  /* scalar: explicit tag such as "!!str", mostly empty */
	struct node_item *items;         /* list, map: in document order */
	uint32_t count;
};

struct node_item {
	struct str key;                  /* map: the key's text */
	bool key_plain;
	uint32_t line;                   /* of the key */
	const struct node *value;
	struct node_item *next;
};

struct yaml_warning {
	uint32_t line;
	char text[200];
};

struct yaml_options {
	const char *name;                /* for messages: "Chart.yaml" */
	uint32_t events_max;
	size_t scalar_max_bytes;
	bool duplicate_keys_last_wins;   /* else METADATA naming both lines */
	bool merged_keys_give_way;       /* those that a merge key brought may be overridden, which Helm takes in a
	                                    chart, and refuses in an index */
	bool aliases;                    /* and merge keys; else METADATA naming the line */
	size_t texts_max_bytes;          /* all scalars together, aliases expanded; 0: as many as there are */
	bool as_helm;                    /* METADATA for what no Helm reads: a %YAML other than 1.1, the escape "\/",
	                                    null as a key; or reads otherwise: a byte order mark before a later
	                                    line */
	bool finite;                     /* METADATA for .inf and .nan as values, which JSON cannot say */
	bool many_documents;             /* read the first, skip the rest; else METADATA, unless those are empty */
	struct yaml_warning *warning;    /* what stands first: a duplicate key that was overridden, or what not every
	                                    Helm reads; may be NULL */
};

extern const struct yaml_options yaml_strict;    /* Chart.yaml in an archive, where Helm wrote it */
/* The same with aliases, of which no more comes than could stand there without them: Chart.yaml as people write
 * it, requirements and locks, which Helm packs as they are.                                   */
extern const struct yaml_options yaml_source;
extern const struct yaml_options yaml_values;    /* values.yaml, a stranger's index: tolerant */

/* METADATA: "<name>:<line>: what is wrong". An empty document gives *ret = NULL. A UTF-8 BOM is
 * skipped; other encodings, NUL, tags outside the YAML core schema and depth above
 * YAML_DEPTH_MAX are refused. The tree borrows nothing from `data`.                          */
NODISCARD enum err yaml_read(struct arena *a, struct str data, const struct yaml_options *o,
                             const struct node **ret, struct errinfo *e);

/* The same checks without building a tree: for values.yaml, of which only the verdict is needed.
 * *ret_is_map tells whether the root is a map (or the document is empty).                    */
NODISCARD enum err yaml_check(struct str data, const struct yaml_options *o, bool *ret_is_map,
                              struct errinfo *e);

/* Strict JSON (duplicate keys refused), METADATA on error with "<name>:<line>: …". JSON null,
 * true, false and numbers become plain scalars with their text, strings quoted ones.         */
NODISCARD enum err json_read(struct arena *a, struct str data, const char *name,
                             const struct node **ret, struct errinfo *e);

/* What a server of ours answered, whose trees may be deeper: ANSWER_DEPTH_MAX. */
NODISCARD enum err json_read_answer(struct arena *a, struct str data, const struct node **ret,
                                    struct errinfo *e);
/* The same of what is printed for a person: in keys and texts a space stands for each character that would steer
 * a terminal, of which ends of lines and tabs stay.                                          */
NODISCARD enum err json_read_shown(struct arena *a, struct str data, const struct node **ret,
                                   struct errinfo *e);

/* At most so many nodes come of it (and of commas in its texts): 200 bytes each, which a limit of the text
 * alone does not bound.                                                                        */
size_t json_parts(struct str data);

/* As encoding/json reads it: of equal keys the last one wins. */
NODISCARD enum err json_read_lenient(struct arena *a, struct str data, const char *name,
                                     const struct node **ret, struct errinfo *e);

/* NULL when `map` is NULL, not a map, or has no such key. The last is Go's encoding/json
 * matching: exact key first, else ASCII-case-insensitive.                                    */
const struct node *node_get(const struct node *map, const char *key);
const struct node *node_find(const struct node *map, struct str key);
const struct node *node_get_nocase(const struct node *map, const char *key);
struct str node_text(const struct node *n);      /* empty unless a scalar */

/* Typing of plain scalars as go-yaml (YAML 1.1 core) sees them; quoted scalars are strings. */
enum node_type { NODE_NULL, NODE_BOOL, NODE_INT, NODE_FLOAT, NODE_STRING, NODE_TIMESTAMP };
enum node_type node_type(const struct node *scalar);
bool node_is_null(const struct node *n);         /* also true for NULL */
bool node_is_finite(const struct node *scalar);  /* false for .inf, -.inf and .nan alone */
NODISCARD bool node_bool(const struct node *n, bool *ret);
/* Of NODE_INT and NODE_FLOAT; the double nearest to it. */
NODISCARD bool node_number(const struct node *n, double *ret);
/* The fewest digits that are read as the same finite number: "0.1", "1e+300". */
#define NODE_NUMBER_BYTES 32
void node_number_text(double number, char ret[NODE_NUMBER_BYTES]);

/* A scalar as the string Helm would store in a string field (clients.md §1.10): 1.10 → "1.1",
 * 0x1F → "31", yes → "true", dates and strings as written, null (and NULL) → empty. False for
 * lists and maps and when memory is used up.                                                 */
NODISCARD bool node_coerce_string(struct arena *a, const struct node *scalar, struct str *ret);

/* A map's key as Helm sees it: `on:` is "true", `1.10:` is "1.1". False: out of memory. */
NODISCARD bool node_key_string(struct arena *a, const struct node_item *item, struct str *ret);
