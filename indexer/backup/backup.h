/* Backups: a backup is itself a data directory, with two files more that say what is in it.
 *
 *     BACKUP/catalog.db, repos/…       as in any data directory
 *     BACKUP/backup.json               when, how many events, the root of the log, the digest of
 *                                      catalog.db, how many files are damaged
 *     BACKUP/SHA256SUMS                the charts and catalog.db, for sha256sum --check
 *
 * Nothing is held up while one is made, and no server is asked: files come first, as the catalog
 * names them; then, within one read transaction, those that came meanwhile and the catalog itself.
 * If one of these was deleted in between, that last part is done again. So everything that was
 * acknowledged before the backup began is in it, and what the backup's log names is there.
 *
 * It is made beside its place, as DEST.partial, and gets its name when it is complete and on the
 * disk; one that was interrupted is taken up again by the next. A restore is the same copy the
 * other way, into a directory that holds no catalog.db before everything else is there.      */
#pragma once

#include "indexer/base/hash.h"
#include "indexer/base/limits.h"
#include "indexer/store/datadir.h"

#define BACKUP_MANIFEST "backup.json"
#define BACKUP_SUMS     "SHA256SUMS"

struct backup_options {
	const char *from, *to;           /* data directory and backup, or the other way */
	const char *link;                /* an earlier backup of the same log, or NULL */
	bool incremental;                /* `to` exists and is replaced, and is the one to link from */
	bool allow_damaged;              /* restore: without the files that are damaged, and rows as
	                                    they are */
	/* A file that could not be brought along, or something of the catalog that is not what the log
	 * or backup.json says; `repo` is empty for the catalog itself.                            */
	void (*problem)(void *ctx, struct str repo, struct str file, const char *text);
	void (*progress)(void *ctx, uint64_t files, uint64_t bytes);     /* since the last call */
	void *ctx;
};

struct backup_report {
	uint64_t events;                 /* of the log */
	struct sha256 root;
	struct sha256 catalog;           /* of the backup's catalog.db: all that is no file of a chart */
	bool has_catalog;                /* backup.json says it: older backups do not */
	int64_t created_ns;              /* of the backup */
	uint64_t repositories, versions, files, bytes;
	uint64_t linked, copied, kept;   /* how the files came; kept: by an interrupted attempt */
	uint64_t problems;               /* files that are not in it, and what was told of the catalog */
};

/* OK also when files were damaged: they are in the report, and the backup is complete without
 * them. EXISTS when there is something in its place; INVALID when `link` is a backup of another
 * log; LOCKED when another one is being made there; BUSY when charts come and go so fast that no
 * state could be caught.                                                                     */
NODISCARD enum err backup_make(const struct backup_options *o, struct backup_report *ret,
                               struct errinfo *e);
/* EXISTS when `to` is not empty; CORRUPT when the backup is not complete or its log is not what it
 * was; DAMAGED when files are, or the catalog (all of them were told), and allow_damaged is not set. */
NODISCARD enum err backup_restore(const struct backup_options *o, struct backup_report *ret,
                                  struct errinfo *e);
