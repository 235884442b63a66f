/* Where the bytes of a bundle go and where they come from: a file, parts of it, a pipe. Internal to
 * members_write.c and members_read.c.
 *
 *     parts.c     the list of parts, and what they are called
 *     output.c    writes
 *     input.c     reads, and says which parts are damaged                                    */
#pragma once

#include "indexer/bundle/members.h"
#include "indexer/format/tar_judge.h"

#define BUNDLE_FILE_NAME_BYTES 256
#define MEMBER_PAX_BLOCKS_MAX 3u       /* a name of CHART_MEMBER_NAME_MAX_BYTES */
#define MEMBER_HEADERS_MAX_BYTES ((MEMBER_PAX_BLOCKS_MAX + 2u) * TAR_BLOCK_BYTES)

/* ---- parts ---- */
struct bundle_part { struct sha256 digest; uint64_t bytes; };
struct bundle_parts { struct bundle_part *p; size_t count, capacity; };

void parts_free(struct bundle_parts *parts);
/* "stable-0-57.tar.001": the first one has index 0. */
void parts_name(const char *name, size_t index, char ret[BUNDLE_FILE_NAME_BYTES]);
void parts_list_name(const char *name, char ret[BUNDLE_FILE_NAME_BYTES]);
void parts_put(struct sbuf *b, const char *name, const struct bundle_parts *parts);
/* CORRUPT: it is not, byte for byte, what parts_put makes. */
NODISCARD enum err parts_parse(struct str text, const char *name, struct bundle_parts *ret,
                               struct errinfo *e);

/* ---- writing ---- */
struct output {
	int dir, fd;
	int first;                       /* of the first file: it is locked until the end */
	const char *name;                /* NULL: one stream, to fd; else: */
	char name_room[BUNDLE_FILE_NAME_BYTES];
	uint64_t part_bytes, room;       /* room: in the part that is open */
	struct sha256_stream *hash;      /* of that part */
	struct bundle_parts parts;
	bool is_named;
};
/* BUSY: somebody else is writing it. After an error only output_discard. */
NODISCARD enum err output_open(struct output *o, const struct bundle_target *t, struct errinfo *e);
NODISCARD enum err output_put(struct output *o, struct str data, struct errinfo *e);
/* Durable, and under its name. */
NODISCARD enum err output_end(struct output *o, struct errinfo *e);
void output_discard(struct output *o);       /* what has no name yet is removed; after _end too */

/* ---- reading ---- */
struct input {
	int dir, fd;
	bool borrowed;                   /* fd is the caller's */
	bool seekable;
	uint64_t total, fetched;         /* total: 0: unknown */
	const char *name;                /* NULL: a stream; else: */
	char name_room[BUNDLE_FILE_NAME_BYTES];
	struct bundle_parts parts;       /* none: one file or a stream */
	size_t part;
	size_t unproven;                 /* the first part that was not compared, and was not leapt over */
	bool torn;                       /* some of the part that is open was leapt over */
	uint64_t left;                   /* of the part that is open */
	struct sha256_stream *hash;
	bool part_is_bad, blamed;
};
NODISCARD enum err input_open(struct input *in, int dir, const char *name, int fd,
                               struct errinfo *e);
/* Less than `bytes` only at the end. CORRUPT: a part has another digest than it should. */
NODISCARD enum err input_pull(struct input *in, char *to, size_t bytes, size_t *ret,
                               struct errinfo *e);
/* Nothing of these bytes is read: of one file or of parts. */
NODISCARD enum err input_skip(struct input *in, uint64_t bytes, struct errinfo *e);
bool input_file(const struct input *in, size_t index, struct bundle_file *ret);     /* bundle_reader_file */
/* bundle_blame's. */
enum err input_blame(struct input *in, enum err err, struct errinfo *e);
void input_close(struct input *in);
