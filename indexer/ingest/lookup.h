/* What the catalog knows of upstreams, of trips and of single versions, for who reads; any thread, may block. */
#pragma once

#include "indexer/ingest/ingest.h"
#include "indexer/store/trips.h"
#include "indexer/store/upstreams.h"

/* REPO_NOT_FOUND; of one chart, unless it is empty. */
NODISCARD enum err ingest_remotes(struct ingest *g, struct str repo, struct str chart,
                                  catalog_visit_remote *each, void *ctx, struct errinfo *e);
/* The same of those alone that drifted or are gone: few. */
NODISCARD enum err ingest_remotes_told(struct ingest *g, struct str repo, struct str chart,
                                       catalog_visit_remote *each, void *ctx, struct errinfo *e);
/* REPO_NOT_FOUND; NOT_FOUND: it was never asked. */
NODISCARD enum err ingest_upstream_row(struct ingest *g, struct arena *a, struct str repo,
                                       struct upstream_row *ret, struct errinfo *e);
/* The last ones first. */
NODISCARD enum err ingest_upstream_runs(struct ingest *g, struct arena *a, struct str repo,
                                        struct upstream_run_row **ret, size_t *ret_count,
                                        struct errinfo *e);
NODISCARD enum err ingest_upstream_skipped(struct ingest *g, struct arena *a, struct str repo,
                                           struct skipped_row **ret, size_t *ret_count,
                                           struct errinfo *e);
/* A version of an upstream by its file, and what the upstream's index says of it. NOT_FOUND. */
struct remote_version { struct version_row row; struct remote_row remote; };
NODISCARD enum err ingest_remote_version(struct ingest *g, struct arena *a, struct str repo,
                                         struct str file, struct remote_version *ret,
                                         struct errinfo *e);
/* What an upstream's index says of a version, which may be none here. NOT_FOUND. */
NODISCARD enum err ingest_remote(struct ingest *g, struct arena *a, struct str repo, struct str chart,
                                 struct str version, struct remote_row *ret, struct errinfo *e);
/* When a version was first seen here, which stands in for a `created` that nobody tells. Wall clock; 0: there
 * is none by that name.                                                                        */
NODISCARD enum err ingest_first_seen(struct ingest *g, struct str repo, struct str chart,
                                     struct str version, int64_t *ret, struct errinfo *e);
NODISCARD enum err ingest_remote_counts(struct ingest *g, struct str repo,
                                        struct remote_counts *ret, struct errinfo *e);
NODISCARD enum err ingest_unpinned(struct ingest *g, struct arena *a, struct str repo, uint64_t limit,
                                   struct unpinned_row **ret, size_t *ret_count, struct errinfo *e);
NODISCARD enum err ingest_remote_behind(struct ingest *g, struct str repo,
                                        struct remote_behind *ret, struct errinfo *e);
/* What was promoted into a view by hand, by chart and version, whether its index shows it or not. */
NODISCARD enum err ingest_promoted(struct ingest *g, struct arena *a, struct str repo,
                                   struct release_row **ret, size_t *ret_count, struct errinfo *e);
/* The bundles that were brought in, the newest trip first; at most `limit`. REPO_NOT_FOUND. */
NODISCARD enum err ingest_trips(struct ingest *g, struct arena *a, struct str repo, uint64_t limit,
                                struct trip_row **ret, size_t *ret_count, struct errinfo *e);
