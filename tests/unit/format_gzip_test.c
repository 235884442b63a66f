/* gzip.h: what is refused (trust.md §6 C, T-TAR-01, -02, -20, -21, -25) and what is given back. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/gzip.h"
#include "tests/lib/archive.h"

struct row {
	const char *name;
	struct raw_gzip gzip;
	struct str prepend, append;      /* around the member */
	enum err err;
	const char *detail;              /* a part of it */
};

enum { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16 };

static const struct row rows[] = {
	{ "accepts_helms_header", { .plain = false }, { 0 }, { 0 }, OK, NULL },
	{ "accepts_no_flags", { .plain = true }, { 0 }, { 0 }, OK, NULL },
	{ "accepts_ftext", { .plain = true, .flags = 1 }, { 0 }, { 0 }, OK, NULL },
	{ "accepts_header_crc", { .header_crc = true }, { 0 }, { 0 }, OK, NULL },
	{ "accepts_extra_of_1_kib", { .plain = true, .flags = FEXTRA, .extra_bytes = 1024 },
	  { 0 }, { 0 }, OK, NULL },
	{ "accepts_name_of_511", { .plain = true, .flags = FNAME, .text_bytes = 511 },
	  { 0 }, { 0 }, OK, NULL },
	{ "t_tar_01_extra_of_1025", { .plain = true, .flags = FEXTRA, .extra_bytes = 1025 },
	  { 0 }, { 0 }, ERR_ARCHIVE, "an extra field of 1025 bytes; 1024 are accepted" },
	{ "t_tar_01_extra_of_64_kib", { .plain = true, .flags = FEXTRA, .extra_bytes = 65535 },
	  { 0 }, { 0 }, ERR_ARCHIVE, "an extra field of 65535 bytes" },
	{ "t_tar_01_name_of_512", { .plain = true, .flags = FNAME, .text_bytes = 512 },
	  { 0 }, { 0 }, ERR_ARCHIVE, "the name in the header has no end" },
	{ "t_tar_01_name_without_nul", { .plain = true, .flags = FNAME, .text_bytes = 2000,
	    .text_without_nul = true }, { 0 }, { 0 }, ERR_ARCHIVE, "the name in the header" },
	{ "t_tar_01_comment_without_nul", { .plain = true, .flags = FCOMMENT, .text_bytes = 2000 },
	  { 0 }, { 0 }, ERR_ARCHIVE, "the comment in the header" },
	{ "t_tar_01_header_crc", { .header_crc = true, .wrong_header_crc = true },
	  { 0 }, { 0 }, ERR_ARCHIVE, "checksum of the header" },
	{ "t_tar_01_reserved_flag_20", { .plain = true, .flags = 0x20 }, { 0 }, { 0 }, ERR_ARCHIVE,
	  "reserved flags" },
	{ "t_tar_01_reserved_flag_80", { .plain = true, .flags = 0x80 }, { 0 }, { 0 }, ERR_ARCHIVE,
	  "reserved flags" },
	{ "t_tar_01_bad_crc", { .crc_xor = 1 }, { 0 }, { 0 }, ERR_ARCHIVE, "checksum of the data" },
	{ "t_tar_01_isize_too_small", { .size_add = (uint32_t)-1 }, { 0 }, { 0 }, ERR_ARCHIVE,
	  "more data than the stated" },
	{ "t_tar_01_isize_too_large", { .size_add = 1 }, { 0 }, { 0 }, ERR_ARCHIVE, "are stated" },
	{ "t_tar_01_isize_impossible", { .size_add = 0x70000000 }, { 0 }, { 0 }, ERR_ARCHIVE,
	  "cannot unpack to the stated" },
	{ "t_tar_02_trailing_text", { .plain = true }, { 0 }, { "garbage", 7 }, ERR_ARCHIVE,
	  "something follows the stream" },
	{ "t_tar_02_trailing_zero", { .plain = true }, { 0 }, { "\0", 1 }, ERR_ARCHIVE, NULL },
	{ "t_tar_02_trailing_zeros", { .plain = true }, { 0 }, { "\0\0\0\0\0\0\0\0\0\0\0\0", 12 },
	  ERR_ARCHIVE, "something follows the stream" },
	{ "t_tar_02_trailing_with_the_right_size", { .plain = true }, { 0 },
	  { "x\x01\0\0\0\x10\0\0\0", 9 }, ERR_ARCHIVE, "9 bytes follow the stream" },
	{ "t_tar_02_a_zip", { .plain = true }, { "PK\3\4", 4 }, { 0 }, ERR_ARCHIVE,
	  "this is not a gzip file" },
	{ "t_tar_02_a_space_before", { .plain = true }, { " ", 1 }, { 0 }, ERR_ARCHIVE,
	  "this is not a gzip file" },
};

