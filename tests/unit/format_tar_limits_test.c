/* tar.h with whole archives: cut anywhere, any bit turned, too many members, and what the writer
 * makes. The single faults stand in format_tar_test.c.                        */
#include "arena_room.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/gzip.h"
#include "indexer/format/tar.h"
#include "tests/lib/archive.h"

static bool same_listing(const struct tar_listing *a, const struct tar_listing *b)
{
	bool same = a->count == b->count;
	for (size_t i = 0; same && i < a->count; i++)
		same = str_eq(a->members[i].name, b->members[i].name) &&
		       str_eq(a->members[i].data, b->members[i].data);
	return same;
}

/* The chart with a long name of each kind and a folder, so that every branch is cut through. */
static void put_rich_tar(struct sbuf *b)
{
	archive_put(b, &(struct raw_member){ .name = "g", .type = 'g', .data = "12 comment=\n" });
	archive_put(b, &(struct raw_member){ .name = "c/", .type = '5' });
	archive_put(b, &(struct raw_member){ .name = "h", .type = 'x', .data = "14 path=c/pax\n" });
	archive_put(b, &(struct raw_member){ .name = "c/x", .data = "pax" });
	archive_put(b, &(struct raw_member){ .name = "././@LongLink", .type = 'L', .data = "c/long",
	                                     .data_bytes = 7, MAGIC_GNU });
	archive_put(b, &(struct raw_member){ .name = "c/y", .data = "long", MAGIC_GNU });
	archive_put(b, &(struct raw_member){ .name = "z", .prefix = "c", .data = "ustar" });
	archive_good_tar(b, "c", "1.0.0");
	assert_true(sbuf_ok(b));
}

static void t_tar_03_truncated_at_every_byte(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	put_rich_tar(&b);
	for (size_t n = 0; n <= b.n; n++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_FREE char *copy = malloc(n ? n : 1);      /* so that a sanitizer sees the end */
		struct tar_listing list;
		assert_non_null(copy);
		memcpy(copy, b.p, n);
		assert_int_equal(tar_read(&a, str_make(copy, n), &list, NULL), n == b.n ? OK : ERR_ARCHIVE);
	}
}

/* Without gzip nothing protects data and padding; headers have their checksum. With the checksum
 * made right again anything may come out, but both readers see the same or it is refused.    */
static void flip_every_bit(bool fix)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	put_rich_tar(&b);
	AUTO_FREE char *copy = malloc(b.n);
	assert_non_null(copy);
	for (size_t bit = 0; bit < b.n * 8; bit++) {
		AUTO_ARENA struct arena a = { 0 };
		struct tar_listing list;
		struct errinfo e = { 0 };
		if (!b.p[bit / 8] && bit % 8 % 7 && !getenv("LONG"))
			continue;            /* most are zero: the first and the last bit of those */
		memcpy(copy, b.p, b.n);
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		if (fix)
			archive_fix_checksums(copy, b.n);
		enum err err = tar_read(&a, str_make(copy, b.n), &list, &e);
		assert_true(err == OK || err == ERR_ARCHIVE || err == ERR_TOO_LARGE);
		if (err)
			assert_null(strstr(e.detail, "two tar readers"));
	}
}

static void t_tar_25_every_bit_of_the_tar(void **state)
{
	(void)state;
	flip_every_bit(false);
}

static void t_tar_25_every_bit_with_checksums_fixed(void **state)
{
	(void)state;
	flip_every_bit(true);
}

static void t_tar_25_every_bit_of_a_chart(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf tar = sbuf_make(MIB), tgz = sbuf_make(MIB);
	AUTO_ARENA struct arena good = { 0 };
	struct gzip_buffer buffer = { 0 };
	struct tar_listing expected, list;
	put_rich_tar(&tar);
	archive_gzip(&tgz, sbuf_str(&tar), &(struct raw_gzip){ 0 });
	assert_int_equal(tar_read(&good, sbuf_str(&tar), &expected, NULL), OK);
	for (size_t bit = 0; bit < tgz.n * 8; bit++) {
		AUTO_ARENA struct arena a = { 0 };
		struct str data;
		tgz.p[bit / 8] = (char)(tgz.p[bit / 8] ^ 1 << bit % 8);
		if (gzip_inflate(sbuf_str(&tgz), &buffer, &data, NULL) == OK &&
		    tar_read(&a, data, &list, NULL) == OK)
			assert_true(same_listing(&list, &expected));
		tgz.p[bit / 8] = (char)(tgz.p[bit / 8] ^ 1 << bit % 8);
	}
	gzip_buffer_done(&buffer);
}

