/* Private to hub/: which repositories of this catalog a dependency's `repository` may mean.
 *
 *     https://… oci://…    this server by one of its names; where a repository's upstream is; what one is
 *                          known_as; or another address of one of these (format/moved.def)
 *     file://../x          the chart lies beside this one: the same repository
 *     file://./charts/x    it is part of this chart, as with no repository at all
 *     @stable alias:stable what the lock says that stood for, else the repository of that name
 *
 * A virtual one means its members, or with `shown` the one whose chart it is in its index at this moment.
 * That a repository may be meant says neither that the asker may see it nor that the chart is in it. What a
 * virtual one is made of is told to those alone who may see it, at every level.               */
#pragma once

#include "indexer/format/address.h"
#include "indexer/hub/hub.h"

struct resolver;                     /* immutable, reference-counted: the settings of one moment */

NODISCARD enum err resolver_new(const struct hub_options *o, struct resolver **ret,
                                struct errinfo *e);
struct resolver *resolver_ref(struct resolver *r);
void resolver_unref(struct resolver *r);         /* NULL is fine */

enum written_as { WRITTEN_NOTHING, WRITTEN_INSIDE, WRITTEN_BESIDE, WRITTEN_NAME, WRITTEN_ADDRESS };

struct resolve_from {
	struct str repo;                 /* whose dependency it is */
	struct str name, repository, locked_repository;      /* of the dependency */
	const struct address *own;         /* one more name of this server; NULL: none */
	const struct hub_viewer *viewer;   /* who asks; NULL: who may see everything */
	bool shown;                      /* of a virtual one the member that has the name there is meant alone */
};

#define RESOLVED_MAX 8u
struct resolution {
	enum written_as written;
	bool ours;                       /* the address is one of this server, */
	struct str path;                 /* and this is where the repository would be */
	struct str repos[RESOLVED_MAX];  /* those that are there, the likeliest first */
	bool through[RESOLVED_MAX];      /* as a member of a virtual one, which not everybody may see */
	/* The same for the members of one virtual repository, of which the first that has a chart's name has it.
	 * Between others the version decides.                                              */
	size_t group[RESOLVED_MAX];
	/* With `shown`: the virtual one that it is meant through, of whose index alone versions count; empty: none. */
	struct str view[RESOLVED_MAX];
	struct str without;              /* one that is meant and shows no chart of that name; empty: none */
	size_t count;
};
/* Lives as long as the resolver and the arena. NOMEM. */
NODISCARD enum err resolve(const struct resolver *r, struct arena *a, const struct resolve_from *from,
                           struct resolution *ret, struct errinfo *e);
