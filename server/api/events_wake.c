/* One list and one thread. Times are monotonic. */
#include "server/api/events_wake.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "indexer/base/clock.h"
#include "indexer/base/thread.h"

#define WATCH_NICE 10
#define LEFT_NS NS_PER_SECOND        /* how often is looked for clients that closed */
#define WAKE_SHARE 10                /* it works a tenth of its time, */
#define WAKE_PAUSE_MAX_NS NS_PER_SECOND          /* or more where that would take longer */

struct watch {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct thread thread;
	struct waiter *waiting;
	uint64_t last;                   /* the newest event */
	int64_t next_wake_ns;            /* not before; INT64_MAX while it wakes */
	int64_t left_at_ns;              /* when it looks for clients that closed */
	int64_t look_at_ns;              /* until when the thread sleeps; 0: it does not */
	bool ending, stop;
	atomic_uint_fast64_t count;
};

static bool is_due(const struct watch *w, const struct waiter *x, int64_t now)
{
	return w->ending || x->left || x->until_ns <= now || x->since < w->last;
}

/* The thread is not to sleep longer than that; under the lock. */
static void look_by(struct watch *w, int64_t at)
{
	if (at >= w->look_at_ns)
		return;
	w->look_at_ns = at;
	(void)pthread_cond_signal(&w->changed);
}

/* When to look again; under the lock. */
static int64_t next_look(const struct watch *w, int64_t now)
{
	int64_t at = now + EVENTS_WAIT_MAX_SECONDS * NS_PER_SECOND;
	if (w->waiting && w->left_at_ns < at)
		at = w->left_at_ns;
	for (const struct waiter *x = w->waiting; x; x = x->next) {
		if (is_due(w, x, now))
			return w->next_wake_ns;
		if (x->until_ns < at)
			at = x->until_ns;
	}
	return at;
}

/* libmicrohttpd does not look at who sleeps, and their descriptors would be held until they are
 * answered. Without the lock, which those who publish take: others only add at the front.    */
static void look_for_left(struct watch *w)
{
	struct waiter *first = w->waiting;
	(void)pthread_mutex_unlock(&w->lock);
	for (struct waiter *x = first; x; x = x->next)
		x->left = http_client_left(x->call->r);
	(void)pthread_mutex_lock(&w->lock);
	w->left_at_ns = clock_monotonic() + LEFT_NS;
}

/* Takes who is due out of the list; under the lock. */
static struct waiter *take_due(struct watch *w, int64_t now)
{
	struct waiter *due = NULL;
	for (struct waiter **at = &w->waiting; *at;) {
		struct waiter *x = *at;
		if (!is_due(w, x, now)) {
			at = &x->next;
			continue;
		}
		*at = x->next;
		x->next = due;
		due = x;
	}
	return due;
}

/* Answers them; whom nothing concerned waits on, for what comes after `last`. */
static void wake(struct watch *w, struct waiter *due, uint64_t last, bool ending, int64_t now)
{
	struct shared_answer same = { 0 };
	while (due) {
		struct waiter *x = due;
		due = x->next;
		if (events_answer(x, ending || x->left || x->until_ns <= now, &same)) {
			atomic_fetch_sub(&w->count, 1);
			continue;
		}
		(void)pthread_mutex_lock(&w->lock);
		x->since = last > x->since ? last : x->since;
		x->next = w->waiting;
		w->waiting = x;
		(void)pthread_mutex_unlock(&w->lock);
	}
	events_forget(&same);
}

/* What this thread has worked; being kept from working does not count. */
static int64_t worked_ns(void)
{
	struct timespec t = { 0 };
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

static int64_t pause_after(int64_t worked, uint64_t waiters)
{
	int64_t pause = worked * WAKE_SHARE;
	int64_t least = (waiters > EVENTS_FEW ? EVENTS_WAKE_MS : EVENTS_WAKE_FEW_MS) * NS_PER_MS;
	return pause < least ? least : pause > WAKE_PAUSE_MAX_NS ? WAKE_PAUSE_MAX_NS : pause;
}

static void *run(void *watch)
{
	struct watch *w = watch;
	(void)setpriority(PRIO_PROCESS, 0, WATCH_NICE);      /* of this thread; publishing goes first */
	(void)pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		int64_t now = clock_monotonic(), at = next_look(w, now);
		if (at > now) {
			struct timespec t = { at / NS_PER_SECOND, at % NS_PER_SECOND };
			w->look_at_ns = at;
			(void)pthread_cond_clockwait(&w->changed, &w->lock, CLOCK_MONOTONIC, &t);
			continue;
		}
		w->look_at_ns = 0;
		if (w->left_at_ns <= now) {
			look_for_left(w);
			continue;
		}
		w->next_wake_ns = INT64_MAX;
		struct waiter *due = take_due(w, now);
		uint64_t last = w->last;
		bool ending = w->ending;
		int64_t worked = worked_ns();
		uint64_t waiters = atomic_load(&w->count);
		(void)pthread_mutex_unlock(&w->lock);
		wake(w, due, last, ending, now);
		int64_t pause = pause_after(worked_ns() - worked, waiters);
		(void)pthread_mutex_lock(&w->lock);
		w->next_wake_ns = w->ending ? 0 : clock_monotonic() + pause;
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

enum err watch_start(struct watch **ret, struct errinfo *e)
{
	struct watch *w = calloc(1, sizeof *w);
	if (!w)
		return ERR(e, NOMEM, "events");
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->changed, NULL);
	enum err err = thread_start(&w->thread, "events", run, w, e);
	if (err)
		free(w);
	else
		*ret = w;
	return err;
}

enum err watch_add(struct watch *w, struct waiter *x, struct errinfo *e)
{
	(void)pthread_mutex_lock(&w->lock);
	bool full = atomic_load(&w->count) >= EVENTS_WAITERS_MAX;
	if (!full) {
		atomic_fetch_add(&w->count, 1);
		x->next = w->waiting;
		w->waiting = x;
		int64_t now = clock_monotonic();
		look_by(w, is_due(w, x, now) ? w->next_wake_ns : x->until_ns);
		look_by(w, now + LEFT_NS);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return full ? ERR(e, BUSY, "%u wait for events already", EVENTS_WAITERS_MAX) : OK;
}

bool watch_is_to_wait(struct watch *w, uint64_t since)
{
	(void)pthread_mutex_lock(&w->lock);
	bool wait = !w->ending && ((w->last && since == w->last) || clock_monotonic() < w->next_wake_ns);
	(void)pthread_mutex_unlock(&w->lock);
	return wait;
}

void watch_committed(void *watch, uint64_t last)
{
	struct watch *w = watch;
	(void)pthread_mutex_lock(&w->lock);
	w->last = last;
	if (w->waiting)
		look_by(w, w->next_wake_ns);
	(void)pthread_mutex_unlock(&w->lock);
}

static void end(struct watch *w, bool stop)
{
	(void)pthread_mutex_lock(&w->lock);
	w->ending = true;
	w->stop = stop;
	w->next_wake_ns = 0;
	(void)pthread_cond_signal(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
}

void watch_end(struct watch *w)
{
	end(w, false);
	const struct timespec moment = { 0, NS_PER_MS };
	while (atomic_load(&w->count))
		(void)nanosleep(&moment, NULL);
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	end(w, true);
	thread_join(&w->thread);
	(void)pthread_cond_destroy(&w->changed);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}
