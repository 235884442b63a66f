/* The counting allocator of the *_nomem_test programs. */
#include "tests/lib/nomem.h"

#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_MAX 64
#define PLACES_MAX 65536u            /* a power of two */
#define CALLS_MAX (1u << 20)

static atomic_long countdown = -1;   /* below 0: nothing fails */
static atomic_bool failed, for_good;
static atomic_long live;

/* ---- places ---- */

static struct { uint64_t hash; unsigned times; } places[PLACES_MAX];     /* by hash, open addressing */
static pthread_mutex_t places_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool looking;
static unsigned places_count;
static long calls, chosen[CALLS_MAX], chosen_count;      /* which calls fail, in their order */

extern const char __executable_start, etext;         /* the linker's */

/* Of the frames within libraries there are as many as SQLite's parser has ways: ours tell places apart. */
static uint64_t place_of(void)
{
	void *frames[FRAMES_MAX];
	int n = backtrace(frames, FRAMES_MAX);
	uint64_t hash = 1;
	for (int i = 0; i < n; i++)
		if ((const char *)frames[i] >= &__executable_start && (const char *)frames[i] < &etext)
			hash = (hash ^ (uintptr_t)frames[i]) * UINT64_C(0x9e3779b97f4a7c15) >> 1;
	return hash | 1;
}

static void look(void)
{
	uint64_t hash = place_of();
	size_t at = hash >> 16 & (PLACES_MAX - 1);
	(void)pthread_mutex_lock(&places_lock);
	while (places[at].hash && places[at].hash != hash)
		at = (at + 1) & (PLACES_MAX - 1);
	places[at].hash = hash;
	bool is_taken = !places[at].times++ && !__builtin_parity(places_count++);
	if (is_taken || getenv("LONG"))
		chosen[chosen_count++] = calls;
	if (chosen_count == CALLS_MAX || (!getenv("LONG") && chosen_count == PLACES_MAX))
		abort();
	calls++;
	(void)pthread_mutex_unlock(&places_lock);
}

void nomem_arm_place(long n)
{
	if (n) {
		nomem_arm(n <= chosen_count ? chosen[n - 1] : -1);
		return;
	}
	memset(places, 0, sizeof places);
	calls = chosen_count = 0;
	places_count = 0;
	(void)place_of();            /* what it loads at its first call is there */
	atomic_store(&failed, false);
	atomic_store(&looking, true);
}

long nomem_places(void) { return chosen_count; }

/* ---- one call ---- */

void nomem_arm(long n)
{
	atomic_store(&failed, false);
	atomic_store(&countdown, n);
}

void nomem_for_good(bool on) { atomic_store(&for_good, on); }

bool nomem_disarm(void)
{
	atomic_store(&countdown, -1);
	atomic_store(&looking, false);
	return atomic_load(&failed);
}

long nomem_live(void) { return atomic_load(&live); }

static bool fails(void)
{
	if (atomic_load(&looking))
		look();
	long left = atomic_load(&countdown);
	long last = atomic_load(&for_good) ? 0 : -1;
	while (left >= 0 && !atomic_compare_exchange_weak(&countdown, &left, left ? left - 1 : last))
		continue;
	if (left != 0)
		return false;
	atomic_store(&failed, true);
	errno = ENOMEM;
	return true;
}

/* `before` is the block that grew, if any. */
static void *counted(const void *before, void *p)
{
	if (p && !before)
		atomic_fetch_add(&live, 1);
	return p;
}

void *__wrap_malloc(size_t bytes) { return fails() ? NULL : counted(NULL, __real_malloc(bytes)); }

void *__wrap_calloc(size_t count, size_t bytes)
{
	return fails() ? NULL : counted(NULL, __real_calloc(count, bytes));
}

void *__wrap_realloc(void *p, size_t bytes)
{
	return fails() ? NULL : counted(p, __real_realloc(p, bytes));
}

void *__wrap_reallocarray(void *p, size_t count, size_t bytes)
{
	return fails() ? NULL : counted(p, __real_reallocarray(p, count, bytes));
}

void __wrap_free(void *p)
{
	if (p)
		atomic_fetch_sub(&live, 1);
	__real_free(p);
}
