/* /packages/{repo}/{name}/{version}/dependencies: what a version depends on, all the way down, what of it is
 * missing or out of date, and which charts depend on this one.                               */
#pragma once

#include "indexer/hub/graph.h"
#include "server/web/chart_frame.h"

struct dependency_line {
	const struct graph_edge *edge;
	unsigned depth;                  /* 0 … 8, as a class has it */
	struct str link;                 /* to the version in use; empty: it is not here */
	struct str repository;           /* what links may lead to of it; empty: none */
	const char *state, *kind;        /* a mark: "missing", "bad"; empty: none */
	struct str elsewhere;            /* "stable, team-a" */
	bool cycle;
};

/* Of an edge, with depth 0 and no cycle; its texts are in the arena or borrowed. */
struct dependency_line dependency_line(struct links *l, struct arena *a, const struct graph_edge *x);

struct user_line {
	const struct graph_user *user;
	struct str link;
};

struct dependencies_view {
	const struct chart_frame *f;
	const struct dependency_line *lines;
	size_t count, direct, missing, outdated;
	bool cut;
	struct html picture;             /* SVG */
	size_t undrawn;                  /* dependencies that are not in it */
	const struct str *cycles;        /* "a → b → a" */
	size_t cycle_count;
	const struct str *conflicts;     /* "redis: ^17 of a, ^18 of b; 17.3 would do for all" */
	size_t conflict_count;
	const struct user_line *users;
	size_t user_count;
	uint64_t user_charts;
	bool more_users;
	struct str all_users;            /* the link to a search for them */
};

NODISCARD enum err dependencies_page(struct call *c, struct response *s, struct errinfo *e);
