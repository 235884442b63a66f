/* Base64 with padding (RFC 4648 §4), strictly: one text for the same bytes and no other. */
#pragma once

#include "indexer/base/sbuf.h"

void base64_put(struct sbuf *b, struct str bytes);
/* Into `ret`, which has room for `room` bytes. False, with `ret` spoiled, for spaces, missing
 * padding, bits that are set beyond the end, and what does not fit.                          */
NODISCARD bool base64_read(struct str text, void *ret, size_t room, size_t *ret_bytes);
