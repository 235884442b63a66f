/* Rows of upstreams in catalog.db: what another server's index says (remote), how it is with that
 * server (upstream, upstream_run, upstream_skipped), and what was promoted into a view (release). As
 * catalog.h: changes need catalog_begin; rows live in the caller's arena.                      */
#pragma once

#include "indexer/store/catalog.h"

/* ---- what an upstream's index says ---- */
enum remote_state { REMOTE_TAKEN, REMOTE_LEFT_OUT, REMOTE_REFUSED };

struct remote_row {
	struct str chart, version;
	struct sha256 hash;              /* of the entry */
	bool has_digest, has_drift;
	struct sha256 digest;            /* as promised */
	struct sha256 drift;             /* the other one that it promises since drift_ns */
	int64_t created_ns;
	struct str urls;                 /* a JSON array of absolute addresses */
	enum remote_state state;
	struct str why;                  /* LEFT_OUT: the setting (selection_word); REFUSED: a sentence;
	                                    TAKEN: as LEFT_OUT, where that is what takes it; or empty */
	struct str unfetched;            /* why its archive was not to be had when it was asked for last; of one
	                                    that is here: why its provenance file is still to be asked for */
	int64_t seen_ns;                 /* these bytes, for the first time */
	int64_t gone_ns, drift_ns;       /* gone_ns: TAKEN: not in the index since then; else it is, but the
	                                    upstream takes it back; 0: neither                  */
};
#define UNFETCHED_PROV "its provenance file: "           /* that begins so, of one that is here */

/* It promises other bytes than it did, and would be believed: accepted by an operator. */
static inline bool remote_drifts(const struct remote_row *row)
{
	return row->has_drift && !row->gone_ns && row->state == REMOTE_TAKEN;
}
NODISCARD enum err catalog_remote_put(struct catalog *c, int64_t repo_id,
                                      const struct remote_row *row, struct errinfo *e);
/* NOT_FOUND. */
NODISCARD enum err catalog_remote(struct catalog *c, struct arena *a, int64_t repo_id,
                                  struct str chart, struct str version, struct remote_row *ret,
                                  struct errinfo *e);
NODISCARD enum err catalog_remote_remove(struct catalog *c, int64_t repo_id, struct str chart,
                                         struct str version, struct errinfo *e);
/* `unfetched` of all whose archive is here. */
NODISCARD enum err catalog_remotes_note_held(struct catalog *c, int64_t repo_id, struct str why,
                                             struct errinfo *e);
/* By chart, then by version; borrowed during the call, which may not change remote. One chart's, unless
 * `chart` is empty. `held`: of the version row; false without one.                            */
typedef enum err catalog_visit_remote(void *ctx, const struct remote_row *row, bool held,
                                      struct errinfo *e);
NODISCARD enum err catalog_remotes_each(struct catalog *c, int64_t repo_id, struct str chart,
                                        catalog_visit_remote *each, void *ctx, struct errinfo *e);
/* The same of those alone that drifted or are gone: few. */
NODISCARD enum err catalog_remotes_told(struct catalog *c, int64_t repo_id, struct str chart,
                                        catalog_visit_remote *each, void *ctx, struct errinfo *e);

/* How many versions have their archive here; of how many the index promises other bytes by now, how many
 * it has no more though they are shown here, and how many have no digest yet: it promises none, and nothing
 * came that would be theirs for good. Costs little at any size.                                */
struct remote_counts { uint64_t held, drifted, gone, unpinned; };
NODISCARD enum err catalog_remote_counts(struct catalog *c, int64_t repo_id,
                                         struct remote_counts *ret, struct errinfo *e);

/* The unpinned ones by chart and version, `limit` at most. */
struct unpinned_row { struct str chart, version; };
NODISCARD enum err catalog_unpinned(struct catalog *c, struct arena *a, int64_t repo_id, uint64_t limit,
                                    struct unpinned_row **ret, size_t *ret_count, struct errinfo *e);

/* Versions that are taken and whose archive is not here, and when the oldest of them was first seen; 0: there
 * is none. Costs as much as there are of them, so it is for mirrors, which want all.           */
struct remote_behind { uint64_t versions; int64_t oldest_ns; };
NODISCARD enum err catalog_remote_behind(struct catalog *c, int64_t repo_id,
                                         struct remote_behind *ret, struct errinfo *e);

/* ---- how it is with it ---- */
#define UPSTREAM_STATES(X) \
	X(NEVER,     "never asked") \
	X(FRESH,     "fresh")                /* the last refresh brought something */ \
	X(UNCHANGED, "unchanged")            /* it had nothing new */ \
	X(FAILING,   "failing")              /* since failing_ns: what is shown is stale */ \
	X(HELD,      "held")                 /* a refresh waits for an operator */ \
	X(PAUSED,    "paused") \
	X(FROZEN,    "frozen")               /* it answers, and had nothing new for long; never stored */

enum upstream_state {
#define X(name, word) UPSTREAM_IS_##name,
	UPSTREAM_STATES(X)
#undef X
	UPSTREAM_STATE_COUNT
};
const char *upstream_state_word(enum upstream_state state);      /* static */

