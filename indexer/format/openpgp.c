/* Asking librnp about a signature, and not believing it more than needed.
 *
 * librnp follows the time a signature itself states when it judges how weak a hash is, tells a
 * signature by a key that has expired since from a good one only when asked, and writes to stderr
 * whatever it thinks of its input. So the hashes and keys that are strong enough are listed here,
 * keys are asked how long they are valid, and librnp runs between quiet_begin and quiet_end. */
#include "indexer/format/openpgp.h"

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/armor.h"
#include "indexer/format/cleartext.h"
#include "indexer/format/openpgp_quiet.h"

/* ---- keyrings ---- */

/* A struct openpgp_keyring is an rnp_ffi_t. */
static rnp_ffi_t ffi_of(struct openpgp_keyring *k) { return (rnp_ffi_t)k; }

static enum err load(rnp_ffi_t ffi, struct str data, struct errinfo *e)
{
	rnp_input_t input = NULL;
	size_t public = 0, secret = 0;
	if (rnp_input_from_memory(&input, (const uint8_t *)data.p, data.n, false))
		return ERR(e, NOMEM, "keyring");
	rnp_result_t rc = rnp_load_keys(ffi, "GPG", input,
	                                RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_SECRET_KEYS);
	rnp_input_destroy(input);
	if (rc == RNP_ERROR_OUT_OF_MEMORY)
		return ERR(e, NOMEM, "keyring");
	if (rc || rnp_get_public_key_count(ffi, &public) || rnp_get_secret_key_count(ffi, &secret))
		return ERR(e, INVALID, "not a keyring of OpenPGP keys; gpg --export writes one");
	if (secret)
		return ERR(e, INVALID, OPENPGP_SECRET_SENTENCE);
	if (!public || public > OPENPGP_KEYS_MAX)
		return ERR(e, INVALID, "the keyring has %zu keys; it must have 1 to %u", public,
		           OPENPGP_KEYS_MAX);
	return OK;
}

/* librnp takes an empty line behind the last block for a key that it cannot read. */
static struct str without_end(struct str data)
{
	bool text = data.n && !((unsigned char)data.p[0] & 0x80);
	while (text && data.n && strchr(" \t\r\n", data.p[data.n - 1]))
		data.n--;
	return data;
}

enum err openpgp_keyring_new(struct str data, struct openpgp_keyring **ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	rnp_ffi_t ffi = NULL;
	if (!data.n || data.n > OPENPGP_KEYRING_MAX_BYTES)
		return ERR(e, INVALID, "the keyring has %zu bytes; it must have 1 to %u", data.n,
		           OPENPGP_KEYRING_MAX_BYTES);
	enum err err = armor_complete(&a, without_end(data), &data, e);
	if (err)
		return err;
	quiet_begin();
	err = rnp_ffi_create(&ffi, "GPG", "GPG") ? ERR(e, NOMEM, "keyring") : load(ffi, data, e);
	if (err)
		(void)rnp_ffi_destroy(ffi);
	quiet_end();
	if (!err)
		*ret = (struct openpgp_keyring *)ffi;
	return err;
}

/* What librnp took for the stream when it began it would otherwise close. */
void openpgp_keyring_free(struct openpgp_keyring *k)
{
	quiet_begin();
	(void)rnp_ffi_destroy(ffi_of(k));
	quiet_end();
}

size_t openpgp_keyring_count(struct openpgp_keyring *k)
{
	size_t n;
	return rnp_get_public_key_count(ffi_of(k), &n) ? 0 : n;
}

/* ---- keys ---- */

static const struct { const char *word, *sentence; } verdicts[] = {
#define X(name, word, sentence) { word, sentence },
	OPENPGP_VERDICTS(X)
#undef X
};

const char *openpgp_verdict_word(enum openpgp_verdict v) { return verdicts[v].word; }
const char *openpgp_verdict_sentence(enum openpgp_verdict v) { return verdicts[v].sentence; }

/* Takes librnp's text over, if it gave one. */
static bool take_text(struct arena *a, rnp_result_t rc, char *text, struct str *ret)
{
	if (rc || !text)
		return true;
	bool kept = arena_str(a, str_c(text), ret);
	rnp_buffer_destroy(text);
	return kept;
}

