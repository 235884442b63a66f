/* Taking a bundle in: everything is compared before anything is visible, then one transaction.
 *
 *     bundle_stage       reads it: signature → manifest → every file, into DATA/incoming/<manifest digest>/
 *     bundle_judge       what would become of each version here: the report, and all that is refused
 *     the writer         CHANGE_BUNDLE (ingest/bundle_change.h): names, rows, events, index at once
 *     bundle_unstage     what was staged goes
 *
 * Staged files carry their digests as names and are linked, not copied, when they are taken over. What a
 * broken import left is compared again, and only the rest is read from the medium.
 *
 * Refused by name: a signature that is missing, unknown, wrong or over; a member that the manifest does not
 * have, in another order or with other bytes; another repository's trips; one that is older than what is
 * here; one whose parent is not what is here ("needs trip 41, has 39"); one whose index has versions that
 * neither came nor are here; a version that is here with other bytes.                          */
#pragma once

#include "indexer/bundle/keys.h"
#include "indexer/bundle/members.h"

struct bundle_staged;

struct bundle_stage {
	struct datadir *data;
	int dir, fd;                     /* of the bundle, as bundle_reader_open has it */
	const char *name;
	int64_t now_ns;
	/* Of one that was made for this state; has_trip false: nothing came yet from there. */
	bool has_trip;
	struct bundle_state trip;
	struct str instance;             /* whose trips these were; empty: nobody's */
	bool force_older;
	void (*total)(void *ctx, uint64_t files, uint64_t bytes);
	void (*progress)(void *ctx, uint64_t files, uint64_t bytes);
	void *ctx;
};
/* All verified and durable in DATA/incoming/. Errors name what is wrong and what to do. */
NODISCARD enum err bundle_stage(struct arena *a, const struct bundle_stage *o, struct bundle_staged **ret,
                                struct errinfo *e);
const struct bundle_head *bundle_staged_head(const struct bundle_staged *s);
const struct bundle_key *bundle_staged_signers(const struct bundle_staged *s, size_t *ret_count);
/* Each version of versions.jsonl, in its order; the row is in the arena of the call alone. */
typedef enum err bundle_visit_version(void *ctx, const struct bundle_version *v, struct errinfo *e);
NODISCARD enum err bundle_staged_each(const struct bundle_staged *s, bundle_visit_version *each, void *ctx,
                                      struct errinfo *e);
/* An open staged file. */
NODISCARD enum err bundle_staged_open(const struct bundle_staged *s, const struct sha256 *digest, int *ret_fd,
                                      struct errinfo *e);
void bundle_staged_free(struct bundle_staged *s);        /* leaves the files; NULL is fine */
NODISCARD enum err bundle_unstage(struct datadir *d, const struct sha256 *manifest, struct errinfo *e);
