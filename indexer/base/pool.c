/* A queue under one mutex; the threads sleep on one condition. A thread is started when a job would
 * have to wait for one, for most pools are made for what comes seldom: an idle thread has a stack and a heap. */
#include "indexer/base/pool.h"

#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/thread.h"

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct pool_job *first, **last;
	bool ending;
	const char *name;
	size_t waiting;                /* jobs */
	unsigned idle;                 /* threads; of those that run */
	unsigned threads, threads_max;
	struct thread thread[];
};

static void *work(void *arg)
{
	struct pool *p = arg;
	(void)pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->first && !p->ending) {
			p->idle++;
			(void)pthread_cond_wait(&p->wake, &p->lock);
			p->idle--;
		}
		struct pool_job *job = p->first;
		if (!job)
			break;
		p->first = job->next;
		if (!p->first)
			p->last = &p->first;
		p->waiting--;
		(void)pthread_mutex_unlock(&p->lock);
		job->run(job);
		(void)pthread_mutex_lock(&p->lock);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

static enum err start_one(struct pool *p, struct errinfo *e)
{
	enum err err = thread_start(&p->thread[p->threads], p->name, work, p, e);
	if (!err)
		p->threads++;
	return err;
}

enum err pool_new(unsigned threads_max, const char *name, struct pool **ret, struct errinfo *e)
{
	struct pool *p = calloc(1, sizeof *p + threads_max * sizeof p->thread[0]);
	if (!p)
		return ERR(e, NOMEM, "threads");
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->wake, NULL);
	p->last = &p->first;
	p->name = name;
	p->threads_max = threads_max;
	enum err err = start_one(p, e);
	if (err)
		pool_free(p);
	else
		*ret = p;
	return err;
}

void pool_give(struct pool *p, struct pool_job *job)
{
	struct errinfo e;
	job->next = NULL;
	(void)pthread_mutex_lock(&p->lock);
	*p->last = job;
	p->last = &job->next;
	p->waiting++;
	if (p->waiting > p->idle && p->threads < p->threads_max && !p->ending)
		(void)start_one(p, &e);        /* without it the job waits for those there are */
	(void)pthread_cond_signal(&p->wake);
	(void)pthread_mutex_unlock(&p->lock);
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->ending = true;
	(void)pthread_cond_broadcast(&p->wake);
	(void)pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->threads; i++)
		thread_join(&p->thread[i]);
	(void)pthread_cond_destroy(&p->wake);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

unsigned cpu_count(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	return cores > 0 ? (unsigned)cores : 1;
}
