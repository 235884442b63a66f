/* No disk space, no descriptors: the catalog says which, and a change is there as a whole or not at all.
 * The disk is filled by RLIMIT_FSIZE. No memory: store_nomem_test.c.                          */
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(t_disk_01_commit_on_a_full_disk),
		TEST(t_disk_01_full_within_a_transaction),
		TEST(t_no_descriptors_left),
	};
	(void)signal(SIGXFSZ, SIG_IGN);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
