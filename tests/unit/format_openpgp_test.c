/* Signatures: those that gpg makes, with keys of every fate, and texts that somebody has been at. */
#include "in_time.h"
#include "signed_fixture.h"

#include <time.h>

#include "indexer/format/openpgp.h"

static const char script[] =
	GPG "--quick-gen-key 'Signer <signer@example.org>' rsa2048 sign never\n"
	GPG "--quick-gen-key 'Sub <sub@example.org>' ed25519 cert never\n"
	"sub=$(gpg --list-keys --with-colons sub@example.org | awk -F: '/^fpr/ {print $10; exit}')\n"
	GPG "--quick-add-key $sub ed25519 sign never\n"
	GPG "--quick-gen-key 'Gone <gone@example.org>' ed25519 sign never\n"
	GPG "--quick-gen-key 'Weak <weak@example.org>' rsa1024 sign never\n"
	GPG "--quick-gen-key 'Dsa <dsa@example.org>' dsa2048 sign never\n"
	GPG "--quick-gen-key 'Short <short@example.org>' ed25519 sign 30d\n"
	GPG "--quick-gen-key 'Stranger <stranger@example.org>' ed25519 sign never\n"
	"printf 'name: demo\\n- dash\\n-----x\\nFrom here\\n\\nend\\n' > text\n"
	"for who in signer sub gone dsa short stranger\n"
	"do " GPG "-u $who@example.org --digest-algo SHA512 --clearsign -o $who.asc text; done\n"
	GPG "-u weak@example.org --digest-algo SHA256 --clearsign -o weak.asc text\n"
	GPG "-u signer@example.org --digest-algo SHA1 --clearsign -o sha1.asc text\n"
	GPG "-u signer@example.org -u sub@example.org --clearsign -o two.asc text\n"
	GPG "-u signer@example.org --default-sig-expire 10d --clearsign -o brief.asc text\n"
	"head -c 15000 /dev/zero | tr '\\0' x > line\n"
	"yes 'a line' | head -n 120000 > lines\n"
	GPG "-u signer@example.org --digest-algo SHA512 --clearsign -o line.asc line\n"
	GPG "-u signer@example.org --digest-algo SHA512 --clearsign -o lines.asc lines\n"
	"gone=$(gpg --list-keys --with-colons gone@example.org | awk -F: '/^fpr/ {print $10; exit}')\n"
	"sed 's/^:---/---/' gpg/openpgp-revocs.d/$gone.rev | " GPG "--import\n"
	"ours='signer@example.org sub@example.org gone@example.org weak@example.org dsa@example.org"
	" short@example.org'\n"
	"gpg --export $ours > keys.gpg\n"
	"gpg --export -a $ours > keys.asc\n"
	"gpg --export signer@example.org > one.gpg\n"
	GPG "--export-secret-keys signer@example.org > secret.gpg\n"
	"cp gpg/pubring.kbx . && : > empty && echo text > text.gpg && head -c 700 keys.gpg > cut.gpg\n"
	"head -c 1048577 /dev/zero > huge.gpg\n";

#define DAY 86400

static int64_t now(void) { return (int64_t)time(NULL); }

struct row {
	const char *name;                /* of the test, and NAME.asc */
	int days;                        /* from now, when it is looked at */
	enum openpgp_verdict verdict;
	const char *user_id;
};

static const struct row verdicts[] = {
	{ "signer", 0, OPENPGP_GOOD, "Signer <signer@example.org>" },
	{ "sub", 0, OPENPGP_GOOD, "Sub <sub@example.org>" },
	{ "signer", 10000, OPENPGP_GOOD, "Signer <signer@example.org>" },
	{ "stranger", 0, OPENPGP_UNKNOWN_KEY, "" },
	{ "gone", 0, OPENPGP_REVOKED, "Gone <gone@example.org>" },
	{ "short", 0, OPENPGP_GOOD, "Short <short@example.org>" },
	{ "short", 29, OPENPGP_GOOD, "Short <short@example.org>" },
	{ "short", 31, OPENPGP_EXPIRED, "Short <short@example.org>" },
	{ "brief", 9, OPENPGP_GOOD, "Signer <signer@example.org>" },
	{ "brief", 11, OPENPGP_EXPIRED, "Signer <signer@example.org>" },
	{ "weak", 0, OPENPGP_WEAK, "Weak <weak@example.org>" },
	{ "dsa", 0, OPENPGP_WEAK, "Dsa <dsa@example.org>" },
	{ "sha1", 0, OPENPGP_WEAK, "Signer <signer@example.org>" },
};

