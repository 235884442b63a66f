/* Ingest: the one way in. A change goes through a worker and the writer and is then durable,
 * in the log, in the rows and in the served index — or it left no trace.
 *
 *     caller      fills a struct change, ingest_submit
 *     worker      reads and judges the archive, renders its index line, syncs the file
 *     writer      links the file, syncs the folder, commits rows and event, swaps the snapshot
 *     caller      change->done(change), on the writer's or a worker's thread
 *
 * The writer takes all changes that wait and commits them together (group commit). Readers take
 * a snapshot of a repository, which never changes, and give it back.
 *
 * The order (architecture.md §3, trust.md §3.2): file durable → name durable → event and rows
 * durable → visible → answered. When a commit or an fsync fails for another reason than a full
 * disk its outcome is unknown: ingest refuses all further changes until the program is started
 * again, and goes on serving.                                                                 */
#pragma once

#include <stdatomic.h>

#include "indexer/base/limits.h"
#include "indexer/base/pool.h"
#include "indexer/format/chart.h"
#include "indexer/format/repo_settings.h"
#include "indexer/ingest/rope.h"
#include "indexer/store/datadir.h"

struct ingest;
struct catalog;                      /* store/catalog.h */
struct upstream_change;              /* upstream_change.h */
struct bundle_change;                /* bundle_change.h */
struct rebuild_report;               /* fsck.h */

struct ingest_options {
	const char *path;                /* the data directory */
	const char *default_repo;        /* made when the catalog is new; "main" */
	bool create;                     /* make a data directory that does not exist */
	bool allow_network_filesystem;
	bool reads;                      /* nothing is written and nothing locked, because nobody can write there:
	                                    good for ingest_fsck without repair; changes are refused */
	bool yaml;                       /* index.yaml is block YAML where a repository says nothing */
	bool overwrite;                  /* other bytes may replace a version when the change asks for it */
	bool index_files;                /* write repos/<repo>/index.yaml after changes */
	bool unread;                     /* nobody reads an index here: where no repository is virtual they are
	                                    not held, and snapshots show none; files are written from the rows */
	bool names_return;               /* a version that was deleted, or whose file somebody removed,
	                                    may come with other bytes, and a push makes a public
	                                    repository again that was deleted: ChartMuseum's way */
	const char *server_info;         /* JSON object that the index shows as serverInfo, borrowed;
	                                    NULL: none */
	bool as_served;                  /* a command has no settings: yaml, index_files and server_info are what
	                                    the last server had, and a network filesystem that was accepted is */
	unsigned workers;                /* 0: one per core */
	/* The directory is locked and sound, nothing is loaded yet: a server may begin to answer that
	 * it is starting. An error ends ingest_open. NULL is fine.                              */
	enum err (*opened)(void *ctx, struct datadir *d, struct errinfo *e);
	void *opened_ctx;
	/* A stored file changed or went away, with an empty name all files of the repository; called by
	 * the writer before the change is answered.                                              */
	void (*file_changed)(void *ctx, struct str repo, struct str file);
	void *file_changed_ctx;
	/* New events are in the log, `last` is the newest: called by the writer right after they became
	 * visible, at most once a batch; must not block. NULL is fine.                           */
	void (*committed)(void *ctx, uint64_t last);
	void *committed_ctx;
	/* The index shows other versions of a chart, and no event says so: a file was found to be damaged,
	 * or whole again. As `committed`.                                                        */
	void (*index_changed)(void *ctx, struct str repo, struct str chart);
	void *index_changed_ctx;
	/* Repositories came, went, or were set otherwise. As `committed`. */
	void (*repos_changed)(void *ctx);
	void *repos_changed_ctx;
};

NODISCARD enum err ingest_open(const struct ingest_options *o, struct ingest **ret, struct errinfo *e);
/* Finishes what was submitted, writes the index files, marks a clean end. NULL is fine. */
void ingest_close(struct ingest *g);
/* Only from one thread, before ingest_close; fails later submissions with DRAINING, and an fsck that is under way. */
void ingest_drain(struct ingest *g);
struct datadir *ingest_datadir(struct ingest *g);
struct pool *ingest_pool(struct ingest *g);      /* for reading that may block; no change runs there */

