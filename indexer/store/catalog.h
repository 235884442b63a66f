/* The catalog: the event log, its Merkle tree and the rows, in DATA/catalog.db.
 *
 *     writer:  catalog_begin → catalog_…_put, catalog_event_append → catalog_commit
 *     reader:  one struct catalog per thread, opened with catalog_open_reader
 *
 * The only user of SQLite. WAL, synchronous=FULL (a rollback journal on network filesystems); the
 * one writer also checkpoints. Statements stand in one table (queries.c), are prepared when the
 * writer opens, by a reader when it first runs them, and are bound by name; schema and migrations
 * are the commented .sql files in schema/. Rows that are returned live in the caller's arena. Not
 * thread-safe per connection.
 *
 * Everything that changes rows needs catalog_begin first (else BUG). Some errors (no space, no
 * memory) end the whole transaction; what follows then fails, and so does the commit.
 *
 * After an error from catalog_commit that leaves the catalog doubtful, the outcome is unknown
 * until it is opened again: the caller must stop writing (trust.md §3.2); catalog_begin refuses. */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/hash.h"
#include "indexer/base/merkle_proof.h"
#include "indexer/base/merkle_edge.h"
#include "indexer/base/sbuf.h"
#include "indexer/store/datadir.h"

struct catalog;

/* What is to be done about a damaged catalog.db, which nothing of ours mends, and about one that is away. Changes
 * that still are in its -wal must not get into another one.                                  */
#define CATALOG_AGAIN "put it back from a backup, with catalog.db-wal and catalog.db-shm moved away first, or import " \
                      "the charts into a new data directory"
#define CATALOG_LOST  "put back the one that was here; else " CATALOG_AGAIN

/* Makes or migrates the database. NEWER when user_version is above ours, CORRUPT when it is not
 * our database (application_id), or missing or empty while something shows that there was one (repositories,
 * a -wal), or has the -wal of another one; what is refused is left as it is. A reader gets
 * NOT_FOUND without a database and DB when its schema is older than ours. Where it may write
 * neither the directory nor catalog.db-shm it reads catalog.db alone, if everything is in there
 * and no process has it open (else READ_ONLY, which says what to do); what a process that starts
 * meanwhile writes, it may take for damage.                                                   */
NODISCARD enum err catalog_open_writer(struct datadir *d, struct catalog **ret, struct errinfo *e);
NODISCARD enum err catalog_open_reader(struct datadir *d, struct catalog **ret, struct errinfo *e);
void catalog_close(struct catalog *c);           /* NULL is fine; rolls back */

/* ---- copies ---- */
/* One state of the catalog for all reading until catalog_rollback; writers are not held up. */
NODISCARD enum err catalog_read_begin(struct catalog *c, struct errinfo *e);
/* A reader of any schema up to ours that is good for catalog_copy alone. */
NODISCARD enum err catalog_open_source(struct datadir *d, struct catalog **ret, struct errinfo *e);
/* Makes catalog.db in the directory `dir` (0600; what has the name goes): what `c` would read now.
 * The copy says that it was not ended cleanly, so that who opens it compares it with its files.
 * Not synced.                                                                                */
NODISCARD enum err catalog_copy(struct catalog *c, int dir, struct errinfo *e);

NODISCARD enum err catalog_begin(struct catalog *c, struct errinfo *e);   /* BEGIN IMMEDIATE */
NODISCARD enum err catalog_commit(struct catalog *c, struct errinfo *e);
/* The last commit failed with an unknown outcome, or was refused because others would never find it. Not so
 * on a full disk: the write that failed was of the commit itself, the rows are as before, and the catalog goes on.
 * Nor where it is BUSY, which without a WAL it is while somebody reads for too long: nothing was written. */
bool catalog_is_doubtful(const struct catalog *c);
/* Whether catalog.db and its -wal still are the files that this writer has open: two fstatat, on any thread. Asked
 * before each commit. CORRUPT says what to do.                                               */
NODISCARD enum err catalog_in_place(const struct catalog *c, struct errinfo *e);
/* catalog.db itself is not: what a process has open goes with it unless catalog_copy saves it. */
bool catalog_is_displaced(const struct catalog *c);
/* A statement of this connection ended with CORRUPT. */
bool catalog_is_damaged(const struct catalog *c);
void catalog_rollback(struct catalog *c);
/* Copies the WAL into the database: when 4 MiB have gathered; whatever there is, so that the next
 * change begins the WAL anew; or that and cutting it off. Never fails a publish. The first is done
 * by begin as well, so calling it after the answers are out only moves the work to where nobody
 * waits.                                                                                     */
