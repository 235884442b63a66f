/* A real server under threads, slow and vanishing clients, and on its way down. */
#include "http_fixture.h"

#include "indexer/base/limits.h"

#define CLIENTS 8
#define ROUNDS 50

static int start(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .head_ms = 300, .idle_ms = 500,
	                                     .body_window_ms = 300, .linger_ms = 300 });
	return 0;
}

/* No connection is left over from another test, so what is counted is this test's. */
static int settle(void **state)
{
	(void)state;
	assert_true(server_is_idle());
	assert_int_equal(app_ended, app_begun);
	return 0;
}

/* ---- answers ---- */

static void answers_have_length_and_id(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	assert_int_equal(exchange("GET /a%2Fb?c=%41 HTTP/1.1\r\nHost: h\r\nX-Request-Id: me-1\r\n\r\n",
	                          &b), 200);
	assert_true(has(&b, "\r\nX-Request-Id: me-1\r\n"));
	assert_true(has(&b, "\r\nDate: "));
	assert_true(has(&b, "\r\nContent-Length: 33\r\n"));
	assert_true(has(&b, "\r\n\r\nGET /a%2Fb ?c=%41 0 127.0.0.1 0 1"));
}

static void request_ids_are_plain_and_differ(void **state)
{
	(void)state;
	static const char *const refused[] = { "a b", "a;b", "", "\"x\"", "a,b",
		"1234567890123456789012345678901234567890123456789012345678901234+" };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	char seen[ROWS(refused)][33];
	for (size_t i = 0; i < ROWS(refused); i++) {
		char request[256];
		(void)snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: h\r\nX-Request-Id: %s\r\n\r\n",
		               refused[i]);
		assert_int_equal(exchange(request, &b), 200);
		const char *id = memmem(b.p, b.n, "\r\nX-Request-Id: ", 16);
		assert_non_null(id);
		assert_int_equal(strspn(id + 16, "0123456789abcdef"), 32);
		memcpy(seen[i], id + 16, 32);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(seen[k], seen[i], 32);
	}
}

static void t_http_39_head_is_get_without_body(void **state)
{
	(void)state;
	static const struct { const char *request, *length; } rows[] = {
		{ "HEAD /file", "\r\nContent-Length: 3145727\r\n" },
		{ "HEAD /pieces", "\r\nContent-Length: 499500\r\n" },
		{ "HEAD /x", "\r\nContent-Length: 24\r\n" },
		{ "HEAD /sleep", "\r\nContent-Length: 4\r\n" },
		{ "HEAD /not-modified", "\r\nContent-Length: 35\r\n" },
		{ "GET /not-modified", "\r\nContent-Length: 35\r\n" },
	};
	AUTO_SBUF struct sbuf b = sbuf_make(8 * MIB);
	for (size_t i = 0; i < ROWS(rows); i++) {
		char request[128];
		(void)snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: h\r\n\r\n" GOOD, rows[i].request);
		int fd = client_connect();
		client_send(fd, str_c(request));
		while (count_of(sbuf_str(&b), "GET /ok ") == 0 && client_receive(fd, &b, 3000, &(bool){ false }))
			;
		(void)close(fd);
		assert_true(has(&b, rows[i].length));
		const char *end = memmem(b.p, b.n, "\r\n\r\n", 4);
		assert_non_null(end);
		assert_memory_equal(end + 4, "HTTP/1.1 200", 12);
		sbuf_reset(&b);
	}
}

static void statuses_without_body(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	assert_int_equal(exchange("HEAD /not-modified HTTP/1.1\r\nHost: h\r\n\r\n", &b), 304);
	assert_int_equal(exchange("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n", &b), 204);
	assert_false(has(&b, "\r\nContent-Length:"));
}

