/* Members as a stream: there and back by file, parts and pipe; and whatever is done to the bytes in between
 * is found, and named.
 * Long because its tables are done to the same stream of bytes. */
#include "bundle_fixture.h"

#include <dirent.h>
#include <sys/wait.h>

#include "indexer/format/tar_judge.h"

#define PART 2048u

static unsigned files_in(const struct fixture *f)
{
	unsigned count = 0;
	DIR *d = opendir(f->root);
	assert_non_null(d);
	for (struct dirent *entry; (entry = readdir(d)) != NULL;)
		count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
	(void)closedir(d);
	return count;
}

/* ---- there and back ---- */

static void by_a_file(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	write_bundle(f, 0);
	assert_int_equal(files_in(f), 1);
	assert_int_equal(fstatat(f->dir, NAME, &st, 0), 0);
	assert_int_equal(st.st_size % TAR_BLOCK_BYTES, 0);
	assert_ok(f, read_bundle(f));
}

static void by_parts_of_any_size(void **state)
{
	struct fixture *f = *state;
	static const unsigned sizes[] = { 512, 1000, 2048, 4096, 5000, 1u << 20 };
	AUTO_SBUF struct sbuf whole = sbuf_make(BUNDLE_TEST_MAX_BYTES), all = whole, part = whole;
	char name[64];
	write_bundle(f, 0);
	read_bytes(f, NAME, &whole);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		write_bundle(f, sizes[i]);
		assert_false(is_there(f, NAME));
		assert_ok(f, read_bundle(f));
		sbuf_reset(&all);
		for (unsigned n = 1; all.n < whole.n; n++) {
			(void)snprintf(name, sizeof name, NAME ".%03u", n);
			read_bytes(f, name, &part);
			assert_true(part.n == sizes[i] || all.n + part.n == whole.n);
			sbuf_put(&all, sbuf_str(&part));
		}
		assert_true(str_eq(sbuf_str(&all), sbuf_str(&whole)));
		assert_int_equal(files_in(f), (whole.n + sizes[i] - 1) / sizes[i] + 1);
	}
	assert_ok(f, read_from(f, f->dir, NAME ".parts", -1));
	write_bundle(f, 0);
	assert_int_equal(files_in(f), 1);
	sbuf_done(&all);
	sbuf_done(&part);
}

/* A child writes, so that neither side waits for room. */
static void by_a_pipe(void **state)
{
	struct fixture *f = *state;
	int ends[2], status;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct bundle_target t = { .dir = -1, .fd = ends[1], .mtime_seconds = MTIME };
		(void)close(ends[0]);
		_exit(write_to(f, &t) == OK ? 0 : 1);
	}
	(void)close(ends[1]);
	assert_ok(f, read_from(f, -1, NULL, ends[0]));
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void equal_calls_make_equal_bytes(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf one = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	AUTO_SBUF struct sbuf other = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	AUTO_FD int fd = openat(f->dir, "stream", O_RDWR | O_CREAT, 0600);
	const struct bundle_target t = { .dir = -1, .fd = fd, .mtime_seconds = MTIME };
	write_bundle(f, 0);
	read_bytes(f, NAME, &one);
	assert_ok(f, write_to(f, &t));
	read_bytes(f, "stream", &other);
	assert_true(str_eq(sbuf_str(&one), sbuf_str(&other)));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_ok(f, read_from(f, -1, NULL, fd));
}

/* What is passed over is compared where it has to be read, and not where it need not be. */
static enum err skip_all(struct fixture *f, const char *name, uint64_t *ret_bytes)
{
	struct bundle_reader *r = NULL;
	struct bundle_member m;
	bool end = false;
	size_t members = 0;
	enum err err = bundle_reader_open(f->dir, name, -1, &r, &f->e);
	while (!err && !end) {
		err = bundle_next(r, STR(""), &m, &end, &f->e);
		members += !err && !end;
		if (!err && !end && members % 2)
			err = bundle_skip(r, &f->e);
	}
	if (!err) {
		assert_int_equal(members, CONTENTS + 1);
		*ret_bytes = bundle_reader_bytes(r);
	}
	bundle_reader_close(r);
	return err;
}

