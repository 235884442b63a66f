/* How often was downloaded what, by day: for statistics. */
#pragma once

#include "indexer/ingest/ingest.h"

/* Of a chart since a day, by version. May block. REPO_NOT_FOUND. */
typedef enum err downloads_visit(void *ctx, struct str version, int64_t day, uint64_t count,
                                 struct errinfo *e);
NODISCARD enum err ingest_chart_downloads(struct ingest *g, struct str repo, struct str chart,
                                          int64_t since_day, downloads_visit *each, void *ctx,
                                          struct errinfo *e);
/* Of a chart, all versions, on each of the last `days` days, today as the last. May block. REPO_NOT_FOUND. */
NODISCARD enum err ingest_downloads_by_day(struct ingest *g, struct str repo, struct str chart,
                                           uint32_t *ret, size_t days, struct errinfo *e);
/* Of a repository since a day, with an empty version. May block. REPO_NOT_FOUND. */
NODISCARD enum err ingest_repo_downloads(struct ingest *g, struct str repo, int64_t since_day,
                                         downloads_visit *each, void *ctx, struct errinfo *e);
