/* Private to hub/: which repositories of this catalog a dependency's `repository` may mean.
 *
 *     https://… oci://…    this server by one of its names, or what a repository is known_as
 *     file://../x          the chart lies beside this one: the same repository
 *     file://./charts/x    it is part of this chart, as with no repository at all
 *     @stable alias:stable what the lock says that stood for, else the repository of that name
 *
 * That a repository may be meant says neither that the asker may see it nor that the chart is in it. */
#pragma once

#include "indexer/hub/hub.h"

struct resolver;                     /* immutable, reference-counted: the settings of one moment */

NODISCARD enum err resolver_new(const struct hub_options *o, struct resolver **ret,
                                struct errinfo *e);
struct resolver *resolver_ref(struct resolver *r);
void resolver_unref(struct resolver *r);         /* NULL is fine */

/* An address without what does not matter: scheme and its port, case of the host, slashes that are
 * doubled or last, /index.yaml, user and query. All names of this machine's own are "localhost". */
struct address { struct str host, path; bool oci; };       /* "h:8080", "a/b" */
/* `text` may lack a scheme: "127.0.0.1:8879". In the arena. INVALID: it is none. */
NODISCARD enum err address_read(struct arena *a, struct str text, struct address *ret,
                                struct errinfo *e);

enum written_as { WRITTEN_NOTHING, WRITTEN_INSIDE, WRITTEN_BESIDE, WRITTEN_NAME, WRITTEN_ADDRESS };

struct resolve_from {
	struct str repo;                 /* whose dependency it is */
	struct str name, repository, locked_repository;      /* of the dependency */
	const struct address *own;         /* one more name of this server; NULL: none */
};

#define RESOLVED_MAX 8u
struct resolution {
	enum written_as written;
	bool ours;                       /* the address is one of this server, */
	struct str path;                 /* and this is where the repository would be */
	struct str repos[RESOLVED_MAX];  /* those that are there, the likeliest first */
	size_t count;
};
/* Lives as long as the resolver and the arena. NOMEM. */
NODISCARD enum err resolve(const struct resolver *r, struct arena *a, const struct resolve_from *from,
                           struct resolution *ret, struct errinfo *e);
