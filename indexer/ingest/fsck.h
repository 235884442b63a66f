/* fsck and rebuild: files ↔ rows ↔ log ↔ index.
 *
 * fsck reads everything again: the database's own check, the Merkle tree over the log, the rows
 * that the log implies, every file's digest and what is in it, the index as it is served and its file
 * for static web servers.
 * It may run while changes go on; what it doubts it looks at twice. With `repair`, files that are
 * not what the log says go to quarantine and their versions are left out of the index until the
 * same bytes are published again; a version whose file is whole again comes back. A version whose
 * provenance file is lost has none from then on, until one is published. Nothing is ever deleted.
 *
 * rebuild makes the rows and the index lines again from the log and the files and shows the same
 * index as before, byte for byte, if nothing was wrong.                                       */
#pragma once

#include "indexer/ingest/ingest.h"

enum fsck_kind {
	FSCK_DATABASE,                   /* SQLite or the log's tree is damaged */
	FSCK_LOG,                        /* row and log disagree */
	FSCK_MISSING,                    /* a row's file is gone */
	FSCK_DAMAGED,                    /* a file has other bytes than the log says, or it has them
	                                    again and its version is still left out */
	FSCK_METADATA,                   /* the chart inside is not what the row says */
	FSCK_ORPHAN,                     /* a chart file that the log does not know */
	FSCK_PROVENANCE,                 /* a provenance file is missing or has other bytes */
	FSCK_INDEX,                      /* the served index is not what the rows say, or repos/<repo>/index.yaml
	                                    not the served index */
	FSCK_KINDS
};
const char *fsck_kind_name(enum fsck_kind kind);     /* "missing" */

struct fsck_options {
	bool repair;
	/* Called for every problem, from one thread at a time; `repaired` with repair alone. */
	void (*problem)(void *ctx, enum fsck_kind kind, struct str repo, struct str file,
	                const char *text, bool repaired);
	/* What was added since the last call. May be NULL. */
	void (*progress)(void *ctx, uint64_t files, uint64_t bytes);
	void *ctx;
};

struct fsck_report {
	uint64_t repositories, versions, files, bytes, events;
	uint64_t problems, repaired;
	struct sha256 root;              /* of the log */
};

/* OK also when there are problems: they are in the report. An error: it could not be done; DRAINING: ingest_drain
 * was called meanwhile.                                                                       */
NODISCARD enum err ingest_fsck(struct ingest *g, const struct fsck_options *o,
                               struct fsck_report *ret, struct errinfo *e);

struct rebuild_report { uint64_t repositories, versions, changed_lines, damaged; };
NODISCARD enum err ingest_rebuild(struct ingest *g, struct rebuild_report *ret, struct errinfo *e);