static void t_tar_22_too_many(void **state)
{
	(void)state;
	const struct { char type; size_t count; enum err err; } cases[] = {
		{ '0', CHART_MEMBERS_MAX, OK },
		{ '0', CHART_MEMBERS_MAX + 1, ERR_TOO_LARGE },
		{ '5', CHART_MEMBERS_MAX + 1, ERR_TOO_LARGE },
		{ 'g', CHART_MEMBERS_MAX + 1, ERR_TOO_LARGE },
	};
	for (size_t i = 0; i < ROWS(cases); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(32 * MIB);
		AUTO_ARENA struct arena a = { 0 };
		struct tar_listing list;
		struct errinfo e = { 0 };
		for (size_t n = 0; n < cases[i].count; n++) {
			const char *data = cases[i].type == 'g' ? "12 comment=\n" : "";
			char *name = arena_printf(&a, "c/%zu", n);
			archive_put(&b, &(struct raw_member){ .name = name, .type = cases[i].type,
			                                      .data = data });
		}
		archive_end(&b);
		assert_true(sbuf_ok(&b));
		assert_int_equal(tar_read(&a, sbuf_str(&b), &list, &e), cases[i].err);
		if (cases[i].err)
			assert_string_equal(e.detail, "the archive has more than 10000 entries");
	}
}

static void t_tar_20_above_100_mib(void **state)
{
	(void)state;
	size_t n = CHART_UNPACKED_MAX_BYTES + 1;
	AUTO_FREE char *zeros = calloc(1, n);
	AUTO_ARENA struct arena a = { 0 };
	struct tar_listing list;
	assert_non_null(zeros);
	assert_int_equal(tar_read(&a, str_make(zeros, n), &list, NULL), ERR_TOO_LARGE);
}

static enum err read_all(struct arena *a, const void *tar, struct errinfo *e)
{
	struct tar_listing list;
	return tar_read(a, sbuf_str(tar), &list, e);
}

static void memory_may_run_out_anywhere(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	put_rich_tar(&b);
	each_room_is_too_small(read_all, &b, OK);
}

static void an_empty_file_has_data(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	AUTO_ARENA struct arena a = { 0 };
	struct tar_listing list;
	archive_good_tar(&b, "c", "1.0.0");
	assert_int_equal(tar_read(&a, sbuf_str(&b), &list, NULL), OK);
	assert_int_equal(list.count, 4);
	assert_true(str_eq(list.members[3].name, STR("c/README.md")));
	assert_non_null(list.members[3].data.p);
	assert_int_equal(list.members[3].data.n, 0);
}

#define N30 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define N90 N30 N30 N30

static const char *const written[] = {
	"c/Chart.yaml", "c/templates/gr\xc3\xb6\xc3\x9f" "e.yaml",
	"c/" N90 "12345678", "c/" N90 "123456789",
	"c/" N90 "/" N90, "c/" N90 "/x/" N90 "/" N90, "c/" N90 N90, "c/\xc3\xb6/" N90 "/" N90,
};
enum { WRITTEN = ROWS(written) };

static void write_all(char **ret, size_t *ret_bytes)
{
	struct tar_writer *w;
	assert_int_equal(tar_writer_new(&w, NULL), OK);
	for (size_t i = 0; i < WRITTEN; i++)
		assert_int_equal(tar_writer_add(w, written[i], str_c(written[i]), (int64_t)i - 1, NULL),
		                 OK);
	assert_int_equal(tar_writer_end(w, ret, ret_bytes, NULL), OK);
}

