/* Growing byte buffers, born with a limit, that remember their first failure.
 *
 *     struct sbuf b = sbuf_make(INDEX_LINE_MAX_BYTES);
 *     sbuf_put(&b, STR("{\"name\":"));
 *     sbuf_json(&b, name);
 *     if (!sbuf_ok(&b))
 *         return ERR(e, NOMEM, "index line");
 *     ...
 *     sbuf_done(&b);
 *
 * After a failure every call is a no-op, so it is checked once, at the end. The bytes are
 * always followed by a NUL that does not count.                                              */
#pragma once

#include <stdint.h>

#include "indexer/base/err.h"
#include "indexer/base/str.h"

struct sbuf {
	char *p;
	size_t n, capacity, limit;
	bool failed;
};

static inline struct sbuf sbuf_make(size_t limit_bytes)
{
	return (struct sbuf){ .limit = limit_bytes };
}
void sbuf_done(struct sbuf *b);                       /* frees; NULL is fine; may be reused */
static inline void sbuf_reset(struct sbuf *b) { b->n = 0; b->failed = false; }
static inline bool sbuf_ok(const struct sbuf *b) { return !b->failed; }
/* Borrowed until the next change. */
static inline struct str sbuf_str(const struct sbuf *b) { return str_make(b->p, b->n); }

void sbuf_put(struct sbuf *b, struct str s);
void sbuf_puts(struct sbuf *b, const char *c);
void sbuf_putc(struct sbuf *b, char c);
void sbuf_printf(struct sbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void sbuf_u64(struct sbuf *b, uint64_t value);

/* Makes room for `bytes` and returns where they go; the caller then adds what it wrote to b->n.
 * NULL after a failure.                                                                      */
char *sbuf_reserve(struct sbuf *b, size_t bytes);

/* A JSON string with its quotes that is at the same time a YAML 1.1/1.2 double-quoted scalar
 * (clients.md §1.2): C0, DEL, C1, U+2028, U+2029 and U+FEFF escaped, astral characters raw,
 * invalid UTF-8 replaced by U+FFFD.                                                          */
void sbuf_json(struct sbuf *b, struct str s);

/* Takes the bytes over: the caller frees them with free(); the buffer is empty afterwards. */
NODISCARD char *sbuf_take(struct sbuf *b);
