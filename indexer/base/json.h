/* Writing JSON into a buffer: a comma goes before everything but the first of an object or list.
 *
 *     sbuf_putc(b, '{');
 *     json_text(b, "name", name);
 *     json_number(b, "size", n);
 *     sbuf_puts(b, "}\n");
 */
#pragma once

#include "indexer/base/sbuf.h"

void json_next(struct sbuf *b);                  /* before an element of a list */
void json_key(struct sbuf *b, const char *key);  /* before a value of an object */
void json_text(struct sbuf *b, const char *key, struct str value);
void json_number(struct sbuf *b, const char *key, uint64_t value);
void json_bool(struct sbuf *b, const char *key, bool value);
void json_time(struct sbuf *b, const char *key, int64_t wall_ns);        /* RFC 3339 */
void json_texts(struct sbuf *b, const char *key, const struct str *values, size_t count);
/* A string as RFC 8785 §3.2.2.2 wants it: nothing escaped but what JSON demands. sbuf_json escapes
 * more, for YAML's sake.                                                                     */
void json_canonical(struct sbuf *b, struct str s);
void json_canonical_text(struct sbuf *b, const char *key, struct str value);   /* empty: left out */
