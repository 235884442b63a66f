/* Streams of zlib, for the rooms that pack and unpack piece by piece; whole archives are format/gzip.h's.
 *
 *     pieces     one deflate stream made of parts that refer to nothing before them
 *     unpacker   a gzip stream as it arrives: any number of members, their CRC and length right
 *
 * Each belongs to one thread at a time.                                                       */
#pragma once

#include "indexer/base/err.h"
#include "indexer/base/str.h"

/* Zeroed at first but for the level. */
struct pieces {
	int level;                       /* zlib's, 1 to 9 */
	void *stream;
	char *out;
	size_t capacity;
};
void pieces_done(struct pieces *p);

/* Packs `text` so that it may stand anywhere but at the end of a deflate stream; `last`: there alone.
 * *ret is borrowed until the next call. NOMEM.                                                */
NODISCARD enum err pieces_pack(struct pieces *p, struct str text, bool last, struct str *ret,
                               struct errinfo *e);

/* gzip's checksum, and that of two texts one behind the other. */
uint32_t flate_crc(struct str text);
uint32_t flate_crc_join(uint32_t first, uint32_t second, size_t second_bytes);

struct unpacker;
NODISCARD enum err unpacker_new(struct unpacker **ret, struct errinfo *e);
void unpacker_free(struct unpacker *u);          /* NULL is fine */
void unpacker_reset(struct unpacker *u);

/* Takes from the front of *packed, writes at most `room` bytes. It is to be called until *packed is empty
 * and less than `room` was written. INVALID: no gzip, damaged, or something else behind a member; NOMEM. */
NODISCARD enum err unpacker_step(struct unpacker *u, struct str *packed, char *to, size_t room,
                                 size_t *ret_bytes, struct errinfo *e);
/* What came so far is whole members, one at least. */
bool unpacker_is_whole(const struct unpacker *u);
