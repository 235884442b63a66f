/* Private to facet.c and facet_count.c: the values that there are. */
#pragma once

#include "indexer/hub/facet.h"

#define FACET_NONE UINT32_MAX
#define FACET_SHIFT 28               /* a number of a chart: the facet above, the value's place below */
#define FACET_INDEX_MASK ((UINT32_C(1) << FACET_SHIFT) - 1)
#define FACET_TEXT_MAX_BYTES 256u    /* longer values are cut */

struct facet_value {
	char *text;                      /* of FACET_KUBE the bits of its minors */
	size_t bytes;
	enum hub_facet facet;
	uint32_t refs;                   /* charts that have it; 0: the place is unused */
	uint32_t next;                   /* in its bucket, or of the unused places */
};

struct facets {
	struct facet_value *values;
	size_t count, capacity;
	uint32_t unused;
	uint64_t seed;                   /* nobody outside can choose values that share a bucket */
	uint32_t *buckets;               /* a power of two, no fewer than the values */
	size_t bucket_count;
};

static inline struct str facet_text(const struct facet_value *v) { return str_make(v->text, v->bytes); }

/* FACET_NONE: no chart has it. */
uint32_t facets_find(const struct facets *f, enum hub_facet facet, struct str text);
/* As it is kept: keywords in lower case. Borrows from the text or from `room`. */
struct str facet_folded(enum hub_facet facet, struct str text, char room[FACET_TEXT_MAX_BYTES]);
