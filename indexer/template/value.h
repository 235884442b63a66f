/* The values that template expressions are about, as Go's reflection would tell them apart.
 *
 * A value is passed by value; what it points to lives in the arena of the rendering and borrows from
 * the chart. Lists and texts are never changed once they are made; a map is changed by `set`, `unset`
 * and `merge` alone, and everybody who holds it sees that, as in Go.
 *
 * Numbers: what values.yaml has is a FLOAT, as Helm reads it through JSON; a literal is an INT.  */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"
#include "indexer/format/node.h"

enum tmpl_kind {
	TMPL_NIL,                        /* nothing: null, a key that is not there */
	TMPL_BOOL, TMPL_INT, TMPL_FLOAT, TMPL_STRING, TMPL_LIST, TMPL_MAP,
	TMPL_OBJECT                      /* .Files, .Chart: something with fields and methods */
};

/* What `kindOf`, `typeOf` and %T say beyond the kind. */
enum tmpl_go {
	TMPL_GO_PLAIN,                   /* int, float64, string, []interface {}, map[string]interface {} */
	TMPL_GO_INT64,                   /* INT */
	TMPL_GO_STRINGS,                 /* LIST: []string */
	TMPL_GO_VERSIONS,                /* LIST: common.VersionSet, texts with the method Has */
	TMPL_GO_STRING_MAP,              /* MAP: map[string]string: a missing key is "" */
	TMPL_GO_BYTES,                   /* STRING: []byte */
	TMPL_GO_NULL                     /* NIL, as an argument: a field or an element is nil, which is an interface {} */
};

struct tmpl_object;
struct tmpl_map;

struct tmpl_list { struct tmpl_value *items; size_t count; };

struct tmpl_value {
	enum tmpl_kind kind;
	enum tmpl_go go;
	union {
		bool boolean;
		int64_t integer;
		double number;
		struct str text;
		struct tmpl_list list;
		struct tmpl_map *map;
		const struct tmpl_object *object;
	};
};

#define TMPL_NOTHING ((struct tmpl_value){ .kind = TMPL_NIL })
static inline struct tmpl_value tmpl_bool(bool v)
{
	return (struct tmpl_value){ .kind = TMPL_BOOL, .boolean = v };
}
static inline struct tmpl_value tmpl_int(int64_t v)
{
	return (struct tmpl_value){ .kind = TMPL_INT, .integer = v };
}
static inline struct tmpl_value tmpl_int64(int64_t v)
{
	return (struct tmpl_value){ .kind = TMPL_INT, .go = TMPL_GO_INT64, .integer = v };
}
static inline struct tmpl_value tmpl_float(double v)
{
	return (struct tmpl_value){ .kind = TMPL_FLOAT, .number = v };
}
static inline struct tmpl_value tmpl_text(struct str v)
{
	return (struct tmpl_value){ .kind = TMPL_STRING, .text = v };
}
static inline struct tmpl_value tmpl_list(struct tmpl_value *items, size_t count)
{
	return (struct tmpl_value){ .kind = TMPL_LIST, .list = { items, count } };
}

/* ---- maps: from texts to values, always in the order of their keys ---- */
struct tmpl_entry { struct str key; struct tmpl_value value; };
struct tmpl_map { struct tmpl_entry *entries; size_t count, room; };

/* NULL, false: out of memory. The key is borrowed, and outlives the map. */
NODISCARD struct tmpl_map *tmpl_map_new(struct arena *a);
NODISCARD bool tmpl_map_set(struct arena *a, struct tmpl_map *m, struct str key, struct tmpl_value v);
const struct tmpl_value *tmpl_map_get(const struct tmpl_map *m, struct str key);       /* NULL: none */
void tmpl_map_unset(struct tmpl_map *m, struct str key);
static inline struct tmpl_value tmpl_map_value(struct tmpl_map *m)
{
	return (struct tmpl_value){ .kind = TMPL_MAP, .map = m };
}

/* ---- objects ---- */
struct tmpl_run;                     /* template.h */

struct tmpl_object_type {
	const char *name;                /* as %T says it: "*chart.Metadata", "engine.files" */
	/* A field, or a method with its arguments. False: it failed, and tmpl_fail told why; a name that it
	 * has not is `tmpl_no_field`.                                                          */
	bool (*member)(struct tmpl_run *r, const struct tmpl_object *o, struct str name,
	               const struct tmpl_value *arguments, size_t count, struct tmpl_value *ret);
	/* What `range`, `index` and `toYaml` see of it: a map. NULL: nothing. False: out of memory. */
	bool (*map)(struct tmpl_run *r, const struct tmpl_object *o, struct tmpl_map **ret);
	void (*print)(struct sbuf *b, const struct tmpl_object *o);      /* as %v; NULL: "{}" */
	bool (*empty)(const struct tmpl_object *o);      /* a map of nothing, false to `if`; NULL: never */
};
struct tmpl_object { const struct tmpl_object_type *type; };    /* the first member of each */

/* ---- what all of them can ---- */
/* From YAML or JSON that was read; numbers are FLOAT. Maps of it are new ones, which may be changed. */
NODISCARD bool tmpl_from_node(struct arena *a, const struct node *n, struct tmpl_value *ret);
/* As `if` asks: not zero, not empty. */
bool tmpl_truth(const struct tmpl_value *v);
/* "string", "float64", "slice", "map", "bool", "int64", "invalid". Static. */
const char *tmpl_kind_name(const struct tmpl_value *v);
/* As fmt prints it with %v: nil is "<nil>" (the engine writes "<no value>" for a missing one), a map
 * "map[a:1 b:2]", 1e+06 for a FLOAT of a million.                                            */
void tmpl_print(struct sbuf *b, const struct tmpl_value *v);
