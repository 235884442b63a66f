/* The files that a catalog names, brought from one data directory into another; internal to this
 * folder.
 *
 *     copy_gather        which files the catalog has now
 *     copy_files         those that are not there yet: linked or copied, their digests compared
 *     copy_finish        what earlier rounds brought and the last one does not know goes
 *     copy_done
 *
 * The catalog may change between the rounds; what is there already costs a look into a table.
 * One thread.                                                                                */
#pragma once

#include "indexer/backup/backup.h"
#include "indexer/store/catalog.h"

#define COPY_BUCKETS 65536u
#define COPY_TRIES 3u                /* a file that is being replaced is looked at again */

struct copy_file {
	struct copy_file *next;          /* of the same hash */
	struct copy_file *following;     /* as they were found */
	struct str repo, name;           /* NUL-terminated */
	struct sha256 digest;
	uint64_t bytes;                  /* once it is there */
	uint64_t event;                  /* with which it got these bytes under this name, or later; 0: nobody says */
	unsigned round, tries;           /* round: the last one that found it in the catalog */
	enum { COPY_WAITS, COPY_THERE, COPY_BAD } state;
	const char *why;                 /* BAD */
};

struct copying {
	struct datadir *from, *to;
	const struct backup_options *options;
	struct datadir *previous;        /* a backup whose files may be linked; NULL: none */
	uint64_t previous_events;        /* of these it has the files as they are */
	bool link;                       /* from's own files may be linked */
	struct backup_report *report;

	struct arena arena;
	struct copy_file *bucket[COPY_BUCKETS];
	struct copy_file *first, **last;
	unsigned round;
	size_t doubtful;                 /* files that the last round did not get, and that may come */
	uint64_t live;                   /* versions of the last round */
	struct repo_row *repos;          /* of the last round */
	size_t repo_count;
	struct { struct str repo; int from, to, previous; } open;        /* charts folders */
};

/* The struct is large: allocate it, zeroed; from, to, options and report are set by the caller. */
void copy_init(struct copying *c);
NODISCARD enum err copy_gather(struct copying *c, struct catalog *catalog, struct errinfo *e);
/* A file that is missing or has other bytes is counted in c->doubtful, and after COPY_TRIES rounds
 * left out. An error: the target cannot be written.                                          */
NODISCARD enum err copy_files(struct copying *c, struct errinfo *e);
/* Also reports what was left out. Nothing is synced yet. */
NODISCARD enum err copy_finish(struct copying *c, struct errinfo *e);
void copy_done(struct copying *c);
