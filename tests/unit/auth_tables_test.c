/* The bounded tables: failed logins, and credentials that were right. */
#include "table.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "server/auth/remembered.h"
#include "server/auth/slowed.h"

#define HERE STR("192.0.2.1")
#define START (1000 * NS_PER_SECOND)

static unsigned takes(struct slowed *s, struct str address, struct str account, unsigned tries,
                      int64_t now_ns)
{
	unsigned taken = 0;
	for (unsigned i = 0; i < tries; i++)
		taken += slowed_take(s, address, account, now_ns);
	return taken;
}

static void t_auth_04_slowed_per_account_and_address(void **state)
{
	struct slowed *s;
	const int64_t one = LOGIN_RETRY_SECONDS * NS_PER_SECOND;
	(void)state;
	assert_int_equal(slowed_new(&s, NULL), OK);
	assert_int_equal(takes(s, HERE, STR("alice"), 1000, START), LOGIN_FAILURES_MAX);
	/* Its owner elsewhere, and others here, are not concerned. */
	assert_int_equal(takes(s, STR("192.0.2.2"), STR("alice"), 1, START), 1);
	assert_int_equal(takes(s, HERE, STR("bob"), 1, START), 1);
	/* It is not for good. */
	assert_int_equal(takes(s, HERE, STR("alice"), 5, START + one - 1), 0);
	assert_int_equal(takes(s, HERE, STR("alice"), 5, START + one), 1);
	assert_int_equal(takes(s, HERE, STR("alice"), 50, START + 100 * one), LOGIN_FAILURES_MAX);
	/* Who was right has not failed. */
	slowed_forgive(s, HERE, STR("alice"), START + 100 * one);
	assert_int_equal(takes(s, HERE, STR("alice"), 50, START + 100 * one), LOGIN_FAILURES_MAX);
	slowed_free(s);
}

static void t_auth_04_slowed_per_address(void **state)
{
	struct slowed *s;
	unsigned taken = 0;
	char name[16];
	(void)state;
	assert_int_equal(slowed_new(&s, NULL), OK);
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof name, "user%u", i);
		taken += slowed_take(s, HERE, str_c(name), START);
	}
	assert_int_equal(taken, LOGIN_ADDRESS_FAILURES_MAX);
	slowed_free(s);
}

static unsigned asks(struct slowed *s, struct str address, unsigned tries, int64_t now_ns)
{
	unsigned taken = 0;
	for (unsigned i = 0; i < tries; i++)
		taken += slowed_ask(s, address, 5, 20, now_ns);
	return taken;
}

static void slowed_reads(void **state)
{
	struct slowed *s;
	const int64_t one = NS_PER_SECOND / 5;
	(void)state;
	assert_int_equal(slowed_new(&s, NULL), OK);
	assert_int_equal(asks(s, HERE, 100, START), 20);
	assert_int_equal(asks(s, STR("192.0.2.2"), 100, START), 20);
	assert_int_equal(asks(s, HERE, 9, START + one - 1), 0);
	assert_int_equal(asks(s, HERE, 9, START + one), 1);
	assert_int_equal(asks(s, HERE, 100, START + NS_PER_SECOND), 4);
	assert_int_equal(asks(s, HERE, 100, START + 3600 * NS_PER_SECOND), 20);
	assert_int_equal(slowed_refused(s), 80 + 80 + 9 + 8 + 96 + 80);
	/* One network of IPv6. */
	assert_int_equal(asks(s, STR("2001:db8::1"), 15, START) + asks(s, STR("2001:db8::2"), 15, START), 20);
	assert_int_equal(slowed_refused(NULL), 0);
	slowed_free(s);
}

/* One network of IPv6 is one address, and what only looks like one is another. */
static void t_auth_04_slowed_ipv6(void **state)
{
	struct slowed *s;
	char address[40];
	unsigned taken = 0;
	(void)state;
	assert_int_equal(slowed_new(&s, NULL), OK);
	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(address, sizeof address, "2001:db8:1:2::%x", i);
		taken += slowed_take(s, str_c(address), STR("alice"), START);
	}
	assert_int_equal(taken, LOGIN_FAILURES_MAX);
	assert_true(slowed_take(s, STR("2001:db8:1:3::1"), STR("alice"), START));
	slowed_free(s);
}