static void t_http_35_header_injection(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	assert_int_equal(exchange("GET /inject HTTP/1.1\r\nHost: h\r\n\r\n", &b), 500);
	assert_false(has(&b, "Set-Cookie"));
	assert_int_equal(exchange("GET /too-many-pieces HTTP/1.1\r\nHost: h\r\n\r\n", &b), 500);
}

static void t_http_14_allow(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	assert_int_equal(exchange("TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", &b), 405);
	assert_true(has(&b, "\r\nAllow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS\r\n"));
	assert_true(has(&b, "\r\nConnection: close\r\n"));
}

static void payloads_arrive_whole(void **state)
{
	(void)state;
	static const struct { const char *path; size_t bytes; } rows[] = {
		{ "/file", FILE_BYTES - 1 }, { "/pieces", 499500 },
	};
	AUTO_SBUF struct sbuf b = sbuf_make(8 * MIB);
	for (size_t i = 0; i < ROWS(rows); i++) {
		char request[128];
		(void)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", rows[i].path);
		assert_int_equal(exchange(request, &b), 200);
		const char *body = memmem(b.p, b.n, "\r\n\r\n", 4);
		assert_int_equal(b.n - (size_t)(body + 4 - b.p), rows[i].bytes);
	}
}

static void payloads_are_released_once(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(8 * MIB);
	int before = app_released, ended = app_ended, refused = app_refused;
	assert_int_equal(exchange(GOOD, &b), 200);
	assert_int_equal(exchange("GET /pieces HTTP/1.1\r\nHost: h\r\n\r\n", &b), 200);
	assert_int_equal(exchange("GET /inject HTTP/1.1\r\nHost: h\r\n\r\n", &b), 500);
	assert_int_equal(exchange("GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", &b), 400);
	assert_true(server_is_idle());
	assert_int_equal(app_ended, ended + 3);
	assert_int_equal(app_refused, refused + 1);
	assert_int_equal(app_released, before + 3);
}

static void end_tells_what_went_out(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(8 * MIB);
	int begun = app_begun, ended = app_ended;
	assert_int_equal(exchange("GET /pieces HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", &b), 200);
	assert_true(server_is_idle());
	assert_int_equal(app_ended, ended + 1);
	assert_int_equal(app_last_status, 200);
	assert_int_equal(app_last_sent, 499500);
	int fd = client_connect();
	client_send(fd, STR("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf"));
	assert_true(wait_for(&app_begun, begun + 2));
	(void)close(fd);
	assert_true(wait_for(&app_ended, ended + 2));
	assert_int_equal(app_last_status, 0);
}

/* However full a head makes the connection's memory, the array of pieces still fits or the
 * request is refused: libmicrohttpd would abort. Where not even a refusal fits, as with hundreds of cookies,
 * it closes the connection.                                                                   */
static void pieces_fit_beside_any_head(void **state)
{
	(void)state;
	static const struct { const char *begin, *unit; size_t step, most, closes_from; } rows[] = {
		{ "GET /pieces HTTP/1.1\r\nHost: h\r\nX: ", "aaaaaaaa", 64, 1024, 0 },
		{ "GET /pieces HTTP/1.1\r\nHost: h\r\nA:1", "\r\nX: 345678901234567890", 4, 110, 0 },
		{ "GET /pieces HTTP/1.1\r\nHost: h\r\nA:1", "\r\nX: 3456789012345678901234567890"
		  "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
		  "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
		  "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
		  "12345678901234567890", 1, 99, 0 },
		{ "GET /pieces HTTP/1.1\r\nHost: h\r\nCookie: ", "a=b; ", 25, 1600, 850 },
		{ "GET /pieces?", "&a", 100, 1900, 950 },
	};
	AUTO_SBUF struct sbuf request = sbuf_make(MIB), b = sbuf_make(8 * MIB);
	for (size_t i = 0; i < ROWS(rows); i++) {
		for (size_t n = 0; n <= rows[i].most; n += rows[i].step) {
			sbuf_reset(&request);
			sbuf_puts(&request, rows[i].begin);
			for (size_t k = 0; k < n; k++)
				sbuf_puts(&request, rows[i].unit);
			sbuf_puts(&request, strchr(rows[i].begin, '?') ? " HTTP/1.1\r\nHost: h" : "");
			sbuf_puts(&request, "\r\n\r\n");
			int status = exchange(request.p, &b);
			bool closes = !status && rows[i].closes_from && n >= rows[i].closes_from;
			if (status != 200 && status != 400 && status != 431 && !closes)
				fail_msg("row %zu × %zu: %d", i, n, status);
		}
	}
}

