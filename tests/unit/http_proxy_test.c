/* T-HTTP-36: whose X-Forwarded-* headers count, and what they make of a request. */
#include "http_fixture.h"

#define MANY_8(x) x x x x x x x x

static const char *const trusted[] = { "127.0.0.1", "10.0.0.0/8", "2001:db8::/33" };

static int start_trusting(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .trusted_proxies = trusted,
	                                     .trusted_count = ROWS(trusted) });
	return 0;
}

static int start_alone(void **state)
{
	static const char *const others[] = { "127.0.0.2", "unix", "126.0.0.0/8" };
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .trusted_proxies = others,
	                                     .trusted_count = ROWS(others) });
	return 0;
}

struct row { const char *headers, *who; };

static void check_rows(const struct row *rows, size_t n)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB), request = sbuf_make(MIB);
	for (size_t i = 0; i < n; i++) {
		sbuf_reset(&request);
		sbuf_printf(&request, "GET /who HTTP/1.1\r\nHost: h\r\n%s\r\n", rows[i].headers);
		assert_int_equal(exchange(request.p, &b), 200);
		if (!has(&b, rows[i].who))
			fail_msg("%s→ %.*s", rows[i].headers, STR_ARG(sbuf_str(&b)));
	}
}

static void t_http_36_from_a_trusted_proxy(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ "", "[127.0.0.1 http h direct]" },
		{ "X-Forwarded-For: 192.0.2.1\r\n", "[192.0.2.1 http h proxied]" },
		{ "X-Forwarded-For: 192.0.2.1:4711\r\n", "[192.0.2.1 http h proxied]" },
		{ "X-Forwarded-For: 2001:DB8:8000::1\r\n", "[2001:db8:8000::1 http h proxied]" },
		{ "X-Forwarded-For: [2001:db8:8000::1]:80\r\n", "[2001:db8:8000::1 http h proxied]" },
		{ "X-Forwarded-For: ::ffff:192.0.2.1\r\n", "[192.0.2.1 http h proxied]" },
		/* the last one that no trusted proxy vouches for */
		{ "X-Forwarded-For: 1.1.1.1, 192.0.2.1\r\n", "[192.0.2.1 " },
		{ "X-Forwarded-For: 1.1.1.1, 192.0.2.1 ,10.1.2.3\r\n", "[192.0.2.1 " },
		{ "X-Forwarded-For: 192.0.2.1, 2001:db8:7fff::1, 10.1.2.3\r\n", "[192.0.2.1 " },
		{ "X-Forwarded-For: 192.0.2.1, 11.0.0.1\r\n", "[11.0.0.1 " },
		{ "X-Forwarded-For: 10.0.0.1, 10.0.0.2\r\n", "[10.0.0.1 " },
		/* several lines are one list */
		{ "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 192.0.2.1\r\n", "[192.0.2.1 " },
		{ "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 192.0.2.1\r\nx-forwarded-for: 10.0.0.1\r\n",
		  "[192.0.2.1 " },
		/* nonsense: the last that made sense */
		{ "X-Forwarded-For:\r\n", "[127.0.0.1 http h proxied]" },
		{ "X-Forwarded-For: unknown\r\n", "[127.0.0.1 " },
		{ "X-Forwarded-For: 1.1.1.1,\r\n", "[127.0.0.1 " },
		{ "X-Forwarded-For: 1.1.1.1, unknown, 10.0.0.1\r\n", "[10.0.0.1 " },
		{ "X-Forwarded-For: 192.0.2.1.5\r\n", "[127.0.0.1 " },
		{ "X-Forwarded-For: [192.0.2.1]\r\n", "[127.0.0.1 " },
		{ "X-Forwarded-For: 2001:db8::1:80:90:1:2:3:4:5\r\n", "[127.0.0.1 " },
		{ "X-Forwarded-For: 192.0.2.1%00\r\n", "[127.0.0.1 " },
		/* scheme and host */
		{ "X-Forwarded-Proto: https\r\n", "[127.0.0.1 https h proxied]" },
		{ "X-Forwarded-Proto: http, HTTPS\r\n", "[127.0.0.1 https h " },
		{ "X-Forwarded-Proto: https, http\r\n", "[127.0.0.1 http h " },
		{ "X-Forwarded-Proto: javascript\r\n", "[127.0.0.1 http h " },
		{ "X-Forwarded-Host: charts.example:8443\r\n", "[127.0.0.1 http charts.example:8443 " },
		{ "X-Forwarded-Host: a, b\r\n", "[127.0.0.1 http b " },
		{ "X-Forwarded-Host: a\"><script>\r\n", "[127.0.0.1 http h " },
		{ "X-Forwarded-Anything: x\r\n", "[127.0.0.1 http h proxied]" },
		/* RFC 7239 */
		{ "Forwarded: for=192.0.2.1;proto=https;host=a\r\n", "[192.0.2.1 https a proxied]" },
		{ "Forwarded: For=\"[2001:db8:8000::1]:4711\"\r\n", "[2001:db8:8000::1 http h proxied]" },
		{ "Forwarded: for=1.1.1.1;host=x, for=192.0.2.1;host=b, for=10.0.0.1;host=c\r\n",
		  "[192.0.2.1 http c proxied]" },
		{ "Forwarded: for=_hidden\r\n", "[127.0.0.1 " },
		{ "Forwarded: ;;=,\r\n", "[127.0.0.1 " },
		{ "Forwarded: for=\"1.1.1.1\r\n", "[127.0.0.1 " },
		/* not both: a proxy that writes the one may let the other pass */
		{ "Forwarded: for=1.1.1.1;proto=https;host=a\r\nX-Forwarded-For: 192.0.2.1\r\n",
		  "[192.0.2.1 http h proxied]" },
	};
	check_rows(rows, ROWS(rows));
}

