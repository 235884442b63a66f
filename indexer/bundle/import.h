/* Taking a bundle in: everything is compared before anything is visible, then one transaction.
 *
 *     bundle_peek        its head, signature first: does it fit what is here?
 *     bundle_stage       reads it: signature → manifest → every file, into DATA/incoming/<manifest digest>/,
 *                        and compares what it says of itself: versions, log, index
 *     bundle_judge       what would become of each version here: the report, and all that is refused
 *     bundle_take        the writer's part: names, rows, events, index at once (ingest/bundle_change.h)
 *     bundle_unstage     what was staged goes
 *
 * Staged files carry their digests as names and are linked, not copied, when they are taken over. What a
 * broken import left is compared again, and only the rest is read from the medium, or all of it that was
 * written since. Where a server runs, a command stages and the server takes: it opens what is staged
 * (bundle_staged_open) and compares all of it again but the bytes of the archives.
 *
 * Refused by name: a signature that is missing, unknown, wrong or over; a member that the manifest does not
 * have, in another order or with other bytes; another repository's trips; one that is older than what is
 * here; one whose parent is not what is here ("needs trip 41, has 39"); one whose log is not the one that
 * the last trip knew; one whose index has versions that neither came nor are here; a version that is here
 * with other bytes.                                                                           */
#pragma once

#include "indexer/bundle/keys.h"
#include "indexer/bundle/members.h"
#include "indexer/ingest/bundle_change.h"

struct bundle_staged;

struct bundle_stage {
	struct datadir *data;
	struct catalog *catalog;         /* a reader of it; both outlive what is staged */
	int dir, fd;                     /* of the bundle, as bundle_reader_open has it */
	const char *name;                /* "stable-0-57.tar"; for messages, too */
	int64_t now_ns;
	bool force_older;
	bool dry_run;                    /* archives are compared, and not kept */
	/* May be NULL. */
	void (*total)(void *ctx, uint64_t files, uint64_t bytes);
	void (*progress)(void *ctx, uint64_t files, uint64_t bytes);
	void *ctx;
};

/* Of a bundle's head, which must be signed. *why says what is wrong, unless it fits. In the arena. */
NODISCARD enum err bundle_peek(struct arena *a, const struct bundle_stage *o, struct bundle_head *ret,
                               enum bundle_standing *ret_standing, struct errinfo *why,
                               struct errinfo *e);

/* How such a head stands to what is here by then. */
NODISCARD enum err bundle_stands(struct catalog *c, const struct bundle_head *h, enum bundle_standing *ret,
                                 struct errinfo *why, struct errinfo *e);

/* All verified and durable in DATA/incoming/. Errors name what is wrong and what to do; INVALID: it does not
 * fit what is here. EXISTS: it is what is here, all of it was compared, and nothing is staged. */
NODISCARD enum err bundle_stage(const struct bundle_stage *o, struct bundle_staged **ret,
                                struct errinfo *e);
/* What somebody has staged. NOT_FOUND: not all of it is there. */
NODISCARD enum err bundle_staged_open(const struct bundle_stage *o, const struct sha256 *manifest,
                                      struct bundle_staged **ret, struct errinfo *e);
const struct bundle_head *bundle_staged_head(const struct bundle_staged *s);
const struct bundle_key *bundle_staged_signers(const struct bundle_staged *s, size_t *ret_count);
/* Each version of versions.jsonl, in its order; borrowed during the call. */
NODISCARD enum err bundle_staged_each(const struct bundle_staged *s, bundle_visit_version *each, void *ctx,
                                      struct errinfo *e);
void bundle_staged_free(struct bundle_staged *s);        /* leaves the files; NULL is fine */
NODISCARD enum err bundle_unstage(struct datadir *d, const struct sha256 *manifest, struct errinfo *e);

/* What was begun and not taken, and may be brought again to go on. */
struct bundle_waiting {
	const struct bundle_head *head;  /* not verified again; borrowed */
	uint64_t files, bytes;           /* that are there of head->files and head->bytes */
	int64_t at_ns;                   /* when something came last */
	bool useless;                    /* a later trip is here, or this one; or it waited too long */
};
typedef enum err bundle_visit_waiting(void *ctx, const struct bundle_waiting *w, struct errinfo *e);
NODISCARD enum err bundle_waiting_each(struct datadir *d, struct catalog *c, int64_t now_ns,
                                       bundle_visit_waiting *each, void *ctx, struct errinfo *e);
/* The useless ones go, but for those that somebody reads into now. */
NODISCARD enum err bundle_waiting_sweep(struct datadir *d, struct catalog *c, int64_t now_ns,
                                        struct errinfo *e);

/* After DISK_FULL: how much there has to be for the rows, the log and the index of what is staged. */
void bundle_staged_is_full(const struct bundle_staged *s, struct errinfo *e);

struct bundle_report { uint64_t fates[FATE_COUNT]; uint64_t versions; };

/* `each` (may be NULL) is told every version with what would become of it, and why not. */
typedef void bundle_judged(void *ctx, const struct bundle_version *v, const struct bundle_verdict *verdict);
NODISCARD enum err bundle_judge(const struct bundle_staged *s, bundle_judged *each, void *ctx,
                                struct bundle_report *ret, struct errinfo *e);
/* All of it or nothing; what is refused is so before anything was written. `note` may be NULL. */
NODISCARD enum err bundle_take(const struct bundle_staged *s, struct ingest *g, struct str actor,
                               struct audit_note *note, struct bundle_report *ret, struct errinfo *e);
