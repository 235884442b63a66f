/* Names in quarantine/: which file an entry is of. Files that are kept: moved, found, not replaced. */
#include "table.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/store/datadir.h"

struct fixture { char data[FOLDER_BYTES]; struct datadir *d; int charts; struct errinfo e; };

#define LONG_FILE 240

static void put(struct fixture *f, const char *name, const char *text)
{
	AUTO_FD int fd = openat(f->charts, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0440);
	assert_true(fd >= 0);
	assert_int_equal(fs_write(fd, str_c(text), NULL), OK);
}

static bool is_there(const struct fixture *f, const char *name)
{
	return faccessat(f->charts, name, F_OK, 0) == 0;
}

struct found { struct str repo; const char *file; uint64_t event; unsigned kept, away, other; };

static enum err look(void *ctx, const char *name, struct errinfo *e)
{
	struct found *x = ctx;
	uint64_t event;
	(void)e;
	if (datadir_is_kept(name, &event) && datadir_is_kept_as(name, x->file, event) &&
	    event == x->event)
		x->kept++;
	else if (datadir_was_quarantined(name, x->repo, x->file))
		x->away++;
	else
		x->other++;
	return OK;
}

static void expect(struct fixture *f, const char *repo, const char *file, uint64_t event,
                   unsigned kept, unsigned away, unsigned other)
{
	struct found x = { .repo = str_c(repo), .file = file, .event = event };
	assert_int_equal(datadir_each_quarantined(f->d, look, &x, &f->e), OK);
	assert_int_equal(x.kept, kept);
	assert_int_equal(x.away, away);
	assert_int_equal(x.other, other);
}

static void kept_and_found(void **state)
{
	struct fixture *f = *state;
	char file[LONG_FILE + 6], text[8] = "";
	memset(file, 'x', LONG_FILE);
	(void)snprintf(file + LONG_FILE - 4, 10, ".tgz.prov");
	const char *const files[] = { "a-1.0.0.tgz", file };
	for (size_t i = 0; i < ROWS(files); i++) {
		AUTO_FD int fd = -1;
		put(f, files[i], "bytes");
		assert_int_equal(datadir_keep(f->d, f->charts, STR("main"), files[i], UINT64_MAX, &f->e), OK);
		assert_false(is_there(f, files[i]));
		expect(f, "main", files[i], UINT64_MAX, 1, 0, 0);
		expect(f, "main", files[i], 7, 0, 0, 1);
		expect(f, "main", "b-1.0.0.tgz", UINT64_MAX, 0, 0, 1);
		assert_int_equal(datadir_kept_open(f->d, files[i], UINT64_MAX, &fd, &f->e), OK);
		assert_int_equal(read(fd, text, sizeof text), 5);
		assert_int_equal(datadir_kept_remove(f->d, files[i], UINT64_MAX, &f->e), OK);
		assert_int_equal(datadir_kept_remove(f->d, files[i], UINT64_MAX, &f->e), OK);
		expect(f, "main", files[i], UINT64_MAX, 0, 0, 0);
	}
	assert_int_equal(datadir_keep(f->d, f->charts, STR("main"), "none.tgz", 1, &f->e), OK);
	assert_int_equal(datadir_kept_open(f->d, "none.tgz", 1, &f->charts, &f->e), ERR_NOT_FOUND);
}

/* What a power cut leaves under both names, and what somebody put there since. */
static void kept_again(void **state)
{
	struct fixture *f = *state;
	int quarantine;
	put(f, "a-1.0.0.tgz", "bytes");
	assert_int_equal(datadir_quarantine_fd(f->d, &quarantine, &f->e), OK);
	assert_int_equal(linkat(f->charts, "a-1.0.0.tgz", quarantine,
	                        "deleted~3~a-1.0.0.tgz", 0), 0);
	assert_int_equal(datadir_keep(f->d, f->charts, STR("main"), "a-1.0.0.tgz", 3, &f->e), OK);
	assert_false(is_there(f, "a-1.0.0.tgz"));
	expect(f, "main", "a-1.0.0.tgz", 3, 1, 0, 0);
	put(f, "a-1.0.0.tgz", "others");
	assert_int_equal(datadir_keep(f->d, f->charts, STR("main"), "a-1.0.0.tgz", 3, &f->e), OK);
	assert_false(is_there(f, "a-1.0.0.tgz"));
	expect(f, "main", "a-1.0.0.tgz", 3, 1, 1, 0);
}

