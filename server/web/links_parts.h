/* Private to the files that write addresses: how one is begun and ended. */
#pragma once

#include "indexer/base/sbuf.h"
#include "server/web/links.h"

/* With what is before every address of this server. */
struct sbuf link_begin(const struct links *l);
/* No server takes it. */
bool link_is_too_long(const struct sbuf *b);
/* Ends the buffer too. Where there is no memory, or it is too long, it is empty, and the links have failed. */
struct str link_end(struct links *l, struct sbuf *b);
/* "/search?q=redis&page=2"; parameters without a value are left out. */
struct str link_asked(struct links *l, const char *path, const struct link_param *params, size_t count);
