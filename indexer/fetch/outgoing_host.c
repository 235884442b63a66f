/* How many requests run, and the connections that outlive them. A place at a host is a count under its
 * name; who finds none free sleeps until one is left, its deadline or the end. Handles of libcurl are
 * kept with their connections for who may use them: whether an address was allowed is asked when a
 * connection is made and never again, so what was allowed is part of the key.                */
#include "indexer/fetch/outgoing_impl.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "indexer/base/clock.h"
#include "indexer/base/limits.h"

struct host {
	struct host *next;
	unsigned running, waiting;
	pthread_cond_t left;
	char name[];
};

struct idle {
	struct idle *next;
	CURL *curl;
	char key[];
};

struct outgoing {
	pthread_mutex_t lock;
	pthread_cond_t stopped;
	atomic_bool is_stopping;
	bool is_shut;
	struct host *hosts;              /* those with somebody at them */
	struct idle *idle;               /* the last given back first */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* libcurl would write the secrets of every TLS connection to the file that this names. */
static void start(void)
{
	(void)unsetenv("SSLKEYLOGFILE");
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum err outgoing_new(struct outgoing **ret, struct errinfo *e)
{
	(void)pthread_once(&once, start);
	struct outgoing *o = calloc(1, sizeof *o);
	if (!o)
		return ERR(e, NOMEM, "outgoing requests");
	(void)pthread_mutex_init(&o->lock, NULL);
	(void)pthread_cond_init(&o->stopped, NULL);
	*ret = o;
	return OK;
}

static void idle_free(struct idle *i)
{
	curl_easy_cleanup(i->curl);
	free(i);
}

void outgoing_free(struct outgoing *o)
{
	if (!o)
		return;
	for (struct idle *i = o->idle, *next; i; i = next) {
		next = i->next;
		idle_free(i);
	}
	(void)pthread_cond_destroy(&o->stopped);
	(void)pthread_mutex_destroy(&o->lock);
	free(o);
}

void outgoing_stop(struct outgoing *o)
{
	(void)pthread_mutex_lock(&o->lock);
	atomic_store(&o->is_stopping, true);
	(void)pthread_cond_broadcast(&o->stopped);
	for (struct host *h = o->hosts; h; h = h->next)
		(void)pthread_cond_broadcast(&h->left);
	(void)pthread_mutex_unlock(&o->lock);
}

void outgoing_shut(struct outgoing *o) { o->is_shut = true; }

bool outgoing_is_shut(const struct outgoing *o) { return o->is_shut; }

bool outgoing_is_stopping(struct outgoing *o) { return atomic_load(&o->is_stopping); }

/* Both with the lock. False: the time is over. */
static bool sleep_until(struct outgoing *o, pthread_cond_t *what, int64_t until)
{
	struct timespec at = { until / NS_PER_SECOND, until % NS_PER_SECOND };
	return pthread_cond_clockwait(what, &o->lock, CLOCK_MONOTONIC, &at) == 0;
}

static struct host *find_host(struct outgoing *o, const char *name)
{
	struct host *h = o->hosts;
	while (h && strcmp(h->name, name) != 0)
		h = h->next;
	if (h)
		return h;
	size_t n = strlen(name) + 1;
	h = calloc(1, sizeof *h + n);
	if (!h)
		return NULL;
	memcpy(h->name, name, n);
	(void)pthread_cond_init(&h->left, NULL);
	h->next = o->hosts;
	o->hosts = h;
	return h;
}

static void drop_unused(struct outgoing *o, struct host *h)
{
	struct host **at = &o->hosts;
	if (h->running || h->waiting)
		return;
	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	(void)pthread_cond_destroy(&h->left);
	free(h);
}

static enum err wait_for_place(struct outgoing *o, struct host *h, int64_t deadline, struct errinfo *e)
{
	bool in_time = true;
	h->waiting++;
	while (h->running >= OUTGOING_PER_HOST_MAX && !outgoing_is_stopping(o) && in_time)
		in_time = sleep_until(o, &h->left, deadline);
	h->waiting--;
	if (outgoing_is_stopping(o))
		return ERR(e, DRAINING, "the server is shutting down");
	if (h->running >= OUTGOING_PER_HOST_MAX)
		return ERR(e, UPSTREAM, "%s: the other requests to it took all the time there was", h->name);
	h->running++;
	return OK;
}

enum err host_enter(struct outgoing *o, const char *name, int64_t deadline, struct host **ret,
                    struct errinfo *e)
{
	enum err err;
	(void)pthread_mutex_lock(&o->lock);
	struct host *h = find_host(o, name);
	if (!h) {
		err = ERR(e, NOMEM, "%s", name);
	} else {
		err = wait_for_place(o, h, deadline, e);
		if (err)
			drop_unused(o, h);
		else
			*ret = h;
	}
	(void)pthread_mutex_unlock(&o->lock);
	return err;
}

void host_leave(struct outgoing *o, struct host *h)
{
	(void)pthread_mutex_lock(&o->lock);
	h->running--;
	(void)pthread_cond_signal(&h->left);
	drop_unused(o, h);
	(void)pthread_mutex_unlock(&o->lock);
}

bool outgoing_pause(struct outgoing *o, int64_t until)
{
	(void)pthread_mutex_lock(&o->lock);
	while (!outgoing_is_stopping(o) && sleep_until(o, &o->stopped, until))
		;
	(void)pthread_mutex_unlock(&o->lock);
	return !outgoing_is_stopping(o);
}

CURL *handle_take(struct outgoing *o, const char *key)
{
	(void)pthread_mutex_lock(&o->lock);
	struct idle **at = &o->idle;
	while (*at && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	struct idle *found = *at;
	if (found)
		*at = found->next;
	(void)pthread_mutex_unlock(&o->lock);
	if (!found)
		return curl_easy_init();
	CURL *curl = found->curl;
	free(found);
	return curl;
}

/* The one that waits longest, above the limit. */
static struct idle *take_surplus(struct outgoing *o)
{
	struct idle **at = &o->idle, *surplus;
	for (unsigned n = 0; *at && n < OUTGOING_IDLE_MAX; n++)
		at = &(*at)->next;
	surplus = *at;
	*at = NULL;
	return surplus;
}

void handle_give(struct outgoing *o, const char *key, CURL *curl)
{
	size_t n = strlen(key) + 1;
	struct idle *i = calloc(1, sizeof *i + n);
	if (!i || outgoing_is_stopping(o)) {
		free(i);
		curl_easy_cleanup(curl);
		return;
	}
	i->curl = curl;
	memcpy(i->key, key, n);
	curl_easy_reset(curl);           /* what was set points to the request's memory */
	(void)pthread_mutex_lock(&o->lock);
	i->next = o->idle;
	o->idle = i;
	struct idle *surplus = take_surplus(o);
	(void)pthread_mutex_unlock(&o->lock);
	if (surplus)
		idle_free(surplus);
}
