/* What came of an earlier bundle: put into the one that comes, wherever it breaks off and whatever is between,
 * the result is, byte for byte, the bundle.                                                   */
#include "bundle_fixture.h"

#include "indexer/bundle/reuse.h"
#include "indexer/format/tar_judge.h"

#define EARLIER "earlier.tar"
#define COMING "coming.tar"
#define WHOLE "whole.tar"

struct file { const char *path; char seed; size_t bytes; };

static const struct file old_files[] = {
	{ "versions.jsonl", 1, 700 }, { "index.yaml", 2, 512 }, { "charts/b-1.tgz", 'b', 5000 },
	{ "charts/c-1.tgz", 'c', 1 }, { "charts/" LONG_FILE, 'l', 3000 }, { "charts/e-1.tgz", 'e', 0 },
	{ "charts/f-1.tgz", 'f', 4096 },
};
static const struct file new_files[] = {
	{ "versions.jsonl", 3, 900 }, { "index.yaml", 4, 100 }, { "charts/a-1.tgz", 'a', 2000 },
	{ "charts/b-1.tgz", 'b', 5000 }, { "charts/c-1.tgz", 'c', 1 }, { "charts/c-2.tgz", 'd', 777 },
	{ "charts/" LONG_FILE, 'l', 3000 }, { "charts/e-1.tgz", 'e', 0 }, { "charts/f-1.tgz", 'f', 4096 },
	{ "charts/f-2.tgz", 'b', 5000 },     /* equal bytes under another name */
	{ "charts/z-1.tgz", 'z', 1500 },
};

static struct str bytes_of(const struct file *f, char *to)
{
	for (size_t i = 0; i < f->bytes; i++)
		to[i] = (char)(f->seed + (char)(i * 31 / 7));
	return str_make(to, f->bytes);
}

static void write_tar(struct fixture *f, const char *name, const struct file *files, size_t count,
                      int64_t mtime)
{
	char bytes[8192], hex[SHA256_HEX_BYTES + 1];
	AUTO_SBUF struct sbuf manifest = sbuf_make(64 * KIB);
	struct sha256 digest;
	const struct bundle_target t = { .dir = f->dir, .fd = -1, .name = name, .mtime_seconds = mtime };
	struct bundle_writer *w = NULL;
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(sha256_of(bytes_of(&files[i], bytes), &digest, NULL), OK);
		sha256_hex(&digest, hex);
		sbuf_printf(&manifest, "%s  %s\n", hex, files[i].path);
	}
	assert_int_equal(bundle_writer_new(&t, &w, &f->e), OK);
	assert_int_equal(bundle_put(w, STR("BUNDLE"), STR("head"), &f->e), OK);
	assert_int_equal(bundle_put(w, STR("BUNDLE.sig"), STR("signed"), &f->e), OK);
	assert_int_equal(bundle_put(w, STR("MANIFEST"), sbuf_str(&manifest), &f->e), OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(bundle_put(w, str_c(files[i].path), bytes_of(&files[i], bytes), &f->e), OK);
	assert_int_equal(bundle_writer_end(w, &f->e), OK);
}

static char *read_whole(struct fixture *f, const char *name, size_t *ret)
{
	char *text;
	assert_int_equal(fs_read(f->dir, name, MIB, &text, ret, &f->e), OK);
	return text;
}

static void write_first(struct fixture *f, const char *name, const char *text, size_t n)
{
	AUTO_FD int fd = openat(f->dir, name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fs_write(fd, str_make(text, n), &f->e), OK);
}

/* As a slow link brings it: `step` bytes at a time, and what is here is put in between. */
static size_t bring(struct fixture *f, struct bundle_reuse *u, const char *whole, size_t n, size_t step)
{
	uint64_t have = 0;
	size_t came = 0;
	AUTO_FD int fd = openat(f->dir, COMING, O_RDWR);
	for (int rounds = 0; have < n; rounds++) {
		assert_in_range(rounds, 0, 100000);
		if (bundle_reuse_has(u, have, 1)) {
			uint64_t before = have;
			assert_int_equal(bundle_reuse_fill(u, &have, &f->e), OK);
			assert_true(have > before);
			continue;
		}
		size_t more = step < n - have ? step : n - (size_t)have;
		assert_int_equal(fs_pwrite(fd, str_make(whole + have, more), have, &f->e), OK);
		have += more;
		came += more;
	}
	return came;
}

