/* Times of files that 64 bits of nanoseconds cannot tell, and the time of a log line. */
#include "table.h"

#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/base/log.h"

#define LINES 20

static void file_times(void **state)
{
	(void)state;
	static const struct { time_t seconds; long ns; const char *text; } table[] = {
		{ 0, 0, "1970-01-01T00:00:00Z" },
		{ 1772701964, 120000000, "2026-03-05T09:12:44.12Z" },
		{ -1, 999999999, "1969-12-31T23:59:59.999999999Z" },
		{ 9223372036, 854775807, "2262-04-11T23:47:16.854775807Z" },
		{ 9223372036, 854775808, "2262-04-11T23:47:16.854775807Z" },
		{ 16725225600, 0, "2262-04-11T23:47:16.854775807Z" },
		{ INT64_MAX, 0, "2262-04-11T23:47:16.854775807Z" },
		{ -16725225600, 0, "1677-09-21T00:12:43.145224192Z" },
		{ INT64_MIN, 999999999, "1677-09-21T00:12:43.145224192Z" },
	};
	for (size_t i = 0; i < ROWS(table); i++) {
		char text[RFC3339_MAX_BYTES];
		struct timespec t = { .tv_sec = table[i].seconds, .tv_nsec = table[i].ns };
		assert_int_equal(clock_format(clock_of(t), text), strlen(table[i].text));
		assert_string_equal(text, table[i].text);
	}
}

static void t_time_01_a_jump_is_noticed_until_it_is_long_ago(void **state)
{
	enum { JUMP = CLOCK_JUMP_SECONDS, STEADY = CLOCK_STEADY_SECONDS, YEAR = 365 * 86400 };
	static const struct { int64_t ahead, at; bool steady; } table[] = {  /* seconds; one after the other */
		{ 0, 0, true }, { JUMP, 10, true }, { 0, 20, true }, { -JUMP, 30, true },
		{ YEAR, 100, false }, { YEAR, 100 + STEADY - 1, false }, { YEAR, 100 + STEADY, true },
		{ 0, 5000, false }, { YEAR, 5060, false }, { 0, 5120, false },
		{ JUMP, 5120 + STEADY - 1, false }, { JUMP, 5120 + STEADY, true }, { 2 * JUMP, 90000, false },
	};
	struct clock_watch w = { false, 0, 0 };
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++)
		assert_int_equal(clock_is_steady(&w, (1700000000 + table[i].at + table[i].ahead) * NS_PER_SECOND,
		                                 (77 + table[i].at) * NS_PER_SECOND), table[i].steady);
}

/* A millisecond that ends in 0 comes by within some lines. */
static void log_lines_have_milliseconds(void **state)
{
	(void)state;
	AUTO_FD int in = -1, out = -1;
	int ends[2];
	char line[128];
	assert_int_equal(pipe(ends), 0);
	in = ends[0];
	out = ends[1];
	log_setup(out, LOG_TEXT, LOG_INFO);
	for (int i = 0; i < LINES; i++) {
		LOG(LOG_INFO, "x", KV("a", "b"));
		ssize_t n = read(in, line, sizeof line);
		assert_int_equal(n, sizeof "2026-03-05T09:12:44.120Z INFO x a=b\n" - 1);
		assert_memory_equal(line + 23, "Z INFO x a=b\n", 13);
		assert_int_equal(line[19], '.');
		(void)usleep(1000);
	}
	log_setup(2, LOG_TEXT, LOG_INFO);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_times),
		cmocka_unit_test(t_time_01_a_jump_is_noticed_until_it_is_long_ago),
		cmocka_unit_test(log_lines_have_milliseconds),
	};
	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
