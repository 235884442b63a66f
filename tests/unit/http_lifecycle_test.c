/* The server's way up and down, its sockets, and what happens when it is full. */
#include "http_fixture.h"

#include <sys/resource.h>

#include "indexer/base/limits.h"

static const struct http_options plain = { .control_fd = -1, .head_ms = 2000 };

static void addresses_are_checked(void **state)
{
	(void)state;
	static const struct { const char *address; enum err wanted; } rows[] = {
		{ "", ERR_CONFIG }, { "8879", ERR_CONFIG }, { ":8879", ERR_CONFIG },
		{ "127.0.0.1", ERR_CONFIG }, { "127.0.0.1:", ERR_CONFIG }, { "127.0.0.1:x", ERR_CONFIG },
		{ "127.0.0.1:65536", ERR_CONFIG }, { "127.0.0.1:-1", ERR_CONFIG },
		{ "localhost:0", ERR_CONFIG }, { "::1:0", ERR_CONFIG }, { "[::1]", ERR_CONFIG },
		{ "[127.0.0.1]:0", ERR_CONFIG }, { "[::1:0", ERR_CONFIG }, { "[]:0", ERR_CONFIG },
		{ "1.2.3.256:0", ERR_CONFIG }, { "192.0.2.1:0", ERR_IO },
		{ "127.0.0.1:0", OK }, { "0.0.0.0:0", OK },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_server *s = NULL;
		struct errinfo e = { 0 };
		struct http_options o = plain;
		o.listen = &rows[i].address;
		o.listen_count = 1;
		o.app = &tiny_app;
		enum err code = http_open(&o, &s, &e);
		if (code != rows[i].wanted)
			fail_msg("%s: %s", rows[i].address, e.detail);
		assert_int_equal(s != NULL, code == OK);
		http_close(s);
	}
}

static void an_address_in_use_is_an_error(void **state)
{
	(void)state;
	struct http_server *second = NULL;
	struct errinfo e;
	struct http_options o = plain;
	server_start(&plain);
	const char *address = http_address(server, 0);
	assert_null(http_address(server, 1));
	assert_true(http_is_local(server, 0));
	assert_false(http_is_local(server, 1));
	o.listen = &address;
	o.listen_count = 1;
	o.app = &tiny_app;
	assert_int_equal(http_open(&o, &second, &e), ERR_IO);
	assert_non_null(strstr(e.detail, address));
	assert_null(second);
	server_stop();
}

static int control_socket(struct sockaddr_un *ret)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	(void)snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "chartlocker-test-%d", (int)getpid());
	*ret = a;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void the_control_socket_says_so(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct sockaddr_un a;
	struct http_options o = plain;
	o.control_fd = control_socket(&a);
	server_start(&o);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	client_send(fd, STR(GOOD "GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n"));
	while (!has(&b, "late") && client_receive(fd, &b, 3000, &(bool){ false }))
		;
	assert_true(has(&b, "GET /ok ? 0 unix 1 0"));
	assert_true(has(&b, "\r\n\r\nlate"));
	(void)close(fd);
	server_stop();
}

/* ---- the way down ---- */

static void a_drain_closes_idle_connections_at_once(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	server_start(&plain);
	int fd = client_connect();
	client_send(fd, STR(GOOD));
	(void)client_answer(fd, &b, false);
	assert_true(wait_for(&app_ended, 1));
	int64_t begun = clock_monotonic();
	http_drain(server, 10);
	assert_true(elapsed_ms(begun) < 1000);
	assert_true(client_is_closed(fd, &b, 1000));
	(void)close(fd);
	assert_int_equal(client_connect(), -1);
	server_stop();
}

static void *drain_thread(void *seconds)
{
	http_drain(server, *(unsigned *)seconds);
	return NULL;
}

static void a_drain_lets_answers_out(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	pthread_t drain;
	unsigned seconds = 10;
	server_start(&plain);
	app_pause_ms = 300;
	int sleeper = client_connect(), upload = client_connect(), second = client_connect();
	client_send(sleeper, STR("GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n"));
	client_send(upload, STR("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel"));
	client_send(second, STR("POST /upload HTTP/1.1\r\nHost: h\r\n"));
	assert_true(wait_for(&app_begun, 2));
	assert_int_equal(pthread_create(&drain, NULL, drain_thread, &seconds), 0);
	for (int fd; (fd = client_connect()) >= 0;)
		(void)close(fd);
	client_send(upload, STR("lo"));
	client_send(second, STR("Content-Length: 5\r\n\r\nhello"));
	(void)client_answer(upload, &b, false);
	assert_int_equal(status_of(sbuf_str(&b)), 200);
	assert_true(has(&b, "\r\nConnection: close\r\n"));
	(void)client_answer(second, &b, false);
	assert_int_equal(status_of(sbuf_str(&b)), 503);
	assert_true(has(&b, "shutting_down"));
	(void)client_answer(sleeper, &b, false);
	assert_true(has(&b, "\r\n\r\nlate"));
	(void)pthread_join(drain, NULL);
	assert_int_equal(app_ended, 3);
	(void)close(sleeper);
	(void)close(upload);
	(void)close(second);
	server_stop();
}

