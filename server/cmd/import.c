/* chartlocker import: many charts at once, each judged like an upload, all durable together.
 *
 * Without a server the files are hard-linked or copied by ingest itself; with one they are sent
 * to it through its control socket.                                                          */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/base/thread.h"
#include "indexer/format/name.h"
#include "indexer/ingest/ingest.h"
#include "server/cmd/audited.h"
#include "server/cmd/cmd.h"
#include "server/cmd/control.h"
#include "server/cmd/files.h"
#include "server/cmd/importer.h"
#include "server/cmd/local.h"

struct import {
	const struct command *self;
	const char *data, *repo;
	bool json;
	struct chart_paths paths;
	struct control *control;         /* the running server; NULL: ingest does it */
	struct ingest *ingest;
	struct importer importer;

	pthread_mutex_t lock;
	size_t next;                     /* of the paths, for the senders */
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

/* ---- by ingest ---- */

static void tell(void *import, const char *path, const char *why)
{
	struct import *x = import;
	progress_say(x->importer.progress, "%s: %s", path, why);
}

static enum err open_file(const struct chart_path *path, struct import_file *f, struct errinfo *e)
{
	struct stat st;
	enum err err = fs_open_regular(AT_FDCWD, path->file, &f->fd, &st, e);
	if (!err && path->prov)
		err = fs_read(AT_FDCWD, path->prov, PROVENANCE_MAX_BYTES, &f->prov, &f->prov_bytes, e);
	return err;
}

static void import_here(struct import *x)
{
	x->importer.note = audited_note("publish");
	x->importer.audit_all = true;
	importer_use(&x->importer, x->ingest);
	for (size_t i = 0; i < x->paths.count && !interrupted; i++) {
		const struct chart_path *path = &x->paths.list[i];
		struct import_file f = { .path = path->path, .repo = str_c(x->repo), .fd = -1,
		                         .bytes = path->bytes };
		struct errinfo e = { 0 };
		if (open_file(path, &f, &e))
			importer_refuse(&x->importer, &f, &e);
		else
			importer_take(&x->importer, &f);
	}
	importer_wait(&x->importer);
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
		err = fs_read_fd(fd, CHART_UNPACKED_MAX_BYTES, &tgz, &bytes, e);
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
		importer_count(&x->importer, path->path, path->bytes, err, existing, &e);
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
	struct thread thread[IMPORT_SENDERS - 1];
	size_t started = 0;
	while (started < IMPORT_SENDERS - 1 && !thread_start(&thread[started], "sender", sender, x, NULL))
		started++;
	send_all(x, x->control);
	while (started > 0)
		thread_join(&thread[--started]);
}

/* ---- the command ---- */

static enum err connect_or_open(struct import *x, struct errinfo *e)
{
	enum err err = control_open(x->data, &x->control, e);
	if (err != ERR_NOT_FOUND)
		return err;
	return local_open(x->data, (struct ingest_options){ .create = true }, &x->ingest, e);
}

static int summary(struct import *x)
{
	const struct importer *i = &x->importer;
	if (x->json)
		printf("{\"imported\":%llu,\"existing\":%llu,\"refused\":%llu,\"bytes\":%llu}\n",
		       (unsigned long long)i->imported, (unsigned long long)i->existing,
		       (unsigned long long)i->refused, (unsigned long long)x->paths.bytes);
	else
		printf("%llu imported into %s, %llu there already, %llu refused\n",
		       (unsigned long long)i->imported, x->repo, (unsigned long long)i->existing,
		       (unsigned long long)i->refused);
	bool rest = i->imported + i->existing + i->refused < x->paths.count;
	if (rest)
		fprintf(stderr, "interrupted; the same command imports the rest\n");
	if (i->fatal)
		return cmd_failed(x->self, &i->error);
	return i->refused || x->paths.unreadable || rest ? EXIT_FAILED : EXIT_DONE;
}

static int run(struct import *x)
{
	struct errinfo e = { 0 };
	finish_on_interrupt();
	if (connect_or_open(x, &e))
		return cmd_failed(x->self, &e);
	importer_begin(&x->importer, tell, x);
	x->importer.progress = progress_new("importing", x->paths.count, x->paths.bytes);
	if (x->control)
		import_there(x);
	else
		import_here(x);
	ingest_close(x->ingest);
	control_close(x->control);
	progress_done(x->importer.progress);
	return summary(x);
}

static int add_paths(struct import *x, int argc, char **argv)
{
	struct errinfo e = { 0 };
	int status = cmd_arguments(x->self, argc, argv, 1, INT_MAX, "files or directories are expected");
	if (status >= 0)
		return status;
	if (repo_old_name_check(str_c(x->repo), &e))
		return cmd_misused(x->self, "--repo: %s", e.detail);
	for (int i = optind; i < argc; i++)
		if (chart_paths_add(&x->paths, argv[i], &e))
			return cmd_failed(x->self, &e);
	if (x->paths.count || x->paths.unreadable)
		return -1;
	(void)ERR(&e, NOT_FOUND, "%s: there is no .tgz in it%s%s", argv[optind],
	          optind + 1 < argc ? ", nor in the others" : "", chart_paths_links(&x->paths));
	return cmd_failed(x->self, &e);
}

int cmd_import(const struct command *self, int argc, char **argv)
{
	struct import x = { .self = self, .data = cmd_data(), .repo = cmd_default_repository(),
	                    .lock = PTHREAD_MUTEX_INITIALIZER };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &x.data }, { "repo", 'r', CMD_TEXT, &x.repo },
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
