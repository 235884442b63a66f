/* Who sends a request: tokens, passwords, a proxy's word, a certificate, or nobody.
 * Long because every way to sign in meets every other in it. */
#include "route_fixture.h"

#include <time.h>

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/clock.h"
#include "indexer/base/secret.h"
#include "indexer/store/accounts.h"
#include "server/auth/auth.h"

#define HERE "127.0.0.1:8879"
/* Stored in a way that costs little to look at; where that counts it is stored as passwords are. */
#define PASSWORD "correct horse"
#define STORED "scrypt$4$8$1$MDEyMzQ1Njc4OWFiY2RlZg==$OAkZqUBelG6VIYdTJfYSENL5OmZRxMa3GwXn5oFliTg="

/* ---- the catalog ---- */

static struct account_row accounts[4];
static struct token_row tokens[6];
static size_t account_count, token_count;
static bool broken;

enum err catalog_accounts(struct catalog *c, struct arena *a, struct account_row **ret,
                          size_t *ret_count, struct errinfo *e)
{
	(void)c, (void)a;
	*ret = accounts;
	*ret_count = account_count;
	return broken ? ERR(e, DB, "broken") : OK;
}

enum err catalog_tokens(struct catalog *c, struct arena *a, struct token_row **ret,
                        size_t *ret_count, struct errinfo *e)
{
	(void)c, (void)a, (void)e;
	*ret = tokens;
	*ret_count = token_count;
	return OK;
}

static bool ever;                    /* there were people who are gone */

enum err catalog_people_ever(struct catalog *c, bool *ret, struct errinfo *e)
{
	(void)c, (void)e;
	*ret = ever;
	return OK;
}

enum err catalog_token_used(struct catalog *c, int64_t id, int64_t at_ns, struct errinfo *e)
{
	(void)c, (void)id, (void)at_ns, (void)e;
	return OK;
}

/* ---- people ---- */

static char alices[TOKEN_BYTES + 1], ci[TOKEN_BYTES + 1], old[TOKEN_BYTES + 1],
	daves[TOKEN_BYTES + 1], unknown[TOKEN_BYTES + 1], wrong_crc[TOKEN_BYTES + 1];
static struct auth *auth;

static const char *const proxy_roles[] = { "readers=pull:team/*", "platform=admin:*", "cn=x,ou=y=pull:ldap" };

static void token(size_t i, int64_t account, const char *roles, char *text, int64_t expires_ns)
{
	assert_int_equal(token_new(text, NULL), OK);
	tokens[i] = (struct token_row){ .id = (int64_t)i + 1, .name = STR("a token"),
	                                .account_id = account, .roles = str_c(roles),
	                                .expires_ns = expires_ns };
	assert_int_equal(sha256_of(str_c(text), &tokens[i].digest, NULL), OK);
}

static int prepare(void **state)
{
	struct auth_options o = { .proxy_user_header = "X-User", .proxy_groups_header = "X-Groups",
	                          .proxy_roles = proxy_roles, .proxy_role_count = 2 };
	(void)state;
	accounts[0] = (struct account_row){ .id = 3, .name = STR("alice"), .password = STR(STORED),
	                                    .roles = STR("pull:*\npush:team/*") };
	accounts[1] = (struct account_row){ .id = 1, .name = STR("root"), .password = STR(STORED),
	                                    .roles = STR("admin:*") };
	accounts[2] = (struct account_row){ .id = 2, .name = STR("dave"), .password = STR(STORED),
	                                    .roles = STR("admin:*"), .disabled = true };
	token(0, 3, "admin:*", alices, 0);
	token(1, 0, "push:stable:redis*", ci, clock_wall() + 3600 * NS_PER_SECOND);
	token(2, 0, "admin:*", old, clock_wall() - 1);
	token(3, 2, "admin:*", daves, 0);
	assert_int_equal(token_new(unknown, NULL), OK);
	memcpy(wrong_crc, ci, sizeof ci);
	wrong_crc[TOKEN_BYTES - 1] = wrong_crc[TOKEN_BYTES - 1] == '0' ? '1' : '0';
	account_count = 3;
	token_count = 4;
	broken = ever = false;
	assert_int_equal(auth_new(&o, &auth, NULL), OK);
	assert_int_equal(auth_load(auth, NULL, NULL), OK);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	auth_free(auth);
	return 0;
}

