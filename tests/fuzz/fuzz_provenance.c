/* Provenance files: whatever is done to one, only what was signed counts as signed. */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/format/armor.h"
#include "indexer/format/cleartext.h"
#include "indexer/format/keyring.h"
#include "indexer/format/provenance.h"

#define BODY "apiVersion: v2\nname: demo\nversion: 1.0.0\n\n...\nfiles:\n  demo-1.0.0.tgz: sha256:" \
	"0000000000000000000000000000000000000000000000000000000000000000\n"

/* Of Signer <signer@example.org>, whose secret key was thrown away. */
static const char key[] =
	"-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
	"\n"
	"mDMEawEm3RYJKwYBBAHaRw8BAQdAjLMeVYff8/+/iJVMVXoP3aXgmUlK+fUz8VyD\n"
	"mYNMiNS0G1NpZ25lciA8c2lnbmVyQGV4YW1wbGUub3JnPoiQBBMWCAA4FiEEhXcA\n"
	"qJ0DCFK1hUA45hqkpHb8poUFAmsBJt0CGwMFCwkIBwIGFQoJCAsCBBYCAwECHgEC\n"
	"F4AACgkQ5hqkpHb8poWnGgD+JydTZWygdAh3PbiREOL5vVVR8tyzaUz+DxfocU1E\n"
	"EWEBAKbznEHnIxz2d0BFccKH0nrHMgeEb1Al4jsKECny4DkL\n"
	"=nWUN\n"
	"-----END PGP PUBLIC KEY BLOCK-----\n";

static struct openpgp_keyring *keyring;
static const struct sha256 zeros;

static void try_verify(struct arena *a, struct str data)
{
	const struct chart_meta chart = { .api_version = STR("v2"), .name = STR("demo"),
	                                  .version = STR("1.0.0") };
	const struct provenance_claim claim = { STR("demo-1.0.0.tgz"), &zeros, &chart };
	struct provenance_result r;
	struct str framed;
	if (provenance_verify(a, data, keyring, &claim, 1795237697, &r, NULL))
		return;
	REQUIRE(cleartext_check(data, &framed, NULL) == OK);
	REQUIRE(provenance_word(&r)[0] && provenance_sentence(&r)[0]);
	if (r.signature.verdict != OPENPGP_GOOD) {
		REQUIRE(!r.signature.body.n && r.verdict == PROVENANCE_NOT_SIGNED);
		return;
	}
	AUTO_SBUF struct sbuf body = sbuf_make(PROVENANCE_MAX_BYTES);
	for (size_t i = 0; i < r.signature.body.n; i++)
		if (r.signature.body.p[i] != '\r')
			sbuf_putc(&body, r.signature.body.p[i]);
	REQUIRE(str_eq_c(sbuf_str(&body), BODY) && r.verdict == PROVENANCE_GOOD);
}

static void try_parse(struct str data)
{
	struct str name = { 0 }, version = { 0 }, file = { 0 }, digest = { 0 };
	if (provenance_parse(data, &name, &version, &file, &digest, NULL))
		REQUIRE(!name.p && !version.p && !file.p && !digest.p);
	else
		REQUIRE(name.n && version.n && digest.n == (file.n ? SHA256_HEX_BYTES : 0));
}

/* Armored or not, what is a keyring has no secret that librnp knows. */
static void try_keyring(struct str data)
{
	AUTO_ARENA struct arena a = { 0 };
	struct openpgp_keyring *k = NULL;
	struct str text = data;
	bool public = false;
	if (data.n > KIB || armor_keyring(&a, data, &text, NULL))
		return;
	REQUIRE(keyring_is_public(text, &public, NULL) == OK);
	REQUIRE(public || keyring_check(text, NULL) != OK);
	REQUIRE(!openpgp_keyring_new(text, &k, NULL) || keyring_check(text, NULL) != OK);
	openpgp_keyring_free(k);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	if (!keyring)
		REQUIRE(openpgp_keyring_new(str_c(key), &keyring, NULL) == OK);
	try_verify(&a, str_make(bytes, n));
	try_parse(str_make(bytes, n));
	try_keyring(str_make(bytes, n));
	return 0;
}
