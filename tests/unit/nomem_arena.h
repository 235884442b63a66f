/* Work in an arena, for tests named *_nomem_test.c: every allocation of it fails once. */
#pragma once

#include "indexer/base/arena.h"
#include "table.h"
#include "tests/lib/nomem.h"

typedef enum err nomem_work(struct arena *a, const void *row, struct errinfo *e);

/* NOMEM, which is what is told, and nothing leaks. */
static void each_allocation_fails(nomem_work *work, const void *row)
{
	bool failed = true;
	long n = 0;
	for (; failed; n++) {
		struct arena a = { 0 };
		struct errinfo e = { 0 };
		long live = nomem_live();
		nomem_arm(n);
		enum err err = work(&a, row, &e);
		failed = nomem_disarm();
		arena_done(&a);
		assert_int_equal(nomem_live(), live);
		assert_int_equal(err, failed ? ERR_NOMEM : OK);
		assert_int_equal(e.code, err);
	}
	assert_true(n > 1);
}

/* An arena that has room for so many bytes and no more. */
__attribute__((unused)) static void leave_room(struct arena *a, size_t bytes)
{
	assert_non_null(arena_alloc(a, 1));
	a->limit = 1;
	while ((size_t)(a->end - a->next) > bytes)
		assert_non_null(arena_alloc(a, 1));
}
