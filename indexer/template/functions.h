/* The functions of templates: Go's own, sprig's and Helm's, one table per file functions_X.c.
 *
 *     TMPL_CALL(call_empty) { return tmpl_answer(ret, tmpl_bool(!tmpl_truth(v))); }
 *     const struct tmpl_function tmpl_functions_list[] = { { "empty", 1, 1, call_empty }, … };
 *     const size_t tmpl_functions_list_count = sizeof tmpl_functions_list / sizeof *tmpl_functions_list;
 *
 * A function gets as many arguments as its row allows, and says itself what is wrong with their types,
 * with the sentences of Go. It changes none of them.                                           */
#pragma once

#include "indexer/template/template.h"

#define TMPL_TABLES(X) \
	X(go) X(text) X(split) X(case) X(helm) X(regex) X(encoding) X(url) X(data) \
	X(list) X(map) X(math) X(date) X(version) X(secret) X(certificate) X(path)
#define X(name) \
	extern const struct tmpl_function tmpl_functions_##name[]; \
	extern const size_t tmpl_functions_##name##_count;
TMPL_TABLES(X)
#undef X

/* A function of a table: the arguments are v[0] … v[count - 1]. */
#define TMPL_CALL(name) \
	static bool name(struct tmpl_run *r __attribute__((unused)), \
	                 const struct tmpl_value *v __attribute__((unused)), \
	                 size_t count __attribute__((unused)), struct tmpl_value *ret)

/* ---- arguments that Go declares with a type; false: "wrong type for value; expected …" was told ---- */
NODISCARD bool tmpl_want_text(struct tmpl_run *r, const struct tmpl_value *v, struct str *ret);
NODISCARD bool tmpl_want_int(struct tmpl_run *r, const struct tmpl_value *v, int64_t *ret);   /* an int */
NODISCARD bool tmpl_want_bool(struct tmpl_run *r, const struct tmpl_value *v, bool *ret);
/* NULL where it is nil, which Go reads as an empty one. */
NODISCARD bool tmpl_want_map(struct tmpl_run *r, const struct tmpl_value *v, struct tmpl_map **ret);

/* The map that a map or an object is; NULL: it is none. False: out of memory, which was told. */
NODISCARD bool tmpl_map_of(struct tmpl_run *r, const struct tmpl_value *v, const struct tmpl_map **ret);

/* As %T says it: "string", "[]interface {}", "<nil>", "*chart.Metadata". Static. */
const char *tmpl_type_name(const struct tmpl_value *v);

/* As sprig makes a text of any value: one stays as it is, others are printed with %v. In the arena. */
NODISCARD bool tmpl_to_text(struct tmpl_run *r, const struct tmpl_value *v, struct str *ret);

/* ---- answers: true, with the value in *ret ---- */
static inline bool tmpl_answer(struct tmpl_value *ret, struct tmpl_value v)
{
	*ret = v;
	return true;
}
/* What a buffer holds, as a text; the buffer is done. */
NODISCARD bool tmpl_answer_kept(struct tmpl_run *r, struct sbuf *b, struct tmpl_value *ret);
/* Texts that are collected, in the arena. False: out of memory, which was told. */
struct tmpl_texts { struct str *items; size_t count, room; };
NODISCARD bool tmpl_texts_add(struct tmpl_run *r, struct tmpl_texts *to, struct str text);
/* A list of texts, []string. */
NODISCARD bool tmpl_answer_texts(struct tmpl_run *r, const struct str *texts, size_t count,
                                 struct tmpl_value *ret);

/* toYaml. What cannot be written is an empty text; with `must` it fails. */
NODISCARD bool tmpl_to_yaml(struct tmpl_run *r, const struct tmpl_value *v, bool pretty, bool must,
                            struct tmpl_value *ret);

/* ---- what functions_data.c writes with ----
 * False: fuel or memory is used up, and it was told. A value that has no such form (infinity, a map within
 * itself) sets *ret_problem, as encoding/json words it; it is NULL otherwise.                        */
NODISCARD bool tmpl_write_yaml(struct tmpl_run *r, struct sbuf *b, const struct tmpl_value *v, bool pretty,
                               const char **ret_problem);
struct tmpl_json { bool lines, html; };      /* lines and two spaces; < > & as \u003c \u003e \u0026 */
NODISCARD bool tmpl_write_json(struct tmpl_run *r, struct sbuf *b, const struct tmpl_value *v,
                               struct tmpl_json form, const char **ret_problem);
NODISCARD bool tmpl_write_toml(struct tmpl_run *r, struct sbuf *b, const struct tmpl_value *v,
                               const char **ret_problem);
/* fmt.Sprintf. */
NODISCARD bool tmpl_printf(struct tmpl_run *r, struct sbuf *b, struct str format,
                           const struct tmpl_value *arguments, size_t count);
