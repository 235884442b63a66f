/* Upstreams: repositories whose setting `upstream` names another server (format/repo_setting.def).
 *
 *     scheduler.c   a thread: which upstream is due; jobs for a pool of threads
 *     refresh.c     its index comes through the one door (fetch/outgoing.h) into an unnamed file …
 *     publisher.c   … with what its publisher says of it (artifacthub-repo.yml) …
 *     reading.c     … is read version by version, compared with what is known (known.c) by a hash;
 *                   entry.c judges each, closure.c takes what others depend on …
 *     reading_store.c  … and what is new, changed or gone becomes changes for the writer (CHANGE_UPSTREAM)
 *     refresh_end.c what came of it: the upstream's row, the run, the report; frozen.c
 *     fetch.c       an archive comes when somebody asks for it (proxy), or all of them (mirror.c); one
 *                   request for each, however many wait; fetch_get.c asks, fetch_keep.c judges and keeps
 *     oci*.c        registries: their tags as an index, archives whose address is oci://
 *     probe.c, dry_run.c  what would be here, without making anything
 *     peer.c        another Chartlocker is followed by its log: a thread waits for events …
 *     chain.c       … of a log that has to go on where it was seen to end
 *     software.c    what an upstream is, by what its answers give away
 *
 * Nothing here costs a reader anything: an upstream that is down, slow, wrong or hostile is told as
 * such, and what is here is served as it is. An upstream's rows change in the writer alone.      */
#pragma once

#include "indexer/fetch/outgoing.h"
#include "indexer/format/publisher.h"
#include "indexer/format/selection.h"
#include "indexer/ingest/ingest.h"
#include "indexer/store/upstreams.h"

struct upstreams;

struct upstreams_options {
	struct ingest *ingest;
	struct outgoing *outgoing;
	/* What requests of an upstream take along: by the setting `credentials`, NOT_FOUND when the settings file
	 * has none by that name. In the arena. NULL: nobody has any.                             */
	enum err (*credentials)(void *ctx, struct arena *a, struct str name,
	                        struct outgoing_access *ret, struct errinfo *e);
	void *credentials_ctx;
	bool by_hand;                    /* nobody is asked by itself: a command, which ends soon */
	const char *instance;            /* who this server is, for Via: loops are told by it */
};

/* Starts the threads. */
NODISCARD enum err upstreams_open(const struct upstreams_options *o, struct upstreams **ret,
                                  struct errinfo *e);
/* Before ingest_drain: requests that run are given up; who waits, and who comes later, is told DRAINING. */
void upstreams_stop(struct upstreams *u);
void upstreams_close(struct upstreams *u);       /* before ingest_close; NULL is fine */
/* Repositories or their settings changed (events repo.…), or credentials did: looked at soon. */
void upstreams_wake(struct upstreams *u);

/* A job that calls upstreams_refresh goes to one of them by this, and leaves at its end: one after the other
 * for each upstream, of which a second one waits without a thread.                            */
NODISCARD enum err upstreams_enter(struct upstreams *u, struct str repo, struct pool_job *job,
                                   struct errinfo *e);
void upstreams_leave(struct upstreams *u, struct str repo);

/* ---- refreshing ---- */
struct upstream_refresh_options {
	bool first;                      /* one that was asked already is enough: what came of that is told */
	bool queued;                     /* of the scheduler: one that began since it was queued is enough */
	bool whole;                      /* read the index also if it did not change */
	bool accept_drop;                /* an operator's word: the drop that is held, and no other */
	bool accept_fork;                /* … and if its log is not the one that it was */
	bool dry_run;                    /* asks and reads, changes nothing: fills the report */
};

/* `bytes` are of the versions whose size is known: sizes_unknown are not among them. */
struct upstream_rule_count { const char *rule; uint64_t versions, bytes, sizes_unknown; };       /* selection_word */

struct upstream_report {
	struct upstream_row row;         /* as it is now; in the arena */
	uint64_t added, changed, gone, drifted, skipped;
	uint64_t fetched, failed;        /* mirror: archives */
	struct str missing;              /* the same in words, with the commonest reason; empty: none failed */
	uint64_t wire_bytes;
	int64_t took_ns;
	/* dry_run: `gone` counts what a refresh would drop, added and changed are 0; what each rule takes or
	 * leaves out. An index has no sizes: bytes are of archives that are here, or that the upstream
	 * told the size of, asked UPSTREAM_SIZES_ASKED_MAX times for those that are taken, then for
	 * others. left_out: versions that are taken now and would not be any more.                */
	struct upstream_rule_count rules[SELECTION_VERDICT_COUNT];
	uint64_t sizes_unknown, left_out;        /* sizes_unknown: of what is taken */
};
/* Now; waits for one that runs and begins another one, unless `first`. Blocks until it is over, so never on a thread
 * that serves. OK when it succeeded; UPSTREAM and the like: it failed, with ret->row telling the
 * state; BUSY: held, it waits for an operator. REPO_NOT_FOUND; INVALID: no upstream.           */
NODISCARD enum err upstreams_refresh(struct upstreams *u, struct arena *a, struct str repo,
                                     const struct upstream_refresh_options *o,
                                     struct upstream_report *ret, struct errinfo *e);
