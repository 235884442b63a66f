/* tar.h: the hostile archives of trust.md §6 C, one row per case, and the harmless ones next to
 * them, which GNU tar must read as we do. Whole-archive cases: format_tar_limits_test.c.      */
#include "table.h"

#include <sys/mman.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/tar.h"
#include "tests/lib/archive.h"

#define OTHER_FILE { .name = "c/Chart.yaml", .data = "name: c\n" }

/* An archive of c/Chart.yaml (unless `alone`), an extended header with the pax records, the
 * members, and the end.                                                                      */
struct row {
	const char *name;
	enum err err;
	const char *expect;              /* a part of the detail; accepted: the names, with spaces */
	struct raw_member members[3];
	struct { const char *key; struct str value; } pax[3];
	bool alone, global, no_end;
	struct str tail;                 /* behind the end */
};

#define NAME(id, n, text)   { id, ERR_ARCHIVE, text, { { .name = n, .data = "x" } } }
#define NAME_OK(id, n)      { id, OK, "c/Chart.yaml " n, { { .name = n, .data = "x" } } }
#define TYPE(id, t, text)   { id, ERR_ARCHIVE, text, { { .name = "c/x", .type = t } } }
#define X_FILE              { { .name = "c/x", .data = "x" } }
#define PAX(id, k, v, text) { id, ERR_ARCHIVE, text, X_FILE, { { k, v } } }
#define PAX_OK(id, k, v)    { id, OK, "c/Chart.yaml c/x", X_FILE, { { k, v } } }
#define RAW_PAX(id, bytes)  { id, ERR_ARCHIVE, "a malformed pax record", \
	{ { .name = "h", .type = 'x', .data = bytes }, { .name = "c/x" } } }
#define N10 "nnnnnnnnnn"
#define N50 N10 N10 N10 N10 N10
#define N250 N50 N50 N50 N50 N50
#define D8 "d/d/d/d/d/d/d/d/"

