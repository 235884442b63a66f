/* Whether a provenance file proves what it says about an archive. Everything is read from the body
 * that librnp found signed, and nothing from the file around it.                             */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/chart_parts.h"
#include "indexer/format/index.h"
#include "indexer/format/provenance.h"

#define SEPARATOR "...\n"
#define LINE_MAX_BYTES (8u * PROVENANCE_MAX_BYTES)       /* escaped, a text has six times its bytes */

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

/* *ret_read: whether the text could be read. NOMEM. */
static enum err read_yaml(struct arena *a, struct str text, const char *name, const struct node **ret,
                          bool *ret_read, struct errinfo *e)
{
	struct yaml_options o = yaml_strict;
	o.name = name;
	enum err err = yaml_read(a, text, &o, ret, NULL);
	*ret_read = !err;
	return err == ERR_NOMEM ? ERR(e, NOMEM, "%s", name) : OK;
}

static enum provenance_verdict judge_stated(const struct node *stated, const struct sha256 *digest)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct str text = node_text(stated);
	sha256_hex(digest, hex);
	return str_starts(text, STR("sha256:")) && str_eq_c(str_from(text, sizeof "sha256:" - 1), hex)
	               ? PROVENANCE_GOOD : PROVENANCE_OTHER_BYTES;
}

static enum err judge_digest(struct arena *a, struct str text, const struct provenance_claim *claim,
                             enum provenance_verdict *ret, struct errinfo *e)
{
	const struct node *root = NULL, *stated = NULL;
	bool is_read;
	enum err err = read_yaml(a, text, "files", &root, &is_read, e);
	const struct node *files = node_get(root, "files");
	*ret = PROVENANCE_UNREADABLE;
	if (err || !is_read || !files || files->kind != NODE_MAP)
		return err;
	for (const struct node_item *i = files->items; i; i = i->next)
		if (str_eq(i->key, claim->file))
			stated = i->value;
	*ret = stated ? judge_stated(stated, claim->digest) : PROVENANCE_OTHER_FILE;
	return OK;
}

/* Metadata as Helm writes it again, so equal data are equal text. Helm 2 signed Chart.yaml alone: without the
 * requirements of a v1 chart, which stand beside it, and without an apiVersion that it does not state. */
static void put_metadata(struct sbuf *b, const struct chart_meta *m, const struct chart_meta *as_signed)
{
	static const struct sha256 none;
	struct chart_meta shown = *m;
	if (!m->api_version.n)
		shown.api_version = STR("v1");
	if (str_eq_c(shown.api_version, "v1") && !as_signed->dependency_count)
		shown.dependency_count = 0;
	index_line(b, &shown, STR(""), 0, &none);
}

static enum err judge_metadata(struct arena *a, struct str text, const struct provenance_claim *claim,
                               enum provenance_verdict *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf signed_line = sbuf_make(LINE_MAX_BYTES), line = sbuf_make(LINE_MAX_BYTES);
	const struct node *root = NULL;
	struct chart_meta meta = { .deprecated = false };
	bool is_read;
	enum err err = read_yaml(a, text, "Chart.yaml", &root, &is_read, e);
	*ret = PROVENANCE_UNREADABLE;
	if (err || !is_read)
		return err;
	err = chart_decode_meta(a, "Chart.yaml", root, &meta, NULL);
	if (err)
		return err == ERR_NOMEM ? ERR(e, NOMEM, "Chart.yaml") : OK;
	put_metadata(&signed_line, &meta, &meta);
	put_metadata(&line, claim->chart, &meta);
	if (!sbuf_ok(&signed_line) || !sbuf_ok(&line))
		return ERR(e, NOMEM, "Chart.yaml");
	*ret = str_eq(sbuf_str(&line), sbuf_str(&signed_line)) ? PROVENANCE_GOOD : PROVENANCE_OTHER_METADATA;
	return OK;
}

static enum err judge_body(struct arena *a, struct str body, const struct provenance_claim *claim,
                           enum provenance_verdict *ret, struct errinfo *e)
{
	struct str metadata, files;
	*ret = PROVENANCE_UNREADABLE;
	if (!split(body, &metadata, &files))
		return OK;
	enum err err = judge_digest(a, files, claim, ret, e);
	return err || *ret != PROVENANCE_GOOD ? err : judge_metadata(a, metadata, claim, ret, e);
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
		err = judge_body(a, result.signature.body, claim, &result.verdict, e);
	if (!err)
		*ret = result;
	return err;
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
