/* Token buckets in rows of a few places. A bucket is kept as the time at which it would be full:
 * taking one moves that time away from now, and in the past it is full.                       */
#include "server/auth/slowed.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "indexer/base/clock.h"
#include "indexer/base/hash.h"
#include "indexer/base/limits.h"

#define PLACES 8u
#define ROWS (AUTH_SLOWED_MAX / PLACES)
#define WINDOW_NS (LOGIN_WINDOW_SECONDS * NS_PER_SECOND)
#define NETWORK_BYTES 8u             /* of an IPv6 address */

struct bucket {
	uint64_t key;
	int64_t full_ns;                 /* when it is full again; 0: a free place */
};

struct slowed {
	pthread_mutex_t lock;
	uint64_t seed;                   /* nobody can choose keys that meet */
	_Atomic uint64_t refused;        /* of slowed_ask */
	struct bucket rows[ROWS][PLACES];
};

enum err slowed_new(struct slowed **ret, struct errinfo *e)
{
	struct slowed *s = calloc(1, sizeof *s);
	if (!s)
		return ERR(e, NOMEM, "failed logins");
	if (!random_bytes(&s->seed, sizeof s->seed)) {
		free(s);
		return ERR(e, IO, "no random bytes");
	}
	(void)pthread_mutex_init(&s->lock, NULL);
	*ret = s;
	return OK;
}

void slowed_free(struct slowed *s)
{
	if (!s)
		return;
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

struct str slowed_network(struct str address, char room[INET6_ADDRSTRLEN])
{
	unsigned char v6[sizeof(struct in6_addr)];
	if (address.n >= INET6_ADDRSTRLEN)
		return address;
	memcpy(room, address.p, address.n);
	room[address.n] = '\0';
	if (inet_pton(AF_INET6, room, v6) != 1)
		return address;
	memset(v6 + NETWORK_BYTES, 0, sizeof v6 - NETWORK_BYTES);
	return inet_ntop(AF_INET6, v6, room, INET6_ADDRSTRLEN) ? str_c(room) : address;
}

static uint64_t key_of(const struct slowed *s, struct str address, const struct str *account)
{
	char room[INET6_ADDRSTRLEN];
	uint64_t hash = str_hash(slowed_network(address, room), STR_HASH_START ^ s->seed);
	return account ? str_hash(*account, str_hash(STR("/"), hash)) : hash;
}

uint64_t slowed_place(const struct slowed *s, struct str address)
{
	return key_of(s, address, NULL);
}

/* Its place, or the one that is full the soonest, made anew. */
static struct bucket *bucket_of(struct slowed *s, uint64_t key, int64_t now_ns)
{
	struct bucket *row = s->rows[key % ROWS], *x = row;
	for (size_t i = 0; i < PLACES; i++) {
		if (row[i].key == key && row[i].full_ns)
			x = &row[i];
		if (x->key != key && row[i].full_ns < x->full_ns)
			x = &row[i];
	}
	if (x->key != key || x->full_ns < now_ns)
		*x = (struct bucket){ key, now_ns };
	return x;
}

static int64_t price(unsigned failures_max) { return WINDOW_NS / failures_max; }

static bool has_one(const struct bucket *b, unsigned failures_max, int64_t now_ns)
{
	return b->full_ns + price(failures_max) <= now_ns + WINDOW_NS;
}

bool slowed_take(struct slowed *s, struct str address, struct str account, int64_t now_ns)
{
	uint64_t here = key_of(s, address, NULL), both = key_of(s, address, &account);
	(void)pthread_mutex_lock(&s->lock);
	struct bucket *b = bucket_of(s, both, now_ns);
	bool ok = has_one(b, LOGIN_FAILURES_MAX, now_ns);
	if (ok) {
		struct bucket *all = bucket_of(s, here, now_ns);
		ok = has_one(all, LOGIN_ADDRESS_FAILURES_MAX, now_ns);
		if (ok)
			all->full_ns += price(LOGIN_ADDRESS_FAILURES_MAX);
	}
	if (ok) {
		b = bucket_of(s, both, now_ns);          /* the other may have taken its place */
		b->full_ns += price(LOGIN_FAILURES_MAX);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return ok;
}

void slowed_forgive(struct slowed *s, struct str address, struct str account, int64_t now_ns)
{
	(void)pthread_mutex_lock(&s->lock);
	bucket_of(s, key_of(s, address, &account), now_ns)->full_ns = now_ns;
	struct bucket *all = bucket_of(s, key_of(s, address, NULL), now_ns);
	all->full_ns -= price(LOGIN_ADDRESS_FAILURES_MAX);
	if (all->full_ns < now_ns)
		all->full_ns = now_ns;
	(void)pthread_mutex_unlock(&s->lock);
}

bool slowed_ask(struct slowed *s, struct str address, unsigned per_second, unsigned burst,
                int64_t now_ns)
{
	int64_t one = NS_PER_SECOND / per_second;
	(void)pthread_mutex_lock(&s->lock);
	struct bucket *b = bucket_of(s, key_of(s, address, NULL), now_ns);
	bool ok = b->full_ns + one <= now_ns + one * burst;
	if (ok)
		b->full_ns += one;
	(void)pthread_mutex_unlock(&s->lock);
	if (!ok)
		atomic_fetch_add_explicit(&s->refused, 1, memory_order_relaxed);
	return ok;
}

uint64_t slowed_refused(const struct slowed *s)
{
	return s ? atomic_load_explicit(&s->refused, memory_order_relaxed) : 0;
}
