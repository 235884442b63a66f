/* The images of versions as search.db has them, for commands that run beside a server: nothing is rendered
 * again that was.
 *
 *     struct listed *l = listed_open(data);
 *     known = listed_images(l, repo, chart, version, &digest, &lines);
 *     listed_close(l);
 */
#pragma once

#include "indexer/base/hash.h"
#include "indexer/base/sbuf.h"

struct listed;

/* NULL: there is no search.db, or one of another version of the program. */
struct listed *listed_open(const char *data);
void listed_close(struct listed *l);             /* NULL is fine */
/* Adds the certain ones, one a line. False, and nothing is added: it does not know those of these bytes. */
bool listed_images(struct listed *l, struct str repo, struct str chart, struct str version,
                   const struct sha256 *digest, struct sbuf *lines);