/* Zero is what rows leave out. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
static const struct row rows[] = {
	/* headers */
	{ "accepts_a_file", OK, "c/Chart.yaml c/x", { { .name = "c/x", .data = "x" } } },
	{ "accepts_old_file_type", OK, "c/Chart.yaml c/x", { { .name = "c/x", .type = TYPE_NUL } } },
	{ "accepts_gnu_headers", OK, "c/Chart.yaml c/x", { { .name = "c/x", MAGIC_GNU } } },
	{ "accepts_directories", OK, "c/Chart.yaml c/templates/x",
	  { { .name = "c/", .type = '5' }, { .name = "c/templates", .type = '5' },
	    { .name = "c/templates/x", .data = "x" } } },
	{ "accepts_a_prefix", OK, "c/Chart.yaml c/files/x",
	  { { .name = "x", .prefix = "c/files" } } },
	{ "t_tar_02_accepts_zeros_after_the_end", OK, "c/Chart.yaml", .tail = { "\0\0\0\0\0", 5 } },
	{ "t_tar_02_data_after_the_end", ERR_ARCHIVE, "data after the end-of-archive block at byte 1024",
	  .tail = { "\0\0\0x", 4 } },
	{ "t_tar_03_wrong_checksum", ERR_ARCHIVE, "the header at byte 1024 has a wrong checksum",
	  { { .name = "c/x", .checksum = "000001" } } },
	{ "t_tar_03_checksum_no_number", ERR_ARCHIVE, "wrong checksum",
	  { { .name = "c/x", .checksum = "+00017" } } },
	{ "t_tar_03_no_end_blocks", ERR_ARCHIVE, "without end-of-archive blocks", .no_end = true },
	{ "t_tar_03_v7_header", ERR_ARCHIVE, "neither POSIX nor GNU tar",
	  { { .name = "c/x", .magic = "\0\0\0\0\0\0\0", .magic_bytes = 8 } } },
	{ "t_tar_03_star_header", ERR_ARCHIVE, "bytes in its padding",
	  { { .name = "c/x", .padding = 'r' } } },
	{ "t_tar_03_prefix_in_gnu_header", ERR_ARCHIVE, "GNU fields",
	  { { .name = "c/x", .prefix = "c", MAGIC_GNU } } },
	{ "t_tar_04_no_members", ERR_ARCHIVE, "no files in chart archive", .alone = true },
	{ "t_tar_04_only_directories", ERR_ARCHIVE, "no files in chart archive",
	  { { .name = "c/", .type = '5' } }, .alone = true },

	/* names */
	NAME("t_tar_05_absolute", "/etc/passwd", "/etc/passwd: member name is absolute"),
	NAME("t_tar_05_parent", "c/../../x", "c/../../x: member name contains \"..\""),
	NAME("t_tar_05_parent_first", "../x", "../x: member name contains \"..\""),
	NAME("t_tar_05_parent_last", "c/..", "c/..: member name contains \"..\""),
	NAME("t_tar_05_dot_first", "./../x", "member name contains \".\""),
	NAME("t_tar_06_backslash", "c\\..\\..\\x",
	     "c\\\\..\\\\..\\\\x: member name contains a backslash"),
	NAME("t_tar_06_drive", "c/C:/x", "member name contains a drive letter"),
	NAME("t_tar_06_drive_first", "C:/x", "member name contains a drive letter"),
	NAME("t_tar_06_parent_with_space", "c/.. /x", "a segment of dots and spaces"),
	NAME("t_tar_06_dots", "c/.../x", "a segment of dots and spaces"),
	NAME_OK("t_tar_06_accepts_reserved", "c/CON"),
	NAME_OK("t_tar_06_accepts_trailing_dot", "c/x."),
	NAME("t_tar_07_empty", "", "(no name): member name is empty"),
	NAME("t_tar_07_dot", ".", "member name contains \".\""),
	NAME("t_tar_07_dot_last", "c/.", "member name contains \".\""),
	NAME("t_tar_07_dot_inside", "c/./x", "member name contains \".\""),
	NAME("t_tar_07_double_slash", "c//x", "member name contains an empty segment"),
	NAME("t_tar_07_file_with_slash", "c/x/", "member name contains an empty segment"),
	NAME_OK("t_tar_07_accepts_32_levels", D8 D8 D8 "d/d/d/d/d/d/d/x"),
	NAME("t_tar_07_33_levels", D8 D8 D8 D8 "x", "has more than 32 levels"),
	{ "t_tar_07_directory_of_slashes", ERR_ARCHIVE, "member name contains an empty segment",
	  { { .name = "c//", .type = '5' } } },
	{ "t_tar_07_root_directory", ERR_ARCHIVE, "is absolute", { { .name = "/", .type = '5' } } },
	{ "t_tar_07_current_directory", ERR_ARCHIVE, "\".\"", { { .name = "./", .type = '5' } } },
	{ "t_tar_07_directory_with_data", ERR_ARCHIVE, "is a folder with data",
	  { { .name = "c/d/", .type = '5', .data = "x" } } },
	{ "t_tar_07_accepts_255", OK, "c/Chart.yaml c/" N250 "55555",
	  { { .name = "c/x" } }, { { "path", STR("c/" N250 "55555") } } },
	{ "t_tar_07_256", ERR_ARCHIVE, "has a segment of more than 255 bytes",
	  { { .name = "c/x" } }, { { "path", STR("c/" N250 "555556") } } },
	{ "t_tar_07_1025", ERR_ARCHIVE, "is longer than 1024 bytes",
	  { { .name = "c/x" } },
	  { { "path", STR(N250 "/" N250 "/" N250 "/" N250 "/55555" N10 "666666") } } },

	/* types */
	{ "t_tar_08_symlink", ERR_ARCHIVE, "c/Chart.lock: is a symbolic link; links are not allowed",
	  { { .name = "c/Chart.lock", .type = '2', .link = "/etc/profile" } } },
	{ "t_tar_08_file_with_target", ERR_ARCHIVE, "names a target",
	  { { .name = "c/x", .link = "y" } } },
	{ "t_tar_09_hardlink", ERR_ARCHIVE, "c/x: is a hard link; links are not allowed",
	  { { .name = "c/x", .type = '1', .link = "c/Chart.yaml" } } },
	{ "t_tar_09_hardlink_with_data", ERR_ARCHIVE, "links are not allowed",
	  { { .name = "c/x", .type = '1', .link = "../x", .data = "x" } } },
	TYPE("t_tar_10_character_device", '3', "c/x: is a character device"),
	TYPE("t_tar_10_block_device", '4', "c/x: is a block device"),
	TYPE("t_tar_10_fifo", '6', "c/x: is a named pipe"),
	TYPE("t_tar_10_contiguous", '7', "c/x: is a contiguous file"),
	TYPE("t_tar_10_sparse", 'S', "c/x: is a sparse file"),
	TYPE("t_tar_10_volume", 'V', "c/x: is a volume label"),
	TYPE("t_tar_10_multi_volume", 'M', "c/x: is a part of a multi-volume archive"),
	TYPE("t_tar_10_dump_directory", 'D', "c/x: is a GNU dump directory"),
	TYPE("t_tar_10_unknown", 'Z', "c/x: is of an unknown type (0x5a)"),
	TYPE("t_tar_10_solaris", 'X', "c/x: is a Solaris extended header"),
	PAX("t_tar_10_pax_sparse", "GNU.sparse.major", STR("1"),
	    "\"GNU.sparse.major\" is not accepted"),
	PAX("t_tar_10_pax_link", "linkpath", STR("/etc/passwd"), "\"linkpath\" is not accepted"),
	PAX("t_tar_10_pax_real_size", "SCHILY.realsize", STR("9"), "is not accepted"),

	/* duplicates */
	NAME("t_tar_11_same_name", "c/Chart.yaml", "c/Chart.yaml: duplicate entry"),
	NAME("t_tar_11_dot", "c/./Chart.yaml", "member name contains \".\""),
	NAME("t_tar_11_slashes", "c//Chart.yaml", "an empty segment"),
	NAME("t_tar_11_case", "c/chart.yaml", "duplicate entry, only the case differs from c/"),
	NAME("t_tar_11_below_a_file", "c/chart.YAML/x", "c/Chart.yaml: is a file, but other members"),
	{ "t_tar_11_same_directory", ERR_ARCHIVE, "duplicate entry",
	  { { .name = "c/d/", .type = '5' }, { .name = "c/d", .type = '5' } } },
	{ "t_tar_11_file_and_directory", ERR_ARCHIVE, "duplicate entry",
	  { { .name = "c/d/", .type = '5' }, { .name = "c/d" } } },
	{ "t_tar_11_apart", ERR_ARCHIVE, "c/a: is a file, but other members lie below it",
	  { { .name = "c/a" }, { .name = "c/a-b" }, { .name = "c/a/b" } } },
	{ "t_tar_11_accepts_like_names", OK, "c/Chart.yaml c/a c/a-b c/a.b",
	  { { .name = "c/a" }, { .name = "c/a-b" }, { .name = "c/a.b" } } },
	/* top folders are for chart.h to judge */
	NAME_OK("t_tar_12_accepts_two_folders", "d/x"),
	NAME_OK("t_tar_12_accepts_a_file_at_the_top", "x"),

	/* characters */
	NAME("t_tar_14_not_utf8", "c/\xff", "c/\\xff: member name is not UTF-8"),
	NAME("t_tar_14_surrogate", "c/\xed\xa0\x80", "is not UTF-8"),
	NAME("t_tar_14_newline_and_esc", "c/a\n\x1b[31m",
	     "c/a\\x0a\\x1b[31m: member name contains a control"),
	NAME("t_tar_14_delete", "c/\x7f", "contains a control character"),
	NAME("t_tar_14_c1", "c/\xc2\x9b", "c/\\xc2\\x9b: member name contains a control character"),
	NAME("t_tar_14_bidi", "c/\xe2\x80\xaetxt.exe", "contains a text direction character"),
	NAME("t_tar_14_bidi_isolate", "c/\xe2\x81\xa6x", "contains a text direction character"),
	NAME("t_tar_14_zero_width", "c/\xe2\x80\x8bx", "contains an invisible character"),
	NAME("t_tar_14_byte_order_mark", "c/\xef\xbb\xbfx", "contains an invisible character"),
	NAME("t_tar_14_tag", "c/\xf3\xa0\x81\x81", "contains an invisible character"),
	NAME_OK("t_tar_14_accepts_utf8", "c/gr\xc3\xb6\xc3\x9f" "e-\xe6\x97\xa5-\xf0\x9f\x8e\x89"),
	{ "t_tar_14_nul_inside", ERR_ARCHIVE, "c/x: member name has text behind a NUL",
	  { { .name = "c/x\0y", .name_bytes = 5 } } },

	/* GNU long names */
	{ "t_tar_15_accepts_a_long_name", OK, "c/Chart.yaml c/" N250,
	  { { .name = "././@LongLink", .type = 'L', .data = "c/" N250, .data_bytes = 253, MAGIC_GNU },
	    { .name = "c/nnn", .data = "x", MAGIC_GNU } } },
	{ "t_tar_15_without_nul", ERR_ARCHIVE, "a long name without its NUL at the end",
	  { { .name = "././@LongLink", .type = 'L', .data = "c/" N250, MAGIC_GNU },
	    { .name = "c/nnn", MAGIC_GNU } } },
	{ "t_tar_15_nul_inside", ERR_ARCHIVE, "a long name without its NUL at the end",
	  { { .name = "././@LongLink", .type = 'L', .data = "c/x\0y", .data_bytes = 6, MAGIC_GNU },
	    { .name = "c/nnn", MAGIC_GNU } } },
	{ "t_tar_15_empty", ERR_ARCHIVE, "a long name of 0 bytes",
	  { { .name = "././@LongLink", .type = 'L', MAGIC_GNU }, { .name = "c/nnn", MAGIC_GNU } } },
	{ "t_tar_15_1_mib", ERR_ARCHIVE, "an extended header of 1048576 bytes",
	  { { .name = "././@LongLink", .type = 'L', .data_bytes = MIB, MAGIC_GNU } } },
	{ "t_tar_15_2000_bytes", ERR_ARCHIVE, "a long name of 2000 bytes; 1024 are accepted",
	  { { .name = "././@LongLink", .type = 'L', .data_bytes = 2000, MAGIC_GNU } } },
	{ "t_tar_15_twice", ERR_ARCHIVE, "two extended headers for one member",
	  { { .name = "././@LongLink", .type = 'L', .data = "c/a", .data_bytes = 4, MAGIC_GNU },
	    { .name = "././@LongLink", .type = 'L', .data = "c/b", .data_bytes = 4, MAGIC_GNU },
	    { .name = "c/x", MAGIC_GNU } } },
	{ "t_tar_15_with_pax", ERR_ARCHIVE, "two extended headers for one member",
	  { { .name = "././@LongLink", .type = 'L', .data = "c/a", .data_bytes = 4, MAGIC_GNU },
	    { .name = "c/x", MAGIC_GNU } }, { { "path", STR("c/b") } } },
	{ "t_tar_15_posix_header", ERR_ARCHIVE, "in a header that is not GNU's",
	  { { .name = "././@LongLink", .type = 'L', .data = "c/a", .data_bytes = 4 } } },
	{ "t_tar_15_before_a_posix_header", ERR_ARCHIVE, "c/a: a GNU long name before a header",
	  { { .name = "././@LongLink", .type = 'L', .data = "c/a", .data_bytes = 4, MAGIC_GNU },
	    { .name = "c/x" } } },
	{ "t_tar_15_long_link", ERR_ARCHIVE, "is a long link name; links are not allowed",
	  { { .name = "././@LongLink", .type = 'K', .data = "/etc", .data_bytes = 5, MAGIC_GNU } } },
	{ "t_tar_15_then_the_end", ERR_ARCHIVE, "the archive ends after an extended header",
	  { { .name = "././@LongLink", .type = 'L', .data = "c/a", .data_bytes = 4, MAGIC_GNU } } },
	{ "t_tar_15_bad_long_name", ERR_ARCHIVE, "c/../x: member name contains \"..\"",
	  { { .name = "././@LongLink", .type = 'L', .data = "c/../x", .data_bytes = 7, MAGIC_GNU },
	    { .name = "c/x", MAGIC_GNU } } },

	/* pax */
	{ "t_tar_16_accepts_a_path", OK, "c/Chart.yaml c/other",
	  { { .name = "c/x", .data = "x" } }, { { "path", STR("c/other") } } },
	{ "t_tar_16_accepts_a_path_of_a_directory", OK, "c/Chart.yaml",
	  { { .name = "d", .type = '5' } }, { { "path", STR("c/other/") } } },
	{ "t_tar_16_accepts_utf8", OK, "c/Chart.yaml c/\xc3\xb6",
	  { { .name = "c/x", .data = "x" } }, { { "path", STR("c/\xc3\xb6") } } },
	PAX_OK("t_tar_16_accepts_the_same_size", "size", STR("1")),
	PAX_OK("t_tar_16_accepts_macos", "LIBARCHIVE.xattr.com.apple.provenance", STR("AQAAw")),
	PAX_OK("t_tar_16_accepts_binary_attributes", "SCHILY.xattr.user.x", STR("\0\xff\n")),
	PAX_OK("t_tar_16_accepts_times", "mtime", STR("-1700000000.123456789")),
	{ "t_tar_16_accepts_three_keys", OK, "c/Chart.yaml c/x", { { .name = "c/x", .data = "x" } },
	  { { "atime", STR("1") }, { "LIBARCHIVE.creationtime", STR("1.5") }, { "uname", STR("me") } } },
	{ "t_tar_16_size_above", ERR_ARCHIVE, "states another size: conflicting header",
	  { { .name = "c/x", .data_bytes = 512 } }, { { "size", STR("1536") } } },
	{ "t_tar_16_size_below", ERR_ARCHIVE, "states another size: conflicting header",
	  { { .name = "c/x", .data_bytes = 1536 } }, { { "size", STR("512") } } },
	PAX("t_tar_16_size_negative", "size", STR("-1"), "malformed value: conflicting header"),
	PAX("t_tar_16_size_hexadecimal", "size", STR("0x1"), "malformed value"),
	PAX("t_tar_16_size_empty", "size", STR(""), "malformed value"),
	PAX("t_tar_16_size_overflow", "size", STR("18446744073709551617"), "malformed value"),
	PAX("t_tar_16_path_with_nul", "path", STR("c/a\0b"), "\"path\" has a malformed value"),
	PAX("t_tar_16_path_empty", "path", STR(""), "\"path\" has a malformed value"),
	PAX("t_tar_16_path_with_parent", "path", STR("../x"), "../x: member name contains \"..\""),
	PAX("t_tar_16_time_no_number", "mtime", STR("now"), "\"mtime\" has a malformed value"),
	PAX("t_tar_16_owner_no_number", "uid", STR("1_0"), "\"uid\" has a malformed value"),
	PAX("t_tar_16_unknown_key", "charset", STR("x"), "\"charset\" is not accepted"),
	PAX("t_tar_16_hdrcharset", "hdrcharset", STR("BINARY"), "\"hdrcharset\" is not accepted"),
	PAX("t_tar_16_key_with_escape", "LIBARCHIVE.xattr.\x1b", STR("x"),
	    "xattr.\\x1b\" is not accepted"),
	PAX("t_tar_16_key_of_attributes_only", "LIBARCHIVE.xattr", STR("x"), "is not accepted"),
	{ "t_tar_16_path_twice", ERR_ARCHIVE, "\"path\" stands there twice: conflicting header",
	  { { .name = "c/x" } }, { { "path", STR("c/a") }, { "path", STR("c/b") } } },
	{ "t_tar_16_size_twice", ERR_ARCHIVE, "\"size\" stands there twice: conflicting header",
	  { { .name = "c/x" } }, { { "size", STR("0") }, { "size", STR("0") } } },
	RAW_PAX("t_tar_16_length_0", "0 path=c/a\n"),
	RAW_PAX("t_tar_16_length_small", "5 path=c/a\n"),
	RAW_PAX("t_tar_16_length_large", "13 path=c/a\n"),
	RAW_PAX("t_tar_16_length_overflow", "18446744073709551628 path=c/a\n"),
	RAW_PAX("t_tar_16_length_negative", "-12 path=c/a\n"),
	RAW_PAX("t_tar_16_length_missing", " path=c/a\n"),
	RAW_PAX("t_tar_16_no_space", "12"),
	RAW_PAX("t_tar_16_no_newline", "12 path=c/ab"),
	RAW_PAX("t_tar_16_no_equals_sign", "12 pathXc/a\n"),
	RAW_PAX("t_tar_16_shortest", "3 \n"),
	{ "t_tar_16_empty_header", ERR_ARCHIVE, "an empty pax header",
	  { { .name = "h", .type = 'x' }, { .name = "c/x" } } },
	{ "t_tar_16_twice", ERR_ARCHIVE, "h: two extended headers for one member",
	  { { .name = "h", .type = 'x', .data = "12 path=c/a\n" }, { .name = "c/x" } },
	  { { "path", STR("c/b") } } },
	{ "t_tar_16_then_the_end", ERR_ARCHIVE, "the archive ends after an extended header",
	  { { .name = "h", .type = 'x', .data = "12 path=c/a\n" } } },
	{ "t_tar_16_65_kib", ERR_ARCHIVE, "an extended header of 66560 bytes; 65536 are accepted",
	  { { .name = "h", .type = 'x', .data_bytes = 65u * KIB } } },
	{ "t_tar_17_accepts_a_comment", OK, "c/Chart.yaml c/x", { { .name = "c/x", .data = "x" } },
	  { { "comment", STR("0123456789abcdef0123456789abcdef01234567") } }, .global = true },
	{ "t_tar_17_global_path", ERR_ARCHIVE, "the global pax key \"path\" is not accepted",
	  { { .name = "c/x" } }, { { "path", STR("c/a") } }, .global = true },
	{ "t_tar_17_global_size", ERR_ARCHIVE, "the global pax key \"size\" is not accepted",
	  { { .name = "c/x" } }, { { "size", STR("0") } }, .global = true },
	{ "t_tar_17_between_header_and_member", ERR_ARCHIVE, "two extended headers for one member",
	  { { .name = "g", .type = 'g', .data = "12 comment=\n" }, { .name = "c/x" } },
	  { { "path", STR("c/a") } } },

	/* numbers */
	{ "t_tar_18_accepts_size_with_space", OK, "c/Chart.yaml c/x",
	  { { .name = "c/x", .data = "x", .size = "00000000001 " } } },
	{ "t_tar_18_accepts_setuid", OK, "c/Chart.yaml c/x", { { .name = "c/x", .mode = "0004755" } } },
	{ "t_tar_18_accepts_the_type_in_the_mode", OK, "c/Chart.yaml c/x",
	  { { .name = "c/", .type = '5', .mode = "0040755" }, { .name = "c/x", .mode = "0100644" } } },
	{ "t_tar_18_folder_in_the_mode", ERR_ARCHIVE,
	  "c/x: the mode in the header belongs to another type",
	  { { .name = "c/x", .mode = "0040644" } } },
	{ "t_tar_18_mode_base_256", ERR_ARCHIVE, "the mode in the header is not a number",
	  { { .name = "c/x", .mode = "\x80\xff\xff\xff\xff\xff\xff\xff" } } },
	{ "t_tar_18_accepts_spaces_in_mode", OK, "c/Chart.yaml c/x",
	  { { .name = "c/x", .mode = "   644 " } } },
	{ "t_tar_18_accepts_empty_numbers", OK, "c/Chart.yaml c/x",
	  { { .name = "c/x", .mode = "\0", .uid = "\0", .mtime = "\0", .dev_major = "\0" } } },
	{ "t_tar_18_accepts_uid_minus_1", OK, "c/Chart.yaml c/x",
	  { { .name = "c/x", .uid = "\xff\xff\xff\xff\xff\xff\xff\xff" } } },
	{ "t_tar_18_accepts_a_far_future", OK, "c/Chart.yaml c/x",
	  { { .name = "c/x", .mtime = "\x80\0\0\0\0\0\0\x7f\xff\xff\xff\xff", .mtime_bytes = 12 } } },
	{ "t_tar_18_accepts_before_1970", OK, "c/Chart.yaml c/x",
	  { { .name = "c/x", .mtime = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe" } } },
	{ "t_tar_18_time_above_64_bits", ERR_ARCHIVE, "c/x: the time in the header is not a number",
	  { { .name = "c/x", .mtime = "\x80\0\0\1\0\0\0\0\0\0\0\0", .mtime_bytes = 12 } } },
	{ "t_tar_18_size_with_space_before", ERR_ARCHIVE, "c/x: the size is not a plain octal number",
	  { { .name = "c/x", .data = "x", .size = "          1" } } },
	{ "t_tar_18_size_in_parts", ERR_ARCHIVE, "is not a plain octal number",
	  { { .name = "c/x", .data = "x", .size = "00000 000001" } } },
	{ "t_tar_18_size_with_underscore", ERR_ARCHIVE, "is not a plain octal number",
	  { { .name = "c/x", .data = "x", .size = "0000000000_1" } } },
	{ "t_tar_18_size_decimal", ERR_ARCHIVE, "is not a plain octal number",
	  { { .name = "c/x", .data = "x", .size = "00000000009" } } },
	{ "t_tar_18_size_empty", ERR_ARCHIVE, "is not a plain octal number",
	  { { .name = "c/x", .size = "\0\0\0\0\0\0\0\0\0\0\0\0", .size_bytes = 12 } } },
	{ "t_tar_18_size_negative", ERR_ARCHIVE, "is not a plain octal number",
	  { { .name = "c/x", .size = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" } } },
	{ "t_tar_18_size_base_256", ERR_ARCHIVE, "is not a plain octal number",
	  { { .name = "c/x", .data = "x", .size = "\x80\0\0\0\0\0\0\0\0\0\0\1", .size_bytes = 12 } } },
	{ "t_tar_18_size_2_63", ERR_ARCHIVE, "is not a plain octal number",
	  { { .name = "c/x", .size = "\x80\0\0\0\x80\0\0\0\0\0\0\0", .size_bytes = 12 } } },
	{ "t_tar_18_owner_no_number", ERR_ARCHIVE, "c/x: the owner in the header is not a number",
	  { { .name = "c/x", .uid = "nobody" } } },
	{ "t_tar_18_mode_no_number", ERR_ARCHIVE, "c/x: the mode in the header is not a number",
	  { { .name = "c/x", .mode = "rw-r--r" } } },
	{ "t_tar_18_device_no_number", ERR_ARCHIVE, "c/x: the device in the header is not a number",
	  { { .name = "c/x", .dev_major = "9" } } },

	/* sizes */
	{ "t_tar_20_accepts_5_mib", OK, "c/Chart.yaml c/x",
	  { { .name = "c/x", .data_bytes = 5u * MIB } } },
	{ "t_tar_20_above_5_mib", ERR_TOO_LARGE, "c/x: a file of 5242881 bytes; 5242880 are accepted",
	  { { .name = "c/x", .data_bytes = 5u * MIB + 1 } } },
	{ "t_tar_23_a_nested_archive_is_bytes", OK, "c/Chart.yaml c/charts/x.tgz",
	  { { .name = "c/charts/x.tgz", .data = "\x1f\x8b\x08" } } },
	{ "t_tar_24_size_above_the_rest", ERR_ARCHIVE, "c/x: the archive ends inside its data",
	  { { .name = "c/x", .data = "x", .size = "00000010000" } } },
	{ "t_tar_24_largest_size", ERR_TOO_LARGE, "a file of 68719476735 bytes",
	  { { .name = "c/x", .data = "x", .size = "777777777777" } } },
	{ "t_tar_24_without_padding", ERR_ARCHIVE, "c/x: the archive ends inside its data",
	  { { .name = "c/x", .data = "x", .cut_padding = true } }, .no_end = true },
};

static void put_row(struct sbuf *b, const struct row *row)
{
	AUTO_SBUF struct sbuf pax = sbuf_make(PAX_HEADER_MAX_BYTES);
	if (!row->alone)
		archive_put(b, &(struct raw_member)OTHER_FILE);
	for (size_t i = 0; i < 3 && row->pax[i].key; i++)
		archive_pax_record(&pax, row->pax[i].key, row->pax[i].value);
	if (pax.n)
		archive_put(b, &(struct raw_member){ .name = "PaxHeaders/x", .type = row->global ? 'g' : 'x',
		                                     .data = pax.p, .data_bytes = pax.n });
	for (size_t i = 0; i < 3 && row->members[i].name; i++)
		archive_put(b, &row->members[i]);
	if (!row->no_end)
		archive_end(b);
	sbuf_put(b, row->tail);
	assert_true(sbuf_ok(b));
}

static void join_names(struct sbuf *b, const struct tar_listing *list)
{
	for (size_t i = 0; i < list->count; i++) {
		sbuf_puts(b, i ? " " : "");
		sbuf_put(b, list->members[i].name);
	}
}

static void check_detail(const char *detail)
{
	struct str s = str_c(detail);
	assert_in_range(s.n, 1, ERR_DETAIL_MAX_BYTES - 1);
	assert_true(str_is_utf8(s));
}

static void check_row(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(16 * MIB), names = sbuf_make(MIB);
	AUTO_ARENA struct arena a = { 0 };
	struct tar_listing list = { 0 };
	struct errinfo e = { 0 };
	put_row(&b, row);
	enum err err = tar_read(&a, sbuf_str(&b), &list, &e);
	if (err != row->err || (err && !strstr(e.detail, row->expect)))
		fail_msg("%s: %s", err_code(err), e.detail);
	if (err) {
		check_detail(e.detail);
		assert_null(list.members);
		return;
	}
	join_names(&names, &list);
	assert_string_equal(names.p, row->expect);
}

/* What another reader prints about an archive, which is the command's last word. */
static void run_reader(struct sbuf *ret, struct str archive, const char *reader)
{
	char command[512], buf[4096];
	AUTO_FD int fd = memfd_create("archive", 0);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, archive.p, archive.n), archive.n);
	(void)snprintf(command, sizeof command, "LC_ALL=C.UTF-8 %s /proc/%d/fd/%d 2>/dev/null", reader,
	               (int)getpid(), fd);
	FILE *f = popen(command, "re");
	assert_non_null(f);
	for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
		sbuf_put(ret, str_make(buf, n));
	assert_true(pclose(f) >= 0);         /* it fails at the end for an owner it finds odd */
}

static void expect_gnu_tar_agrees(struct str archive)
{
	AUTO_SBUF struct sbuf names = sbuf_make(MIB), data = sbuf_make(64 * MIB),
	                      listed = sbuf_make(MIB);
	AUTO_ARENA struct arena a = { 0 };
	struct tar_listing list;
	assert_int_equal(tar_read(&a, archive, &list, NULL), OK);
	run_reader(&names, archive, "tar --list --verbose --quoting-style=literal -f");
	run_reader(&data, archive, "tar --extract --to-stdout -f");
	struct str lines = sbuf_str(&names), contents = sbuf_str(&data);
	while (lines.n) {                /* "-rw-r--r-- 0/0 1 2023-11-14 22:13 c/x" */
		struct str line = str_cut(&lines, '\n', NULL);
		const char *name = memrchr(line.p, ' ', line.n);
		if (line.p[0] == '-' && name)
			sbuf_printf(&listed, "%s%.*s", listed.n ? " " : "", (int)(line.p + line.n - name - 1),
			            name + 1);
	}
	sbuf_reset(&names);
	join_names(&names, &list);
	assert_string_equal(listed.p, names.p);
	for (size_t i = 0; i < list.count; i++) {
		assert_true(str_starts(contents, list.members[i].data));
		contents = str_from(contents, list.members[i].data.n);
	}
	assert_int_equal(contents.n, 0);
}

/* Names of the files and what is in them, as one text. */
#define PYTHON "python3 -c 'import sys, tarfile; t = tarfile.open(sys.argv[1]); w = sys.stdout.buffer.write\n" \
	"for m in t.getmembers():\n" \
	" if m.isfile(): w(m.name.encode(\"utf-8\", \"surrogateescape\") + b\"\\n\" + t.extractfile(m).read())'"

static void expect_python_agrees(struct str archive)
{
	AUTO_SBUF struct sbuf theirs = sbuf_make(64 * MIB), ours = sbuf_make(64 * MIB);
	AUTO_ARENA struct arena a = { 0 };
	struct tar_listing list;
	assert_int_equal(tar_read(&a, archive, &list, NULL), OK);
	for (size_t i = 0; i < list.count; i++) {
		sbuf_put(&ours, list.members[i].name);
		sbuf_putc(&ours, '\n');
		sbuf_put(&ours, list.members[i].data);
	}
	run_reader(&theirs, archive, PYTHON);
	if (!str_eq(sbuf_str(&ours), sbuf_str(&theirs)))
		fail_msg("ours: %.300s\ntheirs: %.300s", ours.p, theirs.p);
}

static void t_tar_19_others_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(16 * MIB);
		if (rows[i].err)
			continue;
		put_row(&b, &rows[i]);
		expect_gnu_tar_agrees(sbuf_str(&b));
		expect_python_agrees(sbuf_str(&b));
	}
}

int main(void)
{
	const struct CMUnitTest others[] = { cmocka_unit_test(t_tar_19_others_agree) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("format_tar", check_row, rows);
	return failed + cmocka_run_group_tests_name("format_tar", others, NULL, NULL);
}
