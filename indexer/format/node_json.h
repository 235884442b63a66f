/* A YAML tree as JSON, typed as Helm would: for showing values.yaml. */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/format/node.h"

/* NULL is null. Integers are exact, other numbers 64-bit; infinity and what is no number are null.
 * Of keys that are equal as text (1 and "1") both stand there. Ends where `b` has failed. NOMEM. */
NODISCARD enum err node_json(struct arena *a, const struct node *n, struct sbuf *b,
                             struct errinfo *e);