static bool is_hex(struct str s, size_t n)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("0123456789ABCDEF", s.p[i]))
			return false;
	return s.n == n;
}

static void judge(const struct row *row, const char *keyring)
{
	struct fixture *f = &(struct fixture){ .keyring = NULL };
	struct openpgp_signature s;
	char file[100];
	(void)snprintf(file, sizeof file, "%s.asc", row->name);
	open_keyring(f, keyring);
	assert_ok(f, openpgp_verify_cleartext(&f->arena, f->keyring, signed_file(f, file),
	                                      now() + row->days * DAY, &s, &f->e));
	assert_string_equal(openpgp_verdict_word(s.verdict), openpgp_verdict_word(row->verdict));
	assert_true(str_eq_c(s.user_id, row->user_id));
	assert_true(is_hex(s.key_id, 16) && is_hex(s.fingerprint, row->user_id[0] ? 40 : 0));
	assert_true(s.signed_at <= now() && s.signed_at > now() - DAY);
	assert_true(str_eq(s.body, s.verdict == OPENPGP_GOOD ? signed_file(f, "text") : STR("")));
	openpgp_keyring_free(f->keyring);
	arena_done(&f->arena);
}

static void t_auth_16_verdict(void **state)
{
	need_gpg();
	judge(*state, "keys.gpg");
	judge(*state, "keys.asc");
}

struct change {
	const char *name, *from, *to;
	bool refused;                    /* as a file, before anybody looks at the signature */
	enum openpgp_verdict verdict;
};

#define BLOCK "-----BEGIN PGP SIGNATURE-----\n"
#define END "-----END PGP SIGNATURE-----\n"

static const struct change changes[] = {
	{ "nothing", "", "", false, OPENPGP_GOOD },
	{ "a letter", "demo", "dem0", false, OPENPGP_BAD },
	{ "a line more", "\nname", "\nx\nname", false, OPENPGP_BAD },
	{ "a line less", "- From here\n", "", false, OPENPGP_BAD },
	{ "spaces at the end of a line", "demo\n", "demo \t\n", false, OPENPGP_GOOD },
	{ "dashes without need", "\nname", "\n- name", false, OPENPGP_GOOD },
	{ "the hash is another", "Hash: SHA512", "Hash: SHA256", false, OPENPGP_BAD },
	{ "the hash is weak", "Hash: SHA512", "Hash: MD5", false, OPENPGP_BAD },
	{ "no hash", "Hash: SHA512\n", "", false, OPENPGP_BAD },
	{ "another header", "Hash: SHA512\n", "Hash: SHA512\nname: evil\n", true, 0 },
	{ "text before", "-----BEGIN PGP SIGNED", "name: evil\n-----BEGIN PGP SIGNED", true, 0 },
	{ "text behind", END, END "name: evil\n", true, 0 },
	{ "line ends behind", END, END "\r\n \n", false, OPENPGP_GOOD },
	{ "no line end behind", END, "-----END PGP SIGNATURE-----", false, OPENPGP_GOOD },
	{ "half a line end behind", END, "-----END PGP SIGNATURE-----\r", false, OPENPGP_GOOD },
	{ "half a line end after one", END, END "\r", false, OPENPGP_GOOD },
	{ "two halves of a line end", END, "-----END PGP SIGNATURE-----\r\r", true, 0 },
	{ "text between", BLOCK, "-----END\nname: evil\n" BLOCK, true, 0 },
	{ "a dash not escaped", "- - dash", "-dash", true, 0 },
	{ "a second text", END, END "-----BEGIN PGP SIGNED MESSAGE-----\n", true, 0 },
	{ "a text in the text", "\nname", "\n-----BEGIN PGP SIGNED MESSAGE-----\nname", true, 0 },
	{ "a second signature", BLOCK, BLOCK "\nAAAA\n" END BLOCK, true, 0 },
	{ "an empty signature", BLOCK, BLOCK "\n" END, true, 0 },
	{ "no end", END, "", true, 0 },
	{ "another armor", "END PGP SIGNATURE", "END PGP MESSAGE", true, 0 },
	{ "a bell", "demo", "de\amo", true, 0 },
	{ "a carriage return", "demo", "de\rmo", true, 0 },
};

