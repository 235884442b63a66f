/* Index lines for tests, and an index as plainly as it can be written: a sorted array. */
#pragma once

#include "indexer/ingest/rope.h"

struct model { struct index_item *items; size_t count, capacity; };

/* `pad` bytes of noise that does not compress to nothing; `seed` picks it. */
struct index_item item_new(const char *name, const char *version, int64_t created_ns, size_t pad,
                           uint64_t seed);
void item_free(struct index_item *item);

void model_put(struct model *m, const struct index_item *item);     /* copies */
void model_remove(struct model *m, struct str name, struct str version);
void model_free(struct model *m);
/* The whole index as index_write writes it, which sorts the items; free() */
char *model_text(struct model *m, enum rope_format f, int64_t generated_ns, size_t *ret_n);

uint64_t test_random(uint64_t *state);
