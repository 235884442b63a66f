/* Requests that wait for a decision between their head and their body. */
#include "http_fixture.h"

#define POST(words, headers) "POST /hold?" words " HTTP/1.1\r\nHost: h\r\n" headers "\r\n"
#define LENGTH "Content-Length: 5\r\n"
#define EXPECT "Expect: 100-continue\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static const struct http_options plain = { .control_fd = -1 };

static int start(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .body_window_ms = 300, .idle_ms = 1000,
	                                     .linger_ms = 300 });
	return 0;
}

/* `resumes` are those of one round; the status is what comes after a 100, or 0: none. */
static const struct row {
	const char *head, *body;
	int informed, status;
	const char *text;
	int resumes;
	bool closes;
} rows[] = {
	{ "GET /hold?go HTTP/1.1\r\nHost: h\r\n\r\n", "", 0, 200, "GET /hold ?go 0 ", 1, false },
	{ "HEAD /hold?go HTTP/1.1\r\nHost: h\r\n\r\n", "", 0, 200, "Content-Length: ", 1, false },
	{ "GET /hold?reply HTTP/1.1\r\nHost: h\r\n\r\n", "", 0, 401, "who?", 0, false },
	{ "GET /hold?refuse HTTP/1.1\r\nHost: h\r\n\r\n", "", 0, 403, "not you", 1, false },
	{ "GET /hold?again HTTP/1.1\r\nHost: h\r\n\r\n", "", 0, 200, "GET /hold ?again 0 ", 2, false },
	{ POST("go", LENGTH), "hello", 0, 200, "POST /hold ?go 5 ", 1, false },
	{ POST("go", "Content-Length: 0\r\n"), "", 0, 200, "POST /hold ?go 0 ", 1, false },
	{ POST("go", CHUNKED), "5\r\nhello\r\n0\r\n\r\n", 0, 200, "POST /hold ?go 5 ", 1, false },
	{ POST("again", LENGTH), "hello", 0, 200, "POST /hold ?again 5 ", 2, false },
	{ POST("go", LENGTH EXPECT), "hello", 100, 200, "POST /hold ?go 5 ", 1, false },
	{ POST("reply", LENGTH), "hello", 0, 401, "who?", 0, true },
	{ POST("reply", CHUNKED), "5\r\nhello\r\n0\r\n\r\n", 0, 401, "who?", 0, true },
	{ POST("refuse", LENGTH), "hello", 0, 403, "not you", 1, true },
	{ POST("again,refuse", LENGTH), "hello", 0, 403, "not you", 2, true },
	{ POST("reply", LENGTH EXPECT), "", 0, 401, "who?", 0, true },
	{ POST("refuse", LENGTH EXPECT), "", 0, 403, "not you", 1, true },
	{ POST("go", "Content-Length: 5000\r\n" EXPECT), "", 0, 413, "too_large: ", 1, true },
	{ POST("go,bodyless", LENGTH EXPECT), "", 0, 413, "takes no body", 1, true },
	{ POST("go", CHUNKED), "fff\r\n", 0, 413, NULL, 1, true },
};

/* What comes after the 100 that a client waits for, if one does. */
static int answer_to(int fd, const struct row *row, struct sbuf *b, bool *ret_closed)
{
	bool head_only = str_starts(str_c(row->head), STR("HEAD"));
	client_send(fd, str_c(row->head));
	if (row->informed) {
		*ret_closed = client_answer(fd, b, true);
		assert_int_equal(status_of(sbuf_str(b)), row->informed);
	}
	client_send(fd, str_c(row->body));
	if (!row->text) {
		char kib[KIB] = { 0 };
		for (int i = 0; i < 4; i++)
			client_send(fd, str_make(kib, sizeof kib));
	}
	*ret_closed = client_answer(fd, b, head_only);
	return status_of(sbuf_str(b));
}

