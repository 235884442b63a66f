/* Private to hub/graph*.c: a graph while it is made. */
#pragma once

#include "indexer/hub/graph.h"
#include "indexer/hub/impl.h"
#include "indexer/hub/resolve.h"

struct graph_yanked { struct semver version; struct str reason; };

/* A chart of the catalog that something depends on, or that was looked for there. */
struct graph_chart {
	struct str repo, name;
	struct hub_versions found;       /* none: it is not there */
	struct semver *versions;         /* the same, read; without text: it cannot be */
	bool *prerelease;                /* of each: its number, or an annotation, says so */
	struct str view;                 /* the virtual repository that was asked for it last; */
	struct semver *view_versions;    /* the same, without text where that does not show it */
	struct graph_edge *edges, **edges_end;   /* that resolved to it, by next_here */
	size_t edge_count;
	struct graph_yanked *yanked;     /* in no order; read when something is missing */
	size_t yanked_count, yanked_room;
	bool yanked_read;
	unsigned on_path;                /* graph_tree.c's */
	struct graph_chart *next;        /* of all that were made */
};

struct graph_build {
	struct hub *hub;
	struct arena *arena;             /* of the result */
	const struct graph_ask *ask;
	struct address own;
	bool has_own;
	bool deep;                       /* follow what is depended on */
	struct resolver *resolver;
	struct hub_reader *reader;       /* NULL: search.db cannot be read */
	void *chart_tree, *version_tree; /* tsearch's */
	struct graph_chart *charts, **charts_end;        /* in the order they were looked for */
	struct graph_version **versions; /* in the order they were found: by depth */
	size_t version_count, version_capacity;
	size_t edge_count;
	uint64_t steps;                  /* versions that were compared with ranges, times their length */
	unsigned unread;
	bool cut;
	struct errinfo *e;
};

/* ---- graph.c ---- */
NODISCARD enum err build_open(struct graph_build *b, struct hub *h, struct arena *a,
                              const struct graph_ask *ask, struct errinfo *e);
void build_close(struct graph_build *b);
/* One for each (repo, name); REPO_NOT_FOUND and NOT_FOUND are no errors here. */
NODISCARD enum err build_chart(struct graph_build *b, struct str repo, struct str name,
                               struct graph_chart **ret);
/* One for each (repo, name, version), or (archive, within). */
NODISCARD enum err build_version(struct graph_build *b, const struct graph_version *key,
                                 struct graph_version **ret);
/* REPO_NOT_FOUND, NOT_FOUND. */
NODISCARD enum err build_root(struct graph_build *b, struct str repo, struct str name,
                              struct str version, struct graph_version **ret);

/* ---- graph_edges.c ---- */
/* Reads the dependencies of `v` and says what they are here; adds the versions that follow. */
NODISCARD enum err build_edges(struct graph_build *b, struct graph_version *v);
/* The same of rows that are at hand. */
NODISCARD enum err build_edges_of(struct graph_build *b, struct graph_version *v,
                                  const struct search_edge *rows, size_t count);

/* A chart that is meant, and of its versions those with text. */
struct graph_candidate { struct graph_chart *chart; const struct semver *versions; };

/* ---- graph_missing.c ---- */
struct graph_sought {                /* what an edge was looked for as */
	const struct resolution *found;
	struct str repo;                 /* one that the asker sees; empty: there is none */
	struct graph_chart *of;          /* the chart there, which may have no versions; NULL: no repository */
	const struct semver *versions;   /* its; those with text may be meant */
	const struct graph_candidate *list;      /* all that are meant and have versions */
	size_t count;
	const struct semver_range *range;        /* NULL: it is none */
};
/* Sets edge->missing, and yanked, if something is: what the range means, or what the lock names. */
NODISCARD enum err tell_missing(struct graph_build *b, struct graph_edge *edge,
                                const struct graph_sought *s);
/* NOT_FOUND of a chart without versions, in words. */
NODISCARD enum err tell_no_chart(struct graph_build *b, struct graph_chart *c);
/* Sets `elsewhere` of all that are missing. */
NODISCARD enum err find_elsewhere(struct graph_build *b, size_t *ret_missing);

/* ---- graph_tree.c, graph_conflict.c ---- */
NODISCARD enum err find_cycles(struct graph_build *b, struct hub_graph *g);
NODISCARD enum err find_conflicts(struct graph_build *b, struct hub_graph *g);
