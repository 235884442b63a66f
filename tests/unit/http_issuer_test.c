/* Certificates for other hosts: made once, renewed in time, so many at most, and so many at once. */
#include "folder.h"

#include <pthread.h>

#include "indexer/base/auto.h"
#include "indexer/base/authority.h"
#include "indexer/base/clock.h"
#include "server/http/issuer.h"

#define NOW (INT64_C(1772701964) * NS_PER_SECOND)       /* 2026-03-05T09:12:44Z */
#define RENEWS ((ISSUED_DAYS - ISSUED_RENEW_DAYS) * NS_PER_DAY)

struct fixture {
	char root[FOLDER_BYTES];
	int dir;
	struct issuer *issuer;
	struct errinfo e;
};

static bool any_host(void *ctx, struct str host) { (void)ctx, (void)host; return true; }

static struct http_shadow options(const struct fixture *f)
{
	return (struct http_shadow){ .answers_for = any_host, .dir = f->dir, .cert = "ca.crt", .key = "ca.key",
	                             .refused_mode = AUTHORITY_OWNER };
}

static void make_authority(struct fixture *f, int64_t until_ns)
{
	struct authority *ca;
	const struct authority_wish w = { .name = STR("Test"), .now_ns = NOW, .until_ns = until_ns };
	assert_ok(f, authority_new(&w, &ca, &f->e));
	assert_ok(f, authority_save(ca, f->dir, "ca.crt", "ca.key", &f->e));
	authority_free(ca);
}

static int set_up_folder(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	make_folder(f->root);
	f->dir = open(f->root, O_RDONLY | O_DIRECTORY);
	*state = f;
	return 0;
}

static int set_up(void **state)
{
	assert_int_equal(set_up_folder(state), 0);
	struct fixture *f = *state;
	const struct http_shadow o = options(f);
	make_authority(f, NOW + 3650 * NS_PER_DAY);
	assert_ok(f, issuer_open(&o, &f->issuer, &f->e));
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	issuer_close(f->issuer);
	(void)close(f->dir);
	remove_tree(f->root);
	free(f);
	return 0;
}

static enum err get(struct fixture *f, const char *host, int64_t now_ns, struct sbuf *chain)
{
	AUTO_SBUF struct sbuf key = sbuf_make(MIB);
	sbuf_reset(chain);
	return issuer_get(f->issuer, str_c(host), now_ns, chain, &key, &f->e);
}

/* Whether the host is shown the same at both times. */
static bool stays(struct fixture *f, const char *host, const char *again, int64_t then_ns)
{
	AUTO_SBUF struct sbuf a = sbuf_make(MIB), b = sbuf_make(MIB);
	assert_ok(f, get(f, host, NOW, &a));
	assert_ok(f, get(f, again, then_ns, &b));
	return str_eq(sbuf_str(&a), sbuf_str(&b));
}

static void one_is_made_once(void **state)
{
	struct fixture *f = *state;
	assert_true(stays(f, "a.example", "a.example", NOW));
	assert_true(stays(f, "a.example", "A.Example.", NOW));
	assert_false(stays(f, "a.example", "b.example", NOW));
}

static void one_is_renewed_in_time(void **state)
{
	struct fixture *f = *state;
	assert_true(stays(f, "a.example", "a.example", NOW + RENEWS - 1));
	assert_false(stays(f, "a.example", "a.example", NOW + RENEWS));
}

/* Who looked at a clock that was wrong. */
static void one_of_the_future_is_made_anew(void **state)
{
	struct fixture *f = *state;
	assert_true(stays(f, "a.example", "a.example", NOW - NS_PER_HOUR));
	assert_false(stays(f, "b.example", "b.example", NOW - NS_PER_HOUR - 1));
}

/* Not at every handshake. */
static void of_an_authority_that_ends_soon(void **state)
{
	struct fixture *f = *state;
	const struct http_shadow o = options(f);
	make_authority(f, NOW + NS_PER_HOUR);
	assert_ok(f, issuer_open(&o, &f->issuer, &f->e));
	assert_true(stays(f, "a.example", "a.example", NOW + NS_PER_HOUR / 2 - 1));
	assert_false(stays(f, "a.example", "a.example", NOW + NS_PER_HOUR / 2));
	assert_int_equal(issuer_expires(f->issuer), (NOW + NS_PER_HOUR) / NS_PER_SECOND);
}

static const char *numbered(unsigned number, char to[32])
{
	(void)snprintf(to, 32, "h%u.example", number);
	return to;
}

static void get_all(struct fixture *f, unsigned from, unsigned count, int64_t now_ns)
{
	AUTO_SBUF struct sbuf chain = sbuf_make(MIB);
	char name[32];
	for (unsigned i = from; i < from + count; i++)
		assert_ok(f, get(f, numbered(i, name), now_ns, &chain));
}

