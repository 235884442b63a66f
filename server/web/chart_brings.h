/* What a chart brings into a cluster, as its page tells it. */
#pragma once

#include "indexer/document/annotations.h"
#include "indexer/document/kinds.h"
#include "server/web/chart_frame.h"

/* A custom resource of the archive, of artifacthub.io/crds, or of both. Texts may be empty. */
struct brought_crd { struct str kind, group, version, title, description; };

/* Those of the archive come first, with the words of the annotation about them. In the arena, texts
 * borrow. NOMEM.                                                                             */
NODISCARD enum err brought_crds(struct arena *a, const struct chart_kinds *k,
                                const struct chart_annotations *n, struct brought_crd **ret,
                                size_t *ret_count, struct errinfo *e);

/* Who gets rights: documents of one kind, and the first places where they stand. */
#define BROUGHT_PLACES_MAX 6
#define RIGHTS_KINDS_MAX 5           /* chart_brings.c's list */
struct brought_place { struct str text, link; };         /* link: empty: inside of a packed subchart */
struct brought_rights {
	const char *kind;
	struct brought_place places[BROUGHT_PLACES_MAX];
	size_t count, place_count;
};

/* Kinds that are there. False: no memory. */
NODISCARD bool brought_rights(struct chart_frame *f, const struct chart_kinds *k,
                              struct brought_rights ret[RIGHTS_KINDS_MAX], size_t *ret_count);
