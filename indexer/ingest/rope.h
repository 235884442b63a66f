/* The index of one repository in memory: an immutable snapshot that a publish replaces.
 *
 *     rope_edit   changes are collected      (the writer thread only)
 *     rope_commit a new snapshot             shares every leaf that did not change
 *     rope_ref / rope_unref                  readers hold a snapshot for as long as they send it
 *
 * The text is cut into at most INDEX_LEAVES_MAX leaves of whole lines; a leaf grows with the
 * index, so a publish copies one leaf and the array of leaves, whatever the size of the index.
 *
 *     {"apiVersion":"v1","generated":"…","entries":{
 *     "alpine":[
 *     {…},
 *     {…}
 *     ],
 *     "redis":[
 *     {…}
 *     ]
 *     }}
 *
 * Charts are sorted by name (bytewise), versions newest first (index_key_cmp). An empty index is
 * {"apiVersion":"v1","generated":"…","entries":{}} and a newline. Block YAML is the same rope
 * with other separators. The text is what index_write writes: it depends only on the set of
 * lines, the generated time and the format, so it is equal after a restart.
 *
 * The gzip variant is one member made of pieces, each compressed once (raw deflate, level 6,
 * Z_SYNC_FLUSH) and joined with crc32_combine. Where a piece ends is decided by the lines alone
 * (a line ends a piece with probability length / ROPE_PIECE_MEAN_BYTES by its own hash), and leaves
 * end only where pieces end, so the compressed bytes too depend only on the text.            */
#pragma once

#include <sys/uio.h>

#include "indexer/base/hash.h"
#include "indexer/format/index.h"

enum rope_format { ROPE_JSON, ROPE_YAML };
#define ROPE_PIECE_MEAN_BYTES (40u * 1024u)

struct rope;                         /* a snapshot; reference-counted, any thread */
struct rope_edit;                    /* pending changes to one snapshot; one thread */

NODISCARD enum err rope_empty(enum rope_format f, int64_t generated_ns, struct rope **ret,
                              struct errinfo *e);
/* The index then says {"apiVersion":…,"generated":…,"serverInfo":<json>,"entries":…}; one made of
 * it by rope_edit has to be told anew. `json` is a JSON object of less than
 * ROPE_SERVER_INFO_MAX_BYTES, which is copied; NULL: none. Only before anybody else has the rope. */
#define ROPE_SERVER_INFO_MAX_BYTES INDEX_SERVER_INFO_MAX_BYTES
void rope_tell_server(struct rope *r, const char *json);
struct rope *rope_ref(struct rope *r);
void rope_unref(struct rope *r);     /* NULL is fine */

/* Builds from all lines at once (start-up); `items` is sorted in place, no two may have the same
 * name and version text. Lines are JSON lines as index_line wrote them, whatever the format.
 * TOO_LARGE: a name or a version above 64 KiB, a line above 64 MiB.                          */
NODISCARD enum err rope_build(enum rope_format f, struct index_item *items, size_t count,
                              int64_t generated_ns, struct rope **ret, struct errinfo *e);
/* The same, saying now and then which items are still to come: the texts of those before may go. */
typedef void rope_rest(void *ctx, const struct index_item *rest, size_t count);
NODISCARD enum err rope_build_saying(enum rope_format f, struct index_item *items, size_t count,
                                     int64_t generated_ns, rope_rest *say, void *ctx, struct rope **ret,
                                     struct errinfo *e);

/* `base` stays as it is. A version is known by its name and version text: rope_put replaces its
 * line, if any, wherever that stands; rope_remove takes it out whatever key->created_ns is, and
 * of what is not there is fine. Of several changes of one version the last counts. Text is
 * copied. After an error of rope_put or rope_remove the edit is as it was before the call.   */
NODISCARD enum err rope_edit_new(struct rope *base, struct rope_edit **ret, struct errinfo *e);
NODISCARD enum err rope_put(struct rope_edit *x, const struct index_item *item, struct errinfo *e);
NODISCARD enum err rope_remove(struct rope_edit *x, struct str name, const struct index_key *key,
                               struct errinfo *e);
NODISCARD enum err rope_commit(struct rope_edit *x, int64_t generated_ns, struct rope **ret,
                               struct errinfo *e);      /* frees x, also on error */
void rope_edit_free(struct rope_edit *x);                /* gives the changes up */

uint64_t rope_bytes(const struct rope *r);
uint64_t rope_versions(const struct rope *r);
uint64_t rope_charts(const struct rope *r);
/* The pieces in order; at most HTTP_RESPONSE_PIECES_MAX; borrowed as long as the reference. */
const struct iovec *rope_iov(const struct rope *r, unsigned *ret_count);

/* The gzip variant, made at the first call and kept with the snapshot; pieces that an earlier
 * snapshot compressed are reused. Slow for a large index that was never compressed: not for a
 * thread that must not block. Borrowed as long as the reference.                             */
NODISCARD enum err rope_gzip(struct rope *r, struct str *ret, struct errinfo *e);
bool rope_gzip_is_ready(const struct rope *r);

/* The versions of one chart, newest first, none if there is no such chart. Slices borrow from the
 * snapshot; `line` is the text as the snapshot has it (block YAML in a ROPE_YAML rope).       */
struct rope_version {
	struct str version, line;
	int64_t created_ns;
	uint8_t member;                  /* as index_item has it: of a virtual repository, whose line it is */
};
NODISCARD enum err rope_chart(struct arena *a, const struct rope *r, struct str name,
                              struct rope_version **ret, size_t *ret_count, struct errinfo *e);
bool rope_has_chart(const struct rope *r, struct str name);
/* One of its versions, as rope_chart has it; false: there is no such one. */
bool rope_version(const struct rope *r, struct str name, struct str version, struct rope_version *ret);
/* Names of all charts in order; slices borrow from the snapshot. */
NODISCARD enum err rope_names(struct arena *a, const struct rope *r, struct str **ret,
                              size_t *ret_count, struct errinfo *e);