#define TEXT "sixteen bytes..."

static void expect(struct str packed, enum err err, const char *detail, struct str data)
{
	struct gzip_buffer b = { 0 };
	struct errinfo e = { 0 };
	struct str got = { 0 };
	assert_string_equal(err_code(gzip_inflate(packed, &b, &got, &e)), err_code(err));
	if (detail)
		assert_non_null(strstr(e.detail, detail));
	if (err)
		assert_null(got.p);
	else
		assert_true(str_eq(got, data));
	gzip_buffer_done(&b);
}

static void check_row(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB), member = sbuf_make(MIB);
	archive_gzip(&member, STR(TEXT), &row->gzip);
	sbuf_put(&b, row->prepend);
	sbuf_put(&b, sbuf_str(&member));
	sbuf_put(&b, row->append);
	assert_true(sbuf_ok(&b));
	expect(sbuf_str(&b), row->err, row->detail, STR(TEXT));
}

static void t_tar_02_second_member(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	archive_gzip(&b, STR("a longer first member"), &(struct raw_gzip){ 0 });
	archive_gzip(&b, STR(TEXT), &(struct raw_gzip){ .plain = true });
	expect(sbuf_str(&b), ERR_ARCHIVE, "something follows the stream", STR(""));
}

static void t_tar_01_truncated_at_every_byte(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB), tar = sbuf_make(MIB);
	archive_good_tar(&tar, "c", "1.0.0");
	archive_gzip(&b, sbuf_str(&tar), &(struct raw_gzip){ .header_crc = true });
	for (size_t n = 0; n < b.n; n++) {
		AUTO_FREE char *copy = malloc(n ? n : 1);      /* so that a sanitizer sees the end */
		assert_non_null(copy);
		memcpy(copy, b.p, n);
		expect(str_make(copy, n), ERR_ARCHIVE, NULL, STR(""));
	}
	expect(sbuf_str(&b), OK, NULL, sbuf_str(&tar));
}

static void t_tar_25_every_bit_flipped(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB), tar = sbuf_make(MIB);
	struct gzip_buffer buffer = { 0 };
	archive_good_tar(&tar, "c", "1.0.0");
	archive_gzip(&b, sbuf_str(&tar), &(struct raw_gzip){ 0 });
	size_t accepted = 0;
	for (size_t bit = 0; bit < b.n * 8; bit++) {
		struct str got;
		b.p[bit / 8] = (char)(b.p[bit / 8] ^ 1 << bit % 8);
		enum err err = gzip_inflate(sbuf_str(&b), &buffer, &got, NULL);
		assert_true(err == OK || err == ERR_ARCHIVE || err == ERR_TOO_LARGE);
		if (!err) {
			assert_true(str_eq(got, sbuf_str(&tar)));
			accepted++;
		}
		b.p[bit / 8] = (char)(b.p[bit / 8] ^ 1 << bit % 8);
	}
	gzip_buffer_done(&buffer);
	assert_in_range(accepted, 32, 8 * 70);      /* the time; no more than the header's bits */
}

