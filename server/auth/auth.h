/* Who sends a request, and what he may do.
 *
 *     auth_new(&options, &a, e)
 *     auth_start(a, ingest, e)                   accounts and tokens are read
 *     auth_identify(a, r, open, &caller, &wait, e)
 *         a control socket, a token, a password, a proxy's word, a certificate: whoever that is,
 *         or UNAUTHORIZED; without any of them nobody in particular
 *     auth_may(a, &caller, ROLE_PUSH, repo, chart)
 *     auth_refresh(a, ingest, e)                 after accounts or tokens changed
 *
 * Accounts and tokens are kept in memory and read anew as a whole; a caller is only ids, and what
 * they allow is looked up each time it is asked. So whoever lost a right has lost it at the next
 * question, also one that the writer asks while an upload of his waits.
 *
 * A password costs a quarter of a second and 32 MiB, so it is hashed by a pool of
 * AUTH_HASH_THREADS while the request is held, and then remembered as an HMAC under a key of this
 * process. A token costs one SHA-256. Thread-safe, but for new, start and free.               */
#pragma once

#include "indexer/ingest/ingest.h"
#include "server/auth/grant.h"
#include "server/auth/sessions.h"
#include "server/http/http.h"

struct auth;

struct auth_options {
	/* Single sign-on by a proxy: the headers that tell user and groups (comma-separated), which
	 * count from a trusted proxy alone. NULL or empty: none.                                 */
	const char *proxy_user_header, *proxy_groups_header;
	const char *const *proxy_roles;  /* "GROUP=ROLE:REPO-GLOB" */
	size_t proxy_role_count;
};

/* CONFIG: a proxy role that is none. The options may go away. */
NODISCARD enum err auth_new(const struct auth_options *o, struct auth **ret, struct errinfo *e);
/* Of a line of auth.proxy_roles. CONFIG. */
NODISCARD enum err auth_proxy_role_check(const char *line, struct errinfo *e);
/* After http_close and ingest_close; NULL is fine. */
void auth_free(struct auth *a);

/* Reads everything, and notes from then on when tokens are used. `g` outlives its last request. */
NODISCARD enum err auth_start(struct auth *a, struct ingest *g, struct errinfo *e);
/* Reads everything anew and swaps. After a failure, which is logged, nobody is who he says he is until it
 * succeeds, here or in auth_retry: what a row no longer allows must not go on. May block; not in the
 * writer's transaction, but fine in a change's done.                                         */
NODISCARD enum err auth_refresh(struct auth *a, struct ingest *g, struct errinfo *e);
/* What could not be read then is read now; nothing where it could. May block. */
void auth_retry(struct auth *a, struct ingest *g);
/* For tests: as auth_refresh, by a connection at hand. */
NODISCARD enum err auth_load(struct auth *a, struct catalog *c, struct errinfo *e);

/* When somebody can reach the server from elsewhere and no account is admin:*: makes a token that
 * is, until there is such an account or AUTH_SETUP_HOURS passed. It stands in DATA/setup-token,
 * mode 0600, and in ret_token, which is empty when there is no need for one.                  */
#define SETUP_TOKEN_NAME "setup-token"
#define SETUP_TOKEN_BYTES 64
NODISCARD enum err auth_setup(struct auth *a, struct datadir *d, bool reachable,
                              char ret_token[SETUP_TOKEN_BYTES], struct errinfo *e);

struct caller {
	enum caller_kind {
		CALLER_ANONYMOUS,
		CALLER_LOCAL,                /* nobody in particular, on this machine, while there are no
		                                people: the administrator */
		CALLER_OPEN,                 /* the same from anywhere, in ChartMuseum's mode without
		                                credentials: reads, publishes and deletes */
		CALLER_USER, CALLER_TOKEN,
		CALLER_PROXY,                /* no account, but groups that have roles */
		CALLER_CONTROL, CALLER_SETUP
	} kind;
	int64_t account_id, token_id;    /* USER has the first; TOKEN the second, and its owner's */
	const struct grants *proxy;      /* what his groups gave; also of a USER */
	struct str actor;                /* opaque, for the log: "admin" (control socket), "u3", "t7",
	                                    "anonymous", "setup", "x" and a hash for PROXY */
	struct str name;                 /* of account or token, for the audit log and pages */
	bool ambient;                    /* a browser sends this login by itself, whoever asks it to */
	struct str session;              /* the id in the cookie that says so; empty: it was not one */
	uint64_t generation;             /* of a USER's account, when this was found out */
};

