/* The data directory: layout, lock, what a crash left, quarantine, walks. */
#include "store_fixture.h"

static void t_layout_and_modes(void **state)
{
	static const struct { const char *name; mode_t mode; } table[] = {
		{ ".", S_IFDIR | 0710 },
		{ "LOCK", S_IFREG | 0600 },
		{ "repos", S_IFDIR | 0750 },
		{ "tmp", S_IFDIR | 0700 },
		{ "quarantine", S_IFDIR | 0700 },
		{ "repos/team-a", S_IFDIR | 0750 },
		{ "repos/team-a/stable", S_IFDIR | 0750 },
		{ "repos/team-a/stable/charts", S_IFDIR | 0750 },
		{ "catalog.db", S_IFREG | 0600 },
		{ "catalog.db-wal", S_IFREG | 0600 },
	};
	struct fixture *f = *state;
	mode_t before = umask(022);
	open_all(f);
	AUTO_FD int charts = -1;
	assert_ok(f, datadir_open_charts(f->d, STR("team-a/stable"), true, &charts, &f->e));
	(void)umask(before);
	for (size_t i = 0; i < ROWS(table); i++) {
		char path[PATH_BYTES];
		struct stat st;
		assert_int_equal(lstat(path_below(f->data, table[i].name, path), &st), 0);
		if (st.st_mode != table[i].mode)
			print_error("%s: mode %o\n", table[i].name, st.st_mode);
		assert_int_equal(st.st_mode, table[i].mode);
	}
	assert_string_equal(datadir_path(f->d), f->data);
	assert_false(datadir_is_network(f->d));
}

static void t_second_writer_is_told_who_has_it(void **state)
{
	struct fixture *f = *state;
	struct datadir *second = NULL;
	char pid[40];
	open_data(f);
	assert_err(f, LOCKED, datadir_open(f->data, &for_writing, &second, &f->e));
	(void)snprintf(pid, sizeof pid, "process %ld uses", (long)getpid());
	assert_non_null(strstr(f->e.detail, pid));
	assert_null(second);
	shut(f);
	open_data(f);
}

static void t_lock_text_is_never_trusted(void **state)
{
	struct fixture *f = *state;
	struct datadir *second = NULL;
	open_data(f);
	write_file(f, "LOCK", STR("%s%n\x1b[2J"));
	assert_err(f, LOCKED, datadir_open(f->data, &for_writing, &second, &f->e));
	assert_string_equal(f->e.detail, "another process uses the data directory");
}

static void t_reader_needs_no_lock(void **state)
{
	struct fixture *f = *state;
	struct datadir *reader = NULL;
	struct fs_tmp tmp;
	open_data(f);
	assert_ok(f, datadir_open(f->data, &for_reading, &reader, &f->e));
	assert_err(f, BUG, datadir_tmp(reader, &tmp, &f->e));
	datadir_close(reader);
}

static void t_absent_directory(void **state)
{
	struct fixture *f = *state;
	struct datadir_options write_only = { .write = true };
	assert_err(f, NOT_FOUND, datadir_open(f->data, &for_reading, &f->d, &f->e));
	assert_err(f, NOT_FOUND, datadir_open(f->data, &write_only, &f->d, &f->e));
	assert_err(f, NOT_FOUND, datadir_open("", &for_writing, &f->d, &f->e));
	assert_err(f, NOT_FOUND, datadir_open(f->root, &for_reading, &f->d, &f->e));
	assert_err(f, NOT_FOUND, datadir_open(f->root, &write_only, &f->d, &f->e));
	assert_int_equal(mknod(f->data, S_IFREG | 0600, 0), 0);
	assert_err(f, IO, datadir_open(f->data, &for_writing, &f->d, &f->e));
	assert_null(f->d);
}

static void t_crash_leftovers_are_removed(void **state)
{
	static const struct { const char *name; bool stays; } table[] = {
		{ "tmp/tmp-0011223344556677", false },
		{ "tmp/.hidden", false },
		{ "tmp/lost+found/file", true },
		{ "repos/main/.new-0011223344556677", false },
		{ "repos/main/index.yaml", true },
		{ "repos/main/charts/.new-0011223344556677", false },
		{ "repos/main/charts/a-1.0.0.tgz", true },
		{ "repos/team/b/charts/.new-0011223344556677", false },
		{ "repos/team/b/charts/new-1.0.0.tgz", true },
		{ "quarantine/.new-0011223344556677", true },
	};
	static const struct str repos[] = { STR("main"), STR("team/b") };
	struct fixture *f = *state;
	char path[PATH_BYTES];
	open_data(f);
	for (size_t i = 0; i < ROWS(repos); i++) {
		AUTO_FD int charts = -1;
		assert_ok(f, datadir_open_charts(f->d, repos[i], true, &charts, &f->e));
	}
	assert_int_equal(mkdir(path_below(f->data, "tmp/folder", path), 0700), 0);
	assert_int_equal(mkdir(path_below(f->data, "tmp/lost+found", path), 0700), 0);
	for (size_t i = 0; i < ROWS(table); i++)
		write_file(f, table[i].name, STR("x"));
	shut(f);
	open_data(f);
	for (size_t i = 0; i < ROWS(table); i++)
		if (exists(f, table[i].name) != table[i].stays)
			fail_msg("%s", table[i].name);
	assert_false(exists(f, "tmp/folder"));
}

