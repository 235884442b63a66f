/* /account: who one is here, one's own tokens, one's own password. */
#pragma once

#include "server/web/people_parts.h"

struct account_view {
	struct str name;
	const char *kind, *how;          /* "User"; how that was told */
	struct role_list roles;
	struct form_code code;

	const char *no_tokens;           /* why there are none to be seen; NULL: there are */
	struct token_table tokens;
	struct field token_name, token_roles, token_expires;
	bool has_typed;                  /* those have what was typed */
	struct str token_problem;        /* empty: none */
	struct str made_name, made;      /* a new token's text, this once */

	const char *no_password;         /* why it cannot be changed here; NULL: it can */
	struct field current, password;
	struct str password_problem;
	bool password_is_new;
};

NODISCARD enum err account_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err account_token_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err account_revoke_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err account_password_post(struct call *c, struct response *s, struct errinfo *e);
