/* Repositories as pages list them: what each holds, when it changed, and whether it is well. */
#pragma once

#include "indexer/store/upstreams.h"
#include "server/web/parts.h"

struct repo_line {
	struct str name, description, link, add;     /* add: the URL for helm repo add */
	uint64_t charts, versions;
	int64_t changed_ns, now_ns;
	bool private, is_default, damaged;
	const char *kind;                /* "hosted" */
	const char *state, *mark;        /* of an upstream, or "stale", and how it is coloured; NULL: neither */
	int64_t fresh_ns;                /* of when it is: of an upstream, when it was asked with success */
	uint64_t trip;                   /* on the page of all: the last bundle that was brought in; 0: none was */
	int64_t as_of_ns;                /* of when that is */
};

/* How a state is coloured. */
const char *upstream_mark(enum upstream_state state);
/* In the arena of the links; false: it has no room. */
bool repo_line(struct call *c, struct links *l, struct str name, const struct snapshot *s,
               struct repo_line *ret);

/* Those that the caller sees, by name, in the arena of the links: there may be more of them than a request has
 * room for. May block.                                                                        */
NODISCARD enum err repo_lines(struct call *c, struct links *l, struct repo_line **ret,
                             size_t *ret_count, struct errinfo *e);
