/* What may have been meant by the address of a chart or version that is not there: for the page that
 * says so.                                                                                    */
#pragma once

#include "server/web/links.h"

#define NEAR_MAX 5

struct near_link { struct str text, link; };     /* "stable/wordpress" or "8.1.6" */

/* How many there are: versions around the one asked for, else charts with nearly this name, also where
 * there is no repository, or none that the caller sees: he is told the same of both. In the arena of
 * the request.                                                                                */
size_t near_links(struct call *c, struct links *l, struct near_link ret[NEAR_MAX]);
