/* Authorities: which names one signs for, how long that counts, and what is none. What clients make of its
 * certificates: tests/wire/test_shadow_tls.py.                                                */
#include "folder.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "indexer/base/auto.h"
#include "indexer/base/authority.h"
#include "indexer/base/clock.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"

#define NOW (INT64_C(1772701964) * NS_PER_SECOND)       /* 2026-03-05T09:12:44Z */
#define HOST STR("charts.jetstack.io")

struct fixture {
	char root[FOLDER_BYTES];
	int dir;
	struct authority *ca;
	struct authority_signed out;
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
	authority_free(f->ca);
	sbuf_done(&f->out.chain);
	sbuf_done(&f->out.key);
	(void)close(f->dir);
	remove_tree(f->root);
	free(f);
	return 0;
}

static void make(struct fixture *f, int64_t until_ns)
{
	const struct authority_wish w = { .name = STR("Test"), .now_ns = NOW, .until_ns = until_ns };
	assert_ok(f, authority_new(&w, &f->ca, &f->e));
}

static X509 *leaf_of(struct fixture *f)
{
	BIO *in = BIO_new_mem_buf(f->out.chain.p, (int)f->out.chain.n);
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	BIO_free(in);
	assert_non_null(x);
	return x;
}

/* ---- names ---- */

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct name_row { const char *host; bool plain; } name_rows[] = {
	{ "charts.jetstack.io", true }, { "localhost", true }, { "a", true }, { "a-b.c", true },
	{ "a_b.c", true },
	{ "xn--bcher-kva.example", true }, { "1.example", true }, { A63 "." A63 "." A63 ".example", true },
	{ "", false }, { ".", false }, { "a.", false }, { ".a", false }, { "a..b", false }, { "A.b", false },
	{ "-a.b", false }, { "a-.b", false }, { "*.a", false }, { "a.*", false }, { "192.0.2.1", false },
	{ "1", false }, { "::1", false }, { "[::1]", false }, { "a:443", false }, { "a/b", false },
	{ "a b", false },
	{ "a,DNS:b", false }, { "a\tb", false }, { "\xc3\xa9.example", false }, { "a" A63 ".b", false },
	{ A63 "." A63 "." A63 "." A63 ".a", false },
};

static void a_name(void **state)
{
	const struct name_row *row = *state;
	assert_int_equal(authority_host_is_plain(str_c(row->host)), row->plain);
}

static void a_name_with_nul(void **state)
{
	(void)state;
	assert_false(authority_host_is_plain(str_make("a.b\0.c", 6)));
}

/* ---- times ---- */

struct life_row { const char *name; int64_t until_ns, wanted_ns; };
static const struct life_row life_rows[] = {
	{ "a week", NOW + 3650 * NS_PER_DAY, NOW + 7 * NS_PER_DAY },
	{ "not longer than its issuer", NOW + NS_PER_DAY, NOW + NS_PER_DAY },
	{ "of one that has expired", NOW - NS_PER_DAY, NOW + 7 * NS_PER_DAY },
};

static void a_life(void **state)
{
	const struct life_row *row = *state;
	void *made = NULL;
	assert_int_equal(set_up(&made), 0);
	struct fixture *f = made;
	make(f, row->until_ns);
	assert_ok(f, authority_sign(f->ca, HOST, NOW, 7 * NS_PER_DAY, &f->out, &f->e));
	X509 *x = leaf_of(f);
	time_t from = (time_t)((NOW - NS_PER_HOUR) / NS_PER_SECOND);
	time_t until = (time_t)(row->wanted_ns / NS_PER_SECOND);
	assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notBefore(x), from), 0);
	assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notAfter(x), until), 0);
	assert_int_equal(f->out.until_ns, row->wanted_ns);
	X509_free(x);
	assert_int_equal(tear_down(&made), 0);
}

/* ---- what is signed ---- */

static void a_leaf_is_for_its_host_alone(void **state)
{
	struct fixture *f = *state;
	make(f, NOW + 3650 * NS_PER_DAY);
	assert_ok(f, authority_sign(f->ca, HOST, NOW, NS_PER_DAY, &f->out, &f->e));
	X509 *x = leaf_of(f);
	assert_int_equal(X509_check_host(x, HOST.p, HOST.n, 0, NULL), 1);
	assert_int_equal(X509_check_host(x, "x.charts.jetstack.io", 0, 0, NULL), 0);
	assert_int_equal(X509_check_ca(x), 0);
	assert_int_equal(X509_check_purpose(x, X509_PURPOSE_SSL_SERVER, 0), 1);
	assert_int_equal(X509_check_purpose(x, X509_PURPOSE_SSL_CLIENT, 0), 0);
	X509_free(x);
	assert_err(f, INVALID, authority_sign(f->ca, STR("*.a"), NOW, NS_PER_DAY, &f->out, &f->e));
}