/* Many more than there are places: nothing breaks, and everybody is slowed who comes at once. */
static void t_auth_04_slowed_is_bounded(void **state)
{
	struct slowed *s;
	char address[32];
	(void)state;
	assert_int_equal(slowed_new(&s, NULL), OK);
	for (unsigned i = 0; i < 4 * AUTH_SLOWED_MAX; i++) {
		(void)snprintf(address, sizeof address, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		assert_true(takes(s, str_c(address), STR("alice"), 20, START + i) <= LOGIN_FAILURES_MAX + 1);
	}
	slowed_free(s);
}

static void t_auth_remembers(void **state)
{
	struct remembered *m;
	struct sha256 key, other;
	int64_t account = 0;
	uint64_t generation = 0;
	struct errinfo e = { 0 };
	char longer[HTTP_HEADER_LINE_MAX_BYTES + 1];
	(void)state;
	assert_int_equal(remembered_new(&m, NULL), OK);
	assert_int_equal(remembered_key(m, STR("Basic YTpi"), STR("::1"), &key, &e), OK);
	assert_int_equal(remembered_key(m, STR("Basic YTpj"), STR("::1"), &other, &e), OK);
	assert_false(sha256_eq(&key, &other));
	assert_int_equal(remembered_key(m, STR("Basic YTpi"), STR("::2"), &other, &e), OK);
	assert_false(sha256_eq(&key, &other));
	assert_false(remembered_find(m, &key, &account, &generation));
	remembered_put(m, &key, 7, 9);
	assert_true(remembered_find(m, &key, &account, &generation));
	assert_int_equal(account, 7);
	assert_int_equal(generation, 9);
	assert_false(remembered_find(m, &other, &account, &generation));
	remembered_put(m, &key, 7, 10);
	assert_true(remembered_find(m, &key, &account, &generation));
	assert_int_equal(generation, 10);
	memset(longer, 'x', sizeof longer);
	assert_int_equal(remembered_key(m, str_make(longer, sizeof longer), STR("::1"), &key, &e), ERR_HEADERS);
	remembered_free(m);
}

/* The one in use stays, however many come by once. */
static void t_auth_remembers_who_is_in_use(void **state)
{
	struct remembered *m;
	struct sha256 mine, key;
	int64_t account;
	uint64_t generation;
	char name[16];
	unsigned kept = 0;
	(void)state;
	assert_int_equal(remembered_new(&m, NULL), OK);
	assert_int_equal(remembered_key(m, STR("me"), STR("::1"), &mine, NULL), OK);
	remembered_put(m, &mine, 1, 1);
	for (unsigned i = 0; i < 3 * AUTH_REMEMBERED_MAX; i++) {
		(void)snprintf(name, sizeof name, "user%u", i);
		assert_int_equal(remembered_key(m, str_c(name), STR("::1"), &key, NULL), OK);
		remembered_put(m, &key, 2 + i, 1);
		assert_true(remembered_find(m, &mine, &account, &generation));
	}
	for (unsigned i = 0; i < 3 * AUTH_REMEMBERED_MAX; i++) {
		(void)snprintf(name, sizeof name, "user%u", i);
		assert_int_equal(remembered_key(m, str_c(name), STR("::1"), &key, NULL), OK);
		if (remembered_find(m, &key, &account, &generation)) {
			assert_int_equal(account, 2 + i);
			kept++;
		}
	}
	assert_true(kept <= AUTH_REMEMBERED_MAX && kept > AUTH_REMEMBERED_MAX / 2);
	remembered_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_auth_04_slowed_per_account_and_address),
		cmocka_unit_test(t_auth_04_slowed_per_address),
		cmocka_unit_test(t_auth_04_slowed_ipv6), cmocka_unit_test(slowed_reads),
		cmocka_unit_test(t_auth_04_slowed_is_bounded),
		cmocka_unit_test(t_auth_remembers),
		cmocka_unit_test(t_auth_remembers_who_is_in_use),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
