/* Slices: a pointer and a length, passed by value, not NUL-terminated and never owned.
 *
 * A slice borrows; whoever made the bytes says how long they live. Parsing pulls from the front
 * (str_cut), and an empty slice has n == 0 (p may then be NULL).                              */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
/* For printf: printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, (s).n ? (s).p : ""

static inline struct str str_c(const char *c) { return (struct str){ c, c ? strlen(c) : 0 }; }
static inline struct str str_make(const void *p, size_t n) { return (struct str){ p, n }; }
static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool str_eq_c(struct str a, const char *c) { return str_eq(a, str_c(c)); }
static inline struct str str_from(struct str s, size_t at)
{
	return at < s.n ? (struct str){ s.p + at, s.n - at } : (struct str){ NULL, 0 };
}
static inline struct str str_first(struct str s, size_t n)
{
	return (struct str){ s.p, n < s.n ? n : s.n };
}

int str_cmp(struct str a, struct str b);              /* bytewise, shorter first */
int str_order(const void *a, const void *b);          /* the same of two struct str, for qsort and bsearch */
bool str_eq_nocase(struct str a, struct str b);       /* ASCII only, locale-free */
bool str_has_nocase(struct str s, struct str part);   /* the same */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_has(struct str s, char c);
bool str_is_one_of(struct str s, const char *const *words, size_t count);
bool str_has_controls(struct str s);                  /* bytes below a space, or 7f */
struct str str_base_name(struct str path);            /* what follows its last '/' */
struct str str_trim(struct str s);                    /* spaces and tabs at both ends */
struct str str_fit(struct str s, size_t max_bytes);   /* what of it fits, whole characters of UTF-8 */

/* Splits *s at the first `sep`: returns what stands before and leaves the rest in *s. Without a
 * separator the whole is returned and *s becomes empty; *ret_found tells which (may be NULL). */
struct str str_cut(struct str *s, char sep, bool *ret_found);

/* Pulls the first line from *s, without its LF or CR LF. */
struct str str_cut_line(struct str *s);

/* The value of a hexadecimal digit in either case; -1: it is none. */
int hex_digit_value(char c);
/* Decimal digits only, no sign, no space; false on overflow or an empty slice. */
bool str_to_u64(struct str s, uint64_t *ret);

/* The byte that s begins with as "%2F"; false: *ret is left alone. */
bool str_percent(struct str s, char *ret);

/* FNV-1a, for tables in memory; going on from an earlier hash hashes both texts as one. */
#define STR_HASH_START 14695981039346656037u
uint64_t str_hash(struct str s, uint64_t start);

/* Without the byte order mark, if it begins with one; keeps its pointer. */
static inline struct str str_without_mark(struct str s)
{
	bool marked = s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0;
	return marked ? str_make(s.p + 3, s.n - 3) : s;
}

bool str_is_utf8(struct str s);                       /* no surrogates, no overlong forms */
