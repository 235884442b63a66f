/* Writing without users: who may, and which hosts name this listener. */
#include "route_fixture.h"
#include "server/auth/auth.h"

#define HERE "127.0.0.1:8879"
#define HOST { "Host", HERE }
#define PUBLIC "charts.example.org"

struct row {
	const char *name;
	const char *listen;
	bool local;
	struct { const char *name, *value; } headers[HEADERS_MAX];
	const char *refused;             /* a part of the reason; NULL: may write */
};

static const struct row rows[] = {
	{ "on this machine", HERE, true, { HOST }, NULL },
	{ "by name", HERE, true, { { "Host", "localhost:8879" } }, NULL },
	{ "from its own page", HERE, true, { HOST, { "Origin", "http://" HERE } }, NULL },
	{ "from its own page by name", HERE, true, { HOST, { "Origin", "http://localhost:8879" } }, NULL },

	{ "on another address", "192.0.2.1:8879", false, { { "Host", "192.0.2.1:8879" } },
	  "on 192.0.2.1:8879" },
	{ "on all addresses", "0.0.0.0:8879", false, { HOST }, "there are no users" },

	{ "rebound name", HERE, true, { { "Host", "evil.example:8879" } },
	  "\"evil.example:8879\"" },
	{ "no host", HERE, true, { { NULL, NULL } }, "for host \"\"" },
	{ "another port", HERE, true, { { "Host", "127.0.0.1:80" } }, "for host" },
	{ "no port", HERE, true, { { "Host", "localhost" } }, "for host" },

	{ "from another page", HERE, true, { HOST, { "Origin", "https://evil.example" } }, "another origin" },
	{ "from a file", HERE, true, { HOST, { "Origin", "null" } }, "another origin" },
	{ "from nowhere", HERE, true, { HOST, { "Origin", "" } }, "another origin" },
	{ "from another port", HERE, true, { HOST, { "Origin", "http://127.0.0.1:3000" } }, "another origin" },
	{ "from no port", HERE, true, { HOST, { "Origin", "http://127.0.0.1" } }, "another origin" },
	{ "from another scheme", HERE, true, { HOST, { "Origin", "https://" HERE } }, "another origin" },
	{ "from a longer name", HERE, true, { HOST, { "Origin", "http://" HERE ".evil" } }, "another origin" },
	{ "from an address in a name", HERE, true, { HOST, { "Origin", "http://x@" HERE } }, "another origin" },
	{ "from public_url", HERE, true, { HOST, { "Origin", "https://" PUBLIC } }, "another origin" },
	{ "to public_url", HERE, true, { { "Host", PUBLIC } }, "for host \"" PUBLIC "\"; use http://" HERE },

	{ "forwarded", HERE, true, { HOST, { "Forwarded", "for=192.0.2.9" } },
	  "through a proxy" },
	{ "forwarded for", HERE, true, { HOST, { "X-Forwarded-For", "192.0.2.9" } },
	  "through a proxy" },
	{ "forwarded host", HERE, true, { HOST, { "x-forwarded-host", "a" } },
	  "through a proxy" },
	{ "forwarded anything", HERE, true, { HOST, { "X-Forwarded-Whatever", "" } },
	  "through a proxy" },
	{ "by what stands between", HERE, true, { HOST, { "Via", "1.1 cache" } }, "through a proxy (Via header)" },
	{ "for an address", HERE, true, { HOST, { "x-real-ip", "192.0.2.9" } }, "through a proxy (X-Real-IP header)" },
	{ "another header of that beginning", HERE, true, { HOST, { "X-Forwards", "1" } },
	  NULL },
};

/* The same over TLS. */
static const struct row tls_rows[] = {
	{ "on this machine", HERE, true, { HOST }, NULL },
	{ "from its own page", HERE, true, { HOST, { "Origin", "https://" HERE } }, NULL },
	{ "from its own page by name", HERE, true,
	  { { "Host", "localhost:8879" }, { "Origin", "https://localhost:8879" } }, NULL },
	{ "on the usual port", "127.0.0.1:443", true,
	  { { "Host", "localhost" }, { "Origin", "https://localhost" } }, NULL },
	{ "on the other usual port", "127.0.0.1:80", true, { { "Host", "localhost" } },
	  "use https://127.0.0.1:80" },
	{ "from another scheme", HERE, true, { HOST, { "Origin", "http://" HERE } }, "another origin" },
	{ "from another page", HERE, true, { HOST, { "Origin", "https://evil.example" } },
	  "another origin" },
	{ "from another port", HERE, true, { HOST, { "Origin", "https://localhost" } }, "another origin" },
	{ "from a longer name", HERE, true, { HOST, { "Origin", "https://" HERE ".evil" } },
	  "another origin" },
	{ "from public_url", HERE, true, { HOST, { "Origin", "https://" PUBLIC } }, "another origin" },
	{ "to public_url", HERE, true, { { "Host", PUBLIC }, { "Origin", "https://" PUBLIC } },
	  "for host \"" PUBLIC "\"; use https://" HERE },
	{ "forwarded", HERE, true, { HOST, { "X-Forwarded-Proto", "https" } }, "through a proxy" },
};

