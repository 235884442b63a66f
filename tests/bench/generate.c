/* generate DATA COUNT [MEMBERS]: a data directory with COUNT synthetic versions in "main", published by
 * ingest itself as an import does, so that nothing about it is less genuine than what was uploaded.
 * With MEMBERS that many repositories of as many versions each, and the virtual one "all" of them. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indexer/ingest/ingest.h"
#include "tests/bench/synthetic.h"

#define IN_FLIGHT_MAX 2048u
#define NAME_BYTES 24

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

/* What is in flight borrows the repository's name. */
static void wait_for_all(void)
{
	(void)pthread_mutex_lock(&lock);
	while (in_flight)
		(void)pthread_cond_wait(&room, &lock);
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

static void name_repository(unsigned member, char ret[NAME_BYTES])
{
	(void)snprintf(ret, NAME_BYTES, member ? "member-%u" : "main", member);
}

static void make_repository(struct ingest *g, const char *name, const char *settings)
{
	struct change c;
	change_init(&c, CHANGE_REPO);
	c.repo = str_c(name);
	c.settings = str_c(settings);
	c.create_repo = true;
	if (ingest_apply(g, &c))
		fail("a repository", &c.error);
	change_done(&c);
}

static void make_virtual(struct ingest *g, unsigned members)
{
	char settings[KIB] = "{\"members\":\"main", name[NAME_BYTES];
	size_t n = strlen(settings);
	for (unsigned i = 1; i < members && n < sizeof settings - 32; i++) {
		name_repository(i, name);
		make_repository(g, name, "{}");
		n += (size_t)snprintf(settings + n, sizeof settings - n, " %s", name);
	}
	(void)snprintf(settings + n, sizeof settings - n, "\"}");
	make_repository(g, "all", settings);
}

static void publish(struct ingest *g, const char *repo, unsigned number)
{
	struct errinfo e = { 0 };
	struct change *c = malloc(sizeof *c);
	if (!c)
		exit(1);
	change_init(c, CHANGE_PUBLISH);
	c->repo = str_c(repo);
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
	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: generate DATA COUNT [MEMBERS]\n");
		return 2;
	}
	struct ingest_options o = { .path = argv[1], .default_repo = "main", .create = true,
	                            .index_files = true };
	if (ingest_open(&o, &g, &e))
		fail(argv[1], &e);
	unsigned count = (unsigned)strtoul(argv[2], NULL, 10);
	unsigned members = argc == 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 1;
	if (members > 1)
		make_virtual(g, members);
	for (unsigned m = 0; m < members; m++) {
		char name[NAME_BYTES];
		name_repository(m, name);
		for (unsigned i = 0; i < count; i++)
			publish(g, name, m * count + i);
		wait_for_all();
	}
	ingest_drain(g);
	ingest_close(g);
	return 0;
}
