/* What answers a challenge: the declared user and password (Basic), or a token that is asked for where
 * the challenge says (Bearer).
 *
 * That place is the registry's choice, so it is looked at twice: it must be one that may be asked at
 * all, and it sees the credentials only if it is the registry's own host or known to belong to it. The
 * token is asked for pulling this one repository, whatever the challenge would like.         */
#include "indexer/upstream/oci_parts.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/secret.h"
#include "indexer/fetch/url.h"
#include "indexer/format/name.h"

#define STATUS_OK 200

/* Registries whose tokens come from elsewhere, as everybody knows. */
static const struct { const char *registry, *tokens; } belonging[] = {
	{ "https://registry-1.docker.io", "https://auth.docker.io" },
};

static bool belongs(const struct oci *o, const char *realm)
{
	if (o->token_origin && !strcmp(o->token_origin, realm))
		return true;
	for (size_t i = 0; i < sizeof belonging / sizeof *belonging; i++)
		if (!strcmp(o->origin, belonging[i].registry) && !strcmp(realm, belonging[i].tokens))
			return true;
	return false;
}

/* `realm`: an origin. */
static enum err choose_access(const struct oci *o, const char *realm, struct outgoing_access *ret,
                              struct errinfo *e)
{
	const struct outgoing_access *x = &o->declared;
	struct str host = url_host(str_c(realm));
	bool is_same_host = str_eq(host, url_host(str_c(o->origin))), is_own = belongs(o, realm);
	bool is_plain_here = is_same_host && !strncmp(o->origin, "http:", 5);
	*ret = (struct outgoing_access){ .allow_private = x->allow_private, .ca = x->ca, .proxy = x->proxy };
	if (strncmp(realm, "https:", 6) != 0 && !is_plain_here)
		return ERR(e, ADDRESS, "%s wants us to get a token at %s, without TLS", o->origin, realm);
	if (!is_same_host && !is_own && outgoing_host_place(host) != HOST_NAMED)
		return ERR(e, ADDRESS, "%s wants us to get a token at %s, which is another machine's address",
		           o->origin, realm);
	if (!o->is_own || !(is_same_host || is_own))
		return OK;
	ret->origin = realm;
	ret->user = x->user;
	ret->password = x->password;
	ret->certificate = x->certificate;
	ret->key = x->key;
	return OK;
}

/* ---- the request ---- */

static void put_parameter(struct sbuf *b, bool *has_query, const char *name, struct str value)
{
	if (!value.n)
		return;
	sbuf_printf(b, "%c%s=", *has_query ? '&' : '?', name);
	*has_query = true;
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '+')
			sbuf_puts(b, "%2B");
		else
			url_segment_encode(b, str_make(value.p + i, 1));
}

static void put_url(struct sbuf *b, const struct oci *o, const char *realm,
                    const struct oci_challenge *c)
{
	bool has_query = strchr(realm, '?') != NULL;
	AUTO_SBUF struct sbuf scope = sbuf_make(OCI_NAME_MAX_BYTES + 32);
	sbuf_printf(&scope, "repository:%s:pull", o->ref.name);
	sbuf_puts(b, realm);
	put_parameter(b, &has_query, "service", c->service);
	put_parameter(b, &has_query, "scope", sbuf_str(&scope));
	/* Some want a word of their own (ECR: "aws"); what names repositories would ask for more. */
	if (!str_has(c->scope, ':'))
		put_parameter(b, &has_query, "scope", c->scope);
}

static bool is_proper_token(struct str token)
{
	for (size_t i = 0; i < token.n; i++)
		if (token.p[i] <= ' ' || token.p[i] > '~')
			return false;
	return token.n > 0;
}

static enum err read_token(struct arena *a, struct str body, const char *from, struct str *ret,
                           struct errinfo *e)
{
	const struct node *root;
	enum err err = oci_json(a, body, "token", &root, e);
	if (err == ERR_METADATA)
		return ERR(e, UPSTREAM, "%s: what it sent as a token is no JSON object", from);
	if (err)
		return err;
	const struct node *n = node_get(root, "token");
	if (!n || n->plain || !node_text(n).n)
		n = node_get(root, "access_token");
	if (!n || n->plain || !is_proper_token(node_text(n)))
		return ERR(e, UPSTREAM, "%s: no token is in what it sent", from);
	*ret = node_text(n);
	return OK;
}

static enum err keep_token(struct oci *o, struct str token, struct errinfo *e)
{
	struct arena fresh = { 0 };
	const char *copy = arena_dup(&fresh, token);
	if (!copy)
		return ERR(e, NOMEM, "token");
	oci_forget_token(o);
	o->token = fresh;
	o->now.bearer = copy;
	o->now.origin = o->origin;
	return OK;
}

static enum err get_token(struct oci *o, struct arena *a, const struct oci_challenge *c,
                          struct errinfo *e)
{
	struct outgoing_access access;
	struct outgoing_answer answer;
	struct str token;
	const char *text = arena_dup(a, c->realm), *realm, *origin;
	AUTO_SBUF struct sbuf url = sbuf_make(4 * OUTGOING_HEADERS_MAX_BYTES);
	if (!text)
		return ERR(e, NOMEM, "token");
	enum err err = outgoing_url(a, text, &realm, e);
	if (!err)
		err = outgoing_origin(a, realm, &origin, e);
	if (err)
		err_prefix(e, "%s wants us to get a token at a strange place", o->origin);
	if (!err)
		err = choose_access(o, origin, &access, e);
	if (err)
		return err;
	put_url(&url, o, realm, c);
	if (!sbuf_ok(&url))
		return ERR(e, NOMEM, "token");
	err = outgoing_do(o->outgoing, a, &(struct outgoing_request){
		.method = "GET", .url = url.p, .access = &access, .fd = -1, .seconds = OCI_ANSWER_SECONDS,
		.max_bytes = OCI_TOKEN_ANSWER_MAX_BYTES }, &answer, e);
	if (err)
		return err;
	if (answer.status != STATUS_OK) {
		o->status = answer.status;
		o->retry_after = answer.retry_after;
		o->is_busy = oci_wants_rest(&answer);
		return ERR(e, UPSTREAM, "%s gave no token: it answered %d%s", origin, answer.status,
		           o->declared.user && !access.user ? "; the credentials are not for it" : "");
	}
	err = read_token(a, answer.body, origin, &token, e);
	return err ? err : keep_token(o, token, e);
}

void oci_forget_token(struct oci *o)
{
	if (o->token.used && o->now.bearer && o->now.bearer != o->declared.bearer)
		secret_wipe((char *)(uintptr_t)o->now.bearer, strlen(o->now.bearer));
	arena_done(&o->token);
	o->now.bearer = NULL;
}

enum err oci_authorize(struct oci *o, struct str challenge, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct oci_challenge c;
	bool has_password = o->is_own && o->declared.user;
	enum err err = oci_challenge_read(&scratch, challenge, &c, e);
	if (err == ERR_INVALID) {
		err_prefix(e, "%s answered 401", o->origin);
		return ERR_UPSTREAM;
	}
	if (err)
		return err;
	if (c.basic && has_password) {
		o->now.user = o->declared.user;
		o->now.password = o->declared.password;
		return OK;
	}
	if (c.bearer && c.realm.n)
		return get_token(o, &scratch, &c, e);
	if (c.basic)
		return ERR(e, UPSTREAM, "%s wants a user and a password, and none are declared for it", o->origin);
	return ERR(e, UPSTREAM, "%s wants credentials in a way that is not known here", o->origin);
}
