/* A queue under one mutex; the threads sleep on one condition. */
#include "indexer/base/pool.h"

#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/thread.h"

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct pool_job *first, **last;
	bool ending;
	unsigned threads;
	struct thread thread[];
};

static void *work(void *arg)
{
	struct pool *p = arg;
	(void)pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->first && !p->ending)
			(void)pthread_cond_wait(&p->wake, &p->lock);
		struct pool_job *job = p->first;
		if (!job)
			break;
		p->first = job->next;
		if (!p->first)
			p->last = &p->first;
		(void)pthread_mutex_unlock(&p->lock);
		job->run(job);
		(void)pthread_mutex_lock(&p->lock);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

enum err pool_new(unsigned threads, const char *name, struct pool **ret, struct errinfo *e)
{
	struct pool *p = calloc(1, sizeof *p + threads * sizeof p->thread[0]);
	if (!p)
		return ERR(e, NOMEM, "threads");
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->wake, NULL);
	p->last = &p->first;
	enum err err = OK;
	for (; p->threads < threads && !err; p->threads++)
		err = thread_start(&p->thread[p->threads], name, work, p, e);
	if (err)
		pool_free(p);
	else
		*ret = p;
	return err;
}

void pool_give(struct pool *p, struct pool_job *job)
{
	job->next = NULL;
	(void)pthread_mutex_lock(&p->lock);
	*p->last = job;
	p->last = &job->next;
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
