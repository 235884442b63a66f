/* Requests to a registry. The first answer decides whether it is https or http; a challenge is answered
 * once per request, and what answered it goes along from then on.                            */
#include "indexer/upstream/oci_parts.h"

#include "indexer/base/limits.h"
#include "indexer/fetch/url.h"

#define STATUS_OK 200
#define STATUS_BAD_REQUEST 400
#define STATUS_UNAUTHORIZED 401
#define STATUS_FORBIDDEN 403
#define STATUS_NOT_FOUND 404
#define STATUS_TOO_MANY 429
#define STATUS_UNAVAILABLE 503

/* ---- who is asked ---- */

static bool is_declared_for(const struct oci *o, const char *origin)
{
	if (!o->credentials_host)
		return o->credentials_origin && !strcmp(o->credentials_origin, origin);
	return !strcmp(o->credentials_host, o->ref.host) &&
	       (!strncmp(origin, "https:", 6) || o->options.plain_http ||
	        outgoing_host_place(url_host(str_c(origin))) == HOST_HERE);
}

void oci_settle(struct oci *o, const char *origin)
{
	const struct outgoing_access *x = &o->declared;
	o->origin = origin;
	o->is_own = is_declared_for(o, origin);
	o->now = (struct outgoing_access){ .allow_private = x->allow_private, .ca = x->ca, .proxy = x->proxy };
	if (!o->is_own)
		return;
	o->now.origin = origin;
	o->now.bearer = x->bearer;
	o->now.header = x->header;
	o->now.certificate = x->certificate;
	o->now.key = x->key;
}

/* ---- one request ---- */

static enum err send_once(struct oci *o, struct arena *a, const struct oci_request *q,
                          struct outgoing_answer *ret, struct errinfo *e)
{
	struct outgoing_request r = {
		.method = q->method, .access = &o->now, .fd = q->fd, .seconds = q->seconds,
		.progress = q->progress, .progress_ctx = q->progress_ctx,
		/* The answer may also be what went wrong. */
		.max_bytes = q->max_bytes > OCI_ERROR_MAX_BYTES ? q->max_bytes : OCI_ERROR_MAX_BYTES,
		.url = q->url ? q->url : arena_printf(a, "%s/v2/%s/%s", o->origin, o->ref.name, q->path),
	};
	if (!r.url)
		return ERR(e, NOMEM, "URL");
	if (q->accept)
		r.headers[r.header_count++] = q->accept;
	return outgoing_do(o->outgoing, a, &r, ret, e);
}

/* Nobody spoke TLS there: before the first answer it may be http. 400 is what a server of TLS says to
 * who does not speak it: what was wrong with its TLS is then the better answer.              */
static enum err send_somehow(struct oci *o, struct arena *a, const struct oci_request *q,
                             struct outgoing_answer *ret, struct errinfo *e)
{
	const char *secure = o->origin, *plain = o->fallback;
	struct errinfo why = { 0 };
	enum err err = send_once(o, a, q, ret, e);
	if (err == ERR_UPSTREAM && plain) {
		oci_settle(o, plain);
		err = send_once(o, a, q, ret, &why);
		if (err == ERR_UPSTREAM || (!err && ret->status == STATUS_BAD_REQUEST)) {
			oci_settle(o, secure);
			return ERR_UPSTREAM;
		}
		if (err && e)
			*e = why;
	}
	if (!err)
		o->fallback = NULL;
	return err;
}

static enum err judge(const struct oci *o, const struct outgoing_answer *answer, struct errinfo *e)
{
	switch (answer->status) {
	case STATUS_OK:
		return OK;
	case STATUS_NOT_FOUND:
		return ERR(e, NOT_FOUND, "%s does not have it", o->origin);
	case STATUS_UNAUTHORIZED:
	case STATUS_FORBIDDEN:
		return ERR(e, UPSTREAM, "%s answered %d: it wants %scredentials%s", o->origin, answer->status,
		           o->is_own ? "other " : "", o->is_own ? "" : ", and none are declared for it");
	default:
		return ERR(e, UPSTREAM, "%s answered %d", o->origin, answer->status);
	}
}

bool oci_wants_rest(const struct outgoing_answer *answer)
{
	return answer->status == STATUS_TOO_MANY || (answer->status == STATUS_UNAVAILABLE && answer->retry_after);
}

enum err oci_ask(struct oci *o, struct arena *a, const struct oci_request *q,
                 struct outgoing_answer *ret, struct errinfo *e)
{
	struct outgoing_answer answer;
	o->is_busy = false;
	o->status = 0;
	o->retry_after = 0;
	enum err err = send_somehow(o, a, q, &answer, e);
	bool was_declared = o->is_own && o->declared.bearer;     /* and went along */
	/* A challenge from where a redirect led is not the registry's. */
	if (!err && answer.status == STATUS_UNAUTHORIZED && answer.same_origin && !was_declared) {
		err = oci_authorize(o, answer.www_authenticate, e);
		if (!err)
			err = send_somehow(o, a, q, &answer, e);
	}
	if (err)
		return err;
	o->status = answer.status;
	o->retry_after = answer.retry_after;
	o->is_busy = oci_wants_rest(&answer);
	err = judge(o, &answer, e);
	if (!err)
		*ret = answer;
	return err;
}