enum checkpoint_mode { CHECKPOINT_MANY, CHECKPOINT_ALL, CHECKPOINT_TRUNCATE };
void catalog_checkpoint(struct catalog *c, enum checkpoint_mode mode);
/* Gives back the pages that are kept of what was read, after all was: 2 MB, of which a change needs few. */
void catalog_forget_pages(struct catalog *c);

/* ---- repositories ---- */
struct repo_row {
	int64_t id;
	struct str name;
	int64_t created_ns;
	struct str settings;             /* canonical JSON (format/repo_settings.h) */
};
/* A repository that exists keeps its row; its id is returned. The name is nobody's alias then. */
NODISCARD enum err catalog_repo_put(struct catalog *c, struct str name, int64_t created_ns,
                                    int64_t *ret_id, struct errinfo *e);
NODISCARD enum err catalog_repos(struct catalog *c, struct arena *a, struct repo_row **ret,
                                 size_t *ret_count, struct errinfo *e);      /* by name */
/* REPO_NOT_FOUND. */
NODISCARD enum err catalog_repo(struct catalog *c, struct arena *a, struct str name, struct repo_row *ret,
                                struct errinfo *e);
NODISCARD enum err catalog_repo_set(struct catalog *c, int64_t id, struct str settings,
                                    struct errinfo *e);
/* The old name becomes an alias. */
NODISCARD enum err catalog_repo_rename(struct catalog *c, int64_t id, struct str old,
                                       struct str name, struct errinfo *e);
/* With its versions, aliases, past and pulls. */
NODISCARD enum err catalog_repo_remove(struct catalog *c, int64_t id, struct errinfo *e);

struct alias_row { struct str name, repo; };     /* repo: what it is called now */
NODISCARD enum err catalog_aliases(struct catalog *c, struct arena *a, struct alias_row **ret,
                                   size_t *ret_count, struct errinfo *e);    /* by name */

/* ---- chart versions ---- */
enum version_state { VERSION_LIVE, VERSION_DELETED, VERSION_DAMAGED };

struct version_row {
	int64_t id, repo_id;
	struct str chart, version, file; /* file: "redis-1.0.0.tgz"; unique per repository for good */
	struct sha256 digest;
	uint64_t bytes;
	int64_t created_ns;
	enum version_state state;        /* DELETED: a tombstone, the file is gone */
	uint64_t event;                  /* seq of the publish */
	bool has_prov;
	struct sha256 prov_digest;
	struct str line;                 /* the index line (JSON) */
	bool yanked;                     /* not in the index, but to be had under its name */
	bool was_yanked;                 /* when it was deleted, which it is */
	struct str yank_reason;          /* of either */
	uint64_t shown_from;             /* event since which the line is in the index by the log; 0: it is
	                                    not. Damage does not change it.                        */
	struct str signature;            /* canonical JSON of the provenance verdict; empty: unchecked */
	uint64_t deleted_event;          /* of the deletion; 0: not deleted */
	bool purged;                     /* deleted for good: not even the same bytes come back */
	bool absent;                     /* of an upstream, and its archive is not here: `digest` is what was
	                                    promised (zeros: nothing was), `bytes` is 0        */
	bool has_images;
	struct str images;               /* a pushed list of images, one a line, sorted; put drops it with the
	                                    digest that it was for */
};

/* NOT_FOUND; tombstones are found too. */
NODISCARD enum err catalog_version(struct catalog *c, struct arena *a, int64_t repo_id,
                                   struct str chart, struct str version,
                                   struct version_row *ret, struct errinfo *e);
NODISCARD enum err catalog_version_by_file(struct catalog *c, struct arena *a, int64_t repo_id,
                                           struct str file, struct version_row *ret,
                                           struct errinfo *e);
/* Its index line alone, behind what is in `to`. NOT_FOUND. */
NODISCARD enum err catalog_version_line(struct catalog *c, int64_t id, struct sbuf *to, struct errinfo *e);
/* Insert when row->id is 0 (sets it), else update everything but chart, version and file.
 * EXISTS when chart and version are taken, NAME_TAKEN when the file name is.                 */
