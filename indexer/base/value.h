/* Values as people write them, in settings and on command lines. False: it is none. */
#pragma once

#include "indexer/base/str.h"

bool value_bool(struct str s, bool *ret);        /* true false yes no on off 1 0, in any case */
bool value_count(struct str s, uint64_t *ret);   /* digits */
bool value_bytes(struct str s, uint64_t *ret);   /* digits, and k, m or g: powers of 1024 */
bool value_bytes_si(struct str s, uint64_t *ret);        /* digits, and k, m, g or t: powers of 1000 */
bool value_seconds(struct str s, uint64_t *ret); /* digits, and s, m, h or d */
bool value_is_word(struct str s, struct str words);      /* one of words that spaces separate */
