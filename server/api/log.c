/* Everything here asks the database, so a worker does it. */
#include "server/api/log.h"

#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/checkpoint.h"
#include "indexer/base/note.h"
#include "indexer/store/catalog.h"
#include "server/api/json_parts.h"

#define CHECKPOINT_MAX_BYTES (4u * KIB)
#define PROOF_MAX_BYTES (16u * KIB)

/* ---- the key ---- */

static enum err name_log(const struct signing_key *key, const char *public_url,
                         char ret[LOG_NAME_BYTES], struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct signing_public public;
	struct sha256 digest;
	struct str url = str_c(public_url);
	size_t scheme = str_starts(url, STR("https://")) ? 8 : str_starts(url, STR("http://")) ? 7 : 0;
	if (scheme) {
		(void)snprintf(ret, LOG_NAME_BYTES, "%.*s", STR_ARG(str_from(url, scheme)));
		return OK;
	}
	enum err err = signing_key_public(key, &public, e);
	if (!err)
		err = sha256_of(str_make(public.bytes, sizeof public.bytes), &digest, e);
	if (err)
		return err;
	sha256_hex(&digest, hex);
	(void)snprintf(ret, LOG_NAME_BYTES, "chartlocker-%.16s", hex);
	return OK;
}

enum err log_key_open(int data_fd, const char *public_url, struct signing_key **ret,
                      char ret_name[LOG_NAME_BYTES], struct errinfo *e)
{
	enum err err = signing_key_load(data_fd, LOG_KEY_FILE, ret, e);
	if (err == ERR_NOT_FOUND) {
		err = signing_key_new(ret, e);
		if (!err)
			err = signing_key_save(*ret, data_fd, LOG_KEY_FILE, e);
	}
	return err ? err : name_log(*ret, public_url, ret_name, e);
}

/* ---- questions ---- */

struct question {
	const struct app *app;
	/* Appends the answer. */
	enum err (*ask)(struct question *q, struct catalog *c, struct errinfo *e);
	const char *type;
	uint64_t a, b;
	struct sbuf text;
};

static enum err run_question(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return q->ask(q, c, e);
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	struct question *q = c->state;
	q->text = sbuf_make(PROOF_MAX_BYTES);
	enum err err = ingest_read(c->app->ingest, run_question, q, e);
	if (!err)
		err = respond_buffer(q->type, &q->text, s, e);
	sbuf_done(&q->text);
	return err;
}

static enum err later(struct call *c, const struct question *what, struct errinfo *e)
{
	struct question *q = ARENA_NEW(&c->r->arena, struct question);
	if (!q)
		return ERR(e, NOMEM, "request");
	*q = *what;
	q->app = c->app;
	c->state = q;
	return call_work(c, ingest_pool(c->app->ingest), answer, e);
}

/* ---- checkpoints ---- */

static enum err ask_checkpoint(struct question *q, struct catalog *c, struct errinfo *e)
{
	struct checkpoint at = { .origin = str_c(q->app->log_name) };
	AUTO_SBUF struct sbuf text = sbuf_make(CHECKPOINT_MAX_BYTES);
	enum err err = catalog_log_size(c, &at.size, e);
	if (!err)
		err = catalog_root(c, at.size, &at.root, e);
	if (err)
		return err;
	checkpoint_put(&text, &at);
	if (!sbuf_ok(&text))
		return ERR(e, NOMEM, "checkpoint");
	return note_sign(&q->text, sbuf_str(&text), at.origin, q->app->log_key, e);
}

enum err log_checkpoint(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return later(c, &(struct question){ .ask = ask_checkpoint, .type = "text/plain; charset=utf-8" },
	             e);
}

enum err log_key(struct call *c, struct response *s, struct errinfo *e)
{
	struct note_verifier v;
	struct signing_public public;
	AUTO_SBUF struct sbuf b = sbuf_make(CHECKPOINT_MAX_BYTES);
	enum err err = signing_key_public(c->app->log_key, &public, e);
	if (!err)
		err = note_verifier_make(str_c(c->app->log_name), &public, &v, e);
	if (err)
		return err;
	note_verifier_put(&b, &v);
	sbuf_putc(&b, '\n');
	return respond_buffer("text/plain; charset=utf-8", &b, s, e);
}

/* ---- proofs ---- */

static void put_proof(struct sbuf *b, const struct merkle_proof *p)
{
	list_begin(b, "proof");
	for (size_t i = 0; i < p->count; i++) {
		char hex[SHA256_HEX_BYTES + 1];
		sha256_hex(&p->hashes[i], hex);
		json_next(b);
		sbuf_json(b, str_c(hex));
	}
	sbuf_puts(b, "]}\n");
}

static enum err ask_inclusion(struct question *q, struct catalog *c, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	struct merkle_proof p;
	enum err err = q->b ? OK : catalog_log_size(c, &q->b, e);
	if (!err)
		err = catalog_inclusion_proof(c, q->a, q->b, &p, e);
	if (!err)
		err = catalog_event(c, &a, q->a, &ev, e);
	if (err)
		return err;
	sbuf_putc(&q->text, '{');
	json_number(&q->text, "leaf_index", q->a - 1);
	json_number(&q->text, "tree_size", q->b);
	put_digest(&q->text, "leaf", &ev.leaf);
	put_proof(&q->text, &p);
	return OK;
}

static enum err ask_consistency(struct question *q, struct catalog *c, struct errinfo *e)
{
	struct merkle_proof p;
	enum err err = q->b ? OK : catalog_log_size(c, &q->b, e);
	if (!err)
		err = catalog_consistency_proof(c, q->a, q->b, &p, e);
	if (err)
		return err;
	sbuf_putc(&q->text, '{');
	json_number(&q->text, "first", q->a);
	json_number(&q->text, "second", q->b);
	put_proof(&q->text, &p);
	return OK;
}

/* Both are numbers; the second may be left out. */
static enum err two_numbers(const struct call *c, const char *first, const char *second,
                            struct question *q, struct errinfo *e)
{
	if (!query_get(&c->query, first))
		return ERR(e, INVALID, "%s: a number is expected", first);
	enum err err = query_number(&c->query, first, 0, INT64_MAX, &q->a, e);
	return err ? err : query_number(&c->query, second, 0, INT64_MAX, &q->b, e);
}

static enum err ask_json(struct call *c, const char *first, const char *second,
                         enum err (*ask)(struct question *q, struct catalog *c, struct errinfo *e),
                         struct errinfo *e)
{
	struct question q = { .ask = ask, .type = JSON_TYPE };
	enum err err = two_numbers(c, first, second, &q, e);
	return err ? err : later(c, &q, e);
}

enum err log_inclusion(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return ask_json(c, "seq", "size", ask_inclusion, e);
}

enum err log_consistency(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return ask_json(c, "first", "second", ask_consistency, e);
}
