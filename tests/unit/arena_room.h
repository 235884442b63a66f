/* Work in an arena that has room for ever more bytes and no more, so that every allocation out of it fails.
 * A limit would not do that: an arena takes 8 KiB at a time, and only what stands behind them would fail. */
#pragma once

#include "indexer/base/arena.h"
#include "table.h"

#define ROOM_MAX_BYTES (16u << 20)

typedef enum err arena_work(struct arena *a, const void *row, struct errinfo *e);

/* NOMEM, or the error `also`, which is what is told; with room enough it is done. */
__attribute__((unused)) static void each_room_is_too_small(arena_work *work, const void *row, enum err also)
{
	enum err err = ERR_NOMEM;
	size_t room = 0;
	for (; err; room += 16 + room / 1024 * 16) {
		char *bytes = malloc(room + !room);
		struct arena a = { .limit = 1, .next = bytes, .end = bytes + room };
		struct errinfo e = { 0 };
		assert_non_null(bytes);
		assert_true(room < ROOM_MAX_BYTES);
		err = work(&a, row, &e);
		assert_true(err == OK || err == ERR_NOMEM || err == also);
		assert_int_equal(e.code, err);
		arena_done(&a);
		free(bytes);
	}
	assert_true(room > 16);
}
