/* Every allocation of writing and reading a bundle, and of its keys, fails once: it is an error, nothing has
 * its name by half, nothing leaks, and the next try succeeds.                                 */
#include "bundle_fixture.h"

#include "indexer/bundle/kept.h"
#include "indexer/bundle/keys.h"
#include "indexer/bundle/reuse.h"
#include "tests/lib/nomem.h"

typedef enum err work(struct fixture *f);

static void fail_each(struct fixture *f, work *make, void (*undo)(const struct fixture *), long at_least)
{
	bool failed = true;
	long n = 0;
	for (; failed; n++) {
		long live = nomem_live();
		nomem_arm(n);
		enum err err = make(f);
		failed = nomem_disarm();
		if (err != (failed ? ERR_NOMEM : OK) && !(failed && err == OK))
			fail_msg("allocation %ld: %s: %s", n, err_code(err), f->e.detail);
		assert_int_equal(nomem_live(), live);
		if (undo)
			undo(f);
	}
	print_message("# %ld allocations failed\n", n - 1);
	assert_in_range(n, at_least, 10000);
}

static enum err write_parts(struct fixture *f)
{
	const struct bundle_target t = { .dir = f->dir, .fd = -1, .name = NAME, .part_bytes = 2048,
	                                 .mtime_seconds = MTIME };
	struct bundle_writer *w = NULL;
	enum err err = bundle_writer_new(&t, &w, &f->e);
	for (size_t i = 0; i < CONTENTS && !err; i++)
		err = write_member(f, w, &contents[i], i % 2 == 1);
	if (err)
		bundle_writer_free(w);
	else
		err = bundle_writer_end(w, &f->e);
	assert_true(is_there(f, NAME ".parts") == (err == OK));
	assert_false(is_there(f, "." NAME ".001.new"));
	return err;
}

static void remove_list(const struct fixture *f) { (void)unlinkat(f->dir, NAME ".parts", 0); }

static void t_crash_05_each_allocation_of_writing(void **state)
{
	fail_each(*state, write_parts, remove_list, 5);
}

static enum err read_parts(struct fixture *f)
{
	AUTO_SBUF struct sbuf data = sbuf_make(64 * KIB);
	struct bundle_reader *r = NULL;
	struct bundle_member m;
	struct sha256 got;
	bool end = false;
	enum err err = bundle_reader_open(f->dir, NAME, -1, &r, &f->e);
	if (!err)
		err = bundle_next(r, STR("MANIFEST"), &m, &end, &f->e);
	if (!err)
		err = bundle_read(r, 64 * KIB, &data, &f->e);
	while (!err && !end) {
		err = bundle_next(r, STR(""), &m, &end, &f->e);
		if (!err && !end)
			err = bundle_read_into(r, -1, &got, &f->e);
	}
	bundle_reader_close(r);
	return err;
}

static void t_crash_05_each_allocation_of_reading(void **state)
{
	struct fixture *f = *state;
	write_bundle(f, 2048);
	fail_each(f, read_parts, NULL, 3);
}

/* ---- keys ---- */

static struct datadir *data;

static enum err generate(struct fixture *f)
{
	return keys_generate(data, STR("k"), 0, &f->e);
}

static enum err rotate(struct fixture *f)
{
	return keys_rotate(data, STR(""), 0, 1, &f->e);
}

static enum err sign_and_verify(struct fixture *f)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf lines = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES);
	struct bundle_key *keys;
	size_t count;
	enum err err = keys_sign(data, STR("text\n"), 5, &lines, &f->e);
	return err ? err : keys_verify(data, &a, STR("text\n"), sbuf_str(&lines), 5, &keys, &count, &f->e);
}

static void remove_key(const struct fixture *f)
{
	(void)f;
	(void)unlinkat(datadir_fd(data), "keys/bundle.key", 0);
}

static void open_keys(struct fixture *f)
{
	static const struct datadir_options o = { .create = true, .write = true };
	char path[PATH_BYTES];
	assert_ok(f, datadir_open(path_below(f->root, "data", path), &o, &data, &f->e));
}

static void t_crash_05_each_allocation_of_keys(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *text = NULL;
	struct bundle_key key;
	size_t n;
	open_keys(f);
	fail_each(f, generate, remove_key, 2);
	assert_ok(f, generate(f));
	fail_each(f, rotate, NULL, 3);
	assert_ok(f, fs_read(datadir_fd(data), "keys/bundle.pub", KIB, &text, &n, &f->e));
	assert_ok(f, keys_trust(data, &a, str_make(text, n), &key, &f->e));
	fail_each(f, sign_and_verify, NULL, 5);
	datadir_close(data);
}

/* ---- what others fetch, and what came before ---- */

static const struct sha256 seal = { { 7 } };

static enum err keep(struct fixture *f)
{
	AUTO_ARENA struct arena a = { 0 };
	struct kept_bundle *list, one;
	size_t count = 0;
	int dir = -1;
	enum err err = kept_begin(data, &seal, &dir, &f->e);
	int made = err ? -1 : openat(dir, NAME, O_RDWR | O_CREAT, 0600);
	if (made >= 0)
		(void)close(made);
	if (!err)
		err = kept_end(dir, NAME, STR("u1\n{}"), &f->e);
	if (dir >= 0)
		(void)close(dir);
	if (!err)
		err = kept_open(data, &a, &seal, &one, NULL, &f->e);
	if (!err)
		err = kept_list(data, &a, &list, &count, &f->e);
	if (!err)
		assert_int_equal(count, 1);
	return err;
}

static void t_crash_05_each_allocation_of_keeping(void **state)
{
	struct fixture *f = *state;
	open_keys(f);
	fail_each(f, keep, NULL, 3);
	datadir_close(data);
}

static enum err reuse(struct fixture *f)
{
	struct bundle_reuse *u = NULL;
	uint64_t have = 64 * KIB;
	enum err err = bundle_reuse_open(f->dir, NAME, "whole.tar", 64 * KIB, &u, &f->e);
	if (!err)
		(void)bundle_reuse_has(u, have, 1);
	if (!err)
		err = bundle_reuse_fill(u, &have, &f->e);
	bundle_reuse_close(u);
	return err;
}

static void t_crash_05_each_allocation_of_reuse(void **state)
{
	struct fixture *f = *state;
	write_bundle(f, 0);
	assert_int_equal(linkat(f->dir, NAME, f->dir, "whole.tar", 0), 0);
	fail_each(f, reuse, NULL, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(t_crash_05_each_allocation_of_writing),
		TEST(t_crash_05_each_allocation_of_reading),
		TEST(t_crash_05_each_allocation_of_keys),
		TEST(t_crash_05_each_allocation_of_keeping),
		TEST(t_crash_05_each_allocation_of_reuse),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("bundle_nomem", tests, NULL, NULL);
}