static void check_row(size_t i, const struct row *row)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	bool closed;
	int fd = client_connect(), begun = app_begun, before = app_resumes;
	int status = answer_to(fd, row, &b, &closed);
	if (status != row->status || (row->text && !has(&b, row->text)))
		fail_msg("row %zu: %d\n%.*s", i, status, STR_ARG(sbuf_str(&b)));
	assert_int_equal(count_of(sbuf_str(&b), "HTTP/1.1 "), 1);
	if (has(&b, "\r\nConnection: close\r\n") != row->closes)
		fail_msg("row %zu: %.*s", i, STR_ARG(sbuf_str(&b)));
	assert_int_equal(app_resumes - before, row->resumes);
	if (row->closes) {
		assert_true(closed || client_is_closed(fd, &b, 3000));
		assert_int_equal(count_of(sbuf_str(&b), "HTTP/1.1 "), 1);
	} else {
		client_send(fd, STR(GOOD));
		(void)client_answer(fd, &b, false);
		assert_int_equal(status_of(sbuf_str(&b)), 200);
		begun++;
	}
	(void)close(fd);
	assert_true(server_is_idle());
	assert_int_equal(app_begun, begun + 1);
	assert_int_equal(app_ended, app_begun);
	if (row->closes)
		assert_int_equal(app_last_status, row->status);
}

static void every_way_through_a_hold(void **state)
{
	(void)state;
	static const int pauses[] = { 20, 0 };
	for (size_t p = 0; p < ROWS(pauses); p++)
		for (size_t i = 0; i < ROWS(rows); i++) {
			app_pause_ms = pauses[p];
			app_resumes = 0;
			check_row(i, &rows[i]);
		}
	app_pause_ms = 0;
}

/* The decision comes before `begin` has returned, so the connection need not sleep. */
static void an_early_decision(void **state)
{
	(void)state;
	static const struct row early[] = {
		{ "GET /hold?early HTTP/1.1\r\nHost: h\r\n\r\n", "", 0, 200, "GET /hold ", 1, false },
		{ "GET /hold?early,reply HTTP/1.1\r\nHost: h\r\n\r\n", "", 0, 401, "who?", 0, false },
		{ POST("early", LENGTH EXPECT), "hello", 100, 200, "POST /hold ?early 5 ", 1, false },
		{ POST("early,again", LENGTH), "hello", 0, 200, "POST /hold ?early,again 5 ", 2, false },
		{ POST("early,reply", LENGTH EXPECT), "", 0, 401, "who?", 0, true },
		{ POST("early,refuse", LENGTH EXPECT), "", 0, 403, "not you", 1, true },
	};
	for (size_t i = 0; i < ROWS(early); i++) {
		app_resumes = 0;
		check_row(i, &early[i]);
	}
}

/* Neither the deadline of a body nor that of silence counts, but they do afterwards. */
static void a_hold_has_no_deadline(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	app_pause_ms = 900;
	int fd = client_connect();
	client_send(fd, STR(POST("go", LENGTH) "hello"));
	(void)client_answer(fd, &b, false);
	assert_int_equal(status_of(sbuf_str(&b)), 200);
	app_pause_ms = 10;
	client_send(fd, STR(POST("go", LENGTH) "h"));
	(void)client_answer(fd, &b, false);
	assert_int_equal(status_of(sbuf_str(&b)), 408);
	(void)close(fd);
	assert_true(server_is_idle());
	app_pause_ms = 0;
}

