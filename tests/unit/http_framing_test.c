/* T-HTTP: what stands on the wire, and what a server on a real socket makes of it. One row, one
 * connection; after each a good request on a new connection must get its 200. What the library
 * hides from us stands in tests/wire/test_framing.py (KNOWN_LIMITS).                         */
#include "http_fixture.h"

#define POST(headers, body) STR("POST /upload HTTP/1.1\r\nHost: h\r\n" headers "\r\n" body)
#define GET(headers) STR("GET /ok HTTP/1.1\r\nHost: h\r\n" headers "\r\n")
#define TARGET(target) STR("GET " target " HTTP/1.1\r\nHost: h\r\n\r\n")
#define HOST(host) STR("GET /ok HTTP/1.1\r\nHost: " host "\r\n\r\n")
#define METHOD(method) STR(method " /ok HTTP/1.1\r\nHost: h\r\n\r\n")
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define ROW(...) (const struct row[]){ __VA_ARGS__ }, \
	sizeof((const struct row[]){ __VA_ARGS__ }) / sizeof(struct row)

#define R(send, status, after) { send, status, after, 0, { 0 } }
#define FILL(send, status, after, n, tail) { send, status, after, n, tail }

enum after { CLOSES, STAYS };

struct row {
	struct str send;
	int status;
	enum after after;
	size_t fill;                     /* so many 'a' follow `send`, then `tail` */
	struct str tail;
};

static void send_row(int fd, const struct row *row)
{
	client_send(fd, row->send);
	char *fill = malloc(row->fill + 1);
	assert_non_null(fill);
	memset(fill, 'a', row->fill);
	client_send(fd, str_make(fill, row->fill));
	client_send(fd, row->tail);
	free(fill);
}

static void check_row(const struct row *row)
{
	AUTO_SBUF struct sbuf b = sbuf_make(1 * MIB);
	int fd = client_connect();
	assert_true(fd >= 0);
	send_row(fd, row);
	bool closed = client_answer(fd, &b, str_starts(row->send, STR("HEAD")));
	int status = status_of(sbuf_str(&b));
	if (row->after == CLOSES)
		closed = closed || client_is_closed(fd, &b, 3000);
	int answers = count_of(sbuf_str(&b), "HTTP/1.1 ");
	if (row->after == STAYS) {
		client_send(fd, STR(GOOD));
		closed = client_answer(fd, &b, false) || status_of(sbuf_str(&b)) != 200;
	}
	(void)close(fd);
	if (status != row->status || answers != 1 || closed != (row->after == CLOSES))
		fail_msg("%.*s\n→ %d (wanted %d), %d answers, %s", STR_ARG(str_first(row->send, 300)),
		         status, row->status, answers, closed ? "closed" : "open");
	assert_int_equal(exchange(GOOD, &b), 200);
}

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_row(&rows[i]);
}

static void t_http_01_length_and_chunked(void **state)
{
	(void)state;
	check_rows(ROW(
		R(POST("Content-Length: 5\r\n" CHUNKED, "0\r\n\r\n" GOOD), 400, CLOSES),
		R(POST(CHUNKED "Content-Length: 5\r\n", "0\r\n\r\n" GOOD), 400, CLOSES)));
}

static void t_http_02_two_lengths(void **state)
{
	(void)state;
	check_rows(ROW(
		R(POST("Content-Length: 0\r\nContent-Length: 5\r\n", "hello" GOOD), 400, CLOSES),
		R(POST("Content-Length: 5\r\nContent-Length: 5\r\n", "hello" GOOD), 400, CLOSES)));
}

static void t_http_03_malformed_length(void **state)
{
	(void)state;
	check_rows(ROW(
		R(POST("Content-Length: 5\r\n", "hello"), 200, STAYS),
		R(POST("Content-Length: 0\r\n", ""), 200, STAYS),
		R(POST("Content-Length: 1001\r\n", ""), 413, CLOSES),
		R(POST("Content-Length: 9223372036854775807\r\n", ""), 413, CLOSES),
		R(POST("Content-Length: 18446744073709551615\r\n", ""), 413, CLOSES)));
}

static void t_http_04_malformed_name(void **state)
{
	(void)state;
	check_rows(ROW(
		R(POST("Content-Length : 5\r\n", "hello"), 400, CLOSES),
		R(POST("Content-Length\t: 5\r\n", "hello"), 400, CLOSES),
		R(GET("X(: 1\r\n"), 400, CLOSES),
		R(GET("X\xc3\xa4: 1\r\n"), 400, CLOSES),
		R(GET("no colon\r\n"), 400, CLOSES),
		R(GET("X Y: 1\r\n"), 400, CLOSES)));
}

