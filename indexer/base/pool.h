/* At most so many threads that run jobs in the order in which they were given. One is there from the
 * beginning; the others are started when a job would wait, and stay.
 *
 * Jobs are owned by the caller and linked into the pool while they wait, so giving a job needs
 * no memory and cannot fail. Any thread may give jobs, also a job itself.                    */
#pragma once

#include "indexer/base/err.h"

struct pool;

struct pool_job {
	void (*run)(struct pool_job *job);     /* the job may free itself */
	struct pool_job *next;                 /* the pool's while the job waits */
};

/* `name` is borrowed for as long as the pool lives. NOMEM also when no thread can be had. */
NODISCARD enum err pool_new(unsigned threads_max, const char *name, struct pool **ret,
                            struct errinfo *e);
void pool_give(struct pool *p, struct pool_job *job);
/* Runs what waits, then ends the threads; NULL is fine. */
void pool_free(struct pool *p);

unsigned cpu_count(void);        /* of the machine now, at least 1 */