/* Removed, or another put in its place, while it is open. */
static void quarantine_again(void **state)
{
	struct fixture *f = *state;
	char path[PATH_BYTES], aside[PATH_BYTES];
	(void)path_below(f->data, "quarantine", path);
	put(f, "a-1.0.0.tgz", "bytes");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(datadir_keep(f->d, f->charts, STR("main"), "a-1.0.0.tgz", 3, &f->e), OK);
	assert_false(is_there(f, "a-1.0.0.tgz"));
	expect(f, "main", "a-1.0.0.tgz", 3, 1, 0, 0);
	assert_int_equal(rename(path, path_below(f->data, "aside", aside)), 0);
	put(f, "a-1.0.0.tgz", "bytes");
	assert_int_equal(datadir_put_away(f->d, f->charts, "a-1.0.0.tgz", STR("main"), "orphan", &f->e), OK);
	expect(f, "main", "a-1.0.0.tgz", 3, 0, 1, 0);
	assert_int_equal(rename(path, path_below(f->data, "aside2", aside)), 0);
	assert_int_equal(symlink(aside, path), 0);
	put(f, "a-1.0.0.tgz", "bytes");
	assert_int_not_equal(datadir_keep(f->d, f->charts, STR("main"), "a-1.0.0.tgz", 4, &f->e), OK);
	assert_true(is_there(f, "a-1.0.0.tgz"));
}

/* A folder can have no second name, and nobody brings it back. */
static void a_folder(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(mkdirat(f->charts, "a-1.0.0.tgz", 0700), 0);
	assert_int_equal(datadir_keep(f->d, f->charts, STR("main"), "a-1.0.0.tgz", 3, &f->e), OK);
	assert_false(is_there(f, "a-1.0.0.tgz"));
	expect(f, "main", "a-1.0.0.tgz", 3, 0, 1, 0);
}

static void names(void **state)
{
	static const struct { const char *entry, *repo, *file; bool is; } rows[] = {
		{ "main~a-1.0.0.tgz~damaged~1", "main", "a-1.0.0.tgz", true },
		{ "main~a-1.0.0.tgz~orphan~12", "main", "a-1.0.0.tgz", true },
		{ "team~b~a-1.0.0.tgz~orphan~1", "team/b", "a-1.0.0.tgz", true },
		{ "main~a-1.0.0.tgz~orphan~1", "other", "a-1.0.0.tgz", false },
		{ "main~a-1.0.0.tgz~orphan~1", "main", "a-1.0.0.tgz.prov", false },
		{ "main~a-1.0.0.tgz~orphan", "main", "a-1.0.0.tgz", false },
		{ "main~a-1.0.0.tgz~orphan~x", "main", "a-1.0.0.tgz", false },
		{ "a-1.0.0.tgz", "main", "a-1.0.0.tgz", false }, { "~", "main", "a", false },
		{ "", "main", "a", false }, { "~~", "main", "a", false },
	};
	uint64_t event = 0;
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (datadir_was_quarantined(rows[i].entry, str_c(rows[i].repo), rows[i].file) != rows[i].is)
			fail_msg("%s", rows[i].entry);
	assert_true(datadir_is_kept("deleted~42~a.tgz", &event) && event == 42);
	assert_false(datadir_is_kept("deleted~x~a.tgz", &event));
	assert_false(datadir_is_kept("deleted~42~", &event));
	assert_false(datadir_is_kept("deleted~a.tgz~orphan~1", &event));
	assert_false(datadir_is_kept("main~charts~deleted~1", &event));
}

static int begin(void **state)
{
	const struct datadir_options o = { .create = true, .write = true };
	struct fixture *f = calloc(1, sizeof *f);
	*state = f;
	if (!f)
		return -1;
	make_folder(f->data);
	return datadir_open(f->data, &o, &f->d, &f->e) ||
	       datadir_open_charts(f->d, STR("main"), true, &f->charts, &f->e);
}

static int end(void **state)
{
	struct fixture *f = *state;
	auto_close(&f->charts);
	datadir_close(f->d);
	remove_tree(f->data);
	free(f);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test_setup_teardown(kept_and_found, begin, end),
		cmocka_unit_test_setup_teardown(kept_again, begin, end),
		cmocka_unit_test_setup_teardown(quarantine_again, begin, end),
		cmocka_unit_test_setup_teardown(a_folder, begin, end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
