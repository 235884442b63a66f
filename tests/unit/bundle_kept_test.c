/* Bundles that are kept for others, and a purge while one is being made: whoever makes it is told. */
#include "table.h"

#include <fcntl.h>
#include <unistd.h>

#include "folder.h"
#include "indexer/base/auto.h"
#include "indexer/bundle/kept.h"
#include "indexer/store/passing.h"

struct fixture { char data[FOLDER_BYTES]; struct datadir *d; struct errinfo e; };

static const struct sha256 id = { .bytes = { 1, 2, 3 } };

static void put(int dir, const char *name)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0440);
	assert_true(fd >= 0);
	assert_int_equal(fs_write(fd, STR("x"), NULL), OK);
}

static size_t count(struct fixture *f)
{
	AUTO_ARENA struct arena a = { 0 };
	struct kept_bundle *list;
	size_t n;
	assert_int_equal(kept_list(f->d, &a, &list, &n, &f->e), OK);
	return n;
}

static void made_and_thrown_away(void **state)
{
	struct fixture *f = *state;
	AUTO_FD int dir = -1;
	assert_int_equal(passing_forget(f->d, NULL, 0, &f->e), OK);      /* of nothing */
	assert_int_equal(kept_begin(f->d, &id, &dir, &f->e), OK);
	put(dir, "new.tar");
	assert_int_equal(kept_end(dir, "new.tar", STR("about"), &f->e), OK);
	assert_int_equal(count(f), 1);
	assert_int_equal(passing_forget(f->d, NULL, 0, &f->e), OK);
	assert_int_equal(count(f), 0);
}

static void thrown_away_while_it_is_made(void **state)
{
	struct fixture *f = *state;
	AUTO_FD int dir = -1;
	assert_int_equal(kept_begin(f->d, &id, &dir, &f->e), OK);
	put(dir, "new.tar");
	assert_int_equal(passing_forget(f->d, NULL, 0, &f->e), OK);
	assert_int_equal(kept_end(dir, "new.tar", STR("about"), &f->e), ERR_BUSY);
	assert_int_equal(count(f), 0);
	assert_int_equal(kept_remove(f->d, &id, &f->e), OK);
}

static int begin(void **state)
{
	const struct datadir_options o = { .create = true, .write = true };
	struct fixture *f = calloc(1, sizeof *f);
	*state = f;
	if (!f)
		return -1;
	make_folder(f->data);
	return (int)datadir_open(f->data, &o, &f->d, &f->e);
}

static int end(void **state)
{
	struct fixture *f = *state;
	datadir_close(f->d);
	remove_tree(f->data);
	free(f);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(made_and_thrown_away, begin, end),
		cmocka_unit_test_setup_teardown(thrown_away_while_it_is_made, begin, end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
