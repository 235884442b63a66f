/* The headers of a request. */
#include "indexer/hook/message.h"

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/base/secret.h"

#define PREFIX "whsec_"

/* ---- signatures ---- */

static enum err put_hex(struct sbuf *b, struct str key, struct str body, struct errinfo *e)
{
	struct sha256 mac;
	char hex[SHA256_HEX_BYTES + 1];
	enum err err = hmac_sha256(key, body, &mac, e);
	if (err)
		return err;
	sha256_hex(&mac, hex);
	sbuf_puts(b, "sha256=");
	sbuf_puts(b, hex);
	return OK;
}

/* "v1,<Base64 of the HMAC of id.timestamp.body>" */
static enum err put_v1(struct sbuf *b, struct str secret, struct str message, struct errinfo *e)
{
	unsigned char key[SECRET_MAX_BYTES];
	struct str text = secret;
	size_t n = 0;
	struct sha256 mac;
	if (str_starts(secret, STR(PREFIX)) &&
	    base64_read(str_from(secret, sizeof PREFIX - 1), key, sizeof key, &n) && n)
		text = str_make(key, n);
	enum err err = hmac_sha256(text, message, &mac, e);
	secret_wipe(key, sizeof key);
	if (err)
		return err;
	sbuf_puts(b, b->n ? " v1," : "v1,");
	base64_put(b, str_make(mac.bytes, sizeof mac.bytes));
	return OK;
}

static enum err put_standard(struct sbuf *b, const struct hook_secrets *secrets, struct str id,
                             uint64_t seconds, struct str body, struct errinfo *e)
{
	AUTO_SBUF struct sbuf message = sbuf_make(2 * HOOK_BODY_MAX_BYTES);
	sbuf_put(&message, id);
	sbuf_printf(&message, ".%llu.", (unsigned long long)seconds);
	sbuf_put(&message, body);
	if (!sbuf_ok(&message))
		return ERR(e, NOMEM, "webhook");
	enum err err = put_v1(b, secrets->now, sbuf_str(&message), e);
	if (!err && secrets->before.n)
		err = put_v1(b, secrets->before, sbuf_str(&message), e);
	return err;
}

/* ---- headers ---- */

static enum err add(struct arena *a, struct hook_lines *l, const char *name, struct str value,
                    struct errinfo *e)
{
	const char *line = arena_printf(a, "%s: %.*s", name, STR_ARG(value));
	if (!line)
		return ERR(e, NOMEM, "webhook");
	l->line[l->count++] = line;
	return OK;
}

static enum err add_proof(struct arena *a, const struct hook_format *f, struct str secret,
                          struct str hex, struct hook_lines *l, struct errinfo *e)
{
	if (f->proof == PROOF_X_SIGNATURE)
		return add(a, l, "X-Signature", hex, e);
	return f->proof == PROOF_AUTHORIZATION ? add(a, l, "Authorization", secret, e) : OK;
}

static enum err add_signatures(struct arena *a, const struct hook_format *f,
                               const struct hook_secrets *secrets, struct str id, uint64_t seconds,
                               struct str body, struct hook_lines *l, struct errinfo *e)
{
	AUTO_SBUF struct sbuf standard = sbuf_make(HOOK_HEADER_MAX_BYTES), hex = sbuf_make(HOOK_HEADER_MAX_BYTES);
	enum err err = put_standard(&standard, secrets, id, seconds, body, e);
	if (!err)
		err = put_hex(&hex, secrets->now, body, e);
	if (!err && (!sbuf_ok(&standard) || !sbuf_ok(&hex)))
		err = ERR(e, NOMEM, "webhook");
	if (!err)
		err = add(a, l, "webhook-signature", sbuf_str(&standard), e);
	if (!err)
		err = add(a, l, "X-Hub-Signature-256", sbuf_str(&hex), e);
	return err ? err : add_proof(a, f, secrets->now, sbuf_str(&hex), l, e);
}

enum err hook_sign(struct arena *a, const struct hook_format *f, const struct hook_secrets *secrets,
                   struct str id, int64_t at_ns, struct str body, struct hook_lines *ret,
                   struct errinfo *e)
{
	struct hook_lines l = { .count = 0 };
	uint64_t seconds = (uint64_t)(at_ns / NS_PER_SECOND);
	const char *timestamp = arena_printf(a, "%llu", (unsigned long long)seconds);
	enum err err = timestamp ? add(a, &l, "Content-Type", str_c(f->content_type), e)
	                         : ERR(e, NOMEM, "webhook");
	if (!err)
		err = add(a, &l, "webhook-id", id, e);
	if (!err)
		err = add(a, &l, "webhook-timestamp", str_c(timestamp), e);
	if (!err && secrets->now.n)
		err = add_signatures(a, f, secrets, id, seconds, body, &l, e);
	if (!err)
		*ret = l;
	return err;
}