static void t_http_33_the_client_is_gone(void **state)
{
	(void)state;
	static const char *const sent[] = { "GET /hold?go HTTP/1.1\r\nHost: h\r\n\r\n",
		POST("go", LENGTH), POST("reply", LENGTH) "hel", POST("again,refuse", LENGTH) "hello",
		POST("go", LENGTH EXPECT) };
	const struct linger reset = { 1, 0 };
	app_pause_ms = 5;
	for (size_t i = 0; i < 100; i++) {
		int fd = client_connect();
		client_send(fd, str_c(sent[i % ROWS(sent)]));
		if (i % 2)
			(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		(void)close(fd);
	}
	assert_true(server_is_idle());
	assert_int_equal(app_ended, app_begun);
	app_pause_ms = 0;
}

/* ---- a server each, with the usual deadlines ---- */

/* The decision may come at any moment of falling asleep. */
static void *decisions(void *arg)
{
	static const struct { const char *send, *expect; } all[] = {
		{ POST("go", LENGTH) "hello", "POST /hold ?go 5 " },
		{ "GET /hold?go HTTP/1.1\r\nHost: h\r\n\r\n", "GET /hold ?go 0 " },
		{ "GET /hold?reply HTTP/1.1\r\nHost: h\r\n\r\n", "who?" },
		{ POST("reply", LENGTH) "hello", "who?" },
		{ POST("refuse", LENGTH EXPECT), "not you" },
	};
	struct sbuf b = sbuf_make(MIB);
	atomic_int *wrong = arg;
	for (size_t i = 0; i < 300; i++) {
		int fd = client_connect();
		client_send(fd, str_c(all[i % ROWS(all)].send));
		(void)client_answer(fd, &b, false);
		if (count_of(sbuf_str(&b), all[i % ROWS(all)].expect) != 1 ||
		    count_of(sbuf_str(&b), "HTTP/1.1 ") != 1)
			++*wrong;
		(void)close(fd);
	}
	sbuf_done(&b);
	return NULL;
}

static void decisions_from_other_threads(void **state)
{
	(void)state;
	pthread_t threads[4];
	atomic_int wrong = 0;
	server_start(&plain);
	for (size_t i = 0; i < ROWS(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, decisions, &wrong), 0);
	for (size_t i = 0; i < ROWS(threads); i++)
		(void)pthread_join(threads[i], NULL);
	assert_int_equal(wrong, 0);
	assert_true(server_is_idle());
	assert_int_equal(app_ended, app_begun);
	server_stop();
}

static void a_close_waits_for_decisions(void **state)
{
	(void)state;
	static const char *const sent[] = { "GET /hold?go HTTP/1.1\r\nHost: h\r\n\r\n",
		POST("go", LENGTH), POST("reply", LENGTH) "hel", POST("again", LENGTH) "hello",
		POST("refuse", LENGTH EXPECT) };
	for (int round = 0; round < 10; round++) {
		int fds[20];
		server_start(&plain);
		app_pause_ms = 5 * (round + 1);
		for (size_t i = 0; i < ROWS(fds); i++) {
			fds[i] = client_connect();
			client_send(fds[i], str_c(sent[i % ROWS(sent)]));
		}
		if (round)
			assert_true(wait_for(&app_begun, (int)ROWS(fds)));
		http_drain(server, (unsigned)round % 2);
		server_stop();
		for (size_t i = 0; i < ROWS(fds); i++)
			(void)close(fds[i]);
	}
}

static void a_drain_refuses_what_was_held(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	server_start(&plain);
	app_pause_ms = 300;
	int fd = client_connect();
	client_send(fd, STR(POST("go", LENGTH EXPECT)));
	assert_true(wait_for(&app_begun, 1));
	http_drain(server, 5);
	(void)client_answer(fd, &b, false);
	assert_int_equal(status_of(sbuf_str(&b)), 503);
	assert_true(has(&b, "shutting_down"));
	(void)close(fd);
	server_stop();
}

int main(void)
{
	const struct CMUnitTest shared[] = {
		cmocka_unit_test(every_way_through_a_hold),
		cmocka_unit_test(an_early_decision),
		cmocka_unit_test(a_hold_has_no_deadline),
		cmocka_unit_test(t_http_33_the_client_is_gone),
	};
	const struct CMUnitTest own[] = {
		cmocka_unit_test(decisions_from_other_threads),
		cmocka_unit_test(a_close_waits_for_decisions),
		cmocka_unit_test(a_drain_refuses_what_was_held),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(shared, start, stop) + cmocka_run_group_tests(own, NULL, NULL);
}