static size_t bring_after(struct fixture *f, const char *old, size_t old_bytes, size_t step)
{
	size_t n, got;
	struct bundle_reuse *u = NULL;
	AUTO_FREE char *whole = read_whole(f, WHOLE, &n);
	write_first(f, EARLIER, old, old_bytes);
	write_first(f, COMING, "", 0);
	assert_int_equal(bundle_reuse_open(f->dir, EARLIER, COMING, n, &u, &f->e), OK);
	size_t came = bring(f, u, whole, n, step);
	bundle_reuse_close(u);
	AUTO_FREE char *text = read_whole(f, COMING, &got);
	assert_int_equal(got, n);
	assert_memory_equal(text, whole, n);
	return came;
}

static void wherever_it_broke_off(void **state)
{
	struct fixture *f = *state;
	size_t n, old_bytes;
	write_tar(f, "old.tar", old_files, ROWS(old_files), MTIME);
	write_tar(f, WHOLE, new_files, ROWS(new_files), MTIME + 77);
	AUTO_FREE char *old = read_whole(f, "old.tar", &old_bytes);
	free(read_whole(f, WHOLE, &n));
	for (size_t cut = 0; cut <= old_bytes; cut += 256)
		(void)bring_after(f, old, cut, 300);
	for (size_t step = 1; step < 4000; step = step * 3 + 1)
		(void)bring_after(f, old, old_bytes, step);
	/* b twice, the long one with its header of three blocks, f: with a step of a block nothing of it comes. */
	assert_in_range(bring_after(f, old, old_bytes, 512), 1, n - 2 * 5120 - 3072 - 4096);
	assert_int_equal(bring_after(f, old, 0, 512), n);
}

/* What is none gains nothing, and nothing is written into it. */
static void no_bundle(void **state)
{
	struct fixture *f = *state;
	struct bundle_reuse *u = NULL;
	char noise[8192];
	size_t old_bytes;
	write_tar(f, "old.tar", old_files, ROWS(old_files), MTIME);
	AUTO_FREE char *old = read_whole(f, "old.tar", &old_bytes);
	write_first(f, EARLIER, old, old_bytes);
	for (int kind = 0; kind < 4; kind++) {
		memset(noise, "\0x7\xff"[kind], sizeof noise);
		write_first(f, COMING, noise, sizeof noise);
		assert_int_equal(bundle_reuse_open(f->dir, EARLIER, COMING, sizeof noise, &u, &f->e), OK);
		for (uint64_t have = 0; have <= sizeof noise; have += 100)
			assert_false(bundle_reuse_has(u, have, 1));
		bundle_reuse_close(u);
	}
	assert_int_equal(bundle_reuse_open(f->dir, "none.tar", COMING, 0, &u, &f->e), ERR_NOT_FOUND);
}

/* Who stands in between can write whatever he likes into it: that is no way to fill a disk. */
static void a_manifest_of_more_than_comes(void **state)
{
	struct fixture *f = *state;
	struct bundle_reuse *u = NULL;
	struct file many[100];
	size_t n;
	for (size_t i = 0; i < ROWS(many); i++)
		many[i] = old_files[2];
	write_tar(f, EARLIER, old_files, ROWS(old_files), MTIME);
	write_tar(f, WHOLE, many, ROWS(many), MTIME);
	AUTO_FREE char *whole = read_whole(f, WHOLE, &n);
	size_t start = n - TAR_END_BYTES - ROWS(many) * (TAR_BLOCK_BYTES + 5120);
	write_first(f, COMING, whole, start);
	for (uint64_t bytes = start; bytes < start + 20000; bytes += 1000) {
		struct stat st;
		uint64_t have = start;
		assert_int_equal(bundle_reuse_open(f->dir, EARLIER, COMING, bytes, &u, &f->e), OK);
		assert_int_equal(bundle_reuse_has(u, have, 1), bytes - start >= TAR_BLOCK_BYTES + 5120);
		assert_int_equal(bundle_reuse_fill(u, &have, &f->e), OK);
		assert_false(bundle_reuse_has(u, have, 1));
		bundle_reuse_close(u);
		assert_int_equal(fstatat(f->dir, COMING, &st, 0), 0);
		assert_true(have <= bytes && (uint64_t)st.st_size == have);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(wherever_it_broke_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_bundle, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_manifest_of_more_than_comes, set_up, tear_down),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("reuse", tests, NULL, NULL);
}
