/* What the functions of sprig share: their arguments, the words in which Go refuses them, casting, and
 * walks over whole values. Everything that loops takes fuel.                                   */
#pragma once

#include "indexer/template/functions.h"

/* ---- arguments of one type, besides those of functions.h ---- */
NODISCARD bool sprig_float(struct tmpl_run *r, const struct tmpl_value *v, double *ret);
/* []interface {}; empty for nil. */
NODISCARD bool sprig_slice(struct tmpl_run *r, const struct tmpl_value *v, struct tmpl_list *ret);
NODISCARD bool sprig_object(struct tmpl_run *r, const struct tmpl_value *v,
                            const struct tmpl_object_type *type, const struct tmpl_object **ret);
/* A list of any type; false after "`otherwise` string". */
NODISCARD bool sprig_list(struct tmpl_run *r, const struct tmpl_value *v, const char *otherwise,
                          struct tmpl_list *ret);

/* Room for so many items, for which it takes fuel. NULL: it has failed. */
NODISCARD struct tmpl_value *sprig_items(struct tmpl_run *r, size_t count);
NODISCARD struct tmpl_map *sprig_map_new(struct tmpl_run *r);
NODISCARD bool sprig_map_set(struct tmpl_run *r, struct tmpl_map *m, struct str key, struct tmpl_value v);

/* ---- casting, as spf13/cast does: what cannot be cast is 0 ---- */
int64_t sprig_to_int(const struct tmpl_value *v);
double sprig_to_float(const struct tmpl_value *v);
/* As strconv.ParseInt reads it; base 0: as the prefix says. False: it is none; *ret is 0, or the nearest
 * one when it is out of range.                                                                 */
bool sprig_parse_int(struct str s, unsigned base, int64_t *ret);

/* ---- walks ---- */
/* reflect.DeepEqual; false: out of fuel or too deep. */
NODISCARD bool sprig_equal(struct tmpl_run *r, const struct tmpl_value *a, const struct tmpl_value *b,
                           bool *ret);
/* New maps and lists all the way down. */
NODISCARD bool sprig_copy(struct tmpl_run *r, const struct tmpl_value *v, struct tmpl_value *ret);
/* As mergo does: what `from` has and `into` has not, or has empty; with `overwrite` what `from` has. */
NODISCARD bool sprig_merge(struct tmpl_run *r, struct tmpl_map *into, const struct tmpl_map *from,
                           bool overwrite);
