/* The log, replayed: which versions there should be, as the events alone tell it. The rows of the
 * catalog are a projection of this; rebuild makes them from it, fsck compares them with it.   */
#pragma once

#include "indexer/store/catalog.h"

struct replayed {
	struct replayed *next;           /* of the same hash */
	struct replayed *following;      /* in the order of first publish */
	struct str repo, chart, version, file;
	struct sha256 digest, prov_digest;
	uint64_t bytes, event;           /* event: the publish that counts */
	uint64_t last_event;             /* the last that says anything of it */
	int64_t created_ns;
	bool live, has_prov, yanked, purged;
	bool was_yanked;                 /* as in version_row; rows that were deleted long ago do not know it */
	bool remote;                     /* of an upstream: `line` is what the log says, and its archive may
	                                    be here or not; bytes is 0                          */
	struct str line;
	bool seen;                       /* for who compares */
	struct str yank_reason, signature;
	bool has_images;
	struct str images;               /* as in version_row */
	uint64_t shown_from, deleted_event;      /* as in version_row */
};

#define REPLAY_BUCKETS 65536u

struct replay {
	struct arena arena;
	struct replayed *bucket[REPLAY_BUCKETS];
	struct replayed *first, **last;
	uint64_t events, versions;
};

/* CORRUPT names the event that makes no sense. The struct is large: allocate it. */
NODISCARD enum err replay_log(struct catalog *c, struct replay *ret, struct errinfo *e);
struct replayed *replay_find(const struct replay *p, struct str repo, struct str file);
void replay_done(struct replay *p);
/* Whether a row says of its version what the log does. That it is damaged, the row alone says; its
 * index line follows from the file.                                                          */
bool replay_agrees(const struct replayed *v, const struct version_row *row);
/* The same of what a repository is set to. */
NODISCARD enum err replay_agrees_on_settings(struct catalog *c, const struct repo_row *row, bool *ret,
                                             struct errinfo *e);
/* The last member of an event's detail as its canonical JSON has it, to the byte; `key` with quotes
 * and colon. Empty: it has none.                                                             */
struct str replay_last_member(struct str detail, struct str key);
