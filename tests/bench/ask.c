/* ask PORT CONNECTIONS ROUNDS [gzip] < PATHS: GETs every path of a line each, ROUNDS times, over kept
 * connections of which each has one request under way. Any answer below 500 is one.
 *
 * Prints {"requests", "failed", "bytes", "seconds", "p50_ms", "p99_ms", "max_ms", "slowest": PATH}.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "indexer/base/clock.h"
#include "indexer/base/sbuf.h"

#define PATHS_MAX 10000u
#define ANSWER_MAX (64u << 20)

struct asked { int64_t took_ns; unsigned path; bool failed; };

static char *paths[PATHS_MAX];
static unsigned path_count, count;
static struct asked *asked;
static atomic_uint next;
static atomic_ullong bytes;
static uint16_t port;
static const char *accepted = "";

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int connect_to(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
	                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		die("connect");
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
		die("TCP_NODELAY");
	return fd;
}

/* Its status; 0: the connection ended. */
static int read_answer(int fd, struct sbuf *b)
{
	size_t whole = SIZE_MAX;
	sbuf_reset(b);
	while (b->n < whole) {
		char *to = sbuf_reserve(b, 64u << 10);
		ssize_t got = to ? recv(fd, to, 64u << 10, 0) : -1;
		if (got <= 0)
			return 0;
		b->n += (size_t)got;
		b->p[b->n] = '\0';
		const char *end = whole == SIZE_MAX ? strstr(b->p, "\r\n\r\n") : NULL;
		const char *length = end ? strcasestr(b->p, "\r\ncontent-length:") : NULL;
		if (length)
			whole = (size_t)(end + 4 - b->p) + strtoul(length + 17, NULL, 10);
	}
	atomic_fetch_add(&bytes, b->n);
	return atoi(b->p + sizeof "HTTP/1.1");
}

static void ask(int *fd, struct sbuf *b, struct asked *a)
{
	char head[16384];
	int n = snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n", paths[a->path],
	                 port, accepted);
	int64_t began = clock_monotonic();
	if (n >= (int)sizeof head || send(*fd, head, (size_t)n, MSG_NOSIGNAL) != n)
		die("send");
	int status = read_answer(*fd, b);
	a->took_ns = clock_monotonic() - began;
	a->failed = !status || status >= 500;
	if (!status) {
		(void)close(*fd);
		*fd = connect_to();
	}
}

static void *asker(void *nothing)
{
	struct sbuf b = sbuf_make(ANSWER_MAX);
	int fd = connect_to();
	for (unsigned i; (i = atomic_fetch_add(&next, 1)) < count;)
		ask(&fd, &b, &asked[i]);
	(void)close(fd);
	sbuf_done(&b);
	return nothing;
}

static void read_paths(void)
{
	char line[16384];
	while (path_count < PATHS_MAX && fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		paths[path_count] = strdup(line);
		if (!paths[path_count++])
			die("memory");
	}
}

static int by_time(const void *a, const void *b)
{
	int64_t x = ((const struct asked *)a)->took_ns, y = ((const struct asked *)b)->took_ns;
	return (x > y) - (x < y);
}

static double in_ms(unsigned i) { return (double)asked[i].took_ns / 1e6; }

static void report(double seconds)
{
	unsigned failed = 0;
	qsort(asked, count, sizeof *asked, by_time);
	for (unsigned i = 0; i < count; i++)
		failed += asked[i].failed;
	printf("{\"requests\":%u,\"failed\":%u,\"bytes\":%llu,\"seconds\":%.6f,\"p50_ms\":%.3f,"
	       "\"p99_ms\":%.3f,\"max_ms\":%.3f,\"slowest\":\"%s\"}\n", count, failed, atomic_load(&bytes),
	       seconds, in_ms(count / 2), in_ms(count - 1 - count / 100), in_ms(count - 1),
	       paths[asked[count - 1].path]);
}

int main(int argc, char **argv)
{
	pthread_t thread[64];
	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: ask PORT CONNECTIONS ROUNDS [gzip] < PATHS\n");
		return 2;
	}
	if (argc == 5)
		accepted = "Accept-Encoding: gzip\r\n";
	port = (uint16_t)atoi(argv[1]);
	unsigned threads = (unsigned)atoi(argv[2]) % 65;
	read_paths();
	count = path_count * (unsigned)atoi(argv[3]);
	asked = calloc(count + 1, sizeof *asked);
	if (!asked || !count)
		die("memory");
	for (unsigned i = 0; i < count; i++)
		asked[i].path = i % path_count;
	int64_t began = clock_monotonic();
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, asker, NULL) != 0)
			die("thread");
	for (unsigned i = 0; i < threads; i++)
		(void)pthread_join(thread[i], NULL);
	report((double)(clock_monotonic() - began) / 1e9);
	return 0;
}
