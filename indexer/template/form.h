/* Numbers, quoted texts and characters in the forms that Go gives them: what printing, writing and the
 * functions on texts share.                                                                     */
#pragma once

#include "indexer/base/sbuf.h"

/* "1.50000000000000e-07": the fewest digits, of 15 or more, that are read as the same number; it is finite. */
#define FORM_SHORTEST_BYTES 40
void form_shortest(double v, char ret[FORM_SHORTEST_BYTES]);
/* strconv.FormatFloat: verb e, f or g (or a capital); precision -1: the fewest digits that mean the same. */
void form_float(struct sbuf *b, double v, char verb, int precision);
/* strconv.Quote; `ascii` escapes all that is not. */
void form_quote(struct sbuf *b, struct str s, bool ascii);
/* A character between single quotes. */
void form_quote_rune(struct sbuf *b, uint32_t rune, bool ascii);

/* As UTF-8, what is no character as U+FFFD: appended, or into *ret, of which so many bytes are written. */
void rune_put(struct sbuf *b, uint32_t rune);
size_t rune_bytes(uint32_t rune, char ret[4]);
size_t rune_count(struct str s);
uint32_t rune_upper(uint32_t rune);
uint32_t rune_lower(uint32_t rune);
bool rune_is_upper(uint32_t rune);
bool rune_is_lower(uint32_t rune);
bool rune_is_letter(uint32_t rune);
bool rune_is_number(uint32_t rune);
bool rune_is_punct(uint32_t rune);                    /* Unicode's P: no symbols such as + and $ */
bool rune_is_space(uint32_t rune);
bool rune_is_print(uint32_t rune);