static void t_up_07_change(void **state)
{
	const struct change *c = *state;
	struct fixture *f = &(struct fixture){ .keyring = NULL };
	struct openpgp_signature s;
	need_gpg();
	open_keyring(f, "one.gpg");
	struct str text = replaced(f, signed_file(f, "signer.asc"), c->from, c->to);
	enum err err = openpgp_verify_cleartext(&f->arena, f->keyring, text, now(), &s, &f->e);
	if (err != (c->refused ? ERR_PROVENANCE : OK) || (!err && s.verdict != c->verdict))
		fail_msg("%s: %s %s", err_code(err), f->e.detail, err ? "" : openpgp_verdict_word(s.verdict));
	assert_true(err || str_eq(s.body, s.verdict == OPENPGP_GOOD ? signed_file(f, "text") : STR("")));
	openpgp_keyring_free(f->keyring);
	arena_done(&f->arena);
}

static void t_up_07_two_signatures(void **state)
{
	struct fixture *f = *state;
	struct openpgp_signature s;
	need_gpg();
	open_keyring(f, "keys.gpg");
	assert_err(f, PROVENANCE, openpgp_verify_cleartext(&f->arena, f->keyring,
	                                                   signed_file(f, "two.asc"), now(), &s, &f->e));
	assert_non_null(strstr(f->e.detail, "it has 2 signatures"));
}

static void t_up_07_lines_that_end_otherwise(void **state)
{
	static const struct { const char *from, *to; enum openpgp_verdict verdict; } rows[] = {
		{ "", "", OPENPGP_GOOD },
		{ END, "-----END PGP SIGNATURE-----\r", OPENPGP_GOOD },
		{ "demo", "dem0", OPENPGP_BAD },
	};
	struct fixture *f = *state;
	need_gpg();
	open_keyring(f, "one.gpg");
	for (size_t row = 0; row < ROWS(rows); row++) {
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		struct openpgp_signature s;
		struct str text = replaced(f, signed_file(f, "signer.asc"), rows[row].from, rows[row].to);
		for (size_t i = 0; i < text.n; i++) {
			if (text.p[i] == '\n')
				sbuf_putc(&b, '\r');
			sbuf_putc(&b, text.p[i]);
		}
		assert_ok(f, openpgp_verify_cleartext(&f->arena, f->keyring, sbuf_str(&b), now(), &s, &f->e));
		assert_int_equal(s.verdict, rows[row].verdict);
	}
}