static void new_ones_have_a_limit(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf chain = sbuf_make(MIB);
	get_all(f, 0, ISSUED_MAX, NOW);
	assert_err(f, BUSY, get(f, "one-more.example", NOW, &chain));
	assert_int_equal(chain.n, 0);
	get_all(f, 0, ISSUED_MAX, NOW);          /* those are there */
	get_all(f, ISSUED_MAX, ISSUED_PER_SECOND, NOW + NS_PER_SECOND);
	assert_err(f, BUSY, get(f, "one-more.example", NOW + NS_PER_SECOND, &chain));
	assert_err(f, BUSY, get(f, "one-more.example", NOW - NS_PER_DAY, &chain));
}

static void the_oldest_goes(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf first = sbuf_make(MIB), second = sbuf_make(MIB), again = sbuf_make(MIB);
	assert_ok(f, get(f, "h0.example", NOW, &first));
	assert_ok(f, get(f, "h1.example", NOW, &second));
	get_all(f, 2, ISSUED_MAX - 2, NOW);
	assert_ok(f, get(f, "h0.example", NOW, &again));
	get_all(f, ISSUED_MAX, 1, NOW + NS_PER_SECOND);
	assert_ok(f, get(f, "h0.example", NOW + NS_PER_SECOND, &again));
	assert_true(str_eq(sbuf_str(&first), sbuf_str(&again)));
	assert_ok(f, get(f, "h1.example", NOW + NS_PER_SECOND, &again));
	assert_false(str_eq(sbuf_str(&second), sbuf_str(&again)));
}

/* Shown while it counts. */
static void one_that_cannot_be_renewed_now(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf a = sbuf_make(MIB), b = sbuf_make(MIB);
	assert_ok(f, get(f, "a.example", NOW, &a));
	get_all(f, 0, ISSUED_MAX - 1, NOW + RENEWS - 1);
	assert_ok(f, get(f, "a.example", NOW + RENEWS - 1, &b));
	get_all(f, ISSUED_MAX, 1, NOW + RENEWS - 1);
	assert_err(f, BUSY, get(f, "one-more.example", NOW + RENEWS, &b));
	assert_ok(f, get(f, "a.example", NOW + RENEWS, &b));
	assert_true(str_eq(sbuf_str(&a), sbuf_str(&b)));
}

struct name_row { const char *host; enum err err; };
static const struct name_row name_rows[] = {
	{ "a.example", OK }, { "A.EXAMPLE.", OK }, { "", ERR_INVALID }, { ".", ERR_INVALID },
	{ "a..", ERR_INVALID },
	{ "*.example", ERR_INVALID }, { "192.0.2.1", ERR_INVALID }, { "a b", ERR_INVALID },
};

static void a_name(void **state)
{
	const struct name_row *row = *state;
	void *made = NULL;
	AUTO_SBUF struct sbuf chain = sbuf_make(MIB);
	assert_int_equal(set_up(&made), 0);
	assert_int_equal(get(made, row->host, NOW, &chain), row->err);
	assert_int_equal(tear_down(&made), 0);
}

static void without_an_authority(void **state)
{
	struct fixture *f = *state;
	struct http_shadow o = options(f);
	AUTO_SBUF struct sbuf chain = sbuf_make(MIB);
	assert_err(f, CONFIG, issuer_open(&o, &f->issuer, &f->e));
	o.may_be_absent = true;
	assert_ok(f, issuer_open(&o, &f->issuer, &f->e));
	assert_err(f, NOT_FOUND, get(f, "a.example", NOW, &chain));
	assert_int_equal(issuer_expires(f->issuer), 0);
	make_authority(f, NOW + 3650 * NS_PER_DAY);
	issuer_refresh(f->issuer);
	assert_ok(f, get(f, "a.example", NOW, &chain));
}

static void *ask(void *fixture)
{
	struct fixture f = { .issuer = ((struct fixture *)fixture)->issuer };
	for (int64_t i = 0; i < 3; i++)
		get_all(&f, 0, 20, NOW + i * RENEWS);
	return NULL;
}

static void threads_ask_at_once(void **state)
{
	pthread_t threads[4];
	struct fixture *f = *state;
	for (size_t i = 0; i < ROWS(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, f), 0);
	issuer_refresh(f->issuer);
	for (size_t i = 0; i < ROWS(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(one_is_made_once),
		TEST(one_is_renewed_in_time),
		TEST(one_of_the_future_is_made_anew),
		cmocka_unit_test_setup_teardown(of_an_authority_that_ends_soon, set_up_folder, tear_down),
		TEST(new_ones_have_a_limit),
		TEST(the_oldest_goes),
		TEST(one_that_cannot_be_renewed_now),
		cmocka_unit_test_setup_teardown(without_an_authority, set_up_folder, tear_down),
		TEST(threads_ask_at_once),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("name", a_name, name_rows) + cmocka_run_group_tests(tests, NULL, NULL);
}
