/* Listing keys, signing with ours, and verifying what others signed. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/bundle.h"
#include "indexer/bundle/keys_impl.h"

#define DIGEST_LINE_BYTES (SHA256_HEX_BYTES + 1)
#define NAMES_SHOWN_BYTES 300u

static int by_name(const void *a, const void *b)
{
	const struct bundle_key *x = a, *y = b;
	if (x->trusted != y->trusted)
		return x->trusted ? 1 : -1;
	if (x->is_current != y->is_current)
		return x->is_current ? -1 : 1;
	int order = str_cmp(x->key.name, y->key.name);
	return order ? order : memcmp(x->key.hash, y->key.hash, sizeof x->key.hash);
}

enum err keys_list(struct datadir *d, struct arena *a, struct bundle_key **ret, size_t *ret_count,
                   struct errinfo *e)
{
	struct key_files files;
	enum err err = key_files_read(d, a, &files, e);
	if (err)
		return err;
	struct bundle_key *keys = arena_array(a, files.count + 1, sizeof *keys);
	if (!keys)
		return ERR(e, NOMEM, "signing keys");
	for (size_t i = 0; i < files.count; i++)
		keys[i] = files.p[i].key;
	qsort(keys, files.count, sizeof *keys, by_name);
	*ret = keys;
	*ret_count = files.count;
	return OK;
}

static bool counts(const struct bundle_key *key, int64_t now_ns)
{
	return !key->until_ns || now_ns < key->until_ns;
}

/* ---- signing ---- */

/* The line alone, of the note that it would make of the text. */
static enum err sign_one(int dir, const struct bundle_key *key, struct str text, struct sbuf *lines,
                         struct errinfo *e)
{
	AUTO_SBUF struct sbuf note = sbuf_make(BUNDLE_HEAD_MAX_BYTES + BUNDLE_SIGNATURES_MAX_BYTES);
	char name[KEY_FILE_NAME_BYTES];
	struct signing_key *private = NULL;
	key_other_name(&key->key, ".key", name);
	enum err err = signing_key_load(dir, key->is_current ? KEYS_PRIVATE : name, &private, e);
	if (!err)
		err = note_sign(&note, text, key->key.name, private, e);
	signing_key_free(private);
	if (!err)
		sbuf_put(lines, str_from(sbuf_str(&note), text.n + 1));
	return err;
}

static enum err put_digest(struct sbuf *lines, size_t from, struct errinfo *e)
{
	struct sha256 digest;
	char hex[SHA256_HEX_BYTES + 1];
	enum err err = sha256_of(str_from(sbuf_str(lines), from), &digest, e);
	if (err)
		return err;
	sha256_hex(&digest, hex);
	sbuf_puts(lines, hex);
	sbuf_putc(lines, '\n');
	return sbuf_ok(lines) ? OK : ERR(e, NOMEM, BUNDLE_SIGNATURES);
}

static enum err nobody_signs(const struct bundle_key *over, struct errinfo *e)
{
	char since[RFC3339_MAX_BYTES];
	if (!over)
		return ERR(e, NOT_FOUND, "there is no key to sign bundles with: `chartlocker keys generate`"
		           " makes one");
	(void)clock_format(over->until_ns, since);
	return ERR(e, NOT_FOUND, "the key %.*s is over since %s: `chartlocker keys rotate` makes the next one",
	           STR_ARG(over->key.name), since);
}

enum err keys_sign(struct datadir *d, struct str text, int64_t now_ns, struct sbuf *lines,
                   struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FD int dir = -1;
	struct bundle_key *keys;
	const struct bundle_key *over = NULL;
	size_t count = 0, from = lines->n;
	enum err err = keys_list(d, &a, &keys, &count, e);
	if (!err && count)
		err = fs_open_dir(datadir_fd(d), KEYS_FOLDER, &dir, e);
	for (size_t i = 0; i < count && !err; i++) {
		if (!keys[i].has_private)
			continue;
		if (counts(&keys[i], now_ns))
			err = sign_one(dir, &keys[i], text, lines, e);
		else
			over = over ?: &keys[i];
	}
	if (err)
		return err;
	if (!sbuf_ok(lines))
		return ERR(e, NOMEM, BUNDLE_SIGNATURES);
	return lines->n == from ? nobody_signs(over, e) : put_digest(lines, from, e);
}

/* ---- verifying ---- */

/* Without the last line, when it is the digest of those before. */
static enum err take_lines(struct str lines, struct str *ret, struct errinfo *e)
{
	struct sha256 said, digest;
	struct str before = str_first(lines, lines.n < DIGEST_LINE_BYTES ? 0 : lines.n - DIGEST_LINE_BYTES);
	struct str last = str_from(lines, before.n);
	enum err err = sha256_of(before, &digest, e);
	if (err)
		return err;
	if (!str_ends(last, STR("\n")) || !sha256_parse(str_first(last, last.n - 1), &said) ||
	    !sha256_eq(&said, &digest))
		return ERR(e, SIGNATURE, BUNDLE_SIGNATURES " is damaged");
	if (!before.n)
		return ERR(e, SIGNATURE, "nobody signed this bundle");
	*ret = before;
	return OK;
}