/* ---- requests ---- */

static struct fake_request anyone(void)
{
	return (struct fake_request){ .r = { .listen = STR(HERE), .remote = STR("192.0.2.1") },
	                              .headers = { { "Host", HERE } } };
}

static const char *basic(struct arena *a, const char *user, size_t user_bytes, const char *password)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB), plain = sbuf_make(MIB);
	sbuf_put(&plain, str_make(user, user_bytes));
	sbuf_putc(&plain, ':');
	sbuf_puts(&plain, password);
	sbuf_puts(&b, "Basic ");
	base64_put(&b, sbuf_str(&plain));
	return arena_dup(a, sbuf_str(&b));
}

/* Also what follows when a password had to be hashed. */
static enum err identify(struct fake_request *f, struct caller *ret)
{
	const struct timespec moment = { 0, 5 * NS_PER_MS };
	struct sign_in *wait = NULL;
	struct errinfo e = { 0 };
	unsigned resumes = f->resumes;
	enum err err = auth_identify(auth, &f->r, false, ret, &wait, &e);
	if (!wait)
		return err;
	while (f->resumes == resumes)
		(void)nanosleep(&moment, NULL);
	return auth_identify(auth, &f->r, false, ret, &wait, &e);
}

static enum err identify_by(const char *header, struct caller *ret, struct fake_request *f)
{
	*f = anyone();
	f->headers[1].name = "Authorization";
	f->headers[1].value = header;
	return identify(f, ret);
}

static bool may(const struct caller *who, enum role role, const char *repo, const char *chart)
{
	return auth_may(auth, who, role, str_c(repo), str_c(chart));
}

/* ---- Basic and Bearer ---- */

static void t_auth_02_t_auth_03_headers(void **state)
{
	static const struct { const char *header; enum err err; } rows[] = {
		{ "", ERR_INVALID }, { "Basic", ERR_INVALID }, { "Basic ", ERR_INVALID },
		{ "Bearer", ERR_INVALID }, { "Bearer ", ERR_INVALID }, { "x", ERR_INVALID },
		{ "Basic !!!!", ERR_INVALID }, { "Basic YQ", ERR_INVALID }, { "Basic YTpi\t", ERR_UNAUTHORIZED },
		{ "Basic YTpi YTpi", ERR_INVALID },
		{ "Basic YWI=", ERR_INVALID },                   /* no colon */
		{ "Basic Og==", ERR_UNAUTHORIZED },              /* neither user nor password */
		{ "Basic YTo=", ERR_UNAUTHORIZED },              /* no password */
		{ "Basic OmI=", ERR_UNAUTHORIZED },              /* no user */
		{ "Basic YQBiOmM=", ERR_INVALID },               /* NUL in the user */
		{ "Basic YQpiOmM=", ERR_INVALID },               /* line feed */
		{ "Basic YTpiAA==", ERR_INVALID },               /* NUL behind the password */
		{ "Digest username=\"a\"", ERR_UNAUTHORIZED }, { "Negotiate abc", ERR_UNAUTHORIZED },
		{ "Bearer abc", ERR_UNAUTHORIZED }, { "Bearer clk_", ERR_UNAUTHORIZED },
		{ "Token abc", ERR_UNAUTHORIZED },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct fake_request f;
		struct caller who;
		enum err err = identify_by(rows[i].header, &who, &f);
		if (err != rows[i].err)
			fail_msg("\"%s\": %s", rows[i].header, err_code(err));
		arena_done(&f.r.arena);
	}
}

