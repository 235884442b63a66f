/* Annotations that are YAML in a text. */
#pragma once

#include "indexer/format/node.h"

/* Its first document; *ret is NULL for an empty one. Tabs that indent are taken for spaces, as authors mean
 * them; aliases are not taken. METADATA, NOMEM. In the arena, and borrows nothing from `text`.  */
NODISCARD enum err annotation_yaml(struct arena *a, struct str text, const struct node **ret,
                                   struct errinfo *e);
