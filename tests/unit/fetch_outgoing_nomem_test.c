/* Every allocation of a request fails once, and so does every one out of the arena: NOMEM, and nothing
 * leaks. What fails within libcurl ends in an error of some kind, or the whole answer. The request has
 * all there is: a redirect, a body that breaks off, going on with it.                        */
#include "arena_room.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <pthread.h>
#include <sys/socket.h>

#include "indexer/base/auto.h"
#include "indexer/fetch/fetch.h"
#include "indexer/fetch/outgoing.h"
#include "tests/lib/nomem.h"

static const char moved[] = "HTTP/1.1 302 Found\r\nContent-Length: 4\r\nLocation: /there\r\n\r\nmove";
static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nETag: \"1\"\r\nLink: <a>\r\nLink: <b>\r\n"
                           "WWW-Authenticate: Basic\r\n\r\nhello";
static const char rest[] = "HTTP/1.1 206 Partial Content\r\nContent-Length: 7\r\nETag: \"1\"\r\n"
                           "Content-Range: bytes 5-11/12\r\n\r\n, world";
static const char keyed[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nyes!";
static const char strange[] = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";

/* ---- libcurl's memory, counted where that is tested ---- */

static bool is_counted;

static void *curl_malloc(size_t bytes)
{
	return is_counted ? malloc(bytes) : __real_malloc(bytes);
}

static void *curl_calloc(size_t count, size_t bytes)
{
	return is_counted ? calloc(count, bytes) : __real_calloc(count, bytes);
}

static void *curl_realloc(void *p, size_t bytes)
{
	return is_counted ? realloc(p, bytes) : __real_realloc(p, bytes);
}

static void curl_release(void *p)
{
	if (is_counted)
		free(p);
	else
		__real_free(p);
}

static char *curl_strdup(const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = curl_malloc(n);
	return copy ? memcpy(copy, text, n) : NULL;
}

/* ---- the other side ---- */

static int listener;
static char url[200], origin[100];
static struct errinfo error;

/* Allocates nothing: what is counted is the door's. */
static void serve_one(int link)
{
	char request[4096];
	size_t n = 0;
	for (;;) {
		ssize_t got = read(link, request + n, sizeof request - 1 - n);
		if (got <= 0)
			return;
		n += (size_t)got;
		request[n] = '\0';
		if (!strstr(request, "\r\n\r\n"))
			continue;
		bool is_keyed = strstr(request, "GET /keyed");
		bool is_half = strstr(request, "GET /there") && !strstr(request, "Range: bytes=5-");
		const char *answer = is_keyed ? strstr(request, "X-Key: k") ? keyed : strange
		                     : is_half ? half : strstr(request, "GET /there") ? rest : moved;
		(void)!write(link, answer, strlen(answer));
		if (is_half)
			return;
		n = 0;
	}
}

static void *serve(void *nothing)
{
	for (int link; (link = accept(listener, NULL, NULL)) >= 0; (void)close(link))
		serve_one(link);
	return nothing;
}

static pthread_t thread;

static int setup(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t bytes = sizeof at;
	(void)state;
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, curl_release, curl_realloc, curl_strdup,
	                         curl_calloc))
		return -1;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&at, &bytes))
		return -1;
	(void)snprintf(origin, sizeof origin, "http://127.0.0.1:%d", ntohs(at.sin_port));
	(void)snprintf(url, sizeof url, "%s/here?q", origin);
	return pthread_create(&thread, NULL, serve, NULL);
}

static int teardown(void **state)
{
	(void)state;
	(void)shutdown(listener, SHUT_RDWR);
	(void)pthread_join(thread, NULL);
	return close(listener);
}

/* ---- the door ---- */