static void constraints_hold(void **state)
{
	struct fixture *f = *state;
	const struct str hosts[] = { STR("jetstack.io"), STR("grafana.github.io") };
	const struct authority_wish w = { .name = STR("Some"), .hosts = hosts, .host_count = ROWS(hosts),
	                                  .now_ns = NOW, .until_ns = NOW + NS_PER_DAY };
	assert_ok(f, authority_new(&w, &f->ca, &f->e));
	assert_err(f, FORBIDDEN, authority_sign(f->ca, STR("evil.example"), NOW, NS_PER_HOUR, &f->out, &f->e));
	assert_err(f, FORBIDDEN, authority_sign(f->ca, STR("xjetstack.io"), NOW, NS_PER_HOUR, &f->out, &f->e));
	assert_null(f->out.chain.p);
	assert_ok(f, authority_sign(f->ca, HOST, NOW, NS_PER_HOUR, &f->out, &f->e));
}

static void hosts_have_a_limit(void **state)
{
	struct fixture *f = *state;
	struct str hosts[AUTHORITY_HOSTS_MAX + 1];
	for (size_t i = 0; i < ROWS(hosts); i++)
		hosts[i] = STR(A63 "." A63 "." A63 ".example");
	struct authority_wish w = { .name = STR("Many"), .hosts = hosts, .host_count = AUTHORITY_HOSTS_MAX,
	                            .now_ns = NOW, .until_ns = NOW + NS_PER_DAY };
	assert_ok(f, authority_new(&w, &f->ca, &f->e));
	w.host_count++;
	assert_err(f, INVALID, authority_new(&w, &(struct authority *){ 0 }, &f->e));
}

/* ---- files ---- */

static void files_keep_it(void **state)
{
	struct fixture *f = *state;
	struct authority *again = NULL;
	struct authority_facts a, b;
	struct stat st;
	make(f, NOW + NS_PER_DAY);
	assert_ok(f, authority_save(f->ca, f->dir, "ca.crt", "ca.key", &f->e));
	assert_int_equal(fstatat(f->dir, "ca.key", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_ok(f, authority_load(f->dir, "ca.crt", "ca.key", AUTHORITY_OWNER, &again, &f->e));
	assert_ok(f, authority_facts(f->ca, &a, &f->e));
	assert_ok(f, authority_facts(again, &b, &f->e));
	assert_memory_equal(a.fingerprint, b.fingerprint, sizeof a.fingerprint);
	assert_string_equal(b.name, "Test");
	assert_int_equal(b.until_ns, NOW + NS_PER_DAY);
	authority_free(again);
	assert_err(f, EXISTS, authority_save(f->ca, f->dir, "ca.crt", "ca.key", &f->e));
}

struct mode_row { const char *name; mode_t mode; unsigned refused; bool good; };
static const struct mode_row mode_rows[] = {
	{ "0600, owner", 0600, AUTHORITY_OWNER, true }, { "0400, owner", 0400, AUTHORITY_OWNER, true },
	{ "0640, owner", 0640, AUTHORITY_OWNER, false }, { "0604, owner", 0604, AUTHORITY_OWNER, false },
	{ "0640, group", 0640, AUTHORITY_GROUP, true }, { "0660, group", 0660, AUTHORITY_GROUP, false },
	{ "0644, group", 0644, AUTHORITY_GROUP, false },
};

static void a_mode(void **state)
{
	const struct mode_row *row = *state;
	void *made = NULL;
	struct authority *again = NULL;
	assert_int_equal(set_up(&made), 0);
	struct fixture *f = made;
	make(f, NOW + NS_PER_DAY);
	assert_ok(f, authority_save(f->ca, f->dir, "ca.crt", "ca.key", &f->e));
	assert_int_equal(fchmodat(f->dir, "ca.key", row->mode, 0), 0);
	enum err err = authority_load(f->dir, "ca.crt", "ca.key", row->refused, &again, &f->e);
	assert_int_equal(err, row->good ? OK : ERR_CONFIG);
	authority_free(again);
	assert_int_equal(tear_down(&made), 0);
}

static void a_file_has_a_limit(void **state)
{
	struct fixture *f = *state;
	struct authority *again = NULL;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	make(f, NOW + NS_PER_DAY);
	assert_ok(f, authority_save(f->ca, f->dir, "ca.crt", "ca.key", &f->e));
	for (unsigned i = 0; i < TLS_CHAIN_MAX; i++) {
		char text[4 * KIB];
		AUTO_FD int fd = openat(f->dir, "ca.crt", O_RDONLY);
		ssize_t n = read(fd, text, sizeof text);
		assert_true(n > 0);
		sbuf_put(&b, str_make(text, (size_t)n));
	}
	assert_ok(f, fs_put(f->dir, "many.crt", 0600, sbuf_str(&b), false, &f->e));
	assert_err(f, CONFIG, authority_load(f->dir, "many.crt", "ca.key", AUTHORITY_OWNER, &again, &f->e));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_with_nul),
		TEST(a_leaf_is_for_its_host_alone),
		TEST(constraints_hold),
		TEST(hosts_have_a_limit),
		TEST(files_keep_it),
		TEST(a_file_has_a_limit),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("name", a_name, name_rows) + RUN_TABLE("life", a_life, life_rows) +
	       RUN_TABLE("mode", a_mode, mode_rows) + cmocka_run_group_tests(tests, NULL, NULL);
}
