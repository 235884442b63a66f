/* See client.h. */
#include "tests/bench/client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "indexer/base/clock.h"

#define PIECE_BYTES (64u << 10)
#define THREADS_MAX 64u

void die(const char *what)
{
	perror(what);
	exit(1);
}

int connect_to(uint16_t port)
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

int read_answer(int fd, struct sbuf *b)
{
	size_t whole = SIZE_MAX;
	sbuf_reset(b);
	while (b->n < whole) {
		char *to = sbuf_reserve(b, PIECE_BYTES);
		ssize_t got = to ? recv(fd, to, PIECE_BYTES, 0) : -1;
		if (got <= 0)
			return 0;
		b->n += (size_t)got;
		b->p[b->n] = '\0';
		const char *end = whole == SIZE_MAX ? strstr(b->p, "\r\n\r\n") : NULL;
		const char *length = end ? strcasestr(b->p, "\r\ncontent-length:") : NULL;
		if (length)
			whole = (size_t)(end + 4 - b->p) + strtoul(length + 17, NULL, 10);
	}
	return atoi(b->p + sizeof "HTTP/1.1");
}

double run_threads(unsigned count, void *(*each)(void *))
{
	pthread_t thread[THREADS_MAX];
	unsigned n = count < THREADS_MAX ? count : THREADS_MAX;
	int64_t began = clock_monotonic();
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, each, NULL) != 0)
			die("thread");
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(thread[i], NULL);
	return (double)(clock_monotonic() - began) / 1e9;
}

double cpu_seconds(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}