NODISCARD enum err catalog_version_put(struct catalog *c, struct version_row *row,
                                       struct errinfo *e);
/* Every version of a repository, in no order; the row is borrowed during the call. The callback
 * may read and write the catalog, except by this function.                                   */
typedef enum err catalog_visit_version(void *ctx, const struct version_row *row, struct errinfo *e);
NODISCARD enum err catalog_versions_each(struct catalog *c, int64_t repo_id,
                                         catalog_visit_version *each, void *ctx,
                                         struct errinfo *e);
/* The next `limit` of them with an id above `after`, by id; of one chart unless `chart` is empty. */
NODISCARD enum err catalog_versions_page(struct catalog *c, int64_t repo_id, struct str chart,
                                         int64_t after, unsigned limit,
                                         catalog_visit_version *each, void *ctx,
                                         struct errinfo *e);
/* The versions of a chart whose archives are not here, deleted ones too, sorted by str_cmp. In the arena. */
NODISCARD enum err catalog_versions_absent(struct catalog *c, struct arena *a, int64_t repo_id,
                                           struct str chart, struct str **ret, size_t *ret_count,
                                           struct errinfo *e);
/* The archives of all versions that were purged, in no order. In the arena; NUL behind each name. */
struct purged_row { struct str file; struct sha256 digest; };
NODISCARD enum err catalog_versions_purged(struct catalog *c, struct arena *a, int64_t repo_id,
                                           struct purged_row **ret, size_t *ret_count, struct errinfo *e);
/* What a repository holds, without what was deleted; costs little at any size. */
struct repo_usage { uint64_t versions, bytes; };
NODISCARD enum err catalog_usage(struct catalog *c, int64_t repo_id, struct repo_usage *ret,
                                 struct errinfo *e);
/* Drops the versions of a repository; for rebuild alone. */
NODISCARD enum err catalog_versions_clear(struct catalog *c, int64_t repo_id, struct errinfo *e);

/* ---- the index as it was ---- */

/* A line that leaves the index with event `to`: row->shown_from says since when it was there. Does
 * nothing when it was not, and when it came with that event.                                 */
NODISCARD enum err catalog_past_put(struct catalog *c, const struct version_row *row, uint64_t to,
                                    struct errinfo *e);
/* The last event with which a line of this version left the index; 0: none did. */
NODISCARD enum err catalog_past_end(struct catalog *c, const struct version_row *row, uint64_t *ret,
                                    struct errinfo *e);
/* What the index of a repository held after event `at`: chart, version, file, digest, created_ns, line
 * and shown_from of the row count. An empty line was purged. In no order.                    */
NODISCARD enum err catalog_index_at(struct catalog *c, int64_t repo_id, uint64_t at,
                                    catalog_visit_version *each, void *ctx, struct errinfo *e);
/* The row that it gives for a chart file. NOT_FOUND: it was not there. */
NODISCARD enum err catalog_version_at(struct catalog *c, struct arena *a, int64_t repo_id, struct str file,
                                      uint64_t at, struct version_row *ret, struct errinfo *e);
/* The digest that a chart file had in the index after event `at`. NOT_FOUND: it was not there. */
NODISCARD enum err catalog_file_at(struct catalog *c, int64_t repo_id, struct str file, uint64_t at,
                                   struct sha256 *ret, struct errinfo *e);
/* Blanks the lines of one version wherever they are kept. */
NODISCARD enum err catalog_past_blank(struct catalog *c, int64_t repo_id, struct str chart,
                                      struct str version, struct errinfo *e);

/* Makes the file anew without what was deleted or overwritten in it, and empties the WAL, where that
 * stands as well. Takes as long as the file is large, and as much memory. Not within a transaction. BUSY:
 * somebody reads for so long; the WAL may still hold it.                                      */
NODISCARD enum err catalog_vacuum(struct catalog *c, struct errinfo *e);

/* ---- downloads (pulls.c) ---- */
/* Adds to what was counted on a day (since 1970-01-01, UTC). A repository that is gone counts nothing. */
NODISCARD enum err catalog_pull_add(struct catalog *c, struct str repo, struct str file,
                                    int64_t day, uint64_t count, struct errinfo *e);
struct pull_count { uint64_t count; int64_t last_day; };         /* last_day 0: never */
NODISCARD enum err catalog_pulls(struct catalog *c, int64_t repo_id, struct str file,
                                 struct pull_count *ret, struct errinfo *e);
