/* gzip, strictly: one member, its CRC and size right, nothing behind it (trust.md §6 C). */
#pragma once

#include "indexer/base/err.h"
#include "indexer/base/str.h"

#define GZIP_KEPT_MAX_BYTES (4u * 1024u * 1024u)

/* Zeroed at first; kept by a thread for the next archive. What is larger than
 * GZIP_KEPT_MAX_BYTES goes back to the heap on the next use. */
struct gzip_buffer {
	char *p;
	size_t capacity;
};
void gzip_buffer_done(struct gzip_buffer *b);

/* How many bytes the data has, as the member itself says. Nothing is inflated; refuses what gzip_inflate
 * would refuse of the header and of that number.                                             */
NODISCARD enum err gzip_stated_bytes(struct str packed, size_t *ret_bytes, struct errinfo *e);

/* Inflates all of `packed` into the buffer and borrows it in *ret_data until its next use.
 * ARCHIVE: not gzip, damaged, trailing bytes, a second member, an unreasonable header field.
 * TOO_LARGE: above CHART_UNPACKED_MAX_BYTES, or a ratio above CHART_RATIO_MAX for more than
 * CHART_RATIO_FREE_BYTES. The stated size is a hint that must hold, never trusted.           */
NODISCARD enum err gzip_inflate(struct str packed, struct gzip_buffer *b, struct str *ret_data,
                                struct errinfo *e);

/* One member with the header that `helm package` writes (clients.md §2.3): no time, no name,
 * Helm's extra field and comment. The same data gives the same bytes. free() *ret.           */
NODISCARD enum err gzip_deflate(struct str data, char **ret, size_t *ret_bytes, struct errinfo *e);

/* One member with a plain header, for answers over HTTP. free() *ret. NOMEM. */
enum gzip_effort { GZIP_QUICK = 6, GZIP_SMALLEST = 12 };
NODISCARD enum err gzip_pack(struct str data, enum gzip_effort effort, char **ret,
                             size_t *ret_bytes, struct errinfo *e);
