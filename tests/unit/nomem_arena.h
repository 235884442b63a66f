/* Work in an arena, for tests named *_nomem_test.c: every allocation of it fails once. */
#pragma once

#include "arena_room.h"
#include "tests/lib/nomem.h"

/* NOMEM, which is what is told, and nothing leaks. */
__attribute__((unused)) static void each_allocation_fails(arena_work *work, const void *row)
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
