/* Secrets: base64, codes, passwords and tokens, by published vectors and by what must be refused. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/limits.h"
#include "indexer/base/secret.h"

static void base64_has_one_text_for_the_same_bytes(void **state)
{
	/* RFC 4648 §10, and a byte of every kind. */
	static const struct { struct str bytes; const char *text; } good[] = {
		{ STR(""), "" }, { STR("f"), "Zg==" }, { STR("fo"), "Zm8=" }, { STR("foo"), "Zm9v" },
		{ STR("foob"), "Zm9vYg==" }, { STR("fooba"), "Zm9vYmE=" }, { STR("foobar"), "Zm9vYmFy" },
		{ STR("\0\xff\xfe\x7f"), "AP/+fw==" },
	};
	static const char *const bad[] = {
		"Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zg==Zm9v", " Zg=", "Zg= ", "Zm9v\n",
		"Zm9v\nZm9", "Zm\n9", "\nZg=", "AP_-", "Z", "Zm9vYmFyAA==", "Zg=a", "=Zg=",
	};
	unsigned char bytes[6];
	size_t n = 99;
	(void)state;
	for (size_t i = 0; i < ROWS(good); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(100);
		base64_put(&b, good[i].bytes);
		assert_true(sbuf_ok(&b) && str_eq_c(sbuf_str(&b), good[i].text));
		assert_true(base64_read(str_c(good[i].text), bytes, sizeof bytes, &n));
		assert_true(str_eq(str_make(bytes, n), good[i].bytes));
	}
	for (size_t i = 0; i < ROWS(bad); i++)
		if (base64_read(str_c(bad[i]), bytes, sizeof bytes, &n))
			fail_msg("%s", bad[i]);
}

static void secrets_are_equal_or_not(void **state)
{
	(void)state;
	assert_true(secret_eq(STR("abc"), STR("abc")) && secret_eq(STR(""), STR("")));
	assert_false(secret_eq(STR("abc"), STR("abd")) || secret_eq(STR("abc"), STR("ab")));
	assert_false(secret_eq(STR("a\0b"), STR("a\0c")) || secret_eq(STR(""), STR("a")));
	char text[] = "secret";
	secret_wipe(text, sizeof text);
	assert_memory_equal(text, "\0\0\0\0\0\0", sizeof text);
	secret_wipe(NULL, 0);
}