static void reads_what_it_writes(void **state)
{
	(void)state;
	AUTO_FREE char *tgz = NULL;
	AUTO_FREE char *again = NULL;
	AUTO_ARENA struct arena a = { 0 };
	struct gzip_buffer buffer = { 0 };
	struct tar_listing list;
	struct str data;
	size_t n, n_again;
	write_all(&tgz, &n);
	write_all(&again, &n_again);
	assert_true(str_eq(str_make(tgz, n), str_make(again, n_again)));
	assert_int_equal(gzip_inflate(str_make(tgz, n), &buffer, &data, NULL), OK);
	assert_int_equal(tar_read(&a, data, &list, NULL), OK);
	assert_int_equal(list.count, WRITTEN);
	uint64_t bytes = TAR_END_BYTES;
	for (size_t i = 0; i < WRITTEN; i++) {
		assert_true(str_eq_c(list.members[i].name, written[i]));
		assert_true(str_eq_c(list.members[i].data, written[i]));
		bytes += tar_member_bytes(str_c(written[i]), strlen(written[i]));
	}
	assert_int_equal(data.n, bytes);
	assert_true(data.p[0] == 'c' && data.p[156] == '0');      /* no pax where none is needed */
	gzip_buffer_done(&buffer);
}

static void writes_what_go_writes(void **state)
{
	(void)state;
	AUTO_FREE char *tgz = NULL;
	struct gzip_buffer buffer = { 0 };
	struct tar_writer *w;
	struct str data;
	size_t n;
	assert_int_equal(tar_writer_new(&w, NULL), OK);
	assert_int_equal(tar_writer_add(w, "c/Chart.yaml", STR("name: c\n"), 1700000000, NULL), OK);
	assert_int_equal(tar_writer_end(w, &tgz, &n, NULL), OK);
	assert_int_equal(gzip_inflate(str_make(tgz, n), &buffer, &data, NULL), OK);
	assert_int_equal(data.n, 4 * 512);
	assert_memory_equal(data.p, "c/Chart.yaml\0", 13);
	assert_memory_equal(data.p + 100, "0000644\0" "0000000\0" "0000000\0" "00000000010\0"
	                                  "14524770400\0", 48);
	assert_memory_equal(data.p + 148, "011405\0 0\0", 10);
	assert_memory_equal(data.p + 257, "ustar\0" "00", 8);
	assert_memory_equal(data.p + 329, "0000000\0" "0000000\0", 16);
	gzip_buffer_done(&buffer);
}

static void writer_refuses_what_the_reader_would(void **state)
{
	(void)state;
	AUTO_FREE char *large = calloc(1, CHART_FILE_MAX_BYTES + 1);
	struct tar_writer *w;
	assert_non_null(large);
	assert_int_equal(tar_writer_new(&w, NULL), OK);
	assert_int_equal(tar_writer_add(w, "../x", STR(""), 0, NULL), ERR_ARCHIVE);
	assert_int_equal(tar_writer_add(w, "c/d/", STR(""), 0, NULL), ERR_ARCHIVE);
	assert_int_equal(tar_writer_add(w, "c/x", str_make(large, CHART_FILE_MAX_BYTES + 1), 0, NULL),
	                 ERR_TOO_LARGE);
	enum err err = OK;
	for (size_t i = 0; i < 21 && !err; i++)
		err = tar_writer_add(w, "c/x", str_make(large, CHART_FILE_MAX_BYTES), 0, NULL);
	assert_int_equal(err, ERR_TOO_LARGE);
	tar_writer_free(w);
	tar_writer_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_tar_03_truncated_at_every_byte),
		cmocka_unit_test(t_tar_20_above_100_mib),
		cmocka_unit_test(t_tar_22_too_many),
		cmocka_unit_test(t_tar_25_every_bit_of_the_tar),
		cmocka_unit_test(t_tar_25_every_bit_with_checksums_fixed),
		cmocka_unit_test(t_tar_25_every_bit_of_a_chart),
		cmocka_unit_test(memory_may_run_out_anywhere),
		cmocka_unit_test(an_empty_file_has_data),
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(writes_what_go_writes),
		cmocka_unit_test(writer_refuses_what_the_reader_would),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("format_tar_limits", tests, NULL, NULL);
}
