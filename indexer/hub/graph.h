/* What a version depends on, all the way down; who depends on a chart; what is out of date.
 *
 *     hub_graph(hub, &arena, &ask, repo, name, "latest", &g, e)    versions, and edges between them
 *     graph_tree(&arena, &g, &tree, e)                             the same, path by path
 *
 * A version stands in the graph once, however many paths lead to it: of those there may be 2^n. What
 * follows on a dependency are the dependencies of the version that its range gives today, or, where
 * it is part of the archive, those of what the archive has. What the asker may not see is missing,
 * and the reason is the one for what is not there. All results are in the arena; any thread; may
 * block for milliseconds.                                                                    */
#pragma once

#include "indexer/format/upgrade.h"
#include "indexer/hub/hub.h"

struct graph_ask {
	const struct hub_viewer *viewer; /* NULL: sees everything */
	struct str own;                  /* "https://charts.internal/x": what the asker calls this server */
};

struct graph_version;

struct graph_edge {
	/* As it is written; empty: not given. */
	struct str name, range, repository, alias, condition;
	struct str tags;                 /* separated by commas */
	struct str imports;              /* import-values, as JSON */
	struct str locked, vendored;     /* versions of Chart.lock and of charts/ */
	/* What is here. */
	struct str repo, resolved;       /* where such a chart is, and the version the range gives; empty */
	bool deprecated;                 /* that version, or the chart as it is shown */
	struct str missing;              /* a sentence: why nothing is, or not what is locked; empty where nothing
	                                    need be                                            */
	bool yanked;                     /* it is missing because it was yanked */
	struct str *elsewhere;           /* other repositories with a chart of that name */
	size_t elsewhere_count, elsewhere_more;
	const struct graph_version *to;  /* what follows; NULL: nothing is known */
	bool back;                       /* leads back to where it came from: a cycle */
	/* What is newer than what is in use: locked, else vendored, else resolved. */
	struct str current;
	struct str newest;               /* empty: not known */
	struct str step[UPGRADE_KINDS];  /* the newest with at most that step; empty: none */
	enum upgrade_kind kind;
	bool admitted;                   /* the range admits the newest */
	bool differs;                    /* another dependency on this chart gives another version */

	const struct graph_version *of;  /* whose dependency it is */
	struct graph_edge *next_here;    /* graph's own: of the same chart */
};

struct graph_version {
	struct str repo;                 /* empty: part of an archive, */
	const struct graph_version *archive;     /* of this version */
	struct str name, version;
	struct graph_edge *edges;
	size_t edge_count;
	bool cut;                        /* it has more of them */
	/* graph's own */
	struct str within;
	struct search_edge *rows;
	size_t row_count;
	struct graph_chart *chart;
	unsigned depth, place;
};

struct graph_cycle {                 /* a → b → a: the first one does not stand there again */
	const struct graph_version **versions;   /* at most GRAPH_NAMES_MAX of them */
	size_t count, length;
};

/* Ranges for one chart that give different versions. */
struct graph_conflict {
	struct str repo, name;
	struct str common;               /* the newest version that all of them admit; empty: none does */
	const struct graph_edge **edges; /* at most GRAPH_NAMES_MAX of them */
	size_t count, more;
};

struct hub_graph {
	struct graph_version **versions; /* the first is the one that was asked for */
	size_t count;
	struct graph_cycle *cycles;
	size_t cycle_count;
	struct graph_conflict *conflicts;
	size_t conflict_count;
	size_t missing;
	bool cut;                        /* there is more: GRAPH_EDGES_MAX, GRAPH_DEPTH_MAX */
};
/* A version of the index or a yanked one; "latest" and empty: the one that is shown. NOT_FOUND,
 * REPO_NOT_FOUND.                                                                            */
NODISCARD enum err hub_graph(struct hub *h, struct arena *a, const struct graph_ask *ask,
                             struct str repo, struct str name, struct str version,
                             struct hub_graph *ret, struct errinfo *e);

struct graph_node {
	const struct graph_edge *edge;
	struct graph_node *parent, *first, *next;
	unsigned depth;                  /* from 1 */
	bool cycle;                      /* its chart stands above it already: nothing follows */
	bool cut;                        /* something follows that is not in the tree */
};
struct graph_tree { struct graph_node *first; size_t count; bool cut; };
/* GRAPH_NODES_MAX of them, those of little depth first. */
NODISCARD enum err graph_tree(struct arena *a, const struct hub_graph *g, struct graph_tree *ret,
                              struct errinfo *e);

/* ---- what is out of date ---- */

/* The dependencies of a version alone: nothing follows on them. As hub_graph. */
NODISCARD enum err hub_dependencies(struct hub *h, struct arena *a, const struct graph_ask *ask,
                                    struct str repo, struct str name, struct str version,
                                    struct graph_version *ret, struct errinfo *e);
/* The same of a list: of a chart in `repo`, or, if that is empty, of one that is not here: a directory on
 * somebody's machine.                                                                        */
struct graph_wanted {
	struct str name, range, repository, alias, locked, locked_repository, vendored;
};
NODISCARD enum err hub_dependencies_of(struct hub *h, struct arena *a, const struct graph_ask *ask,
                                       struct str repo, const struct graph_wanted *list, size_t count,
                                       struct graph_version *ret, struct errinfo *e);
/* Those for which there is something newer, the largest step first. */
NODISCARD enum err graph_outdated(struct arena *a, const struct graph_version *v,
                                  const struct graph_edge ***ret, size_t *ret_count,
                                  struct errinfo *e);

/* The charts of a repository with dependencies, as they are shown: how many are how far behind. Of all
 * hosted repositories that the asker sees, where none is named. By repository and name.      */
struct graph_behind {
	struct str repo, name, version;
	const struct graph_version *of;  /* with the dependencies themselves */
	size_t dependencies, missing;
	size_t count[UPGRADE_KINDS];     /* [UPGRADE_NONE]: up to date */
};
NODISCARD enum err hub_behind(struct hub *h, struct arena *a, const struct graph_ask *ask,
                              struct str repo, struct graph_behind **ret, size_t *ret_count,
                              struct errinfo *e);

/* ---- who depends on a chart ---- */

struct graph_user {
	struct str repo, name, version;
	struct str range, alias, locked;
	unsigned position;
	bool accepts, accepts_newest;    /* the range admits the version; the newest one that is shown */
};
struct graph_users_ask {
	struct str repo, name, version;  /* version "latest" or empty: the one that is shown */
	bool all_versions;               /* of the users; else the version that is shown of each */
	unsigned limit;                  /* of the list; all dependencies of the last user are in it, CHART_LIST_MAX */
	struct graph_user after;         /* repo, name, version, position of the last one; empty: the first */
};
struct graph_users {
	struct str version;              /* that `accepts` is about */
	struct graph_user *list;         /* by repo, name, version, position */
	size_t count;
	bool more;                       /* go on after: */
	struct graph_user last;          /* not of the list where that has cost too much work */
	uint64_t charts;                 /* that depend on it, as they are shown */
};
/* REPO_NOT_FOUND, NOT_FOUND. */
NODISCARD enum err hub_users(struct hub *h, struct arena *a, const struct graph_ask *ask,
                             const struct graph_users_ask *u, struct graph_users *ret,
                             struct errinfo *e);