static void members_are_passed_over(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf whole = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	uint64_t bytes = 0;
	write_bundle(f, 0);
	assert_ok(f, skip_all(f, NAME, &bytes));
	read_bytes(f, NAME, &whole);
	assert_int_equal(bytes, whole.n);
	for (size_t n = 64; n < whole.n; n += 64) {
		write_bytes(f, NAME, str_first(sbuf_str(&whole), n));
		assert_err(f, CORRUPT, skip_all(f, NAME, &bytes));
	}
	write_bundle(f, PART);
	assert_ok(f, skip_all(f, NAME, &bytes));
	read_bytes(f, NAME ".002", &whole);
	whole.p[700] ^= 1;
	write_bytes(f, NAME ".002", sbuf_str(&whole));
	assert_err(f, CORRUPT, skip_all(f, NAME, &bytes));
	assert_non_null(strstr(f->e.detail, NAME ".002: damaged"));
}

static void more_than_a_step_at_a_time(void **state)
{
	struct fixture *f = *state;
	const struct bundle_target t = { .dir = f->dir, .fd = -1, .name = NAME, .part_bytes = 1500000 };
	AUTO_SBUF struct sbuf data = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	AUTO_FD int fd = openat(f->dir, "member", O_RDWR | O_CREAT, 0600);
	struct bundle_writer *w = NULL;
	struct bundle_reader *r = NULL;
	struct bundle_member m;
	struct sha256 digest, got;
	bool end;
	for (unsigned i = 0; data.n < 3u * MIB + 77; i++)
		sbuf_u64(&data, (uint64_t)i * i);
	write_bytes(f, "member", sbuf_str(&data));
	assert_ok(f, sha256_of(sbuf_str(&data), &digest, &f->e));
	assert_ok(f, bundle_writer_new(&t, &w, &f->e));
	assert_ok(f, bundle_put(w, STR("one"), sbuf_str(&data), &f->e));
	assert_ok(f, bundle_put_file(w, STR("two"), fd, data.n, &digest, &f->e));
	assert_ok(f, bundle_writer_end(w, &f->e));
	assert_ok(f, bundle_reader_open(f->dir, NAME, -1, &r, &f->e));
	for (unsigned i = 0; i < 2; i++) {
		assert_ok(f, bundle_next(r, STR(""), &m, &end, &f->e));
		assert_int_equal(m.bytes, data.n);
		assert_ok(f, bundle_read_into(r, fd, &got, &f->e));
		assert_true(sha256_eq(&got, &digest));
	}
	assert_ok(f, bundle_next(r, STR(""), &m, &end, &f->e));
	assert_true(end);
	bundle_reader_close(r);
}

/* ---- what need not be read ---- */

#define LEAP_BYTES (6u * MIB + 77)

/* Two members of this size behind a small one. */
static void write_long_ones(struct fixture *f, uint64_t part_bytes, struct sbuf *data)
{
	const struct bundle_target t = { .dir = f->dir, .fd = -1, .name = NAME, .part_bytes = part_bytes };
	struct bundle_writer *w = NULL;
	for (unsigned i = 0; data->n < LEAP_BYTES; i++)
		sbuf_u64(data, (uint64_t)i * i);
	data->n = LEAP_BYTES;
	assert_ok(f, bundle_writer_new(&t, &w, &f->e));
	assert_ok(f, bundle_put(w, STR("first"), STR("small"), &f->e));
	assert_ok(f, bundle_put(w, STR("two"), sbuf_str(data), &f->e));
	assert_ok(f, bundle_put(w, STR("three"), sbuf_str(data), &f->e));
	assert_ok(f, bundle_writer_end(w, &f->e));
}

