/* Windows over a table of clocks: when they are open, and how long it is until then. */
#include "table.h"

#include "server/cmd/mirror_window.h"

#define AT(h, m, s) ((h) * 3600u + (m) * 60u + (s))
#define NEVER_ASKED 0xffffffffu

struct row { const char *name; const char *windows; unsigned second, wait; };

static const struct row rows[] = {
	{ "no window: noon", "", AT(12, 0, 0), 0 },
	{ "before it", "08:00-10:00", AT(7, 59, 59), 1 },
	{ "its first second", "08:00-10:00", AT(8, 0, 0), 0 },
	{ "its last second", "08:00-10:00", AT(9, 59, 59), 0 },
	{ "its end", "08:00-10:00", AT(10, 0, 0), AT(22, 0, 0) },
	{ "over midnight: evening", "22:00-06:00", AT(23, 30, 0), 0 },
	{ "over midnight: midnight", "22:00-06:00", AT(0, 0, 0), 0 },
	{ "over midnight: last second", "22:00-06:00", AT(5, 59, 59), 0 },
	{ "over midnight: morning", "22:00-06:00", AT(6, 0, 0), AT(16, 0, 0) },
	{ "over midnight: a second before", "22:00-06:00", AT(21, 59, 59), 1 },
	{ "to midnight as 24:00", "22:00-24:00", AT(23, 59, 59), 0 },
	{ "to midnight as 24:00, after", "22:00-24:00", AT(0, 0, 0), AT(22, 0, 0) },
	{ "to midnight as 00:00", "22:00-00:00", AT(0, 0, 0), AT(22, 0, 0) },
	{ "from midnight", "00:00-06:00", AT(23, 59, 0), 60 },
	{ "all day", "00:00-24:00", AT(13, 0, 0), 0 },
	{ "all day from noon", "12:00-12:00", AT(11, 59, 59), 0 },
	{ "one minute", "12:00-12:01", AT(12, 0, 59), 0 },
	{ "one minute, over", "12:00-12:01", AT(12, 1, 0), AT(23, 59, 0) },
	{ "several: in the first", "12:00-13:00 22:00-06:00", AT(12, 30, 0), 0 },
	{ "several: in the second", "12:00-13:00 22:00-06:00", AT(2, 0, 0), 0 },
	{ "several: between", "12:00-13:00 22:00-06:00", AT(13, 0, 0), AT(9, 0, 0) },
	{ "several: before both", "12:00-13:00 22:00-06:00", AT(7, 0, 0), AT(5, 0, 0) },
	{ "one digit of the hour", "8:00-9:30", AT(9, 29, 59), 0 },
	{ "a word", "always", 0, NEVER_ASKED },
	{ "one time", "22:00", 0, NEVER_ASKED },
	{ "no end", "22:00-", 0, NEVER_ASKED },
	{ "hour 25", "25:00-06:00", 0, NEVER_ASKED },
	{ "24:01", "22:00-24:01", 0, NEVER_ASKED },
	{ "minute 60", "22:60-06:00", 0, NEVER_ASKED },
	{ "one digit of the minute", "22:0-06:00", 0, NEVER_ASKED },
	{ "negative", "-1:00-06:00", 0, NEVER_ASKED },
	{ "seconds", "22:00:00-06:00:00", 0, NEVER_ASKED },
	{ "too large a number", "22:00-99999999999999999999:00", 0, NEVER_ASKED },
};

static void waits(void **state)
{
	const struct row *r = *state;
	struct mirror_windows w = { .count = 0 };
	struct str rest = str_c(r->windows);
	struct errinfo e = { 0 };
	enum err err = OK;
	while (rest.n && !err)
		err = mirror_window_add(&w, str_cut(&rest, ' ', NULL), &e);
	if (r->wait == NEVER_ASKED) {
		assert_int_equal(err, ERR_INVALID);
		assert_non_null(strstr(e.detail, "22:00-06:00"));
		return;
	}
	assert_int_equal(err, OK);
	assert_int_equal(mirror_window_wait(&w, r->second), r->wait);
}

static void has_a_limit(void **state)
{
	struct mirror_windows w = { .count = 0 };
	struct errinfo e = { 0 };
	(void)state;
	for (int i = 0; i < MIRROR_WINDOWS_MAX; i++)
		assert_int_equal(mirror_window_add(&w, STR("1:00-2:00"), &e), OK);
	assert_int_equal(mirror_window_add(&w, STR("1:00-2:00"), &e), ERR_INVALID);
	assert_true(mirror_window_now() < 24 * 3600);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = { cmocka_unit_test(has_a_limit) };
	return RUN_TABLE("window", waits, rows) +
	       cmocka_run_group_tests_name("windows", tests, NULL, NULL);
}
