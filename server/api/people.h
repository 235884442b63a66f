/* Users and tokens over HTTP. Every row of the route table has people_handle, which finds what is
 * to be done by the row's method and pattern, and does it on a thread of its own: a new password
 * is hashed, and the writer is waited for.                                                    */
#pragma once

#include "indexer/format/node.h"
#include "indexer/store/accounts.h"
#include "server/auth/auth.h"
#include "server/route/app.h"

NODISCARD enum err people_handle(struct call *c, struct response *s, struct errinfo *e);

/* ---- between people.c, users.c and tokens.c ---- */

/* On the people's thread; `body` is NULL for a row without one. */
typedef enum err people_run(struct call *c, const struct node *body, struct sbuf *json,
                            struct errinfo *e);
people_run users_list, users_show, users_add, users_set, users_password, users_remove;
people_run tokens_list, tokens_add, tokens_remove;
people_run account_tokens_list, account_tokens_add, account_tokens_remove, people_whoami;

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

/* A field that is text, because 5 and null are none, and not empty; *ret stays as it is where the
 * field is missing. INVALID.                                                                 */
NODISCARD enum err people_text(const struct node *body, const char *key, struct str *ret,
                               struct errinfo *e);
/* A letter or digit, then those and ". _ @ -". INVALID. */
NODISCARD enum err people_name_check(struct str name, struct errinfo *e);
/* A new one: its length, and that its user can sign in with it. INVALID. */
NODISCARD enum err people_password_check(struct str password, struct str user, struct errinfo *e);
/* The list "roles" as lines; INVALID tells the first that is none. */
NODISCARD enum err people_roles(struct call *c, const struct node *body, bool chart_globs,
                                struct str *ret_lines, struct grants *ret, struct errinfo *e);
void people_put_roles(struct sbuf *b, struct str lines);
void people_put_time(struct sbuf *b, const char *key, int64_t ns);       /* 0: null */
