/* Whether a provenance file proves what it says about an archive. Everything is read from the body
 * that librnp found signed, and nothing from the file around it.                             */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/chart_parts.h"
#include "indexer/format/index.h"
#include "indexer/format/provenance.h"

#define SEPARATOR "...\n"

static bool at_separator(struct str rest)
{
	return str_starts(rest, STR(SEPARATOR)) || str_starts(rest, STR("...\r\n"));
}

/* The metadata, and what follows the line "...", of which there is one. */
static bool split(struct str body, struct str *ret_metadata, struct str *ret_files)
{
	struct str rest = body, files = { 0 };
	unsigned separators = 0;
	while (rest.n) {
		bool here = at_separator(rest);
		size_t before = (size_t)(rest.p - body.p);
		(void)str_cut(&rest, '\n', NULL);
		if (!here)
			continue;
		separators++;
		*ret_metadata = str_first(body, before);
		files = rest;
	}
	*ret_files = files;
	return separators == 1;
}

static enum provenance_verdict judge_digest(struct arena *a, struct str text,
                                            const struct provenance_claim *claim)
{
	struct yaml_options o = yaml_strict;
	const struct node *root = NULL, *stated = NULL;
	char hex[SHA256_HEX_BYTES + 1];
	o.name = "files";
	if (yaml_read(a, text, &o, &root, NULL))
		return PROVENANCE_UNREADABLE;
	const struct node *files = node_get(root, "files");
	if (!files || files->kind != NODE_MAP)
		return PROVENANCE_UNREADABLE;
	for (const struct node_item *i = files->items; i; i = i->next)
		if (str_eq(i->key, claim->file))
			stated = i->value;
	if (!stated)
		return PROVENANCE_OTHER_FILE;
	struct str digest = node_text(stated);
	sha256_hex(claim->digest, hex);
	return str_starts(digest, STR("sha256:")) &&
	       str_eq(str_from(digest, sizeof "sha256:" - 1), str_c(hex)) ? PROVENANCE_GOOD
	                                                                   : PROVENANCE_OTHER_BYTES;
}

/* Metadata as Helm writes it again, so equal data are equal text. */
static void put_metadata(struct sbuf *b, const struct chart_meta *m)
{
	static const struct sha256 none;
	index_line(b, m, STR(""), 0, &none);
}

static enum provenance_verdict judge_metadata(struct arena *a, struct str text,
                                              const struct provenance_claim *claim)
{
	AUTO_SBUF struct sbuf signed_line = sbuf_make(INDEX_LINE_MAX_BYTES);
	AUTO_SBUF struct sbuf line = sbuf_make(INDEX_LINE_MAX_BYTES);
	const struct node *root = NULL;
	struct chart_meta meta = { .deprecated = false };
	if (yaml_read(a, text, &yaml_strict, &root, NULL) ||
	    chart_decode_meta(a, "Chart.yaml", root, &meta, NULL))
		return PROVENANCE_UNREADABLE;
	put_metadata(&signed_line, &meta);
	put_metadata(&line, claim->chart);
	bool equal = sbuf_ok(&line) && sbuf_ok(&signed_line) &&
	             str_eq(sbuf_str(&line), sbuf_str(&signed_line));
	return equal ? PROVENANCE_GOOD : PROVENANCE_OTHER_METADATA;
}

static enum provenance_verdict judge_body(struct arena *a, struct str body,
                                          const struct provenance_claim *claim)
{
	struct str metadata, files;
	if (!split(body, &metadata, &files))
		return PROVENANCE_UNREADABLE;
	enum provenance_verdict verdict = judge_digest(a, files, claim);
	return verdict == PROVENANCE_GOOD ? judge_metadata(a, metadata, claim) : verdict;
}

enum err provenance_verify(struct arena *a, struct str prov, struct openpgp_keyring *keyring,
                           const struct provenance_claim *claim, int64_t now_s,
                           struct provenance_result *ret, struct errinfo *e)
{
	struct provenance_result result = { .verdict = PROVENANCE_NOT_SIGNED };
	enum err err = openpgp_verify_cleartext(a, keyring, prov, now_s, &result.signature, e);
	if (err)
		return err;
	if (result.signature.verdict == OPENPGP_GOOD)
		result.verdict = judge_body(a, result.signature.body, claim);
	*ret = result;
	return OK;
}

static const struct { const char *word, *sentence; } verdicts[] = {
#define X(name, word, sentence) { word, sentence },
	PROVENANCE_VERDICTS(X)
#undef X
};

const char *provenance_word(const struct provenance_result *r)
{
	return r->verdict == PROVENANCE_NOT_SIGNED ? openpgp_verdict_word(r->signature.verdict)
	                                           : verdicts[r->verdict].word;
}

const char *provenance_sentence(const struct provenance_result *r)
{
	return r->verdict == PROVENANCE_NOT_SIGNED ? openpgp_verdict_sentence(r->signature.verdict)
	                                           : verdicts[r->verdict].sentence;
}
