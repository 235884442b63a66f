/* /admin/users, /admin/users/{name} and /admin/tokens: everybody who may sign in, for who manages the
 * server.                                                                                    */
#pragma once

#include "server/web/admin_parts.h"
#include "server/web/people_parts.h"

struct account_line {
	struct str name, link;
	struct role_list roles;
	bool disabled, declared, has_password, is_reader;
	int64_t created_ns;
	uint64_t tokens;
	int64_t used_ns;                 /* the last use of one of them; 0: never */
};

struct admin_users_view {            /* of both lists */
	struct admin_head head;
	uint64_t user_total, token_total;
	struct pager pager;
	struct form_code code;
	const struct account_line *list;
	size_t count;
	int64_t now_ns;
	struct field name, roles, password;      /* of a user to be made */
	struct str problem;              /* empty: none */
	struct token_table tokens;
};

struct admin_user_view {
	struct admin_head head;
	struct account_line user;
	int64_t now_ns;
	struct form_code code;
	struct field roles, disabled, password;
	struct str problem, password_problem, remove_problem;
	bool is_set, password_is_set;    /* it was done just now */
	struct token_table tokens;
};

NODISCARD enum err admin_users_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_users_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_tokens_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_token_revoke_post(struct call *c, struct response *s, struct errinfo *e);

NODISCARD enum err admin_user_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_user_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_user_password_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_user_remove_post(struct call *c, struct response *s, struct errinfo *e);

/* ---- between admin_users_page.c and admin_user_page.c ---- */

NODISCARD enum err account_line(struct page *p, struct arena *a, const struct people *rows,
                             const struct account_row *row, struct account_line *ret,
                             struct errinfo *e);
void user_fields_show(struct field *roles, struct field *password);
