/* Looking for credentials, in the order that the header tells. */
#include "server/cmd/authorization.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/limits.h"
#include "indexer/base/secret.h"
#include "indexer/fetch/url.h"
#include "server/cmd/credentials.h"
#include "server/config.h"

#define HEADER_MAX_BYTES (8u * KIB)

static enum err finish(struct arena *a, struct sbuf *b, const char **ret, struct errinfo *e)
{
	*ret = sbuf_ok(b) ? arena_dup(a, sbuf_str(b)) : NULL;
	secret_wipe(b->p, b->n);
	return *ret ? OK : ERR(e, NOMEM, "credentials");
}

enum err authorization_basic(struct arena *a, const char *user, const char *password,
                             const char **ret_header, struct errinfo *e)
{
	AUTO_SBUF struct sbuf plain = sbuf_make(HEADER_MAX_BYTES), b = sbuf_make(2 * HEADER_MAX_BYTES);
	if (strchr(user, ':'))
		return ERR(e, INVALID, "a user's name has no ':'");
	sbuf_puts(&plain, user);
	sbuf_putc(&plain, ':');
	sbuf_puts(&plain, password);
	if (!sbuf_ok(&plain))
		return ERR(e, INVALID, "user and password are too long");
	sbuf_puts(&b, "Authorization: Basic ");
	base64_put(&b, sbuf_str(&plain));
	secret_wipe(plain.p, plain.n);
	return finish(a, &b, ret_header, e);
}

enum err authorization_token(struct arena *a, const char *token, const char *from,
                             const char **ret_header, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(HEADER_MAX_BYTES);
	if (!token_is_well_formed(str_c(token)))
		return ERR(e, INVALID, "what is in %s is not a token (clk_…), or is mistyped", from);
	sbuf_puts(&b, "Authorization: Bearer ");
	sbuf_puts(&b, token);
	return finish(a, &b, ret_header, e);
}

static enum err from_stdin(struct arena *a, const char **ret_header, struct errinfo *e)
{
	char token[SECRET_BYTES] = "";
	enum err err = secret_line("Token: ", false, token, e);
	if (!err)
		err = authorization_token(a, token, "standard input", ret_header, e);
	secret_wipe(token, sizeof token);
	return err;
}

enum err authorization_kept(struct arena *a, const char *url, const char **ret_header,
                            struct errinfo *e)
{
	struct credentials all;
	*ret_header = NULL;
	enum err err = credentials_read(a, &all, e);
	const struct credential *c = err ? NULL : credentials_for(&all, a, url);
	return c ? authorization_token(a, c->token, "credentials.json", ret_header, e) : err;
}

enum err authorization_find(struct arena *a, const struct url_server *to, bool token_stdin,
                            struct authorization *ret, struct errinfo *e)
{
	const char *token = getenv(TOKEN_VARIABLE);
	*ret = (struct authorization){ 0 };
	if (to->user || to->password) {
		ret->from = "the address";
		return authorization_basic(a, to->user ? to->user : "", to->password ? to->password : "",
		                           &ret->header, e);
	}
	if (token_stdin) {
		ret->from = "standard input";
		return from_stdin(a, &ret->header, e);
	}
	if (token && *token) {
		ret->from = TOKEN_VARIABLE;
		return authorization_token(a, token, TOKEN_VARIABLE, &ret->header, e);
	}
	enum err err = authorization_kept(a, to->url, &ret->header, e);
	if (ret->header)
		ret->from = "chartlocker login";
	return err;
}

void authorization_hint(const struct authorization *by, const struct url_server *to, enum err err)
{
	bool refused = err == ERR_UNAUTHORIZED || err == ERR_DENIED || err == ERR_FORBIDDEN;
	bool hidden = err == ERR_REPO_NOT_FOUND || err == ERR_NOT_FOUND;
	if (!by->header && (refused || hidden))
		fprintf(stderr, "%s: chartlocker login %s\n",
		        refused ? "Sign in first" : "Signing in may help", to->url);
	else if (err == ERR_UNAUTHORIZED)
		fprintf(stderr, "The credentials of %s are wrong, expired or revoked. Sign in again: "
		        "chartlocker login %s\n", by->from, to->url);
	else if (refused)
		fprintf(stderr, "The credentials of %s do not allow this. Ask for the role, or sign in as "
		        "somebody else: chartlocker login %s\n", by->from, to->url);
}