/* Over "two", and all of "three". */
static enum err leap_and_read(struct fixture *f, struct sha256 *ret)
{
	struct bundle_reader *r = NULL;
	struct bundle_member m;
	bool end = false;
	const uint64_t two = TAR_BLOCK_BYTES + LEAP_BYTES + TAR_PADDING_BYTES(LEAP_BYTES);
	enum err err = bundle_reader_open(f->dir, NAME, -1, &r, &f->e);
	if (!err)
		err = bundle_next(r, STR("first"), &m, &end, &f->e);
	if (!err)
		err = bundle_skip(r, &f->e);
	if (!err)
		err = bundle_leap(r, two, STR("two"), &f->e);
	if (!err)
		err = bundle_next(r, STR("three"), &m, &end, &f->e);
	if (!err)
		err = bundle_read_into(r, -1, ret, &f->e);
	if (!err)
		err = bundle_next(r, STR(""), &m, &end, &f->e);
	if (!err && !end)
		err = ERR(&f->e, BUG, "that is not the end");
	bundle_reader_close(r);
	return err;
}

static void flip_in(struct fixture *f, const char *name, off_t at)
{
	char byte;
	AUTO_FD int fd = openat(f->dir, name, O_RDWR);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static int truncateat(const struct fixture *f, off_t bytes)
{
	AUTO_FD int fd = openat(f->dir, NAME, O_RDWR);
	return ftruncate(fd, bytes);
}

static void what_is_known_is_leapt_over(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf data = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	struct sha256 wanted, got;
	write_long_ones(f, 0, &data);
	assert_ok(f, sha256_of(sbuf_str(&data), &wanted, &f->e));
	flip_in(f, NAME, 3 * MIB);                           /* in "two" */
	assert_ok(f, leap_and_read(f, &got));
	assert_true(sha256_eq(&got, &wanted));
	assert_int_equal(truncateat(f, 5 * MIB), 0);
	assert_err(f, CORRUPT, leap_and_read(f, &got));
}

/* The digest of a part that was leapt into says nothing; those behind it are compared, and blamed. */
static void parts_are_leapt_over(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf data = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	struct sha256 wanted, got;
	write_long_ones(f, 2 * MIB, &data);
	assert_ok(f, sha256_of(sbuf_str(&data), &wanted, &f->e));
	flip_in(f, NAME ".002", 100);
	flip_in(f, NAME ".004", 3);                          /* where "two" ends and "three" begins */
	assert_ok(f, leap_and_read(f, &got));
	assert_true(sha256_eq(&got, &wanted));
	flip_in(f, NAME ".006", 7);
	assert_err(f, CORRUPT, leap_and_read(f, &got));
	assert_non_null(strstr(f->e.detail, NAME ".004, " NAME ".006: damaged"));
	flip_in(f, NAME ".004", 3);
	assert_err(f, CORRUPT, leap_and_read(f, &got));
	assert_non_null(strstr(f->e.detail, NAME ".006: damaged"));
}

static void files_are_known_again(void **state)
{
	struct fixture *f = *state;
	struct bundle_reader *r = NULL;
	struct bundle_file before, after;
	static const struct timespec long_ago[2] = { { .tv_sec = MTIME }, { .tv_sec = MTIME } };
	write_bundle(f, PART);
	assert_int_equal(utimensat(f->dir, NAME ".002", long_ago, 0), 0);
	assert_ok(f, bundle_reader_open(f->dir, NAME, -1, &r, &f->e));
	assert_true(bundle_reader_file(r, 1, &before) && bundle_reader_file(r, 1, &after));
	assert_memory_equal(&before, &after, sizeof before);
	assert_int_equal(before.bytes, PART);
	flip_in(f, NAME ".002", 0);
	assert_true(bundle_reader_file(r, 1, &after));
	assert_memory_not_equal(&before, &after, sizeof before);
	assert_false(bundle_reader_file(r, 999, &after));
	bundle_reader_close(r);
}

/* ---- every byte ---- */

/* How far each member reaches, the manifest first. */
struct reach { size_t until; char name[CHART_MEMBER_NAME_MAX_BYTES + 1]; };

static void find_reaches(struct fixture *f, struct reach ret[CONTENTS + 1])
{
	struct bundle_reader *r = NULL;
	struct bundle_member m;
	bool end = false;
	assert_ok(f, bundle_reader_open(f->dir, NAME, -1, &r, &f->e));
	for (size_t i = 0; i < CONTENTS + 1; i++) {
		assert_ok(f, bundle_next(r, STR(""), &m, &end, &f->e));
		(void)snprintf(ret[i].name, sizeof ret->name, "%.*s", STR_ARG(m.path));
		assert_ok(f, bundle_skip(r, &f->e));
		ret[i].until = bundle_reader_bytes(r);
	}
	bundle_reader_close(r);
}

/* The member that a byte of the bundle is in, or stands before; the end has none. */
static void check_named(const struct fixture *f, const struct reach *reaches, size_t at)
{
	size_t i = 0;
	while (i < CONTENTS + 1 && reaches[i].until <= at)
		i++;
	const char *name = i < CONTENTS + 1 ? reaches[i].name : "behind charts/" LONG_FILE ": ";
	if (!strstr(f->e.detail, name))
		fail_msg("byte %zu in or before %s: %s", at, name, f->e.detail);
}

static void each_flipped_byte_is_named(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf whole = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	struct reach reaches[CONTENTS + 1];
	write_bundle(f, 0);
	read_bytes(f, NAME, &whole);
	find_reaches(f, reaches);
	AUTO_FD int fd = openat(f->dir, NAME, O_WRONLY);
	for (size_t i = 0; i < whole.n; i++) {
		static const unsigned bits[] = { 1, 0x20, 0xff };
		for (size_t b = 0; b < ROWS(bits); b++) {
			flip(fd, sbuf_str(&whole), i, bits[b]);
			enum err err = read_bundle(f);
			if (err != ERR_CORRUPT)
				fail_msg("byte %zu ^ %02x: %s", i, bits[b], err_code(err));
			if (b == 0)
				check_named(f, reaches, i);
		}
		flip(fd, sbuf_str(&whole), i, 0);
	}
	assert_ok(f, read_bundle(f));
}

static void each_flipped_byte_of_parts_is_that_of_a_part(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf part = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	char name[64], wanted[128];
	write_bundle(f, PART);
	for (unsigned n = 1;; n++) {
		(void)snprintf(name, sizeof name, NAME ".%03u", n);
		(void)snprintf(wanted, sizeof wanted, "%s: damaged (", name);
		if (!is_there(f, name))
			break;
		AUTO_FD int fd = openat(f->dir, name, O_WRONLY);
		read_bytes(f, name, &part);
		for (size_t i = 0; i < part.n; i++) {
			flip(fd, sbuf_str(&part), i, 1);
			assert_err(f, CORRUPT, read_bundle(f));
			if (strncmp(f->e.detail, wanted, strlen(wanted)) != 0)
				fail_msg("%s, byte %zu: %s", name, i, f->e.detail);
			flip(fd, sbuf_str(&part), i, 0);
		}
	}
	assert_ok(f, read_bundle(f));
}

static void each_truncation(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf whole = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	write_bundle(f, 0);
	read_bytes(f, NAME, &whole);
	for (size_t n = 0; n < whole.n; n += 64) {
		write_bytes(f, NAME, str_first(sbuf_str(&whole), n));
		assert_err(f, CORRUPT, read_bundle(f));
		assert_non_null(strstr(f->e.detail, "it is not whole"));
	}
	write_bytes(f, NAME, str_first(sbuf_str(&whole), whole.n - 1));
	assert_err(f, CORRUPT, read_bundle(f));
}

static void nothing_may_follow(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf whole = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	static const char more[2 * TAR_BLOCK_BYTES];
	write_bundle(f, 0);
	read_bytes(f, NAME, &whole);
	size_t n = whole.n;
	for (size_t i = 1; i <= sizeof more; i = i < 3 ? i + 1 : i * 2) {
		whole.n = n;
		sbuf_put(&whole, str_make(more, i));
		write_bytes(f, NAME, sbuf_str(&whole));
		assert_err(f, CORRUPT, read_bundle(f));
		assert_non_null(strstr(f->e.detail, "something follows the end of the bundle"));
	}
}

/* ---- parts that are not there, or in another place ---- */

static void remove_part(const struct fixture *f, const char *name)
{
	assert_int_equal(unlinkat(f->dir, name, 0), 0);
}

static void missing_parts_are_all_named(void **state)
{
	struct fixture *f = *state;
	write_bundle(f, PART);
	remove_part(f, NAME ".002");
	assert_err(f, CORRUPT, read_bundle(f));
	assert_string_equal(f->e.detail, NAME ".002 is missing");
	write_bytes(f, NAME ".003", STR("short"));
	assert_int_equal(symlinkat("x", f->dir, NAME ".002"), 0);
	remove_part(f, NAME ".004");
	assert_err(f, CORRUPT, read_bundle(f));
	assert_string_equal(f->e.detail, NAME ".002 is not a regular file, " NAME ".003 has 5 of 2048 bytes, "
	                    NAME ".004 is missing");
	remove_part(f, NAME ".parts");
	assert_err(f, CORRUPT, read_bundle(f));
	assert_string_equal(f->e.detail, NAME ".parts is missing");
	assert_err(f, NOT_FOUND, read_from(f, f->dir, "other.tar", -1));
	assert_err(f, INVALID, read_from(f, f->dir, "../" NAME, -1));
}

static void swapped_and_damaged_parts_are_all_named(void **state)
{
	struct fixture *f = *state;
	write_bundle(f, PART);
	assert_int_equal(renameat2(f->dir, NAME ".002", f->dir, NAME ".004", RENAME_EXCHANGE), 0);
	assert_err(f, CORRUPT, read_bundle(f));
	assert_string_equal(f->e.detail, NAME ".002, " NAME ".004: damaged (its digest is another)");
}

static void parts_of_two_bundles(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf part = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	const struct bundle_target t = { .dir = f->dir, .fd = -1, .name = NAME, .part_bytes = PART,
	                                 .mtime_seconds = MTIME + 1 };
	assert_ok(f, write_to(f, &t));
	read_bytes(f, NAME ".003", &part);
	write_bundle(f, PART);
	write_bytes(f, NAME ".003", sbuf_str(&part));
	assert_err(f, CORRUPT, read_bundle(f));
	assert_non_null(strstr(f->e.detail, NAME ".003: damaged"));
}

static void each_byte_of_the_list(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf list = sbuf_make(64 * KIB);
	write_bundle(f, PART);
	read_bytes(f, NAME ".parts", &list);
	for (size_t i = 0; i < list.n; i++) {
		list.p[i] ^= 1;
		write_bytes(f, NAME ".parts", sbuf_str(&list));
		assert_err(f, CORRUPT, read_bundle(f));
		assert_string_equal(f->e.detail, NAME ".parts: damaged");
		list.p[i] ^= 1;
		write_bytes(f, NAME ".parts", str_first(sbuf_str(&list), i));
		assert_err(f, CORRUPT, read_bundle(f));
	}
	write_bytes(f, NAME ".parts", sbuf_str(&list));
	assert_ok(f, read_bundle(f));
	sbuf_putc(&list, '\n');
	write_bytes(f, NAME ".parts", sbuf_str(&list));
	assert_err(f, CORRUPT, read_bundle(f));
}

/* ---- hostile headers ---- */

static void fix_checksum(struct tar_header *h)
{
	(void)snprintf(h->checksum, sizeof h->checksum, "%06o", tar_checksum(h));
	h->checksum[7] = ' ';
}


static void size_8_gib(struct tar_header *h) { memcpy(h->size, "77777777777", 12); }
static void size_binary(struct tar_header *h) { memcpy(h->size, "\x80\0\0\0\0\0\0\1\0\0\0\0", 12); }
static void size_minus(struct tar_header *h) { memcpy(h->size, "-0000000001", 12); }
static void size_spaces(struct tar_header *h) { memcpy(h->size, "0         ", 11); }
static void size_more(struct tar_header *h) { h->size[10] = '1'; }
static void parent(struct tar_header *h) { memcpy(h->name, "../images\0", 11); }
static void absolute(struct tar_header *h) { memcpy(h->name, "/images.t\0", 11); }
static void no_name(struct tar_header *h) { memset(h->name, 0, sizeof h->name); }
static void bytes_behind_name(struct tar_header *h) { h->name[50] = 'x'; }
static void with_prefix(struct tar_header *h) { h->prefix[0] = 'x'; }
static void other_member(struct tar_header *h) { h->name[0] = 'k'; }
static void symbolic(struct tar_header *h) { h->type = '2'; h->link[0] = 'x'; }
static void hard(struct tar_header *h) { h->type = '1'; h->link[0] = 'x'; }
static void folder(struct tar_header *h) { h->type = '5'; }
static void device(struct tar_header *h) { h->type = '3'; }
static void sparse(struct tar_header *h) { h->type = 'S'; }
static void old_type(struct tar_header *h) { h->type = '\0'; }
static void pax(struct tar_header *h) { h->type = 'x'; }
static void long_pax(struct tar_header *h) { h->type = 'x'; memcpy(h->size, "00000777777", 12); }
static void global_pax(struct tar_header *h) { h->type = 'g'; }
static void mode(struct tar_header *h) { h->mode[4] = '7'; }
static void owner(struct tar_header *h) { h->uid[6] = '1'; }
static void owner_name(struct tar_header *h) { h->uname[0] = 'r'; }
static void later(struct tar_header *h) { h->mtime[10] ^= 1; }
static void gnu(struct tar_header *h) { memcpy(h->magic, "ustar  ", 8); }
static void padded(struct tar_header *h) { h->padding[11] = 'x'; }
static void linked(struct tar_header *h) { h->link[99] = 'x'; }

/* Of the third member, "images.txt"; its checksum is right afterwards. */
static const struct hostile {
	const char *name;
	void (*change)(struct tar_header *h);
	const char *detail;
} hostile[] = {
	{ "size: more than there is", size_8_gib, "images.txt: " },
	{ "size: binary", size_binary, "images.txt: its header is damaged" },
	{ "size: negative", size_minus, "images.txt: its header is damaged" },
	{ "size: with spaces", size_spaces, "images.txt: its header is damaged" },
	{ "size: one more", size_more, "images.txt: " },
	{ "name: parent", parent, "member name contains \"..\"" },
	{ "name: absolute", absolute, "member name is absolute" },
	{ "name: none", no_name, "member name is empty" },
	{ "name: bytes behind it", bytes_behind_name, "images.txt: its header is damaged" },
	{ "name: a prefix that is not needed", with_prefix, "x/images.txt: it stands where images.txt" },
	{ "another member", other_member, "kmages.txt: it stands where images.txt should be" },
	{ "a symbolic link", symbolic, "images.txt: links are not accepted in a bundle" },
	{ "a hard link", hard, "images.txt: links are not accepted in a bundle" },
	{ "a directory", folder, "images.txt: directories are not accepted in a bundle" },
	{ "a device", device, "images.txt: this kind of entry is not accepted in a bundle" },
	{ "a sparse file", sparse, "images.txt: this kind of entry is not accepted in a bundle" },
	{ "a file of old tars", old_type, "images.txt: this kind of entry is not accepted in a bundle" },
	{ "an empty pax header", pax, "images.txt: its header is damaged" },
	{ "a long pax header", long_pax, "images.txt: its header is damaged" },
	{ "a global pax header", global_pax, "images.txt: this kind of entry is not accepted" },
	{ "mode", mode, "images.txt: its header is damaged" },
	{ "owner", owner, "images.txt: its header is damaged" },
	{ "the owner's name", owner_name, "images.txt: its header is damaged" },
	{ "time", later, "images.txt: its header is damaged" },
	{ "GNU tar's", gnu, "images.txt: its header is damaged" },
	{ "bytes in the padding", padded, "images.txt: its header is damaged" },
	{ "the name of a link", linked, "images.txt: its header is damaged" },
};

static void hostile_headers(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf whole = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	struct tar_header h, good;
	write_bundle(f, 0);
	read_bytes(f, NAME, &whole);
	char *at = memmem(whole.p, whole.n, "images.txt\0", 11);
	while (at && (size_t)(at - whole.p) % TAR_BLOCK_BYTES)
		at = memmem(at + 1, whole.n - (size_t)(at + 1 - whole.p), "images.txt\0", 11);
	assert_non_null(at);
	memcpy(&good, at, sizeof good);
	for (size_t i = 0; i < ROWS(hostile); i++) {
		h = good;
		hostile[i].change(&h);
		fix_checksum(&h);
		memcpy(at, &h, sizeof h);
		write_bytes(f, NAME, sbuf_str(&whole));
		enum err err = read_bundle(f);
		if (err != ERR_CORRUPT || !strstr(f->e.detail, hostile[i].detail))
			fail_msg("%s: %s: %s", hostile[i].name, err_code(err), err ? f->e.detail : "");
	}
}

static void members_that_come_twice_or_lack(void **state)
{
	struct fixture *f = *state;
	const struct bundle_target t = { .dir = f->dir, .fd = -1, .name = NAME, .mtime_seconds = MTIME };
	AUTO_SBUF struct sbuf manifest = sbuf_make(64 * KIB);
	put_manifest(&manifest);
	for (size_t lacks = 0; lacks <= CONTENTS; lacks++) {
		struct bundle_writer *w = NULL;
		assert_ok(f, bundle_writer_new(&t, &w, &f->e));
		assert_ok(f, bundle_put(w, STR("MANIFEST"), sbuf_str(&manifest), &f->e));
		for (size_t i = 0; i < CONTENTS; i++)
			if (i != lacks)
				assert_ok(f, write_member(f, w, &contents[i], false));
		if (lacks == CONTENTS)
			assert_ok(f, write_member(f, w, &contents[0], false));
		assert_ok(f, bundle_writer_end(w, &f->e));
		assert_err(f, CORRUPT, read_bundle(f));
		assert_non_null(strstr(f->e.detail, contents[lacks % CONTENTS].path));
	}
}

static void a_member_has_a_limit_in_memory(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf data = sbuf_make(64 * KIB);
	struct bundle_reader *r = NULL;
	struct bundle_member m;
	bool end;
	write_bundle(f, 0);
	assert_ok(f, bundle_reader_open(f->dir, NAME, -1, &r, &f->e));
	assert_ok(f, bundle_next(r, STR("MANIFEST"), &m, &end, &f->e));
	assert_err(f, TOO_LARGE, bundle_read(r, (size_t)m.bytes - 1, &data, &f->e));
	assert_ok(f, bundle_read(r, (size_t)m.bytes, &data, &f->e));
	assert_int_equal(data.n, m.bytes);
	bundle_reader_close(r);
}

/* ---- what cannot be written ---- */

static enum err put_wrong(struct fixture *f, const char *path, size_t bytes, unsigned char digest)
{
	const struct bundle_target t = { .dir = f->dir, .fd = -1, .name = NAME };
	struct sha256 wrong = { { digest } };
	struct bundle_writer *w = NULL;
	AUTO_FD int fd = openat(f->dir, "member", O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(fs_write(fd, STR("12345"), NULL), OK);
	if (!digest)
		assert_int_equal(sha256_of(STR("12345"), &wrong, NULL), OK);
	assert_ok(f, bundle_writer_new(&t, &w, &f->e));
	enum err err = bundle_put_file(w, str_c(path), fd, bytes, &wrong, &f->e);
	if (err) {
		struct errinfo later;
		assert_int_equal(bundle_writer_end(w, &later), ERR_BUG);
	} else {
		bundle_writer_free(w);
	}
	assert_int_equal(unlinkat(f->dir, "member", 0), 0);
	assert_int_equal(files_in(f), 0);
	return err;
}

static void damaged_files_leave_nothing(void **state)
{
	struct fixture *f = *state;
	assert_ok(f, put_wrong(f, "charts/x.tgz", 5, 0));
	assert_err(f, DAMAGED, put_wrong(f, "charts/x.tgz", 5, 1));
	assert_string_equal(f->e.detail, "charts/x.tgz: it has not the digest that it should");
	assert_err(f, DAMAGED, put_wrong(f, "charts/x.tgz", 6, 0));
	assert_string_equal(f->e.detail, "charts/x.tgz: it has 5 of 6 bytes");
	assert_err(f, DAMAGED, put_wrong(f, "charts/x.tgz", 4, 0));
	assert_err(f, ARCHIVE, put_wrong(f, "charts/../x.tgz", 5, 0));
	assert_err(f, TOO_LARGE, put_wrong(f, "charts/x.tgz", TAR_MEMBER_MAX_BYTES + 1, 0));
}

static void what_stood_there_stays_until_the_end(void **state)
{
	struct fixture *f = *state;
	const struct bundle_target t = { .dir = f->dir, .fd = -1, .name = NAME, .part_bytes = 600 };
	struct bundle_target other = t;
	struct bundle_writer *w = NULL, *second = NULL;
	write_bundle(f, 0);
	assert_ok(f, bundle_writer_new(&t, &w, &f->e));
	assert_err(f, BUSY, bundle_writer_new(&t, &second, &f->e));
	assert_ok(f, bundle_put(w, STR("x"), STR("y"), &f->e));
	bundle_writer_free(w);
	assert_int_equal(files_in(f), 1);
	assert_ok(f, read_bundle(f));
	write_bytes(f, "." NAME ".001.new", STR("left by a run that was killed, which is longer"));
	write_bundle(f, 600);
	assert_ok(f, read_bundle(f));
	other.name = "a/b";
	assert_err(f, INVALID, bundle_writer_new(&other, &w, &f->e));
	bundle_writer_free(NULL);
	bundle_reader_close(NULL);
}

static void too_many_parts(void **state)
{
	struct fixture *f = *state;
	const struct bundle_target t = { .dir = f->dir, .fd = -1, .name = NAME, .part_bytes = 1 };
	AUTO_SBUF struct sbuf data = sbuf_make(64 * KIB);
	struct bundle_writer *w = NULL;
	while (data.n < BUNDLE_PARTS_MAX)
		sbuf_putc(&data, 'x');
	assert_ok(f, bundle_writer_new(&t, &w, &f->e));
	assert_ok(f, bundle_put(w, STR("x"), sbuf_str(&data), &f->e));
	assert_err(f, TOO_LARGE, bundle_writer_end(w, &f->e));
	assert_int_equal(files_in(f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(by_a_file),
		TEST(by_parts_of_any_size),
		TEST(by_a_pipe),
		TEST(equal_calls_make_equal_bytes),
		TEST(members_are_passed_over),
		TEST(more_than_a_step_at_a_time),
		TEST(what_is_known_is_leapt_over),
		TEST(parts_are_leapt_over),
		TEST(files_are_known_again),
		TEST(each_flipped_byte_is_named),
		TEST(each_flipped_byte_of_parts_is_that_of_a_part),
		TEST(each_truncation),
		TEST(nothing_may_follow),
		TEST(missing_parts_are_all_named),
		TEST(swapped_and_damaged_parts_are_all_named),
		TEST(parts_of_two_bundles),
		TEST(each_byte_of_the_list),
		TEST(hostile_headers),
		TEST(members_that_come_twice_or_lack),
		TEST(a_member_has_a_limit_in_memory),
		TEST(damaged_files_leave_nothing),
		TEST(what_stood_there_stays_until_the_end),
		TEST(too_many_parts),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("bundle_members", tests, NULL, NULL);
}
