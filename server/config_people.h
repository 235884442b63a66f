/* People and tokens that the settings file declares:
 *
 *     users:
 *       - name: alice
 *         roles: ["pull:*", "push:team-a*"]
 *         password_file: /run/secrets/alice       # optional: without one, no sign-in by password
 *         disabled: false
 *     tokens:
 *       - name: ci
 *         token_file: /run/secrets/ci-token       # clk_…, as chartlocker token create prints it
 *         user: alice                             # optional
 *         roles: ["push:stable:redis*"]
 *         expires: 2027-01-31                     # or 2027-01-31T12:00:00Z; nothing: never
 *
 * Secrets stand in files of their own, which others may not read. What becomes of the declared in
 * a catalog is server/cmd/declared_people.h's.                                                        */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/hash.h"
#include "indexer/base/sbuf.h"

struct declared_user {
	struct str name, roles;          /* roles: lines, as in struct account_row */
	struct str password;             /* its text, until config_people_wipe; empty: none */
	bool disabled;
};

struct declared_token {
	struct str name, user, roles;    /* user empty: nobody's */
	struct sha256 digest;
	int64_t expires_ns;              /* 0: never */
};

struct declared_people {                    /* all in the arena of its struct config */
	struct declared_user *users;
	struct declared_token *tokens;
	size_t user_count, user_capacity, token_count, token_capacity;
};

/* The sections of these names. Problems are told in lines "file:line: …". */
struct config;
struct node;
void config_read_users(struct config *c, const struct node *section, const char *file,
                       struct sbuf *problems);
void config_read_tokens(struct config *c, const struct node *section, const char *file,
                        struct sbuf *problems);
void config_people_wipe(struct declared_people *d);      /* the passwords */
