/* What the files of this room share.
 *
 * `people` is replaced as a whole under `lock`; questions are asked under it for reading and take
 * no longer than a look-up. `loading` orders those who read the catalog, so that an older reading
 * never replaces a newer one.                                                                */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "indexer/base/limits.h"
#include "indexer/base/pool.h"
#include "server/auth/auth.h"
#include "server/auth/proxy_roles.h"
#include "server/auth/remembered.h"
#include "server/auth/sessions.h"
#include "server/auth/slowed.h"

struct account {
	int64_t id;
	struct str name, password;
	struct grants grants;
	bool disabled;
	uint64_t generation;             /* another one when the password is another */
};

struct token {
	int64_t id, account_id;
	struct str name;
	struct sha256 digest;
	struct grants grants;
	int64_t expires_ns;              /* 0: never */
	_Atomic int64_t used_ns, sent_ns, written_ns;    /* used: to the hour; sent to the catalog; and
	                                                    what it is known to have */
};

/* Immutable, but for the times of use. */
struct people {
	struct arena arena;
	struct account *accounts;        /* by id */
	struct token *tokens;            /* by digest */
	size_t account_count, token_count;
	struct account **by_name;
	struct token **by_id;
	bool managed;                    /* an account is admin:* */
	bool ever;                       /* there was an account or token, if only once */
};

NODISCARD enum err people_read(struct catalog *c, struct people **ret, struct errinfo *e);
void people_free(struct people *p);  /* NULL is fine */
const struct account *people_find(const struct people *p, struct str name);     /* NULL: none */
/* NULL: none. The same for disabled accounts, and for tokens that are expired or whose owner is
 * disabled or gone.                                                                          */
const struct account *people_account(const struct people *p, int64_t id);
struct token *people_token(const struct people *p, int64_t id);
struct token *people_token_of(const struct people *p, const struct sha256 *digest);

struct setup {
	bool active;
	struct sha256 digest;
	int64_t until_ns;                /* monotonic */
	int dir;                         /* DATA, where the file stands; borrowed */
};

/* A thread's place in the pool: it hashes until nobody waits. */
struct hasher {
	struct pool_job job;             /* first */
	struct auth *auth;
	bool busy;
};

struct auth {
	pthread_rwlock_t lock;
	struct people *people;           /* NULL: not read, or not any more */
	struct setup setup;
	pthread_mutex_t loading;
	struct ingest *ingest;
	struct proxy proxy;
	struct remembered *remembered;
	struct slowed *slowed;
	struct sessions *sessions;
	/* Passwords being hashed. */
	struct pool *hashes;
	pthread_mutex_t waiting_lock;
	struct sign_in *waiting;         /* in order of arrival, with those that are being hashed */
	unsigned waiting_count;
	uint64_t round;                  /* of the one that was taken last */
	struct hasher hashers[AUTH_HASH_THREADS];
	/* When tokens were used, on its way to the catalog. */
	struct change used;
	atomic_bool used_is_due, used_is_under_way;
};

void setup_end(struct setup *s);             /* with its file */
bool setup_is_valid(const struct setup *s);
void used_note(struct auth *a, struct token *t);
void used_flush(struct auth *a);              /* not under the lock */

/* ---- sign_in.c: by password ---- */
void sign_in_init(struct auth *a);
/* The header is remembered: *ret is who it stands for. */
bool sign_in_is_known(struct auth *a, struct request *r, struct str header, struct caller *ret);
/* Without `done` the request is held, and resumed when the verdict is known. TOO_MANY. */
NODISCARD enum err sign_in_begin(struct auth *a, struct request *r, struct str header,
                                 struct str name, struct str password, sign_in_done *done,
                                 struct sign_in **wait, struct errinfo *e);
NODISCARD enum err sign_in_end(struct auth *a, struct request *r, struct sign_in *s,
                               struct caller *ret, struct errinfo *e);
NODISCARD enum err caller_user(struct request *r, const struct account *who, struct caller *ret,
                               struct errinfo *e);

/* ---- identify.c ---- */
#define AUTH_NOT_READ "the accounts cannot be read; try again in a moment"
/* Of an Authorization header; `done` as of sign_in_begin. */
NODISCARD enum err credentials_identify(struct auth *a, struct request *r, struct str header,
                                        sign_in_done *done, struct caller *ret,
                                        struct sign_in **wait, struct errinfo *e);
NODISCARD enum err caller_token(struct request *r, const struct token *t, struct caller *ret,
                                struct errinfo *e);
void caller_setup(struct caller *ret);

/* ---- browser.c ---- */
/* By its cookie. Leaves *ret as it is when that is none, or not any more. */
NODISCARD enum err session_identify(struct auth *a, struct request *r, struct caller *ret,
                                    struct errinfo *e);
