/* Provenance files: what is taken for one, and what is read from it. */
#include "table.h"

#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"
#include "indexer/format/provenance.h"

#define HEX "c6841b3a895f1444a6738b5d04564a57e860ce42f8519c3be807fb6d9bee7888"
#define BEGIN "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
#define END "-----BEGIN PGP SIGNATURE-----\n\nname: x\n-----END PGP SIGNATURE-----\n"
#define META "apiVersion: v1\nname: hashtest\nversion: 1.2.3\n"
#define FILES "\n...\nfiles:\n  hashtest-1.2.3.tgz: sha256:" HEX "\n"
#define NO_DIGEST "invalid provenance file: no file name and SHA-256 digest under \"files:\""
#define NO_BEGIN "invalid provenance file: it does not begin with -----BEGIN PGP SIGNED MESSAGE-----"
#define NO_NAME "invalid provenance file: no line begins with \"name: \""
#define NO_VERSION "invalid provenance file: no line begins with \"version: \""

static const struct {
	const char *text;
	const char *name, *version, *file, *digest;     /* name NULL: refused, and why */
	const char *detail;
} table[] = {
	{ BEGIN META FILES END, "hashtest", "1.2.3", "hashtest-1.2.3.tgz", HEX, "" },
	{ BEGIN META FILES, "hashtest", "1.2.3", "hashtest-1.2.3.tgz", HEX, "" },
	{ BEGIN META END, "hashtest", "1.2.3", "", "", "" },
	{ BEGIN "version: 1\nname: a\n", "a", "1", "", "", "" },
	{ BEGIN "name: a\nversion: 1", "a", "1", "", "", "" },
	{ BEGIN "name: \"a\"\nversion: '1.0'\n", "a", "1.0", "", "", "" },
	{ BEGIN "name:   a  \r\nversion: 1\r\nfiles:\r\n  a-1.tgz: sha256:" HEX "\r\n",
	  "a", "1", "a-1.tgz", HEX, "" },
	{ BEGIN "name: a b\nversion: 1\nfiles:\n  \"a b-1.tgz\": 'sha256:" HEX "'\n",
	  "a b", "1", "a b-1.tgz", HEX, "" },
	{ BEGIN META "files:\n  ? long.tgz\n  : sha256:" HEX "\n",
	  "hashtest", "1.2.3", "long.tgz", HEX, "" },
	/* a dependency's name, an indented key and what follows the first do not count */
	{ BEGIN "dependencies:\n- - name: dep\n  version: 9\n  name: dep\n" META "name: second\n",
	  "hashtest", "1.2.3", "", "", "" },
	{ BEGIN "description: |\n  files:\n    - x\n" META, "hashtest", "1.2.3", "", "", "" },

	{ "", NULL, NULL, NULL, NULL, NO_BEGIN },
	{ "<html>", NULL, NULL, NULL, NULL, NO_BEGIN },
	{ META FILES, NULL, NULL, NULL, NULL, NO_BEGIN },
	{ "\n" BEGIN META, NULL, NULL, NULL, NULL, NO_BEGIN },
	{ "-----BEGIN PGP MESSAGE-----\n" META, NULL, NULL, NULL, NULL, NO_BEGIN },
	{ BEGIN, NULL, NULL, NULL, NULL, NO_NAME },
	{ BEGIN END, NULL, NULL, NULL, NULL, NO_NAME },
	{ BEGIN "name: a\n" END, NULL, NULL, NULL, NULL, NO_VERSION },
	{ BEGIN "version: 1\n" END, NULL, NULL, NULL, NULL, NO_NAME },
	{ BEGIN "name:a\nversion: 1\n", NULL, NULL, NULL, NULL, NO_NAME },
	{ BEGIN "name: \nversion: 1\n", NULL, NULL, NULL, NULL, NO_NAME },
	{ BEGIN "name: \"\"\nversion: 1\n", NULL, NULL, NULL, NULL, NO_NAME },
	{ BEGIN " name: a\nversion: 1\n", NULL, NULL, NULL, NULL, NO_NAME },
	{ BEGIN META "files:\n", NULL, NULL, NULL, NULL, NO_DIGEST },
	{ BEGIN META "files:\n" END, NULL, NULL, NULL, NULL, NO_DIGEST },
	{ BEGIN META "files:\n  a.tgz\n", NULL, NULL, NULL, NULL, NO_DIGEST },
	{ BEGIN META "files:\n  a.tgz: " HEX "\n", NULL, NULL, NULL, NULL, NO_DIGEST },
	{ BEGIN META "files:\n  a.tgz: sha256:abc\n", NULL, NULL, NULL, NULL, NO_DIGEST },
	{ BEGIN META "files:\n  a.tgz: sha256:" HEX "0\n", NULL, NULL, NULL, NULL, NO_DIGEST },
	{ BEGIN META "files:\n  a.tgz: sha512:" HEX "\n", NULL, NULL, NULL, NULL, NO_DIGEST },
	{ BEGIN META "files:\n  : sha256:" HEX "\n", NULL, NULL, NULL, NULL, NO_DIGEST },
	{ BEGIN META "files:\n  ? a.tgz\n  sha256:" HEX "\n", NULL, NULL, NULL, NULL, NO_DIGEST },
};

static void t_provenance(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		struct str name = { 0 }, version = { 0 }, file = { 0 }, digest = { 0 };
		struct errinfo e = { 0 };
		enum err err = provenance_parse(str_c(table[i].text), &name, &version, &file, &digest,
		                                &e);
		if (err != (table[i].name ? OK : ERR_PROVENANCE))
			fail_msg("row %zu: %s", i, err ? e.detail : "accepted");
		if (!str_eq_c(name, table[i].name) || !str_eq_c(version, table[i].version) ||
		    !str_eq_c(file, table[i].file) || !str_eq_c(digest, table[i].digest) ||
		    strcmp(e.detail, table[i].detail) != 0)
			fail_msg("row %zu: %.*s %.*s %.*s %.*s %s", i, STR_ARG(name), STR_ARG(version),
			         STR_ARG(file), STR_ARG(digest), e.detail);
	}
}

static void t_provenance_too_large(void **state)
{
	(void)state;
	struct sbuf b = sbuf_make(PROVENANCE_MAX_BYTES + 1);
	struct str unused;
	sbuf_puts(&b, BEGIN META);
	while (b.n < PROVENANCE_MAX_BYTES)
		sbuf_putc(&b, '\n');
	assert_int_equal(provenance_parse(sbuf_str(&b), &unused, &unused, &unused, &unused, NULL), OK);
	sbuf_putc(&b, '\n');
	assert_true(sbuf_ok(&b));
	assert_int_equal(provenance_parse(sbuf_str(&b), &unused, &unused, &unused, &unused, NULL),
	                 ERR_PROVENANCE);
	sbuf_done(&b);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_provenance), cmocka_unit_test(t_provenance_too_large),
	};
	return cmocka_run_group_tests_name("format/provenance", tests, NULL, NULL);
}
