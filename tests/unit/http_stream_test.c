/* Answers whose parts come over time. */
#include "http_fixture.h"

#define GET(words, version) "GET /stream?" words " HTTP/" version "\r\nHost: h\r\n\r\n"

static const struct http_options plain = { .control_fd = -1 };

static int start(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .idle_ms = 1000, .send_window_ms = 300 });
	return 0;
}

/* The chunks of an answer without their sizes; false if they do not end. */
static bool join_chunks(struct str text, struct sbuf *ret)
{
	const char *body = text.n ? memmem(text.p, text.n, "\r\n\r\n", 4) : NULL;
	struct str rest = body ? str_from(text, (size_t)(body + 4 - text.p)) : (struct str){ 0 };
	while (rest.n) {
		char *end;
		size_t n = strtoul(rest.p, &end, 16), head = (size_t)(end + 2 - rest.p);
		if (!n || rest.n < head + n + 2)
			return !n && end > rest.p;
		sbuf_put(ret, str_make(rest.p + head, n));
		rest = str_from(rest, head + n + 2);
	}
	return false;
}

/* "3,10000" as what the parts should be. */
static void expect_parts(struct str sizes, struct sbuf *ret)
{
	for (char letter = 'a'; sizes.n; letter++)
		for (unsigned long n = strtoul(str_cut(&sizes, ',', NULL).p, NULL, 10); n; n--)
			sbuf_putc(ret, letter);
}

static void receive(int fd, struct sbuf *b, struct sbuf *ret)
{
	bool closed = false;
	sbuf_reset(b);
	do
		sbuf_reset(ret);
	while (!join_chunks(sbuf_str(b), ret) && client_receive(fd, b, 5000, &closed));
}

static void check(int fd, const char *words, struct sbuf *b)
{
	AUTO_SBUF struct sbuf got = sbuf_make(MIB), want = sbuf_make(MIB), head = sbuf_make(KIB);
	struct str sizes = str_c(words);
	if (str_starts(sizes, STR("early")))
		(void)str_cut(&sizes, ',', NULL);
	expect_parts(sizes, &want);
	sbuf_printf(&head, "GET /stream?%s HTTP/1.1\r\nHost: h\r\n\r\n", words);
	client_send(fd, sbuf_str(&head));
	receive(fd, b, &got);
	assert_int_equal(status_of(sbuf_str(b)), 200);
	assert_true(has(b, "Transfer-Encoding: chunked"));
	if (!str_eq(sbuf_str(&got), sbuf_str(&want)))
		fail_msg("%s: %zu bytes came, not %zu", words, got.n, want.n);
}

/* Smaller and larger than a block, one after another on one connection, then another request. */
static void parts_in_their_order(void **state)
{
	(void)state;
	static const char *const words[] = { "1", "3,5,7", "10000", "4096,4096,1", "200000,1,100000", "",
		"early,1", "early,3,5,7", "early,10000,1,5000", "early" };
	static const int pauses[] = { 0, 20 };
	for (size_t p = 0; p < ROWS(pauses); p++) {
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		int fd = client_connect(), released = app_released;
		app_pause_ms = pauses[p];
		for (size_t i = 0; i < ROWS(words); i++)
			check(fd, words[i], &b);
		client_send(fd, STR(GOOD));
		(void)client_answer(fd, &b, false);
		assert_int_equal(status_of(sbuf_str(&b)), 200);
		(void)close(fd);
		assert_true(server_is_idle());
		assert_int_equal(app_released - released, (int)ROWS(words) + 1);
	}
	app_pause_ms = 0;
}

static void how_much_was_sent(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fd = client_connect();
	check(fd, "3,10000", &b);
	(void)close(fd);
	assert_true(server_is_idle());
	assert_int_equal(app_last_sent, 10003);
	assert_int_equal(app_last_status, 200);
}

static void http_1_0_and_head(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fd = client_connect();
	client_send(fd, STR(GET("2,3", "1.0")));
	assert_true(client_is_closed(fd, &b, 5000));
	assert_true(has(&b, "\r\n\r\naabbb"));
	assert_false(has(&b, "chunked"));
	(void)close(fd);
	fd = client_connect();
	client_send(fd, STR("HEAD /stream?2,3 HTTP/1.1\r\nHost: h\r\n\r\n"));
	sbuf_reset(&b);
	assert_true(client_is_closed(fd, &b, 5000));
	assert_int_equal(status_of(sbuf_str(&b)), 200);
	assert_true(b.n > 4 && memcmp(b.p + b.n - 4, "\r\n\r\n", 4) == 0 && !has(&b, "\r\n0\r\n"));
	(void)close(fd);
	assert_true(server_is_idle());
	assert_int_equal(app_ended, app_begun);
}

static void *reads(void *arg)
{
	static const char *const words[] = { "1,2,3", "early,5,6", "9000,1", "1,1,1,1,1,1,1,1" };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	(void)arg;
	int fd = client_connect();
	for (size_t i = 0; i < 200; i++)
		check(fd, words[i % ROWS(words)], &b);
	(void)close(fd);
	return NULL;
}

/* A part may come at any moment of falling asleep. */
static void parts_from_other_threads(void **state)
{
	(void)state;
	pthread_t threads[4];
	for (size_t i = 0; i < ROWS(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reads, NULL), 0);
	for (size_t i = 0; i < ROWS(threads); i++)
		(void)pthread_join(threads[i], NULL);
	assert_true(server_is_idle());
	assert_int_equal(app_ended, app_begun);
}

static void t_http_33_the_reader_is_gone(void **state)
{
	(void)state;
	const struct linger reset = { 1, 0 };
	int released = app_released, begun = app_begun;
	app_pause_ms = 5;
	for (size_t i = 0; i < 100; i++) {
		int fd = client_connect();
		client_send(fd, STR(GET("100000,2,100000,4", "1.1")));
		if (i % 2)
			(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		(void)close(fd);
	}
	assert_true(server_is_idle());
	assert_int_equal(app_ended, app_begun);
	assert_int_equal(app_released - released, app_begun - begun);
	app_pause_ms = 0;
}

/* ---- the way down ---- */

static void a_close_waits_for_parts(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		int fds[20];
		server_start(&plain);
		app_pause_ms = 5 * (round + 1);
		for (size_t i = 0; i < ROWS(fds); i++) {
			fds[i] = client_connect();
			client_send(fds[i], i % 2 ? STR(GET("1,2,3,4", "1.1")) : STR(GET("100000,1", "1.0")));
		}
		if (round)
			assert_true(wait_for(&app_begun, (int)ROWS(fds)));
		http_drain(server, (unsigned)round % 2);
		server_stop();
		assert_int_equal(app_released, app_ended);
		for (size_t i = 0; i < ROWS(fds); i++)
			(void)close(fds[i]);
	}
}

int main(void)
{
	const struct CMUnitTest shared[] = {
		cmocka_unit_test(parts_in_their_order),
		cmocka_unit_test(how_much_was_sent),
		cmocka_unit_test(http_1_0_and_head),
		cmocka_unit_test(parts_from_other_threads),
		cmocka_unit_test(t_http_33_the_reader_is_gone),
	};
	const struct CMUnitTest own[] = { cmocka_unit_test(a_close_waits_for_parts) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(shared, start, stop) + cmocka_run_group_tests(own, NULL, NULL);
}