/* A caller's, of the account's password as it is stored. */
uint64_t auth_generation(struct str stored);

/* From begin or resumed of http_app. With *wait the request is held and its password is being
 * hashed: app->resumed follows, where auth_identify has to be called again with the same wait.
 * *wait is NULL at first. UNAUTHORIZED: wrong credentials; INVALID: a malformed header; TOO_MANY:
 * wrong passwords come too fast; BUSY: the accounts are not read yet. Texts of *ret are static or
 * in the request's arena.                                                                    */
struct sign_in;
NODISCARD enum err auth_identify(struct auth *a, struct request *r, bool open,
                                 struct caller *ret, struct sign_in **wait, struct errinfo *e);

/* ---- a browser that signs in with a form ---- */
/* From handle. OK: *ret is who it is, unless *ret_waits: a password is being hashed, and `done` is
 * called, from another thread and maybe before this returns, which gets the verdict from
 * auth_signed_in. Texts as of auth_identify, and the same errors; a token stands as the password
 * with any name, or without one. `password` is wiped.                                        */
typedef void sign_in_done(struct request *r, struct sign_in *s);
NODISCARD enum err auth_sign_in(struct auth *a, struct request *r, struct str name,
                                struct str password, sign_in_done *done, struct caller *ret,
                                bool *ret_waits, struct errinfo *e);
NODISCARD enum err auth_signed_in(struct auth *a, struct request *r, struct sign_in *s,
                                  struct caller *ret, struct errinfo *e);
/* Of who signed in; DENIED for who is no user, token or the setup token. */
NODISCARD enum err auth_session_begin(struct auth *a, const struct caller *who,
                                      char ret_id[SESSION_ID_CHARS + 1], struct errinfo *e);
void auth_session_end(struct auth *a, struct str id);
/* The cookie's name. Over TLS one that no other host and no page without TLS can set. */
bool session_is_secure(const struct request *r);
const char *session_cookie(const struct request *r);
/* What a form that changes something has to bring along: it cannot be told without having seen a
 * page of this caller's.                                                                     */
NODISCARD enum err auth_form_code(struct auth *a, const struct caller *who,
                                  char ret[SHA256_HEX_BYTES + 1], struct errinfo *e);

/* ---- what he may ---- */
/* `chart` empty: any chart there at all. */
bool auth_may(struct auth *a, const struct caller *who, enum role role, struct str repo,
              struct str chart);
/* In any repository that there is or may be: whether to offer it at all. */
bool auth_may_somewhere(struct auth *a, const struct caller *who, enum role role);
bool auth_manages(struct auth *a, const struct caller *who);     /* is admin:* */
bool auth_sees_all(struct auth *a, const struct caller *who);    /* is pull:* or admin:* */
/* By grants_cover: nobody hands out more than he has. A token of a person is
 * measured by its own lines and by the person's: both have to cover.                          */
bool auth_covers(struct auth *a, const struct caller *who, const struct grants *g);
/* A user, or a token of his that allows no less than he may: his other tokens are its business. */
bool auth_stands_for_user(struct auth *a, const struct caller *who);
/* An account or token exists, or did once: anonymous writing on loopback has ended. */
bool auth_has_people(struct auth *a);
/* There was one, and there is none any more. */
bool auth_is_deserted(struct auth *a);

/* ---- while there are no people ---- */
/* Anyone on this machine is the administrator, but not through a browser or a proxy: request.local,
 * Host and Origin name the listener, and there is no header that proxies add (architecture.md §3). FORBIDDEN,
 * with what to do.                                                                           */
NODISCARD enum err auth_is_local(const struct request *r, struct errinfo *e);
/* "127.0.0.1:8879", "localhost:8879", "[::1]:8879" for a listener's own address; the port may be
 * left out where it is the usual one.                                                        */
bool auth_names_listener(struct str host, struct str listen, bool tls);
