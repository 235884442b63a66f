/* Private to hub/: comparing what search.db has with the index, chart by chart, in the follower's
 * transaction. What changes in memory waits in `struct sync` until the commit.               */
#pragma once

#include "indexer/hub/impl.h"

struct touched { struct str repo, chart, version; };

struct sync_change {                 /* of the table in memory */
	struct sync_change *next;
	struct hub_chart *put;           /* NULL: goes */
	struct str repo, name;
};

struct sync {
	struct hub *h;
	struct arena arena;
	struct sync_change *first, **last;
	uint64_t unread;
};
void sync_done(struct sync *s);
/* After the commit. NOMEM: what could not be put is not in the table. */
NODISCARD enum err sync_publish(struct sync *s, struct errinfo *e);

/* Versions of one chart that events were about: all have the same repo and chart. */
NODISCARD enum err sync_chart(struct sync *s, const struct touched *versions, size_t count,
                              struct errinfo *e);
/* All its versions: those with the digest that was read before are left as they are. */
NODISCARD enum err sync_whole_chart(struct sync *s, struct str repo, struct str chart,
                                    struct errinfo *e);
/* Renders a version, and others of the chart until so much time is over; puts the chart again if the one that is
 * shown is among them.                                                                         */
NODISCARD enum err sync_images(struct sync *s, struct str repo, struct str chart, struct str version, int64_t ns,
                               struct errinfo *e);
NODISCARD enum err sync_repo(struct sync *s, struct str repo, struct errinfo *e);
/* Names of the charts that a repository has in its index or in search.db, some twice. */
NODISCARD enum err sync_names(struct hub *h, struct arena *a, struct str repo, struct str **ret,
                              size_t *ret_count, struct errinfo *e);
/* Downloads of the last days, into the charts in memory, when they are old. */
void sync_pulls(struct hub *h);
