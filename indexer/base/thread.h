/* Threads with a name, by which `ps -L` and a debugger show them.
 *
 *     thread_start(&x->writer, "writer", writer_main, x, e)
 *     thread_join(&x->writer)
 *
 * Zero is a thread that was never started. A struct thread is its owner's: start and join it from one thread
 * at a time.                                                                                   */
#pragma once

#include <pthread.h>

#include "indexer/base/err.h"

struct thread {
	pthread_t id;
	bool runs;                       /* was started, and not joined since */
};

/* `name`: up to 15 bytes. NOMEM: memory or threads are limited. */
NODISCARD enum err thread_start(struct thread *t, const char *name, void *(*run)(void *ctx), void *ctx,
                                struct errinfo *e);
/* Waits until it has ended. */
void thread_join(struct thread *t);
