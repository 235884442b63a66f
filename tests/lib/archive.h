/* Archives for tests: good ones, and ones with any fault a stranger could think of.
 *
 *     struct sbuf tar = sbuf_make(ARCHIVE_TEST_MAX_BYTES), tgz = sbuf_make(ARCHIVE_TEST_MAX_BYTES);
 *     archive_put(&tar, &(struct raw_member){ .name = "c/Chart.yaml", .data = "name: c\n" });
 *     archive_put(&tar, &(struct raw_member){ .name = "c/x", .type = '2', .link = "/etc/passwd" });
 *     archive_end(&tar);
 *     archive_gzip(&tgz, sbuf_str(&tar), &(struct raw_gzip){ 0 });
 *
 * A zeroed field means "as a good writer would do it". Failures stay in the buffers (sbuf_ok). */
#pragma once

#include "indexer/base/sbuf.h"

#define ARCHIVE_TEST_MAX_BYTES (512u * 1024u * 1024u)

/* Fields are texts of the width of the header's field at most; what they leave is zero. */
struct raw_member {
	const char *name;
	size_t name_bytes;               /* where the name holds a NUL */
	char type;                       /* 0: '0'; TYPE_NUL: '\0' */
	const char *data;
	size_t data_bytes;               /* where data holds a NUL, or is NULL: zeros */
	const char *link, *prefix, *magic, *size, *mode, *uid, *mtime, *dev_major, *checksum;
	size_t magic_bytes, size_bytes, uid_bytes, mtime_bytes;
	char padding;                    /* the last byte of the header */
	bool cut_padding;                /* no zeros behind the data */
};
#define TYPE_NUL ((char)-1)
#define MAGIC_GNU .magic = "ustar  \0", .magic_bytes = 8

void archive_put(struct sbuf *b, const struct raw_member *m);
void archive_zeros(struct sbuf *b, size_t n);
void archive_end(struct sbuf *b);                    /* two zero blocks */

/* "18 path=c/values.yaml\n" with the right length. */
void archive_pax_record(struct sbuf *b, const char *key, struct str value);

/* A small chart that every reader accepts. */
void archive_good_tar(struct sbuf *b, const char *name, const char *version);

/* Makes the checksums right in whatever can be taken for a header. */
void archive_fix_checksums(char *tar, size_t n);

struct raw_gzip {
	bool plain;                      /* no flags at all; otherwise Helm's header */
	unsigned char flags;             /* in addition */
	size_t extra_bytes;              /* of an own extra field; needs plain and FEXTRA in flags */
	size_t text_bytes;               /* of an own name; needs plain and FNAME in flags */
	bool text_without_nul;
	bool header_crc, wrong_header_crc;
	uint32_t crc_xor, size_add;      /* faults in the trailer */
	int level;                       /* 0: 6 */
};
void archive_gzip(struct sbuf *b, struct str data, const struct raw_gzip *g);

/* Makes CRC and size right, if the file can be inflated at all. */
void archive_fix_gzip(char *gz, size_t n);
