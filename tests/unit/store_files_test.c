/* The files of a catalog: a WAL beside a catalog.db that it does not belong to, and files that are removed or
 * replaced while they are open.                                                              */
#include "store_fixture.h"

/* ---- what belongs together ---- */

/* The file and the WAL as kill -9 would leave them now. */
struct left { struct str db, wal; };

static struct left leave(const struct fixture *f)
{
	return (struct left){ read_whole(f, "catalog.db"), read_whole(f, "catalog.db-wal") };
}

static void put(const struct fixture *f, struct str db, struct str wal)
{
	char path[PATH_BYTES];
	(void)unlink(path_below(f->data, "catalog.db-shm", path));
	write_file(f, "catalog.db", db);
	write_file(f, "catalog.db-wal", wal);
}

static void publish_some(struct fixture *f, int from, int to)
{
	for (int i = from; i < to; i++) {
		char version[20];
		(void)snprintf(version, sizeof version, "1.%d.0", i);
		assert_ok(f, publish_alone(f, version));
	}
}

enum { STEPS = 7 };

/* Each is a moment of one history, in which WALs are begun by checkpoints and by ends; after a kill one goes on. */
static void make_history(struct fixture *f, struct left *steps)
{
	open_all(f);
	publish_some(f, 0, 20);
	steps[0] = leave(f);
	catalog_checkpoint(f->c, CHECKPOINT_ALL);
	steps[1] = leave(f);
	publish_some(f, 20, 40);
	steps[2] = leave(f);
	catalog_checkpoint(f->c, CHECKPOINT_TRUNCATE);
	publish_some(f, 40, 60);
	steps[3] = leave(f);
	shut(f);
	put(f, steps[3].db, steps[3].wal);       /* killed */
	open_all(f);
	publish_some(f, 60, 80);
	steps[4] = leave(f);
	shut(f);
	open_all(f);                             /* ended */
	publish_some(f, 80, 81);
	steps[5] = leave(f);
	publish_some(f, 81, 100);
	steps[6] = leave(f);
	shut(f);
}

/* A WAL belongs to the file that the one before it was copied into, and to the one that it is being copied into. */
static bool belongs(int d, int w)
{
	static const int wal[STEPS] = { 1, 1, 2, 3, 3, 4, 4 }, file[STEPS] = { 0, 1, 1, 2, 2, 3, 3 };
	return file[d] == wal[w] - 1 || file[d] == wal[w];
}

static void t_crash_01_wal_of_another_file(void **state)
{
	struct fixture *f = *state;
	struct left steps[STEPS];
	make_history(f, steps);
	for (int d = 0; d < STEPS; d++)
		for (int w = 0; w < STEPS; w++) {
			put(f, steps[d].db, steps[w].wal);
			open_data(f);
			enum err err = catalog_open_writer(f->d, &f->c, &f->e);
			if (belongs(d, w)) {
				assert_ok(f, err);
				(void)sound_size(f);
				shut(f);
				continue;
			}
			assert_err(f, CORRUPT, err);
			assert_non_null(strstr(f->e.detail, "move catalog.db-wal and catalog.db-shm away"));
			shut(f);
			struct left after = leave(f);
			assert_true(str_eq(after.db, steps[d].db) && str_eq(after.wal, steps[w].wal));
			auto_str(&after.db);
			auto_str(&after.wal);
		}
	for (int i = 0; i < STEPS; i++) {
		auto_str(&steps[i].db);
		auto_str(&steps[i].wal);
	}
}

/* A backup, made at any moment, that is put back without the WAL being moved away. */
static void put_backup_back(void **state, bool purged)
{
	struct fixture *f = *state;
	char place[300];
	(void)snprintf(place, sizeof place, "%s/copy", f->root);
	assert_int_equal(mkdir(place, 0700), 0);
	AUTO_FD int copy = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	open_all(f);
	publish_some(f, 0, 20);
	if (purged)                              /* and again: the pages stand as before */
		assert_ok(f, catalog_vacuum(f->c, &f->e));
	assert_ok(f, catalog_copy(f->c, copy, &f->e));
	if (purged)
		assert_ok(f, catalog_vacuum(f->c, &f->e));
	publish_some(f, 20, 40);
	AUTO_STR struct str wal = read_whole(f, "catalog.db-wal"), db = read_whole(f, "../copy/catalog.db");
	shut(f);
	put(f, db, wal);
	open_data(f);
	assert_err(f, CORRUPT, catalog_open_writer(f->d, &f->c, &f->e));
	shut(f);
	put(f, db, STR(""));
	open_all(f);
	assert_int_equal(sound_size(f), 20);
	publish_some(f, 20, 21);                 /* and goes on from there, over the next kill */
	struct left now = leave(f);
	shut(f);
	put(f, now.db, now.wal);
	open_all(f);
	assert_int_equal(sound_size(f), 21);
	auto_str(&now.db);
	auto_str(&now.wal);
}

static void t_crash_01_wal_beside_a_backup(void **state) { put_backup_back(state, false); }
static void t_crash_01_wal_beside_a_backup_after_a_purge(void **state) { put_backup_back(state, true); }

/* ---- what is still there ---- */

static void t_fs_02_removed_while_open(void **state)
{
	static const struct { const char *file; bool replaced; const char *detail; } table[] = {
		{ "catalog.db", false, "catalog.db was removed or replaced" },
		{ "catalog.db", true, "catalog.db was removed or replaced" },
		{ "catalog.db-wal", false, "catalog.db-wal was removed or replaced" },
		{ "catalog.db-wal", true, "catalog.db-wal was removed or replaced" },
	};
	struct fixture *f = *state;
	char path[PATH_BYTES], aside[PATH_BYTES];
	for (size_t i = 0; i < ROWS(table); i++) {
		bool is_wal = table[i].file[strlen("catalog.db")] != '\0';
		open_all(f);
		assert_ok(f, publish_alone(f, "1.0.0"));
		assert_ok(f, catalog_in_place(f->c, &f->e));
		(void)snprintf(aside, sizeof aside, "%s/aside", f->root);
		assert_int_equal(rename(path_below(f->data, table[i].file, path), aside), 0);
		if (table[i].replaced)
			write_file(f, table[i].file, STR("another one"));
		assert_err(f, CORRUPT, publish_alone(f, "1.1.0"));
		assert_non_null(strstr(f->e.detail, table[i].detail));
		assert_true(catalog_is_doubtful(f->c));
		assert_int_equal(catalog_is_displaced(f->c), !is_wal);
		assert_err(f, CORRUPT, publish_alone(f, "1.1.0"));
		shut(f);
		if (!is_wal)
			assert_int_equal(rename(aside, path), 0);
		open_all(f);
		assert_int_equal(sound_size(f), 1);
		shut(f);
		remove_tree(f->data);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(t_crash_01_wal_of_another_file),
		TEST(t_crash_01_wal_beside_a_backup),
		TEST(t_crash_01_wal_beside_a_backup_after_a_purge),
		TEST(t_fs_02_removed_while_open),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