static void t_http_05_unknown_coding(void **state)
{
	(void)state;
	check_rows(ROW(
		R(POST("Transfer-Encoding: identity\r\n", ""), 501, CLOSES),
		R(POST("Transfer-Encoding: gzip\r\n", ""), 501, CLOSES),
		R(POST("Transfer-Encoding: xchunked\r\n", ""), 501, CLOSES),
		R(POST("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 501, CLOSES),
		R(POST("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501, CLOSES),
		R(POST("Transfer-Encoding:\r\n", ""), 501, CLOSES)));
}

static void t_http_06_coding_twice_or_in_1_0(void **state)
{
	(void)state;
	check_rows(ROW(
		R(POST(CHUNKED CHUNKED, "0\r\n\r\n"), 400, CLOSES),
		R(STR("POST /upload HTTP/1.0\r\n" CHUNKED "\r\n0\r\n\r\n"), 400, CLOSES),
		R(POST("Transfer-Encoding: \tchunked\x0b\r\n", "0\r\n\r\n"), 400, CLOSES)));
}

static void t_http_07_chunks(void **state)
{
	(void)state;
	check_rows(ROW(
		R(POST(CHUNKED, "5\r\nhello\r\n0\r\n\r\n"), 200, STAYS),
		R(POST(CHUNKED, "5;name=value\r\nhello\r\n0\r\n\r\n"), 200, STAYS),
		R(POST(CHUNKED, "0\r\n\r\n"), 200, STAYS),
		R(POST(CHUNKED, "-1\r\nx\r\n0\r\n\r\n"), 400, CLOSES),
		R(POST(CHUNKED, "0x4\r\nabcd\r\n0\r\n\r\n"), 400, CLOSES),
		R(POST(CHUNKED, "10000000000000005\r\nhello\r\n0\r\n\r\n"), 413, CLOSES),
		R(POST(CHUNKED, "5 \r\nhello\r\n0\r\n\r\n"), 400, CLOSES),
		R(POST(CHUNKED, "5\r\nhello0\r\n\r\n"), 400, CLOSES),
		R(POST(CHUNKED, "5\r\nhelloworld\r\n0\r\n\r\n"), 400, CLOSES),
		R(POST(CHUNKED, "\r\nhello\r\n0\r\n\r\n"), 400, CLOSES),
		FILL(POST(CHUNKED, "5;"), 500, CLOSES, 200000, STR("\r\nhello\r\n0\r\n\r\n")),
		FILL(POST(CHUNKED, "3e9\r\n"), 413, CLOSES, 1001, STR("\r\n0\r\n\r\n"))));
}

static void t_http_08_trailers(void **state)
{
	(void)state;
	check_rows(ROW(
		R(POST(CHUNKED, "0\r\nContent-Length: 5\r\nHost: evil\r\n\r\n"), 200, STAYS),
		R(POST(CHUNKED, "0\r\nExpect: x\r\nTransfer-Encoding: gzip\r\n\r\n"), 200, STAYS),
		R(POST(CHUNKED, "0\r\nno colon\r\n\r\n"), 400, CLOSES),
		FILL(POST(CHUNKED, "0\r\nX: "), 431, CLOSES, 200000, STR("\r\n\r\n"))));
}

static void t_http_09_folded_lines(void **state)
{
	(void)state;
	check_rows(ROW(
		R(GET("X: a\r\n b\r\n"), 400, CLOSES),
		R(GET("X: a\r\n\tContent-Length: 5\r\n"), 400, CLOSES),
		R(POST("Content-Length: 29\r\n x\r\n", GOOD), 400, CLOSES),
		R(POST("Content-Length:\r\n 29\r\n", GOOD), 400, CLOSES),
		R(POST("Transfer-Encoding: chunked\r\n x\r\n", "0\r\n\r\n"), 400, CLOSES),
		R(GET("X: a\rb\r\n"), 400, CLOSES)));
}

static void t_http_10_control_characters(void **state)
{
	(void)state;
	check_rows(ROW(
		R(GET("X: a\x01" "b\r\n"), 400, CLOSES), R(GET("X: a\x7f\r\n"), 400, CLOSES),
		R(GET("X: \x1b[2J\r\n"), 400, CLOSES), R(GET("X\0Y: ab\r\n"), 400, CLOSES),
		R(GET("X: a\tb\r\n"), 200, STAYS), R(GET("X: \xc3\xa4\r\n"), 200, STAYS)));
}

static void t_http_11_host(void **state)
{
	(void)state;
	check_rows(ROW(
		R(HOST("h:80"), 200, STAYS), R(HOST("[::1]:80"), 200, STAYS),
		R(HOST("a.b-c.example."), 200, STAYS),
		R(STR("GET /ok HTTP/1.0\r\n\r\n"), 200, CLOSES),
		R(GET("Host: h\r\n"), 400, CLOSES),
		R(HOST(""), 400, CLOSES), R(HOST("a b"), 400, CLOSES), R(HOST("..x"), 400, CLOSES),
		R(HOST("a..b"), 400, CLOSES), R(HOST("[::1"), 400, CLOSES),
		R(HOST("h:99999"), 400, CLOSES), R(HOST("h:"), 400, CLOSES),
		R(HOST("h/x"), 400, CLOSES), R(HOST("u@h"), 400, CLOSES),
		FILL(STR("GET /ok HTTP/1.1\r\nHost: "), 400, CLOSES, 300, STR("\r\n\r\n"))));
}

static void t_http_13_versions(void **state)
{
	(void)state;
	check_rows(ROW(
		R(STR("GET /ok HTTP/1.2\r\nHost: h\r\n\r\n"), 400, CLOSES),
		R(STR("GET /ok HTTP/1.9\r\nHost: h\r\n\r\n"), 400, CLOSES),
		R(STR("GET /ok HTTP/9.9\r\nHost: h\r\n\r\n"), 505, CLOSES),
		R(STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505, CLOSES),
		R(STR("GET /ok http/1.1\r\nHost: h\r\n\r\n"), 400, CLOSES),
		R(STR("GET /ok HTTP/1.1x\r\nHost: h\r\n\r\n"), 400, CLOSES),
		R(STR("GET /ok\r\n\r\n"), 400, CLOSES),
		R(STR("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 \n"), 400, CLOSES)));
}

static void t_http_14_methods(void **state)
{
	(void)state;
	check_rows(ROW(
		R(METHOD("TRACE"), 405, CLOSES), R(METHOD("CONNECT"), 405, CLOSES),
		R(STR("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"), 400, CLOSES),
		R(METHOD("get"), 405, CLOSES), R(METHOD("Post"), 405, CLOSES),
		R(METHOD("BREW"), 501, CLOSES), R(METHOD("OPTIONS"), 200, STAYS),
		R(METHOD("DELETE"), 200, STAYS), R(METHOD("PATCH"), 200, STAYS),
		R(STR("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), 400, CLOSES)));
}

#define EXPECT "Expect: 100-continue\r\n"

static void t_http_15_expect(void **state)
{
	(void)state;
	check_rows(ROW(
		R(POST(EXPECT "Content-Length: 5000\r\n", ""), 413, CLOSES),
		R(STR("POST /forbidden HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n" EXPECT "\r\n"), 403, CLOSES),
		R(STR("PUT /forbidden HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n" EXPECT "\r\n"), 403, CLOSES),
		R(STR("DELETE /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n" EXPECT "\r\n"), 413, CLOSES),
		R(POST("Expect: 200-ok\r\nContent-Length: 5\r\n", ""), 417, CLOSES),
		R(POST(EXPECT EXPECT "Content-Length: 5\r\n", ""), 400, CLOSES)));
}

static void t_http_16_sizes(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf many = sbuf_make(MIB), large = sbuf_make(MIB);
	for (int i = 0; i < 101; i++)
		sbuf_printf(&many, "X-%d: y\r\n", i);
	for (int i = 0; i < 5; i++)
		sbuf_printf(&large, "X-%d: %07000d\r\n", i, 0);
	sbuf_puts(&many, "\r\n");
	sbuf_puts(&large, "\r\n");
	check_rows(ROW(
		FILL(STR("GET /"), 200, STAYS, 8191, STR(" HTTP/1.1\r\nHost: h\r\n\r\n")),
		FILL(STR("GET /"), 414, CLOSES, 8192, STR(" HTTP/1.1\r\nHost: h\r\n\r\n")),
		FILL(STR("GET /ok HTTP/1.1\r\nHost: h\r\nX: "), 200, STAYS, 8191, STR("\r\n\r\n")),
		FILL(STR("GET /ok HTTP/1.1\r\nHost: h\r\nX: "), 431, CLOSES, 8192, STR("\r\n\r\n")),
		FILL(STR("GET /ok HTTP/1.1\r\nHost: h\r\n"), 431, CLOSES, 0, sbuf_str(&many)),
		FILL(STR("GET /ok HTTP/1.1\r\nHost: h\r\n"), 431, CLOSES, 0, sbuf_str(&large))));
}

static void t_http_20_targets(void **state)
{
	(void)state;
	check_rows(ROW(
		R(TARGET("http://evil/a"), 400, CLOSES), R(TARGET("a"), 400, CLOSES),
		R(TARGET("//evil"), 200, STAYS), R(TARGET("/a#frag"), 400, CLOSES),
		R(TARGET("/a?b#frag"), 400, CLOSES), R(TARGET("#frag"), 400, CLOSES)));
}

static void t_http_22_raw_bytes(void **state)
{
	(void)state;
	check_rows(ROW(
		R(TARGET("/a\xc3\xa4"), 400, CLOSES), R(TARGET("/a\x01"), 400, CLOSES),
		R(TARGET("/a\x7f"), 400, CLOSES), R(TARGET("/a\\b"), 400, CLOSES),
		R(TARGET("/a?b=\xff"), 400, CLOSES), R(TARGET("/%zz"), 200, STAYS)));
}

static void t_http_28_pipelined(void **state)
{
	(void)state;
	check_rows(ROW(
		R(STR("GET /ok HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n" GOOD GOOD), 400, CLOSES),
		R(STR("TRACE /ok HTTP/1.1\r\nHost: h\r\n\r\n" GOOD), 405, CLOSES)));
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fd = client_connect();
	client_send(fd, STR(GOOD GOOD GOOD));
	assert_false(client_is_closed(fd, &b, 300));
	assert_int_equal(count_of(sbuf_str(&b), "HTTP/1.1 200"), 3);
	(void)close(fd);
}

static void t_http_29_unread_body(void **state)
{
	(void)state;
	check_rows(ROW(
		R(STR("POST /forbidden HTTP/1.1\r\nHost: h\r\nContent-Length: 29\r\n\r\n" GOOD), 403, CLOSES),
		R(STR("PATCH /forbidden HTTP/1.1\r\nHost: h\r\nContent-Length: 29\r\n\r\n" GOOD), 403, CLOSES),
		R(STR("GET /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 29\r\n\r\n" GOOD), 413, CLOSES),
		R(STR("DELETE /ok HTTP/1.1\r\nHost: h\r\n" CHUNKED "\r\n1d\r\n" GOOD "\r\n0\r\n\r\n"), 413, CLOSES),
		FILL(STR("POST /forbidden HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n"), 403, CLOSES, 60000, STR(""))));
}

static void t_http_31_coded_upload(void **state)
{
	(void)state;
	check_rows(ROW(
		R(POST("Content-Encoding: gzip\r\nContent-Length: 5\r\n", "hello"), 415, CLOSES),
		R(POST("Content-Encoding: identity\r\nContent-Length: 5\r\n", "hello"), 200, STAYS)));
}

static void t_http_37_parameters(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf most = sbuf_make(MIB);
	for (unsigned i = 1; i < HTTP_QUERY_PARAMS_MAX; i++)
		sbuf_puts(&most, "a=1&");
	sbuf_puts(&most, "a=1 HTTP/1.1\r\nHost: h\r\n\r\n");
	check_rows(ROW(
		FILL(STR("GET /ok?"), 200, STAYS, 0, sbuf_str(&most)),
		FILL(STR("GET /ok?a=1&"), 400, CLOSES, 0, sbuf_str(&most))));
}

static int start(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .head_ms = 400, .linger_ms = 300 });
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_http_01_length_and_chunked),
		cmocka_unit_test(t_http_02_two_lengths),
		cmocka_unit_test(t_http_03_malformed_length),
		cmocka_unit_test(t_http_04_malformed_name),
		cmocka_unit_test(t_http_05_unknown_coding),
		cmocka_unit_test(t_http_06_coding_twice_or_in_1_0),
		cmocka_unit_test(t_http_07_chunks),
		cmocka_unit_test(t_http_08_trailers),
		cmocka_unit_test(t_http_09_folded_lines),
		cmocka_unit_test(t_http_10_control_characters),
		cmocka_unit_test(t_http_11_host),
		cmocka_unit_test(t_http_13_versions),
		cmocka_unit_test(t_http_14_methods),
		cmocka_unit_test(t_http_15_expect),
		cmocka_unit_test(t_http_16_sizes),
		cmocka_unit_test(t_http_20_targets),
		cmocka_unit_test(t_http_22_raw_bytes),
		cmocka_unit_test(t_http_28_pipelined),
		cmocka_unit_test(t_http_29_unread_body),
		cmocka_unit_test(t_http_31_coded_upload),
		cmocka_unit_test(t_http_37_parameters),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, start, stop);
}
