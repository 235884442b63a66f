/* publish DATA UPLOADERS COUNT FIRST alone|catalog: publishes COUNT synthetic charts through the library,
 * as many at a time as there are uploaders, with nobody who follows the log or with the catalog of
 * charts behind it. The clock stops with the last answer.
 *
 * Prints {"published", "seconds", "p50_ms", "p99_ms", "caught_up_seconds", "cpu_seconds"}.    */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/clock.h"
#include "indexer/hub/hub.h"
#include "tests/bench/client.h"
#include "tests/bench/synthetic.h"

#define CHARTS 10u                   /* as many as the smallest repository has */
#define POLL_US 1000u

struct upload { int64_t took_ns; char *tgz; size_t bytes; };

static struct ingest *ingest;
static struct hub *_Atomic hub;
static struct upload *uploads;
static unsigned count;
static atomic_uint next;

static void fail(const char *what, const struct errinfo *e)
{
	fprintf(stderr, "publish: %s: %s\n", what, e->detail);
	exit(1);
}

static void committed(void *nothing, uint64_t last)
{
	(void)nothing;
	if (hub)
		hub_wake(hub, last);
}

static void publish(struct upload *u)
{
	struct errinfo e = { 0 };
	struct change c;
	int64_t began = clock_monotonic();
	change_init(&c, CHANGE_PUBLISH);
	c.repo = STR("main");
	enum err err = datadir_tmp(ingest_datadir(ingest), &c.tgz, &e);
	if (!err)
		err = fs_pwrite(c.tgz.fd, str_make(u->tgz, u->bytes), 0, &e);
	if (err || ingest_apply(ingest, &c))
		fail("a chart", err ? &e : &c.error);
	u->took_ns = clock_monotonic() - began;
	change_done(&c);
}

static void *uploader(void *nothing)
{
	for (unsigned i; (i = atomic_fetch_add(&next, 1)) < count;)
		publish(&uploads[i]);
	return nothing;
}

static void prepare(unsigned first)
{
	struct errinfo e = { 0 };
	uploads = calloc(count + 1, sizeof *uploads);
	for (unsigned i = 0; uploads && i < count; i++)
		if (synthetic_chart(i % CHARTS, first + i / CHARTS, &uploads[i].tgz, &uploads[i].bytes, &e))
			fail("a chart", &e);
	if (!uploads)
		exit(1);
}

static void wait_for_hub(void)
{
	struct hub_stats s;
	do {
		(void)usleep(POLL_US);
		hub_stats(hub, &s);
	} while (!s.event || s.behind);
}

static void open_all(const char *data, bool with_hub)
{
	struct errinfo e = { 0 };
	struct hub *h;
	const struct ingest_options o = { .path = data, .default_repo = "main", .index_files = true,
	                                  .committed = committed };
	if (ingest_open(&o, &ingest, &e))
		fail(data, &e);
	if (!with_hub)
		return;
	if (hub_open(&(struct hub_options){ .ingest = ingest }, &h, &e))
		fail("catalog", &e);
	hub = h;
	wait_for_hub();
}

static double in_ms(unsigned i) { return (double)uploads[i].took_ns / 1e6; }

int main(int argc, char **argv)
{
	if (argc != 6 || atoi(argv[3]) < 1) {
		fprintf(stderr, "usage: publish DATA UPLOADERS COUNT FIRST alone|catalog\n");
		return 2;
	}
	unsigned threads = (unsigned)atoi(argv[2]);
	count = (unsigned)atoi(argv[3]);
	prepare((unsigned)atoi(argv[4]));
	open_all(argv[1], strcmp(argv[5], "catalog") == 0);
	double cpu_before = cpu_seconds();
	int64_t began = clock_monotonic();
	double seconds = run_threads(threads, uploader);
	if (hub)
		wait_for_hub();
	double caught_up = (double)(clock_monotonic() - began) / 1e9, cpu = cpu_seconds() - cpu_before;
	struct hub *h = hub;
	hub = NULL;
	hub_close(h);
	ingest_close(ingest);
	qsort(uploads, count, sizeof *uploads, by_time);
	printf("{\"published\":%u,\"seconds\":%.6f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
	       "\"caught_up_seconds\":%.6f,\"cpu_seconds\":%.6f}\n", count, seconds, in_ms(count / 2),
	       in_ms(count - 1 - count / 100), caught_up, cpu);
	return 0;
}
