/* Files: reading the ones that are named, and what fits into the limit of open ones. */
#include "folder.h"

#include <errno.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"

static bool is_fat;

/* Ours is what the library under test finds. */
int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	if (!is_fat)
		return (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
	errno = EPERM;
	return -1;
}

/* What is written to a stick. */
static void replaces_without_links(void **state)
{
	char folder[FOLDER_BYTES];
	struct errinfo e;
	(void)state;
	make_folder(folder);
	AUTO_FD int dir = open(folder, O_RDONLY | O_DIRECTORY);
	is_fat = true;
	for (int i = 0; i < 2; i++) {
		struct fs_tmp t = { .dir = dir, .name = "tmp-1" };
		t.fd = openat(dir, t.name, O_RDWR | O_CREAT | O_EXCL, 0600);
		assert_true(t.fd >= 0);
		assert_int_equal(fs_tmp_replace(&t, dir, "a", &e), OK);
		fs_tmp_close(&t);
		assert_int_equal(faccessat(dir, "a", F_OK, 0), 0);
		assert_int_equal(faccessat(dir, "tmp-1", F_OK, 0), -1);
	}
	struct fs_tmp lost = { .fd = dup(dir), .dir = dir, .name = "none" };
	assert_int_not_equal(fs_tmp_replace(&lost, dir, "a", &e), OK);
	fs_tmp_close(&lost);
	is_fat = false;
	remove_tree(folder);
}

static void leaves_room_for_others(void **state)
{
	static const struct { rlim_t limit; unsigned others, each, fit; } rows[] = {
		{ 100, 0, 1, 100 }, { 100, 60, 2, 20 }, { 100, 61, 2, 19 }, { 100, 99, 1, 1 },
		{ 100, 99, 2, 0 }, { 100, 100, 1, 0 }, { 100, 101, 1, 0 }, { 100, UINT_MAX, 1, 0 },
	};
	struct rlimit before, now;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = before;
	for (size_t i = 0; i < ROWS(rows); i++) {
		now.rlim_cur = rows[i].limit;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
		assert_int_equal(fs_files_limit(rows[i].others, rows[i].each), rows[i].fit);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void reads_what_is_named(void **state)
{
	static const struct {
		const char *name; size_t limit; enum err err; const char *detail;
	} rows[] = {
		{ "file", 4, OK, "" }, { "link", 4, OK, "" },
		{ "file", 3, ERR_TOO_LARGE, "the file has 4 bytes, the limit is 3" },
		{ "none", 4, ERR_NOT_FOUND, "there is no such file" },
		{ "dangling", 4, ERR_NOT_FOUND, "there is no such file" },
		{ "loop", 4, ERR_IO, "Too many levels of symbolic links" },
		{ "pipe", 4, ERR_INVALID, "not a regular file" },
		{ ".", 4, ERR_INVALID, "not a regular file" },
	};
	char folder[FOLDER_BYTES], path[PATH_BYTES];
	(void)state;
	make_folder(folder);
	AUTO_FD int dir = open(folder, O_RDONLY | O_DIRECTORY);
	AUTO_FD int file = openat(dir, "file", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(file, "text", 4), 4);
	assert_int_equal(symlinkat("file", dir, "link"), 0);
	assert_int_equal(symlinkat("none", dir, "dangling"), 0);
	assert_int_equal(symlinkat("loop", dir, "loop"), 0);
	assert_int_equal(mkfifoat(dir, "pipe", 0600), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_FREE char *data = NULL;
		size_t bytes = 0;
		struct errinfo e = { 0 };
		(void)path_below(folder, rows[i].name, path);
		assert_int_equal(fs_read_named(path, rows[i].limit, &data, &bytes, &e), rows[i].err);
		assert_string_equal(e.detail, rows[i].detail);
		assert_int_equal(bytes, rows[i].err ? 0 : 4);
		if (!rows[i].err)
			assert_string_equal(data, "text");
	}
	remove_tree(folder);
}

/* A file that waits to be named never gets out of its directory. */
static void names_stay_inside(void **state)
{
	static const char *const outside[] = { "", ".", "..", "../a", "a/b", "/a", "a/" };
	char folder[FOLDER_BYTES];
	struct errinfo e;
	(void)state;
	make_folder(folder);
	AUTO_FD int dir = open(folder, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(dir, "a", 0700), 0);
	for (size_t i = 0; i < ROWS(outside); i++) {
		struct fs_tmp t;
		assert_int_equal(fs_tmp_open(dir, &t, &e), OK);
		assert_int_equal(fs_tmp_link(&t, dir, outside[i], &e), ERR_INVALID);
		assert_int_equal(fs_tmp_replace(&t, dir, outside[i], &e), ERR_INVALID);
		assert_int_equal(fs_tmp_link(&t, dir, "..a", &e), OK);
		fs_tmp_close(&t);
		assert_int_equal(unlinkat(dir, "..a", 0), 0);
	}
	remove_tree(folder);
}

static void says_why_not(void **state)
{
	static const struct { int error; const char *text; } rows[] = {
		{ ENOENT, "does not exist" }, { ENOTDIR, "does not exist" }, { EACCES, "may not be read by this user" },
		{ EPERM, "may not be read by this user" }, { EIO, "cannot be read" },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_string_equal(fs_unreadable(rows[i].error), rows[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_named),
		cmocka_unit_test(names_stay_inside),
		cmocka_unit_test(replaces_without_links),
		cmocka_unit_test(leaves_room_for_others),
		cmocka_unit_test(says_why_not),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
