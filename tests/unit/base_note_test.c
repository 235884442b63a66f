/* Signing: the file of a key, signed notes as Go writes them, checkpoints. */
#include "folder.h"

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/checkpoint.h"
#include "indexer/base/limits.h"
#include "indexer/base/note.h"

struct fixture {
	char root[FOLDER_BYTES];
	int dir;
	struct errinfo e;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	make_folder(f->root);
	f->dir = open(f->root, O_RDONLY | O_DIRECTORY);
	assert_true(f->dir >= 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	(void)close(f->dir);
	remove_tree(f->root);
	free(f);
	return 0;
}

static void put(const struct fixture *f, const char *name, const char *text, mode_t mode)
{
	AUTO_FD int fd = openat(f->dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
}

/* ---- keys ---- */

/* RFC 8032 §7.1, test 3, as `openssl pkcs8` writes its key. */
#define RFC_KEY "-----BEGIN PRIVATE KEY-----\n" \
	"MC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3\n" \
	"-----END PRIVATE KEY-----\n"

static const unsigned char rfc_public[] =
	"\xfc\x51\xcd\x8e\x62\x18\xa1\xa3\x8d\xa4\x7e\xd0\x02\x30\xf0\x58"
	"\x08\x16\xed\x13\xba\x33\x03\xac\x5d\xeb\x91\x15\x48\x90\x80\x25";
static const unsigned char rfc_signature[] =
	"\x62\x91\xd6\x57\xde\xec\x24\x02\x48\x27\xe6\x9c\x3a\xbe\x01\xa3"
	"\x0c\xe5\x48\xa2\x84\x74\x3a\x44\x5e\x36\x80\xd7\xdb\x5a\xc3\xac"
	"\x18\xff\x9b\x53\x8d\x16\xf2\x90\xae\x67\xf7\x60\x98\x4d\xc6\x59"
	"\x4a\x7c\x15\xe9\x71\x6e\xd2\x8d\xc0\x27\xbe\xce\xea\x1e\xc4\x0a";

static void signs_as_the_rfc_says(void **state)
{
	struct fixture *f = *state;
	struct signing_key *key = NULL;
	struct signing_public public;
	struct signature signature;
	put(f, "key", RFC_KEY, 0600);
	assert_ok(f, signing_key_load(f->dir, "key", &key, &f->e));
	assert_ok(f, signing_key_public(key, &public, &f->e));
	assert_memory_equal(public.bytes, rfc_public, sizeof public.bytes);
	assert_ok(f, signing_key_sign(key, STR("\xaf\x82"), &signature, &f->e));
	assert_memory_equal(signature.bytes, rfc_signature, sizeof signature.bytes);
	assert_true(signature_is_good(&public, STR("\xaf\x82"), &signature));
	assert_false(signature_is_good(&public, STR("\xaf\x83"), &signature));
	assert_false(signature_is_good(&public, STR(""), &signature));
	for (size_t i = 0; i < 8u * SIGNATURE_BYTES; i++) {
		signature.bytes[i / 8] ^= (unsigned char)(1u << i % 8);
		assert_false(signature_is_good(&public, STR("\xaf\x82"), &signature));
		signature.bytes[i / 8] ^= (unsigned char)(1u << i % 8);
	}
	signing_key_free(key);
}

static void a_key_is_kept(void **state)
{
	struct fixture *f = *state;
	struct signing_key *made = NULL, *kept = NULL, *other = NULL;
	struct signing_public public, same;
	struct stat st;
	assert_ok(f, signing_key_new(&made, &f->e));
	assert_ok(f, signing_key_new(&other, &f->e));
	assert_ok(f, signing_key_save(made, f->dir, "key", &f->e));
	assert_err(f, EXISTS, signing_key_save(other, f->dir, "key", &f->e));
	assert_int_equal(fstatat(f->dir, "key", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_ok(f, signing_key_load(f->dir, "key", &kept, &f->e));
	assert_ok(f, signing_key_public(made, &public, &f->e));
	assert_ok(f, signing_key_public(kept, &same, &f->e));
	assert_memory_equal(&public, &same, sizeof public);
	assert_ok(f, signing_key_public(other, &same, &f->e));
	assert_memory_not_equal(&public, &same, sizeof public);
	signing_key_free(made);
	signing_key_free(kept);
	signing_key_free(other);
	signing_key_free(NULL);
}

/* An X25519 key, and an Ed25519 one with a password. */
#define OTHER_KEY "-----BEGIN PRIVATE KEY-----\n" \
	"MC4CAQAwBQYDK2VuBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3\n" \
	"-----END PRIVATE KEY-----\n"
#define LOCKED_KEY \
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" \
	"MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj58bw6XQfU6wICCAAw\n" \
	"DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEBhp/yubG/gK81zPDCmcSSIEQHLy\n" \
	"7rdSLOz2BgLpNlwJvLruLwxY1JciV5ok8t796r0vX5TygwfvI+LxXXYNcGOWeogq\n" \
	"hWxkQeSnqN2oN/Jah2g=\n" \
	"-----END ENCRYPTED PRIVATE KEY-----\n"

static void t_auth_18_keys_others_may_read(void **state)
{
	static const struct {
		const char *name, *text; mode_t mode; enum err err; const char *detail;
	} rows[] = {
		{ "owner's", RFC_KEY, 0600, OK, "" },
		{ "read only", RFC_KEY, 0400, OK, "" },
		{ "group", RFC_KEY, 0640, ERR_CONFIG, "has mode 0640" },
		{ "world", RFC_KEY, 0604, ERR_CONFIG, "has mode 0604" },
		{ "writable", RFC_KEY, 0622, ERR_CONFIG, "has mode 0622" },
		{ "empty", "", 0600, ERR_CONFIG, "is not an Ed25519 private key" },
		{ "text", "key\n", 0600, ERR_CONFIG, "is not an Ed25519 private key" },
		{ "another kind", OTHER_KEY, 0600, ERR_CONFIG, "is not an Ed25519 private key" },
		{ "with password", LOCKED_KEY, 0600, ERR_CONFIG, "without a password" },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct signing_key *key = NULL;
		f->e = (struct errinfo){ 0 };
		put(f, rows[i].name, rows[i].text, rows[i].mode);
		enum err err = signing_key_load(f->dir, rows[i].name, &key, &f->e);
		if (err != rows[i].err || !strstr(f->e.detail, rows[i].detail))
			fail_msg("%s: %s %s", rows[i].name, err_code(err), f->e.detail);
		signing_key_free(key);
	}
	struct signing_key *key;
	assert_err(f, NOT_FOUND, signing_key_load(f->dir, "none", &key, &f->e));
}

/* ---- notes ---- */

/* The example of Go's package. */
#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_TEXT "If you think cryptography is the answer to your problem,\n" \
	"then you don't know what your problem is.\n"
#define DASH "\xe2\x80\x94 "
#define PETER_BASE64 "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng" \
	"otpRZb6KE6RyyBwJnAM="
#define PETER_SIGNATURE DASH "PeterNeumann " PETER_BASE64 "\n"

static void opens_what_go_signed(void **state)
{
	static const struct { const char *note, *detail; } rows[] = {
		{ PETER_TEXT "\n" PETER_SIGNATURE, "" },
		{ PETER_TEXT "\n" DASH "witness AAAAAAA=\n" PETER_SIGNATURE, "" },
		{ PETER_TEXT "\n" PETER_SIGNATURE DASH "PeterNeumann AAAAAAA=\n", "" },
		{ PETER_TEXT "\n" PETER_SIGNATURE PETER_SIGNATURE, "" },
		{ PETER_TEXT " \n" PETER_SIGNATURE, "not a signed note" },
		{ "Ify" PETER_TEXT "\n" PETER_SIGNATURE, "the signature by PeterNeumann is wrong" },
		{ PETER_TEXT "\n\n" PETER_SIGNATURE, "the signature by PeterNeumann is wrong" },
		{ PETER_TEXT "\n" DASH "PeterNeumann x08go/ZJkuA=\n", "is wrong" },
		{ PETER_TEXT "\n" DASH "Peter " PETER_BASE64 "\n", "no signature by PeterNeumann" },
		{ PETER_TEXT "\n" DASH "witness AAAAAAA=\n", "no signature by PeterNeumann" },
		{ PETER_TEXT, "not a signed note" },
		{ PETER_TEXT "\n", "not a signed note" },
		{ PETER_TEXT PETER_SIGNATURE, "not a signed note" },
		{ PETER_TEXT "\n" PETER_SIGNATURE "\n", "not a signed note" },
		{ PETER_TEXT "\n" PETER_SIGNATURE "x", "not a signed note" },
		{ PETER_TEXT "\n" PETER_SIGNATURE "x\n", "signature 2 is malformed" },
		{ PETER_TEXT "\n" DASH "wit+ness AAAAAAA=\n" PETER_SIGNATURE, "signature 1 is malformed" },
		{ PETER_TEXT "\n" DASH " AAAAAAA=\n" PETER_SIGNATURE, "signature 1 is malformed" },
		{ PETER_TEXT "\n" DASH "witness AAAA\n" PETER_SIGNATURE, "signature 1 is malformed" },
		{ PETER_TEXT "\n" DASH "witness AAAAAAA\n" PETER_SIGNATURE, "signature 1 is malformed" },
		{ PETER_TEXT "\n- PeterNeumann " PETER_BASE64 "\n", "signature 1 is malformed" },
		{ PETER_TEXT "\r\n\n" PETER_SIGNATURE, "not a signed note" },
		{ PETER_TEXT "\xff\n\n" PETER_SIGNATURE, "not a signed note" },
		{ "", "not a signed note" }, { "\n", "not a signed note" }, { "\n\n", "not a signed note" },
	};
	struct fixture *f = *state;
	struct note_verifier v;
	assert_ok(f, note_verifier_parse(STR(PETER), &v, &f->e));
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct str text = { 0 };
		f->e = (struct errinfo){ 0 };
		enum err err = note_open(str_c(rows[i].note), &v, &text, &f->e);
		if (err != (rows[i].detail[0] ? ERR_INVALID : OK) || !strstr(f->e.detail, rows[i].detail))
			fail_msg("row %zu: %s %s", i, err_code(err), f->e.detail);
		assert_true(err || str_eq(text, STR(PETER_TEXT)));
	}
}

static void signatures_of_a_note_are_counted(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct note_verifier v;
	struct str text;
	assert_ok(f, note_verifier_parse(STR(PETER), &v, &f->e));
	sbuf_puts(&b, PETER_TEXT "\n" PETER_SIGNATURE);
	for (unsigned i = 1; i < NOTE_SIGNATURES_MAX; i++)
		sbuf_puts(&b, DASH "witness AAAAAAA=\n");
	assert_ok(f, note_open(sbuf_str(&b), &v, &text, &f->e));
	sbuf_puts(&b, DASH "witness AAAAAAA=\n");
	assert_err(f, INVALID, note_open(sbuf_str(&b), &v, &text, &f->e));
}

static void keys_have_one_text(void **state)
{
	static const char *const bad[] = {
		"", "PeterNeumann", "PeterNeumann+c74f20a3", "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiB",
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"Peterneumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWAA==",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW ",
		"PRIVATE+KEY+PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	};
	static const struct { struct str name; bool good; } names[] = {
		{ STR("charts.example.org/log"), true }, { STR("k\xc3\xa4se"), true }, { STR(""), false },
		{ STR("a b"), false }, { STR("a+b"), false }, { STR("a\nb"), false }, { STR("a\0"), false },
		{ STR("a\xc2\xa0"), false }, { STR("\xe2\x80\x83"), false }, { STR("\xff"), false },
		{ STR("\xe3\x80\x80"), false }, { STR("\x7f"), false },
	};
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(1000);
	struct note_verifier v;
	assert_ok(f, note_verifier_parse(STR(PETER), &v, &f->e));
	note_verifier_put(&b, &v);
	assert_string_equal(b.p, PETER);
	for (size_t i = 0; i < ROWS(bad); i++)
		if (note_verifier_parse(str_c(bad[i]), &v, &f->e) != ERR_INVALID)
			fail_msg("%s", bad[i]);
	for (size_t i = 0; i < ROWS(names); i++)
		if ((note_verifier_make(names[i].name, &v.key, &v, NULL) == OK) != names[i].good)
			fail_msg("name %zu", i);
}

/* ---- checkpoints ---- */

#define ROOT_BASE64 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void a_checkpoint_is_signed_and_opened(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf text = sbuf_make(1000), note = sbuf_make(1000), name = sbuf_make(1000);
	struct checkpoint c = { .origin = STR("charts.example.org/log"), .size = 1234 }, read;
	struct signing_key *key = NULL;
	struct signing_public public;
	struct note_verifier v;
	struct str opened;
	assert_ok(f, sha256_of(STR(""), &c.root, &f->e));
	checkpoint_put(&text, &c);
	assert_string_equal(text.p, "charts.example.org/log\n1234\n" ROOT_BASE64 "\n");
	assert_ok(f, signing_key_new(&key, &f->e));
	assert_ok(f, note_sign(&note, sbuf_str(&text), c.origin, key, &f->e));
	assert_ok(f, signing_key_public(key, &public, &f->e));
	assert_ok(f, note_verifier_make(c.origin, &public, &v, &f->e));
	note_verifier_put(&name, &v);
	assert_ok(f, note_verifier_parse(sbuf_str(&name), &v, &f->e));
	assert_ok(f, note_open(sbuf_str(&note), &v, &opened, &f->e));
	assert_ok(f, checkpoint_parse(opened, &read, &f->e));
	assert_true(str_eq(read.origin, c.origin) && read.size == 1234);
	assert_true(sha256_eq(&read.root, &c.root));
	sbuf_reset(&note);
	assert_err(f, INVALID, note_sign(&note, STR("no newline"), c.origin, key, &f->e));
	assert_err(f, INVALID, note_sign(&note, STR("a\tb\n"), c.origin, key, &f->e));
	assert_err(f, INVALID, note_sign(&note, STR("a\n"), STR("a b"), key, &f->e));
	assert_int_equal(note.n, 0);
	signing_key_free(key);
}

static void checkpoints_that_are_none(void **state)
{
	static const struct { const char *text; bool good; } rows[] = {
		{ "o\n0\n" ROOT_BASE64 "\n", true },
		{ "o\n18446744073709551615\n" ROOT_BASE64 "\nextension\n", true },
		{ "", false }, { "\n0\n" ROOT_BASE64 "\n", false }, { "o\n\n" ROOT_BASE64 "\n", false },
		{ "o\n00\n" ROOT_BASE64 "\n", false }, { "o\n01\n" ROOT_BASE64 "\n", false },
		{ "o\n-1\n" ROOT_BASE64 "\n", false }, { "o\n 1\n" ROOT_BASE64 "\n", false },
		{ "o\n18446744073709551616\n" ROOT_BASE64 "\n", false },
		{ "o\n0\n" ROOT_BASE64, false }, { "o\n0\n", false }, { "o\n0\nAAAA\n", false },
		{ "o\n0\nAAAA" ROOT_BASE64 "\n", false },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct checkpoint c;
		if ((checkpoint_parse(str_c(rows[i].text), &c, &f->e) == OK) != rows[i].good)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(signs_as_the_rfc_says),
		TEST(a_key_is_kept),
		TEST(t_auth_18_keys_others_may_read),
		TEST(opens_what_go_signed),
		TEST(signatures_of_a_note_are_counted),
		TEST(keys_have_one_text),
		TEST(a_checkpoint_is_signed_and_opened),
		TEST(checkpoints_that_are_none),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
