/* How values get into a page. Templates do not call these: their compiler does, by where a value
 * stands (templates/compile.c). What a value may be is decided by its type:
 *
 *     struct str, const char *, char arrays    text, escaped; NULL is nothing
 *     struct word                              a short text that a function returns by value
 *     integers                                 in decimal; a bool is none: write an if
 *     struct linked                            text with its addresses as links; in text alone
 *     struct outward                           a stranger's link, or its text alone; the same
 *     struct wrapped                           a path or an address, whose lines end behind / : @; the same
 *     struct html                              markup, in text alone; in an attribute it is an error
 *                                              of the C compiler
 */
#pragma once

#include "indexer/document/html.h"

struct word { char text[32]; };
struct linked { struct str text; };
static inline struct linked linked(struct str text) { return (struct linked){ text }; }
struct outward { struct str url, text; };
static inline struct outward outward(struct str url, struct str text) { return (struct outward){ url, text }; }
struct wrapped { struct str text; };
static inline struct wrapped wrapped(struct str text) { return (struct wrapped){ text }; }

#define OUT_TYPES(of_str, of_text, of_word) \
	struct str: of_str, const char *: of_text, char *: of_text, struct word: of_word, \
	short: out_i64, int: out_i64, long: out_i64, long long: out_i64, unsigned char: out_u64, \
	unsigned short: out_u64, unsigned: out_u64, unsigned long: out_u64, unsigned long long: out_u64

#define out_text(b, x) \
	_Generic((x), struct html: out_html, struct linked: out_linked, struct outward: out_outward, \
	         struct wrapped: out_wrapped, OUT_TYPES(out_attr_str, out_attr_text, out_attr_word))((b), (x))
#define out_attr(b, x) \
	_Generic((x), OUT_TYPES(out_attr_str, out_attr_text, out_attr_word))((b), (x))
#define out_url(b, x) _Generic((x), struct str: out_url_str, const char *: out_url_text, \
	char *: out_url_text)((b), (x))
#define out_json(b, x) _Generic((x), struct str: out_json_str)((b), (x))

void out_html(struct sbuf *b, struct html x);
void out_linked(struct sbuf *b, struct linked x);
/* Without a text, the address is it; what is none leads nowhere: it is written and no link. */
void out_outward(struct sbuf *b, struct outward x);
void out_wrapped(struct sbuf *b, struct wrapped x);
void out_attr_str(struct sbuf *b, struct str x);
void out_attr_text(struct sbuf *b, const char *x);
void out_attr_word(struct sbuf *b, struct word x);
void out_i64(struct sbuf *b, int64_t x);
void out_u64(struct sbuf *b, uint64_t x);

/* Relative, http:, https: or mailto:; anything else becomes "#". What no URL may hold is
 * percent-encoded, so that no browser reads another one than we did.                          */
void out_url_str(struct sbuf *b, struct str x);
void out_url_text(struct sbuf *b, const char *x);

/* JSON text, as it may stand in <script type="application/ld+json">. */
void out_json_str(struct sbuf *b, struct str x);
