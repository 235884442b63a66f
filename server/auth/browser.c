/* Browsers: signing in with a form, and the cookie that is believed afterwards. */
#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/clock.h"
#include "indexer/base/secret.h"
#include "server/auth/impl.h"
#include "server/http/message.h"

#define COOKIE "chartlocker"
#define HEADER_MAX_BYTES (4u * KIB)

/* ---- the cookie ---- */

bool session_is_secure(const struct request *r)
{
	return r->tls || str_starts(r->public_url, STR("https://"));
}

const char *session_cookie(const struct request *r)
{
	return session_is_secure(r) ? "__Host-" COOKIE : COOKIE;
}

/* With the lock. Nobody in *ret: it stands for nobody any more. */
static enum err become(struct auth *a, struct request *r, const struct session_who *who,
                       struct caller *ret, struct errinfo *e)
{
	if (who->setup) {
		if (setup_is_valid(&a->setup))
			caller_setup(ret);
		return OK;
	}
	if (who->token) {
		struct token *t = people_token(a->people, who->token);
		if (!t)
			return OK;
		used_note(a, t);
		return caller_token(r, t, ret, e);
	}
	const struct account *x = people_account(a->people, who->account);
	return x && x->generation == who->generation ? caller_user(r, x, ret, e) : OK;
}

enum err session_identify(struct auth *a, struct request *r, struct caller *ret, struct errinfo *e)
{
	struct str id = http_cookie(request_header(r, "Cookie"), session_cookie(r));
	struct session_who who;
	enum err err;
	if (!id.n || !sessions_find(a->sessions, id, clock_monotonic(), &who))
		return OK;
	(void)pthread_rwlock_rdlock(&a->lock);
	err = a->people ? become(a, r, &who, ret, e) : ERR(e, BUSY, AUTH_NOT_READ);
	(void)pthread_rwlock_unlock(&a->lock);
	used_flush(a);
	if (!err && ret->kind == CALLER_ANONYMOUS)
		sessions_end(a->sessions, id);
	if (err || ret->kind == CALLER_ANONYMOUS)
		return err;
	ret->session = id;
	ret->ambient = true;
	return OK;
}

/* ---- signing in ---- */

/* As Basic would send it, so that both are judged, slowed and remembered as one. */
static bool put_header(struct str name, struct str password, struct sbuf *ret)
{
	AUTO_SBUF struct sbuf pair = sbuf_make(HEADER_MAX_BYTES);
	sbuf_put(&pair, name);
	sbuf_putc(&pair, ':');
	sbuf_put(&pair, password);
	sbuf_puts(ret, "Basic ");
	base64_put(ret, sbuf_str(&pair));
	bool ok = sbuf_ok(&pair) && sbuf_ok(ret);
	secret_wipe(pair.p, pair.n);
	return ok;
}

enum err auth_sign_in(struct auth *a, struct request *r, struct str name, struct str password,
                      sign_in_done *done, struct caller *ret, bool *ret_waits, struct errinfo *e)
{
	AUTO_SBUF struct sbuf header = sbuf_make(HEADER_MAX_BYTES);
	struct sign_in *wait = NULL;
	enum err err = OK;
	*ret = (struct caller){ 0 };
	if (str_has(name, ':') || !put_header(name, password, &header))
		err = ERR(e, UNAUTHORIZED, "the user or the password is not right");
	secret_wipe((void *)(uintptr_t)password.p, password.n);
	if (!err)
		err = credentials_identify(a, r, sbuf_str(&header), done, ret, &wait, e);
	secret_wipe(header.p, header.n);
	*ret_waits = wait != NULL;
	return err;
}

enum err auth_signed_in(struct auth *a, struct request *r, struct sign_in *s, struct caller *ret,
                        struct errinfo *e)
{
	*ret = (struct caller){ 0 };
	return sign_in_end(a, r, s, ret, e);
}

/* ---- sessions ---- */

enum err auth_session_begin(struct auth *a, const struct caller *who,
                            char ret_id[SESSION_ID_CHARS + 1], struct errinfo *e)
{
	struct session_who x = { 0 };
	if (who->kind == CALLER_USER)
		x = (struct session_who){ .account = who->account_id, .generation = who->generation };
	else if (who->kind == CALLER_TOKEN)
		x.token = who->token_id;
	else if (who->kind == CALLER_SETUP)
		x.setup = true;
	else
		return ERR(e, DENIED, "this takes a user and password, or a token");
	return sessions_begin(a->sessions, &x, clock_monotonic(), ret_id, e);
}

void auth_session_end(struct auth *a, struct str id) { sessions_end(a->sessions, id); }

/* Who has no session has a name that stays: there, too, no other site's page learns the code. */
enum err auth_form_code(struct auth *a, const struct caller *who, char ret[SHA256_HEX_BYTES + 1],
                        struct errinfo *e)
{
	return sessions_seal(a->sessions, who->session.n ? who->session : who->actor, ret, e);
}