static void t_http_36_a_thousand_entries(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf headers = sbuf_make(MIB);
	sbuf_puts(&headers, "X-Forwarded-For: 192.0.2.1");
	for (int i = 0; i < 600; i++)
		sbuf_puts(&headers, ", 10.0.0.7");
	sbuf_puts(&headers, "\r\n");
	check_rows(&(struct row){ headers.p, "[10.0.0.7 http h proxied]" }, 1);
	static const struct row lines = { MANY_8("X-Forwarded-For: 1.1.1.1\r\n") MANY_8("X-Forwarded-For: 1.1.1.1\r\n")
	                                  MANY_8("X-Forwarded-For: 192.0.2.1\r\n"), "[192.0.2.1 " };
	check_rows(&lines, 1);
}

static void t_http_36_from_anybody_else(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ "X-Forwarded-For: 192.0.2.1\r\n", "[127.0.0.1 http h direct]" },
		{ "X-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\n", "[127.0.0.1 http h direct]" },
		{ "Forwarded: for=192.0.2.1;proto=https;host=a\r\n", "[127.0.0.1 http h direct]" },
	};
	check_rows(rows, ROWS(rows));
}

static void networks_are_checked(void **state)
{
	(void)state;
	static const struct { const char *text; enum err wanted; } rows[] = {
		{ "10.0.0.0/8", OK }, { "0.0.0.0/0", OK }, { "192.0.2.1", OK }, { "192.0.2.1/32", OK },
		{ "::1", OK }, { "::/0", OK }, { "2001:db8::/128", OK }, { "unix", OK },
		{ "", ERR_CONFIG }, { "10.0.0.0/33", ERR_CONFIG }, { "::/129", ERR_CONFIG },
		{ "10.0.0.0/", ERR_CONFIG }, { "10.0.0.0/-1", ERR_CONFIG }, { "10.0.0/8", ERR_CONFIG },
		{ "10.0.0.0/8/8", ERR_CONFIG }, { "localhost", ERR_CONFIG }, { "[::1]", ERR_CONFIG },
		{ "unix/1", ERR_CONFIG }, { "10.0.0.1:80", ERR_CONFIG },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		if (http_network_check(rows[i].text, NULL) != rows[i].wanted)
			fail_msg("%s", rows[i].text);
}

static void networks_of_strangers(void **state)
{
	(void)state;
	static const struct { const char *text; bool wanted; } rows[] = {
		{ "0.0.0.0/0", true }, { "0.0.0.0/1", true }, { "128.0.0.0/1", true }, { "10.0.0.0/7", true },
		{ "::/0", true }, { "2000::/3", true }, { "::/80", true }, { "::ffff:0:0/96", true },
		{ "10.0.0.0/8", false }, { "0.0.0.0", false }, { "192.0.2.1", false }, { "fc00::/7", false },
		{ "2001:db8::/32", false }, { "::1", false }, { "::ffff:10.0.0.0/104", false }, { "unix", false },
		{ "0.0.0.0/x", false },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		if (http_network_has_strangers(rows[i].text) != rows[i].wanted)
			fail_msg("%s", rows[i].text);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_setup_teardown(t_http_36_from_a_trusted_proxy, start_trusting, stop),
		cmocka_unit_test_setup_teardown(t_http_36_a_thousand_entries, start_trusting, stop),
		cmocka_unit_test_setup_teardown(t_http_36_from_anybody_else, start_alone, stop),
		cmocka_unit_test(networks_are_checked),
		cmocka_unit_test(networks_of_strangers),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(all, NULL, NULL);
}
