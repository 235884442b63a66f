/* Users and tokens, read and changed: what the API and the pages have in common, without JSON and
 * without HTML.
 *
 *     people_rows(c, &arena, &p, e)               everybody
 *     users_set(c, &(struct user_fields){ .name = name, .roles = &lines }, e)
 *     tokens_add(c, &wish, &made, e)
 *
 * All of it may block, because the writer is waited for and new passwords are hashed: on a thread of
 * app->people. A change is judged by c->caller, stands in the audit log, and is true for the next
 * request when it returns. What is wrong with a field begins with its name, "expires: …", but for roles. */
#pragma once

#include "indexer/base/secret.h"
#include "indexer/store/accounts.h"
#include "server/auth/auth.h"
#include "server/route/app.h"

/* ---- reading ---- */

struct people {
	struct account_row *accounts;
	struct token_row *tokens;
	size_t account_count, token_count;
};
NODISCARD enum err people_load(struct catalog *c, struct arena *a, struct people *ret,
                               struct errinfo *e);
/* Everybody's: more than the request's own arena may have room for. */
NODISCARD enum err people_rows(struct call *c, struct arena *a, struct people *ret,
                               struct errinfo *e);
struct account_row *people_by_name(const struct people *p, struct str name);     /* or NULL */
const struct account_row *people_by_id(const struct people *p, int64_t id);
enum err people_no_user(struct str name, struct errinfo *e);     /* NOT_FOUND */

/* ---- users ---- */

struct user_fields {
	struct str name;
	const struct str *roles;         /* lines; NULL: they stay as they are */
	const struct str *password;      /* likewise; "" is none that can be set */
	const bool *disabled;
	uint64_t generation;             /* of the password that is replaced; 0: whatever it is */
	uint64_t *ret_generation;        /* of the new one; NULL: nobody asks */
};
/* NAME_EXISTS. */
NODISCARD enum err users_add(struct call *c, const struct user_fields *x, struct errinfo *e);
/* NOT_FOUND, DECLARED, LAST_ADMIN; DENIED: the password is of another generation meanwhile. */
NODISCARD enum err users_set(struct call *c, const struct user_fields *x, struct errinfo *e);
/* With all tokens. The same errors. */
NODISCARD enum err users_remove(struct call *c, struct str name, struct errinfo *e);

/* A letter or digit, then those and ". _ @ -". INVALID. */
NODISCARD enum err people_name_check(struct str name, struct errinfo *e);
/* A new one: its length, and that its user can sign in with it. INVALID, without "password:". */
NODISCARD enum err people_password_check(struct str password, struct str user, struct errinfo *e);

/* From handle: checks the current one as signing in does, with its delays, and then calls `answer` on
 * the people's thread. That calls own_password_set first: what came of it, and if it is right, the change.
 * Then all sessions of the user are over; c->caller has the new generation, with which another may begin.
 * Takes c->state, and wipes both texts. DENIED: not the current one ("current: …"), or no user by
 * password; TOO_MANY.                                                                        */
NODISCARD enum err own_password_begin(struct call *c, struct str current, struct str password,
                                      call_answer *answer, struct errinfo *e);
NODISCARD enum err own_password_set(struct call *c, struct errinfo *e);

/* ---- tokens ---- */

struct token_wish {
	struct str name, roles;          /* roles: lines */
	struct str user;                 /* whose; empty: nobody's */
	struct str expires;              /* "90d", "never"; empty: TOKEN_DAYS */
	bool own;                        /* the caller's own, instead of `user` */
};
struct token_made {
	struct token_row row;
	struct str user;                 /* in the request's arena */
	char text[TOKEN_BYTES + 1];      /* who shows it wipes it */
};
/* DENIED: more than the caller may, or its user; TOKENS_FULL, NAME_EXISTS. *ret has the texts of
 * *wish, and is to be wiped after an error as well.                                          */
NODISCARD enum err tokens_add(struct call *c, const struct token_wish *wish, struct token_made *ret,
                              struct errinfo *e);
/* `id` as it came. With `own`, those of others are NOT_FOUND. DECLARED. */
NODISCARD enum err tokens_remove(struct call *c, bool own, struct str id, struct errinfo *e);
/* DENIED: a token that allows less than its user has no say in his other tokens. */
NODISCARD enum err tokens_own_check(struct call *c, struct errinfo *e);

/* ---- between the files of this room ---- */

/* A change of rows in the writer's transaction, with its row in the audit log. */
struct people_change {
	struct change change;            /* first */
	struct call *call;
	enum err (*write)(struct people_change *x, struct catalog *c, struct errinfo *e);
	const char *object;              /* "user alice" */
	struct arena scratch;            /* of the last run of `write` */
};
/* Whoever lost a right has lost it when this returns. */
NODISCARD enum err people_write(struct people_change *x, struct errinfo *e);
