/* The line that long work draws: what is known of it, for the width of the terminal. */
#include "table.h"

#include "server/cmd/cmd.h"

#define GB 1000000000ull
#define BAR(n) ((struct progress_state){ .items = 100, .items_done = (n), .seconds = 1 })

struct row { const char *name; struct progress_state state; size_t columns; const char *line; };

static const struct row rows[] = {
	{ "all of it", { 1193, 27400000, 486, 13700000, 1 }, 80,
	  "work [############            ] 486 of 1193, 13.7 MB, 13.7 MB/s, 1 s left" },
	{ "plain", { 1193, 27400000, 486, 13700000, 1 }, 0, "work: 486 of 1193, 13.7 MB, 13.7 MB/s, 1 s left" },
	{ "bytes alone", { 0, 4 * GB, 0, 1 * GB, 10 }, 80,
	  "work [######                  ] 1.0 GB of 4.0 GB, 100.0 MB/s, 30 s left" },
	{ "no bytes", BAR(50), 80, "work [############            ] 50 of 100, 1 s left" },
	{ "nothing is known", { 0, 0, 7, 7000, 7 }, 80, "work [                        ] 7, 7.0 kB, 1.0 kB/s" },
	{ "nothing yet", { 10, 0, 0, 0, 0 }, 80, "work [                        ] 0 of 10" },
	{ "done", { 10, 10, 10, 10, 1 }, 80, "work [########################] 10 of 10, 10 B, 10 B/s" },
	{ "more than was said", { 10, 10, 20, 20, 1 }, 80, "work [########################] 20 of 10, 20 B, 20 B/s" },
	{ "minutes", { 0, 4 * GB, 0, 1 * GB, 600 }, 0, "work: 1.0 GB of 4.0 GB, 1.7 MB/s, 30 min left" },
	{ "hours", { 0, 5 * GB, 0, 1 * GB, 3000 }, 0, "work: 1.0 GB of 5.0 GB, 333.3 kB/s, 3 h 20 min left" },
	{ "longer than anybody waits", { 0, 1000 * GB, 0, 1, 1000 }, 0, "work: 1 B of 1.0 TB, 0 B/s" },
	{ "a narrow terminal", { 1193, 27400000, 486, 13700000, 1 }, 64,
	  "work [#######       ] 486 of 1193, 13.7 MB, 13.7 MB/s, 1 s left" },
	{ "no room for a bar", { 1193, 27400000, 486, 13700000, 1 }, 58,
	  "work 486 of 1193, 13.7 MB, 13.7 MB/s, 1 s left" },
};

static void says(void **state)
{
	const struct row *r = *state;
	char line[PROGRESS_LINE_BYTES];
	size_t n = progress_line("work", &r->state, r->columns, line);
	assert_string_equal(line, r->line);
	assert_int_equal(n, strlen(line));
	assert_true(!r->columns || n < r->columns);
}

/* At every width at which all of it fits it stays on one line. */
static void fits(void **state)
{
	const struct progress_state most = { 1000000, 999 * GB, 999999, 998 * GB, 360000 };
	char line[PROGRESS_LINE_BYTES];
	(void)state;
	size_t least = progress_line("removing", &most, 1, line);
	for (size_t columns = least + 1; columns < 200; columns++)
		assert_true(progress_line("removing", &most, columns, line) < columns);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = { cmocka_unit_test(fits) };
	return RUN_TABLE("line", says, rows) + cmocka_run_group_tests_name("width", tests, NULL, NULL);
}