/* A reader, or whoever failed to get the lock, must not empty tmp/ under the writer. */
static void t_only_the_writer_removes(void **state)
{
	struct fixture *f = *state;
	struct datadir *other = NULL;
	open_data(f);
	write_file(f, "tmp/upload", STR("x"));
	assert_err(f, LOCKED, datadir_open(f->data, &for_writing, &other, &f->e));
	assert_ok(f, datadir_open(f->data, &for_reading, &other, &f->e));
	datadir_close(other);
	assert_true(exists(f, "tmp/upload"));
}

static void t_repository_names(void **state)
{
	static const struct { const char *name; enum err err; } table[] = {
		{ "main", OK }, { "team-a/stable", OK }, { "a.b/c_d", OK },
		{ "", ERR_INVALID }, { "/", ERR_INVALID }, { "a/", ERR_INVALID }, { "/a", ERR_INVALID },
		{ "a//b", ERR_INVALID }, { ".", ERR_INVALID }, { "..", ERR_INVALID },
		{ "a/..", ERR_INVALID }, { "../a", ERR_INVALID }, { ".hidden", ERR_INVALID },
		{ "a123456789012345678901234567890123456789012345678901234567890123", ERR_INVALID },
	};
	struct fixture *f = *state;
	open_data(f);
	for (size_t i = 0; i < ROWS(table); i++) {
		AUTO_FD int charts = -1, repo = -1;
		enum err err = datadir_open_charts(f->d, str_c(table[i].name), true, &charts, &f->e);
		if (err != table[i].err)
			fail_msg("%s: %s", table[i].name, err_code(err));
		assert_int_equal(datadir_open_repo(f->d, str_c(table[i].name), &repo, NULL), table[i].err);
	}
	int unused;
	assert_err(f, INVALID, datadir_open_charts(f->d, STR("a\0b"), true, &unused, &f->e));
	assert_err(f, NOT_FOUND, datadir_open_charts(f->d, STR("other"), false, &unused, &f->e));
	assert_err(f, NOT_FOUND, datadir_open_repo(f->d, STR("other"), &unused, &f->e));
}

static void t_temporary_file_becomes_a_chart(void **state)
{
	struct fixture *f = *state;
	struct fs_tmp tmp;
	AUTO_FD int charts = -1;
	open_data(f);
	assert_ok(f, datadir_open_charts(f->d, STR("main"), true, &charts, &f->e));
	assert_ok(f, datadir_tmp(f->d, &tmp, &f->e));
	assert_ok(f, fs_write(tmp.fd, STR("chart"), &f->e));
	assert_ok(f, fs_tmp_link(&tmp, charts, "a-1.0.0.tgz", &f->e));
	assert_err(f, EXISTS, fs_tmp_link(&tmp, charts, "a-1.0.0.tgz", &f->e));
	fs_tmp_close(&tmp);
	assert_true(exists(f, "repos/main/charts/a-1.0.0.tgz"));
}

static void t_quarantine_keeps_everything(void **state)
{
	static const struct { const char *repo, *file, *why, *kept; } table[] = {
		{ "main", "redis-1.0.0.tgz", "damaged", "main~redis-1.0.0.tgz~damaged~1" },
		{ "main", "redis-1.0.0.tgz", "damaged", "main~redis-1.0.0.tgz~damaged~2" },
		{ "main", "redis-1.0.0.tgz", "unknown", "main~redis-1.0.0.tgz~unknown~1" },
		{ "team-a/stable", "redis-1.0.0.tgz.prov", "damaged",
		  "team-a~stable~redis-1.0.0.tgz.prov~damaged~1" },
	};
	struct fixture *f = *state;
	open_data(f);
	for (size_t i = 0; i < ROWS(table); i++) {
		char from[500], kept[500];
		AUTO_FD int charts = -1;
		assert_ok(f, datadir_open_charts(f->d, str_c(table[i].repo), true, &charts, &f->e));
		(void)snprintf(from, sizeof from, "repos/%s/charts/%s", table[i].repo, table[i].file);
		(void)snprintf(kept, sizeof kept, "quarantine/%s", table[i].kept);
		write_file(f, from, str_c(table[i].kept));
		assert_ok(f, datadir_put_away(f->d, charts, table[i].file, str_c(table[i].repo), table[i].why, &f->e));
		assert_err(f, NOT_FOUND, datadir_put_away(f->d, charts, "no.tgz", str_c(table[i].repo), "damaged", &f->e));
		assert_false(exists(f, from));
	}
	for (size_t i = 0; i < ROWS(table); i++) {
		char kept[500];
		(void)snprintf(kept, sizeof kept, "quarantine/%s", table[i].kept);
		AUTO_STR struct str content = read_whole(f, kept);
		assert_string_equal(content.p, table[i].kept);
	}
}

