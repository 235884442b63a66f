/* Webhooks and their deliveries, in catalog.db: rows and nothing else. indexer/hook says what they do.
 *
 * Everything that writes needs an open transaction (else BUG): ingest runs it in the writer's, as
 * CHANGE_CALL (ingest.h). Rows that are returned live in the caller's arena.                 */
#pragma once

#include "indexer/store/catalog.h"

struct hook_row {
	int64_t id;                      /* 0: to be inserted; never used twice */
	struct str name, url, format;
	struct str repos, charts;        /* patterns */
	struct str kinds;                /* lines, patterns */
	struct str secret;               /* empty: nothing is signed */
	struct str old_secret;           /* signs as well until */
	int64_t old_until_ns;
	struct str headers;              /* lines "Name: value" */
	bool allow_private, paused;
	int64_t created_ns;
	uint64_t done_event;             /* events up to this one have their deliveries */
	uint64_t failures;               /* in a row */
	int64_t failing_ns;              /* since; 0: it does not fail */
	int64_t rest_ns;                 /* nothing is sent before */
	int64_t worked_ns;               /* the last success; 0: none yet */
};

NODISCARD enum err catalog_hooks(struct catalog *c, struct arena *a, struct hook_row **ret,
                                 size_t *ret_count, struct errinfo *e);       /* by name */
/* Insert when row->id is 0 (sets it), with done_event; else update what somebody set: neither id, name,
 * created, done_event, nor how sending goes. EXISTS when the name is taken.                  */
NODISCARD enum err catalog_hook_put(struct catalog *c, struct hook_row *row, struct errinfo *e);
/* With its deliveries. NOT_FOUND. */
NODISCARD enum err catalog_hook_remove(struct catalog *c, int64_t id, struct errinfo *e);
/* These two do nothing to a hook that is gone. */
NODISCARD enum err catalog_hook_done(struct catalog *c, int64_t id, uint64_t event,
                                     struct errinfo *e);
/* failures, failing_ns, rest_ns and worked_ns. */
NODISCARD enum err catalog_hook_health(struct catalog *c, const struct hook_row *row,
                                       struct errinfo *e);

enum delivery_state { DELIVERY_WAITING, DELIVERY_DONE, DELIVERY_DEAD, DELIVERY_STATES };

struct delivery_row {
	int64_t id, hook_id;
	uint64_t event;
	enum delivery_state state;
	uint64_t attempts;
	int64_t created_ns, next_ns, until_ns;
	int64_t tried_ns;                /* the last try; 0: none yet */
	int status;                      /* of its answer; 0: none came */
	struct str error, answer;
};

/* Nothing happens when there is one already, or the hook is gone. */
NODISCARD enum err catalog_delivery_add(struct catalog *c, int64_t hook_id, uint64_t event,
                                        int64_t now_ns, int64_t until_ns, struct errinfo *e);
/* Everything but id, hook, event and created. A row that is gone is nothing to complain about. */
NODISCARD enum err catalog_delivery_put(struct catalog *c, const struct delivery_row *row,
                                        struct errinfo *e);
/* NOT_FOUND. */
NODISCARD enum err catalog_delivery(struct catalog *c, struct arena *a, int64_t id,
                                    struct delivery_row *ret, struct errinfo *e);
/* The waiting one whose turn is first, whenever that is. NOT_FOUND. */
NODISCARD enum err catalog_delivery_next(struct catalog *c, struct arena *a, int64_t hook_id,
                                         struct delivery_row *ret, struct errinfo *e);
/* Of a hook with id < before, the newest first; `state` -1: whatever it is. */
NODISCARD enum err catalog_deliveries(struct catalog *c, struct arena *a, int64_t hook_id,
                                      int64_t before, int state, unsigned limit,
                                      struct delivery_row **ret, size_t *ret_count,
                                      struct errinfo *e);
/* By state. */
NODISCARD enum err catalog_delivery_counts(struct catalog *c, int64_t hook_id, uint64_t ret[DELIVERY_STATES],
                                           struct errinfo *e);
/* Those of a hook whose time is over become dead; how many. */
NODISCARD enum err catalog_deliveries_expire(struct catalog *c, int64_t hook_id, int64_t now_ns, uint64_t *ret_count,
                                             struct errinfo *e);
/* The newest `keep` of a hook that are done or dead stay. */
NODISCARD enum err catalog_deliveries_trim(struct catalog *c, int64_t hook_id, unsigned keep,
                                           struct errinfo *e);
