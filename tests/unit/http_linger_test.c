/* Refused before it was read: the answer arrives at a client that sends all of it first, and who never ends
 * holds nothing for long.                                                                    */
#include "http_fixture.h"
#include "folder.h"

#define BODY_BYTES (16 * MIB)        /* more than sockets hold */
#define TRIES 5
#define LIMIT 5
#define GRACE_SECONDS 1u
#define HANGS_MS 60000

#define HEAD(method, path, fields) method " " path " HTTP/1.1\r\nHost: h\r\n" fields "\r\n"
#define LENGTH "Content-Length: 16777216\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define EXPECT "Expect: 100-continue\r\n"

static char piece[64 * KIB];

static bool on_unix;

static int link_to_server(void)
{
	if (!on_unix)
		return client_connect();
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)snprintf(a.sun_path, sizeof a.sun_path, "%s", http_address(server, 1) + strlen("unix:"));
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	client_connects++;
	return fd;
}

/* False when the server resets the connection instead of taking it. */
static bool send_filler(int fd, size_t bytes)
{
	ssize_t n = 1;
	for (; bytes && n > 0; bytes -= n > 0 ? (size_t)n : 0)
		n = send(fd, piece, bytes < sizeof piece ? bytes : sizeof piece, MSG_NOSIGNAL);
	return !bytes;
}

/* ---- the answer ---- */

struct refused { const char *name, *head; int status; bool chunked; };

/* Every way that leads to an answer while a body is still to come. */
static const struct refused refused[] = {
	{ "by the app at the head", HEAD("POST", "/forbidden", LENGTH), 403, false },
	{ "of PUT", HEAD("PUT", "/forbidden", LENGTH), 403, false },
	{ "of a method that seldom has a body", HEAD("DELETE", "/forbidden", LENGTH), 403, false },
	{ "after a decision elsewhere", HEAD("POST", "/hold?refuse", LENGTH), 403, false },
	{ "by another thread", HEAD("POST", "/hold?reply", LENGTH), 401, false },
	{ "too large by its length", HEAD("POST", "/upload", LENGTH), 413, false },
	{ "where none is taken", HEAD("GET", "/ok", LENGTH), 413, false },
	{ "a method that is none", HEAD("TRACE", "/ok", LENGTH), 405, false },
	{ "a head that is none", HEAD("POST", "/upload", LENGTH "Host: h\r\n"), 400, false },
	{ "by the app, chunked", HEAD("POST", "/forbidden", CHUNKED), 403, true },
	{ "too large midway", HEAD("POST", "/upload", CHUNKED), 413, true },
	{ "a failed write", HEAD("POST", "/bad-write", CHUNKED), 507, true },
	{ "who said that it waits, and does not", HEAD("POST", "/forbidden", LENGTH EXPECT), 403, false },
};

static void t_http_29_the_answer_outlives_the_body(void **state)
{
	const struct refused *r = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	for (int i = 0; i < TRIES; i++) {
		int fd = link_to_server();
		client_send(fd, str_c(r->head));
		if (r->chunked)
			client_send(fd, STR("1\r\nx\r\n1000000\r\n"));
		bool taken = send_filler(fd, BODY_BYTES);
		bool closed = client_answer(fd, &b, false) || client_is_closed(fd, &b, HANGS_MS);
		(void)close(fd);
		if (!taken || status_of(sbuf_str(&b)) != r->status || count_of(sbuf_str(&b), "HTTP/1.1 ") != 1 || !closed)
			fail_msg("try %d: taken %d, closed %d, \"%.*s\"", i, taken, closed, (int)b.n, b.p ? b.p : "");
		assert_true(has(&b, "\r\nConnection: close\r\n"));
	}
	assert_true(server_is_idle());
	assert_int_equal(app_ended, app_begun);
}

/* ---- the limits ---- */

/* Refused, and it does not go. */
static int begin_lingering(void)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fd = client_connect();
	assert_true(fd >= 0);
	client_send(fd, STR(HEAD("POST", "/forbidden", LENGTH) "x"));
	assert_true(client_answer(fd, &b, false) || client_is_closed(fd, &b, HANGS_MS));
	assert_int_equal(status_of(sbuf_str(&b)), 403);
	return fd;
}

static uint64_t open_now(void)
{
	struct http_stats stats;
	http_stats(server, &stats);
	return stats.open;
}

