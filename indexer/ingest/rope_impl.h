/* What the files of the rope share. Nobody else includes this.
 *
 *     rope ─┬─ leaf ─┬─ text      separator line separator line …, one iovec
 *           │        ├─ entries   where each line stands, its key
 *           │        └─ pieces    runs of lines, deflated at most once
 *           └─ leaf …
 *
 * Leaves and pieces are shared between snapshots and never change once a snapshot has them
 * (a piece gains its deflated bytes, once). The separator in front of a line says whether the
 * line begins a chart, so a leaf also depends on the chart that the line before it belongs to. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"
#include "indexer/ingest/rope.h"

#define LEAF_MAX_BYTES (1u << 30)           /* positions and zlib's counts are 32 bits */
#define LEAF_TARGET_MIN_BYTES (16u * KIB)
#define LEAF_TARGET_COUNT (INDEX_LEAVES_MAX / 4u * 3u)   /* room to split before any are joined */

struct deflated {
	uint32_t crc;                       /* of the text */
	size_t text_bytes, n;
	unsigned char bytes[];              /* raw deflate, ends on a byte */
};

struct piece {
	atomic_uint refs;
	_Atomic(struct deflated *) deflated;    /* NULL until a gzip variant was wanted */
};

struct leaf_piece { struct piece *piece; uint32_t first; };   /* first: its first entry */

struct entry {
	int64_t created_ns;
	uint32_t line_at, line_n;           /* in the leaf's text */
	uint32_t name_at, version_at;       /* in the leaf's strings */
	uint16_t name_n, version_n;
	bool ends_piece;
	uint8_t member;
};

enum opening { OPENS_INDEX, OPENS_CHART, CONTINUES_CHART };

struct leaf {
	atomic_uint refs;
	enum opening opening;               /* what its first separator was made for */
	uint32_t count, piece_count, chart_count;   /* charts that begin here */
	struct str text;
	const char *strings;                /* names (once per chart) and versions */
	struct leaf_piece *pieces;
	struct entry entries[];
};

struct gzip_member { size_t n; unsigned char bytes[]; };

struct rope {
	atomic_uint refs;
	enum rope_format format;
	uint32_t leaf_count, iov_count;
	uint64_t bytes, versions, charts;
	int64_t generated_ns;
	char head[INDEX_HEAD_MAX_BYTES], tail[INDEX_TAIL_MAX_BYTES];
	pthread_mutex_t gzip_lock;          /* so that two threads do not compress the same */
	_Atomic(struct gzip_member *) gzip;
	struct iovec *iov;                  /* in the same block, as are the leaves */
	struct leaf *leaves[];
};

/* A line on its way into a leaf; borrows. */
struct line {
	struct str name, text;
	struct index_key key;
	bool ends_piece;
	uint8_t member;
	const struct leaf *from;            /* where it stands now, so that pieces can be shared */
	uint32_t at;
	uint32_t separator_n;               /* leaf_new's */
};

struct str leaf_name(const struct leaf *l, uint32_t at);
struct str leaf_version(const struct leaf *l, uint32_t at);
struct str leaf_text(const struct leaf *l, uint32_t at);      /* the line */
struct str leaf_piece_text(const struct leaf *l, uint32_t piece);
struct line leaf_line(const struct leaf *l, uint32_t at);

/* `before` is the chart's name of the line in front of the leaf, NULL if there is none. */
bool leaf_may_follow(const struct leaf *l, const struct str *before);
NODISCARD enum err leaf_new(enum rope_format f, const struct str *before, struct line *lines,
                            size_t count, struct sbuf *scratch, struct leaf **ret,
                            struct errinfo *e);
struct leaf *leaf_ref(struct leaf *l);
void leaf_unref(struct leaf *l);            /* NULL is fine */

bool line_ends_piece(struct str text);
NODISCARD struct piece *piece_new(void);
struct piece *piece_ref(struct piece *p);
void piece_unref(struct piece *p);

/* Collects lines in their order and cuts them into leaves. Zero it but for the format and the
 * target; the leaves are its own until rope_new has taken them.                              */
struct builder {
	enum rope_format format;
	uint64_t target;                    /* bytes of a leaf; it is split above twice that */
	struct leaf **leaves;
	size_t leaf_count, leaf_capacity;
	struct line *run;                   /* not in a leaf yet */
	size_t run_count, run_capacity;
	struct sbuf scratch;
};

struct builder builder_make(enum rope_format f, uint64_t total_bytes);
void builder_done(struct builder *b);
NODISCARD enum err builder_line(struct builder *b, struct line line, struct errinfo *e);
NODISCARD enum err builder_flush(struct builder *b, struct errinfo *e);    /* run → leaves */
bool builder_may_share(const struct builder *b, const struct leaf *l);
NODISCARD enum err builder_share(struct builder *b, struct leaf *l, struct errinfo *e);
NODISCARD enum err builder_finish(struct builder *b, int64_t generated_ns, struct rope **ret,
                                  struct errinfo *e);

/* Takes the leaves over when it succeeds. */
NODISCARD enum err rope_new(enum rope_format f, int64_t generated_ns, struct leaf **leaves,
                            size_t count, struct rope **ret, struct errinfo *e);

struct place { uint32_t leaf, at; };

/* The first place whose line does not come before: the chart | the chart's versions of the same
 * precedence | what follows them | the key. Behind the last line it is {last leaf, its count}. */
enum seek { SEEK_CHART, SEEK_PRECEDENCE, SEEK_BEHIND, SEEK_KEY };
struct place rope_seek(const struct rope *r, enum seek what, struct str name,
                       const struct index_key *key);
/* False if the chart has no such version; `created_ns` does not matter. */
bool rope_find(const struct rope *r, struct str name, struct str version, struct place *ret);

/* The text of an index line in this format; in `scratch` when it had to be converted. */
NODISCARD enum err rope_line_text(enum rope_format f, struct str json, struct sbuf *scratch,
                                  struct str *ret, struct errinfo *e);
NODISCARD enum err rope_item_check(const struct index_item *item, struct errinfo *e);
