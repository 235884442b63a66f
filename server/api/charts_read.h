/* What the readers of ChartMuseum's API share. */
#pragma once

#include "indexer/ingest/rope.h"
#include "server/route/app.h"
#include "server/route/texts.h"

/* The repository's index now. In ChartMuseum's mode a repository that nobody made is one without
 * charts: *ret is NULL then. REPO_NOT_FOUND.                                                  */
NODISCARD enum err charts_snapshot(struct call *c, struct snapshot **ret, struct errinfo *e);

/* The version that c->version asks for. NOT_FOUND, in ChartMuseum's words. */
NODISCARD enum err charts_pick(const struct call *c, struct arena *a, const struct snapshot *s,
                               struct rope_version *ret, struct errinfo *e);

/* The ETag is made of the snapshot and of the address: what is found there moves only with the index.
 * `s` may be NULL. The caller frees the buffer, whose bytes are taken.                        */
NODISCARD enum err charts_send(struct call *c, const char *type, const struct snapshot *s,
                               struct sbuf *b, struct response *ret, struct errinfo *e);
