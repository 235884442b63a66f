/* Arrays that grow: nothing is lost on the way, and a refusal changes nothing. */
#include "table.h"

#include "indexer/base/array.h"
#include "indexer/base/auto.h"

#define ELEMENTS 1000u

static void keeps_what_is_in_it(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE unsigned *heap = NULL;
	unsigned *in_arena = NULL;
	size_t heap_capacity = 0, arena_capacity = 0;
	for (unsigned i = 0; i < ELEMENTS; i++) {
		heap = array_room(heap, i, &heap_capacity, sizeof *heap);
		in_arena = arena_room(&a, in_arena, i, &arena_capacity, sizeof *in_arena);
		assert_non_null(heap);
		assert_non_null(in_arena);
		assert_true(heap_capacity > i && arena_capacity > i);
		assert_int_equal(in_arena[i], 0);
		heap[i] = in_arena[i] = i + 1;
	}
	for (unsigned i = 0; i < ELEMENTS; i++)
		assert_true(heap[i] == i + 1 && in_arena[i] == i + 1);
}

static void refuses_what_does_not_fit(void **state)
{
	(void)state;
	AUTO_ARENA struct arena small = { .limit = 64 };
	size_t full = SIZE_MAX / 2, none = 0;
	assert_null(array_room(NULL, full, &full, sizeof(uint64_t)));
	assert_null(arena_room(&small, NULL, full, &full, sizeof(uint64_t)));
	assert_int_equal(full, SIZE_MAX / 2);
	assert_null(arena_room(&small, NULL, 0, &none, sizeof(uint64_t)));
	assert_int_equal(none, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_is_in_it),
		cmocka_unit_test(refuses_what_does_not_fit),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
