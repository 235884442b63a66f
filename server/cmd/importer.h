/* Many files into ingest at once, each judged like an upload, all durable together.
 *
 *     importer_begin(&i, tell, ctx)
 *     i.progress = progress_new(…)
 *     importer_use(&i, ingest)
 *     importer_take(&i, &file)          as often as needed, from one thread
 *     importer_wait(&i)
 *
 * A file that is refused is told and counted, and the others go in. One may be as large as Helm takes it:
 * upload.max_bytes is for what comes over a network. `tell` is called by any thread, one call at a time. */
#pragma once

#include <pthread.h>

#include "indexer/ingest/ingest.h"

struct progress;

typedef void importer_tell(void *ctx, const char *path, const char *why);

struct importer {
	struct progress *progress;       /* the caller's; NULL is fine */
	struct audit_note note;          /* likewise: of the row that the audit log gets of each chart */
	bool audit_all;                  /* also of a file that changed nothing: refused, there already */
	uint64_t imported, existing, refused;    /* so far; to be read after importer_wait */
	enum err fatal;                  /* the storage failed: why, for the exit status */
	struct errinfo error;

	/* Its own. */
	importer_tell *tell;
	void *tell_ctx;
	struct ingest *ingest;
	pthread_mutex_t lock;
	pthread_cond_t room;
	unsigned in_flight, in_flight_max;
};

struct import_file {
	const char *path;                /* for messages; borrowed until importer_wait */
	struct str repo;                 /* likewise */
	int fd;                          /* of the archive; taken over, and closed */
	uint64_t bytes;                  /* as far as progress is concerned */
	char *prov;                      /* from malloc, taken over; NULL or empty: none */
	size_t prov_bytes;
	int64_t created_ns;              /* 0: the time of the file */
	enum change_link link;
	bool adopt;                      /* as in struct change */
	struct str chart_file;           /* whose provenance file it is, alone: fd is -1; empty: of the archive */
	/* Not NULL: where Chart.yaml makes another name of it than the path has, nothing is taken, told or
	 * counted, and this becomes that name, from malloc.                                     */
	char **own_name;
};

void importer_begin(struct importer *i, importer_tell *tell, void *tell_ctx);
/* So many at a time as there are file descriptors for, besides those that are open by now. */
void importer_use(struct importer *i, struct ingest *g);
/* Waits while too many are under way. */
void importer_take(struct importer *i, const struct import_file *f);
/* Takes what *f has as well, and counts the file as refused. */
void importer_refuse(struct importer *i, const struct import_file *f, const struct errinfo *e);
/* Until all that was taken is in or refused. */
void importer_wait(struct importer *i);
/* The outcome of a file that went another way (to a server); any thread. */
void importer_count(struct importer *i, const char *path, uint64_t bytes, enum err err,
                    bool existing, const struct errinfo *e);
