/* /login: signing in with a form, and /logout. */
#pragma once

#include "server/web/form.h"
#include "server/web/parts.h"

struct login_view {
	struct field name, password;
	struct str next;                 /* where the browser goes on */
	struct str problem;              /* empty: none */
	bool signed_in;
	struct form_code code;
};

NODISCARD enum err login_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err login_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err logout_post(struct call *c, struct response *s, struct errinfo *e);
