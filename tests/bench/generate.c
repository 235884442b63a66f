/* generate DATA COUNT: a data directory with COUNT synthetic versions, published by ingest itself
 * as an import does, so that nothing about it is less genuine than what was uploaded.        */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "indexer/ingest/ingest.h"
#include "tests/bench/synthetic.h"

#define IN_FLIGHT_MAX 2048u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t room = PTHREAD_COND_INITIALIZER;
static unsigned in_flight;

static void fail(const char *what, const struct errinfo *e)
{
	fprintf(stderr, "generate: %s: %s\n", what, e->detail);
	exit(1);
}

static void finished(struct change *c)
{
	if (c->err)
		fail("publish", &c->error);
	change_done(c);
	free(c);
	(void)pthread_mutex_lock(&lock);
	in_flight--;
	(void)pthread_cond_signal(&room);
	(void)pthread_mutex_unlock(&lock);
}

static enum err make_file(struct ingest *g, unsigned number, struct fs_tmp *ret, struct errinfo *e)
{
	char *tgz = NULL;
	size_t bytes = 0;
	enum err err = synthetic_chart(number / SYNTHETIC_VERSIONS, number % SYNTHETIC_VERSIONS, &tgz,
	                               &bytes, e);
	if (!err)
		err = datadir_tmp(ingest_datadir(g), ret, e);
	if (!err)
		err = fs_pwrite(ret->fd, str_make(tgz, bytes), 0, e);
	free(tgz);
	return err;
}

static void publish(struct ingest *g, unsigned number)
{
	struct errinfo e = { 0 };
	struct change *c = malloc(sizeof *c);
	if (!c)
		exit(1);
	change_init(c, CHANGE_PUBLISH);
	c->repo = STR("main");
	c->bulk = true;
	c->done = finished;
	if (make_file(g, number, &c->tgz, &e))
		fail("a chart", &e);
	(void)pthread_mutex_lock(&lock);
	while (in_flight >= IN_FLIGHT_MAX)
		(void)pthread_cond_wait(&room, &lock);
	in_flight++;
	(void)pthread_mutex_unlock(&lock);
	ingest_submit(g, c);
}

int main(int argc, char **argv)
{
	struct errinfo e = { 0 };
	struct ingest *g;
	if (argc != 3) {
		fprintf(stderr, "usage: generate DATA COUNT\n");
		return 2;
	}
	struct ingest_options o = { .path = argv[1], .default_repo = "main", .create = true,
	                            .index_files = true };
	if (ingest_open(&o, &g, &e))
		fail(argv[1], &e);
	unsigned count = (unsigned)strtoul(argv[2], NULL, 10);
	for (unsigned i = 0; i < count; i++)
		publish(g, i);
	ingest_drain(g);
	ingest_close(g);
	return 0;
}
