/* Who signed in with a browser: from the random id in its cookie to whom it stands for.
 *
 * Kept is a digest of the id, in memory alone, so a restart signs everybody out. A session ends
 * SESSION_HOURS after it was last used, SESSION_DAYS_MAX after it began (base/limits.h has the numbers),
 * and with what it stands for: whoever asks compares the generation with the account's. Bounded:
 * SESSIONS_PER_PERSON_MAX of one person, SESSIONS_MAX in all, among those in one place; the one that was
 * used longest ago goes. Times are monotonic. Thread-safe.                                    */
#pragma once

#include "indexer/base/hash.h"

#define SESSION_ID_CHARS SHA256_HEX_BYTES        /* 256 bits */

struct sessions;
/* One of these. */
struct session_who {
	int64_t account;
	uint64_t generation;             /* of the account */
	int64_t token;
	bool setup;
};

NODISCARD enum err sessions_new(struct sessions **ret, struct errinfo *e);
void sessions_free(struct sessions *s);          /* NULL is fine */
/* Always a new id: nobody is led into a session that somebody else knows. */
NODISCARD enum err sessions_begin(struct sessions *s, const struct session_who *who, int64_t now_ns,
                                  char ret_id[SESSION_ID_CHARS + 1], struct errinfo *e);
/* Whoever comes has used it. */
bool sessions_find(struct sessions *s, struct str id, int64_t now_ns, struct session_who *ret);
void sessions_end(struct sessions *s, struct str id);
/* Ends those of which `keep` says false. */
void sessions_sweep(struct sessions *s, bool (*keep)(const struct session_who *who, const void *ctx),
                    const void *ctx);
/* A code that only this process can make of a text, as hexadecimal digits. */
NODISCARD enum err sessions_seal(const struct sessions *s, struct str text,
                                 char ret[SHA256_HEX_BYTES + 1], struct errinfo *e);
