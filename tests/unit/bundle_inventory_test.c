/* Inventories as they are read: whole ones, with signatures and without; and what is none. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/inventory.h"

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HEX_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define FIRST "chartlocker inventory 1\n"
#define HEAD "repo stable\ninstance 0d5c\ntrip 57\nleaf " HEX_A "\nroot " HEX_B "\nfilter ingress-* >=4\n"
#define FILES "repository stable\n" HEX_C "\n" HEX_A "\ndeleted stable\n" HEX_B "\nrepository bitnami\n" HEX_B "\n"
#define SIGNED "\n— inner.example.org AAAA\n"

/* With the digest of all of it as the last line. */
static void seal(struct sbuf *b, const char *text)
{
	struct sha256 hash;
	char hex[SHA256_HEX_BYTES + 1];
	sbuf_reset(b);
	sbuf_puts(b, text);
	assert_int_equal(sha256_of(sbuf_str(b), &hash, NULL), OK);
	sha256_hex(&hash, hex);
	sbuf_printf(b, "sha256 %s\n", hex);
	assert_true(sbuf_ok(b));
}

static struct sha256 digest_of(const char *hex)
{
	struct sha256 ret;
	assert_true(sha256_parse(str_c(hex), &ret));
	return ret;
}

static void check(const struct inventory *v, bool is_signed)
{
	const struct sha256 leaf = digest_of(HEX_A), root = digest_of(HEX_B), c = digest_of(HEX_C);
	const struct inventory_repo *stable = inventory_of(v, STR("stable"), false);
	const struct inventory_repo *bitnami = inventory_of(v, STR("bitnami"), false);
	struct sha256 none = { { 0 } };
	assert_true(str_eq_c(v->repo, "stable") && str_eq_c(v->instance, "0d5c") &&
	            str_eq_c(v->filter, "ingress-* >=4"));
	assert_int_equal(v->trip.event, 57);
	assert_true(sha256_eq(&v->trip.leaf, &leaf) && sha256_eq(&v->root, &root));
	assert_int_equal(v->repo_count, 3);
	assert_true(inventory_has(stable, &leaf) && inventory_has(stable, &c) && inventory_has(bitnami, &root));
	assert_false(inventory_has(stable, &root) || inventory_has(bitnami, &leaf));
	assert_true(inventory_has(inventory_of(v, STR("stable"), true), &root));
	assert_null(inventory_of(v, STR("bitnami"), true));
	assert_null(inventory_of(v, STR("stabl"), false));
	assert_false(inventory_has(NULL, &leaf) || inventory_has(stable, &none));
	memset(&none, 0xff, sizeof none);
	assert_false(inventory_has(stable, &none));
	assert_int_equal(v->signatures.n > 0, is_signed);
	assert_true(str_starts(v->signed_text, STR(FIRST "sha256 ")) && str_ends(v->signed_text, STR("\n")));
}

static void a_whole_one(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf text = sbuf_make(4 * KIB);
	struct inventory v;
	(void)state;
	seal(&text, FIRST HEAD FILES);
	assert_int_equal(inventory_read(&a, sbuf_str(&text), &v, NULL), OK);
	check(&v, false);
	const char *signed_text = inventory_signed_text(&a, sbuf_str(&text));
	assert_true(str_eq_c(v.signed_text, signed_text));
	sbuf_puts(&text, SIGNED);
	assert_int_equal(inventory_read(&a, sbuf_str(&text), &v, NULL), OK);
	check(&v, true);
	assert_true(str_eq_c(v.signed_text, signed_text));
	assert_true(str_eq_c(v.signatures, "— inner.example.org AAAA\n"));
}

static void one_of_who_has_nothing(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf text = sbuf_make(4 * KIB);
	const struct sha256 any = digest_of(HEX_A);
	struct inventory v;
	(void)state;
	seal(&text, FIRST "repo main\ninstance -\ntrip 0\nleaf " HEX_A "\nroot " HEX_A "\nfilter\nrepository main\n");
	assert_int_equal(inventory_read(&a, sbuf_str(&text), &v, NULL), OK);
	assert_int_equal(v.filter.n + v.trip.event, 0);
	assert_false(inventory_has(inventory_of(&v, STR("main"), false), &any));
}

