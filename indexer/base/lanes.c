/* A list of the keys that somebody is under: there are no more of them than jobs. */
#include "indexer/base/lanes.h"

#include <pthread.h>
#include <stdlib.h>

struct lane {
	struct lane *next;
	unsigned running;
	struct pool_job *first, **last;  /* that wait */
	size_t key_bytes;
	char key[];
};

struct lanes {
	pthread_mutex_t lock;
	struct pool *pool;
	unsigned most, plenty;
	unsigned running;                /* in all lanes */
	struct lane *list;
};

enum err lanes_new(struct pool *p, unsigned most, unsigned plenty, struct lanes **ret, struct errinfo *e)
{
	struct lanes *l = calloc(1, sizeof *l);
	if (!l)
		return ERR(e, NOMEM, "lanes");
	(void)pthread_mutex_init(&l->lock, NULL);
	l->pool = p;
	l->most = most;
	l->plenty = plenty;
	*ret = l;
	return OK;
}

void lanes_free(struct lanes *l)
{
	if (!l)
		return;
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

/* ---- with the lock ---- */

static struct lane **find(struct lanes *l, struct str key)
{
	struct lane **at = &l->list;
	while (*at && !str_eq(str_make((*at)->key, (*at)->key_bytes), key))
		at = &(*at)->next;
	return at;
}

static struct lane *find_or_make(struct lanes *l, struct str key)
{
	struct lane **at = find(l, key);
	if (*at)
		return *at;
	struct lane *made = calloc(1, sizeof *made + key.n);
	if (!made)
		return NULL;
	if (key.n)
		memcpy(made->key, key.p, key.n);
	made->key_bytes = key.n;
	made->last = &made->first;
	*at = made;
	return made;
}

static void wait_in(struct lane *lane, struct pool_job *job)
{
	job->next = NULL;
	*lane->last = job;
	lane->last = &job->next;
}

static bool take_place(struct lanes *l, struct lane *lane)
{
	if (lane->running >= l->most || (lane->running && l->running >= l->plenty))
		return false;
	lane->running++;
	l->running++;
	return true;
}

/* Who waits in this lane, with a place; NULL: nobody, or there is none for him. */
static struct pool_job *take_first(struct lanes *l, struct lane *lane)
{
	struct pool_job *job = lane->first;
	if (!job || !take_place(l, lane))
		return NULL;
	if (!(lane->first = job->next))
		lane->last = &lane->first;
	return job;
}

/* ---- without it ---- */

enum err lane_enter(struct lanes *l, struct str key, struct pool_job *job, struct errinfo *e)
{
	(void)pthread_mutex_lock(&l->lock);
	struct lane *lane = find_or_make(l, key);
	bool room = lane && take_place(l, lane);
	if (lane && !room)
		wait_in(lane, job);
	(void)pthread_mutex_unlock(&l->lock);
	if (room)
		pool_give(l->pool, job);
	return lane ? OK : ERR(e, NOMEM, "lane");
}

bool lane_try(struct lanes *l, struct str key)
{
	(void)pthread_mutex_lock(&l->lock);
	struct lane *lane = find_or_make(l, key);
	bool room = lane && take_place(l, lane);
	(void)pthread_mutex_unlock(&l->lock);
	return room;
}

void lane_leave(struct lanes *l, struct str key)
{
	(void)pthread_mutex_lock(&l->lock);
	struct lane **at = find(l, key), *lane = *at;
	lane->running--;
	l->running--;
	struct pool_job *job = take_first(l, lane);
	if (!lane->running) {
		*at = lane->next;
		free(lane);
	}
	for (lane = l->list; lane && !job; lane = lane->next)
		job = take_first(l, lane);
	(void)pthread_mutex_unlock(&l->lock);
	if (job)
		pool_give(l->pool, job);
}
