/* Webhooks: other servers are told what happens here.
 *
 *     ingest ── event ─►  follow.c   a thread reads the log: what a hook is told of becomes a row of
 *                                    `delivery`, before anything is sent
 *                         send.c     threads send what is due, and write what became of it
 *     message.h           what is sent
 *
 * At least once: a delivery ends when it was answered with 2xx, or after HOOK_DEAD_DAYS. What was sent
 * and could not be noted, because of a crash, is sent again under the same id. Of a hook one delivery
 * is under way at a time; others do not wait for it, and nobody who publishes does. After
 * HOOK_CIRCUIT_FAILURES in a row a hook rests, and then one delivery is tried.
 *
 * All hooks are the administrator's, and are told of private repositories too.               */
#pragma once

#include "indexer/fetch/outgoing.h"
#include "indexer/ingest/ingest.h"
#include "indexer/store/hooks.h"

struct hooks;

struct hooks_options {
	struct ingest *ingest;
	struct outgoing *outgoing;
	const char *public_url;          /* "https://charts.example.org", or empty; outlives the hooks */
};

NODISCARD enum err hooks_new(const struct hooks_options *o, struct hooks **ret, struct errinfo *e);
/* Begins to follow and to send. Where nobody does, hooks can be changed and tested. */
NODISCARD enum err hooks_start(struct hooks *h, struct errinfo *e);
/* Nothing is sent from now on; before ingest_drain. NULL is fine. */
void hooks_stop(struct hooks *h);
void hooks_free(struct hooks *h);                /* before ingest_close; NULL is fine */

/* From ingest_options.committed. */
void hooks_wake(struct hooks *h, uint64_t last_event);
/* Rows were changed by somebody: look at them. */
void hooks_changed(struct hooks *h);
/* Up to which event the hook was told, if that is more than its row says; else 0. */
uint64_t hooks_seen(struct hooks *h, int64_t hook_id);
struct hooks_stats {
	uint64_t hooks, failing;         /* as of the last look: how many there are, and fail */
	uint64_t delivered, failed;      /* tries since the start */
};
void hooks_stats(struct hooks *h, struct hooks_stats *ret);
/* For requests that send: a slow receiver does not hold up others. */
struct pool *hooks_pool(struct hooks *h);

/* What is wrong with what a hook is set to, but for its name. INVALID, ADDRESS: "url: …". row->url
 * becomes what outgoing_url makes of it, in the arena.                                       */
NODISCARD enum err hook_check(const struct hooks *h, struct arena *a, struct hook_row *row,
                              struct errinfo *e);

/* Whether it is told of what happens to a repository of that name. */
bool hook_is_about(const struct hook_row *row, struct str repo);

struct hook_outcome {
	bool delivered;
	int status;                      /* 0: no answer came */
	struct str error;                /* why it was not delivered; texts in the arena */
	struct str answer;               /* the first of the answer's body */
	int64_t took_ns;
	uint64_t retry_after;            /* seconds; 0: not said */
};
/* Sends a test now; blocks. TOO_MANY: HOOK_TESTS_PER_MINUTE are over; DRAINING. What the receiver does
 * is no error.                                                                               */
NODISCARD enum err hooks_ping(struct hooks *h, struct arena *a, const struct hook_row *row,
                              struct hook_outcome *ret, struct errinfo *e);
