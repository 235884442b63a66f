/* T-CRASH-05: no memory, once and from then on, SQLite's included, to open a catalog, to publish, to append to
 * the log: an error, or it is done; a change is there as a whole or not at all.                */
#include "store_fixture.h"
#include "tests/lib/nomem_sqlite.h"

static void assert_nomem(const struct fixture *f, enum err err)
{
	if (err != ERR_NOMEM && err != ERR_DB)
		fail_msg("%s: %s", err_code(err), f->e.detail);
}

/* A new data directory each time: the schema is there as a whole or not at all. */
static void open_loop(struct fixture *f, bool for_good)
{
	nomem_for_good(for_good);
	for (long n = 0; n <= nomem_places(); n++) {
		remove_tree(f->data);
		open_data(f);
		nomem_arm_place(n);
		enum err err = catalog_open_writer(f->d, &f->c, &f->e);
		assert_int_equal(nomem_disarm(), n > 0);
		if (err)
			assert_nomem(f, err);
		shut(f);
		open_all(f);
		assert_int_equal(sound_size(f), 0);
		shut(f);
	}
	assert_true(nomem_places() > 5);
}

static void publish_loop(struct fixture *f, bool for_good)
{
	uint64_t size = sound_size(f);
	char version[40];
	nomem_for_good(for_good);
	for (long n = 0;; n++) {
		(void)snprintf(version, sizeof version, "%d.%ld.0", for_good, n);
		nomem_arm(n);
		enum err err = catalog_begin(f->c, &f->e);
		if (!err)
			err = publish(f, version);
		if (!err)
			err = catalog_commit(f->c, &f->e);
		else
			catalog_rollback(f->c);
		bool injected = nomem_disarm();
		if (err) {
			assert_nomem(f, err);
			shut(f);
			open_all(f);
		}
		uint64_t now = sound_size(f);
		assert_true(now == size + 1 || (err && now == size));
		size = now;
		if (!injected) {
			assert_true(n > 5);
			return;
		}
	}
}

/* Whoever commits in spite of an error gets an error, or a log that is whole. */
static void append_loop(struct fixture *f, bool for_good)
{
	struct sha256 root;
	uint64_t before = 0, after = 0;
	struct event ev = publish_event(STR("redis"), STR("1.0.0"));
	nomem_for_good(for_good);
	assert_ok(f, catalog_begin(f->c, &f->e));
	while (ev.seq % 8 != 7)          /* the next event completes three nodes */
		assert_ok(f, catalog_event_append(f->c, &ev, &f->e));
	assert_ok(f, catalog_commit(f->c, &f->e));
	for (long n = 0;; n++) {
		assert_ok(f, catalog_log_size(f->c, &before, &f->e));
		assert_ok(f, catalog_begin(f->c, &f->e));
		nomem_arm(n);
		enum err append = catalog_event_append(f->c, &ev, &f->e);
		bool injected = nomem_disarm();
		enum err commit = catalog_commit(f->c, &f->e);
		assert_ok(f, catalog_log_verify(f->c, &after, &root, &f->e));
		assert_int_equal(after - before, !append && !commit);
		if (!injected)
			return;
	}
}

static void t_crash_05_no_memory_to_append(void **state)
{
	open_all(*state);
	append_loop(*state, false);
	append_loop(*state, true);
}

static void t_crash_05_no_memory_to_open(void **state)
{
	open_loop(*state, false);
	open_loop(*state, true);
}

static void t_crash_05_no_memory_to_publish(void **state)
{
	open_all(*state);
	publish_loop(*state, false);
	publish_loop(*state, true);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(t_crash_05_no_memory_to_open),
		TEST(t_crash_05_no_memory_to_publish),
		TEST(t_crash_05_no_memory_to_append),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, nomem_sqlite_setup, NULL);
}
