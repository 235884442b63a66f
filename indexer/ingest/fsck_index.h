/* The index that a repository serves against what the catalog says, whatever kind of repository it is. */
#pragma once

#include "indexer/ingest/ingest_impl.h"

/* Changes may go on meanwhile: it is fine unless both were seen at the same event, and differ; or while
 * nothing went on they stood at different ones. Then repos/<repo>/index.yaml, where one is written, against what is
 * served; with `repair` it is written again. *ret_wrong: what is wrong, static; NULL: nothing. An error: it could
 * not be looked at.                                                                          */
NODISCARD enum err fsck_index(struct ingest *g, struct catalog *c, struct repository *r, bool repair,
                              const char **ret_wrong, bool *ret_repaired, struct errinfo *e);
