/* Signing in at a server: who that is, a token of a password, the end of a token. */
#pragma once

#include "indexer/base/arena.h"
#include "server/cmd/credentials.h"

struct session {
	struct arena *arena;
	const char *url;                 /* of a url_server */
	struct fetch *fetch;             /* made when it is needed; the caller frees it */
	struct errinfo *e;
};

/* `user` NULL, or a secret that is a token: the token is checked. Else the user makes a token of
 * his own, with his roles and for TOKEN_DAYS. *ret is what to keep, in the arena.             */
NODISCARD enum err session_sign_in(struct session *s, const char *user, const char *secret,
                                   struct credential *ret);
/* UNAUTHORIZED and NOT_FOUND: it was revoked before. */
NODISCARD enum err session_revoke(struct session *s, const struct credential *c);