/* ---- changes ---- */
enum change_kind {
	CHANGE_PUBLISH, CHANGE_PROV, CHANGE_DELETE, CHANGE_DAMAGED, CHANGE_STRAY, CHANGE_PROV_LOST,
	CHANGE_YANK,                     /* out of the index; its file stays to be had */
	CHANGE_UNYANK,
	CHANGE_IMAGES,                   /* a list of its images, by who rendered it; the index stays as it is */
	CHANGE_UNDELETE,                 /* puts back what a deletion has kept; GONE when it has not */
	CHANGE_PURGE,                    /* removes a version for good, wherever there is something of it */
	CHANGE_REBUILD,
	CHANGE_REPO,                     /* makes one */
	CHANGE_REPO_SET, CHANGE_REPO_RENAME, CHANGE_REPO_DELETE,
	CHANGE_REPO_PURGE,               /* removes what is kept of deleted ones with this name */
	CHANGE_PURGE_REST,               /* of no repository: goes on with purges that were not finished */
	CHANGE_UPSTREAM,                 /* what an upstream's index said (upstream_change.h) */
	CHANGE_KEEP,                     /* the archive of an upstream's version came. DIGEST, METADATA: it is
	                                    not what the index says                             */
	CHANGE_ACCEPT,                   /* of drift: the upstream's other bytes are the right ones */
	CHANGE_PROMOTE,                  /* into a virtual repository, whatever its rules say */
	CHANGE_UNPROMOTE,                /* NOT_FOUND: it was not promoted */
	CHANGE_RELEASE,                  /* of a virtual repository: what has cooled down by now appears */
	CHANGE_BUNDLE,                   /* what a bundle brought (bundle_change.h) */
	CHANGE_CALL                      /* no change of a repository: runs `call` in the transaction */
};

/* Who asks for a change, for the audit log: a row is written in the transaction of what he changes.
 * What is refused, or changes nothing, leaves none; whoever asked tells it elsewhere.         */
struct audit_note {
	struct str name, remote, request;        /* of struct audit_row; outlive the change */
	struct str action;
	struct str object;               /* CALL; what other changes are of, they know */
	atomic_bool written;             /* set by ingest; valid when the change is done */
};

/* What an upstream's charts come from: a name may be another repository's by now, or follow another
 * address.                                                                                     */
struct ingest_source {
	int64_t repo_id;                 /* 0: of no upstream */
	uint64_t address;                /* hash of the setting `upstream` */
};

struct change {
	/* Set by the caller; zero is a good default. Everything is borrowed until done, but tgz. */
	enum change_kind kind;
	struct str repo;                 /* a checked name */
	struct str actor;                /* opaque id for the log; empty: "anonymous" */
	struct audit_note *note;         /* NULL: not for the audit log */
	struct fs_tmp tgz;               /* PUBLISH, KEEP: the archive; taken over; fd -1 when unused */
	bool has_received;               /* `received` is the digest of what came over the wire: */
	struct sha256 received;          /* the stored bytes must have it too */
	struct str prov;                 /* PUBLISH: optional; PROV: the provenance file */
	struct str expect_file;          /* PUBLISH, PROV: the name it must have; empty: any */
	struct str file;                 /* DELETE, YANK, UNYANK, IMAGES, UNDELETE, PURGE, DAMAGED, STRAY,
	                                    PROV_LOST, KEEP, ACCEPT: "<name>-<version>.tgz" */
	const struct upstream_change *upstream;  /* UPSTREAM */
	struct bundle_change *bundle;    /* BUNDLE */
	struct ingest_source source;     /* KEEP, PROV, UPSTREAM: UPSTREAM when that has changed; 0: any */
	struct str chart, version;       /* PROMOTE, UNPROMOTE; IMAGES: chart, whose file it must be, empty: any */
	struct str member;               /* PROMOTE: where it must come from; empty: from whichever has it */
	struct str reason;               /* DELETE, YANK, PURGE, PROMOTE, UNPROMOTE: kept in the log; may be empty.
	                                    KEEP: what is not here yet of it: remote_row.unfetched */
	struct str images;               /* IMAGES: one a line, each ended by a newline, sorted */
	bool has_images;                 /* IMAGES: there is a list, maybe an empty one; else it is removed */
	struct str settings;             /* REPO: of the new one; REPO_SET: what changes; a JSON object
	                                    (format/repo_settings.h), empty: nothing */
	struct str to;                   /* REPO_RENAME: a checked name that nothing has */
	bool expect_new;                 /* REPO: EXISTS when it is there already */
	bool quarantine;                 /* DAMAGED: put the file away */
	bool stray_prov;                 /* STRAY: the provenance file is meant */
	bool force;                      /* replace other bytes, where the repository allows it */
	bool skip_unchanged;             /* PUBLISH: other bytes with the same files are as good as the same */
	bool dry_run;                    /* the whole verdict, nothing stored */
	bool create_repo;                /* make the repository if it does not exist */
	bool fetched;                    /* PROV: from an upstream, by the server itself */
	bool import;                     /* PUBLISH: what the log calls it */
	uint64_t trip;                   /* DELETE, YANK, PURGE: of the bundle that does it, for the log; 0: none */
	bool bulk;                       /* durable with the batch, by one syncfs */
	bool link_source;                /* tgz.fd is a stranger's file: hard-link it, else copy */
	enum change_link {
		LINK_IF_FROZEN, LINK_NEVER, LINK_ALWAYS
	} link;                          /* of link_source; frozen: nobody can write it any more */
	bool adopt;                      /* PUBLISH: a version that was deleted stays so; a refused
	                                    provenance file is left out */
	int64_t created_ns;              /* 0: now */
	/* Asked in the transaction, right before anything is written: whoever sent it may have lost the
	 * right to meanwhile. The chart's name is known by then. NULL: allowed.                  */
	enum err (*allow)(const struct change *c, struct errinfo *e);
	/* CALL: writes rows that belong to no repository (accounts, audit). May run more than once,
	 * each time after what the last run wrote was rolled back.                               */
	enum err (*call)(struct change *c, struct catalog *catalog, struct errinfo *e);
	struct rebuild_report *rebuild;  /* REBUILD: of one repository, which create_repo makes again
	                                    when only the log knows it; NULL is fine */
	void (*done)(struct change *c);  /* may free the change */
	void *ctx;

