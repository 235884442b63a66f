/* Classes of ASCII characters, whatever the locale: no byte beyond ASCII is in any of them, nor is
 * NUL. Where a format means another set (YAML's white space, Go's letters), its file has its own. */
#pragma once

#include <stdbool.h>

static inline bool ascii_is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool ascii_is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || ascii_is_digit(c); }
static inline bool ascii_is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static inline bool ascii_is_alnum(char c) { return ascii_is_letter(c) || ascii_is_digit(c); }
/* A space, a tab or a line's end. */
static inline bool ascii_is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }
