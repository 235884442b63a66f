/* Private to upstream/: what the scheduler, the refreshes and the fetches share. */
#pragma once

#include <stdatomic.h>

#include "indexer/base/lanes.h"
#include "indexer/base/thread.h"
#include "indexer/format/index_stream.h"
#include "indexer/ingest/upstream_change.h"
#include "indexer/upstream/upstream.h"

/* Another server of this kind, as its index says how it is followed (X-Chartlocker). */
#define PEER_API_MAX_BYTES 2048u
struct peer {
	uint64_t of;                     /* hash of the setting that this was heard at; 0: nothing was */
	uint64_t event;                  /* what was heard with this is as of this event, or later */
	bool all;                        /* events of other repositories count too */
	char api[PEER_API_MAX_BYTES];    /* its address, without a slash at the end */
	char repo[REPO_NAME_MAX_BYTES + 1];      /* what it is called there */
};

/* One upstream that is or was one; the list only grows, at its head. */
struct follow {
	struct follow *next;
	struct upstreams *of;
	char repo[REPO_NAME_MAX_BYTES + 1];
	pthread_mutex_t running;         /* who refreshes it */
	struct pool_job job;
	atomic_int phase;                /* enum upstream_phase */
	atomic_uint_fast64_t done, total;
	atomic_uint_fast64_t refreshes, refreshes_failed, fetched, fetches_failed;       /* since the start */
	atomic_uint_fast64_t forks;      /* of its log; the same */
	/* Under the lock of struct upstreams: */
	int64_t next_ns;                 /* when it is due; monotonic; 0: not by itself */
	bool whole;                      /* the next one reads the index also if it did not change */
	bool queued;                     /* its job is with the pool … */
	bool wanted;                     /* … and no refresh has begun since */
	int64_t stale_ns;                /* since when what is shown of it is; 0: it is not */
	unsigned busy;                   /* refreshes that run or wait for one that does */
	bool greeted;                    /* asked since the start, to be followed from then on */
	struct peer peer;
	struct thread follower;
	bool follower_ended;
	int64_t pause_until_ns;          /* its archives are let alone; monotonic; 0: they are not */
	struct ingest_source pause_of;   /* what it was when it asked for that */
	char pause_why[160];
	bool publisher_known;            /* publisher_ids are what its artifacthub-repo.yml says */
	size_t publisher_id_count;
	char publisher_ids[PUBLISHER_IDS_MAX][PUBLISHER_ID_BYTES];
	/* Under `running`: */
	struct ingest_source source;     /* what it was when this began */
	uint64_t dropped;                /* versions, by events since the last refresh of the whole */
	int64_t verified_ns;             /* when its log was looked at; monotonic */
};

struct fetching;                     /* fetch.c */
#define FETCHING_BUCKETS 1024u

struct upstreams {
	struct upstreams_options options;
	struct ingest *ingest;
	struct pool *pool, *fetchers;    /* a refresh may wait for fetches */
	struct pool *testers;            /* and waits for no test */
	struct lanes *tests;             /* one lane: who has a place among them */
	struct lanes *refreshes;         /* of the pool, by upstream */
	struct lanes *shares, *hosts;    /* of the fetchers: by upstream, by the host of the archive */
	struct lanes *looks, *looked_at; /* the same of who looks, and does not wait */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct follow *list;
	struct fetching *fetching[FETCHING_BUCKETS];
	bool stopping, looked;           /* looked: at the repositories, since they changed */
	struct thread scheduler;
	unsigned followers;              /* that run */
};

bool upstreams_is_stopping(struct upstreams *u);
/* Whoever refreshes it may stop: the server ends, or it is another upstream by now. */
bool follow_is_over(struct follow *f);
/* Makes it, if it is new. NULL: out of memory. */
struct follow *follow_of(struct upstreams *u, struct str repo);
/* The same of a repository that is an upstream now. REPO_NOT_FOUND, INVALID. */
NODISCARD enum err follow_open(struct upstreams *u, struct str repo, struct follow **ret,
                               struct errinfo *e);
/* It waits for an operator from now on, for a reason that is to be set; its index is asked for whole. */
void upstream_hold(struct upstream_row *row, enum upstream_hold why);
/* The settings of an upstream, with the snapshot that they belong to. REPO_NOT_FOUND, INVALID. */
NODISCARD enum err upstream_settings(struct upstreams *u, struct str repo, struct snapshot **ret,
                                     struct errinfo *e);
/* What its requests take along; in the arena. */
NODISCARD enum err upstream_access(struct upstreams *u, struct arena *a,
                                   const struct repo_settings *s, struct outgoing_access *ret,
                                   struct errinfo *e);

/* Since when what is shown of it is stale; 0: it is not. */
int64_t upstream_stale_ns(const struct upstream_row *row);

/* ---- scheduler.c ---- */
void *scheduler_main(void *upstreams);
/* When each upstream is due, from what the catalog has. False: some could not be looked at. */
bool scheduler_look(struct upstreams *u);
/* When it is asked next after a refresh that ended so, of which the catalog may not know; monotonic.
 * 0: not by itself.                                                                            */
int64_t upstream_next_ns(const struct upstreams *u, const struct repo_settings *s,
                         const struct upstream_row *row, enum err err);
/* A time of the catalog on the monotonic clock, so that one that is set cannot put it off; 0 stays 0. */
int64_t upstream_due_ns(int64_t wall_ns);
/* When a failed one is tried again, with jitter; ns from now. */
int64_t upstream_backoff_ns(uint64_t failures, uint64_t refresh_minutes);
int64_t upstream_interval_ns(uint64_t refresh_minutes);          /* 0: not by itself */

/* upstreams_refresh_soon, and the index is read also if it did not change. */
void refresh_whole_soon(struct upstreams *u, struct str repo);

/* ---- publisher.c ---- */
/* artifacthub-repo.yml, or .yaml, below an address; etag and modified are of an answer before, or empty. */
NODISCARD enum err publisher_fetch(struct upstreams *u, struct arena *a, const char *base,
                                   const struct outgoing_access *access, struct str etag,
                                   struct str modified, struct outgoing_answer *ret, struct errinfo *e);
bool publisher_is_absent(const struct outgoing_answer *a);

/* ---- refresh.c ---- */
/* `chart` not empty: nothing but this chart of one of our own kind is read. */
NODISCARD enum err follow_refresh(struct follow *f, struct arena *a, struct str chart,
                           const struct upstream_refresh_options *o, struct upstream_report *ret,
                           struct errinfo *e);

/* ---- software.c ---- */
#define SOFTWARE_OURS "chartlocker"
#define FOLLOW_HEADER "X-Chartlocker"

struct software_clues {
	const struct outgoing_answer *answer;    /* to the question for index.yaml */
	const char *server_info;         /* of the index: JSON; NULL or empty: none */
	const char *first_chart;         /* address of an archive in it; the same */
};
struct str software_of(const struct software_clues *c);          /* static; empty: unknown */

/* ---- chain.c: the log of one of our own kind ---- */
/* Of an answer to the question for index.yaml; false: it tells nothing of the kind, or leads to another
 * origin. `of` is left alone.                                                                  */
bool peer_read(struct arena *a, const struct outgoing_answer *answer, struct peer *ret);
/* Whether the log goes on where the one that row->log_size and log_root tell of ended, which then tell of
 * the log as it is. peer NULL: it tells of none. BUSY: it does not, and row->state is HELD; `accept`: an
 * operator says that this is right. The row's new texts are in the arena.                      */
NODISCARD enum err chain_check(struct follow *f, struct arena *a,
                               const struct outgoing_access *access, const struct peer *peer,
                               bool accept, struct upstream_row *row, struct errinfo *e);
/* The same between refreshes, and into the catalog, where there is something new. */
NODISCARD enum err chain_look(struct follow *f, const struct peer *peer, struct errinfo *e);

/* ---- peer.c ---- */
/* After a refresh that succeeded, with what was heard; the lock is not held. */
void peer_heard(struct follow *f, const struct peer *peer);
/* After upstreams_is_stopping: waits for the threads. */
void peer_stop(struct upstreams *u);
bool peer_is_followed(struct follow *f);