	/* The outcome, valid in done and until change_done. */
	enum err err;
	struct errinfo error;
	struct change_result {
		struct str name, version, file;
		char digest[SHA256_HEX_BYTES + 1];          /* of what was sent */
		char stored_digest[SHA256_HEX_BYTES + 1];   /* EXISTS, DELETED: what is there; and when
		                                               skip_unchanged let it be */
		uint64_t event;          /* of this change, or of the publish that exists; 0: dry run */
		uint64_t bytes;
		struct str *promoted_to; /* DELETE, YANK, PURGE: virtual repositories; names live as long as g */
		size_t promoted_count;
		bool yanked;             /* UNDELETE: as it was when it was deleted, for this reason: */
		struct str yank_reason;
		uint64_t added, changed, gone, drifted;  /* UPSTREAM: versions; RELEASE: added */
		bool existing;           /* the same bytes were there already; adopt: or were deleted */
		bool other_name;         /* refused, because Chart.yaml makes it `file`, and not expect_file */
		const char *prov_left_out;       /* adopt, skip_unchanged: why; NULL: it was not */
		struct chart_warning warnings[CHART_WARNINGS_MAX];
		size_t warning_count;
	} result;

	/* Ingest's own. */
	struct pool_job job;
	struct ingest *ingest;
	struct change *next;
	struct arena arena;
	struct fs_tmp prov_tmp;
	struct sha256 digest, prov_digest;
	bool unchanged;                  /* it has the files of the stored archive with this digest: */
	struct sha256 unchanged_from;
	const char *differs;             /* it has not: "values.yaml differs", in the arena; NULL: not asked */
	struct sha256 prov_names;        /* the chart's digest as the provenance file states it */
	struct str line;                 /* in the arena */
	struct str signature;            /* what the provenance file is worth: canonical JSON, in the arena;
	                                    empty: the repository does not ask */
	const char *signature_word;      /* its verdict, "good"; NULL: not asked */
	const char *signature_sentence;
	struct str inside_name, inside_version;  /* KEEP: what Chart.yaml says */
	uint64_t kept_event;             /* UNDELETE: of the deletion that kept the files */
	enum change_step { STEP_NONE, STEP_LINKED, STEP_REPLACES } step, prov_step;    /* on disk */
	bool unsynced;                   /* a sync of it failed, which `error` says: not tried again */
};

/* "stable/redis-1.0.0.tgz", "stable", as much as is known. */
void change_object(const struct change *c, struct sbuf *to);
/* Never fails: what is wrong is told through done, which may be called before this returns. */
void ingest_submit(struct ingest *g, struct change *c);
void change_init(struct change *c, enum change_kind kind);       /* zeroes, fds -1 */
void change_done(struct change *c);                              /* frees what ingest made */

/* Submits and waits; for commands without a server. */
NODISCARD enum err ingest_apply(struct ingest *g, struct change *c);
/* The same for n changes, at most PUBLISH_QUEUE_MAX, which do not depend on each other: they share
 * commits. Each has its own err.                                                               */
void ingest_apply_all(struct ingest *g, struct change *c, size_t n);

/* ---- reading ---- */
struct snapshot {
	struct rope *json, *yaml;        /* yaml: NULL unless that is what index.yaml is */
	const struct repo_settings *settings;
	uint64_t event;                  /* the repository's last event, and its leaf hash */
	struct sha256 leaf;
	struct sha256 identity;          /* changes exactly when the index does */
	int64_t generated_ns;            /* time of that event */
	bool damaged;                    /* versions are left out because their files are */
	unsigned refs;                   /* ingest's own */
	struct settings *own_settings;
};

