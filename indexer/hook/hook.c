/* The hooks of a server: their beginning and end, who wakes them, tests. */
#include "indexer/hook/hook.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/clock.h"
#include "indexer/hook/impl.h"

#define PING_BYTES 16

enum err hooks_new(const struct hooks_options *o, struct hooks **ret, struct errinfo *e)
{
	struct hooks *h = calloc(1, sizeof *h);
	if (!h)
		return ERR(e, NOMEM, "webhooks");
	h->options = *o;
	(void)pthread_mutex_init(&h->lock, NULL);
	(void)pthread_cond_init(&h->wake, NULL);
	h->is_used = true;               /* until somebody has looked */
	enum err err = pool_new(HOOK_SENDERS, "hook", &h->senders, e);
	if (!err)
		err = pool_new(2, "hook-test", &h->others, e);
	if (err)
		hooks_free(h);
	else
		*ret = h;
	return err;
}

void hooks_stop(struct hooks *h)
{
	if (!h)
		return;
	(void)pthread_mutex_lock(&h->lock);
	h->ending = true;
	(void)pthread_cond_broadcast(&h->wake);
	(void)pthread_mutex_unlock(&h->lock);
	thread_join(&h->follower);
}

void hooks_free(struct hooks *h)
{
	if (!h)
		return;
	hooks_stop(h);
	pool_free(h->senders);
	pool_free(h->others);
	(void)pthread_cond_destroy(&h->wake);
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
}

struct pool *hooks_pool(struct hooks *h) { return h->others; }

/* ---- waking ---- */

void hooks_wake(struct hooks *h, uint64_t last_event)
{
	(void)pthread_mutex_lock(&h->lock);
	if (last_event > h->wanted)
		h->wanted = last_event;
	if (h->is_used) {
		h->changed = true;
		(void)pthread_cond_broadcast(&h->wake);
	}
	(void)pthread_mutex_unlock(&h->lock);
}

void hooks_changed(struct hooks *h)
{
	(void)pthread_mutex_lock(&h->lock);
	h->changed = true;
	(void)pthread_cond_broadcast(&h->wake);
	(void)pthread_mutex_unlock(&h->lock);
}

uint64_t hooks_seen(struct hooks *h, int64_t hook_id)
{
	uint64_t seen = 0;
	(void)pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < sizeof h->lanes / sizeof *h->lanes; i++)
		if (h->lanes[i].hook == hook_id)
			seen = h->lanes[i].seen;
	(void)pthread_mutex_unlock(&h->lock);
	return seen;
}

void hooks_stats(struct hooks *h, struct hooks_stats *ret)
{
	*ret = (struct hooks_stats){
		.hooks = atomic_load(&h->count), .failing = atomic_load(&h->failing),
		.delivered = atomic_load(&h->delivered), .failed = atomic_load(&h->failed),
	};
}

/* ---- tests ---- */

static bool may_test(struct hooks *h)
{
	const int64_t now_ns = clock_monotonic();
	(void)pthread_mutex_lock(&h->lock);
	if (!h->tests || now_ns - h->minute_ns > 60 * NS_PER_SECOND) {
		h->minute_ns = now_ns;
		h->tests = 0;
	}
	bool may = h->tests < HOOK_TESTS_PER_MINUTE;
	h->tests += may;
	(void)pthread_mutex_unlock(&h->lock);
	return may;
}

enum err hooks_ping(struct hooks *h, struct arena *a, const struct hook_row *row,
                    struct hook_outcome *ret, struct errinfo *e)
{
	const struct event ping = { .at_ns = clock_wall(), .kind = STR(HOOK_PING), .detail = STR("{}") };
	unsigned char random[PING_BYTES];
	char id[HOOK_ID_BYTES];
	int n = snprintf(id, sizeof id, "ping_");
	if (!may_test(h))
		return ERR(e, TOO_MANY, "%u tests were sent in this minute; try again in the next one",
		           HOOK_TESTS_PER_MINUTE);
	if (!random_bytes(random, sizeof random))
		return ERR_SYS(e, "getrandom");
	for (size_t i = 0; i < sizeof random; i++)
		n += snprintf(id + n, sizeof id - (size_t)n, "%02x", random[i]);
	return hook_send(h, a, row, str_c(id), &ping, ret, e);
}
