/* TLS as its clients see it: curl and openssl are asked, because what they accept is what counts. */
#include "http_fixture.h"
#include "work_folder.h"

#define AUTHORITY(name) \
	"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout " name ".key " \
	"-out " name ".pem -days 3 -subj /CN=" name " -addext subjectAltName=IP:127.0.0.1 2>/dev/null && "
#define SIGNED(name, subject, authority) SIGNED_FOR(name, subject, authority, "")
#define SIGNED_FOR(name, subject, authority, options) \
	"openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout " name ".key " \
	"-out " name ".csr -subj " subject " 2>/dev/null && openssl x509 -req -in " name ".csr -CA " \
	authority ".pem -CAkey " authority ".key -out " name ".pem -days 3 " options " 2>/dev/null && "
#define MEANT_FOR(use) "-extfile use -extensions " use

#define WEAK \
	"openssl req -x509 -newkey rsa:1024 -nodes -keyout weak.key -out weak.pem -subj /CN=weak " \
	"2>/dev/null && "
#define EXPIRED \
	"openssl req -new -key server.key -subj /CN=expired -out expired.csr 2>/dev/null && openssl x509 " \
	"-req -in expired.csr -signkey server.key -days -1 -out expired.pem 2>/dev/null && "

static int make_certificates(void **state)
{
	if (enter(state))
		return -1;
	return system("printf '[clients]\nextendedKeyUsage=clientAuth\n[servers]\nextendedKeyUsage=serverAuth\n' >use && "
	              AUTHORITY("server") AUTHORITY("second") AUTHORITY("ca") AUTHORITY("other")
	              SIGNED("ci", "/O=x/CN=ci-bot", "ca") SIGNED("stranger", "/CN=ci-bot", "other")
	              SIGNED_FOR("meant", "/CN=ci-bot", "ca", MEANT_FOR("clients"))
	              SIGNED_FOR("website", "/CN=ci-bot", "ca", MEANT_FOR("servers"))
	              SIGNED("nameless", "/O=x", "ca") WEAK EXPIRED "true");
}

static int start(enum http_client_auth auth)
{
	server_start(&(struct http_options){ .control_fd = -1, .head_ms = 1000, .body_window_ms = 2000,
		.linger_ms = 300, .tls = { "server.pem", "server.key", "ca.pem", auth } });
	assert_true(http_is_tls(server, 0));
	return 0;
}

static int start_none(void **state) { (void)state; return start(HTTP_CLIENT_NONE); }
static int start_optional(void **state) { (void)state; return start(HTTP_CLIENT_OPTIONAL); }
static int start_require(void **state) { (void)state; return start(HTTP_CLIENT_REQUIRE); }

/* What a command prints; $A is the server's address. */
static const char *said(const char *command, struct sbuf *b)
{
	char line[512];
	(void)snprintf(line, sizeof line, "exec 2>&1; %s", command);
	assert_int_equal(setenv("A", http_address(server, 0), 1), 0);
	FILE *f = popen(line, "r");
	assert_non_null(f);
	sbuf_reset(b);
	char *to = sbuf_reserve(b, 64 * KIB);
	assert_non_null(to);
	b->n = fread(to, 1, 64 * KIB - 1, f);
	b->p[b->n] = '\0';
	(void)pclose(f);
	return b->p;
}

#define CURL(path, options) "curl -s --max-time 20 --cacert server.pem " options " https://$A" path
#define S_CLIENT(options) "openssl s_client -connect $A " options " </dev/null"

struct ask { const char *command, *text; };

static void check_rows(const struct ask *rows, size_t n)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	for (size_t i = 0; i < n; i++)
		if (!strstr(said(rows[i].command, &b), rows[i].text))
			fail_msg("%s\nsays nothing of %s:\n%s", rows[i].command, rows[i].text, b.p);
}

static void t_ops_02_versions(void **state)
{
	(void)state;
	static const struct ask rows[] = {
		{ CURL("/who", "-w '%{http_code}'"), "[127.0.0.1 https 127.0.0.1:" },
		{ CURL("/who", "--tlsv1.2 --tls-max 1.2"), " direct]<>" },
		{ CURL("/who", "--tlsv1.3"), " direct]<>" },
		{ S_CLIENT("-tls1_3"), "Cipher is TLS_AES_" },
		{ S_CLIENT("-tls1_2"), "Cipher is ECDHE-" },
		{ S_CLIENT("-tls1_1 -cipher ALL:@SECLEVEL=0"), "Cipher is (NONE)" },
		{ S_CLIENT("-tls1 -cipher ALL:@SECLEVEL=0"), "Cipher is (NONE)" },
		{ S_CLIENT("-tls1_2 -cipher aNULL:eNULL:RC4:DES:@SECLEVEL=0"), "Cipher is (NONE)" },
	};
	check_rows(rows, ROWS(rows));
}

