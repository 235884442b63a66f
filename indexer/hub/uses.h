/* Private to hub/: the charts whose shown version depends on a chart. With the table's lock, where
 * nothing else is said.                                                                       */
#pragma once

#include "indexer/hub/impl.h"
#include "indexer/hub/resolve.h"

struct use_target {                  /* what is depended upon; it need not be there */
	struct use_target *next;
	uint64_t hash;
	struct str repo, name;
	struct hub_chart **users;        /* by repository, then by name */
	size_t count, capacity;
	size_t through;                  /* of all uses: those told by way of a virtual repository */
};

/* Of a chart: which of its dependencies is which target. */
struct chart_uses {
	size_t count;
	struct use {
		struct use_target *target;
		size_t dependency;
		bool first;                  /* of those with this target */
		bool through;                /* it was told by way of a virtual repository */
	} list[];
};

/* NULL: nobody depends on it. */
const struct use_target *uses_find(const struct uses *u, struct str repo, struct str name);
/* The settings that they were told by; a reference. Takes the lock itself. */
struct resolver *uses_resolver(struct hub_table *t);
/* The first user after (repo, name), which need not be one. */
size_t uses_after(const struct use_target *t, struct str repo, struct str name);
/* Whether the viewer may know that the use of `c` means its target: the uses are everybody's. */
NODISCARD enum err uses_may_know(const struct uses *u, const struct hub_chart *c, const struct use *use,
                                 const struct hub_viewer *v, bool *ret, struct errinfo *e);