NODISCARD enum err catalog_repo_pulls(struct catalog *c, int64_t repo_id, uint64_t *ret,
                                      struct errinfo *e);

/* What all versions of each chart were downloaded since a day. Borrowed during the call. */
typedef enum err catalog_visit_pulls(void *ctx, struct str repo, struct str chart, uint64_t count,
                                     struct errinfo *e);
NODISCARD enum err catalog_pulls_each(struct catalog *c, int64_t since_day,
                                      catalog_visit_pulls *each, void *ctx, struct errinfo *e);

/* The versions of a chart that were downloaded since a day, the last one first, by day. */
typedef enum err catalog_visit_day(void *ctx, struct str version, int64_t day, uint64_t count,
                                   struct errinfo *e);
NODISCARD enum err catalog_chart_pulls(struct catalog *c, int64_t repo_id, struct str chart,
                                       int64_t since_day, catalog_visit_day *each, void *ctx,
                                       struct errinfo *e);
/* The same of all a repository has, with an empty version. */
NODISCARD enum err catalog_daily_pulls(struct catalog *c, int64_t repo_id, int64_t since_day,
                                       catalog_visit_day *each, void *ctx, struct errinfo *e);

/* ---- the log ---- */
struct event {
	uint64_t seq;                    /* from 1, without gaps */
	int64_t at_ns;
	struct str actor, repo, kind, chart, version, digest;   /* digest: 64 hex or empty */
	struct str detail;               /* canonical JSON object (RFC 8785), "{}" at least */
	struct sha256 leaf;
};

/* Sets seq and leaf, stores the event and the completed Merkle nodes (architecture.md §1).
 * INVALID for text that is not UTF-8 and for a detail that is no object. After another error the
 * transaction must be rolled back; commit refuses it otherwise.                              */
NODISCARD enum err catalog_event_append(struct catalog *c, struct event *ev, struct errinfo *e);
/* Events with seq > since, ascending; borrowed during the call. */
typedef enum err catalog_visit_event(void *ctx, const struct event *ev, struct errinfo *e);
NODISCARD enum err catalog_events_each(struct catalog *c, uint64_t since,
                                       catalog_visit_event *each, void *ctx, struct errinfo *e);
/* Those of them with seq <= until. */
NODISCARD enum err catalog_events_between(struct catalog *c, uint64_t since, uint64_t until,
                                          catalog_visit_event *each, void *ctx,
                                          struct errinfo *e);
/* The one with this number; ret->seq is 0 where the log has none of it. In the arena. */
NODISCARD enum err catalog_event(struct catalog *c, struct arena *a, uint64_t seq, struct event *ret,
                                 struct errinfo *e);
/* When it happened; 0: the log has none of it. */
NODISCARD enum err catalog_event_time(struct catalog *c, uint64_t seq, int64_t *ret, struct errinfo *e);
/* Events with seq < before, descending. */
NODISCARD enum err catalog_events_before(struct catalog *c, uint64_t before,
                                         catalog_visit_event *each, void *ctx, struct errinfo *e);
/* Those under a name, ascending: of whichever repositories had it. */
NODISCARD enum err catalog_events_of(struct catalog *c, struct str repo, catalog_visit_event *each,
                                     void *ctx, struct errinfo *e);
/* Those with which a name ended: renamed, deleted, or purged after that. Does not read the others. */
NODISCARD enum err catalog_ends_each(struct catalog *c, catalog_visit_event *each, void *ctx,
                                     struct errinfo *e);
/* The last event of a repository's index, or of all with an empty name. NOT_FOUND. The purge of one that
 * was deleted is no event of the one that has its name now, and lists of images are not in the index:
 * here and in catalog_event_at.                                                               */
NODISCARD enum err catalog_last_event(struct catalog *c, struct arena *a, struct str repo,
                                      struct event *ret, struct errinfo *e);
/* The same with lists of images. */
NODISCARD enum err catalog_last_told(struct catalog *c, struct arena *a, struct str repo,
                                     struct event *ret, struct errinfo *e);
/* The last event that says what a repository is set to. NOT_FOUND. */
NODISCARD enum err catalog_settings_event(struct catalog *c, struct arena *a, struct str repo,
                                          struct event *ret, struct errinfo *e);
