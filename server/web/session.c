/* See session.h. */
#include "server/web/session.h"

#include "indexer/base/secret.h"
#include "server/http/message.h"
#include "server/route/address.h"

static void put_cookie(struct call *c, const char *id, const char *more, struct response *s)
{
	bool secure = session_is_secure(c->r);
	struct str base = address_base(c), path = secure || !base.n ? STR("/") : base;
	const char *cookie = arena_printf(&c->r->arena, "%s=%s; Path=%.*s; HttpOnly; SameSite=Lax%s%s",
	                                  session_cookie(c->r), id, STR_ARG(path), secure ? "; Secure" : "",
	                                  more);
	if (cookie)
		response_header(s, "Set-Cookie", cookie);
}

static void end(struct call *c)
{
	auth_session_end(c->app->auth, http_cookie(request_header(c->r, "Cookie"), session_cookie(c->r)));
}

enum err session_enter(struct call *c, const struct caller *who, struct response *s,
                       struct errinfo *e)
{
	char id[SESSION_ID_CHARS + 1];
	enum err err = auth_session_begin(c->app->auth, who, id, e);
	if (err)
		return err;
	end(c);
	put_cookie(c, id, "", s);
	secret_wipe(id, sizeof id);
	return OK;
}

void session_leave(struct call *c, struct response *s)
{
	end(c);
	put_cookie(c, "", "; Max-Age=0", s);
}
