/* Writing and reading signed notes. What is read is a stranger's: every line is looked at. */
#include "indexer/base/note.h"

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"

#define SIGNATURE_MARK "\xe2\x80\x94 "              /* an em dash and a space */
#define ED25519 1                                   /* Go's number of the algorithm */
#define KEY_BYTES (1 + SIGNING_PUBLIC_BYTES)
#define HASH_HEX_BYTES 8
/* The signatures of other algorithms may be longer; they are read to be passed over. */
#define SIGNATURE_MAX_BYTES 8192u

static bool may_be_in_name(uint32_t c)
{
	return c > ' ' && c != '+' && !(c >= 0x7f && c < 0xa0) && !utf8_is_space(c);
}

static bool name_is_good(struct str name)
{
	if (!name.n || name.n > NOTE_NAME_MAX_BYTES || !str_is_utf8(name))
		return false;
	while (name.n)
		if (!may_be_in_name(utf8_next(&name)))
			return false;
	return true;
}

static bool text_is_good(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' && text.p[i] != '\n')
			return false;
	return text.n <= NOTE_MAX_BYTES && str_ends(text, STR("\n")) && str_is_utf8(text);
}

/* ---- keys ---- */

/* What a key is written as: the algorithm and the key. */
struct written { char bytes[KEY_BYTES]; };

static struct written written_key(const struct signing_public *key)
{
	struct written w = { { ED25519 } };
	memcpy(w.bytes + 1, key->bytes, sizeof key->bytes);
	return w;
}

enum err note_verifier_make(struct str name, const struct signing_public *key,
                            struct note_verifier *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(NOTE_NAME_MAX_BYTES + 1 + KEY_BYTES);
	struct written w = written_key(key);
	struct sha256 hash;
	if (!name_is_good(name))
		return ERR(e, INVALID, "the name of a signing key is 1 to %u bytes without spaces and \"+\"",
		           NOTE_NAME_MAX_BYTES);
	sbuf_put(&b, name);
	sbuf_putc(&b, '\n');
	sbuf_put(&b, str_make(w.bytes, sizeof w.bytes));
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "signing key");
	enum err err = sha256_of(sbuf_str(&b), &hash, e);
	if (err)
		return err;
	*ret = (struct note_verifier){ .name = name, .key = *key };
	memcpy(ret->hash, hash.bytes, sizeof ret->hash);
	return OK;
}

void note_verifier_put(struct sbuf *b, const struct note_verifier *v)
{
	struct written w = written_key(&v->key);
	sbuf_put(b, v->name);
	sbuf_printf(b, "+%02x%02x%02x%02x+", v->hash[0], v->hash[1], v->hash[2], v->hash[3]);
	base64_put(b, str_make(w.bytes, sizeof w.bytes));
}

enum err note_verifier_parse(struct str text, struct note_verifier *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf again = sbuf_make(NOTE_MAX_BYTES);
	struct str rest = text, name = str_cut(&rest, '+', NULL), hash = str_cut(&rest, '+', NULL);
	struct signing_public key;
	struct note_verifier v;
	char bytes[KEY_BYTES];
	size_t n;
	if (hash.n != HASH_HEX_BYTES || !base64_read(rest, bytes, sizeof bytes, &n) ||
	    n != sizeof bytes || bytes[0] != ED25519)
		return ERR(e, INVALID, "not the text of an Ed25519 key (name+hash+key)");
	memcpy(key.bytes, bytes + 1, sizeof key.bytes);
	enum err err = note_verifier_make(name, &key, &v, e);
	if (err)
		return err;
	note_verifier_put(&again, &v);
	if (!str_eq(sbuf_str(&again), text))
		return sbuf_ok(&again) ? ERR(e, INVALID, "the hash of the key is not that of its name")
		                       : ERR(e, NOMEM, "signing key");
	*ret = v;
	return OK;
}

/* ---- notes ---- */

