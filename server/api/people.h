/* Users and tokens over HTTP, as JSON. Every row of the route table has people_handle, which finds
 * what is to be done by the row's method and pattern, and does it on a thread of its own. What is
 * done is in server/people/.                                                                 */
#pragma once

#include "indexer/format/node.h"
#include "server/api/operation.h"
#include "server/people/people.h"

NODISCARD enum err people_handle(struct call *c, struct response *s, struct errinfo *e);

/* One's own password, for which the current one is checked first. */
NODISCARD enum err people_own_password(struct call *c, struct response *s, struct errinfo *e);

/* ---- between people.c, users.c and tokens.c ---- */

operation_run users_list_get, users_one_get, users_post, users_patch, users_password_post, users_delete;
operation_run tokens_list_get, tokens_post, tokens_delete;
operation_run own_tokens_get, own_tokens_post, own_tokens_delete, people_whoami;
