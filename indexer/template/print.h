/* What %v and fmt.Sprintf share: one value by one verb, with its flags. */
#pragma once

#include "indexer/template/value.h"

struct print_shape {
	bool plus, minus, sharp, space, zero;
	bool go_syntax;                  /* %#v */
	bool has_width, has_precision;
	int width, precision;
};
struct printer { struct sbuf *b; struct print_shape shape; };

void print_argument(struct printer *p, const struct tmpl_value *v, uint32_t verb);

/* print_scalar.c: how text is filled up to its width, and each kind by each verb. */
void print_padded(const struct printer *p, struct str s);
void print_text(const struct printer *p, const struct tmpl_value *v, uint32_t verb);
void print_integer(const struct printer *p, const struct tmpl_value *v, uint32_t verb);
void print_number(const struct printer *p, const struct tmpl_value *v, uint32_t verb);
/* "%!d(string=x)" */
void print_bad_verb(const struct printer *p, const struct tmpl_value *v, uint32_t verb);