/* What an operator is asked for; of HELD. */
enum upstream_hold {
	UPSTREAM_HELD_FOR_NOTHING,
	UPSTREAM_HELD_FOR_DROP,          /* most of its index is gone */
	UPSTREAM_HELD_FOR_FORK           /* its log is not the one that was seen */
};
const char *upstream_hold_word(enum upstream_hold hold);         /* "", "drop", "fork"; static */

struct upstream_row {
	enum upstream_state state;
	enum upstream_hold held_for;
	struct str reason;
	int64_t checked_ns, fresh_ns, changed_ns, failing_ns, next_ns;   /* failing_ns: or held since */
	uint64_t failures;
	struct str etag, last_modified;
	bool has_body, has_rules, has_log_root;
	struct sha256 body;              /* of the last index; HELD: of the names of what it would drop */
	struct sha256 rules;
	struct str generated, software;
	uint64_t versions, taken, skipped;
	uint64_t log_size;
	struct sha256 log_root;
	struct str log_key;              /* what verifies its checkpoints: as note_verifier_put */
	struct str publisher;            /* its artifacthub-repo.yml (format/publisher.h); empty: none */
	struct str publisher_etag, publisher_modified;
	struct str hook_secret;          /* of the inbound hook; empty: there is none. Only read */
};
/* NOT_FOUND: it was never asked. */
NODISCARD enum err catalog_upstream(struct catalog *c, struct arena *a, int64_t repo_id,
                                    struct upstream_row *ret, struct errinfo *e);
NODISCARD enum err catalog_upstream_put(struct catalog *c, int64_t repo_id,
                                        const struct upstream_row *row, struct errinfo *e);
/* Nothing else of the row changes; one that was never asked gets one. */
NODISCARD enum err catalog_upstream_hook_put(struct catalog *c, int64_t repo_id, struct str secret,
                                             struct errinfo *e);

/* Its index is here whole; the first time counts. It has a row. */
NODISCARD enum err catalog_upstream_loaded(struct catalog *c, int64_t repo_id, struct errinfo *e);
/* The event with which an upstream got a chart's name; 0: with its first index, or it has none. */
NODISCARD enum err catalog_name_since(struct catalog *c, int64_t repo_id, struct str chart,
                                      uint64_t *ret, struct errinfo *e);

struct upstream_run_row {
	int64_t at_ns;
	uint64_t took_ms, added, changed, gone, skipped, bytes;
	enum upstream_state state;
	enum upstream_hold held_for;
	struct str reason;
};
/* Of an upstream, UPSTREAM_RUNS_MAX are kept. */
NODISCARD enum err catalog_upstream_run_put(struct catalog *c, int64_t repo_id,
                                            const struct upstream_run_row *row, struct errinfo *e);
NODISCARD enum err catalog_upstream_runs(struct catalog *c, struct arena *a, int64_t repo_id,
                                         struct upstream_run_row **ret, size_t *ret_count,
                                         struct errinfo *e);     /* the last one first */

enum skipped_kind {
	SKIPPED_ENTRY,                   /* of the index: it is no version at all */
	SKIPPED_REFUSED,                 /* a version that is not taken, whatever the rules say */
	SKIPPED_UNFETCHED,               /* one that is taken, but whose archive could not be had */
	SKIPPED_KIND_COUNT
};
const char *skipped_kind_word(enum skipped_kind kind);           /* "skipped", "refused", "unfetched"; static */
bool skipped_kind_read(struct str word, enum skipped_kind *ret);

struct skipped_row {
	struct str chart, version, why;
	uint32_t line;
	enum skipped_kind kind;          /* only read */
};
/* Instead of those that there were. */
NODISCARD enum err catalog_skipped_put(struct catalog *c, int64_t repo_id,
                                       const struct skipped_row *rows, size_t count,
                                       struct errinfo *e);
/* Those, and behind them, without a line, the versions that are refused here, and those whose archive
 * could not be had: UPSTREAM_SKIPPED_MAX of each at most.                                      */
NODISCARD enum err catalog_skipped(struct catalog *c, struct arena *a, int64_t repo_id,
                                   struct skipped_row **ret, size_t *ret_count, struct errinfo *e);

/* ---- what was promoted into a view ---- */

/* Promoted by hand, while it has these bytes. What a cool-down let in, the log alone says. */
struct release_row {
	struct str chart, version;
	struct sha256 digest;
	uint64_t event;
};
NODISCARD enum err catalog_release_put(struct catalog *c, int64_t repo_id,
                                       const struct release_row *row, struct errinfo *e);
/* One chart's, unless `chart` is empty. */
NODISCARD enum err catalog_releases(struct catalog *c, struct arena *a, int64_t repo_id,
                                    struct str chart, struct release_row **ret, size_t *ret_count,
                                    struct errinfo *e);          /* by chart, then version */
NODISCARD enum err catalog_release_remove(struct catalog *c, int64_t repo_id, struct str chart,
                                          struct str version, struct errinfo *e);
NODISCARD enum err catalog_releases_clear(struct catalog *c, int64_t repo_id, struct errinfo *e);