/* RFC 4231, cases 2 and 6; a key longer than a block is hashed first. */
static void codes_are_those_of_the_rfc(void **state)
{
	char key[131], hex[SHA256_HEX_BYTES + 1];
	struct sha256 code;
	(void)state;
	memset(key, 0xaa, sizeof key);
	const struct { struct str key, data; const char *code; } rows[] = {
		{ STR("Jefe"), STR("what do ya want for nothing?"),
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ str_make(key, sizeof key), STR("Test Using Larger Than Block-Size Key - Hash Key First"),
		  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
		{ STR(""), STR(""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(hmac_sha256(rows[i].key, rows[i].data, &code, NULL), OK);
		sha256_hex(&code, hex);
		assert_string_equal(hex, rows[i].code);
	}
}

/* Made with Python's hashlib.scrypt, so the parameters mean what they mean elsewhere. */
#define SALT "MDEyMzQ1Njc4OWFiY2RlZg=="
#define KEY "OAkZqUBelG6VIYdTJfYSENL5OmZRxMa3GwXn5oFliTg="
#define CHEAP "scrypt$4$8$1$" SALT "$" KEY
#define USUAL "scrypt$15$8$3$" SALT "$G4W5nQ2B6hYm0OghZ5oPEuCjIl8I+Sp+hh15UA5iu+g="
#define NULS "scrypt$4$8$1$" SALT "$ZD+UBbQ4m5jN7RDSJND95WRLB1H7Gg0mAR940dcetP8="

static void t_auth_17_passwords_match_or_not(void **state)
{
	static const struct { struct str password, stored; bool matches; } rows[] = {
		{ STR("correct horse"), STR(CHEAP), true }, { STR("correct horse"), STR(USUAL), true },
		{ STR("a\0b"), STR(NULS), true }, { STR("a\0c"), STR(NULS), false },
		{ STR("a"), STR(NULS), false }, { STR("correct horsf"), STR(CHEAP), false },
		{ STR(""), STR(CHEAP), false }, { STR("correct horse "), STR(CHEAP), false },
		{ STR("correct horse"), STR(""), false }, { STR(""), STR(""), false },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		bool matches = !rows[i].matches;
		assert_int_equal(password_verify(rows[i].password, rows[i].stored, &matches, NULL), OK);
		if (matches != rows[i].matches)
			fail_msg("row %zu", i);
	}
}

static void t_auth_17_lengths_of_passwords(void **state)
{
	static const struct { size_t bytes; enum err err; } rows[] = {
		{ 0, ERR_INVALID }, { 1, OK }, { PASSWORD_MAX_BYTES, OK },
		{ PASSWORD_MAX_BYTES + 1, ERR_INVALID }, { MIB, ERR_INVALID },
	};
	AUTO_FREE char *password = malloc(MIB);
	char hash[PASSWORD_HASH_BYTES];
	bool matches = false;
	(void)state;
	assert_non_null(password);
	memset(password, 'x', MIB);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct str text = str_make(password, rows[i].bytes);
		assert_int_equal(password_hash(text, hash, NULL), rows[i].err);
		if (rows[i].err)
			continue;
		assert_true(str_starts(str_c(hash), STR("scrypt$15$8$3$")));
		assert_int_equal(password_verify(text, str_c(hash), &matches, NULL), OK);
		assert_true(matches);
	}
	assert_int_equal(password_verify(str_make(password, PASSWORD_MAX_BYTES + 1), str_c(hash),
	                                 &matches, NULL), OK);
	assert_false(matches);
}

static void hashes_have_their_own_salt(void **state)
{
	char one[PASSWORD_HASH_BYTES], other[PASSWORD_HASH_BYTES];
	(void)state;
	assert_int_equal(password_hash(STR("same"), one, NULL), OK);
	assert_int_equal(password_hash(STR("same"), other, NULL), OK);
	assert_string_not_equal(one, other);
}

static void what_is_stored_is_bounded(void **state)
{
	static const char *const rows[] = {
		"x", "scrypt", "scrypt$4$8$1$" SALT, "bcrypt$4$8$1$" SALT "$" KEY,
		"scrypt$18$8$1$" SALT "$" KEY, "scrypt$0$8$1$" SALT "$" KEY,
		"scrypt$4$9$1$" SALT "$" KEY, "scrypt$4$8$5$" SALT "$" KEY,
		"scrypt$4$0$1$" SALT "$" KEY, "scrypt$4$8$0$" SALT "$" KEY,
		"scrypt$-4$8$1$" SALT "$" KEY, "scrypt$4$8$18446744073709551617$" SALT "$" KEY,
		CHEAP "$", CHEAP " ", "scrypt$4$8$1$MDE=$" KEY, "scrypt$4$8$1$" SALT "$",
		"scrypt$4$8$1$$" KEY, "scrypt$4$8$1$" SALT "$" SALT, "$" CHEAP,
	};
	bool matches = true;
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (password_verify(STR("correct horse"), str_c(rows[i]), &matches, NULL) != ERR_INVALID)
			fail_msg("%s", rows[i]);
}

/* ---- tokens ---- */

static void tokens_differ_and_are_well_formed(void **state)
{
	char tokens[100][TOKEN_BYTES + 1];
	(void)state;
	for (size_t i = 0; i < ROWS(tokens); i++) {
		assert_int_equal(token_new(tokens[i], NULL), OK);
		assert_int_equal(strlen(tokens[i]), TOKEN_BYTES);
		assert_true(token_is_well_formed(str_c(tokens[i])));
		for (size_t other = 0; other < i; other++)
			assert_string_not_equal(tokens[i], tokens[other]);
	}
}

#define RANDOM "0123456789ABCDEFGHIJKLMNOPQ"         /* its checksum is from Python's zlib.crc32 */
#define TOKEN "clk_" RANDOM "2Fyy18"

static void t_auth_03_no_token(void **state)
{
	static const struct { struct str text; bool good; } rows[] = {
		{ STR(TOKEN), true },
		{ STR(""), false }, { STR("clk_"), false }, { STR(TOKEN "0"), false },
		{ STR("clk_" RANDOM "00000"), false }, { STR("clk_" RANDOM "000000"), false },
		{ STR("clK_" RANDOM "2Fyy18"), false }, { STR("ghp_" RANDOM "2Fyy18"), false },
		{ STR("clk_1123456789ABCDEFGHIJKLMNOPQ2Fyy18"), false },
		{ STR("clk_0123456789ABCDEFGHIJKLMNOP\0" "2Fyy18"), false },
		{ STR("clk_0123456789ABCDEFGHIJKLMNOP-2Fyy18"), false },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (token_is_well_formed(rows[i].text) != rows[i].good)
			fail_msg("%.*s", STR_ARG(rows[i].text));
}

/* Whatever one character is replaced by, the checksum says so. */
static void t_auth_03_a_mistyped_token(void **state)
{
	char token[TOKEN_BYTES + 1];
	(void)state;
	assert_int_equal(token_new(token, NULL), OK);
	for (size_t i = 0; i < TOKEN_BYTES; i++) {
		char right = token[i];
		for (int c = 1; c < 256; c++) {
			token[i] = (char)c;
			assert_int_equal(token_is_well_formed(str_c(token)), token[i] == right);
		}
		token[i] = right;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_has_one_text_for_the_same_bytes),
		cmocka_unit_test(secrets_are_equal_or_not),
		cmocka_unit_test(codes_are_those_of_the_rfc),
		cmocka_unit_test(t_auth_17_passwords_match_or_not),
		cmocka_unit_test(t_auth_17_lengths_of_passwords),
		cmocka_unit_test(hashes_have_their_own_salt),
		cmocka_unit_test(what_is_stored_is_bounded),
		cmocka_unit_test(tokens_differ_and_are_well_formed),
		cmocka_unit_test(t_auth_03_no_token),
		cmocka_unit_test(t_auth_03_a_mistyped_token),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
