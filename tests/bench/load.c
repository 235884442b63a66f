/* load PORT PATH UPLOADERS COUNT FIRST: publishes COUNT synthetic charts, over kept connections.
 *
 * The charts are made before the clock starts: versions FIRST, FIRST + 1, … of the charts that
 * the generator made. Every uploader sends one and waits for its answer, which must be 201.
 * Prints {"published", "refused", "seconds", "p50_ms", "p99_ms", "max_ms"}.                  */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "indexer/base/clock.h"
#include "tests/bench/client.h"
#include "tests/bench/synthetic.h"

#define CHARTS 10u                   /* as many as the smallest repository has */
#define HEAD_MAX_BYTES 256
#define ANSWER_MAX_BYTES (1u << 20)

struct upload {
	int64_t took_ns;
	char *tgz, head[HEAD_MAX_BYTES];
	size_t bytes, head_bytes;
	bool refused;
};

static struct upload *uploads;
static unsigned count;
static atomic_uint next;
static uint16_t port;
static const char *path;

static void post(int *fd, struct sbuf *answer, struct upload *u)
{
	int64_t began = clock_monotonic();
	struct iovec pieces[] = { { u->head, u->head_bytes }, { u->tgz, u->bytes } };
	if (writev(*fd, pieces, 2) != (ssize_t)(u->head_bytes + u->bytes))
		die("send");
	int status = read_answer(*fd, answer);
	u->took_ns = clock_monotonic() - began;
	u->refused = status != 201 && status != 200;
	if (status == 0) {
		(void)close(*fd);
		*fd = connect_to(port);
	}
}

static void *uploader(void *nothing)
{
	struct sbuf answer = sbuf_make(ANSWER_MAX_BYTES);
	int fd = connect_to(port);
	for (unsigned i; (i = atomic_fetch_add(&next, 1)) < count;)
		post(&fd, &answer, &uploads[i]);
	(void)close(fd);
	sbuf_done(&answer);
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
	if (argc != 6) {
		fprintf(stderr, "usage: load PORT PATH UPLOADERS COUNT FIRST\n");
		return 2;
	}
	port = (uint16_t)atoi(argv[1]);
	path = argv[2];
	unsigned threads = (unsigned)atoi(argv[3]);
	count = (unsigned)atoi(argv[4]);
	prepare((unsigned)atoi(argv[5]));
	double seconds = run_threads(threads, uploader);
	if (count)
		report(seconds);
	return 0;
}
