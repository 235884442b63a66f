/* What the files of the index reader share. Nobody but them includes this.
 *
 *     index_stream.c         where the bytes come from; JSON or YAML
 *     index_stream_json.c    JSON text, taken apart down to the text of each version
 *     index_stream_yaml.c    libyaml's events, one after the other
 *     index_stream_walk.c    events, by the place where they stand
 *     index_stream_anchor.c  what aliases stand for
 *     index_stream_record.c  events as bytes, to be hashed, repeated, made a tree
 *     index_stream_entry.c   a version: hashed, asked for, judged, told, counted            */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/format/index_stream.h"

struct index_stream {
	const struct index_stream_handler *handler;
	const char *name;
	struct errinfo *e;

	index_stream_source *read;
	void *source;
	char *buffer;                    /* INDEX_STREAM_BUFFER_BYTES; what is not yet taken: */
	size_t at, end;
	bool ended;                      /* the source has no more */
	uint32_t line;                   /* of buffer[at], from 1 */
	uint32_t conflict_line;          /* of the first conflict marker; 0: none yet */
	unsigned marks;                  /* of one, at the beginning of this line */

	struct index_stream_summary sum;
	uint64_t keys;                   /* under entries */
	bool has_entries;
	struct str chart;                /* in chart_arena */
	bool chart_counted;
	struct arena chart_arena, arena; /* the other one: of one version */
	struct sha256_stream *sha;
};

#define INDEX_STREAM_BUFFER_BYTES 65536u

/* ---- bytes ---- */

/* Makes *ret what has not been taken, which is empty at the end only. Borrowed until the next. */
NODISCARD enum err index_stream_look(struct index_stream *s, struct str *ret);
/* The first n of it are done with; counts lines. */
void index_stream_take(struct index_stream *s, size_t n);

/* METADATA, or *ret_not_json where the text is no JSON: then nothing is set. */
NODISCARD enum err index_stream_json(struct index_stream *s, bool *ret_not_json);
NODISCARD enum err index_stream_yaml(struct index_stream *s);

/* METADATA: "<name>:<line>: why". Where there was a conflict marker, that is why. */
enum err index_stream_refuse(const struct index_stream *s, uint32_t line, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
#define STREAM_REFUSE(s, ...) ERR_SURE(index_stream_refuse((s), __VA_ARGS__))
#define STREAM_NO_MEMORY(s) ERR((s)->e, NOMEM, "reading %s", (s)->name)

/* ---- events ---- */

enum index_event_kind { INDEX_SCALAR, INDEX_LIST, INDEX_MAP, INDEX_END };

struct index_event {
	enum index_event_kind kind;
	bool plain;                      /* and more than its text to YAML: null, 5, yes, << */
	struct str text, tag;            /* borrowed; the tag in full, mostly empty */
	uint32_t line;
};

struct index_record {
	struct sbuf bytes;               /* the lines are beside it, so that they are not hashed */
	uint32_t *lines;
	size_t count, capacity;
};

/* A part of a record: from here to its end. */
struct index_mark { size_t bytes, count; };

bool index_plain_matters(struct str text);
/* False: out of memory. */
NODISCARD bool index_record_put(struct index_record *r, const struct index_event *event);
size_t index_event_bytes(const struct index_event *event);
/* Takes the next event off the front of the record's bytes, without its line. */
struct index_event index_record_cut(struct str *bytes);
void index_record_cut_to(struct index_record *r, struct index_mark mark);
void index_record_done(struct index_record *r);
/* What was recorded since, as yaml_read would give it; errors begin with "entry:<line>: ". */
NODISCARD enum err index_record_tree(const struct index_record *r, struct index_mark mark,
                                     struct arena *a, const struct node **ret, struct errinfo *e);

/* ---- the walk ---- */

enum index_place { IN_TOP, IN_ENTRIES, IN_CHART, IN_MERGE };

struct index_level {
	enum index_place place, merged;  /* merged: of the maps in a list that a merge key has */
	bool has_key;
};

struct index_anchor;
struct index_open_anchor {
	struct index_anchor *anchor;
	unsigned depth;                  /* of what it stands at */
	struct index_mark mark;
};

enum index_taking { TAKE_NOTHING, TAKE_VERSION, TAKE_SERVER_INFO };

struct index_walk {
	struct index_stream *s;
	struct index_level levels[YAML_DEPTH_MAX];
	unsigned depth;                  /* levels that are open */
	bool rooted;                     /* the document's map has begun */
	struct sbuf key;                 /* that waits for its value */
	bool key_plain;
	uint32_t key_line;

	unsigned inside;                 /* lists and maps open in a value that is taken or passed by: */
	enum index_taking taking;
	bool too_large;
	uint32_t line;                   /* where it begins */
	struct index_mark mark;
	struct index_record record;      /* of what is taken, and of open anchors */

	void *anchors;                   /* a tsearch tree of struct index_anchor, in the arena */
	struct arena arena;
	size_t anchored_bytes, expanded_bytes;
	struct index_open_anchor open[YAML_DEPTH_MAX + 1];
	unsigned open_count;
};

/* An event of the file; its anchor may be empty. */
NODISCARD enum err index_walk_event(struct index_walk *w, const struct index_event *event,
                                    struct str anchor);
NODISCARD enum err index_walk_alias(struct index_walk *w, struct str name, uint32_t line);
void index_walk_done(struct index_walk *w);

/* For the above. */
NODISCARD enum err index_walk_feed(struct index_walk *w, const struct index_event *event);
NODISCARD enum err index_anchor_open(struct index_walk *w, struct str name, uint32_t line);
/* Those that stand at this depth end here. */
NODISCARD enum err index_anchor_close(struct index_walk *w, unsigned depth, uint32_t line);

/* ---- versions ---- */

/* What follows is of this chart. *ret_taken false: its versions are passed by, and that is told. */
NODISCARD enum err index_stream_chart(struct index_stream *s, struct str name, uint32_t line,
                                      bool *ret_taken);
/* Asks for a version, which is counted where it is known. */
NODISCARD enum err index_stream_ask(struct index_stream *s, struct str content,
                                    struct sha256 *ret_hash, bool *ret_known);
/* One that is not. Nodes without a line are those of JSON, which begins at `line`. */
NODISCARD enum err index_stream_tell(struct index_stream *s, const struct node *root, bool json,
                                     const struct sha256 *hash, uint32_t line);
NODISCARD enum err index_stream_skip(struct index_stream *s, struct str version, uint32_t line,
                                     const char *why);
/* Because of what json_read, index_record_tree or index_read_version said, which is passed on unless
 * it is METADATA. In JSON they count lines from `line`, where the version begins.            */
NODISCARD enum err index_stream_refused(struct index_stream *s, enum err err, struct str version,
                                        uint32_t line, bool json, const struct errinfo *why);
#define INDEX_STREAM_ENTRY_NAME "entry"          /* what they call the text */

/* ---- the top level ---- */

enum index_top {
	INDEX_TOP_OTHER, INDEX_TOP_ENTRIES, INDEX_TOP_GENERATED, INDEX_TOP_SERVER_INFO,
};
enum index_top index_stream_top(struct str key); /* in any case of letters */
/* What stands there, for the summary; NULL: nothing that can be read. */
NODISCARD enum err index_stream_said(struct index_stream *s, enum index_top what,
                                     const struct node *n);
