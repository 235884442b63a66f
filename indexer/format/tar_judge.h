/* The parts of the strict tar reader, for whoever reads and writes tar; everybody else uses tar.h.
 *
 *     tar_header   the 512 bytes: checksum, numbers, strings
 *     tar_name     which member names are acceptable, and how a refused one is shown
 *     tar_pax      the records of an extended header
 *     tar_judge    walks the archive with the three
 *     tar_unique   no name twice
 *     tar_write    the same headers, written
 *
 * The judge accepts what Go (Helm), GNU tar, Python and libarchive read alike, and nothing else.
 * All bytes come from a stranger; nothing here trusts a length it has not compared.          */
#pragma once

#include "indexer/format/tar.h"

#define TAR_BLOCK_BYTES 512u

struct tar_header {                  /* POSIX ustar; GNU tar uses the same fields */
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link[100], magic[8], uname[32], gname[32], dev_major[8], dev_minor[8], prefix[155];
	char padding[12];
};
_Static_assert(sizeof(struct tar_header) == TAR_BLOCK_BYTES, "a header is one block");

#define TAR_MAGIC_USTAR STR("ustar\0" "00")
#define TAR_MAGIC_GNU   STR("ustar  \0")
#define TAR_FIELD(h, field) str_make((h)->field, sizeof (h)->field)

bool tar_is_zero(struct str s);
unsigned tar_checksum(const struct tar_header *h);        /* with its own field as spaces */

/* The checks that hold for a header of any type; `at` is its offset, for the detail. */
NODISCARD enum err tar_header_check(const struct tar_header *h, size_t at, struct errinfo *e);

bool tar_number(struct str field, uint64_t *ret);         /* octal digits, then NUL or spaces */
bool tar_text(struct str field, struct str *ret);         /* false: something stands after a NUL */

/* A member name, escaped for a detail: at most TAR_SHOWN_MAX_BYTES with the NUL. Returns `ret`. */
#define TAR_SHOWN_MAX_BYTES 256u
const char *tar_shown(struct str name, char ret[TAR_SHOWN_MAX_BYTES]);

/* A slash at the end belongs to directories and is the caller's to cut off. ARCHIVE. */
NODISCARD enum err tar_name_check(struct str name, struct errinfo *e);

struct tar_pax {
	struct str path;                 /* empty: not given */
	uint64_t size;
	bool has_size;
};

/* Reads the records of an 'x' header, or of a 'g' header where only a comment may stand; `owner`
 * is the name of that header, for details. ARCHIVE.                                          */
NODISCARD enum err tar_pax_read(struct str owner, struct str records, bool global,
                                struct tar_pax *ret, struct errinfo *e);

struct tar_entry {
	struct tar_member member;        /* the name of a directory has no slash at its end */
	bool directory;
};

struct tar_entries {
	struct tar_entry *p;             /* in archive order; in the arena */
	size_t count, files;
};

NODISCARD enum err tar_judge(struct arena *a, struct str bytes, struct tar_entries *ret,
                             struct errinfo *e);

/* Duplicates, also those that differ in case only, and files that are folders as well. */
NODISCARD enum err tar_unique(struct arena *a, const struct tar_entries *entries,
                              struct errinfo *e);