/* ---- bodies ---- */

static void t_up_02_chunked_over_the_limit(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fd = client_connect();
	client_send(fd, STR("POST /upload HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
	for (int i = 0; i < 200; i++)
		client_send(fd, STR("a\r\n0123456789\r\n"));
	(void)client_answer(fd, &b, false);
	assert_int_equal(status_of(sbuf_str(&b)), 413);
	assert_true(has(&b, "\r\nConnection: close\r\n"));
	assert_true(has(&b, "too_large: the limit is 1000 bytes"));
	assert_true(client_is_closed(fd, &b, 3000));
	assert_int_equal(count_of(sbuf_str(&b), "HTTP/1.1 "), 1);
	assert_true(server_is_idle());
	assert_int_equal(app_last_status, 413);
	(void)close(fd);
}

static void a_failed_write_is_answered_at_once(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fd = client_connect();
	client_send(fd, STR("POST /bad-write HTTP/1.1\r\nHost: h\r\nContent-Length: 999\r\n\r\nx"));
	(void)client_answer(fd, &b, false);
	assert_int_equal(status_of(sbuf_str(&b)), 507);
	(void)close(fd);
	assert_int_equal(exchange(GOOD, &b), 200);
}

static void t_http_15_continue_only_when_wanted(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fd = client_connect();
	client_send(fd, STR("POST /upload HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
	                    "Content-Length: 5\r\n\r\n"));
	(void)client_answer(fd, &b, false);
	assert_int_equal(status_of(sbuf_str(&b)), 100);
	sbuf_reset(&b);
	client_send(fd, STR("hello"));
	(void)client_answer(fd, &b, false);
	assert_int_equal(status_of(sbuf_str(&b)), 200);
	(void)close(fd);
}

/* ---- slow and vanishing clients ---- */

static void t_http_17_slow_head(void **state)
{
	(void)state;
	static const char *const begins[] = { "", "GET / HT", "GET / HTTP/1.1\r\nHost: h\r\nX: ",
		GOOD "GET / HTTP/1.1\r\nHost: h\r\nX: " };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	for (size_t i = 0; i < ROWS(begins); i++) {
		int fd = client_connect();
		int64_t begun = clock_monotonic();
		client_send(fd, str_c(begins[i]));
		bool closed = false;
		while (!closed && elapsed_ms(begun) < 3000) {
			client_send(fd, *begins[i] ? STR("x") : STR(""));
			closed = client_is_closed(fd, &b, 20);
		}
		(void)close(fd);
		if (!closed || elapsed_ms(begun) < 200 || elapsed_ms(begun) > 2000)
			fail_msg("row %zu: closed %d after %d ms", i, closed, (int)elapsed_ms(begun));
		assert_int_equal(exchange(GOOD, &b), 200);
	}
}

static void t_http_18_slow_body(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fd = client_connect(), ended = app_ended;
	client_send(fd, STR("POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n"));
	bool closed = false;
	for (int i = 0; i < 100 && !closed; i++) {
		client_send(fd, STR("x"));
		closed = client_is_closed(fd, &b, 20);
	}
	(void)close(fd);
	assert_true(closed);
	assert_int_equal(status_of(sbuf_str(&b)), 408);
	assert_true(wait_for(&app_ended, ended + 1));
	struct http_stats stats;
	http_stats(server, &stats);
	assert_true(stats.timed_out >= 1 && stats.requests > 0 && stats.connections > 0);
}

static void a_steady_body_may_take_its_time(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	char kib[KIB];
	const struct timespec pause = { 0, 100 * NS_PER_MS };
	memset(kib, 'x', sizeof kib);
	int fd = client_connect();
	client_send(fd, STR("POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: 10240\r\n\r\n"));
	for (int i = 0; i < 10; i++) {
		client_send(fd, str_make(kib, sizeof kib));
		(void)nanosleep(&pause, NULL);
	}
	(void)client_answer(fd, &b, false);
	assert_int_equal(status_of(sbuf_str(&b)), 200);
	(void)close(fd);
}

static void t_http_33_reset_at_any_point(void **state)
{
	(void)state;
	static const char *const begins[] = { "", "GET", "GET /ok HTTP/1.1\r\n", GOOD,
		"GET /file HTTP/1.1\r\nHost: h\r\n\r\n", "GET /pieces HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nxxx",
		"POST /bad-write HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nxxx",
		"POST /sleep HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxxx" };
	const struct linger reset = { 1, 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	app_pause_ms = 2;
	for (size_t i = 0; i < 400; i++) {
		int fd = client_connect();
		assert_true(fd >= 0);
		client_send(fd, str_c(begins[i % ROWS(begins)]));
		if (i % 3)
			(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		if (i % 7 == 0)
			(void)shutdown(fd, SHUT_WR);
		if (i % 4 == 0)
			(void)client_receive(fd, &b, 5, &(bool){ false });
		(void)close(fd);
		sbuf_reset(&b);
	}
	app_pause_ms = 0;
	assert_int_equal(exchange(GOOD, &b), 200);
}

/* ---- many at once ---- */

static void *client_loop(void *arg)
{
	static const struct { const char *send, *expect; } rows[] = {
		{ "GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\nlate" },
		{ GOOD, "GET /ok ? 0 127.0.0.1" },
		{ "POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "POST /upload ? 5 " },
		{ "POST /sleep HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "\r\n\r\nlate" },
		{ "GET /pieces HTTP/1.1\r\nHost: h\r\n\r\n", "\r\nContent-Length: 499500\r\n" },
	};
	struct sbuf b = sbuf_make(8 * MIB);
	atomic_int *wrong = arg;
	int fd = client_connect();
	for (size_t i = 0; i < ROUNDS; i++) {
		size_t row = i % ROWS(rows);
		client_send(fd, str_c(rows[row].send));
		bool closed = client_answer(fd, &b, false);
		*wrong += closed || count_of(sbuf_str(&b), rows[row].expect) != 1;
	}
	(void)close(fd);
	sbuf_done(&b);
	return NULL;
}

static void answers_from_other_threads(void **state)
{
	(void)state;
	pthread_t threads[CLIENTS];
	atomic_int wrong = 0;
	for (size_t i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, client_loop, &wrong), 0);
	for (size_t i = 0; i < CLIENTS; i++)
		(void)pthread_join(threads[i], NULL);
	assert_int_equal(wrong, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, NULL, settle)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_have_length_and_id),
		TEST(request_ids_are_plain_and_differ),
		TEST(t_http_39_head_is_get_without_body),
		TEST(statuses_without_body),
		TEST(t_http_35_header_injection),
		TEST(t_http_14_allow),
		TEST(payloads_arrive_whole),
		TEST(payloads_are_released_once),
		TEST(end_tells_what_went_out),
		TEST(pieces_fit_beside_any_head),
		TEST(t_up_02_chunked_over_the_limit),
		TEST(a_failed_write_is_answered_at_once),
		TEST(t_http_15_continue_only_when_wanted),
		TEST(t_http_17_slow_head),
		TEST(t_http_18_slow_body),
		TEST(a_steady_body_may_take_its_time),
		TEST(t_http_33_reset_at_any_point),
		TEST(answers_from_other_threads),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, start, stop);
}
