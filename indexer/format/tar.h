/* tar archives made by strangers: judged strictly, then read by libarchive.
 *
 * tar_read walks the raw 512-byte headers first and refuses everything that two readers could
 * understand differently (trust.md §6 C, T-TAR-03 … T-TAR-24). Then libarchive reads the same
 * bytes, and both must have seen the same members. Nothing is written anywhere.
 *
 * Accepted here and judged by who knows charts: the top folder (T-TAR-12), names that only Windows
 * reserves (T-TAR-06). Accepted and left out of the listing: directories. Accepted and ignored:
 * owners, modes, times, the comment of git archive, the attributes of macOS's tar.           */
#pragma once

#include "indexer/base/arena.h"

struct tar_member {
	struct str name;                 /* as in the archive: "redis/templates/svc.yaml"; in the arena */
	struct str data;                 /* borrowed from the archive's bytes */
};

struct tar_listing {
	struct tar_member *members;      /* regular files only, in archive order; in the arena */
	size_t count;
};

/* ARCHIVE: names the member, escaped; TOO_LARGE: names the limit. */
NODISCARD enum err tar_read(struct arena *a, struct str bytes, struct tar_listing *ret,
                            struct errinfo *e);

/* Writing, for chartlocker package: ustar (pax only where a name needs it), mode 0644, uid and
 * gid 0, the given modification time, end-of-archive blocks. The same calls give the same bytes
 * on any machine, and tar_read accepts them; names are checked as it checks them (ARCHIVE), so
 * are the limits (TOO_LARGE). That no name comes twice is the caller's care.                 */
struct tar_writer;
NODISCARD enum err tar_writer_new(struct tar_writer **ret, struct errinfo *e);
NODISCARD enum err tar_writer_add(struct tar_writer *w, const char *name, struct str data,
                                  int64_t mtime_seconds, struct errinfo *e);
/* The archive as gzip with Helm's header (mtime 0, comment "Helm"); free() *ret. Always frees w. */
NODISCARD enum err tar_writer_end(struct tar_writer *w, char **ret, size_t *ret_bytes,
                                  struct errinfo *e);
void tar_writer_free(struct tar_writer *w);      /* instead of _end; NULL is fine */

/* The header of a member as tar_writer_add writes it: one block, or the blocks of a pax header before it.
 * The name has passed tar_name_check; TAR_MEMBER_MAX_BYTES.                                  */
#define TAR_MEMBER_MAX_BYTES UINT64_C(077777777777)
struct sbuf;
void tar_header_put(struct sbuf *b, struct str name, uint64_t bytes, int64_t mtime_seconds);
/* What stands behind so many bytes of a member, to the next block. */
#define TAR_PADDING_BYTES(bytes) ((size_t)(-(uint64_t)(bytes) % 512u))
/* Of a member with all of its headers and what stands behind it; and of the end of an archive. */
uint64_t tar_member_bytes(struct str name, uint64_t bytes);
#define TAR_END_BYTES 1024u
