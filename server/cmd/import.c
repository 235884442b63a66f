/* chartlocker import: many charts at once, each judged like an upload, all durable together.
 *
 * Without a server the files are hard-linked or copied by ingest itself; with one they are sent
 * to it through its control socket.                                                          */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/format/name.h"
#include "indexer/ingest/ingest.h"
#include "server/cmd/cmd.h"
#include "server/cmd/control.h"
#include "server/cmd/files.h"

#define IN_FLIGHT_MAX 4096u
#define ITEM_FILES 2u                /* the archive and its provenance file */
#define SPARE_FILES 32u              /* what comes and goes: the writer's, SQLite's, the next item's */
#define SENDERS 8u                   /* to a running server */

struct import {
	const struct command *self;
	const char *data, *repo;
	bool json;
	struct chart_paths paths;
	struct progress *progress;
	struct control *control;         /* the running server; NULL: ingest does it */
	struct ingest *ingest;

	pthread_mutex_t lock;
	pthread_cond_t room;
	unsigned in_flight, in_flight_max;
	size_t next;                     /* of the paths, for the senders */
	uint64_t imported, existing, refused;
	enum err fatal;                  /* the storage failed: exit status and message */
	struct errinfo error;
};

struct item {
	struct change change;
	struct import *import;
	const struct chart_path *path;
	char *prov;
};

/* ---- Ctrl-C ---- */

static volatile sig_atomic_t interrupted;

/* What was begun is finished, so that nothing is left for the recovery; a second signal ends at
 * once.                                                                                      */
static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static void finish_on_interrupt(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction now, act = { .sa_handler = interrupt,
	                              .sa_flags = (int)SA_RESETHAND | SA_RESTART };
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &act, NULL);
}

/* ---- the outcome of one file ---- */

static void count(struct import *x, const struct chart_path *path, enum err err, bool existing,
                  const struct errinfo *e)
{
	(void)pthread_mutex_lock(&x->lock);
	if (err) {
		x->refused++;
		progress_say(x->progress, "%s: %s\n", path->path, cmd_reason(e));
		if (!err_detail_is_public(err) && !x->fatal) {
			x->fatal = err;
			x->error = *e;
		}
	} else {
		x->existing += existing;
		x->imported += !existing;
	}
	(void)pthread_mutex_unlock(&x->lock);
	progress_add(x->progress, 1, path->bytes);
}

/* ---- by ingest ---- */

static void finished(struct change *c)
{
	struct item *item = c->ctx;
	struct import *x = item->import;
	count(x, item->path, c->err, c->result.existing, &c->error);
	change_done(c);
	free(item->prov);
	free(item);
	(void)pthread_mutex_lock(&x->lock);
	x->in_flight--;
	(void)pthread_cond_signal(&x->room);
	(void)pthread_mutex_unlock(&x->lock);
}

static enum err open_item(struct item *item, struct errinfo *e)
{
	const struct chart_path *path = item->path;
	struct stat st;
	size_t bytes = 0;
	enum err err = fs_open_regular(AT_FDCWD, path->file, &item->change.tgz.fd, &st, e);
	if (!err && (uint64_t)st.st_size > CHART_ARCHIVE_MAX_BYTES)
		return ERR(e, TOO_LARGE, "%lld bytes, the limit is %u", (long long)st.st_size,
		           CHART_ARCHIVE_MAX_BYTES);
	if (!err && path->prov)
		err = fs_read(AT_FDCWD, path->prov, PROVENANCE_MAX_BYTES, &item->prov, &bytes, e);
	item->change.prov = str_make(item->prov, bytes);
	return err;
}

static void submit(struct import *x, const struct chart_path *path)
{
	struct errinfo e = { 0 };
	struct item *item = calloc(1, sizeof *item);
	if (!item) {
		count(x, path, ERR(&e, NOMEM, "import"), false, &e);
		return;
	}
	struct change *c = &item->change;
	change_init(c, CHANGE_PUBLISH);
	item->import = x;
	item->path = path;
	enum err err = open_item(item, &e);
	if (err) {
		count(x, path, err, false, &e);
		change_done(c);
		free(item->prov);
		free(item);
		return;
	}
	c->repo = str_c(x->repo);
	c->actor = STR("admin");
	c->import = c->bulk = c->link_source = c->create_repo = true;
	c->done = finished;
	c->ctx = item;
	(void)pthread_mutex_lock(&x->lock);
	while (x->in_flight >= x->in_flight_max)
		(void)pthread_cond_wait(&x->room, &x->lock);
	x->in_flight++;
	(void)pthread_mutex_unlock(&x->lock);
	ingest_submit(x->ingest, c);
}

/* Descriptors are numbered from below, so the next one is about as many as are open: for each
 * repository there is one. A worker that copies an archive has it open twice.                 */
static unsigned in_flight_max(const struct import *x)
{
	AUTO_FD int next = dup(datadir_fd(ingest_datadir(x->ingest)));
	unsigned open = next < 0 ? 0 : (unsigned)next;
	unsigned max = fs_files_limit(open + cpu_count() + SPARE_FILES, ITEM_FILES);
	return max < 1 ? 1 : max < IN_FLIGHT_MAX ? max : IN_FLIGHT_MAX;
}

static void import_here(struct import *x)
{
	x->in_flight_max = in_flight_max(x);
	for (size_t i = 0; i < x->paths.count && !interrupted; i++)
		submit(x, &x->paths.list[i]);
}

/* ---- by the running server ---- */