struct verifying {
	struct sbuf note;
	struct str text, lines;
	int64_t now_ns;
	struct bundle_key *keys;         /* those that signed it come first */
	size_t count, good;
	const struct bundle_key *over;
};

static bool is_by(const struct note_signer *s, const struct note_verifier *v)
{
	return str_eq(s->name, v->name) && memcmp(s->hash, v->hash, sizeof s->hash) == 0;
}

static enum err verify_one(struct verifying *v, size_t at, struct errinfo *e)
{
	const struct bundle_key *key = &v->keys[at];
	struct str text = { 0 }, lines = v->lines;
	struct note_signer signer;
	bool signed_it = false;
	while (lines.n && !signed_it) {
		if (note_signer_next(&lines, &signer, e) != OK)
			return ERR(e, SIGNATURE, BUNDLE_SIGNATURES " is damaged");
		signed_it = is_by(&signer, &key->key);
	}
	if (!signed_it || !key->trusted)
		return OK;
	if (note_open(sbuf_str(&v->note), &key->key, &text, e) != OK || !str_eq(text, v->text))
		return ERR(e, SIGNATURE, "the signature by %.*s is wrong: " BUNDLE_HEAD " or "
		           BUNDLE_SIGNATURES " is not what was signed", STR_ARG(key->key.name));
	if (!counts(key, v->now_ns)) {
		v->over = key;
		return OK;
	}
	struct bundle_key good = *key;
	v->keys[v->good++] = good;
	return OK;
}

static enum err unknown(const struct verifying *v, struct errinfo *e)
{
	AUTO_SBUF struct sbuf names = sbuf_make(NAMES_SHOWN_BYTES);
	struct str lines = v->lines;
	struct note_signer s;
	char hash[KEY_HASH_HEX_BYTES + 1];
	while (lines.n) {
		if (note_signer_next(&lines, &s, e) != OK)
			return ERR(e, SIGNATURE, BUNDLE_SIGNATURES " is damaged");
		key_hash_hex(s.hash, hash);
		if (names.n + s.name.n + 2 * KEY_HASH_HEX_BYTES < NAMES_SHOWN_BYTES)
			sbuf_printf(&names, "%s%.*s+%s", names.n ? ", " : "", STR_ARG(s.name), hash);
	}
	return ERR(e, SIGNATURE, "signed by %.*s, which is not trusted here: `chartlocker keys trust` takes"
	           " the bundle.pub of whoever made it", STR_ARG(sbuf_str(&names)));
}

static enum err nobody(const struct verifying *v, struct errinfo *e)
{
	char since[RFC3339_MAX_BYTES];
	if (!v->over)
		return unknown(v, e);
	(void)clock_format(v->over->until_ns, since);
	return ERR(e, SIGNATURE, "the key %.*s that signed it is over since %s: trust the one that came after"
	           " it", STR_ARG(v->over->key.name), since);
}

static enum err verify(struct verifying *v, struct errinfo *e)
{
	if (v->text.n > BUNDLE_HEAD_MAX_BYTES || v->lines.n > BUNDLE_SIGNATURES_MAX_BYTES)
		return ERR(e, SIGNATURE, BUNDLE_HEAD " and " BUNDLE_SIGNATURES " are too large");
	sbuf_put(&v->note, v->text);
	sbuf_putc(&v->note, '\n');
	sbuf_put(&v->note, v->lines);
	if (!sbuf_ok(&v->note))
		return ERR(e, NOMEM, BUNDLE_SIGNATURES);
	for (size_t i = 0; i < v->count; i++) {
		enum err err = verify_one(v, i, e);
		if (err)
			return err;
	}
	return v->good ? OK : nobody(v, e);
}

enum err keys_verify(struct datadir *d, struct arena *a, struct str text, struct str lines,
                     int64_t now_ns, struct bundle_key **ret, size_t *ret_count, struct errinfo *e)
{
	struct verifying v = { .text = text, .now_ns = now_ns };
	enum err err = take_lines(lines, &v.lines, e);
	if (!err)
		err = keys_list(d, a, &v.keys, &v.count, e);
	v.note = sbuf_make(BUNDLE_HEAD_MAX_BYTES + BUNDLE_SIGNATURES_MAX_BYTES + 1);
	if (!err)
		err = verify(&v, e);
	sbuf_done(&v.note);
	if (err)
		return err;
	*ret = v.keys;
	*ret_count = v.good;
	return OK;
}
