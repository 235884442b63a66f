/* What every unit test begins with: cmocka, and a test for each row of a table. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof *(table))
#define TEST_NAME_BYTES 200

/* A row begins with its name, and is the test's *state. Returns how many failed. */
#define RUN_TABLE(what, test, rows) \
	run_table(what, test, rows, ROWS(rows), sizeof *(rows))

static inline int run_table(const char *what, CMUnitTestFunction test, const void *rows,
                            size_t count, size_t row_bytes)
{
	struct CMUnitTest *tests = calloc(count, sizeof *tests);
	char (*names)[TEST_NAME_BYTES] = calloc(count, sizeof *names);
	if (!tests || !names)
		abort();
	for (size_t i = 0; i < count; i++) {
		const char *row = (const char *)rows + i * row_bytes;
		const char *name = *(const char *const *)(const void *)row;
		(void)snprintf(names[i], sizeof *names, "%s: %s", what, *name ? name : "(empty)");
		for (char *p = names[i]; (p = strchr(p, '#')) != NULL; p++)
			*p = ' ';                    /* begins a directive in TAP */
		tests[i] = (struct CMUnitTest){ names[i], test, NULL, NULL, (void *)(uintptr_t)row };
	}
	int failed = _cmocka_run_group_tests(what, tests, count, NULL, NULL);
	free(tests);
	free(names);
	return failed;
}