/* The current index of a repository, NULL if there is none by that name. */
struct snapshot *ingest_snapshot(struct ingest *g, struct str repo);
void snapshot_unref(struct snapshot *s);         /* NULL is fine */
struct ingest_source ingest_source(struct ingest *g, struct str repo);
bool ingest_source_eq(const struct ingest_source *a, const struct ingest_source *b);
/* The number of an event that every snapshot taken from now on shows, and every name, with all before it. */
uint64_t ingest_last_event(struct ingest *g);

struct repo_info {
	struct str name;
	enum repo_kind kind;             /* what a virtual one has is counted by its members */
	uint64_t charts, versions, bytes;        /* bytes: of the index */
};
NODISCARD enum err ingest_repos(struct ingest *g, struct arena *a, struct repo_info **ret,
                                size_t *ret_count, struct errinfo *e);       /* by name */
bool ingest_has_repo(struct ingest *g, struct str repo);
/* Costs no lock and no database: asked for every request. */
enum visibility { REPO_ABSENT, REPO_PRIVATE, REPO_PUBLIC };
enum visibility ingest_visibility(struct ingest *g, struct str repo);
/* The name that a repository has now which had this one; empty: none had. Lives as long as g. */
struct str ingest_renamed(struct ingest *g, struct str repo);
/* Whether a repository may be called so: as repo_name_check says, and by a name that was reserved since the
 * log has one of it, which may be deleted. INVALID. NULL knows no log.                        */
NODISCARD enum err ingest_check_name(struct ingest *g, struct str repo, struct errinfo *e);

/* A stored file ("x-1.0.0.tgz" or its .prov): what the catalog knows and an open descriptor.
 * NOT_FOUND; DAMAGED when the file is missing, no regular file, or has another size. The bytes
 * themselves are not read: compare their digest before serving them. May block.              */
struct stored_file {
	int fd;                          /* caller closes */
	struct stat st;
	struct sha256 digest;
	uint64_t bytes;
};
NODISCARD enum err ingest_file(struct ingest *g, struct str repo, struct str file,
                               struct stored_file *ret, struct errinfo *e);

/* Removes what deletions have kept for longer than undelete_days of its repository, and goes on with a purge that was
 * not finished. May block.                                                                    */
NODISCARD enum err ingest_sweep(struct ingest *g, uint64_t *ret_removed, struct errinfo *e);

/* ---- the repository as it was (view.c); both may block ---- */

/* The index after event `at`, made from the lines that are kept; the last VIEWS_MAX are remembered.
 * A purged version is left out. NOT_FOUND: the repository or the event did not exist then.   */
NODISCARD enum err ingest_view(struct ingest *g, struct str repo, uint64_t at,
                               struct snapshot **ret, struct errinfo *e);
/* OK when a chart file of that index (or its .prov) still has the bytes it had; GONE: it has not;
 * NOT_FOUND: it was not in that index.                                                       */
NODISCARD enum err ingest_view_file(struct ingest *g, struct str repo, uint64_t at,
                                    struct str file, struct errinfo *e);
/* The event that the repository's index had at a moment. NOT_FOUND. */
NODISCARD enum err ingest_view_time(struct ingest *g, struct str repo, int64_t time_ns,
                                    uint64_t *ret, struct errinfo *e);

/* Runs `read` with a connection that only reads, on this thread; may block. */
NODISCARD enum err ingest_read(struct ingest *g,
                               enum err (*read)(void *ctx, struct catalog *c, struct errinfo *e),
                               void *ctx, struct errinfo *e);

/* Tells that a stored file is not what it should be: its version leaves the index until the same
 * bytes are published again, or found whole by such a report. Returns at once.               */
void ingest_report_damage(struct ingest *g, struct str repo, struct str file);

/* What is counted since start: X(name). */
#define INGEST_COUNTS(X) \
	X(published) X(existing) X(refused) X(deleted) X(commits) X(events) \
	X(waiting)                       /* changes submitted and not yet answered */ \
	X(damaged)                       /* versions left out of the index */

struct ingest_stats {
#define X(name) uint64_t name;
	INGEST_COUNTS(X)
#undef X
	bool stopped;                    /* refuses changes until restarted */
	enum err storage;                /* DISK_FULL, READ_ONLY: why it takes no writes; goes by itself */
	uint64_t free_bytes, total_bytes;        /* of the filesystem, a few seconds ago */
};
void ingest_stats(struct ingest *g, struct ingest_stats *ret);
/* A write below the data directory failed outside of a change: for ingest_stats, if the storage was
 * full or read-only.                                                                         */
void ingest_write_failed(struct ingest *g, const struct errinfo *e);
