/* Index lines collected from rows, until all are there and a rope is built of them. The texts are
 * one block, so that it goes back to the kernel.                                             */
#pragma once

#include "indexer/ingest/rope.h"
#include "indexer/store/catalog.h"

struct index_ref;

struct index_items {                 /* zero is empty */
	struct sbuf text;
	struct index_ref *refs;
	size_t count, capacity;
};

/* A catalog_visit_version each; ctx is a struct index_items. The second leaves out what no index
 * shows: deleted, damaged and yanked versions.                                               */
catalog_visit_version index_items_add, index_items_add_shown;
NODISCARD enum err index_items_rope(struct index_items *items, enum rope_format format,
                                    int64_t generated_ns, struct rope **ret, struct errinfo *e);
void index_items_done(struct index_items *items);
#define AUTO_ITEMS __attribute__((cleanup(index_items_done)))
