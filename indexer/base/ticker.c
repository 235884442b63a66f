/* The condition is for the end alone: whoever waits for it waits for the time as well. */
#include "indexer/base/ticker.h"

#include <errno.h>
#include <time.h>

#include "indexer/base/clock.h"

static void done(struct ticker *t)
{
	(void)pthread_cond_destroy(&t->wake);
	(void)pthread_mutex_destroy(&t->lock);
}

enum err ticker_start(struct ticker *t, const char *name, void *(*main)(void *ctx), void *ctx,
                      struct errinfo *e)
{
	t->ending = false;
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_cond_init(&t->wake, NULL);
	enum err err = thread_start(&t->thread, name, main, ctx, e);
	if (err)
		done(t);
	return err;
}

bool ticker_sleep(struct ticker *t, int64_t until_ns)
{
	struct timespec until = { until_ns / NS_PER_SECOND, until_ns % NS_PER_SECOND };
	(void)pthread_mutex_lock(&t->lock);
	while (!t->ending &&
	       pthread_cond_clockwait(&t->wake, &t->lock, CLOCK_MONOTONIC, &until) != ETIMEDOUT)
		;
	bool ending = t->ending;
	(void)pthread_mutex_unlock(&t->lock);
	return !ending;
}

void ticker_stop(struct ticker *t)
{
	(void)pthread_mutex_lock(&t->lock);
	t->ending = true;
	(void)pthread_cond_signal(&t->wake);
	(void)pthread_mutex_unlock(&t->lock);
	thread_join(&t->thread);
	done(t);
}