/* The same without waiting: as soon as a thread is free. */
NODISCARD enum err upstreams_refresh_soon(struct upstreams *u, struct str repo, struct errinfo *e);

/* ---- looking ---- */
enum upstream_phase { UPSTREAM_IDLE, UPSTREAM_WAITING, UPSTREAM_ASKING, UPSTREAM_READING,
                      UPSTREAM_STORING, UPSTREAM_FETCHING, UPSTREAM_SIZING };
const char *upstream_phase_word(enum upstream_phase phase);      /* "reading the index"; static */

struct upstream_status {
	struct upstream_row row;         /* in the arena; state NEVER when it was never asked */
	enum upstream_phase phase;
	uint64_t done, total;            /* of that phase: bytes, versions or archives; total 0: unknown */
	uint64_t held;                   /* versions whose archive is here */
	uint64_t drifted, gone, unpinned;        /* versions */
	int64_t frozen_ns;               /* upstream_frozen_since; row.state is FROZEN then */
	uint64_t behind;                 /* of a mirror: versions whose archives are still to come */
	int64_t oldest_behind_ns;        /* when the first of them was seen; 0: there is none */
	uint64_t refreshes, refreshes_failed, fetched, fetches_failed;   /* since the server started */
	uint64_t forks;                  /* of its log that were noticed; the same */
	uint64_t followed;               /* 1: by its log now */
};
/* May block. REPO_NOT_FOUND; INVALID: no upstream. */
NODISCARD enum err upstreams_status(struct upstreams *u, struct arena *a, struct str repo,
                                    struct upstream_status *ret, struct errinfo *e);
/* Since when what is shown of an upstream is as it was then, because it fails, or a refresh waits for an
 * operator; 0: it is not. Wall clock. Does not block: asked for every request.                */
int64_t upstreams_stale_since(struct upstreams *u, struct str repo);
/* Since when an upstream that answers has had nothing new, if at its last refresh that was longer than its
 * frozen_days; 0: it is not frozen.                                                            */
int64_t upstream_frozen_since(const struct upstream_row *row, const struct repo_settings *s);
/* What it is called: as stored, or paused, or frozen. */
enum upstream_state upstream_state_shown(const struct upstream_row *row, const struct repo_settings *s);
/* What a server at this address would be, without making anything: its index and what its publisher says
 * are read. Blocks. The settings are of an upstream (their `upstream` is asked).               */
enum publisher_file { PUBLISHER_ABSENT, PUBLISHER_VALID, PUBLISHER_INVALID,
                      PUBLISHER_UNANSWERED,      /* with neither the file nor that there is none */
                      PUBLISHER_NOT_ASKED };     /* of a registry */
const char *publisher_file_word(enum publisher_file file);       /* "absent"; static */

struct upstream_test {
	struct str software;
	uint64_t charts, versions, skipped, bytes;
	char first_skipped[240];
	struct str generated;
	int64_t took_ns;
	struct upstream_rule_count rules[SELECTION_VERDICT_COUNT];
	enum publisher_file publisher_file;
	struct str publisher_reason;     /* of INVALID and UNANSWERED; in the arena */
	struct publisher publisher;      /* in the arena */
};
/* A place among the few tests that may run at a time, and the threads for them: no refresh waits for one.
 * TOO_MANY.                                                                                    */
NODISCARD enum err upstreams_test_enter(struct upstreams *u, struct errinfo *e);
void upstreams_test_leave(struct upstreams *u);
struct pool *upstreams_testers(struct upstreams *u);
NODISCARD enum err upstreams_test(struct upstreams *u, struct arena *a,
                                  const struct repo_settings *s, struct upstream_test *ret,
                                  struct errinfo *e);

/* Whether its artifacthub-repo.yml has the setting publisher_id. False for what is no upstream. Reads the
 * database once, then memory.                                                                 */
bool upstreams_is_verified(struct upstreams *u, struct str repo);

/* ---- archives ---- */
/* Of an upstream's version that is not here (ERR_ABSENT of ingest_file): asked for once, however many
 * want it. `done` is called exactly once, on any thread, also at once; the file is then here (proxy,
 * mirror) or not, with the reason. A failure of the upstream is remembered for UPSTREAM_FAILURE_SECONDS. */
struct upstream_want {
	struct str repo, file;           /* "x-1.0.0.tgz" or its .prov; borrowed until done */
	struct str via;                  /* who asked before us, as the header Via says; borrowed until done */
	bool again;                      /* also if it failed a moment ago */
	void (*done)(struct upstream_want *w);
	void *ctx;
	enum err err;                    /* valid in done */
	struct errinfo error;
	struct upstream_want *next;      /* upstreams' own */
};
void upstreams_want(struct upstreams *u, struct upstream_want *w);
/* The bytes, for who looks at what is in a chart: from here, or fetched and not kept (catalog). Blocks.
 * Caller frees.                                                                                */
NODISCARD enum err upstreams_read(struct upstreams *u, struct str repo, struct str file,
                                  char **ret, size_t *ret_bytes, struct errinfo *e);
/* Where the archive is at the origin: the first address of the index; in the arena. NOT_FOUND. */
NODISCARD enum err upstreams_origin(struct upstreams *u, struct arena *a, struct str repo,
                                    struct str file, struct str *ret, struct errinfo *e);