/* ---- damage ---- */

static enum err read_text(struct str text)
{
	AUTO_ARENA struct arena a = { 0 };
	struct inventory v = { .repo_count = 99 };
	struct errinfo e = { 0 };
	enum err err = inventory_read(&a, text, &v, &e);
	if (!err)
		return OK;
	assert_int_equal(v.repo_count, 99);
	assert_non_null(strstr(e.detail, "inventory"));
	return err;
}

static void cut_anywhere(void **state)
{
	AUTO_SBUF struct sbuf text = sbuf_make(4 * KIB);
	(void)state;
	seal(&text, FIRST HEAD FILES);
	for (size_t n = 0; n < text.n; n++)
		assert_int_equal(read_text(str_first(sbuf_str(&text), n)), ERR_CORRUPT);
	assert_int_equal(read_text(sbuf_str(&text)), OK);
}

static void each_byte_another(void **state)
{
	AUTO_SBUF struct sbuf text = sbuf_make(4 * KIB);
	(void)state;
	seal(&text, FIRST HEAD FILES);
	for (size_t i = 0; i < text.n; i++) {
		for (unsigned bits = 1; bits < 256; bits <<= 1) {
			text.p[i] = (char)(text.p[i] ^ (char)bits);
			enum err err = read_text(sbuf_str(&text));
			assert_true(err == ERR_CORRUPT || err == ERR_NEWER);
			text.p[i] = (char)(text.p[i] ^ (char)bits);
		}
	}
	assert_int_equal(read_text(sbuf_str(&text)), OK);
}

/* ---- texts whose digest is right, and which are none ---- */

static const struct row { const char *name, *text; enum err err; } texts[] = {
	{ "good", FIRST HEAD FILES, OK },
	{ "of a newer version", "chartlocker inventory 2\n" HEAD FILES, ERR_NEWER },
	{ "a bundle's head", "chartlocker bundle 1\n" HEAD FILES, ERR_CORRUPT },
	{ "no first line", HEAD FILES, ERR_CORRUPT },
	{ "the first line alone", FIRST, ERR_CORRUPT },
	{ "nothing", "", ERR_CORRUPT },
	{ "a head without its end", FIRST "repo stable\ninstance 0d5c\n", ERR_CORRUPT },
	{ "another order", FIRST "instance 0d5c\nrepo stable\n", ERR_CORRUPT },
	{ "a trip that is no number", FIRST "repo a\ninstance b\ntrip x\nleaf " HEX_A "\nroot " HEX_A "\nfilter\n",
	  ERR_CORRUPT },
	{ "a trip beyond numbers", FIRST "repo a\ninstance b\ntrip 18446744073709551616\nleaf " HEX_A "\nroot " HEX_A
	  "\nfilter\n", ERR_CORRUPT },
	{ "a short leaf", FIRST "repo a\ninstance b\ntrip 1\nleaf aa\nroot " HEX_A "\nfilter\n", ERR_CORRUPT },
	{ "no root", FIRST "repo a\ninstance b\ntrip 1\nleaf " HEX_A "\nfilter\n", ERR_CORRUPT },
	{ "a line that is no digest", FIRST HEAD "repository stable\n../../etc/passwd\n", ERR_CORRUPT },
	{ "a digest of no repository", FIRST HEAD HEX_C "\n" FILES, ERR_CORRUPT },
	{ "a digest in capitals", FIRST HEAD "repository stable\n"
	  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", ERR_CORRUPT },
	{ "a digest with more behind it", FIRST HEAD "repository stable\n" HEX_A " x\n", ERR_CORRUPT },
	{ "an empty line before its end", FIRST HEAD "\n" FILES, ERR_CORRUPT },
};

static void text(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf sealed = sbuf_make(4 * KIB);
	seal(&sealed, row->text);
	assert_int_equal(read_text(sbuf_str(&sealed)), row->err);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_one), cmocka_unit_test(one_of_who_has_nothing),
		cmocka_unit_test(cut_anywhere), cmocka_unit_test(each_byte_another),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("text", text, texts);
	return failed + cmocka_run_group_tests_name("bundle_inventory", tests, NULL, NULL);
}
