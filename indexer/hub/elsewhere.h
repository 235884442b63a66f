/* The same version of a chart in other repositories: copies that are equal, and such as only have its name. */
#pragma once

#include "indexer/hub/hub.h"

enum hub_sameness {
	SAME_BYTES, OTHER_BYTES,         /* by the digests of their archives */
	SAME_UNKNOWN                     /* somebody promises no digest */
};
const char *hub_sameness_word(enum hub_sameness s);      /* "same", "different", "unknown"; static */

struct hub_copy {
	struct str repo;
	enum hub_origin origin;          /* of the version that is shown there */
	bool has_version;
	enum hub_sameness sameness;      /* of that version; SAME_UNKNOWN without it */
	struct str shown;                /* the version that is shown there */
};
struct hub_copies {
	struct hub_copy *list;           /* by repository */
	size_t count, more;
};

/* Of charts that are called so in repositories that the viewer sees, at most HUB_COPIES_MAX. An empty digest
 * is unknown. In the arena.                                                                   */
NODISCARD enum err hub_elsewhere(struct hub *h, struct arena *a, const struct hub_viewer *v,
                                 struct str repo, struct str name, struct str version,
                                 struct str digest, struct hub_copies *ret, struct errinfo *e);
