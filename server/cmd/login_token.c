/* What login and logout ask a server for: tokens made and revoked, and who one is. It judges. */
#include "server/cmd/login_token.h"

#include <stdio.h>
#include <unistd.h>

#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/base/hash.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/base/secret.h"
#include "indexer/fetch/fetch.h"
#include "server/cmd/ask.h"
#include "server/cmd/authorization.h"
#include "server/cmd/control.h"

#define HOST_MAX_BYTES 40                        /* of its name, in a token's name */

/* Empty for what is null or not there. */
static const char *field(struct session *s, const struct node *map, const char *key)
{
	return arena_dup(s->arena, field_text(map, key));
}

/* `body` NULL: none; `says` as answer_read has it. */
static enum err ask(struct session *s, const char *method, const char *path, const char *header,
                    const struct sbuf *body, const char *says, const struct node **ret)
{
	struct fetch_request q = { .method = method, .header_count = 1, .headers = { header },
	                           .response_max_bytes = PUSH_ANSWER_MAX_BYTES,
	                           .timeout_seconds = FETCH_ANSWER_SECONDS };
	struct fetch_response answer;
	q.url = arena_printf(s->arena, "%s%s", s->url, path);
	if (body) {
		q.headers[q.header_count++] = "Content-Type: application/json";
		q.body = sbuf_str(body);
	}
	if (!q.url || (body && !sbuf_ok(body)))
		return ERR(s->e, NOMEM, "request");
	enum err err = s->fetch ? OK : fetch_new(&s->fetch, s->e);
	if (!err)
		err = fetch_do(s->fetch, s->arena, &q, &answer, s->e);
	if (!err)
		err = answer_error(s->arena, &answer, s->e);
	if (!err)
		err = answer_read(s->arena, answer.body, says, ret, s->e);
	return err;
}

enum err session_revoke(struct session *s, const struct credential *c)
{
	const struct node *answer;
	const char *header, *path = arena_printf(s->arena, "/api/v1/account/tokens/%llu",
	                                         (unsigned long long)c->id);
	if (!path)
		return ERR(s->e, NOMEM, "request");
	enum err err = authorization_token(s->arena, c->token, "credentials.json", &header, s->e);
	return err ? err : ask(s, "DELETE", path, header, NULL, "revoked", &answer);
}

/* ---- a token of a password ---- */

static bool is_name_character(char c)
{
	return ascii_is_alnum(c) || c == '-';
}

/* "login-laptop-1a2b3c4d" */
static enum err put_name(struct session *s, struct sbuf *b)
{
	char host[HOST_MAX_BYTES + 1] = "";
	uint32_t number;
	if (!random_bytes(&number, sizeof number))
		return ERR_SYS(s->e, "getrandom");
	(void)gethostname(host, sizeof host - 1);
	for (char *c = host; *c; c++)
		if (!is_name_character(*c))
			*c = '-';
	const char *name = arena_printf(s->arena, "login-%s-%08x", host, (unsigned)number);
	if (!name)
		return ERR(s->e, NOMEM, "name");
	json_text(b, "name", str_c(name));
	return OK;
}

static enum err put_request(struct session *s, const struct node *who, struct sbuf *b)
{
	sbuf_putc(b, '{');
	enum err err = put_name(s, b);
	json_key(b, "roles");
	sbuf_putc(b, '[');
	for (const struct node_item *i = field_items(who, "roles"); i; i = i->next) {
		json_next(b);
		sbuf_json(b, node_text(i->value));
	}
	sbuf_printf(b, "],\"expires\":\"%ud\"}", TOKEN_DAYS);
	return err;
}

static enum err make_token(struct session *s, const char *header, const struct node *who,
                           struct credential *c)
{
	AUTO_SBUF struct sbuf b = sbuf_make(API_BODY_MAX_BYTES);
	const struct node *made = NULL;
	enum err err = put_request(s, who, &b);
	if (!err)
		err = ask(s, "POST", "/api/v1/account/tokens", header, &b, "token", &made);
	if (err)
		return err;
	c->made = true;
	c->token = field(s, made, "token");
	c->expires = field(s, made, "expires");
	c->id = field_number(made, "id");
	return OK;
}

static enum err take_token(struct session *s, const char *token, const struct node *who,
                           struct credential *c)
{
	c->token = arena_dup(s->arena, str_c(token));
	c->expires = field(s, who, "expires");
	c->id = field_number(who, "id");
	return OK;
}

static enum err check_kind(struct session *s, bool is_token, struct str kind)
{
	bool fits = is_token ? str_eq_c(kind, "token") || str_eq_c(kind, "setup")
	                     : str_eq_c(kind, "user");
	return fits ? OK : ERR(s->e, UPSTREAM, "%s took no notice of the credentials; does a proxy in "
	                       "front of it take the header Authorization away?", s->url);
}

enum err session_sign_in(struct session *s, const char *user, const char *secret,
                         struct credential *ret)
{
	const char *header;
	const struct node *who = NULL;
	struct credential c = { .url = s->url };
	bool is_token = !user || token_is_well_formed(str_c(secret));
	enum err err = is_token
	             ? authorization_token(s->arena, secret, "standard input", &header, s->e)
	             : authorization_basic(s->arena, user, secret, &header, s->e);
	if (!err)
		err = ask(s, "GET", "/api/v1/whoami", header, NULL, "kind", &who);
	if (!err)
		err = check_kind(s, is_token, node_text(node_get(who, "kind")));
	if (!err)
		err = is_token ? take_token(s, secret, who, &c) : make_token(s, header, who, &c);
	if (err)
		return err;
	c.user = field(s, who, node_text(node_get(who, "user")).n ? "user" : "name");
	if (!c.user || !c.token || !c.expires)
		return ERR(s->e, NOMEM, "credentials");
	*ret = c;
	return OK;
}