static void a_close_waits_for_owed_answers(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	int fds[8];
	server_start(&plain);
	app_pause_ms = 100;
	for (int i = 0; i < 8; i++) {
		fds[i] = client_connect();
		client_send(fds[i], STR("GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n"));
	}
	assert_true(wait_for(&app_begun, 8));
	int64_t begun = clock_monotonic();
	http_drain(server, 0);
	assert_true(elapsed_ms(begun) < 100);
	server_stop();
	assert_int_equal(app_ended, 8);
	for (int i = 0; i < 8; i++) {
		assert_true(client_is_closed(fds[i], &b, 1000));
		(void)close(fds[i]);
	}
}

/* Clients that never stop while the server goes: http_close must neither abort nor hang. */
static atomic_bool flood_ends;

static void *flood(void *arg)
{
	(void)arg;
	struct sbuf b = sbuf_make(MIB);
	while (!flood_ends) {
		int fd = client_connect();
		if (fd < 0)
			break;
		client_send(fd, STR(GOOD "GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n" GOOD
		                    "GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n"
		                    "POST /forbidden HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"));
		(void)client_answer(fd, &b, false);
		(void)close(fd);
	}
	sbuf_done(&b);
	return NULL;
}

static void a_close_under_load(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		pthread_t clients[4];
		const struct timespec moment = { 0, 10 * NS_PER_MS };
		server_start(&plain);
		flood_ends = false;
		for (size_t i = 0; i < 4; i++)
			assert_int_equal(pthread_create(&clients[i], NULL, flood, NULL), 0);
		(void)nanosleep(&moment, NULL);
		http_drain(server, round % 2);
		flood_ends = true;
		for (size_t i = 0; i < 4; i++)
			(void)pthread_join(clients[i], NULL);
		server_stop();
	}
}

/* ---- full ---- */

/* Of two listeners each has its share, and nobody asks at the other one. */
static void idle_connections_make_room(size_t listeners)
{
	static const char *const any[] = { "127.0.0.1:0", "127.0.0.1:0" };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct http_options o = { .control_fd = -1, .connections_max = 16 * (unsigned)listeners,
	                          .listen = any, .listen_count = listeners };
	int fds[16];
	server_start(&o);
	for (int i = 0; i < 16; i++) {
		fds[i] = client_connect();
		client_send(fds[i], STR(GOOD));
		if (i < 12)
			(void)client_answer(fds[i], &b, false);
	}
	int64_t begun = clock_monotonic();
	assert_int_equal(exchange(GOOD, &b), 200);
	assert_true(elapsed_ms(begun) < 5000);
	for (int i = 0; i < 16; i++)
		(void)close(fds[i]);
	server_stop();
}

static void t_http_34_idle_connections_make_room(void **state)
{
	(void)state;
	idle_connections_make_room(1);
	idle_connections_make_room(2);
}

static int64_t cpu_ms(void)
{
	struct rusage u;
	(void)getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

static void t_http_34_no_descriptors_no_spinning(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct rlimit before, tight;
	int hold[4], filler[256], fillers = 0;
	server_start(&plain);
	for (int i = 0; i < 4; i++)
		hold[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	tight = before;
	tight.rlim_cur = 128;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	while (fillers < 256 && (filler[fillers] = dup(hold[0])) >= 0)
		fillers++;
	const char *port = strrchr(http_address(server, 0), ':') + 1;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 1; i < 4; i++)
		assert_int_equal(connect(hold[i], (struct sockaddr *)&a, sizeof a), 0);
	int64_t cpu = cpu_ms();
	const struct timespec second = { 1, 0 };
	(void)nanosleep(&second, NULL);
	cpu = cpu_ms() - cpu;
	while (fillers > 0)
		(void)close(filler[--fillers]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (int i = 0; i < 4; i++)
		(void)close(hold[i]);
	assert_int_equal(exchange(GOOD, &b), 200);
	server_stop();
	if (cpu > 300)
		fail_msg("%d ms of processor time in one second without descriptors", (int)cpu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_checked),
		cmocka_unit_test(an_address_in_use_is_an_error),
		cmocka_unit_test(the_control_socket_says_so),
		cmocka_unit_test(a_drain_closes_idle_connections_at_once),
		cmocka_unit_test(a_drain_lets_answers_out),
		cmocka_unit_test(a_close_waits_for_owed_answers),
		cmocka_unit_test(a_close_under_load),
		cmocka_unit_test(t_http_34_idle_connections_make_room),
		cmocka_unit_test(t_http_34_no_descriptors_no_spinning),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
