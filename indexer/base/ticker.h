/* A thread of its own for what is done now and then.
 *
 *     ticker_start(&t, main, ctx, "chores")
 *     while (ticker_sleep(&t, until_ns)) …     main's loop, on the thread
 *     ticker_stop(&t)                          main returns soon, and this when it has
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct ticker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ending;
};

/* False: there is no such thread, and nothing to stop. */
bool ticker_start(struct ticker *t, void *(*main)(void *ctx), void *ctx, const char *name);
/* Until that monotonic time, or until ticker_stop: false then. */
bool ticker_sleep(struct ticker *t, int64_t until_ns);
/* From another thread, once. */
void ticker_stop(struct ticker *t);
