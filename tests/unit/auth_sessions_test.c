/* The table of sessions: how long they last, and that it stays bounded. */
#include "table.h"

#include <string.h>

#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "server/auth/sessions.h"

#define HOUR ((int64_t)3600 * NS_PER_SECOND)

static struct sessions *table;

static int prepare(void **state)
{
	(void)state;
	return (int)sessions_new(&table, NULL);
}

static int finish(void **state)
{
	(void)state;
	sessions_free(table);
	return 0;
}

static const struct session_who alice = { .account = 3, .generation = 7 };

static struct str begin(const struct session_who *who, int64_t now_ns, char id[SESSION_ID_CHARS + 1])
{
	assert_int_equal(sessions_begin(table, who, now_ns, id, NULL), OK);
	return str_make(id, SESSION_ID_CHARS);
}

static bool is_there(struct str id, int64_t now_ns)
{
	struct session_who who;
	return sessions_find(table, id, now_ns, &who);
}

static void finds_whom_it_stands_for(void **state)
{
	char a[SESSION_ID_CHARS + 1], b[SESSION_ID_CHARS + 1];
	struct session_who who;
	(void)state;
	struct str first = begin(&alice, 1, a), second = begin(&(struct session_who){ .token = 9 }, 1, b);
	assert_string_not_equal(a, b);
	assert_true(sessions_find(table, first, 2, &who));
	assert_memory_equal(&who, &alice, sizeof who);
	assert_true(sessions_find(table, second, 2, &who));
	assert_int_equal(who.token, 9);
	sessions_end(table, first);
	assert_false(is_there(first, 2));
	assert_true(is_there(second, 2));
}

static void t_web_07_no_other_id(void **state)
{
	char id[SESSION_ID_CHARS + 1];
	(void)state;
	struct str real = begin(&alice, 1, id);
	id[SESSION_ID_CHARS - 1] ^= 1;
	assert_false(is_there(real, 2));
	assert_false(is_there(str_first(real, SESSION_ID_CHARS - 1), 2));
	assert_false(is_there((struct str){ 0 }, 2));
	sessions_end(table, STR("none"));
}

/* Uses at these hours; whether it is there at the last of them. */
static void t_web_07_times(void **state)
{
	static const struct { int hours[18]; bool there; } rows[] = {
		{ { 11 }, true },
		{ { 12 }, false },
		{ { 11, 22, 33 }, true },
		{ { 11, 23 }, false },
		{ { 11, 22, 33, 44, 55, 66, 77, 88, 99, 110, 121, 132, 143, 154, 165 }, true },
		{ { 11, 22, 33, 44, 55, 66, 77, 88, 99, 110, 121, 132, 143, 154, 165, 168 }, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[SESSION_ID_CHARS + 1];
		struct str id = begin(&alice, 0, text);
		bool there = false;
		for (size_t n = 0; n < 18 && rows[i].hours[n]; n++)
			there = is_there(id, rows[i].hours[n] * HOUR);
		assert_int_equal(there, rows[i].there);
	}
}

static void one_person_has_so_many(void **state)
{
	static char ids[SESSIONS_PER_PERSON_MAX + 1][SESSION_ID_CHARS + 1];
	char other[SESSION_ID_CHARS + 1];
	(void)state;
	struct str bobs = begin(&(struct session_who){ .account = 4 }, 1, other);
	for (size_t i = 0; i <= SESSIONS_PER_PERSON_MAX; i++)
		(void)begin(&alice, 1, ids[i]);
	assert_false(is_there(str_c(ids[0]), 2));
	for (size_t i = 1; i <= SESSIONS_PER_PERSON_MAX; i++)
		assert_true(is_there(str_c(ids[i]), 2));
	assert_true(is_there(bobs, 2));
}

static void never_more_than_fit(void **state)
{
	static char ids[SESSIONS_MAX + 4096][SESSION_ID_CHARS + 1];
	size_t there = 0, all = sizeof ids / sizeof *ids;
	(void)state;
	for (size_t i = 0; i < all; i++)
		(void)begin(&(struct session_who){ .account = (int64_t)i + 1 }, 1, ids[i]);
	for (size_t i = 0; i < all; i++)
		there += is_there(str_c(ids[i]), 2);
	assert_in_range(there, SESSIONS_MAX / 2, SESSIONS_MAX);
	assert_true(is_there(str_c(ids[all - 1]), 2));
}

static bool has_generation(const struct session_who *who, const void *ctx)
{
	return who->generation == *(const uint64_t *)ctx;
}

static void sweeping(void **state)
{
	char a[SESSION_ID_CHARS + 1], b[SESSION_ID_CHARS + 1];
	uint64_t generation = 8;
	(void)state;
	struct str old = begin(&alice, 1, a);
	struct str fresh = begin(&(struct session_who){ .account = 3, .generation = 8 }, 1, b);
	sessions_sweep(table, has_generation, &generation);
	assert_false(is_there(old, 2));
	assert_true(is_there(fresh, 2));
}

static void seals(void **state)
{
	char one[SHA256_HEX_BYTES + 1], two[SHA256_HEX_BYTES + 1], again[SHA256_HEX_BYTES + 1];
	(void)state;
	assert_int_equal(sessions_seal(table, STR("a"), one, NULL), OK);
	assert_int_equal(sessions_seal(table, STR("b"), two, NULL), OK);
	assert_int_equal(sessions_seal(table, STR("a"), again, NULL), OK);
	assert_string_equal(one, again);
	assert_string_not_equal(one, two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_whom_it_stands_for, prepare, finish),
		cmocka_unit_test_setup_teardown(t_web_07_no_other_id, prepare, finish),
		cmocka_unit_test_setup_teardown(t_web_07_times, prepare, finish),
		cmocka_unit_test_setup_teardown(one_person_has_so_many, prepare, finish),
		cmocka_unit_test_setup_teardown(never_more_than_fit, prepare, finish),
		cmocka_unit_test_setup_teardown(sweeping, prepare, finish),
		cmocka_unit_test_setup_teardown(seals, prepare, finish),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
