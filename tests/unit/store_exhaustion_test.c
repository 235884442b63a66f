/* No disk space, no descriptors, no memory: the catalog says which, and a change is there as a
 * whole or not at all. The disk is filled by RLIMIT_FSIZE.                                    */
#include "store_fixture.h"

#include <signal.h>
#include <sys/resource.h>

static void limit(int what, rlim_t value)
{
	struct rlimit r;
	assert_int_equal(getrlimit((__rlimit_resource_t)what, &r), 0);
	r.rlim_cur = value < r.rlim_max ? value : r.rlim_max;
	assert_int_equal(setrlimit((__rlimit_resource_t)what, &r), 0);
}

static void t_disk_01_commit_on_a_full_disk(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char path[PATH_BYTES];
	open_all(f);
	assert_ok(f, publish_alone(f, "1.0.0"));
	assert_int_equal(stat(path_below(f->data, "catalog.db-wal", path), &st), 0);
	for (rlim_t more = 0;; more += 1500) {
		assert_ok(f, catalog_begin(f->c, &f->e));
		assert_ok(f, publish(f, "1.1.0"));
		limit(RLIMIT_FSIZE, (rlim_t)st.st_size + more);
		enum err err = catalog_commit(f->c, &f->e);
		limit(RLIMIT_FSIZE, RLIM_INFINITY);
		if (!err) {
			assert_true(more > 6000);
			assert_int_equal(sound_size(f), 2);
			return;
		}
		assert_err(f, DISK_FULL, err);
		assert_err(f, DB, catalog_begin(f->c, &f->e));
		shut(f);
		open_all(f);
		assert_int_equal(sound_size(f), 1);
		assert_ok(f, catalog_meta_set(f->c, "some", STR("wal"), &f->e));
		assert_int_equal(stat(path, &st), 0);
	}
}

/* More than fits into memory is written before the commit; SQLite then ends the transaction. */
static void t_disk_01_full_within_a_transaction(void **state)
{
	struct fixture *f = *state;
	static char line[100000];
	enum err err = OK;
	int64_t repo;
	memset(line, 'x', sizeof line);
	open_all(f);
	assert_ok(f, publish_alone(f, "1.0.0"));
	assert_ok(f, catalog_begin(f->c, &f->e));
	assert_ok(f, catalog_repo_put(f->c, STR("main"), 1, &repo, &f->e));
	limit(RLIMIT_FSIZE, 1u << 20);
	for (int i = 0; i < 100 && !err; i++) {
		char version[20];
		int n = snprintf(version, sizeof version, "2.%d.0", i);
		struct version_row row = publish_row(repo, STR("x"), str_make(version, (size_t)n),
		                                     str_make(version, (size_t)n));
		row.line = str_make(line, sizeof line);
		err = catalog_version_put(f->c, &row, &f->e);
	}
	limit(RLIMIT_FSIZE, RLIM_INFINITY);
	assert_err(f, DISK_FULL, err);
	assert_err(f, DB, publish(f, "1.1.0"));
	assert_err(f, DB, catalog_commit(f->c, &f->e));
	assert_int_equal(sound_size(f), 1);
	assert_ok(f, publish_alone(f, "1.1.0"));
	assert_int_equal(sound_size(f), 2);
}

static void t_no_descriptors_left(void **state)
{
	struct fixture *f = *state;
	struct catalog *reader = NULL;
	open_all(f);
	struct rlimit before;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	int next = dup(0);
	assert_true(next >= 0);
	(void)close(next);
	limit(RLIMIT_NOFILE, (rlim_t)next);
	enum err err = catalog_open_reader(f->d, &reader, &f->e);
	limit(RLIMIT_NOFILE, before.rlim_cur);
	assert_err(f, NO_FILES, err);
	assert_null(reader);
}

/* ---- T-CRASH-05: fail the Nth allocation of SQLite, once and from then on ---- */

static sqlite3_mem_methods real_memory;
static struct { long left; bool for_good; bool failed; } fault = { .left = -1 };

static bool fails(void)
{
	if (fault.left < 0 || fault.left-- > 0)
		return false;
	fault.failed = true;
	if (fault.for_good)
		fault.left = 0;
	return true;
}

static void *failing_malloc(int n) { return fails() ? NULL : real_memory.xMalloc(n); }
static void *failing_realloc(void *p, int n) { return fails() ? NULL : real_memory.xRealloc(p, n); }

static void replace_memory(void)
{
	sqlite3_mem_methods replaced;
	(void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
	replaced = real_memory;
	replaced.xMalloc = failing_malloc;
	replaced.xRealloc = failing_realloc;
	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &replaced);
}

static void fault_set(long after, bool for_good)
{
	fault.left = after;
	fault.for_good = for_good;
	fault.failed = false;
}

static void assert_nomem(const struct fixture *f, enum err err)
{
	if (err != ERR_NOMEM && err != ERR_DB)
		fail_msg("%s: %s", err_code(err), f->e.detail);
}

/* A new data directory each time: the schema is there as a whole or not at all. Opening allocates
 * 3,400 times; the steps grow, so that the test takes seconds.                               */
static void open_loop(struct fixture *f, bool for_good)
{
	for (long n = for_good;; n += 1 + n / 64) {
		remove_tree(f->data);
		open_data(f);
		fault_set(n, for_good);
		enum err err = catalog_open_writer(f->d, &f->c, &f->e);
		bool injected = fault.failed;
		fault_set(-1, false);
		if (err)
			assert_nomem(f, err);
		shut(f);
		open_all(f);
		assert_int_equal(sound_size(f), 0);
		shut(f);
		if (!injected) {
			assert_true(n > 1000);
			return;
		}
	}
}

static void publish_loop(struct fixture *f, bool for_good)
{
	uint64_t size = sound_size(f);
	char version[40];
	for (long n = 0;; n++) {
		(void)snprintf(version, sizeof version, "%d.%ld.0", for_good, n);
		fault_set(n, for_good);
		enum err err = catalog_begin(f->c, &f->e);
		if (!err)
			err = publish(f, version);
		if (!err)
			err = catalog_commit(f->c, &f->e);
		else
			catalog_rollback(f->c);
		bool injected = fault.failed;
		fault_set(-1, false);
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
	assert_ok(f, catalog_begin(f->c, &f->e));
	while (ev.seq % 8 != 7)          /* the next event completes three nodes */
		assert_ok(f, catalog_event_append(f->c, &ev, &f->e));
	assert_ok(f, catalog_commit(f->c, &f->e));
	for (long n = 0;; n++) {
		assert_ok(f, catalog_log_size(f->c, &before, &f->e));
		assert_ok(f, catalog_begin(f->c, &f->e));
		fault_set(n, for_good);
		enum err append = catalog_event_append(f->c, &ev, &f->e);
		bool injected = fault.failed;
		fault_set(-1, false);
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
		TEST(t_disk_01_commit_on_a_full_disk),
		TEST(t_disk_01_full_within_a_transaction),
		TEST(t_no_descriptors_left),
		TEST(t_crash_05_no_memory_to_open),
		TEST(t_crash_05_no_memory_to_publish),
		TEST(t_crash_05_no_memory_to_append),
	};
	replace_memory();
	(void)signal(SIGXFSZ, SIG_IGN);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