static void t_tar_25_random_after_the_magic(void **state)
{
	(void)state;
	size_t n = 5u * MIB;
	AUTO_FREE char *p = malloc(n);
	assert_non_null(p);
	uint64_t x = 42;
	for (size_t i = 0; i < n; i++)
		p[i] = (char)((x = x * 6364136223846793005u + 1442695040888963407u) >> 56);
	memcpy(p, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
	memcpy(p + n - 4, "\0\0\x50\0", 4);
	expect(str_make(p, n), ERR_ARCHIVE, NULL, STR(""));
}

/* A bomb is refused from its stated size, or stops where its lie ends: either way no memory
 * beyond that is ever asked for.                                                             */
static void t_tar_20_bomb_of_200_mb(void **state)
{
	(void)state;
	size_t n = 200u * 1000u * 1000u;
	AUTO_FREE char *zeros = calloc(1, n);
	AUTO_SBUF struct sbuf honest = sbuf_make(2 * MIB + n / 16), lying = sbuf_make(2 * MIB + n / 16);
	struct gzip_buffer buffer = { 0 };
	struct str got;
	struct errinfo e = { 0 };
	assert_non_null(zeros);
	archive_gzip(&honest, str_make(zeros, n), &(struct raw_gzip){ .level = 1 });
	sbuf_put(&lying, sbuf_str(&honest));
	memcpy(lying.p + lying.n - 4, "\xe8\x03\0\0", 4);
	assert_int_equal(gzip_inflate(sbuf_str(&honest), &buffer, &got, &e), ERR_TOO_LARGE);
	assert_string_equal(e.detail, "the archive unpacks to 200000000 bytes; 104857600 are accepted");
	assert_int_equal(buffer.capacity, 0);
	assert_int_equal(gzip_inflate(sbuf_str(&lying), &buffer, &got, &e), ERR_ARCHIVE);
	assert_int_equal(buffer.capacity, 1000);
	gzip_buffer_done(&buffer);
}

static void t_tar_21_ratio(void **state)
{
	(void)state;
	const struct { size_t bytes; enum err err; } cases[] = {
		{ CHART_RATIO_FREE_BYTES, OK },
		{ CHART_RATIO_FREE_BYTES + 1, ERR_TOO_LARGE },
	};
	for (size_t i = 0; i < 2; i++) {
		AUTO_FREE char *zeros = calloc(1, cases[i].bytes);
		AUTO_SBUF struct sbuf b = sbuf_make(16 * MIB);
		struct gzip_buffer buffer = { 0 };
		struct str got;
		assert_non_null(zeros);
		archive_gzip(&b, str_make(zeros, cases[i].bytes), &(struct raw_gzip){ .level = 1 });
		assert_int_equal(gzip_inflate(sbuf_str(&b), &buffer, &got, NULL), cases[i].err);
		gzip_buffer_done(&buffer);
	}
}

static void inflate_zeros(struct gzip_buffer *buffer, size_t n)
{
	AUTO_FREE char *zeros = calloc(1, n);
	AUTO_SBUF struct sbuf b = sbuf_make(2 * MIB);
	struct str got;
	assert_non_null(zeros);
	archive_gzip(&b, str_make(zeros, n), &(struct raw_gzip){ .level = 1 });
	assert_int_equal(gzip_inflate(sbuf_str(&b), buffer, &got, NULL), OK);
	assert_int_equal(got.n, n);
}

static void keeps_small_buffers_only(void **state)
{
	(void)state;
	struct gzip_buffer buffer = { 0 };
	inflate_zeros(&buffer, 1000);
	assert_int_equal(buffer.capacity, 1000);
	inflate_zeros(&buffer, GZIP_KEPT_MAX_BYTES);
	const char *kept = buffer.p;
	inflate_zeros(&buffer, 500);
	assert_int_equal(buffer.capacity, GZIP_KEPT_MAX_BYTES);
	assert_ptr_equal(buffer.p, kept);
	inflate_zeros(&buffer, GZIP_KEPT_MAX_BYTES + 1);
	inflate_zeros(&buffer, 500);
	assert_int_equal(buffer.capacity, 500);
	gzip_buffer_done(&buffer);
	assert_null(buffer.p);
	gzip_buffer_done(&buffer);
}

static void deflates_with_helms_header(void **state)
{
	(void)state;
	const struct str texts[] = { STR(""), STR("x"), STR(TEXT TEXT TEXT TEXT TEXT) };
	for (size_t i = 0; i < ROWS(texts); i++) {
		AUTO_FREE char *first = NULL;
		AUTO_FREE char *again = NULL;
		size_t n, n_again;
		assert_int_equal(gzip_deflate(texts[i], &first, &n, NULL), OK);
		assert_int_equal(gzip_deflate(texts[i], &again, &n_again, NULL), OK);
		assert_true(str_eq(str_make(first, n), str_make(again, n_again)));
		assert_memory_equal(first, "\x1f\x8b\x08\x14\0\0\0\0\0\xff\x29\0+aHR0cHM6Ly95b3V0dS5iZS9"
		                    "6OVV6MWljandyTQo=Helm", 58);
		expect(str_make(first, n), OK, NULL, texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest more[] = {
		cmocka_unit_test(t_tar_02_second_member),
		cmocka_unit_test(t_tar_01_truncated_at_every_byte),
		cmocka_unit_test(t_tar_25_every_bit_flipped),
		cmocka_unit_test(t_tar_25_random_after_the_magic),
		cmocka_unit_test(t_tar_20_bomb_of_200_mb),
		cmocka_unit_test(t_tar_21_ratio),
		cmocka_unit_test(keeps_small_buffers_only),
		cmocka_unit_test(deflates_with_helms_header),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("format_gzip", check_row, rows);
	return failed + cmocka_run_group_tests_name("format_gzip", more, NULL, NULL);
}
