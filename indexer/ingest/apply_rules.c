/* What a repository asks of what is published into it: signatures, and room in its quota. */
#include <stdio.h>

#include "indexer/ingest/batch.h"
#include "indexer/ingest/bundle_change.h"

#define WORD_BYTES 64

bool signature_says(struct str signature, const char *word)
{
	char text[WORD_BYTES];
	int n = snprintf(text, sizeof text, "\"verdict\":\"%s\"", word);
	return signature.n && memmem(signature.p, signature.n, text, (size_t)n) != NULL;
}

enum err rules_signature(const struct repository *r, struct change *c,
                         const struct version_row *row, bool same)
{
	const char *word = c->signature_word ? c->signature_word : "unchecked";
	if (!str_eq(batch_settings(r)->provenance, STR("require")) || (same && c->adopt))
		return OK;
	if (c->prov.n ? strcmp(word, "good") == 0 : same && signature_says(row->signature, "good"))
		return OK;
	if (!c->prov.n)
		return ERR(&c->error, SIGNATURE, "%.*s comes without a provenance file, and \"%s\" takes "
		           "signed charts alone; send both in one form", STR_ARG(c->result.file), r->name);
	return ERR(&c->error, SIGNATURE, "the provenance file of %.*s is not good: %s. %s",
	           STR_ARG(c->result.file), word,
	           c->signature_sentence ? c->signature_sentence : "Send it again.");
}

static enum err quota_error(struct str repo, const char *what, uint64_t would, uint64_t most,
                            struct errinfo *e)
{
	return ERR(e, QUOTA, "repository \"%.*s\" would hold %llu %s and may hold %llu; delete some, or "
	           "raise its quota", STR_ARG(repo), (unsigned long long)would, what, (unsigned long long)most);
}

enum err quota_check(struct str repo, struct repo_usage would, struct repo_usage most, struct errinfo *e)
{
	if (most.versions && would.versions > most.versions)
		return quota_error(repo, "versions", would.versions, most.versions, e);
	if (most.bytes && would.bytes > most.bytes)
		return quota_error(repo, "bytes", would.bytes, most.bytes, e);
	return OK;
}

enum err rules_quota(struct batch *b, const struct repository *r, struct change *c,
                     const struct version_row *replaced)
{
	const struct repo_settings *s = batch_settings(r);
	struct repo_usage use;
	if (!s->max_bytes && !s->max_versions)
		return OK;
	enum err err = catalog_usage(b->g->catalog, r->id, &use, &c->error);
	if (err)
		return err;
	use.versions += replaced ? 0 : 1;
	use.bytes += c->result.bytes - (replaced ? replaced->bytes : 0);
	const struct repo_usage most = { s->max_versions, s->max_bytes };
	return quota_check(str_c(r->name), use, most, &c->error);
}