/* ---- known.c: what is known of an index, by hash and by name ---- */
struct known {
	struct known *next_hash, *next_name, *next_of_chart, *following;
	struct str chart, version;
	struct sha256 hash, digest;
	int64_t created_ns;
	bool has_digest;
	enum remote_state state;         /* as stored, or as collected */
	bool by_set;                     /* stored as left out by a rule over several versions */
	bool by_need;                    /* stored as taken by need alone, or left out when that ended */
	bool needed;                     /* something that is taken depends on it */
	bool gone, held, was_taken;      /* as stored when this reading began */
	bool is_pinned;                  /* was taken, and its bytes are known */
	bool fresh;                      /* not in the catalog: from this reading */
	bool reread;                     /* its entry is wanted although nothing changed */
	bool conflict;                   /* twice, with different digests */
	bool lost;                       /* in the index, but the upstream takes it back */
	unsigned pass;                   /* in which it was seen last */
	unsigned batch;                  /* of which it is one, … */
	size_t entry;                    /* … at this place */
};

struct known_table {
	struct arena arena;
	struct known **by_hash, **by_name, **by_chart;
	struct known *first, **last;
	size_t count;
};
NODISCARD enum err known_open(struct known_table *t, struct errinfo *e);
void known_close(struct known_table *t);
struct known *known_by_hash(const struct known_table *t, struct str chart,
                            const struct sha256 *hash);
struct known *known_by_name(const struct known_table *t, struct str chart, struct str version);
/* The first of those that may be of the chart: next_of_chart. */
struct known *known_of_chart(const struct known_table *t, struct str chart);
/* Texts are copied. NULL: out of memory. */
struct known *known_add(struct known_table *t, struct str chart, struct str version,
                        const struct sha256 *hash);
/* It was stored since. */
void known_stored(struct known_table *t, const struct remote_row *row);
/* All of an upstream, or of one chart of it, from the catalog. */
NODISCARD enum err known_load(struct known_table *t, struct ingest *g, struct str repo,
                              struct str chart, struct errinfo *e);

/* ---- reading.c: an index against what is known ---- */
struct reading {
	struct ingest *ingest;
	struct str repo;
	struct ingest_source source;     /* what `repo` is; 0: whatever it is */
	const struct repo_settings *settings;
	struct str only;                 /* this chart; empty: all */
	const char *base;                /* the address that relative ones are relative to */
	const struct selection *selection;
	bool reads_all;                  /* the rules are others than those it was read with */
	bool trims;                      /* reading_open: there are rules over several versions */
	struct known_table known;
	enum reading_mode {
		READING_COLLECT,             /* what is new is kept until the end */
		READING_STREAM,              /* … is stored as it comes, chart by chart */
		READING_COUNT                /* … is only counted */
	} mode;
	unsigned pass, batch;            /* batch: what is collected now */
	bool overflow;                   /* too much to be collected: it is counted, and read again */
	bool again;                      /* entries are wanted that were passed by */
	bool partial;                    /* the rest is for another time: what was not seen is not gone */
	struct errinfo unread;           /* where partial: what is still to be read */
	uint64_t retry_after;            /* how long it wants to be left alone; seconds, 0: not said */
	atomic_uint_fast64_t *stored;    /* progress; NULL: nobody looks */

	struct arena fresh;              /* of the entries */
	struct upstream_entry *entries;
	size_t count, capacity;
	struct str chart;                /* whose versions come now; in `fresh` */
	size_t chart_count;              /* how many of them did */
	struct reading_item *items;      /* the versions of it, where rules trim */
	size_t item_count, item_capacity;

	char first_url[512];             /* of an archive: tells the software; empty: none was read */
	struct arena kept;               /* of what is skipped */
	struct skipped_row *skipped;
	size_t skipped_count, skipped_capacity;

