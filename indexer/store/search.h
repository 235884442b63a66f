/* The rows of search.db: what the catalog of charts searches and draws.
 *
 *     writer:  catalog_begin → search_…_put → catalog_meta_set → catalog_commit
 *     reader:  one connection per thread
 *
 * A connection is a struct catalog of this other file: transactions, checkpoints and small facts
 * are the functions of catalog.h. Everything here can be made again from the log and the charts,
 * so a crash may lose the last transactions, and a file that is no good is removed.           */
#pragma once

#include "indexer/store/catalog.h"

/* As catalog_open_writer and _reader; CORRUPT and NEWER: search_remove, and open it again. */
NODISCARD enum err search_open_writer(struct datadir *d, struct catalog **ret, struct errinfo *e);
NODISCARD enum err search_open_reader(struct datadir *d, struct catalog **ret, struct errinfo *e);
/* Removes the file and what SQLite keeps beside it. Nobody may have it open. */
NODISCARD enum err search_remove(struct datadir *d, struct errinfo *e);

/* ---- charts ---- */
struct search_chart {
	int64_t id;                      /* put sets it */
	struct str repo, name;
	struct sha256 digest;            /* of the shown version's archive */
	struct str line;                 /* its index line, JSON */
	struct str facts;                /* canonical JSON */
};
/* The words of each column of the table `text` (search_schema/); kept as they are for snippets. */
struct search_text {
	struct str name, joined, alternative, keywords, description, people, uses, images, kinds,
	           readme, keys;
};
/* Borrowed during the call. */
typedef enum err search_visit_chart(void *ctx, const struct search_chart *row, struct errinfo *e);
NODISCARD enum err search_charts_each(struct catalog *c, search_visit_chart *each, void *ctx,
                                      struct errinfo *e);
/* NOT_FOUND. In the arena. */
NODISCARD enum err search_chart(struct catalog *c, struct arena *a, struct str repo, struct str name,
                                struct search_chart *ret, struct errinfo *e);
NODISCARD enum err search_chart_put(struct catalog *c, struct search_chart *row,
                                    const struct search_text *text, struct errinfo *e);
NODISCARD enum err search_chart_remove(struct catalog *c, int64_t id, struct errinfo *e);

/* ---- dependencies ---- */
struct search_edge {
	struct str target, repo, name, version;
	unsigned position;
	struct str within, range, repository, alias, condition, tags, imports, locked,
	           locked_repository, vendored;
};
struct search_version { struct str version; struct sha256 digest; };
/* The versions of a chart whose dependencies are known. In the arena. */
NODISCARD enum err search_versions(struct catalog *c, struct arena *a, struct str repo,
                                   struct str name, struct search_version **ret, size_t *ret_count,
                                   struct errinfo *e);
/* The digest that a version's dependencies were read from. NOT_FOUND: they were not. */
NODISCARD enum err search_version(struct catalog *c, struct str repo, struct str name,
                                  struct str version, struct sha256 *ret, struct errinfo *e);
/* The images of a version, as the column `version.images` has them (search_schema/). In the arena.
 * NOT_FOUND: it is not known, or was not rendered yet.                                        */
NODISCARD enum err search_images(struct catalog *c, struct arena *a, struct str repo, struct str name,
                                 struct str version, struct sha256 *ret_digest, struct str *ret,
                                 struct errinfo *e);
NODISCARD enum err search_images_put(struct catalog *c, struct str repo, struct str name,
                                     struct str version, struct str images, struct errinfo *e);
/* The first one that was not rendered yet of a repository whose name is `from` or follows it. In the arena.
 * NOT_FOUND: there is none.                                                                    */
NODISCARD enum err search_unrendered(struct catalog *c, struct arena *a, struct str from, struct str *ret_repo,
                                     struct str *ret_name, struct str *ret_version, struct errinfo *e);
/* Of the edges, position and what follows; instead of those that are there. */
NODISCARD enum err search_version_put(struct catalog *c, struct str repo, struct str name,
                                      const struct search_version *v,
                                      const struct search_edge *edges, size_t count,
                                      struct errinfo *e);
NODISCARD enum err search_version_remove(struct catalog *c, struct str repo, struct str name,
                                         struct str version, struct errinfo *e);
/* Versions and edges of a repository that was renamed; its charts are removed and put. */
NODISCARD enum err search_rename(struct catalog *c, struct str repo, struct str to,
                                 struct errinfo *e);
/* By position. In the arena. */
NODISCARD enum err search_edges(struct catalog *c, struct arena *a, struct str repo,
                                struct str name, struct str version, struct search_edge **ret,
                                size_t *ret_count, struct errinfo *e);
/* The next `limit` edges to charts called `target`, by (repo, name, version, position) after that of
 * `after`, whose other fields do not count; NULL: the first ones. In the arena.              */
NODISCARD enum err search_users(struct catalog *c, struct arena *a, struct str target,
                                const struct search_edge *after, unsigned limit,
                                struct search_edge **ret, size_t *ret_count, struct errinfo *e);
/* Names of which there is something, and repositories. In the arena. */
NODISCARD enum err search_names(struct catalog *c, struct arena *a, struct str repo,
                                struct str **ret, size_t *ret_count, struct errinfo *e);
NODISCARD enum err search_repos(struct catalog *c, struct arena *a, struct str **ret,
                                size_t *ret_count, struct errinfo *e);

/* ---- words ---- */

/* Ids of the charts that an FTS5 expression matches, in their order, at most `limit`; *ret_more tells
 * whether there are others. `expression` is made by hub/query_expression.c alone, which quotes every
 * word; `phrases`: it has some, which takes the larger of the two indexes. It stops at `deadline_ns`
 * (monotonic), with others left. In the arena.                                                */
NODISCARD enum err search_match(struct catalog *c, struct arena *a, struct str expression,
                                bool phrases, unsigned limit, int64_t deadline_ns, int64_t **ret,
                                size_t *ret_count, bool *ret_more, struct errinfo *e);
/* What of a chart is searched and not shown; empty when it is not there. In the arena. */
NODISCARD enum err search_texts(struct catalog *c, struct arena *a, int64_t id,
                                struct str *ret_readme, struct str *ret_keys, struct errinfo *e);
/* Drops what removed rows have left in the indexes of words; before catalog_vacuum, for a purge. */
NODISCARD enum err search_optimize(struct catalog *c, struct errinfo *e);
