/* Between the files of this room. */
#pragma once

#include <stdatomic.h>

#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/base/pool.h"
#include "indexer/base/thread.h"
#include "indexer/hook/hook.h"
#include "indexer/hook/message.h"

/* What is known of a hook besides its row, under the lock. */
struct lane {
	int64_t hook;                    /* id; 0: free */
	uint64_t seen;                   /* events up to this one were looked at */
	int64_t held_ns;                 /* monotonic: nothing is sent before */
	bool busy;                       /* a delivery is under way */
	uint64_t freed;                  /* the round in which that ended: its rows may be older */
	bool there;                      /* in the last round */
};

struct hooks {
	struct hooks_options options;
	struct pool *senders, *others;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	uint64_t wanted;                 /* the log's last event */
	uint64_t round;
	bool is_used;                    /* there are hooks: events wake the thread */
	bool changed, ending;            /* changed: somebody or something asks for another round */
	atomic_uint_fast64_t count, failing, delivered, failed;
	struct clock_watch clock;
	bool steady;                     /* the clock is: else nothing is given up */
	struct lane lanes[2 * HOOKS_MAX];
	struct thread follower;
	int64_t minute_ns;               /* monotonic: begin of the minute in which */
	unsigned tests;                  /* so many were sent */
};

/* With the lock; NULL: there are too many. */
struct lane *hooks_lane(struct hooks *h, int64_t hook_id);

/* Whether what is too old at this time of day, just read, may be given up: no clock that is ahead for a moment
 * says so. Of any thread.                                                                    */
bool hooks_may_give_up(struct hooks *h, int64_t now_ns);

/* Whether a hook is told of an event. */
bool hook_wants(const struct hook_row *row, const struct event *ev);

/* Sends one message; blocks. DRAINING, NOMEM, BUG: nothing was. */
NODISCARD enum err hook_send(struct hooks *h, struct arena *a, const struct hook_row *row,
                             struct str id, const struct event *ev, struct hook_outcome *ret,
                             struct errinfo *e);
/* On a thread of the pool; the lane is busy until it is noted. False: there is no memory for it. */
bool hook_give(struct hooks *h, const struct hook_row *row, const struct delivery_row *d);
