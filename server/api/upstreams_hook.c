/* The inbound hook of an upstream: whoever publishes there tells us to look. It has no login: GitHub and
 * most others sign the body (HMAC-SHA256), GitLab, Harbor and Gitea send the secret itself.
 *
 * Who does not know the secret learns nothing: an upstream that is not there, one without a hook and a
 * wrong signature take the same steps and get the same answer.                                 */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/secret.h"
#include "indexer/ingest/lookup.h"
#include "server/api/upstreams.h"
#include "server/route/address.h"

#define SECRET_ANSWER_MAX_BYTES (4u * KIB)

/* ---- the secret ---- */

struct making {
	struct change change;            /* first */
	struct str repo;
	char secret[TOKEN_BYTES + 1];
};

static enum err write_secret(struct change *change, struct catalog *catalog, struct errinfo *e)
{
	const struct making *x = (const struct making *)change;
	AUTO_ARENA struct arena a = { 0 };
	struct repo_row row;
	enum err err = catalog_repo(catalog, &a, x->repo, &row, e);
	return err ? err : catalog_upstream_hook_put(catalog, row.id, str_c(x->secret), e);
}

static enum err make(struct call *c, struct response *s, struct errinfo *e)
{
	struct making x = { .repo = c->repo };
	AUTO_SBUF struct sbuf b = sbuf_make(SECRET_ANSWER_MAX_BYTES);
	enum err err = token_new(x.secret, e);
	if (err)
		return err;
	change_init(&x.change, CHANGE_CALL);
	call_change(c, &x.change);
	x.change.allow = NULL;               /* the row asked a moment ago */
	x.change.call = write_secret;
	x.change.note->object = c->repo;
	err = ingest_apply(c->app->ingest, &x.change);
	c->change = NULL;
	if (err)
		*e = x.change.error;
	sbuf_putc(&b, '{');
	json_text(&b, "name", c->repo);
	json_key(&b, "path");
	sbuf_puts(&b, "\"/hooks/upstream");
	address_joined(&b, c->repo);
	sbuf_putc(&b, '"');
	json_text(&b, "secret", str_c(x.secret));
	sbuf_puts(&b, "}\n");
	secret_wipe(x.secret, sizeof x.secret);
	change_done(&x.change);
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

enum err upstreams_hook(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return upstream_work(c, c->app->people, make, e);
}

/* ---- the hook ---- */

static bool signs(struct str header, struct str secret, struct str body)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct sha256 code;
	struct str scheme = STR("sha256=");
	if (!header.n || hmac_sha256(secret, body, &code, NULL))
		return false;
	sha256_hex(&code, hex);
	return secret_eq(str_starts(header, scheme) ? str_from(header, scheme.n) : header, str_c(hex));
}

static bool is_secret(struct str header, struct str secret)
{
	struct str scheme = STR("Bearer ");
	struct str said = str_starts(header, scheme) ? str_from(header, scheme.n) : header;
	return header.n && secret_eq(said, secret);
}

/* Looks at all of them, whichever is right. */
static bool is_proven(const struct request *r, struct str secret, struct str body)
{
	static const char *const signatures[] = { "X-Hub-Signature-256", "X-Gitea-Signature", "X-Signature" };
	static const char *const secrets[] = { "X-Gitlab-Token", "Authorization" };
	bool proven = false;
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
		proven |= signs(request_header(r, signatures[i]), secret, body);
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		proven |= is_secret(request_header(r, secrets[i]), secret);
	return proven;
}

static bool is_upstream(const struct call *c, bool *ret_paused)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, c->repo);
	bool is = s && repo_kind(s->settings) == REPO_UPSTREAM;
	*ret_paused = is && s->settings->paused;
	snapshot_unref(s);
	return is;
}

static enum err judge(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	char other[TOKEN_BYTES + 1];
	struct upstream_row row = { 0 };
	struct upstreams *u;
	bool paused, known = is_upstream(c, &paused) && !ingest_upstream_row(c->app->ingest, &a, c->repo, &row, NULL) &&
	             row.hook_secret.n;
	enum err err = call_upstreams(c, &u, e);
	if (!err)
		err = token_new(other, e);
	if (err)
		return err;
	bool proven = is_proven(c->r, known ? row.hook_secret : str_c(other), sbuf_str(c->data));
	if (!known || !proven)
		return ERR(e, UNAUTHORIZED, "there is no such hook, or its signature is not right");
	if (paused)
		return respond_json(c, 202, STR("{\"accepted\":false,\"reason\":\"it is paused\"}\n"), s, e);
	err = upstreams_refresh_soon(u, c->repo, e);
	if (!err)
		err = respond_json(c, 202, STR("{\"accepted\":true}\n"), s, e);
	return err;
}

enum err upstreams_hooked(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), judge, e);
}