static void t_ops_02_names_nobody_has_and_renegotiation(void **state)
{
	(void)state;
	static const struct ask rows[] = {
		{ S_CLIENT("-servername nobody.example"), "Cipher is TLS_AES_" },
		{ S_CLIENT("-servername ..."), "subject=CN = server" },
		{ S_CLIENT("-servername \"$(printf '%0255d' 0)\""), "subject=CN = server" },
		/* R asks for a new handshake; what follows it on this connection gets no answer. */
		{ "(echo R; sleep 1; printf 'GET /ok HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n'; sleep 1) | "
		  "timeout 10 openssl s_client -tls1_2 -connect $A | grep -c '^HTTP/1.1 200'", "0" },
		{ CURL("/who", ""), " direct]<>" },
	};
	check_rows(rows, ROWS(rows));
}

/* Everything that an answer or a body can be, inside TLS. */
static void payloads_and_bodies(void **state)
{
	(void)state;
	static const struct ask rows[] = {
		{ CURL("/file", "-o got -w '%{http_code} %{size_download}'"), "200 3145727" },
		{ CURL("/pieces", "-o got -w '%{http_code} %{size_download}'"), "200 499500" },
		{ CURL("/sleep", ""), "late" },
		{ CURL("/upload", "-d hello"), "POST /upload ? 5 " },
		{ CURL("/large", "-T server.pem -X POST -H Expect:100-continue -w '%{http_code}'"), "200" },
		{ CURL("/bad-write", "-d hello -w '%{http_code}'"), "507" },
		{ CURL("/upload", "-T got -X POST -H 'Transfer-Encoding: chunked' -w '%{http_code}'"), "413" },
		{ CURL("/hold?go", "-d hello"), "POST /hold ?go 5 " },
		{ CURL("/hold?refuse", "-d hello -w '%{http_code}'"), "not you403" },
		{ CURL("/hold?reply", "-T got -X POST -H Expect:100-continue -w '%{http_code}'"), "who?401" },
		{ "(printf 'POST /large HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: 9\\r\\n\\r\\nx'; sleep 5) | "
		  "timeout 20 openssl s_client -quiet -connect $A; echo over", "over" },
		{ "curl -s --max-time 20 http://$A/ok", "has to begin with https://" },
		{ "head -c 8000000 /dev/zero | curl -s --max-time 20 -H Expect: -T - http://$A/ok", "has to begin with" },
	};
	check_rows(rows, ROWS(rows));
	assert_true(wait_for(&app_ended, app_begun));
}

static void t_http_17_slow_handshake(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int64_t begun = clock_monotonic();
	int fd = client_connect();
	client_send(fd, STR("\x16\x03\x01"));
	assert_true(client_is_closed(fd, &b, 5000));
	assert_true(elapsed_ms(begun) < 3000);
	(void)close(fd);
}

/* ---- clients' certificates ---- */

#define CERT(name) "--cert " name ".pem --key " name ".key -w '%{http_code}'"

static void t_auth_client_certificates_are_optional(void **state)
{
	(void)state;
	static const struct ask rows[] = {
		{ CURL("/who", ""), " direct]<>" },
		{ CURL("/who", CERT("ci")), " direct]<ci-bot>" },
		{ CURL("/who", CERT("ci") " --tls-max 1.2"), " direct]<ci-bot>" },
		{ CURL("/who", CERT("stranger")), "the client certificate: " },
		{ CURL("/who", CERT("stranger")), "403" },
		{ CURL("/who", CERT("meant")), " direct]<ci-bot>" },
		{ CURL("/who", CERT("website")), "the client certificate: " },
		{ CURL("/who", CERT("nameless")), "no usable common name (CN)403" },
	};
	check_rows(rows, ROWS(rows));
}

static void t_auth_client_certificates_are_required(void **state)
{
	(void)state;
	static const struct ask rows[] = {
		{ CURL("/who", "-w '%{http_code}'"), "a client certificate is required here403" },
		{ CURL("/who", CERT("ci")), " direct]<ci-bot>" },
		{ CURL("/who", CERT("stranger")), "403" },
	};
	check_rows(rows, ROWS(rows));
}

static void t_auth_client_certificates_are_not_asked_for(void **state)
{
	(void)state;
	check_rows(&(struct ask){ CURL("/who", CERT("ci")), " direct]<>200" }, 1);
}

/* ---- other files ---- */

static void become(const char *cert, const char *key)
{
	char line[256];
	(void)snprintf(line, sizeof line, "cp %s.pem new && mv new server.pem && cp %s.key new && "
	               "mv new server.key", cert, key);
	assert_int_equal(system(line), 0);
}

static bool shows(const char *name)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	const struct timespec moment = { 0, 50 * NS_PER_MS };
	char subject[64];
	(void)snprintf(subject, sizeof subject, "subject=CN = %s\n", name);
	for (int i = 0; i < 100; i++) {
		if (strstr(said(S_CLIENT(""), &b), subject))
			return true;
		(void)nanosleep(&moment, NULL);
	}
	return false;
}