static enum err ask(struct arena *a, const void *outgoing, struct errinfo *e)
{
	const struct outgoing_access access = { .allow_private = true, .origin = origin, .bearer = "b",
		                                    .header = "X-Key: k" };
	const struct outgoing_request q = { .method = "GET", .url = url, .access = &access, .fd = -1,
		.headers = { "Accept: a/b" }, .header_count = 1, .etag = "\"0\"", .max_bytes = 12, .gzip = true };
	struct outgoing_answer answer = { .status = -1 };
	enum err err = outgoing_do(*(struct outgoing *const *)outgoing, a, &q, &answer, e);
	if (err) {
		assert_int_equal(answer.status, -1);
		return err;
	}
	assert_int_equal(answer.status, 200);
	assert_true(str_eq_c(answer.body, "hello, world") && str_eq_c(answer.link, "<a>, <b>"));
	return OK;
}

static enum err ask_once(struct arena *a)
{
	struct outgoing *o;
	enum err err = outgoing_new(&o, &error);
	if (err)
		return err;
	err = ask(a, &o, &error);
	outgoing_free(o);
	return err;
}

static void heap(void **state)
{
	(void)state;
	struct arena warm = { 0 };
	assert_int_equal(ask_once(&warm), OK);       /* what libraries keep for ever is there */
	arena_done(&warm);
	long live = nomem_live(), kept = 0;
	for (long n = 0;; n++) {
		struct arena a = { 0 };
		nomem_arm(n);
		enum err err = ask_once(&a);
		bool failed = nomem_disarm();
		arena_done(&a);
		assert_int_equal(nomem_live(), live);
		if (failed && err == OK)
			kept++;                      /* a connection that could not be kept for the next */
		else
			assert_int_equal(err, failed ? ERR_NOMEM : OK);
		if (!failed)
			break;
	}
	assert_int_equal(kept, 1);
}

/* A command's request: with all that it takes along, or not at all. */
static enum err ask_at_most(struct arena *a, uint64_t most)
{
	struct fetch *f;
	struct fetch_response answer;
	const char *to = arena_printf(a, "%s/keyed", origin);
	enum err err = to ? fetch_new(&f, &error) : (enum err)ERR_NOMEM;
	if (err)
		return err;
	const struct fetch_request q = { .method = "GET", .url = to, .headers = { "X-Key: k" }, .header_count = 1,
	                                 .response_max_bytes = most, .timeout_seconds = 60 };
	err = fetch_do(f, a, &q, &answer, &error);
	fetch_free(f);
	assert_true(err || (answer.status == 200 && str_eq_c(answer.body, "yes!")));
	return err;
}

static enum err ask_by_command(struct arena *a)
{
	enum err err = ask_at_most(a, 4);
	assert_int_not_equal(err, ERR_TOO_LARGE);
	return err;
}

static void too_long_for_a_command(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	(void)state;
	assert_int_equal(ask_at_most(&a, 3), ERR_TOO_LARGE);
	assert_non_null(strstr(error.detail, "the answer is longer than 3 bytes"));
}

static void each_in_libcurl(enum err (*ask_one)(struct arena *a))
{
	long n = 0;
	is_counted = true;
	for (bool failed = true; failed; n++) {
		struct arena a = { 0 };
		long live = nomem_live();
		nomem_arm(n);
		enum err err = ask_one(&a);
		failed = nomem_disarm();
		arena_done(&a);
		assert_int_equal(nomem_live(), live);
		if (err != OK && !failed)
			fail_msg("allocation %ld: %s", n, error.detail);
	}
	is_counted = false;
	assert_true(n > 50);
}

static void in_libcurl(void **state)
{
	(void)state;
	each_in_libcurl(ask_once);
}

static void in_libcurl_of_commands(void **state)
{
	(void)state;
	each_in_libcurl(ask_by_command);
}

static void arenas(void **state)
{
	struct outgoing *o;
	(void)state;
	assert_int_equal(outgoing_new(&o, &error), OK);
	each_room_is_too_small(ask, &o, OK);
	outgoing_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(heap), cmocka_unit_test(in_libcurl),
		cmocka_unit_test(in_libcurl_of_commands), cmocka_unit_test(too_long_for_a_command),
		cmocka_unit_test(arenas) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
