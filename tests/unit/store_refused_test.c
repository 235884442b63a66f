/* Data directories that are refused: links, network filesystems, parts on other filesystems, no
 * right to write.
 *
 * fstatfs and fstat are replaced by definitions of our own, so that a network filesystem and a
 * second filesystem can be had without mounting one.                                         */
#include "store_fixture.h"

#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>

static long fake_filesystem;         /* 0: the real one */
static ino_t fake_mount_point;       /* 0: none */

int fstatfs(int fd, struct statfs *buf)
{
	long rc = syscall(SYS_fstatfs, fd, buf);
	if (rc == 0 && fake_filesystem)
		buf->f_type = fake_filesystem;
	return (int)rc;
}

int fstat(int fd, struct stat *buf)
{
	int rc = fstatat(fd, "", buf, AT_EMPTY_PATH);
	if (rc == 0 && fake_mount_point && buf->st_ino == fake_mount_point)
		buf->st_dev++;
	return rc;
}

static void t_disk_02_symlinked_directory(void **state)
{
	static const char *const table[] = {
		"repos", "tmp", "quarantine", "repos/main", "repos/main/charts",
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < ROWS(table); i++) {
		char path[PATH_BYTES], elsewhere[300];
		AUTO_FD int charts = -1;
		open_data(f);
		assert_ok(f, datadir_open_charts(f->d, STR("main"), true, &charts, &f->e));
		shut(f);
		(void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", f->root);
		assert_int_equal(rename(path_below(f->data, table[i], path), elsewhere), 0);
		assert_int_equal(symlink(elsewhere, path), 0);
		int unused = -1;
		enum err err = datadir_open(f->data, &for_writing, &f->d, &f->e);
		if (!err)
			err = datadir_open_charts(f->d, STR("main"), true, &unused, &f->e);
		assert_err(f, CORRUPT, err);
		assert_non_null(strstr(f->e.detail, "symbolic link"));
		shut(f);
		remove_tree(f->data);
		remove_tree(elsewhere);
	}
}

static void t_data_itself_may_be_a_link(void **state)
{
	struct fixture *f = *state;
	char real[300];
	(void)snprintf(real, sizeof real, "%s/real", f->root);
	assert_int_equal(mkdir(real, 0700), 0);
	assert_int_equal(symlink("real", f->data), 0);
	open_all(f);
}

static void t_lock_may_not_be_a_link(void **state)
{
	struct fixture *f = *state;
	char path[PATH_BYTES];
	open_data(f);
	shut(f);
	assert_int_equal(unlink(path_below(f->data, "LOCK", path)), 0);
	assert_int_equal(symlink("../precious", path), 0);
	write_file(f, "../precious", STR("x"));
	assert_err(f, IO, datadir_open(f->data, &for_writing, &f->d, &f->e));
	AUTO_STR struct str content = read_whole(f, "../precious");
	assert_string_equal(content.p, "x");
}

static void t_network_filesystem_is_refused(void **state)
{
	static const struct { long magic; const char *name; } table[] = {
		{ NFS_SUPER_MAGIC, "(NFS)" }, { (long)CIFS_SUPER_MAGIC, "(CIFS)" },
		{ CEPH_SUPER_MAGIC, "(CephFS)" }, { (long)SMB2_SUPER_MAGIC, "(SMB2)" },
	};
	struct fixture *f = *state;
	struct datadir_options allowed = for_writing;
	allowed.allow_network_filesystem = true;
	for (size_t i = 0; i < ROWS(table); i++) {
		fake_filesystem = table[i].magic;
		enum err err = datadir_open(f->data, &for_writing, &f->d, &f->e);
		fake_filesystem = 0;
		assert_err(f, NETWORK_FS, err);
		assert_non_null(strstr(f->e.detail, table[i].name));
		assert_non_null(strstr(f->e.detail, "--allow-network-filesystem"));
		assert_false(exists(f, "LOCK"));
	}
	fake_filesystem = NFS_SUPER_MAGIC;
	enum err err = datadir_open(f->data, &allowed, &f->d, &f->e);
	fake_filesystem = 0;
	assert_ok(f, err);
	assert_true(datadir_is_network(f->d));
}

/* A rollback journal instead of a WAL, and readers beside the writer all the same. */
static void t_network_filesystem_has_no_wal(void **state)
{
	struct fixture *f = *state;
	struct datadir_options allowed = for_writing;
	struct catalog *reader = NULL;
	AUTO_ARENA struct arena a = { 0 };
	struct str value;
	allowed.allow_network_filesystem = true;
	open_all(f);
	shut(f);
	fake_filesystem = NFS_SUPER_MAGIC;
	enum err err = datadir_open(f->data, &allowed, &f->d, &f->e);
	fake_filesystem = 0;
	assert_ok(f, err);
	assert_ok(f, catalog_open_writer(f->d, &f->c, &f->e));
	assert_ok(f, catalog_meta_set(f->c, "k", STR("v"), &f->e));
	assert_false(exists(f, "catalog.db-wal"));
	assert_ok(f, catalog_open_reader(f->d, &reader, &f->e));
	assert_ok(f, catalog_meta_get(reader, &a, "k", &value, &f->e));
	assert_true(str_eq_c(value, "v"));
	assert_ok(f, catalog_meta_set(f->c, "k", STR("w"), &f->e));
	assert_ok(f, catalog_read_begin(reader, &f->e));         /* a backup that takes its time */
	assert_ok(f, catalog_meta_get(reader, &a, "k", &value, &f->e));
	assert_err(f, BUSY, catalog_meta_set(f->c, "k", STR("x"), &f->e));
	assert_false(catalog_is_doubtful(f->c));
	catalog_rollback(reader);
	assert_ok(f, catalog_meta_set(f->c, "k", STR("y"), &f->e));
	catalog_close(reader);
}

static void t_disk_02_tmp_on_another_filesystem(void **state)
{
	static const char *const table[] = { "tmp", "quarantine" };
	struct fixture *f = *state;
	open_data(f);
	shut(f);
	for (size_t i = 0; i < ROWS(table); i++) {
		char path[PATH_BYTES];
		struct stat st;
		assert_int_equal(lstat(path_below(f->data, table[i], path), &st), 0);
		fake_mount_point = st.st_ino;
		enum err err = datadir_open(f->data, &for_writing, &f->d, &f->e);
		fake_mount_point = 0;
		assert_err(f, CORRUPT, err);
	}
}

/* Runs in a child that has no right to write; root gives its rights up for that. */
static void as_stranger(struct fixture *f, enum err wanted, enum err (*call)(struct fixture *f))
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(99);
		enum err err = call(f);
		_exit(err == wanted ? 0 : 1 + (int)err);
	}
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static enum err open_directory(struct fixture *f)
{
	return datadir_open(f->data, &for_writing, &f->d, &f->e);
}

