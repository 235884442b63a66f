/* index.yaml: one version as one line, and other people's indexes read as Helm reads them.
 *
 * Our own index is JSON text that is valid YAML as well (architecture.md §3, clients.md §1.2).
 * A line is one JSON object without a newline: keys in the order of `helm repo index` (sorted),
 * only fields that Helm knows, every string escaped by sbuf_json. It is rendered once, at
 * publish, stored in the catalog and served for ever.                                        */
#pragma once

#include <sys/types.h>

#include "indexer/base/hash.h"
#include "indexer/base/sbuf.h"
#include "indexer/format/chart.h"
#include "indexer/format/node.h"
#include "indexer/format/semver.h"

#define INDEX_RENDERER_VERSION 1u    /* part of every ETag: raise it when the same line is shown otherwise */

/* The url of a chart that is here, in the arena; NULL: no memory. */
const char *index_chart_url(struct arena *a, struct str file);
/* It has "://": of an upstream whose index leads there, as https:// or oci://. */
bool index_url_is_absolute(struct str url);
/* A relative `url` ("charts/foo-1.2.3.tgz") is percent-encoded here, '+' stays; one with "://" is
 * taken as it is. An annotation whose key is too long for YAML (1,000 bytes) is left out.    */
void index_line(struct sbuf *b, const struct chart_meta *m, struct str url, int64_t created_ns,
                const struct sha256 *digest);

/* The same line as a block YAML list item ("  - apiVersion: \"v2\"\n    …"), double-quoted, as in
 * clients.md §1.2; for index_format: yaml. BUG when `line` is not one of ours.               */
NODISCARD enum err index_line_to_yaml(struct str line, struct sbuf *b, struct errinfo *e);

/* The same line, which must be one of ours, with its keys in the order of ChartMuseum's API. */
void index_line_to_museum(struct str line, struct sbuf *b);
/* What stands under a key of such a line, as JSON; empty: nothing does. */
struct str index_line_value(struct str line, const char *key);
/* The same of a text without escapes (a name, a version, a digest), without its quotes. */
struct str index_line_text(struct str line, const char *key);
/* The digest that the line promises; false: none. */
bool index_line_digest(struct str line, struct sha256 *ret);

struct index_entry {
	struct chart_meta meta;
	struct str *urls;
	size_t url_count;
	struct str created, digest;      /* as written */
	bool removed;
	int64_t created_ns;              /* of `created`; INT64_MIN: none that can be told */
};

/* The line of an entry that was read from an index, or made by hand: what is empty is left out, URLs
 * and times stand as they are written.                                                       */
void index_entry_line(struct sbuf *b, const struct index_entry *entry);

/* One line of ours as what it was made of. METADATA. */
NODISCARD enum err index_entry_read(struct arena *a, struct str line, struct index_entry *ret,
                                    struct errinfo *e);

struct index_chart {
	struct str name;                 /* the key under entries */
	struct index_entry *versions;    /* newest first (semver, then created, then text) */
	size_t count;
};

struct index_file {
	struct index_chart *charts;      /* sorted by name, bytewise */
	size_t count;
	struct str generated;
	size_t skipped;                  /* entries Helm would skip too (clients.md §1.4); a chart
	                                  * without any other is not in charts */
	char first_skipped[240];         /* why the first one was */
};

/* Reads an index as Helm does: JSON first, lenient; else YAML, strict about unknown and duplicate
 * keys. METADATA when Helm would refuse the whole file. Everything is in the arena.          */
NODISCARD enum err index_read(struct arena *a, struct str data, const char *name,
                              struct index_file *ret, struct errinfo *e);

/* The newest version first: precedence descending, then created descending, then the version's
 * text descending. The one order of the program. <0 when a comes first.                      */
struct index_key { struct str version; int64_t created_ns; };
int index_key_cmp(const struct index_key *a, const struct index_key *b);
/* The same for sorting many: each version is read once. Borrows the key's text. */
struct index_rank { struct index_key key; struct semver semver; bool is_semver; };
struct index_rank index_rank_of(struct str version, int64_t created_ns);
int index_rank_cmp(const struct index_rank *a, const struct index_rank *b);

/* Helm's IndexFile.Get on versions sorted newest first (clients.md §1.5): exact text, else the
 * first that satisfies the constraint ("" = "*"). Returns the position, or -1 with NOT_FOUND or
 * INVALID (improper constraint) in e.                                                        */
ssize_t index_pick(struct arena *a, const struct str *versions, size_t count, struct str wanted,
                   struct errinfo *e);

/* `helm repo index DIR`: writes a whole index, as block YAML or JSON; the same text as a rope of
 * the same lines. `server_info` is a JSON object of less than
 * INDEX_SERVER_INFO_MAX_BYTES, NULL for none. `items` is sorted in place; NOMEM
 * when the buffer is full.                                                                   */
struct index_item {
	struct str name, line;
	struct index_key key;
	uint8_t member;                  /* no part of the text: what ingest/rope.h keeps beside the line */
};
/* For qsort: by name, then by index_key_cmp; the order of an index. */
int index_order_cmp(const void *a, const void *b);
NODISCARD enum err index_write(struct sbuf *b, struct index_item *items, size_t count, bool json,
                               const char *server_info, int64_t generated_ns, struct errinfo *e);

/* The same text piece by piece, for one that is too long for a buffer, which may be emptied meanwhile:
 * index_text_begin, for each entry in that order index_text_next and the line, index_text_end. */
struct index_text {
	struct sbuf *to;
	bool json;
	struct str chart;                /* of the last entry */
	bool begun;                      /* there was one */
};
void index_text_begin(struct index_text *t, const char *server_info, int64_t generated_ns);
/* What stands before the line. The name is borrowed until the next call. */
void index_text_next(struct index_text *t, struct str chart);
void index_text_end(struct index_text *t);

/* What stands in front of the charts and behind them, of an index that is served out of memory (rope.h). */
#define INDEX_SERVER_INFO_MAX_BYTES 512u
#define INDEX_HEAD_MAX_BYTES (128u + INDEX_SERVER_INFO_MAX_BYTES)
#define INDEX_TAIL_MAX_BYTES 16u
void index_around(bool json, bool empty, int64_t generated_ns, const char *server_info,
                  char ret_head[static INDEX_HEAD_MAX_BYTES], char ret_tail[static INDEX_TAIL_MAX_BYTES]);

/* Another order, for qsort and bsearch of items: by name, then by the version's text, bytewise. */
int index_item_cmp(const void *a, const void *b);

/* `helm repo index --merge`: `items`, which are in the order of index_item_cmp, and behind them the
 * entries of `other` whose name and version are not among them. The array and the new lines are in
 * the arena. NOMEM also for an entry whose line is above INDEX_LINE_MAX_BYTES.               */
NODISCARD enum err index_merge(struct arena *a, const struct index_item *items, size_t count,
                               const struct index_file *other, struct index_item **ret,
                               size_t *ret_count, struct errinfo *e);
