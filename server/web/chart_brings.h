/* What a chart brings into a cluster, as its page tells it. */
#pragma once

#include "indexer/document/annotations.h"
#include "indexer/document/kinds.h"

/* A custom resource of the archive, of artifacthub.io/crds, or of both. Texts may be empty. */
struct brought_crd { struct str kind, group, version, title, description; };

/* Those of the archive come first, with the words of the annotation about them. In the arena, texts
 * borrow. NOMEM.                                                                             */
NODISCARD enum err brought_crds(struct arena *a, const struct chart_kinds *k,
                                const struct chart_annotations *n, struct brought_crd **ret,
                                size_t *ret_count, struct errinfo *e);
