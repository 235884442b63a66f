/* What the pages about users and tokens share: rows of tokens, lists of roles, what a form sends.
 * Everything lives in the arena that is handed over; NOMEM is what can go wrong.              */
#pragma once

#include "server/people/people.h"
#include "server/web/form.h"
#include "server/web/parts.h"

struct role_list { const struct str *list; size_t count; };

struct token_line {
	struct str name;
	struct str user, user_link;      /* empty: nobody's */
	struct role_list roles;
	int64_t created_ns, expires_ns, used_ns;         /* 0: never */
	bool declared, expired;
	bool is_used_here;               /* the page was asked for with it */
	struct str revoke;               /* where the form goes */
};
struct token_table {
	const struct token_line *list;
	size_t count;
	bool with_user;                  /* a column of users */
	int64_t now_ns;
	const struct form_code *code;
};

NODISCARD enum err role_list(struct arena *a, struct str lines, struct role_list *ret,
                             struct errinfo *e);
/* Those of `account`; `own`: one revokes them as one's own, not as an administrator. */
NODISCARD enum err tokens_of(struct page *p, struct arena *a, const struct people *rows,
                             int64_t account, bool own, struct token_table *ret, struct errinfo *e);
/* Everybody's, from one on. */
NODISCARD enum err tokens_from(struct page *p, struct arena *a, const struct people *rows, size_t from,
                               struct token_table *ret, struct errinfo *e);
#define PEOPLE_ROWS 100u                 /* on a page of a list */

/* What stands in a text area, a line for each that is not blank. */
NODISCARD enum err form_lines(struct call *c, struct str text, struct str *ret, struct errinfo *e);