static void t_ops_02_certificates_are_read_again(void **state)
{
	(void)state;
	const struct timespec while_ago = { 1, 0 };
	assert_int_equal(system("cp server.pem first.pem && cp server.key first.key"), 0);
	start_none(NULL);
	assert_true(shows("server"));
	become("second", "second");
	assert_true(shows("second"));
	become("other", "second");           /* the key of another one: the old pair stays */
	(void)nanosleep(&while_ago, NULL);
	assert_true(shows("second"));
	assert_int_equal(system("cp first.key new && chmod 0604 new && cp first.pem server.pem && "
	                        "mv new server.key"), 0);
	(void)nanosleep(&while_ago, NULL);
	assert_true(shows("second"));        /* everybody may read that key: the old pair stays */
	assert_int_equal(chmod("server.key", 0600), 0);
	assert_true(shows("server"));
	become("second", "second");
	assert_true(shows("second"));
	assert_int_equal(system("echo nonsense > server.pem"), 0);
	(void)nanosleep(&while_ago, NULL);
	assert_true(shows("second"));
	assert_int_equal(system("rm server.pem"), 0);
	(void)nanosleep(&while_ago, NULL);
	assert_true(shows("second"));
	/* as Kubernetes does it: a link to other files */
	assert_int_equal(system("mkdir v1 && cp first.pem v1/server.pem && cp first.key v1/server.key && "
	                        "ln -sfn v1/server.pem server.pem && ln -sfn v1/server.key server.key"), 0);
	assert_true(shows("server"));
	server_stop();
}

static void t_ops_02_an_expired_certificate_is_shown(void **state)
{
	(void)state;
	struct http_stats stats;
	assert_int_equal(system("cp server.pem first.pem && cp server.key first.key"), 0);
	start_none(NULL);
	http_stats(server, &stats);
	assert_in_range(stats.certificate_expires, time(NULL) + 86400, time(NULL) + 4 * 86400);
	become("expired", "first");
	assert_true(shows("expired"));
	http_stats(server, &stats);
	assert_in_range(stats.certificate_expires, time(NULL) - 2 * 86400, time(NULL));
	become("weak", "weak");              /* that is refused: what was shown stays */
	const struct timespec while_ago = { 1, 0 };
	(void)nanosleep(&while_ago, NULL);
	assert_true(shows("expired"));
	become("first", "first");
	assert_true(shows("server"));
	server_stop();
}

static void t_ops_02_what_is_none_is_told_at_the_start(void **state)
{
	(void)state;
	static const struct { struct http_tls tls; const char *text; } rows[] = {
		{ { "absent.pem", "server.key", NULL, 0 }, "absent.pem does not exist" },
		{ { "server.pem", "absent.key", NULL, 0 }, "absent.key does not exist" },
		{ { "server.key", "server.key", NULL, 0 }, "server.key: " },
		{ { "server.pem", "closed.pem", NULL, 0 }, "closed.pem: " },
		{ { "server.pem", "open.key", NULL, 0 }, "open.key holds a secret, and everybody on this machine may "
		  "read it; say: chmod o= open.key" },
		{ { "both.pem", "both.pem", NULL, 0 }, "both.pem holds a secret" },
		{ { "server.pem", ".", NULL, 0 }, ". is not a regular file" },
		{ { "server.pem", "other.key", NULL, 0 },
		  "other.key is not the key of the certificate in server.pem" },
		{ { "server.pem", "server.key", "absent.pem", 1 }, "absent.pem does not exist" },
		{ { "server.pem", "server.key", "ca.key", 1 }, "ca.key: No certificate was found" },
		{ { "server.pem", "server.key", "empty.pem", 2 }, "empty.pem: No certificate was found" },
		{ { ".", "server.key", NULL, 0 }, ".: " },
		{ { "weak.pem", "weak.key", NULL, 0 }, "weak.pem: a key of 1024 bits is too weak" },
	};
	static const char *const any[] = { "127.0.0.1:0" };
	assert_int_equal(system("cp server.pem closed.pem && chmod 0600 closed.pem && cp server.key open.key && "
	                        "cat server.pem server.key >both.pem && chmod 0644 open.key both.pem && >empty.pem"), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_server *s = NULL;
		struct errinfo e = { 0 };
		struct http_options o = { .control_fd = -1, .listen = any, .listen_count = 1,
		                          .app = &tiny_app, .tls = rows[i].tls };
		assert_int_not_equal(http_open(&o, &s, &e), OK);
		assert_null(s);
		if (!strstr(e.detail, rows[i].text))
			fail_msg("\"%s\" says nothing of %s", e.detail, rows[i].text);
	}
}

#define WITH(test, start) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	const struct CMUnitTest all[] = {
		WITH(t_ops_02_versions, start_none),
		WITH(t_ops_02_names_nobody_has_and_renegotiation, start_none),
		WITH(payloads_and_bodies, start_none),
		WITH(t_http_17_slow_handshake, start_none),
		WITH(t_auth_client_certificates_are_optional, start_optional),
		WITH(t_auth_client_certificates_are_required, start_require),
		WITH(t_auth_client_certificates_are_not_asked_for, start_none),
		cmocka_unit_test(t_ops_02_what_is_none_is_told_at_the_start),
		cmocka_unit_test(t_ops_02_an_expired_certificate_is_shown),
		cmocka_unit_test(t_ops_02_certificates_are_read_again),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(all, make_certificates, leave);
}