/* An empty provenance file is none, as without a server. */
static enum err send_one(struct import *x, struct control *k, const struct chart_path *path,
                         bool *ret_existing, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *tgz = NULL, *prov = NULL;
	AUTO_FD int fd = -1;
	struct stat st;
	size_t bytes = 0, prov_bytes = 0;
	char created[RFC3339_MAX_BYTES];
	enum err err = fs_open_regular(AT_FDCWD, path->file, &fd, &st, e);
	if (!err)
		err = fs_read_fd(fd, CHART_ARCHIVE_MAX_BYTES, &tgz, &bytes, e);
	if (!err && path->prov)
		err = fs_read(AT_FDCWD, path->prov, PROVENANCE_MAX_BYTES, &prov, &prov_bytes, e);
	if (err)
		return err;
	(void)clock_format(clock_of(st.st_mtim), created);
	const char *target = arena_printf(&a, "/api/%s/charts?created=%s", x->repo, created);
	if (!target)
		return ERR(e, NOMEM, "import");
	return control_upload(k, &a, target, str_make(tgz, bytes),
	                      str_make(prov_bytes ? prov : NULL, prov_bytes), ret_existing, e);
}

static const struct chart_path *next_path(struct import *x)
{
	(void)pthread_mutex_lock(&x->lock);
	bool more = x->next < x->paths.count && !interrupted;
	const struct chart_path *path = more ? &x->paths.list[x->next++] : NULL;
	(void)pthread_mutex_unlock(&x->lock);
	return path;
}

static void send_all(struct import *x, struct control *k)
{
	const struct chart_path *path;
	while ((path = next_path(x))) {
		struct errinfo e = { 0 };
		bool existing = false;
		enum err err = send_one(x, k, path, &existing, &e);
		count(x, path, err, existing, &e);
	}
}

/* A sender more, over a connection of its own; if there can be none, the others do its part. */
static void *sender(void *import)
{
	struct import *x = import;
	struct control *k;
	if (control_open(x->data, &k, NULL))
		return NULL;
	send_all(x, k);
	control_close(k);
	return NULL;
}

/* Several at a time, so that the server can commit them together. */
static void import_there(struct import *x)
{
	pthread_t thread[SENDERS - 1];
	size_t started = 0;
	while (started < SENDERS - 1 && pthread_create(&thread[started], NULL, sender, x) == 0)
		started++;
	send_all(x, x->control);
	while (started > 0)
		(void)pthread_join(thread[--started], NULL);
}

/* ---- the command ---- */

static enum err connect_or_open(struct import *x, struct errinfo *e)
{
	struct ingest_options o = { .path = x->data, .default_repo = cmd_default_repository(), .create = true,
	                            .index_files = true };
	enum err err = control_open(x->data, &x->control, e);
	if (err != ERR_NOT_FOUND)
		return err;
	return ingest_open(&o, &x->ingest, e);
}

static int summary(struct import *x)
{
	if (x->json)
		printf("{\"imported\":%llu,\"existing\":%llu,\"refused\":%llu,\"bytes\":%llu}\n",
		       (unsigned long long)x->imported, (unsigned long long)x->existing,
		       (unsigned long long)x->refused, (unsigned long long)x->paths.bytes);
	else
		printf("%llu imported into %s, %llu there already, %llu refused\n",
		       (unsigned long long)x->imported, x->repo, (unsigned long long)x->existing, (unsigned long long)x->refused);
	bool rest = x->imported + x->existing + x->refused < x->paths.count;
	if (rest)
		fprintf(stderr, "interrupted; the same command imports the rest\n");
	if (x->fatal)
		return cmd_failed(x->self, &x->error);
	return x->refused || x->paths.unreadable || rest ? EXIT_FAILED : EXIT_DONE;
}

static int run(struct import *x)
{
	struct errinfo e = { 0 };
	finish_on_interrupt();
	if (connect_or_open(x, &e))
		return cmd_failed(x->self, &e);
	x->progress = progress_new("importing", x->paths.count, x->paths.bytes);
	if (x->control)
		import_there(x);
	else
		import_here(x);
	ingest_close(x->ingest);
	control_close(x->control);
	progress_done(x->progress);
	return summary(x);
}

static int add_paths(struct import *x, int argc, char **argv)
{
	struct errinfo e = { 0 };
	int status = cmd_arguments(x->self, argc, argv, 1, INT_MAX,
	                           "name the files or directories to import");
	if (status >= 0)
		return status;
	if (repo_name_check(str_c(x->repo), &e))
		return cmd_misused(x->self, "--repo: %s", e.detail);
	for (int i = optind; i < argc; i++)
		if (chart_paths_add(&x->paths, argv[i], &e))
			return cmd_failed(x->self, &e);
	if (x->paths.count || x->paths.unreadable)
		return -1;
	(void)ERR(&e, NOT_FOUND, "%s: there is no .tgz in it%s", argv[optind],
	          optind + 1 < argc ? ", nor in the others" : "");
	return cmd_failed(x->self, &e);
}

int cmd_import(const struct command *self, int argc, char **argv)
{
	struct import x = { .self = self, .data = cmd_data(), .repo = cmd_default_repository(),
	                    .lock = PTHREAD_MUTEX_INITIALIZER, .room = PTHREAD_COND_INITIALIZER };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_PATH, &x.data }, { "repo", 'r', CMD_TEXT, &x.repo },
		{ "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = add_paths(&x, argc, argv);
	if (status < 0)
		status = run(&x);
	chart_paths_done(&x.paths);
	return status;
}