static void t_auth_03_tokens(void **state)
{
	const struct { const char *text; enum err err; const char *actor; } rows[] = {
		{ alices, OK, "t1" }, { ci, OK, "t2" }, { old, ERR_UNAUTHORIZED, NULL },
		{ daves, ERR_UNAUTHORIZED, NULL }, { unknown, ERR_UNAUTHORIZED, NULL },
		{ wrong_crc, ERR_UNAUTHORIZED, NULL },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (int how = 0; how < 4; how++) {
			AUTO_ARENA struct arena a = { 0 };
			struct fake_request f;
			struct caller who;
			const char *bearer = arena_printf(&a, how ? "bearer  %s" : "Bearer %s", rows[i].text);
			const char *header = how < 2 ? bearer : how == 2 ?
				basic(&a, "anybody", 7, rows[i].text) :
				basic(&a, rows[i].text, strlen(rows[i].text), "");
			if (rows[i].text == wrong_crc && how == 2)
				continue;            /* that is a password */
			assert_int_equal(identify_by(header, &who, &f), rows[i].err);
			if (!rows[i].err) {
				assert_true(str_eq_c(who.actor, rows[i].actor));
				assert_int_equal(who.kind, CALLER_TOKEN);
				assert_int_equal(who.ambient, how >= 2);
			}
			assert_int_equal(f.holds, 0);
			arena_done(&f.r.arena);
		}
}

/* A token of a person never allows more than the person may, nor more than it says itself. */
static void t_auth_09_t_auth_15_what_tokens_allow(void **state)
{
	struct caller alice = { .kind = CALLER_TOKEN, .token_id = 1, .account_id = 3 };
	struct caller machine = { .kind = CALLER_TOKEN, .token_id = 2 };
	AUTO_ARENA struct arena a = { 0 };
	struct grants g;
	(void)state;
	assert_true(may(&alice, ROLE_PULL, "x", "") && may(&alice, ROLE_PUSH, "team/a", "x"));
	assert_false(may(&alice, ROLE_PUSH, "x", "") || may(&alice, ROLE_DELETE, "team/a", ""));
	assert_false(auth_manages(auth, &alice));
	assert_true(auth_sees_all(auth, &alice));
	assert_true(may(&machine, ROLE_PUSH, "stable", "redis-ha"));
	assert_false(may(&machine, ROLE_PUSH, "stable", "nginx") || may(&machine, ROLE_PULL, "stable", ""));
	assert_int_equal(grants_parse(&a, STR("pull:x"), true, &g, NULL), OK);
	assert_true(auth_covers(auth, &alice, &g));
	assert_int_equal(grants_parse(&a, STR("admin:team/a"), true, &g, NULL), OK);
	assert_false(auth_covers(auth, &alice, &g));
	/* Less for the person is less for his token, at the next question. */
	accounts[0].roles = STR("pull:x");
	assert_int_equal(auth_load(auth, NULL, NULL), OK);
	assert_false(may(&alice, ROLE_PUSH, "team/a", "x") || may(&alice, ROLE_PULL, "y", ""));
	assert_true(may(&alice, ROLE_PULL, "x", ""));
	accounts[0].disabled = true;
	assert_int_equal(auth_load(auth, NULL, NULL), OK);
	assert_false(may(&alice, ROLE_PULL, "x", ""));
	token_count = 1;
	assert_int_equal(auth_load(auth, NULL, NULL), OK);
	assert_false(may(&machine, ROLE_PUSH, "stable", "redis"));
}

/* ---- passwords ---- */

static enum err sign_in(const char *user, const char *password, struct caller *who, unsigned *holds)
{
	AUTO_ARENA struct arena a = { 0 };
	struct fake_request f;
	enum err err = identify_by(basic(&a, user, strlen(user), password), who, &f);
	*holds = f.holds;
	arena_done(&f.r.arena);
	who->actor = who->name = (struct str){ 0 };
	return err;
}

static void t_auth_02_passwords_are_hashed_once(void **state)
{
	struct caller who;
	unsigned holds;
	(void)state;
	assert_int_equal(sign_in("alice", PASSWORD, &who, &holds), OK);
	assert_int_equal(holds, 1);
	assert_int_equal(who.kind, CALLER_USER);
	assert_int_equal(who.account_id, 3);
	assert_true(who.ambient);
	assert_int_equal(sign_in("alice", PASSWORD, &who, &holds), OK);
	assert_int_equal(holds, 0);
	assert_int_equal(sign_in("alice", PASSWORD "x", &who, &holds), ERR_UNAUTHORIZED);
	assert_int_equal(holds, 1);
	assert_int_equal(sign_in("nobody", PASSWORD, &who, &holds), ERR_UNAUTHORIZED);
	assert_int_equal(holds, 1);
	assert_int_equal(sign_in("dave", PASSWORD, &who, &holds), ERR_UNAUTHORIZED);
	assert_int_equal(holds, 1);
	/* What was remembered dies with the password, and with the account. */
	char other[PASSWORD_HASH_BYTES];
	assert_int_equal(password_hash(STR("another password"), other, NULL), OK);
	accounts[0].password = str_c(other);
	assert_int_equal(auth_load(auth, NULL, NULL), OK);
	assert_int_equal(sign_in("alice", PASSWORD, &who, &holds), ERR_UNAUTHORIZED);
	assert_int_equal(holds, 1);
	assert_int_equal(sign_in("alice", "another password", &who, &holds), OK);
	accounts[0].disabled = true;
	assert_int_equal(auth_load(auth, NULL, NULL), OK);
	assert_int_equal(sign_in("alice", "another password", &who, &holds), ERR_UNAUTHORIZED);
}

/* How many are looked at before it is too many: one more for every LOGIN_RETRY_SECONDS that it takes. */
static unsigned guesses_until_slowed(void)
{
	struct caller who;
	unsigned holds, count = 0;
	char guess[16];
	do {
		assert_true(count < 4 * LOGIN_FAILURES_MAX);
		(void)snprintf(guess, sizeof guess, "guess %u", count++);
	} while (sign_in("alice", guess, &who, &holds) != ERR_TOO_MANY);
	return count - 1;
}

static void t_auth_04_passwords_tried_out(void **state)
{
	struct caller who;
	unsigned holds;
	(void)state;
	assert_int_equal(sign_in("alice", PASSWORD, &who, &holds), OK);
	assert_true(guesses_until_slowed() >= LOGIN_FAILURES_MAX);
	/* Remembered, or by token: never slowed. */
	assert_int_equal(sign_in("alice", PASSWORD, &who, &holds), OK);
	assert_int_equal(sign_in("alice", alices, &who, &holds), OK);
	assert_true(guesses_until_slowed() < LOGIN_FAILURES_MAX);
}

/* Twenty at once with the same credentials are one hash, and no failures. */
static void t_auth_17_the_same_at_once(void **state)
{
	const struct timespec moment = { 0, 5 * NS_PER_MS };
	struct { struct fake_request f; struct caller who; struct sign_in *wait; } all[20] = { 0 };
	AUTO_ARENA struct arena a = { 0 };
	const char *header = basic(&a, "alice", 5, PASSWORD);
	char hash[PASSWORD_HASH_BYTES];
	struct errinfo e;
	unsigned resumed = 0;
	(void)state;
	assert_int_equal(password_hash(STR(PASSWORD), hash, NULL), OK);
	accounts[0].password = str_c(hash);
	assert_int_equal(auth_load(auth, NULL, NULL), OK);
	for (size_t i = 0; i < ROWS(all); i++) {
		all[i].f = anyone();
		all[i].f.headers[1].name = "Authorization";
		all[i].f.headers[1].value = header;
		assert_int_equal(auth_identify(auth, &all[i].f.r, false, &all[i].who, &all[i].wait, &e), OK);
		assert_non_null(all[i].wait);
	}
	while (resumed < ROWS(all)) {
		(void)nanosleep(&moment, NULL);
		resumed = 0;
		for (size_t i = 0; i < ROWS(all); i++)
			resumed += all[i].f.resumes;
	}
	for (size_t i = 0; i < ROWS(all); i++) {
		assert_int_equal(auth_identify(auth, &all[i].f.r, false, &all[i].who, &all[i].wait, &e), OK);
		assert_int_equal(all[i].who.account_id, 3);
		assert_int_equal(all[i].f.resumes, 1);
		arena_done(&all[i].f.r.arena);
	}
}

/* ---- a proxy's word, a certificate ---- */

struct word_row {
	const char *name;
	bool proxied;
	const char *user, *groups, *subject;
	bool twice;
	enum err err;
	enum caller_kind kind;
	bool reads_team, manages;
};

static const struct word_row word_rows[] = {
	{ "known, in a group", true, "alice", "readers", "", false, OK, CALLER_USER, true, false },
	{ "unknown, in a group", true, "zoe", "others, readers", "", false, OK, CALLER_PROXY, true, false },
	{ "unknown, in no group", true, "zoe", "", "", false, OK, CALLER_PROXY, false, false },
	{ "group's name is longer", true, "zoe", "readers2,xreaders", "", false, OK, CALLER_PROXY, false, false },
	{ "administrators", true, "zoe", "platform", "", false, OK, CALLER_PROXY, true, true },
	{ "from a stranger", false, "root", "platform", "", false, OK, CALLER_ANONYMOUS, false, false },
	{ "nobody signed in", true, NULL, "platform", "", false, OK, CALLER_ANONYMOUS, false, false },
	{ "disabled", true, "dave", "platform", "", false, ERR_UNAUTHORIZED, 0, false, false },
	{ "appended, not replaced", true, "zoe", "readers", "", true, ERR_INVALID, 0, false, false },
	{ "certificate", false, NULL, NULL, "alice", false, OK, CALLER_USER, true, false },
	{ "certificate of nobody", false, NULL, NULL, "zoe", false, OK, CALLER_ANONYMOUS, false, false },
	{ "certificate of a disabled account", false, NULL, NULL, "dave", false, ERR_UNAUTHORIZED, 0, false, false },
	{ "the proxy's own certificate", true, NULL, NULL, "root", false, OK, CALLER_ANONYMOUS, false, false },
};

static void t_auth_single_sign_on(void **state)
{
	const struct word_row *row = *state;
	struct fake_request f = anyone();
	struct caller who;
	size_t n = 1;
	assert_int_equal(prepare(NULL), 0);
	f.r.proxied = row->proxied;
	f.r.client_subject = str_c(row->subject);
	for (int i = 0; row->user && i <= row->twice; i++) {
		f.headers[n].name = "X-User";
		f.headers[n++].value = i ? "root" : row->user;
	}
	if (row->groups) {
		f.headers[n].name = "x-groups";
		f.headers[n].value = row->groups;
	}
	assert_int_equal(identify(&f, &who), row->err);
	if (!row->err) {
		assert_int_equal(who.kind, row->kind);
		assert_int_equal(may(&who, ROLE_PULL, "team/a", ""), row->reads_team);
		assert_int_equal(auth_manages(auth, &who), row->manages);
		if (who.kind == CALLER_PROXY)
			assert_true(who.actor.p[0] == 'x' && who.actor.n == 17);
	}
	arena_done(&f.r.arena);
	auth_free(auth);
}

/* ---- nobody in particular ---- */

static void t_auth_01_while_there_are_no_people(void **state)
{
	struct fake_request f = anyone();
	struct caller who;
	struct sign_in *wait = NULL;
	(void)state;
	f.r.local = true;
	assert_int_equal(identify(&f, &who), OK);
	assert_int_equal(who.kind, CALLER_ANONYMOUS);
	account_count = token_count = 0;
	assert_int_equal(auth_load(auth, NULL, NULL), OK);
	assert_int_equal(identify(&f, &who), OK);
	assert_int_equal(who.kind, CALLER_LOCAL);
	assert_true(auth_manages(auth, &who) && may(&who, ROLE_ADMIN, "x", ""));
	f.r.local = false;
	struct caller stranger;
	assert_int_equal(identify(&f, &stranger), OK);
	assert_int_equal(stranger.kind, CALLER_ANONYMOUS);
	assert_int_equal(auth_identify(auth, &f.r, true, &stranger, &wait, NULL), OK);
	assert_int_equal(stranger.kind, CALLER_OPEN);
	assert_true(may(&stranger, ROLE_PUSH, "x", "y") && may(&stranger, ROLE_PULL, "x", ""));
	assert_false(may(&stranger, ROLE_ADMIN, "x", "") || auth_manages(auth, &stranger));
	/* People who went do not open it again, nor in ChartMuseum's mode. */
	ever = true;
	assert_int_equal(auth_load(auth, NULL, NULL), OK);
	assert_true(auth_has_people(auth) && auth_is_deserted(auth));
	assert_false(auth_manages(auth, &who) || may(&stranger, ROLE_PUSH, "x", "y"));
	assert_int_equal(auth_identify(auth, &f.r, true, &stranger, &wait, NULL), OK);
	assert_int_equal(stranger.kind, CALLER_ANONYMOUS);
	ever = false;
	/* The first account ends it, for who is being served as well. */
	account_count = 1;
	assert_int_equal(auth_load(auth, NULL, NULL), OK);
	assert_false(auth_manages(auth, &who) || may(&who, ROLE_PULL, "x", ""));
	assert_false(may(&stranger, ROLE_PUSH, "x", "y"));
	arena_done(&f.r.arena);
}

/* Accounts that cannot be read are no reason to let anybody in. */
static void t_auth_09_unreadable_is_closed(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	struct fake_request f;
	struct caller who, alice = { .kind = CALLER_TOKEN, .token_id = 1, .account_id = 3 };
	(void)state;
	broken = true;
	assert_int_equal(auth_load(auth, NULL, NULL), ERR_DB);
	assert_true(auth_has_people(auth));
	assert_false(may(&alice, ROLE_PULL, "x", ""));
	assert_int_equal(identify_by(arena_printf(&a, "Bearer %s", ci), &who, &f), ERR_BUSY);
	arena_done(&f.r.arena);
	unsigned holds;
	assert_int_equal(sign_in("alice", PASSWORD, &who, &holds), ERR_BUSY);
	assert_int_equal(holds, 0);
	broken = false;
	assert_int_equal(auth_load(auth, NULL, NULL), OK);
	assert_true(may(&alice, ROLE_PULL, "x", ""));
}

static void t_auth_control_is_the_administrator(void **state)
{
	struct fake_request f;
	struct caller who;
	(void)state;
	f = anyone();
	f.r.control = true;
	f.headers[1].name = "Authorization";
	f.headers[1].value = "Bearer wrong";
	assert_int_equal(identify(&f, &who), OK);
	assert_true(str_eq(who.actor, STR("admin")));
	assert_true(auth_manages(auth, &who) && may(&who, ROLE_DELETE, "x", ""));
}

static void t_auth_proxy_roles(void **state)
{
	static const struct { const char *line; bool fine; } rows[] = {
		{ "a=pull:*", true }, { "cn=x,ou=y=admin:team/*", true }, { "=pull:*", false },
		{ "a", false }, { "a=", false }, { "a=read:*", false }, { "a=push:x:y", false },
		{ "a=pull:x\npull:y", false },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(auth_proxy_role_check(rows[i].line, NULL), rows[i].fine ? OK : ERR_CONFIG);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, prepare, finish)
	const struct CMUnitTest tests[] = {
		TEST(t_auth_02_t_auth_03_headers),
		TEST(t_auth_03_tokens),
		TEST(t_auth_09_t_auth_15_what_tokens_allow),
		TEST(t_auth_02_passwords_are_hashed_once),
		TEST(t_auth_04_passwords_tried_out),
		TEST(t_auth_17_the_same_at_once),
		TEST(t_auth_01_while_there_are_no_people),
		TEST(t_auth_09_unreadable_is_closed),
		TEST(t_auth_control_is_the_administrator),
		TEST(t_auth_proxy_roles),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("t_auth_single_sign_on", t_auth_single_sign_on, word_rows);
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
