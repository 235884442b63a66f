/* Running a prepared statement; internal to this folder.
 *
 *     AUTO_SQL struct sql q = sql_start(c, QUERY_VERSION_BY_FILE);
 *     sql_bind_int(&q, "@repo", repo_id);
 *     sql_bind_text(&q, "@file", file);
 *     err = sql_step(&q, &found, e);
 *     ... sql_text(&q, 4) ...
 *
 * The first failure is remembered and reported by sql_step or sql_run. Bound text is borrowed
 * until the end of the scope, columns until the next step. The end of the scope resets the
 * statement, so that no read transaction stays open.                                         */
#pragma once

#include <sys/types.h>

#include "indexer/base/arena.h"
#include "indexer/base/hash.h"
#include "indexer/store/catalog.h"
#include "indexer/store/queries.h"

/* Which of the two files of DATA a connection is of. */
struct database {
	const char *file;                /* "catalog.db" */
	int application_id;
	const char *const *schema;       /* schema.h */
	const int *version;
};
extern const struct database database_catalog, database_search;

struct file_id { dev_t dev; ino_t ino; };        /* ino 0: none */

struct catalog {
	const struct database *of;
	int dir;                         /* DATA, borrowed; of a writer, as the next two */
	struct file_id file, wal;        /* as they were opened */
	struct sqlite3 *db;
	struct sqlite3_stmt *statements[QUERY_COUNT];
	bool writer;
	bool ready;            /* opened; before that nothing may touch the file */
	bool begun;            /* between begin and commit, whatever SQLite did to it meanwhile */
	bool spoiled;          /* a change was made by half: rollback only */
	bool doubtful;         /* a commit failed: nobody knows, nothing more is written */
	bool damaged;          /* something that was read of it is not what SQLite or the schema has there */
	int wal_pages;         /* in the WAL after the last commit */
	int wal_copied;        /* of these, copied to catalog.db by the last checkpoint */
	bool wal_done;         /* all that there is in it is copied: the next change may begin it anew */
	bool displaced;        /* a commit found other files in its place */
};

struct sql {
	struct catalog *c;
	struct sqlite3_stmt *st;
	int rc;
};

struct sql sql_start(struct catalog *c, enum query query);
void sql_end(struct sql *q);
#define AUTO_SQL __attribute__((cleanup(sql_end)))

void sql_bind_int(struct sql *q, const char *name, int64_t value);
/* What is beyond every number that a column can have is the greatest one. */
void sql_bind_most(struct sql *q, const char *name, uint64_t value);
void sql_bind_text(struct sql *q, const char *name, struct str value);
void sql_bind_hash(struct sql *q, const char *name, const struct sha256 *hash);  /* or NULL */

NODISCARD enum err sql_step(struct sql *q, bool *ret_row, struct errinfo *e);
/* The one row that is asked for; NOT_FOUND with that text. */
NODISCARD enum err sql_first(struct sql *q, const char *missing, struct errinfo *e);
/* True: there is another row. Ends with the last one, or when *err is set: here, or by the loop's body. */
bool sql_next(struct sql *q, enum err *err, struct errinfo *e);
NODISCARD enum err sql_run(struct sql *q, struct errinfo *e);           /* to the end */
NODISCARD enum err sql_run_plain(struct catalog *c, enum query query, struct errinfo *e);
void sql_roll_back(struct catalog *c);      /* nothing to do without a transaction */
/* SQLite's result code; notes how much of the WAL is copied, and whether the next change begins another. */
int sql_checkpoint(struct catalog *c, int how);

int64_t sql_int(const struct sql *q, int column);
struct str sql_text(const struct sql *q, int column);
bool sql_is_null(const struct sql *q, int column);
NODISCARD enum err sql_hash(const struct sql *q, int column, struct sha256 *ret, struct errinfo *e);

/* All rows of a statement, as an array in the arena; sql_list is for one without parameters. */
struct sql_list {
	enum query query;                /* sql_list's alone */
	const char *what;                /* "accounts", for a want of memory */
	size_t row_bytes;
	enum err (*read)(const struct sql *q, struct arena *a, void *row, struct errinfo *e);
};
NODISCARD enum err sql_list(struct catalog *c, const struct sql_list *list, struct arena *a,
                            void **ret, size_t *ret_count, struct errinfo *e);

NODISCARD enum err sql_rows(struct sql *q, const struct sql_list *list, struct arena *a,
                            void **ret, size_t *ret_count, struct errinfo *e);

/* "catalog.db", for messages. */
const char *sql_file(struct sqlite3 *db);
/* The error that SQLite's result code stands for, with SQLite's own message; the second where the file could not
 * be opened, so that SQLite does not know its name.                                          */
enum err sql_error(struct sqlite3 *db, int rc, struct errinfo *e);
enum err sql_error_of(const struct database *of, struct sqlite3 *db, int rc, struct errinfo *e);

/* ---- opening: connect.c ---- */
/* Opens c->db; `immutable`: catalog.db alone, whatever stands beside it. */
NODISCARD enum err connect_database(struct datadir *d, struct catalog *c, bool immutable, struct errinfo *e);

/* ---- the files: files.c ---- */
/* A regular file with content, or one without where there never was one; for the writer it is made then. Before
 * SQLite sees it. CORRUPT: something shows that there was one.                               */
NODISCARD enum err files_find(struct datadir *d, const struct database *of, bool writer, struct errinfo *e);
/* CORRUPT where a database without tables cannot be all that there ever was. */
NODISCARD enum err files_without_content(struct datadir *d, const struct database *of, struct errinfo *e);
/* All that was committed is in the file itself, and no process has it open: one that has keeps a WAL, and while
 * that is empty a -shm as well.                                                              */
bool files_are_settled(struct datadir *d, const struct database *of);
/* CORRUPT: the WAL is that of another catalog.db. For the writer, which has not written yet: beside one that
 * runs they differ for moments.                                                              */
NODISCARD enum err files_belong(struct datadir *d, struct catalog *c, struct errinfo *e);
/* In a transaction: where it may be the first of a WAL, writes to which catalog.db that belongs. */
NODISCARD enum err files_begin_wal(struct catalog *c, struct errinfo *e);
/* For catalog_in_place, and whether there is a WAL to go on with. */
void files_note(struct datadir *d, struct catalog *c);