	uint64_t refused;                /* what no rule leaves out, and is not taken */
	uint64_t beyond;                 /* UPSTREAM_CHART_VERSIONS_MAX: passed by */
	uint64_t taken, dropped, base_count;     /* of versions known as taken: lost now, of how many */
	struct sha256 drop;              /* of the names of those that are lost */
	uint64_t repeated;               /* entries of a version that came before */
	uint64_t rules[SELECTION_VERDICT_COUNT];
	uint64_t added, changed, gone, drifted;  /* as stored */
	struct index_stream_summary summary;
};
/* With its settings. */
NODISCARD enum err reading_open(struct reading *r, struct errinfo *e);
void reading_close(struct reading *r);
extern const struct index_stream_handler reading_handler;        /* ctx is to be set */
/* Before and after each pass over the index. */
void reading_begin(struct reading *r, enum reading_mode mode);
NODISCARD enum err reading_end(struct reading *r, struct errinfo *e);
/* Of what was collected. */
void reading_forget(struct reading *r);

/* ---- reading_source.c ---- */
struct reading_source {
	int fd;                          /* the index as it came */
	/* After each piece of it: how many bytes were read, or versions of a registry. An error ends the pass. */
	enum err (*look)(void *ctx, uint64_t bytes, struct errinfo *e);
	void *ctx;
	struct outgoing *outgoing;       /* through which a registry is asked instead, if it is one */
	const struct outgoing_access *access;
};
/* Begins a pass over all of it. */
NODISCARD enum err reading_pass(struct reading *r, enum reading_mode mode,
                                const struct reading_source *from, struct errinfo *e);

/* ---- reading_store.c ---- */
/* What was collected, and what is gone, to the writer; the last one with the outcome. */
NODISCARD enum err reading_store(struct reading *r, struct upstream_change *last, struct errinfo *e);


/* ---- reading.c, for closure.c and dry_run.c ---- */
/* It is needed, also if a rule leaves it out. True: its entry is wanted, so the index is read again. */
bool reading_take_needed(struct reading *r, struct known *k);
/* Which rule said so; SELECTION_VERDICT_COUNT: it is refused. */
enum selection_verdict reading_verdict(const struct remote_row *remote);
/* What was taken because something needed it, and nothing does. */
NODISCARD enum err reading_leave_unneeded(struct reading *r, struct errinfo *e);

/* ---- closure.c ---- */
/* After a pass: marks what is needed. *ret_changed: the index is to be read again. */
NODISCARD enum err closure_mark(struct reading *r, bool *ret_changed, struct errinfo *e);
void closure_wake(struct upstreams *u, struct str repo);

/* ---- entry.c: one entry as it would be here ---- */
/* Fills remote and line; `out` gets its texts from the arena. The verdict is in remote.state and why. */
NODISCARD enum err entry_judge(struct reading *r, struct arena *a, struct str chart,
                               const struct index_entry *entry, const struct sha256 *hash,
                               struct upstream_entry *ret, enum selection_verdict *ret_verdict,
                               struct errinfo *e);

/* ---- dry_run.c ---- */
/* Fills the bytes of report->rules from what was collected, sizes_unknown and left_out. */
void dry_run_report(struct follow *f, const struct reading *r,
                    const struct outgoing_access *access, struct upstream_report *report);

/* ---- fetch.c ---- */
/* What failed, when nothing runs any more. */
void fetch_forget(struct upstreams *u);
/* UPSTREAM: it is paused, so nobody who comes by has an archive fetched. */
NODISCARD enum err fetch_may(struct upstreams *u, struct str repo, struct errinfo *e);
/* upstreams_want, whether or not it is paused. */
void fetch_want(struct upstreams *u, struct upstream_want *w);

/* ---- fetch_keep.c ---- */
/* The provenance files of its archives are to be here as well. */
bool upstream_wants_prov(const struct repo_settings *s);
/* The upstream has one by now for a version whose archive is here without: the next refresh asks for it. */
void fetch_expect_prov(struct upstreams *u, struct str repo, struct str chart, struct str version);

/* ---- mirror.c ---- */
/* Of a mirror all archives that are taken and not here, and of each upstream the provenance files that are to
 * be here and did not come with theirs; at most so many at a time, until the upstream asks for a pause, is
 * paused, or there is no more room. Fills fetched, failed and missing; that in the arena.       */
NODISCARD enum err fetch_missing(struct follow *f, const struct repo_settings *s, struct arena *a,
                                 struct upstream_report *ret, struct errinfo *e);
