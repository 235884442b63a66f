/* Temporary folders for tests that write files. A test's `struct fixture` has an errinfo `e`;
 * set_up makes one and tear_down ends it.                                                     */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <unistd.h>

#include "indexer/base/err.h"
#include "table.h"

#define PATH_BYTES 1000
#define FOLDER_BYTES 256

/* These tests stop no power supply: without waiting for the disk they take seconds, not minutes. */
int fsync(int fd) { return fcntl(fd, F_GETFD) < 0 ? -1 : 0; }
int fdatasync(int fd) { return fsync(fd); }
int syncfs(int fd) { return fsync(fd); }

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void make_folder(char ret[FOLDER_BYTES])
{
	const char *base = getenv("TMPDIR");
	(void)snprintf(ret, FOLDER_BYTES, "%s/unit-XXXXXX", base ? base : P_tmpdir);
	if (!mkdtemp(ret))
		abort();
}

static inline const char *path_below(const char *folder, const char *name, char ret[PATH_BYTES])
{
	(void)snprintf(ret, PATH_BYTES, "%s/%s", folder, name);
	return ret;
}

/* Behind the back of the catalog, as somebody would who has the file and the sqlite3 shell. */
static inline void run_sql(const char *data, const char *sql, int wanted)
{
	char path[PATH_BYTES];
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(path_below(data, "catalog.db", path), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), wanted);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define assert_ok(f, call) expect_err(&(f)->e, OK, (call), #call, __FILE__, __LINE__)
#define assert_err(f, NAME, call) \
	expect_err(&(f)->e, ERR_##NAME, (call), #call, __FILE__, __LINE__)

static inline void expect_err(const struct errinfo *e, enum err wanted, enum err got,
                              const char *call, const char *file, int line)
{
	if (got != wanted)
		print_error("%s: %s, not %s: %s\n", call, err_code(got), err_code(wanted),
		            got ? e->detail : "");
	_assert_int_equal((uintmax_t)got, (uintmax_t)wanted, file, line);
}
