/* Go's regular expressions (RE2's syntax) by PCRE2, within limits.
 *
 *     struct regex *x = regex_new(r, pattern, &problem);
 *     if (regex_find(r, x, text, 0, &from, &to) == REGEX_FOUND) …
 *     regex_free(x);
 *
 * What RE2 does not know (lookaround, references back, verbs) is refused, so that an expression means what
 * it means to Helm. A search that takes long takes fuel.                                          */
#pragma once

#include "indexer/template/template.h"

struct regex;

/* NULL: *ret_problem says what is wrong with it, in Go's words where they are known; static or in the arena.
 * That memory is used up was told.                                                            */
struct regex *regex_new(struct tmpl_run *r, struct str pattern, const char **ret_problem);
void regex_free(struct regex *x);

enum regex_found { REGEX_NONE, REGEX_FOUND, REGEX_FAILED };          /* failed: it was told */
/* The first match in `s` from `at` on. */
enum regex_found regex_find(struct tmpl_run *r, struct regex *x, struct str s, size_t at, size_t *ret_from,
                            size_t *ret_to);
/* Of the last match: what a group matched; the name is a number or a name. Empty: nothing. */
struct str regex_group(struct regex *x, struct str s, struct str name);
