/* Armor is taken off and the kinds of packets are looked at here, because librnp passes over what it does not
 * understand, and a secret key of a kind that is too new for it would be passed over too.    */
#include "indexer/format/keyring.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/format/openpgp.h"

#define BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----"
#define END "-----END PGP PUBLIC KEY BLOCK-----"

static enum err is_none(struct errinfo *e)
{
	return ERR(e, INVALID, "keyring: not a keyring of OpenPGP keys alone; gpg --export writes one");
}

static enum err is_secret(struct errinfo *e) { return ERR(e, INVALID, "keyring: " OPENPGP_SECRET_SENTENCE); }

/* ---- packets (RFC 9580 §4.2, §5) ---- */

enum tag {
	SIGNATURE = 2, SECRET_KEY = 5, PUBLIC_KEY = 6, SECRET_SUBKEY = 7, MARKER = 10, TRUST = 12, USER_ID = 13,
	PUBLIC_SUBKEY = 14, USER_ATTRIBUTE = 17, PADDING = 21
};
#define OF_A_KEY (1u << SIGNATURE | 1u << PUBLIC_KEY | 1u << MARKER | 1u << TRUST | 1u << USER_ID | \
                  1u << PUBLIC_SUBKEY | 1u << USER_ATTRIBUTE | 1u << PADDING)

/* The length of a packet's body, in `n` bytes. */
static bool take_length(struct str *rest, size_t n, size_t *ret)
{
	size_t length = 0;
	if (rest->n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		length = length << 8 | (unsigned char)rest->p[i];
	*rest = str_from(*rest, n);
	*ret = length;
	return true;
}

/* Of the newer format. Bodies in parts are of data, and keys have none. */
static bool take_new_length(struct str *rest, size_t *ret)
{
	size_t first, second = 0;
	if (!take_length(rest, 1, &first))
		return false;
	*ret = first;
	if (first < 192)
		return true;
	if (first == 255)
		return take_length(rest, 4, ret);
	bool good = first < 224 && take_length(rest, 1, &second);
	*ret = (first - 192) * 256 + second + 192;
	return good;
}

static bool take_packet(struct str *rest, unsigned *ret_tag)
{
	unsigned head = (unsigned char)rest->p[0];
	bool newer = head & 0x40;
	size_t length = 0;
	if (!(head & 0x80))
		return false;
	*ret_tag = newer ? head & 0x3f : head >> 2 & 0xf;
	*rest = str_from(*rest, 1);
	bool good = newer ? take_new_length(rest, &length)
	                  : (head & 3) != 3 && take_length(rest, (size_t)1 << (head & 3), &length);
	good = good && length <= rest->n;
	*rest = str_from(*rest, good ? length : rest->n);
	return good;
}

static enum err check_packets(struct str packets, struct errinfo *e)
{
	bool good = packets.n;
	unsigned keys = 0;
	for (unsigned tag = 0; packets.n && good;) {
		good = take_packet(&packets, &tag);
		if (tag == SECRET_KEY || tag == SECRET_SUBKEY)
			return is_secret(e);
		keys += tag == PUBLIC_KEY;
		good = good && keys && tag < 32 && OF_A_KEY >> tag & 1;
	}
	return good ? OK : is_none(e);
}

/* ---- armor ---- */

struct block { bool inside, in_data; struct sbuf base64; unsigned char *packets; size_t n, room; };

/* A block is a run of Base64 of its own, which may end with padding. */
static bool end_block(struct block *b)
{
	size_t n = 0;
	if (!sbuf_ok(&b->base64))
		return false;
	bool good = base64_read(sbuf_str(&b->base64), b->packets + b->n, b->room - b->n, &n) && n;
	b->n += n;
	sbuf_reset(&b->base64);
	b->inside = b->in_data = false;
	return good;
}

/* False: it is no line of public keys. */
static bool take_line(struct block *b, struct str line)
{
	if (!b->inside) {
		b->inside = str_eq_c(line, BEGIN);
		return b->inside || !line.n;
	}
	if (str_eq_c(line, END))
		return end_block(b);
	if (!b->in_data) {
		b->in_data = !line.n;
		return !line.n || str_has(line, ':');
	}
	if (!str_starts(line, STR("=")))     /* the checksum is librnp's to compare */
		sbuf_put(&b->base64, line);
	return !str_starts(line, STR("-"));
}

static enum err check_text(struct str keys, struct errinfo *e)
{
	struct block b = { .base64 = sbuf_make(keys.n + 1), .packets = malloc(keys.n + 1), .room = keys.n + 1 };
	bool good = b.packets;
	struct str rest = keys;
	while (good && rest.n)
		good = take_line(&b, str_trim(str_cut_line(&rest)));
	enum err err = !b.packets || !sbuf_ok(&b.base64) ? ERR(e, NOMEM, "keyring")
	               : !good || b.inside ? is_none(e) : check_packets(str_make(b.packets, b.n), e);
	sbuf_done(&b.base64);
	free(b.packets);
	return err;
}

/* Of OpenPGP, of OpenSSH, in PKCS #8 and older ones. */
static bool says_private(struct str keys)
{
	static const char words[] = " PRIVATE KEY";
	return memmem(keys.p, keys.n, words, sizeof words - 1) != NULL;
}

enum err keyring_check(struct str keys, struct errinfo *e)
{
	struct openpgp_keyring *k = NULL;
	if (says_private(keys))
		return is_secret(e);
	enum err err = check_text(keys, e);
	if (err)
		return err;
	err = openpgp_keyring_new(keys, &k, e);
	if (err == ERR_INVALID)
		err_prefix(e, "keyring");
	openpgp_keyring_free(k);
	return err;
}

enum err keyring_is_public(struct str keys, bool *ret, struct errinfo *e)
{
	enum err err = says_private(keys) ? ERR_INVALID : check_text(keys, e);
	if (err && err != ERR_INVALID)
		return err;
	*ret = !err;
	return OK;
}

bool keyring_may_be_shown(struct str keys)
{
	bool public = false;
	return !keys.n || (!keyring_is_public(keys, &public, NULL) && public);
}
