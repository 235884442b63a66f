/* ask PORT CONNECTIONS ROUNDS [gzip] < PATHS: GETs every path of a line each, ROUNDS times, over kept
 * connections of which each has one request under way. Any answer below 500 is one.
 *
 * Prints {"requests", "failed", "bytes", "seconds", "p50_ms", "p99_ms", "max_ms", "slowest": PATH}.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "indexer/base/clock.h"
#include "tests/bench/client.h"

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

static void ask(int *fd, struct sbuf *b, struct asked *a)
{
	char head[16384];
	int n = snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n", paths[a->path],
	                 port, accepted);
	int64_t began = clock_monotonic();
	if (n >= (int)sizeof head || send(*fd, head, (size_t)n, MSG_NOSIGNAL) != n)
		die("send");
	int status = read_answer(*fd, b);
	atomic_fetch_add(&bytes, b->n);
	a->took_ns = clock_monotonic() - began;
	a->failed = !status || status >= 500;
	if (!status) {
		(void)close(*fd);
		*fd = connect_to(port);
	}
}

static void *asker(void *nothing)
{
	struct sbuf b = sbuf_make(ANSWER_MAX);
	int fd = connect_to(port);
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
	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: ask PORT CONNECTIONS ROUNDS [gzip] < PATHS\n");
		return 2;
	}
	if (argc == 5)
		accepted = "Accept-Encoding: gzip\r\n";
	port = (uint16_t)atoi(argv[1]);
	unsigned threads = (unsigned)atoi(argv[2]);
	read_paths();
	count = path_count * (unsigned)atoi(argv[3]);
	asked = calloc(count + 1, sizeof *asked);
	if (!asked || !count)
		die("memory");
	for (unsigned i = 0; i < count; i++)
		asked[i].path = i % path_count;
	report(run_threads(threads, asker));
	return 0;
}
