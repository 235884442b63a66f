/* chartlocker serve: the command line, what is said at start, and the signals that end a server in the
 * right order. serve_parts.c has the parts, serve_settings.c what SIGHUP reads again.         */
#include "server/cmd/serve.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/base/pool.h"
#include "indexer/base/thread.h"
#include "server/api/events.h"
#include "server/cmd/serve_parts.h"
#include "server/cmd/service.h"

/* ---- settings ---- */

/* All sources together; tells every problem. */
static enum err settle(struct config *c, const struct serve_mode *mode, struct errinfo *e)
{
	AUTO_SBUF struct sbuf problems = sbuf_make(CONFIG_PROBLEMS_MAX_BYTES);
	enum err err = serve_settle(mode, c, &problems, e);
	if (problems.n)
		fprintf(stderr, "%.*s", STR_ARG(sbuf_str(&problems)));
	return err;
}

/* -1: go on. */
static int parse(const struct command *self, int argc, char **argv, struct config *c,
                 struct serve_mode *ret)
{
	struct errinfo e = { 0 };
	struct serve_flags *f = &ret->flags;
	const struct cmd_option options[] = {
		{ "config", 'c', CMD_TEXT, &ret->config_file }, { "data", 'd', CMD_TEXT, &f->data },
		{ "listen", 'l', CMD_LIST, &f->listen }, { "set", 0, CMD_LIST, &f->set },
		{ "allow-network-filesystem", 0, CMD_FLAG, &f->network_filesystem }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_no_arguments(self, argc, argv);
	if (status >= 0)
		return status;
	return settle(c, ret, &e) ? cmd_failed(self, &e) : -1;
}

/* ---- what is said at start ---- */

static bool is_reachable(const struct http_server *http)
{
	bool reachable = false;
	for (size_t i = 0; http_address(http, i); i++)
		reachable |= !http_is_local(http, i);
	return reachable;
}

static void announce_access(const struct serve *s, size_t listener)
{
	if (s->app.no_api) {
		printf("  the API is off: nobody publishes or deletes but by commands with --data\n");
		return;
	}
	if (auth_is_deserted(s->app.auth))
		printf("  there are no users any more: publishing and deleting is refused until chartlocker user "
		       "add makes one\n");
	if (auth_has_people(s->app.auth))
		return;
	if (s->app.anonymous_push)
		printf("  there are no credentials: anyone who reaches it may publish and delete here\n");
	else if (http_is_local(s->app.http, listener))
		printf("  there are no users: anyone on this machine may publish and delete here\n");
	else
		printf("  there are no users: publishing and deleting is refused on this address\n");
}

static void announce(const struct serve *s, const char *setup_token)
{
	const struct http_server *http = s->app.http;
	const char *address;
	for (size_t i = 0; (address = http_address(http, i)) != NULL; i++) {
		bool is_unix = str_starts(str_c(address), STR("unix:"));
		printf("listening on %s%s%s\n", is_unix ? "" : http_is_tls(http, i) ? "https://" : "http://",
		       address, is_unix ? "" : s->config.base_path);
		announce_access(s, i);
	}
	if (*setup_token)
		printf("to make the first administrator within %u hours, use the token %s\n"
		       "  (it is in %s/" SETUP_TOKEN_NAME " as well)\n", AUTH_SETUP_HOURS, setup_token,
		       s->config.data);
	if (*s->config.public_url)
		printf("known as %s\n", s->config.public_url);
	(void)fflush(stdout);
	clearerr(stdout);                /* nobody has to read it */
	if (s->app.anonymous_push && !s->app.no_api && !auth_has_people(s->app.auth))
		LOG(LOG_WARN, "serve.open", KV("detail", "anyone may publish and delete: no credentials are set"));
	LOG(LOG_INFO, "serve.started", KV("version", CHARTLOCKER_VERSION), KV("commit", program_commit),
	    KV("data", s->config.data));
	service_notify("READY=1");
}

/* ---- running ---- */

/* Nobody waits for this thread: it may outlive everything that serve has made. */
static void *second_signal(void *unused)
{
	sigset_t signals;
	int number;
	(void)unused;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigwait(&signals, &number);
	LOG(LOG_WARN, "serve.killed", KV("signal", number));
	_exit(EXIT_FAILED);
}

/* While uploads finish, new requests are still answered: with 503, or with what they read. */
static void finish_uploads(struct serve *s, int64_t until_ns)
{
	const struct timespec moment = { 0, 10 * NS_PER_MS };
	while (atomic_load(&s->uploads) && clock_monotonic() < until_ns)
		(void)nanosleep(&moment, NULL);
}

static void drain(struct serve *s)
{
	struct thread hurry = { .runs = false };
	int64_t until_ns = clock_monotonic() + (int64_t)s->config.shutdown_grace * NS_PER_SECOND;
	if (!thread_start(&hurry, "hurry", second_signal, NULL, NULL))
		(void)pthread_detach(hurry.id);
	LOG(LOG_INFO, "serve.draining", KV("seconds", (int64_t)s->config.shutdown_grace));
	service_notify("STOPPING=1");
	atomic_store(&s->draining, true);
	finish_uploads(s, until_ns);
	int64_t left_ns = until_ns - clock_monotonic();
	watch_end(s->app.watch);
	http_drain(s->app.http, left_ns > 0 ? (unsigned)(left_ns / NS_PER_SECOND) + 1 : 0);
}

/* Half the time the service manager allows between signs of life; without one, a day. */
static struct timespec sign_interval(void)
{
	int64_t ns = service_watchdog_ns() / 2;
	return ns ? (struct timespec){ ns / NS_PER_SECOND, ns % NS_PER_SECOND }
	          : (struct timespec){ 86400, 0 };
}

static void give_sign(const struct serve *s)
{
	if (http_is_alive(s->app.http))
		service_alive();
}

static void reload(struct serve *s)
{
	service_reloading();
	serve_reload(s);
	service_notify("READY=1");
}

/* However the wait ended, a sign is given: the next one is due an interval later. */
static void wait_for_end(struct serve *s)
{
	const struct timespec interval = sign_interval();
	int number;
	while ((number = sigtimedwait(&s->signals, NULL, &interval)) < 0 || number == SIGHUP) {
		give_sign(s);
		if (number == SIGHUP) {
			reload(s);
			give_sign(s);
		}
	}
	drain(s);
}

static int run(struct serve *s, struct errinfo *e)
{
	char setup_token[SETUP_TOKEN_BYTES];
	enum err err = serve_open(s, e);
	if (!err)
		err = serve_start_background(s, e);
	(void)malloc_trim(0);            /* loading needs twice what stays */
	if (!err)
		err = auth_setup(s->app.auth, ingest_datadir(s->app.ingest),
		                 is_reachable(s->app.http) && !s->app.anonymous_push, setup_token, e);
	if (!err) {
		announce(s, setup_token);
		wait_for_end(s);
	}
	serve_close(s);
	if (!err)
		LOG(LOG_INFO, "serve.ended", KV("dropped_log_lines", (int64_t)log_dropped()));
	return err ? cmd_failed(s->self, e) : EXIT_DONE;
}

/* glibc gives each of the threads that allocate at the same moment a heap of its own, up to eight a core,
 * which never shrink; as many as can run at all are enough. */
static void share_heaps(void) { (void)mallopt(M_ARENA_MAX, (int)cpu_count()); }

int serve_run(const struct command *self, struct config *c, const struct serve_mode *mode)
{
	struct serve s = { .self = self, .mode = *mode, .config = *c };
	struct errinfo e = { 0 };
	*c = (struct config){ 0 };
	service_raise_files_limit();
	share_heaps();
	if (s.config.core_dumps)
		service_let_memory_be_seen();
	else
		service_keep_memory_private();
	(void)sigemptyset(&s.signals);
	(void)sigaddset(&s.signals, SIGTERM);
	(void)sigaddset(&s.signals, SIGINT);
	(void)sigaddset(&s.signals, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &s.signals, NULL);
	int status = run(&s, &e);
	config_done(&s.config);
	return status;
}

/* A service manager may ask for a reload as soon as the program is there: it waits until there is a server. */
static void hold_reloads(void)
{
	sigset_t one;
	(void)sigemptyset(&one);
	(void)sigaddset(&one, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &one, NULL);
}

int cmd_serve(const struct command *self, int argc, char **argv)
{
	struct config c = { 0 };
	struct serve_mode mode = { 0 };
	hold_reloads();
	int status = parse(self, argc, argv, &c, &mode);
	if (status < 0)
		status = serve_run(self, &c, &mode);
	config_done(&c);
	return status;
}