enum err note_sign(struct sbuf *b, struct str text, struct str name, const struct signing_key *key,
                   struct errinfo *e)
{
	struct signing_public public;
	struct note_verifier v;
	struct signature made;
	char signature[NOTE_KEY_HASH_BYTES + SIGNATURE_BYTES];
	if (!text_is_good(text))
		return ERR(e, INVALID, "a note is UTF-8 lines, each with its newline");
	enum err err = signing_key_public(key, &public, e);
	if (!err)
		err = note_verifier_make(name, &public, &v, e);
	if (!err)
		err = signing_key_sign(key, text, &made, e);
	if (err)
		return err;
	memcpy(signature, v.hash, sizeof v.hash);
	memcpy(signature + sizeof v.hash, made.bytes, sizeof made.bytes);
	sbuf_put(b, text);
	sbuf_puts(b, "\n" SIGNATURE_MARK);
	sbuf_put(b, name);
	sbuf_putc(b, ' ');
	base64_put(b, str_make(signature, sizeof signature));
	sbuf_putc(b, '\n');
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "note");
}

/* Between the last empty line and what stands before it, as Go does. */
static bool split(struct str note, struct str *ret_text, struct str *ret_signatures)
{
	for (size_t i = note.n; i-- > 1;) {
		if (note.p[i] != '\n' || note.p[i - 1] != '\n')
			continue;
		*ret_text = str_first(note, i);
		*ret_signatures = str_from(note, i + 1);
		return ret_signatures->n > 0;
	}
	return false;
}

/* One line: "— name base64". Behind the key's hash comes the signature. */
static bool take_line(struct str line, struct str *ret_name, char ret[SIGNATURE_MAX_BYTES],
                      size_t *ret_bytes)
{
	static const struct str mark = { SIGNATURE_MARK, sizeof SIGNATURE_MARK - 1 };
	if (!str_starts(line, mark))
		return false;
	line = str_from(line, mark.n);
	*ret_name = str_cut(&line, ' ', NULL);
	return name_is_good(*ret_name) && base64_read(line, ret, SIGNATURE_MAX_BYTES, ret_bytes) &&
	       *ret_bytes > NOTE_KEY_HASH_BYTES;
}

enum err note_signer_next(struct str *lines, struct note_signer *ret, struct errinfo *e)
{
	char bytes[SIGNATURE_MAX_BYTES];
	struct note_signer signer;
	size_t n;
	bool whole;
	if (!take_line(str_cut(lines, '\n', &whole), &signer.name, bytes, &n) || !whole)
		return ERR(e, INVALID, "not a signature of a note");
	memcpy(signer.hash, bytes, sizeof signer.hash);
	*ret = signer;
	return OK;
}

enum verdict { MALFORMED, ANOTHERS, WRONG, GOOD };

static enum verdict judge(struct str line, struct str text, const struct note_verifier *v)
{
	char bytes[SIGNATURE_MAX_BYTES];
	struct signature signature;
	struct str name;
	size_t n;
	if (!take_line(line, &name, bytes, &n))
		return MALFORMED;
	if (!str_eq(name, v->name) || memcmp(bytes, v->hash, sizeof v->hash) != 0)
		return ANOTHERS;
	if (n != NOTE_KEY_HASH_BYTES + sizeof signature.bytes)
		return WRONG;
	memcpy(signature.bytes, bytes + NOTE_KEY_HASH_BYTES, sizeof signature.bytes);
	return signature_is_good(&v->key, text, &signature) ? GOOD : WRONG;
}

enum err note_open(struct str note, const struct note_verifier *v, struct str *ret_text,
                   struct errinfo *e)
{
	struct str text, lines;
	bool good = false;
	if (!text_is_good(note) || !split(note, &text, &lines))
		return ERR(e, INVALID, "not a signed note");
	for (size_t count = 1; lines.n; count++) {
		enum verdict verdict = judge(str_cut(&lines, '\n', NULL), text, v);
		if (verdict == MALFORMED || count > NOTE_SIGNATURES_MAX)
			return ERR(e, INVALID, "not a signed note: signature %zu is malformed", count);
		if (verdict == WRONG)
			return ERR(e, INVALID, "the signature by %.*s is wrong", STR_ARG(v->name));
		good = good || verdict == GOOD;
	}
	if (!good)
		return ERR(e, INVALID, "the note has no signature by %.*s", STR_ARG(v->name));
	*ret_text = text;
	return OK;
}
