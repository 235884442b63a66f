/* wait PORT WAITERS: so many readers that wait for events, each asking for the next as soon as it
 * has an answer. Says "waiting" when all of them have asked, and ends at the end of standard input
 * with {"answers", "events_seen"}: the answers in all, and the newest event that every one saw. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "indexer/format/gzip.h"
#include "tests/bench/client.h"

#define ANSWER_MAX_BYTES (1u << 20)

struct reader { int fd; unsigned long long since; char *text; size_t n; };

static void ask(struct reader *r)
{
	char head[256];
	int n = snprintf(head, sizeof head, "GET /api/v1/events?since=%llu&limit=1000&wait=30 HTTP/1.1\r\n"
	                 "Host: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n", r->since);
	r->n = 0;
	if (write(r->fd, head, (size_t)n) != n)
		die("write");
}

static void open_reader(struct reader *r, uint16_t port, int epoll)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = r };
	r->fd = connect_to(port);
	r->text = malloc(ANSWER_MAX_BYTES + 1);
	if (!r->text || epoll_ctl(epoll, EPOLL_CTL_ADD, r->fd, &ev) != 0)
		die("a reader");
	ask(r);
}

/* "next" of a body. They are all the same after a wake, so each is read once. */
static unsigned long long next_of(struct str body, bool packed)
{
	static struct gzip_buffer buffer;
	static char last[ANSWER_MAX_BYTES];
	static size_t last_bytes;
	static unsigned long long since;
	struct str text = body;
	if (body.n == last_bytes && memcmp(body.p, last, last_bytes) == 0)
		return since;
	if (packed && gzip_inflate(body, &buffer, &text, NULL))
		die("inflate");
	const char *key = memrchr(text.p, 'x', text.n);          /* of "next" */
	if (!key)
		die("no next");
	since = strtoull(key + 4, NULL, 10);
	memcpy(last, body.p, body.n);
	last_bytes = body.n;
	return since;
}

/* True when an answer is whole. */
static int take(struct reader *r)
{
	ssize_t got = read(r->fd, r->text + r->n, ANSWER_MAX_BYTES - r->n);
	if (got <= 0)
		die("read");
	r->n += (size_t)got;
	r->text[r->n] = '\0';
	char *body = strstr(r->text, "\r\n\r\n"), *length = strstr(r->text, "Content-Length: ");
	if (!body || !length)
		return 0;
	if (strncmp(r->text, "HTTP/1.1 200", 12) != 0)
		die(r->text);
	if ((size_t)(body + 4 - r->text) + strtoull(length + 16, NULL, 10) > r->n)
		return 0;
	size_t head = (size_t)(body + 4 - r->text);
	r->since = next_of(str_make(r->text + head, r->n - head), strstr(r->text, "Encoding: gzip") != NULL);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	uint16_t port = (uint16_t)atoi(argv[1]);
	int count = atoi(argv[2]), epoll = epoll_create1(0);
	struct rlimit files = { 0 };
	(void)getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	struct reader *readers = calloc((size_t)count, sizeof *readers);
	struct epoll_event input = { .events = EPOLLIN, .data.ptr = NULL };
	if (!readers || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input) != 0)
		die("start");
	for (int i = 0; i < count; i++)
		open_reader(&readers[i], port, epoll);
	unsigned long long answers = 0, seen = UINT64_MAX;
	int said = 0, open = 1;
	while (open) {
		struct epoll_event events[256];
		int n = epoll_wait(epoll, events, 256, 200);
		for (int i = 0; i < n; i++) {
			struct reader *r = events[i].data.ptr;
			if (!r) {
				char end;
				open = read(0, &end, 1) > 0;
			} else if (take(r)) {
				answers++;
				ask(r);
			}
		}
		if (!said && n == 0) {
			said = puts("waiting") >= 0 && fflush(stdout) == 0;
		}
	}
	for (int i = 0; i < count; i++)
		seen = readers[i].since < seen ? readers[i].since : seen;
	printf("{\"answers\":%llu,\"events_seen\":%llu}\n", answers, seen);
	return 0;
}