struct signer {
	rnp_key_handle_t key, primary;   /* the same for a signature by the primary key itself */
};

static void signer_done(struct signer *s)
{
	if (s->primary != s->key)
		(void)rnp_key_handle_destroy(s->primary);
	(void)rnp_key_handle_destroy(s->key);
}

/* Without a primary key, as of a subkey that came alone, there is no signer. */
static void find_signer(rnp_ffi_t ffi, rnp_op_verify_signature_t of, struct signer *ret)
{
	struct signer s = { NULL, NULL };
	bool is_primary = false;
	char *fingerprint = NULL;
	if (rnp_op_verify_signature_get_key(of, &s.key) || !s.key)
		return;
	if (rnp_key_is_primary(s.key, &is_primary) == RNP_SUCCESS && is_primary)
		s.primary = s.key;
	else if (rnp_key_get_primary_fprint(s.key, &fingerprint) == RNP_SUCCESS && fingerprint)
		(void)rnp_locate_key(ffi, "fingerprint", fingerprint, &s.primary);
	rnp_buffer_destroy(fingerprint);
	if (s.primary)
		*ret = s;
	else
		signer_done(&s);
}

static bool is_revoked(rnp_key_handle_t key)
{
	bool revoked = true;
	return rnp_key_is_revoked(key, &revoked) || revoked;
}

/* How long the key is valid, with its primary key and all revocations; 0: it never was. */
static uint64_t valid_until(rnp_key_handle_t key)
{
	uint64_t until = 0;
	return rnp_key_valid_till64(key, &until) ? 0 : until;
}

/* Whether librnp's text is one of the words, which is then freed. */
static bool is_word(rnp_result_t rc, char *text, const char *words)
{
	struct str rest = str_c(words);
	bool found = false;
	if (rc || !text)
		return false;
	while (!found && rest.n)
		found = str_eq_nocase(str_cut(&rest, ' ', NULL), str_c(text));
	rnp_buffer_destroy(text);
	return found;
}

static bool algorithm_is(rnp_key_handle_t key, const char *words)
{
	char *algorithm = NULL;
	rnp_result_t rc = rnp_key_get_alg(key, &algorithm);
	return is_word(rc, algorithm, words);
}

static bool is_strong(rnp_op_verify_signature_t signature, rnp_key_handle_t key)
{
	char *hash = NULL;
	uint32_t bits = 0;
	rnp_result_t rc = rnp_op_verify_signature_get_hash(signature, &hash);
	if (!is_word(rc, hash, "SHA256 SHA384 SHA512 SHA3-256 SHA3-512") || !valid_until(key))
		return false;
	if (algorithm_is(key, "RSA"))
		return rnp_key_get_bits(key, &bits) == RNP_SUCCESS && bits >= OPENPGP_RSA_MIN_BITS;
	return algorithm_is(key, "EDDSA ECDSA");
}

/* ---- signatures ---- */

/* Over a text and not over a key, and by a key that may sign texts. */
static bool is_for_texts(rnp_signature_handle_t handle, rnp_key_handle_t key)
{
	char *type = NULL;
	bool may = false;
	rnp_result_t rc = rnp_signature_get_type(handle, &type);
	return is_word(rc, type, "text") &&
	       rnp_key_allows_usage(key, "sign", &may) == RNP_SUCCESS && may;
}

static enum openpgp_verdict judge(rnp_op_verify_signature_t signature,
                                  rnp_signature_handle_t handle, const struct signer *s,
                                  int64_t now_s)
{
	rnp_result_t status = rnp_op_verify_signature_get_status(signature);
	if (!s->key)
		return OPENPGP_UNKNOWN_KEY;
	if (is_revoked(s->key) || is_revoked(s->primary))
		return OPENPGP_REVOKED;
	uint64_t until = valid_until(s->key);
	if (status == RNP_ERROR_SIGNATURE_EXPIRED || now_s < 0 || (until && until < (uint64_t)now_s))
		return OPENPGP_EXPIRED;
	if (!is_strong(signature, s->key))
		return OPENPGP_WEAK;
	return status == RNP_SUCCESS && is_for_texts(handle, s->key) ? OPENPGP_GOOD : OPENPGP_BAD;
}

