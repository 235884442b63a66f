/* Checksums of OpenPGP's armor: put where there is none, and nothing else is touched. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/format/armor.h"

/* The CRC-24 of "123456789" is 0x21cf02. */
#define DATA "MTIzNDU2Nzg5\n"
#define SUM "=Ic8C\n"
#define KEY "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
#define KEY_END "-----END PGP PUBLIC KEY BLOCK-----\n"
#define SIGNATURE "-----BEGIN PGP SIGNATURE-----\n"
#define SIGNATURE_END "-----END PGP SIGNATURE-----\n"
#define TEXT "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nname: a\n=ab\n"

static const struct row { const char *name, *text, *wanted; } rows[] = {     /* wanted NULL: as it was */
	{ "one that has it", KEY "\n" DATA SUM KEY_END, NULL },
	{ "one that has none", KEY "\n" DATA KEY_END, KEY "\n" DATA SUM KEY_END },
	{ "headers", KEY "Version: 1\nComment: =x\n\n" DATA KEY_END, KEY "Version: 1\nComment: =x\n\n" DATA SUM KEY_END },
	{ "padding", KEY "\nMTIzNDU2Nzg=\n" KEY_END, KEY "\nMTIzNDU2Nzg=\n=UZU8\n" KEY_END },
	{ "two lines", KEY "\nMTIz\nNDU2Nzg5\n" KEY_END, KEY "\nMTIz\nNDU2Nzg5\n" SUM KEY_END },
	{ "a carriage return", KEY "\r\nMTIzNDU2Nzg5\r\n-----END PGP PUBLIC KEY BLOCK-----\r\n",
	  KEY "\r\nMTIzNDU2Nzg5\r\n" SUM "-----END PGP PUBLIC KEY BLOCK-----\r\n" },
	{ "two blocks", KEY "\n" DATA KEY_END "between\n" KEY "\n" DATA SUM KEY_END,
	  KEY "\n" DATA SUM KEY_END "between\n" KEY "\n" DATA SUM KEY_END },
	{ "a signed text", TEXT SIGNATURE "\n" DATA SIGNATURE_END, TEXT SIGNATURE "\n" DATA SUM SIGNATURE_END },
	{ "no last line end", KEY "\n" DATA "-----END PGP PUBLIC KEY BLOCK-----",
	  KEY "\n" DATA SUM "-----END PGP PUBLIC KEY BLOCK-----" },
	{ "what is no Base64", KEY "\nMTIz*DU2\n" KEY_END, NULL },
	{ "padding that is missing", KEY "\nMTIzNDU2Nzg\n" KEY_END, NULL },
	{ "no end", KEY "\n" DATA, NULL },
	{ "no headers' end", KEY DATA KEY_END, NULL },
	{ "nothing", "", NULL },
	{ "bytes", "\x99\x01\x0d\n\xff", NULL },
};

static void complete(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct str got, wanted = str_c(row->wanted ? row->wanted : row->text);
	assert_int_equal(armor_complete(&a, str_c(row->text), &got, NULL), OK);
	if (!str_eq(got, wanted))
		fail_msg("%.*s", STR_ARG(got));
	assert_int_equal(armor_complete(&a, got, &got, NULL), OK);
	assert_true(str_eq(got, wanted));
}

/* 0x99: a public key. */
static const struct keys { const char *name, *bytes, *wanted; } keyrings[] = {
	{ "bytes", "\x99\x01\x0d\x04", KEY "\nmQENBA==\n=pFdJ\n" KEY_END },
	{ "text", KEY "\n" DATA KEY_END, KEY "\n" DATA KEY_END },
	{ "nothing", "", "" },
};

static void keyring(void **state)
{
	const struct keys *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct str got;
	assert_int_equal(armor_keyring(&a, str_c(row->bytes), &got, NULL), OK);
	if (!str_eq_c(got, row->wanted))
		fail_msg("%.*s", STR_ARG(got));
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("armor", complete, rows) + RUN_TABLE("keyring", keyring, keyrings);
}
