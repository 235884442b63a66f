#pragma once

#include "indexer/base/sbuf.h"

/* RE2's syntax as PCRE2's. False: it is not RE2's; *ret_problem is static. */
bool regex_translate(struct sbuf *b, struct str pattern, const char **ret_problem);
