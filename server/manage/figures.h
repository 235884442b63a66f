/* What is known about how the server is: every figure is there anyway, nothing is counted for it. For
 * /metrics and for the page of who manages the server.                                       */
#pragma once

#include "indexer/hook/hook.h"
#include "indexer/hub/contents.h"
#include "indexer/ingest/chart_cache.h"
#include "server/route/app.h"

struct upkeep {                      /* app.upkeep; 0: never; of scrubs: not since start */
	atomic_uint_fast64_t backup_ns, backup_events;           /* when the last one ended; wall clock */
	atomic_uint_fast64_t scrub_ns, scrub_problems;           /* of the last whole one */
	atomic_uint_fast64_t scrub_files, scrub_bytes;           /* in all */
};

struct figures {
	struct ingest_stats ingest;
	struct chart_cache_stats cache;
	struct http_stats http;
	struct hub_stats hub;
	struct contents_stats contents;
	struct hooks_stats hooks;
	struct repo_info *repos;         /* in the arena */
	size_t repo_count;
	uint64_t uploads, stopped, disk_full, read_only, catalog_stopped;
	uint64_t pulls, audit_dropped, slowed;
	uint64_t scrub_files, scrub_bytes, scrub_problems, scrub_ns;
	uint64_t backup_events, backup_ns;
	uint64_t answers[STATUS_CLASSES];        /* of all routes, by class of status */
};

/* All 0 of what the server has not yet, while it starts. */
void figures_gather(const struct app *app, struct arena *a, struct figures *ret);