/* Who signed: by the key where it is known, else as the signature says. */
static bool describe(struct arena *a, rnp_signature_handle_t handle, const struct signer *s,
                     struct openpgp_signature *ret)
{
	char *text = NULL;
	uint32_t created = 0;
	rnp_result_t rc = rnp_signature_get_keyid(handle, &text);
	if (!take_text(a, rc, text, &ret->key_id))
		return false;
	(void)rnp_signature_get_creation(handle, &created);
	ret->signed_at = created;
	if (!s->primary)
		return true;
	rc = rnp_key_get_fprint(s->primary, &text);
	if (!take_text(a, rc, text, &ret->fingerprint))
		return false;
	rc = rnp_key_get_primary_uid(s->primary, &text);
	return take_text(a, rc, text, &ret->user_id);
}

static enum err read_signature(struct arena *a, rnp_ffi_t ffi, rnp_op_verify_t op, int64_t now_s,
                               struct openpgp_signature *ret, struct errinfo *e)
{
	rnp_op_verify_signature_t signature;
	rnp_signature_handle_t handle = NULL;
	struct signer s = { NULL, NULL };
	size_t count = 0;
	(void)rnp_op_verify_get_signature_count(op, &count);
	if (count != 1)
		return ERR(e, PROVENANCE, "invalid provenance file: it has %zu signatures that can be read,"
		           " not one", count);
	if (rnp_op_verify_get_signature_at(op, 0, &signature) ||
	    rnp_op_verify_signature_get_handle(signature, &handle))
		return ERR(e, NOMEM, "signature");
	find_signer(ffi, signature, &s);
	ret->verdict = judge(signature, handle, &s, now_s);
	bool described = describe(a, handle, &s, ret);
	signer_done(&s);
	(void)rnp_signature_handle_destroy(handle);
	return described ? OK : ERR(e, NOMEM, "signature");
}

static enum err verify(struct arena *a, rnp_ffi_t ffi, struct str text, int64_t now_s,
                       struct openpgp_signature *ret, struct errinfo *e)
{
	struct openpgp_signature found = { .verdict = OPENPGP_BAD };
	rnp_input_t input = NULL;
	rnp_output_t output = NULL;
	rnp_op_verify_t op = NULL;
	uint8_t *body = NULL;
	size_t n = 0;
	enum err err = OK;
	if (rnp_set_timestamp(ffi, now_s > 0 ? (uint64_t)now_s : 0) ||
	    rnp_input_from_memory(&input, (const uint8_t *)text.p, text.n, false) ||
	    rnp_output_to_memory(&output, PROVENANCE_MAX_BYTES) ||
	    rnp_op_verify_create(&op, ffi, input, output))
		err = ERR(e, NOMEM, "signature");
	if (!err) {
		/* What else it says is said again by each signature's status. */
		err = rnp_op_verify_execute(op) == RNP_ERROR_OUT_OF_MEMORY
		              ? ERR(e, NOMEM, "signature") : read_signature(a, ffi, op, now_s, &found, e);
	}
	if (!err && found.verdict == OPENPGP_GOOD &&
	    (rnp_output_memory_get_buf(output, &body, &n, false) ||
	     !arena_str(a, str_make(body, n), &found.body)))
		err = ERR(e, NOMEM, "signature");
	(void)rnp_op_verify_destroy(op);
	(void)rnp_output_destroy(output);
	(void)rnp_input_destroy(input);
	if (!err)
		*ret = found;
	return err;
}

enum err openpgp_verify_cleartext(struct arena *a, struct openpgp_keyring *k, struct str text,
                                  int64_t now_s, struct openpgp_signature *ret, struct errinfo *e)
{
	enum err err = cleartext_check(text, &text, e);
	if (!err)
		err = armor_complete(a, text, &text, e);
	if (err)
		return err;
	quiet_begin();
	err = verify(a, ffi_of(k), text, now_s, ret, e);
	quiet_end();
	return err;
}
