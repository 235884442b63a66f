/* Signatures: what a provenance file proves, for repositories whose setting `provenance` asks. The
 * verdict is taken by the worker, under the settings of that moment; whether it is good enough, the
 * writer decides under the settings of its own.                                              */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/format/provenance.h"
#include "indexer/ingest/ingest_impl.h"

#define SIGNATURE_MAX_BYTES (8u * KIB)

/* Of the repository, or of the one that hands its settings down. */
static struct snapshot *rules_for(struct ingest *g, struct str repo)
{
	bool two;
	struct snapshot *s = ingest_snapshot(g, repo);
	return s ? s : ingest_snapshot(g, str_cut(&repo, '/', &two));
}

static void put_time(struct sbuf *b, const char *key, int64_t seconds)
{
	char text[RFC3339_MAX_BYTES];
	(void)clock_format(clock_of((struct timespec){ .tv_sec = seconds }), text);
	json_text(b, key, str_c(text));
}

/* Who publishes reads it at once, and not only on the chart's page. */
static void warn(struct change *c)
{
	struct change_result *r = &c->result;
	if (strcmp(c->signature_word, "good") != 0 && r->warning_count < CHART_WARNINGS_MAX)
		(void)snprintf(r->warnings[r->warning_count++].text, sizeof r->warnings->text,
		               "the provenance file is no good signature: %s", c->signature_sentence);
}

/* Sorted keys, as RFC 8785 wants them. */
static enum err keep(struct change *c, const struct provenance_result *r, int64_t now_s)
{
	const struct openpgp_signature *s = &r->signature;
	AUTO_SBUF struct sbuf b = sbuf_make(SIGNATURE_MAX_BYTES);
	c->signature_word = provenance_word(r);
	c->signature_sentence = provenance_sentence(r);
	warn(c);
	sbuf_putc(&b, '{');
	put_time(&b, "checked_at", now_s);
	json_canonical_text(&b, "fingerprint", s->fingerprint);
	json_canonical_text(&b, "key_id", s->key_id);
	put_time(&b, "signed_at", s->signed_at);
	json_canonical_text(&b, "signer", s->user_id);
	json_canonical_text(&b, "verdict", str_c(c->signature_word));
	sbuf_putc(&b, '}');
	return sbuf_ok(&b) && arena_str(&c->arena, sbuf_str(&b), &c->signature)
	       ? OK : ERR(&c->error, NOMEM, "signature");
}

static enum err verify(struct change *c, struct str keys, const struct provenance_claim *claim)
{
	AUTO_ARENA struct arena a = { 0 };
	struct openpgp_keyring *keyring;
	struct provenance_result result;
	int64_t now_s = clock_wall() / NS_PER_SECOND;
	enum err err = openpgp_keyring_new(keys, &keyring, &c->error);
	if (err)
		return err == ERR_INVALID ? ERR(&c->error, SIGNATURE, "the repository has no keyring that "
		                                "could be read; set it with: chartlocker repo set NAME "
		                                "--keyring FILE") : err;
	err = provenance_verify(&a, c->prov, keyring, claim, now_s, &result, &c->error);
	if (!err)
		err = keep(c, &result, now_s);
	openpgp_keyring_free(keyring);
	return err;
}

/* Without a keyring every key is unknown, which is what checking says then. */
static enum err verify_without(struct change *c)
{
	struct provenance_result r = { .verdict = PROVENANCE_NOT_SIGNED,
	                               .signature.verdict = OPENPGP_UNKNOWN_KEY };
	return keep(c, &r, clock_wall() / NS_PER_SECOND);
}

static bool asks(const struct snapshot *s)
{
	return s && !str_eq(s->settings->provenance, STR("off"));
}

enum err signature_check(struct ingest *g, struct change *c, const struct chart_meta *chart)
{
	struct snapshot *s = rules_for(g, c->repo);
	struct provenance_claim claim = { c->result.file, &c->prov_names, chart };
	enum err err = OK;
	if (asks(s))
		err = s->settings->keyring.n ? verify(c, s->settings->keyring, &claim) : verify_without(c);
	snapshot_unref(s);
	return err;
}

/* ---- a provenance file alone ---- */

static enum err check_archive(struct ingest *g, struct change *c, struct str tgz)
{
	AUTO_ARENA struct arena a = { 0 };
	struct chart chart;
	struct scratch *scratch = scratch_take(g);
	if (!scratch)
		return ERR(&c->error, NOMEM, "inflate buffer");
	enum err err = chart_read(&a, &scratch->chart, tgz, &chart, &c->error);
	if (!err)
		err = signature_check(g, c, &chart.meta);
	scratch_give(g, scratch);
	return err;
}

/* A chart that is not there, or has other bytes than the file states, is the writer's to refuse. */
enum err signature_check_stored(struct ingest *g, struct change *c)
{
	AUTO_FREE char *data = NULL;
	size_t bytes = 0;
	struct errinfo why = { 0 };
	struct snapshot *s = rules_for(g, c->repo);
	struct repository *r = repository_find(g, c->repo);
	bool wanted = asks(s) && r;
	snapshot_unref(s);
	if (!wanted)
		return OK;
	enum err err = stored_read(r, c->result.file.p, &c->prov_names, &data, &bytes, &why);
	if (err == ERR_NOT_FOUND || err == ERR_DAMAGED)
		return OK;
	return err ? err_set(&c->error, err, "%s", why.detail)
	           : check_archive(g, c, str_make(data, bytes));
}
