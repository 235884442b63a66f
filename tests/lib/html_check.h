/* A strict reader of what indexer/document makes of strangers' text, which knows nothing of how it is made:
 * allowed elements and attributes only, in quotes, escaped, balanced, and nested as a browser keeps
 * them; links to http, https, mailto, to `local`… and to ids that are there.                 */
#pragma once

#include "indexer/base/str.h"

/* What is wrong, with the place in *ret_at; NULL: nothing. `local` begins every address that is neither
 * of another host nor "#id".                                                                 */
const char *html_check(struct str html, struct str local, size_t *ret_at);