static enum err open_writer(struct fixture *f)
{
	enum err err = open_directory(f);
	return err ? err : catalog_open_writer(f->d, &f->c, &f->e);
}

/* BUG: it read something else. */
static enum err read_value(struct fixture *f)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str value;
	enum err err = datadir_open(f->data, &for_reading, &f->d, &f->e);
	if (!err)
		err = catalog_open_reader(f->d, &f->c, &f->e);
	if (!err)
		err = catalog_meta_get(f->c, &a, "k", &value, &f->e);
	if (err == ERR_READ_ONLY && !strstr(f->e.detail, "copy of the whole directory"))
		return ERR_BUG;
	return err || str_eq_c(value, "v") ? err : ERR_BUG;
}

static void t_disk_02_read_only(void **state)
{
	struct fixture *f = *state;
	char path[PATH_BYTES];
	assert_int_equal(chmod(f->root, 0755), 0);
	assert_int_equal(mkdir(f->data, 0777), 0);
	assert_int_equal(chmod(f->data, 0555), 0);
	as_stranger(f, ERR_READ_ONLY, open_directory);
	assert_int_equal(chmod(f->data, 0777), 0);
	open_all(f);
	shut(f);
	static const struct { const char *name; mode_t mode; } open_to_all[] = {
		{ "LOCK", 0666 }, { "repos", 0777 }, { "tmp", 0777 }, { "quarantine", 0777 },
	};
	for (size_t i = 0; i < ROWS(open_to_all); i++)
		assert_int_equal(chmod(path_below(f->data, open_to_all[i].name, path),
		                       open_to_all[i].mode), 0);
	assert_int_equal(chmod(path_below(f->data, "catalog.db", path), 0444), 0);
	as_stranger(f, ERR_READ_ONLY, open_writer);
}

static void t_disk_02_reading_without_writing(void **state)
{
	static const struct beside { const char *name, *content; mode_t mode; } table[][3] = {
		{ { NULL, NULL, 0 } },
		{ { "catalog.db-wal", "", 0444 } },
		{ { "catalog.db-shm", "x", 0 } },
		{ { "catalog.db-wal", "x", 0444 } },
		{ { "catalog.db-wal", "", 0444 }, { "catalog.db-shm", "x", 0 } },
		{ { "catalog.db-journal", "x", 0444 } },
	};
	static const enum err wanted[] = { OK, OK, OK, ERR_READ_ONLY, ERR_READ_ONLY, ERR_READ_ONLY };
	struct fixture *f = *state;
	char path[PATH_BYTES];
	assert_int_equal(chmod(f->root, 0755), 0);
	open_all(f);
	assert_ok(f, catalog_meta_set(f->c, "k", STR("v"), &f->e));
	shut(f);
	assert_int_equal(chmod(path_below(f->data, "repos", path), 0755), 0);
	assert_int_equal(chmod(path_below(f->data, "catalog.db", path), 0444), 0);
	for (size_t i = 0; i < ROWS(table); i++) {
		for (const struct beside *b = table[i]; b->name; b++) {
			write_file(f, b->name, str_c(b->content));
			assert_int_equal(chmod(path_below(f->data, b->name, path), b->mode), 0);
		}
		assert_int_equal(chmod(f->data, 0555), 0);
		as_stranger(f, wanted[i], read_value);
		assert_int_equal(chmod(f->data, 0755), 0);
		for (const struct beside *b = table[i]; b->name; b++)
			assert_int_equal(unlink(path_below(f->data, b->name, path)), 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(t_disk_02_symlinked_directory),
		TEST(t_data_itself_may_be_a_link),
		TEST(t_lock_may_not_be_a_link),
		TEST(t_network_filesystem_is_refused),
		TEST(t_network_filesystem_has_no_wal),
		TEST(t_disk_02_tmp_on_another_filesystem),
		TEST(t_disk_02_read_only),
		TEST(t_disk_02_reading_without_writing),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
