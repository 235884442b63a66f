/* What is a keyring that everybody may see, and what is not. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/format/armor.h"
#include "indexer/format/keyring.h"

/* Of Signer <signer@example.org>, whose secret key was thrown away. */
#define BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
#define END "-----END PGP PUBLIC KEY BLOCK-----\n"
#define DATA "mDMEawEm3RYJKwYBBAHaRw8BAQdAjLMeVYff8/+/iJVMVXoP3aXgmUlK+fUz8VyD\n" \
	"mYNMiNS0G1NpZ25lciA8c2lnbmVyQGV4YW1wbGUub3JnPoiQBBMWCAA4FiEEhXcA\n" \
	"qJ0DCFK1hUA45hqkpHb8poUFAmsBJt0CGwMFCwkIBwIGFQoJCAsCBBYCAwECHgEC\n" \
	"F4AACgkQ5hqkpHb8poWnGgD+JydTZWygdAh3PbiREOL5vVVR8tyzaUz+DxfocU1E\n" \
	"EWEBAKbznEHnIxz2d0BFccKH0nrHMgeEb1Al4jsKECny4DkL\n"
#define KEY BEGIN "\n" DATA "=nWUN\n" END
#define PACKET "\x99\x00\x06" "abcdef"       /* a public key of the older format, and none that can be read */
#define NONE "not a keyring"
#define SECRET "the keyring has a secret key; gpg --export writes the public ones"

/* `why` NULL: none. */
static const struct text { const char *name, *text, *why; } texts[] = {
	{ "a key", KEY, NULL },
	{ "two", KEY "\n" KEY, NULL },
	{ "headers", BEGIN "Comment: of Ann\nVersion: 1\n\n" DATA "=nWUN\n" END, NULL },
	{ "no checksum", BEGIN "\n" DATA END, NULL },
	{ "empty lines around it", "\n" KEY "\n\n", NULL },
	{ "nothing", "", NONE },
	{ "lines alone", "\n\n", NONE },
	{ "a text", "hello\n", NONE },
	{ "a text behind", KEY "hello\n", NONE },
	{ "a text before", "hello\n" KEY, NONE },
	{ "a text instead of headers", BEGIN "hello\n\n" DATA END, NONE },
	{ "a signature", "-----BEGIN PGP SIGNATURE-----\n\n" DATA "-----END PGP SIGNATURE-----\n", NONE },
	{ "a signature behind", KEY "-----BEGIN PGP SIGNATURE-----\n\n" DATA "-----END PGP SIGNATURE-----\n", NONE },
	{ "a certificate", "-----BEGIN CERTIFICATE-----\n" DATA "-----END CERTIFICATE-----\n", NONE },
	{ "no end", BEGIN "\n" DATA, NONE },
	{ "an end of something else", BEGIN "\n" DATA "-----END PGP MESSAGE-----\n", NONE },
	{ "no data", BEGIN "\n" END, NONE },
	{ "no Base64", BEGIN "\nm*Me\n" END, NONE },
	{ "a secret key", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" DATA, SECRET },
	{ "one of PKCS #8", "-----BEGIN PRIVATE KEY-----\n" DATA, SECRET },
	{ "one of PKCS #1 behind", KEY "-----BEGIN RSA PRIVATE KEY-----\n" DATA, SECRET },
	{ "one of OpenSSH", "-----BEGIN OPENSSH PRIVATE KEY-----\n" DATA, SECRET },
};

static void text(void **state)
{
	const struct text *row = *state;
	struct errinfo e = { 0 };
	enum err err = keyring_check(str_c(row->text), &e);
	if (err != (row->why ? ERR_INVALID : OK) || (row->why && !strstr(e.detail, row->why)))
		fail_msg("%s: %s", err_code(err), e.detail);
	if (row->why && strncmp(e.detail, "keyring: ", 9) != 0)
		fail_msg("%s", e.detail);
}

/* As packets: `secret` counts wherever it stands, and librnp is not asked. */
#define ROW(name, bytes, public, secret) { name, { bytes, sizeof bytes - 1 }, public, secret }
static const struct packets { const char *name; struct str bytes; bool public, secret; } packets[] = {
	ROW("a public key", PACKET, true, false),
	ROW("of the newer format", "\xc6\x06" "abcdef", true, false),
	ROW("with a user, a signature and a subkey", PACKET "\xcd\x01u" "\xc2\x01s" "\xce\x01k", true, false),
	ROW("of two bytes of length", PACKET "\xcd\xc0\x00" "0123456789012345678901234567890123456789012345678901234567890"
	    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
	    "9012345678901234567890", true, false),
	ROW("of four bytes of length", PACKET "\xcd\xff\x00\x00\x00\x01u", true, false),
	ROW("a secret key", "\x95\x00\x06" "abcdef", false, true),
	ROW("one of the newer format", "\xc5\x06" "abcdef", false, true),
	ROW("one that is cut", "\x95\x00\xff" "abcdef", false, true),
	ROW("a secret key behind", PACKET "\x95\x00\x06" "abcdef", false, true),
	ROW("a secret subkey behind", PACKET "\x9d\x00\x06" "abcdef", false, true),
	ROW("a message behind", PACKET "\xcb\x01u", false, false),
	ROW("a signature alone", "\xc2\x01s", false, false),
	ROW("one that is cut", "\x99\x00\xff" "abcdef", false, false),
	ROW("a length that is cut", PACKET "\x99\x00", false, false),
	ROW("a length that is cut, of the newer format", PACKET "\xcd\xff\x00", false, false),
	ROW("a body without an end", "\x9b" "abcdef", false, false),
	ROW("a body in parts", PACKET "\xcd\xe0u\x00", false, false),
	ROW("bytes behind", PACKET "abc", false, false),
};

static void packet(void **state)
{
	const struct packets *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo e = { 0 };
	bool public = false;
	struct str keys;
	assert_int_equal(armor_keyring(&a, row->bytes, &keys, &e), OK);
	assert_int_equal(keyring_is_public(keys, &public, &e), OK);
	assert_int_equal(public, row->public);
	assert_int_equal(keyring_may_be_shown(keys), row->public);
	assert_int_equal(keyring_check(keys, &e), ERR_INVALID);
	assert_int_equal(strstr(e.detail, SECRET) != NULL, row->secret);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("keyring", text, texts) + RUN_TABLE("packets", packet, packets);
}