/* The same of the events before one. */
NODISCARD enum err catalog_settings_event_before(struct catalog *c, struct arena *a, struct str repo,
                                                 uint64_t before, struct event *ret,
                                                 struct errinfo *e);
/* The last event that moved the clock of a virtual repository: made, set, or released something.
 * NOT_FOUND.                                                                                 */
NODISCARD enum err catalog_clock_event(struct catalog *c, struct arena *a, struct str repo,
                                       struct event *ret, struct errinfo *e);
/* The last event with which a repository of this name ended: renamed, deleted, or purged after that.
 * NOT_FOUND.                                                                                 */
NODISCARD enum err catalog_end_event(struct catalog *c, struct arena *a, struct str repo,
                                     struct event *ret, struct errinfo *e);
/* The last event under a name with from <= seq <= at. NOT_FOUND. */
NODISCARD enum err catalog_event_at(struct catalog *c, struct arena *a, struct str repo,
                                    uint64_t from, uint64_t at, struct event *ret,
                                    struct errinfo *e);
/* The last event at or before a moment; 0: there was none. */
NODISCARD enum err catalog_event_at_time(struct catalog *c, int64_t time_ns, uint64_t *ret,
                                         struct errinfo *e);
/* Root of the first `size` events (RFC 6962 §2.1); size 0 is SHA-256 of nothing. INVALID when
 * the log is shorter.                                                                        */
NODISCARD enum err catalog_root(struct catalog *c, uint64_t size, struct sha256 *ret,
                                struct errinfo *e);
/* The hash of the complete subtree that begins with event `first` (from 1) and has 2^level events.
 * CORRUPT: there is none.                                                                    */
NODISCARD enum err catalog_subtree(struct catalog *c, uint64_t first, unsigned level,
                                   struct sha256 *ret, struct errinfo *e);
NODISCARD enum err catalog_log_size(struct catalog *c, uint64_t *ret, struct errinfo *e);
/* The bytes that are hashed: canonical JSON with the keys actor at chart detail digest kind repo
 * seq version; `at` is RFC 3339 text, `detail` the object itself.                            */
void event_canonical(struct sbuf *b, const struct event *ev);
NODISCARD enum err event_leaf(const struct event *ev, struct sha256 *ret, struct errinfo *e);
/* Recomputes every leaf and node from the rows: CORRUPT naming the first event that differs. */
NODISCARD enum err catalog_log_verify(struct catalog *c, uint64_t *ret_events,
                                      struct sha256 *ret_root, struct errinfo *e);

struct log_range {
	uint64_t since, until;           /* the events with since < seq <= until */
	struct sha256 before, root;      /* of the first `since`, and of the first `until` events */
};

/* The same for the events after `since` up to `until` (0: the last one). What comes before is not
 * read again: it is trusted as far as `before` is the root that the caller knows. INVALID: not a
 * range of this log.                                                                         */
NODISCARD enum err catalog_log_verify_range(struct catalog *c, uint64_t since, uint64_t until,
                                            struct log_range *ret, struct errinfo *e);

/* Proofs from O(log n) stored nodes. */
/* That event `seq` is in the log of the first `size` events. INVALID unless 1 <= seq <= size and
 * the log has them.                                                                          */
NODISCARD enum err catalog_inclusion_proof(struct catalog *c, uint64_t seq, uint64_t size,
                                           struct merkle_proof *ret, struct errinfo *e);
/* That the log of `second` events begins with the log of `first`; empty when they are equal or
 * `first` is 0. INVALID unless first <= second and the log has them.                         */
NODISCARD enum err catalog_consistency_proof(struct catalog *c, uint64_t first, uint64_t second,
                                             struct merkle_proof *ret, struct errinfo *e);

/* ---- small facts: "clean_shutdown", "instance_id" ---- */
NODISCARD enum err catalog_meta_get(struct catalog *c, struct arena *a, const char *key,
                                    struct str *ret, struct errinfo *e);      /* NOT_FOUND */
/* Within the open transaction, or in one of its own when there is none. */
NODISCARD enum err catalog_meta_set(struct catalog *c, const char *key, struct str value,
                                    struct errinfo *e);

/* PRAGMA integrity_check, which also finds a page of an index that stands in the place of another one, and
 * foreign_key_check: all pages are read, 0.7 s for 100,000 versions. CORRUPT with the first complaint, in
 * one line and without the name of the file.                                                  */
NODISCARD enum err catalog_check(struct catalog *c, struct errinfo *e);