/* A line as long as gpg makes one, and a longer one; 120,000 lines; a signature without end. */
static void t_up_07_huge(void **state)
{
	static const struct { const char *file; bool good; } rows[] = {
		{ "line.asc", true }, { "lines.asc", true },
	};
	struct fixture *f = *state;
	struct openpgp_signature s;
	double before = core_seconds();
	need_gpg();
	open_keyring(f, "one.gpg");
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum err err = openpgp_verify_cleartext(&f->arena, f->keyring,
		                                        signed_file(f, rows[i].file), now(), &s, &f->e);
		if (rows[i].good && (err || s.verdict != OPENPGP_GOOD))
			fail_msg("%s: %s %s", rows[i].file, f->e.detail, openpgp_verdict_word(s.verdict));
		assert_true(rows[i].good || err == ERR_PROVENANCE);
	}
	char *line = arena_alloc(&f->arena, 900u * KIB);
	assert_non_null(line);
	memset(line, 'x', 900u * KIB - 1);
	struct str longer = replaced(f, signed_file(f, "signer.asc"), "demo", line);
	assert_ok(f, openpgp_verify_cleartext(&f->arena, f->keyring, longer, now(), &s, &f->e));
	assert_int_equal(s.verdict, OPENPGP_BAD);
	char *armor = arena_alloc(&f->arena, CLEARTEXT_SIGNATURE_MAX_BYTES + 100);
	assert_non_null(armor);
	memset(armor, 'A', CLEARTEXT_SIGNATURE_MAX_BYTES + 1);
	armor[CLEARTEXT_SIGNATURE_MAX_BYTES] = '\n';
	struct str text = replaced(f, signed_file(f, "signer.asc"), END,
	                           arena_printf(&f->arena, "%s" END, armor));
	assert_err(f, PROVENANCE, openpgp_verify_cleartext(&f->arena, f->keyring, text, now(), &s,
	                                                   &f->e));
	assert_in_time("what is huge", core_seconds() - before);
}

static void keyrings(void **state)
{
	static const struct { const char *file, *detail; } bad[] = {
		{ "empty", "the keyring has 0 bytes" }, { "huge.gpg", "the keyring has 1048577 bytes" },
		{ "text.gpg", "not a keyring" }, { "cut.gpg", "" }, { "pubring.kbx", "" },
		{ "secret.gpg", "the keyring has a secret key" }, { "signer.asc", "" },
	};
	static const struct { const char *file; size_t keys; } good[] = {
		{ "one.gpg", 1 }, { "keys.gpg", 7 }, { "keys.asc", 7 },
	};
	struct fixture *f = *state;
	need_gpg();
	for (size_t i = 0; i < ROWS(bad); i++) {
		struct openpgp_keyring *k = NULL;
		enum err err = openpgp_keyring_new(signed_file(f, bad[i].file), &k, &f->e);
		if (err != ERR_INVALID || !strstr(f->e.detail, bad[i].detail))
			fail_msg("%s: %s %s", bad[i].file, err_code(err), f->e.detail);
		assert_null(k);
	}
	for (size_t i = 0; i < ROWS(good); i++) {
		struct openpgp_keyring *k = NULL;
		assert_ok(f, openpgp_keyring_new(signed_file(f, good[i].file), &k, &f->e));
		assert_int_equal(openpgp_keyring_count(k), good[i].keys);
		openpgp_keyring_free(k);
	}
}

/* The library talks about its input to nobody, and whoever writes there afterwards is heard. */
static void the_library_is_silent(void **state)
{
	struct fixture *f = *state;
	struct openpgp_signature s;
	char heard[200] = "";
	int pipes[2], kept = dup(STDERR_FILENO);
	need_gpg();
	open_keyring(f, "keys.gpg");
	struct str sha1 = signed_file(f, "sha1.asc");
	assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
	assert_int_equal(dup2(pipes[1], STDERR_FILENO), STDERR_FILENO);
	enum err err = openpgp_verify_cleartext(&f->arena, f->keyring, sha1, now(), &s, &f->e);
	fputs("heard", stderr);
	(void)dup2(kept, STDERR_FILENO);
	assert_int_equal(err, OK);
	assert_int_equal(read(pipes[0], heard, sizeof heard - 1), 5);
	assert_string_equal(heard, "heard");
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	(void)close(kept);
}



int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(t_up_07_two_signatures),
		TEST(t_up_07_lines_that_end_otherwise),
		TEST(t_up_07_huge),
		TEST(keyrings),
		TEST(the_library_is_silent),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	signed_begin(script);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("signature", t_auth_16_verdict, verdicts);
	failed += RUN_TABLE("changed", t_up_07_change, changes);
	signed_end();
	return failed;
}
