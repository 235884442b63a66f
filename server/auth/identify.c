/* From what a request brings to who sends it, the strongest first: the control socket, credentials,
 * a proxy's word, a session, a certificate. What is wrong is never passed over for what is weaker.        */
#include "indexer/base/secret.h"
#include "server/auth/credentials.h"
#include "server/auth/impl.h"

#define ACTOR_HEX_CHARS 16

/* ---- tokens ---- */

enum err caller_token(struct request *r, const struct token *t, struct caller *ret,
                      struct errinfo *e)
{
	char *actor = arena_printf(&r->arena, "t%lld", (long long)t->id);
	if (!actor || !arena_str(&r->arena, t->name, &ret->name))
		return ERR(e, NOMEM, "request");
	ret->kind = CALLER_TOKEN;
	ret->token_id = t->id;
	ret->account_id = t->account_id;
	ret->actor = str_c(actor);
	return OK;
}

void caller_setup(struct caller *ret)
{
	ret->kind = CALLER_SETUP;
	ret->actor = ret->name = STR("setup");
}

/* With the lock. Digests are compared by memcmp: who could use the time it takes to guess one
 * would still have to find a text that has it.                                               */
static enum err find_token(struct auth *a, struct request *r, const struct sha256 *digest,
                           struct caller *ret, struct errinfo *e)
{
	struct token *t = people_token_of(a->people, digest);
	if (t) {
		used_note(a, t);
		return caller_token(r, t, ret, e);
	}
	if (setup_is_valid(&a->setup) && sha256_eq(digest, &a->setup.digest)) {
		caller_setup(ret);
		return OK;
	}
	return ERR(e, UNAUTHORIZED, "this token is not known, expired or revoked");
}

static enum err by_token(struct auth *a, struct request *r, struct str text, struct caller *ret,
                         struct errinfo *e)
{
	struct sha256 digest;
	enum err err = sha256_of(text, &digest, e);
	if (err)
		return err;
	(void)pthread_rwlock_rdlock(&a->lock);
	err = a->people ? find_token(a, r, &digest, ret, e) :
		ERR(e, BUSY, AUTH_NOT_READ);
	(void)pthread_rwlock_unlock(&a->lock);
	used_flush(a);
	return err;
}

/* ---- Authorization ---- */

enum err credentials_identify(struct auth *a, struct request *r, struct str header,
                              sign_in_done *done, struct caller *ret, struct sign_in **wait,
                              struct errinfo *e)
{
	struct credentials k;
	struct str basic = STR("Basic ");
	if (str_eq_nocase(str_first(header, basic.n), basic) && sign_in_is_known(a, r, header, ret)) {
		ret->ambient = true;
		return OK;
	}
	enum err err = credentials_parse(&r->arena, header, &k, e);
	if (err)
		return err;
	ret->ambient = k.name.n > 0;
	if (k.token.n)
		return by_token(a, r, k.token, ret, e);
	err = sign_in_begin(a, r, header, k.name, k.password, done, wait, e);
	if (!*wait)
		secret_wipe((void *)(uintptr_t)k.password.p, k.password.n);
	return err;
}

/* ---- a proxy's word, a certificate ---- */

/* Leaves *ret as it is when there is no such account. */
static enum err by_account(struct auth *a, struct request *r, struct str name, struct caller *ret,
                           struct errinfo *e)
{
	enum err err = OK;
	(void)pthread_rwlock_rdlock(&a->lock);
	const struct account *who = a->people ? people_find(a->people, name) : NULL;
	if (!a->people)
		err = ERR(e, BUSY, AUTH_NOT_READ);
	else if (who && who->disabled)
		err = ERR(e, UNAUTHORIZED, "this account is disabled");
	else if (who)
		err = caller_user(r, who, ret, e);
	(void)pthread_rwlock_unlock(&a->lock);
	return err;
}

/* Somebody whom only the proxy knows has an id all the same, and his name is not in it. */
static enum err become_stranger(struct request *r, struct str name, struct caller *ret,
                                struct errinfo *e)
{
	struct sha256 digest;
	char hex[SHA256_HEX_BYTES + 1];
	enum err err = sha256_of(name, &digest, e);
	if (err)
		return err;
	sha256_hex(&digest, hex);
	char *actor = arena_printf(&r->arena, "x%.*s", ACTOR_HEX_CHARS, hex);
	if (!actor || !arena_str(&r->arena, name, &ret->name))
		return ERR(e, NOMEM, "request");
	ret->kind = CALLER_PROXY;
	ret->actor = str_c(actor);
	return OK;
}

static enum err by_proxy(struct auth *a, struct request *r, struct str name, struct caller *ret,
                         struct errinfo *e)
{
	const struct proxy *p = &a->proxy;
	struct str groups = { 0 };
	if (request_header_repeats(r, p->user_header) ||
	    (p->groups_header && request_header_repeats(r, p->groups_header)))
		return ERR(e, INVALID, "the proxy's user or groups header stands twice");
	if (name.n > AUTH_NAME_MAX_BYTES)
		return ERR(e, INVALID, "the proxy's user name is longer than %u bytes",
		           AUTH_NAME_MAX_BYTES);
	if (p->groups_header)
		groups = request_header(r, p->groups_header);
	if (groups.n > AUTH_GROUPS_MAX_BYTES)
		return ERR(e, INVALID, "the proxy's groups are longer than %u bytes",
		           AUTH_GROUPS_MAX_BYTES);
	ret->ambient = true;
	enum err err = proxy_grants(p, &r->arena, groups, &ret->proxy, e);
	if (!err)
		err = by_account(a, r, name, ret, e);
	return err || ret->kind == CALLER_USER ? err : become_stranger(r, name, ret, e);
}

/* ---- nobody in particular ---- */

static void by_place(struct auth *a, const struct request *r, bool open, struct caller *ret)
{
	ret->actor = STR("anonymous");
	if (auth_has_people(a))
		return;
	if (!auth_is_local(r, NULL))
		ret->kind = CALLER_LOCAL;
	else if (open)
		ret->kind = CALLER_OPEN;
}

enum err auth_identify(struct auth *a, struct request *r, bool open, struct caller *ret,
                       struct sign_in **wait, struct errinfo *e)
{
	struct str name = { 0 };
	if (*wait) {
		struct sign_in *s = *wait;
		*wait = NULL;
		return sign_in_end(a, r, s, ret, e);
	}
	*ret = (struct caller){ 0 };
	if (r->control) {
		ret->kind = CALLER_CONTROL;
		ret->actor = ret->name = STR("admin");
		return OK;
	}
	if (request_has_header(r, "Authorization"))
		return credentials_identify(a, r, request_header(r, "Authorization"), NULL, ret, wait, e);
	if (r->proxied && a->proxy.user_header)
		name = request_header(r, a->proxy.user_header);
	if (name.n)
		return by_proxy(a, r, name, ret, e);
	enum err err = session_identify(a, r, ret, e);
	if (err || ret->session.n)
		return err;
	if (r->client_subject.n && !r->proxied) {    /* else it is the proxy's own certificate */
		err = by_account(a, r, r->client_subject, ret, e);
		ret->ambient = ret->kind == CALLER_USER;
		if (err || ret->kind == CALLER_USER)
			return err;
	}
	by_place(a, r, open, ret);
	return OK;
}
