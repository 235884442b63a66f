/* The counting allocator of the *_nomem_test programs. */
#include "tests/lib/nomem.h"

#include <errno.h>
#include <stdatomic.h>

static atomic_long countdown = -1;   /* below 0: nothing fails */
static atomic_bool failed;
static atomic_long live;

void nomem_arm(long n)
{
	atomic_store(&failed, false);
	atomic_store(&countdown, n);
}

bool nomem_disarm(void)
{
	atomic_store(&countdown, -1);
	return atomic_load(&failed);
}

long nomem_live(void) { return atomic_load(&live); }

static bool fails(void)
{
	long left = atomic_load(&countdown);
	while (left >= 0 && !atomic_compare_exchange_weak(&countdown, &left, left - 1))
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
