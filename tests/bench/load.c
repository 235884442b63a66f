/* load PORT PATH UPLOADERS COUNT FIRST: publishes COUNT synthetic charts, over kept connections.
 *
 * The charts are made before the clock starts: versions FIRST, FIRST + 1, … of the charts that
 * the generator made. Every uploader sends one and waits for its answer, which must be 201.
 * Prints {"published", "refused", "seconds", "p50_ms", "p99_ms", "max_ms"}.                  */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "indexer/base/clock.h"
#include "tests/bench/synthetic.h"

#define CHARTS 10u                   /* as many as the smallest repository has */
#define HEAD_MAX_BYTES 256

struct upload {
	char *tgz, head[HEAD_MAX_BYTES];
	size_t bytes, head_bytes;
	int64_t took_ns;
	bool refused;
};

static struct upload *uploads;
static unsigned count;
static atomic_uint next;
static uint16_t port;
static const char *path;

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

/* Reads one answer with its body and returns its status; 0 when the connection ended. */
static int read_answer(int fd)
{
	char answer[4096];
	size_t n = 0, whole = sizeof answer - 1;
	while (n < whole) {
		ssize_t got = recv(fd, answer + n, sizeof answer - 1 - n, 0);
		if (got <= 0)
			return 0;
		n += (size_t)got;
		answer[n] = '\0';
		const char *end = strstr(answer, "\r\n\r\n"), *length = strcasestr(answer, "\r\ncontent-length:");
		if (end && length)
			whole = (size_t)(end + 4 - answer) + strtoul(length + 17, NULL, 10);
	}
	return atoi(answer + sizeof "HTTP/1.1");
}

static void post(int *fd, struct upload *u)
{
	int64_t began = clock_monotonic();
	struct iovec pieces[] = { { u->head, u->head_bytes }, { u->tgz, u->bytes } };
	if (writev(*fd, pieces, 2) != (ssize_t)(u->head_bytes + u->bytes))
		die("send");
	int status = read_answer(*fd);
	u->took_ns = clock_monotonic() - began;
	u->refused = status != 201 && status != 200;
	if (status == 0) {
		(void)close(*fd);
		*fd = connect_to();
	}
}

static void *uploader(void *nothing)
{
	int fd = connect_to();
	for (unsigned i; (i = atomic_fetch_add(&next, 1)) < count;)
		post(&fd, &uploads[i]);
	(void)close(fd);
	return nothing;
}

static void prepare(unsigned first)
{
	struct errinfo e = { 0 };
	uploads = calloc(count + 1, sizeof *uploads);
	if (!uploads)
		die("memory");
	for (unsigned i = 0; i < count; i++) {
		struct upload *u = &uploads[i];
		if (synthetic_chart(i % CHARTS, first + i / CHARTS, &u->tgz, &u->bytes, &e)) {
			fprintf(stderr, "load: %s\n", e.detail);
			exit(1);
		}
		u->head_bytes = (size_t)snprintf(u->head, sizeof u->head, "POST %s HTTP/1.1\r\n"
			"Host: 127.0.0.1:%u\r\nContent-Type: application/gzip\r\nContent-Length: %zu\r\n\r\n",
			path, port, u->bytes);
	}
}

static int by_time(const void *a, const void *b)
{
	int64_t x = ((const struct upload *)a)->took_ns, y = ((const struct upload *)b)->took_ns;
	return (x > y) - (x < y);
}

static double in_ms(unsigned i) { return (double)uploads[i].took_ns / 1e6; }

static void report(double seconds)
{
	unsigned refused = 0;
	qsort(uploads, count, sizeof *uploads, by_time);
	for (unsigned i = 0; i < count; i++)
		refused += uploads[i].refused;
	printf("{\"published\":%u,\"refused\":%u,\"seconds\":%.6f,"
	       "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
	       count - refused, refused, seconds, in_ms(count / 2), in_ms(count - 1 - count / 100),
	       in_ms(count - 1));
}

int main(int argc, char **argv)
{
	pthread_t thread[64];
	if (argc != 6) {
		fprintf(stderr, "usage: load PORT PATH UPLOADERS COUNT FIRST\n");
		return 2;
	}
	port = (uint16_t)atoi(argv[1]);
	path = argv[2];
	unsigned threads = (unsigned)atoi(argv[3]) % 65;
	count = (unsigned)atoi(argv[4]);
	prepare((unsigned)atoi(argv[5]));
	int64_t began = clock_monotonic();
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, uploader, NULL) != 0)
			die("thread");
	for (unsigned i = 0; i < threads; i++)
		(void)pthread_join(thread[i], NULL);
	if (count)
		report((double)(clock_monotonic() - began) / 1e9);
	return 0;
}
