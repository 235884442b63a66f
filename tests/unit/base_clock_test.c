/* Times of files that 64 bits of nanoseconds cannot tell, times as text, and lines of the log. */
#include "table.h"

#include <limits.h>
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

static void texts_of_times(void **state)
{
	(void)state;
	static const struct { const char *text; int64_t ns; bool json; } table[] = {     /* -1: none */
		{ "2026-03-05T09:12:44Z",                1772701964000000000, true },
		{ "2026-03-05T09:12:44.5Z",              1772701964500000000, true },
		{ "2026-03-05T10:12:44.123456789+01:00", 1772701964123456789, true },
		{ "2026-03-05T09:12:44.1234567899Z",     1772701964123456789, true },
		{ "2026-03-05 09:12:44Z",                1772701964000000000, false },
		{ "2026-03-05t09:12:44z",                1772701964000000000, false },
		{ "2026-03-05T09:12:44z",                1772701964000000000, false },
		{ "2016-12-31T23:59:60Z",                1483228800000000000, false },
		{ "2024-02-29T00:00:00Z",                1709164800000000000, true },
		{ "0001-01-01T00:00:00Z", -1, true },    { "9999-12-31T23:59:59Z", -1, true },
		{ "2023-02-29T00:00:00Z", -1, false },   { "2026-13-05T09:12:44Z", -1, false },
		{ "2026-03-05T24:12:44Z", -1, false },   { "2026-03-05T09:12:44", -1, false },
		{ "2026-03-05T09:12:44.Z", -1, false },  { "2026-03-05T09:12:44+24:00", -1, false },
		{ "2026-03-05", -1, false },             { "", -1, false },
	};
	for (size_t i = 0; i < ROWS(table); i++) {
		int64_t ns = -1;
		bool parsed = clock_parse(str_c(table[i].text), &ns);
		if (ns != table[i].ns || parsed != (ns != -1) ||
		    clock_is_json_time(str_c(table[i].text)) != table[i].json)
			fail_msg("%s: %lld", table[i].text, (long long)ns);
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

/* Values that are escaped do not make a line too long for the pipe: nobody hides what he did. */
static void log_lines_of_long_values_are_written(void **state)
{
	(void)state;
	AUTO_FD int in = -1, out = -1;
	int ends[2];
	char value[LOG_VALUE_MAX_BYTES + 1], line[PIPE_BUF];
	uint64_t before = log_dropped();
	assert_int_equal(pipe(ends), 0);
	in = ends[0];
	out = ends[1];
	memset(value, 1, sizeof value - 1);
	value[sizeof value - 1] = '\0';
	for (enum log_format f = LOG_TEXT; f <= LOG_JSON; f++) {
		log_setup(out, f, LOG_INFO);
		LOG(LOG_INFO, "x", KV("a", value), KV("b", value), KV("c", value), KV("d", 17));
		assert_int_equal(log_dropped(), before);
		ssize_t n = read(in, line, sizeof line);
		struct str end = f == LOG_TEXT ? STR(" d=17\n") : STR(",\"d\":17}\n");
		assert_true(n > 0 && str_ends(str_make(line, (size_t)n), end));
	}
	log_setup(2, LOG_TEXT, LOG_INFO);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_times),
		cmocka_unit_test(texts_of_times),
		cmocka_unit_test(t_time_01_a_jump_is_noticed_until_it_is_long_ago),
		cmocka_unit_test(log_lines_have_milliseconds),
		cmocka_unit_test(log_lines_of_long_values_are_written),
	};
	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