static void ask(const struct row *row, bool tls)
{
	struct errinfo e = { 0 };
	struct fake_request f = { .r = { .local = row->local, .listen = str_c(row->listen),
	                                 .tls = tls, .public_url = STR("https://" PUBLIC) } };
	memcpy(f.headers, row->headers, sizeof f.headers);
	enum err err = auth_is_local(&f.r, &e);
	assert_int_equal(err, row->refused ? ERR_FORBIDDEN : OK);
	if (!row->refused)
		return;
	if (!strstr(e.detail, row->refused))
		fail_msg("\"%s\" says nothing of %s", e.detail, row->refused);
}

static void t_ops_may_write(void **state) { ask(*state, false); }

static void t_tls_may_write(void **state) { ask(*state, true); }

static void t_ops_names_listener(void **state)
{
	static const struct { const char *host, *listen; bool names; } table[] = {
		{ "127.0.0.1:8879", "127.0.0.1:8879", true },  { "localhost:8879", "127.0.0.1:8879", true },
		{ "LocalHost:8879", "127.0.0.1:8879", true },  { "[::1]:8879", "127.0.0.1:8879", true },
		{ "[::1]:8879", "[::1]:8879", true },          { "localhost:8879", "[::1]:8879", true },
		{ "127.0.0.2:8879", "127.0.0.2:8879", true },  { "localhost:8879", "127.0.0.2:8879", true },
		{ "127.0.0.3:8879", "127.0.0.2:8879", false }, { "127.0.0.1", "127.0.0.1:80", true },
		{ "127.0.0.1:80", "127.0.0.1:80", true },      { "[::1]", "[::1]:80", true },
		{ "LOCALHOST", "[::1]:80", true },             { "127.0.0.1", "127.0.0.1:8879", false },
		{ "[::1]", "[::1]:8879", false },
		{ "localhost:8878", "127.0.0.1:8879", false },
		{ "localhost:", "127.0.0.1:8879", false },     { "localhost:", "127.0.0.1:80", false },
		{ "", "127.0.0.1:80", false },                 { ":8879", "127.0.0.1:8879", false },
		{ "localhost.:8879", "127.0.0.1:8879", false },
		{ "localhost.evil:8879", "127.0.0.1:8879", false },
		{ "::1:8879", "[::1]:8879", false },           { "[::1", "[::1]:80", false },
		{ "[::1]:8879:8879", "[::1]:8879", false },
		{ "127.0.0.1:08879", "127.0.0.1:8879", false },
		{ "127.1:8879", "127.0.0.1:8879", false },
		{ "2130706433:8879", "127.0.0.1:8879", false },
		{ "[0:0:0:0:0:0:0:1]:8879", "[::1]:8879", false },
		{ "0.0.0.0:8879", "127.0.0.1:8879", false },
		{ "[::ffff:127.0.0.1]:8879", "127.0.0.1:8879", false },
		{ "localhost", "127.0.0.1:443", false },       { "localhost:443", "127.0.0.1:443", true },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++)
		if (auth_names_listener(str_c(table[i].host), str_c(table[i].listen), false) != table[i].names)
			fail_msg("%s names %s: not %d", table[i].host, table[i].listen, table[i].names);
}

static void t_tls_names_listener(void **state)
{
	(void)state;
	assert_true(auth_names_listener(STR("localhost"), STR("127.0.0.1:443"), true));
	assert_true(auth_names_listener(STR("[::1]:443"), STR("[::1]:443"), true));
	assert_true(auth_names_listener(STR("localhost:80"), STR("127.0.0.1:80"), true));
	assert_false(auth_names_listener(STR("localhost"), STR("127.0.0.1:80"), true));
}

int main(void)
{
	const struct CMUnitTest others[] = { cmocka_unit_test(t_ops_names_listener),
	                                     cmocka_unit_test(t_tls_names_listener) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("t_ops_may_write", t_ops_may_write, rows);
	failed += RUN_TABLE("t_tls_may_write", t_tls_may_write, tls_rows);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
