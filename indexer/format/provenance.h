/* Provenance files: which chart one is about, and whether its signature proves it. */
#pragma once

#include "indexer/base/hash.h"
#include "indexer/format/chart.h"
#include "indexer/format/openpgp.h"

/* ChartMuseum's idea of a .prov (chartmuseum.md §1.6): clear-signed, name: and version:.
 * PROVENANCE "invalid provenance file: <why>". Slices borrow from `text`; quotes are removed. File and
 * digest (64 lowercase hex digits) are empty when there is no files: section, which Helm always
 * writes and ChartMuseum does not ask for. The signature is not looked at.                   */
NODISCARD enum err provenance_parse(struct str text, struct str *ret_name, struct str *ret_version,
                                    struct str *ret_file, struct str *ret_digest_hex,
                                    struct errinfo *e);

/* What is to be proven: that this file with these bytes and this metadata was signed. */
struct provenance_claim {
	struct str file;                 /* "redis-1.0.0.tgz" */
	const struct sha256 *digest;
	const struct chart_meta *chart;  /* of the archive; v1 with its requirements, which Helm 2 did not sign */
};

#define PROVENANCE_VERDICTS(X) \
	X(GOOD,           "good",           "The signature is good, and it is for this file.") \
	X(NOT_SIGNED,     "",               "") /* see the signature's own verdict */ \
	X(OTHER_FILE,     "other_file",     "What was signed names no file of this name.") \
	X(OTHER_BYTES,    "other_bytes",    "What was signed states another digest for this file.") \
	X(OTHER_METADATA, "other_metadata", "What was signed has other metadata than the Chart.yaml inside.") \
	X(UNREADABLE,     "unreadable",     "What was signed is not a chart's metadata and a list of files.")

enum provenance_verdict {
#define X(name, word, sentence) PROVENANCE_##name,
	PROVENANCE_VERDICTS(X)
#undef X
};

struct provenance_result {
	enum provenance_verdict verdict;     /* GOOD: everything below is proven */
	struct openpgp_signature signature;
};

/* PROVENANCE: not a clear-signed text with one signature. NOMEM. Takes about a millisecond, with
 * RSA; texts are in the arena. A keyring serves one thread at a time (openpgp.h).            */
NODISCARD enum err provenance_verify(struct arena *a, struct str prov,
                                     struct openpgp_keyring *keyring,
                                     const struct provenance_claim *claim, int64_t now_s,
                                     struct provenance_result *ret, struct errinfo *e);

/* One word and one sentence for everything that a result can be: "good", "unknown_key", … Static. */
const char *provenance_word(const struct provenance_result *r);
const char *provenance_sentence(const struct provenance_result *r);