static enum err count_entry(void *ctx, const char *name, struct errinfo *e)
{
	(void)e;
	assert_true(strlen(name) <= 255);
	++*(size_t *)ctx;
	return OK;
}

/* The longest names, and things that are not files: moved as they are. */
static void t_quarantine_takes_anything(void **state)
{
	struct fixture *f = *state;
	char file[252], path[PATH_BYTES], repo_name[64 + 63];
	size_t kept = 0;
	memset(file, 'x', sizeof file);
	(void)snprintf(file + sizeof file - 5, 5, ".tgz");
	memset(repo_name, 'r', sizeof repo_name);
	repo_name[63] = '/';
	struct str repo = str_make(repo_name, sizeof repo_name);
	open_data(f);
	AUTO_FD int charts = -1, folder = -1;
	assert_ok(f, datadir_open_charts(f->d, repo, true, &charts, &f->e));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(mkdirat(charts, file, 0700), 0);
		assert_ok(f, datadir_put_away(f->d, charts, file, repo, "damaged", &f->e));
	}
	assert_int_equal(symlinkat("LOCK", charts, "a-1.tgz"), 0);
	assert_ok(f, datadir_put_away(f->d, charts, "a-1.tgz", repo, "damaged", &f->e));
	assert_ok(f, fs_open_dir(AT_FDCWD, path_below(f->data, "quarantine", path), &folder, &f->e));
	assert_ok(f, datadir_each_file(folder, count_entry, &kept, &f->e));
	assert_int_equal(kept, 4);
}

static enum err stop_at_second(void *ctx, const char *name, struct errinfo *e)
{
	(void)name;
	return ++*(size_t *)ctx == 2 ? ERR(e, DRAINING, "enough") : OK;
}

static enum err collect(void *ctx, struct str repo, struct errinfo *e)
{
	(void)e;
	sbuf_put(ctx, repo);
	sbuf_putc(ctx, ' ');
	return OK;
}

static void t_walks(void **state)
{
	static const struct str repos[] = { STR("main"), STR("team/a"), STR("team/b"), STR("team") };
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf seen = sbuf_make(1000);
	char path[PATH_BYTES];
	size_t calls = 0;
	open_data(f);
	for (size_t i = 0; i < ROWS(repos); i++) {
		AUTO_FD int charts = -1;
		assert_ok(f, datadir_open_charts(f->d, repos[i], true, &charts, &f->e));
	}
	assert_int_equal(mkdir(path_below(f->data, "repos/no-charts", path), 0750), 0);
	write_file(f, "repos/stray-file", STR("x"));
	write_file(f, "repos/team/index.yaml", STR("x"));
	assert_ok(f, datadir_each_repo(f->d, collect, &seen, &f->e));
	assert_int_equal(seen.n, strlen("main team team/a team/b "));
	for (size_t i = 0; i < ROWS(repos); i++) {
		char word[20];
		(void)snprintf(word, sizeof word, "%.*s ", STR_ARG(repos[i]));
		assert_non_null(strstr(seen.p, word));
	}
	assert_err(f, DRAINING, datadir_each_file(datadir_fd(f->d), stop_at_second, &calls, &f->e));
	assert_int_equal(calls, 2);
}

static size_t open_descriptors(void)
{
	size_t n = 0;
	AUTO_FD int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
	assert_int_equal(datadir_each_file(fd, count_entry, &n, NULL), OK);
	return n;
}

static void t_no_descriptor_is_left(void **state)
{
	struct fixture *f = *state;
	struct datadir *other = NULL;
	size_t before = open_descriptors();
	open_all(f);
	AUTO_FD int charts = -1;
	assert_ok(f, datadir_open_charts(f->d, STR("team/a"), true, &charts, &f->e));
	auto_close(&charts);
	charts = -1;
	assert_err(f, LOCKED, datadir_open(f->data, &for_writing, &other, &f->e));
	assert_err(f, NOT_FOUND, datadir_open_charts(f->d, STR("team/b"), false, &charts, &f->e));
	shut(f);
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(t_layout_and_modes),
		TEST(t_second_writer_is_told_who_has_it),
		TEST(t_lock_text_is_never_trusted),
		TEST(t_reader_needs_no_lock),
		TEST(t_absent_directory),
		TEST(t_crash_leftovers_are_removed),
		TEST(t_only_the_writer_removes),
		TEST(t_repository_names),
		TEST(t_temporary_file_becomes_a_chart),
		TEST(t_quarantine_keeps_everything),
		TEST(t_quarantine_takes_anything),
		TEST(t_walks),
		TEST(t_no_descriptor_is_left),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