static bool wait_for_open(uint64_t most)
{
	const struct timespec moment = { 0, NS_PER_MS };
	for (int i = 0; i < HANGS_MS && open_now() > most; i++)
		(void)nanosleep(&moment, NULL);
	return open_now() <= most;
}

static int start_short(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .linger_ms = 300 });
	return 0;
}

static void it_ends_by_the_clock(void **state)
{
	(void)state;
	const struct timespec moment = { 0, 10 * NS_PER_MS };
	int silent = begin_lingering(), talks = begin_lingering();
	int64_t begun = clock_monotonic();
	while (send(talks, "x", 1, MSG_NOSIGNAL) == 1 && elapsed_ms(begun) < HANGS_MS)
		(void)nanosleep(&moment, NULL);
	assert_true(elapsed_ms(begun) < HANGS_MS);
	assert_true(server_is_idle());
	(void)close(silent);
	(void)close(talks);
}

static int start_usual(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1 });
	return 0;
}

static void so_many_bytes_are_dropped(void **state)
{
	(void)state;
	int fd = begin_lingering();
	assert_false(send_filler(fd, HTTP_LINGER_MAX_BYTES + 64 * MIB));
	assert_true(server_is_idle());
	(void)close(fd);
}

static int start_patient(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .linger_ms = HANGS_MS * 10 });
	return 0;
}

/* However long it takes until all of them do. */
static void so_many_linger(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fds[HTTP_LINGERING_MAX + LIMIT];
	for (size_t i = 0; i < ROWS(fds); i++)
		fds[i] = begin_lingering();
	assert_true(wait_for_open(HTTP_LINGERING_MAX));
	assert_int_equal(open_now(), HTTP_LINGERING_MAX);
	assert_true(send_filler(fds[ROWS(fds) - 1], BODY_BYTES));    /* the oldest went, not this one */
	assert_int_equal(exchange(GOOD, &b), 200);
	for (size_t i = 0; i < ROWS(fds); i++)
		(void)close(fds[i]);
	assert_true(server_is_idle());
}

static int start_limited(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .connections_per_address = LIMIT,
	                                     .limit_loopback = true });
	return 0;
}

static void it_counts_for_its_address(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fds[LIMIT];
	for (size_t i = 0; i < LIMIT; i++)
		fds[i] = begin_lingering();
	assert_int_equal(open_now(), LIMIT);
	assert_int_equal(exchange(GOOD, &b), 0);
	client_connects--;                           /* it was never there */
	for (size_t i = 0; i < LIMIT; i++)
		(void)close(fds[i]);
	assert_true(server_is_idle());
	assert_int_equal(exchange(GOOD, &b), 200);
}

static void a_drain_waits_for_it_no_longer_than_its_grace(void **state)
{
	(void)state;
	int fds[LIMIT];
	for (size_t i = 0; i < LIMIT; i++)
		fds[i] = begin_lingering();
	int64_t begun = clock_monotonic();
	http_drain(server, GRACE_SECONDS);
	server_stop();
	int64_t took = elapsed_ms(begun);
	for (size_t i = 0; i < LIMIT; i++)
		(void)close(fds[i]);
	if (took > HANGS_MS)
		fail_msg("%d ms", (int)took);
}

#define WITH(test, start) cmocka_unit_test_setup_teardown(test, start, stop)

static int check_answers(void)
{
	char folder[FOLDER_BYTES], path[FOLDER_BYTES + 16];
	const char *both[] = { "127.0.0.1:0", path };
	make_folder(folder);
	(void)snprintf(path, sizeof path, "unix:%s/socket", folder);
	server_start(&(struct http_options){ .control_fd = -1, .listen = both, .listen_count = ROWS(both) });
	int failed = RUN_TABLE("refused", t_http_29_the_answer_outlives_the_body, refused);
	on_unix = true;
	failed += RUN_TABLE("refused on a Unix socket", t_http_29_the_answer_outlives_the_body, refused);
	server_stop();
	remove_tree(folder);
	return failed;
}

int main(void)
{
	const struct CMUnitTest limits[] = {
		WITH(it_ends_by_the_clock, start_short),
		WITH(so_many_bytes_are_dropped, start_usual),
		WITH(so_many_linger, start_patient),
		WITH(it_counts_for_its_address, start_limited),
		cmocka_unit_test_setup(a_drain_waits_for_it_no_longer_than_its_grace, start_usual),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return check_answers() + cmocka_run_group_tests(limits, NULL, NULL);
}
