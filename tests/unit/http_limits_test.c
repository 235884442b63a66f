/* Clients that take more than their share: readers that starve, addresses with many connections,
 * and that nobody else notices.                                                              */
#include "http_fixture.h"

#include <netinet/tcp.h>

#define WINDOW_MS 300
#define READERS 20
#define LIMIT 5

static int start_watching(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .send_window_ms = WINDOW_MS });
	return 0;
}

/* Asks for more than the sockets take by themselves. */
static int begin_reading(const char *path, int small)
{
	char request[64];
	int fd = client_connect();
	assert_true(fd >= 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	(void)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", path);
	client_send(fd, str_c(request));
	return fd;
}

static uint64_t timed_out(void)
{
	struct http_stats stats;
	http_stats(server, &stats);
	return stats.timed_out;
}

static bool wait_for_cuts(uint64_t n)
{
	const struct timespec moment = { 0, 5 * NS_PER_MS };
	for (int i = 0; i < 2000 && timed_out() < n; i++)
		(void)nanosleep(&moment, NULL);
	return timed_out() >= n;
}

static void t_http_19_slow_readers_are_cut(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fds[READERS];
	int64_t begun = clock_monotonic();
	for (int i = 0; i < READERS; i++)
		fds[i] = begin_reading("/huge", 4096);
	for (int i = 0; i < 20; i++)
		assert_int_equal(exchange(GOOD, &b), 200);
	assert_true(elapsed_ms(begun) < WINDOW_MS * 10);
	assert_true(wait_for_cuts(READERS));
	for (int i = 0; i < READERS; i++)
		(void)close(fds[i]);
	assert_true(server_is_idle());
	assert_int_equal(app_ended, app_begun);
}

/* 16 KiB a moment is little, and enough. */
static void t_http_19_a_steady_reader_is_not(void **state)
{
	(void)state;
	const struct timespec moment = { 0, 10 * NS_PER_MS };
	char piece[16 * KIB];
	size_t total = 0;
	int fd = begin_reading("/file", 64 * (int)KIB);
	int64_t begun = clock_monotonic();
	for (ssize_t n; total < FILE_BYTES - 1 && (n = recv(fd, piece, sizeof piece, 0)) > 0; total += (size_t)n)
		(void)nanosleep(&moment, NULL);
	assert_true(total >= FILE_BYTES - 1);
	assert_true(elapsed_ms(begun) > 2 * WINDOW_MS);
	assert_int_equal(timed_out(), 0);
	(void)close(fd);
}

/* A connection that is kept is measured anew with each answer, and waiting for an answer is not
 * reading slowly.                                                                            */
static void t_http_19_waiting_is_not_reading(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(8 * MIB);
	int fd = client_connect();
	app_pause_ms = 3 * WINDOW_MS;
	for (int i = 0; i < 2; i++) {
		client_send(fd, STR("GET /pieces HTTP/1.1\r\nHost: h\r\n\r\n"));
		(void)client_answer(fd, &b, false);
		assert_int_equal(status_of(sbuf_str(&b)), 200);
		client_send(fd, STR("GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n"));
		(void)client_answer(fd, &b, false);
		assert_int_equal(status_of(sbuf_str(&b)), 200);
	}
	(void)close(fd);
	assert_int_equal(timed_out(), 0);
}

/* ---- connections of an address ---- */

static const char *const here[] = { "127.0.0.1" };

static int start_limited(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .connections_per_address = LIMIT,
	                                     .limit_loopback = true });
	return 0;
}

static int start_limited_but_here(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .connections_per_address = LIMIT });
	return 0;
}

static int start_limited_but_proxies(void **state)
{
	(void)state;
	server_start(&(struct http_options){ .control_fd = -1, .connections_per_address = LIMIT,
	                                     .limit_loopback = true, .trusted_proxies = here,
	                                     .trusted_count = 1 });
	return 0;
}

/* So many of them get an answer at the same time. */
static int accepted(int wanted)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fds[4 * LIMIT], n = 0;
	assert_true(wanted <= (int)ROWS(fds));
	for (int i = 0; i < wanted; i++) {
		fds[i] = client_connect();
		client_send(fds[i], STR(GOOD));
		(void)client_answer(fds[i], &b, false);
		n += status_of(sbuf_str(&b)) == 200;
	}
	for (int i = 0; i < wanted; i++)
		(void)close(fds[i]);
	return n;
}

static void an_address_has_a_limit(void **state)
{
	(void)state;
	struct http_stats stats;
	assert_int_equal(accepted(2 * LIMIT), LIMIT);
	http_stats(server, &stats);
	assert_int_equal(stats.turned_away, LIMIT);
	client_connects -= LIMIT;        /* these were never there */
	assert_true(server_is_idle());
	assert_int_equal(accepted(LIMIT), LIMIT);
}

static void this_machine_and_proxies_have_none(void **state)
{
	(void)state;
	assert_int_equal(accepted(4 * LIMIT), 4 * LIMIT);
}

#define WITH(test, start) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	const struct CMUnitTest all[] = {
		WITH(t_http_19_slow_readers_are_cut, start_watching),
		WITH(t_http_19_a_steady_reader_is_not, start_watching),
		WITH(t_http_19_waiting_is_not_reading, start_watching),
		WITH(an_address_has_a_limit, start_limited),
		{ "this_machine_has_none", this_machine_and_proxies_have_none, start_limited_but_here, stop, NULL },
		{ "trusted_proxies_have_none", this_machine_and_proxies_have_none, start_limited_but_proxies, stop, NULL },
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(all, NULL, NULL);
}
