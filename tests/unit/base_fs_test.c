/* Files: what fits into the limit of open ones. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "indexer/base/fs.h"

static void leaves_room_for_others(void **state)
{
	static const struct { rlim_t limit; unsigned others, each, fit; } rows[] = {
		{ 100, 0, 1, 100 }, { 100, 60, 2, 20 }, { 100, 61, 2, 19 }, { 100, 99, 1, 1 },
		{ 100, 99, 2, 0 }, { 100, 100, 1, 0 }, { 100, 101, 1, 0 }, { 100, UINT_MAX, 1, 0 },
	};
	struct rlimit before, now;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = before;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		now.rlim_cur = rows[i].limit;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
		assert_int_equal(fs_files_limit(rows[i].others, rows[i].each), rows[i].fit);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_room_for_others),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
