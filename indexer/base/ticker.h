/* A thread of its own for what is done now and then.
 *
 *     ticker_start(&t, "chores", main, ctx, e)
 *     while (ticker_sleep(&t, until_ns)) …     main's loop, on the thread
 *     ticker_stop(&t)                          main returns soon, and this when it has
 */
#pragma once

#include <stdint.h>

#include "indexer/base/thread.h"

struct ticker {
	struct thread thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ending;
};

/* As thread_start; after an error there is nothing to stop. */
NODISCARD enum err ticker_start(struct ticker *t, const char *name, void *(*main)(void *ctx), void *ctx,
                                struct errinfo *e);
/* Until that monotonic time, or until ticker_stop: false then. */
bool ticker_sleep(struct ticker *t, int64_t until_ns);
/* From another thread, once. */
void ticker_stop(struct ticker *t);
