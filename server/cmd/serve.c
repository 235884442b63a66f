/* chartlocker serve: settings, ingest, HTTP, and the signals that end them in the right order. */
#include <assert.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/log.h"
#include "indexer/base/signing.h"
#include "server/api/events.h"
#include "server/api/log.h"
#include "server/api/texts.h"
#include "server/cmd/admin.h"
#include "server/cmd/cmd.h"
#include "server/cmd/control.h"
#include "server/cmd/declared.h"
#include "server/cmd/declared_people.h"
#include "server/cmd/network.h"
#include "server/cmd/serve.h"
#include "server/cmd/service.h"
#include "server/config.h"
#include "indexer/ingest/chart_cache.h"
#include "indexer/ingest/pulls.h"
#include "server/api/chores.h"
#include "server/api/upkeep.h"
#include "server/route/app.h"
#include "server/route/audit.h"
#include "server/routes.h"

#define PROBLEMS_MAX_BYTES (64u * KIB)

extern char **environ;

struct serve {
	const struct command *self;
	struct serve_mode mode;
	struct config config;
	char server_info[ROPE_SERVER_INFO_MAX_BYTES];
	struct app app;
	struct upkeep upkeep;
	struct scrubber *scrubber;       /* NULL: none */
	struct chores *chores;
	atomic_bool draining;
	atomic_uint uploads;
	sigset_t signals;
	char log_name[LOG_NAME_BYTES];
};

/* ---- settings ---- */

static void apply_log(const struct config *c)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };
	enum log_level level = LOG_INFO;
	assert(c->log_level && c->log_format);       /* config_defaults set them */
	for (int i = 0; i < 4; i++)
		if (!strcmp(c->log_level, levels[i]))
			level = (enum log_level)i;
	log_setup(2, strcmp(c->log_format, "json") ? LOG_TEXT : LOG_JSON, level);
}

enum err serve_load(const char *file, struct config *c, struct sbuf *problems, struct errinfo *e)
{
	enum err err = config_defaults(c, e);
	return err ? err : config_load(c, file, environ, problems, e);
}

static enum err set_by_name(struct config *c, const char *text, struct errinfo *e)
{
	struct str value = str_c(text);
	bool found;
	struct str name = str_cut(&value, '=', &found);
	enum config_id id;
	if (found && config_find(name, &id))
		return config_set_from(c, id, value, CONFIG_FLAG, "--set", e);
	return ERR(e, CONFIG, "--set %s: %s", text,
	           found ? "there is no such setting" : "NAME=VALUE is expected");
}

/* What the command line says. */
struct flags {
	const char *data;
	struct cmd_list listen, set;
	bool network_filesystem;
};

static enum err apply_flags(struct config *c, const struct flags *f, struct errinfo *e)
{
	enum err err = f->data ? config_set(c, CONFIG_ID_data, f->data, "--data", e) : OK;
	for (size_t i = 0; !err && i < f->listen.count; i++)
		err = config_set(c, CONFIG_ID_listen, f->listen.item[i], "--listen", e);
	if (!err && f->network_filesystem)
		err = config_set(c, CONFIG_ID_allow_network_filesystem, "true",
		                 "--allow-network-filesystem", e);
	for (size_t i = 0; !err && i < f->set.count; i++)
		err = set_by_name(c, f->set.item[i], e);
	return err;
}

/* All sources together; tells every problem. */
static enum err settle(struct config *c, const char *file, const struct flags *f, struct errinfo *e)
{
	AUTO_SBUF struct sbuf problems = sbuf_make(PROBLEMS_MAX_BYTES);
	enum err err = serve_load(file, c, &problems, e);
	if (!err)
		err = apply_flags(c, f, e);
	if (!err)
		err = config_check(c, &problems, e);
	if (problems.n)
		fprintf(stderr, "%.*s", STR_ARG(sbuf_str(&problems)));
	return err;
}

/* -1: go on. */
static int parse(const struct command *self, int argc, char **argv, struct config *c,
                 const char **ret_file)
{
	struct errinfo e = { 0 };
	struct flags f = { 0 };
	const struct cmd_option options[] = {
		{ "config", 'c', CMD_PATH, ret_file }, { "data", 'd', CMD_PATH, &f.data },
		{ "listen", 'l', CMD_LIST, &f.listen }, { "set", 0, CMD_LIST, &f.set },
		{ "allow-network-filesystem", 0, CMD_FLAG, &f.network_filesystem }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_no_arguments(self, argc, argv);
	if (status >= 0)
		return status;
	return settle(c, *ret_file, &f, &e) ? cmd_failed(self, &e) : -1;
}

/* Hands over what SIGHUP may change. */
static void apply_live(struct serve *s)
{
	const struct config *c = &s->config;
	apply_log(c);
	s->app.upload_max_bytes = c->upload_max_bytes;
	s->app.uploads_max = (unsigned)c->upload_max_parallel;
	s->app.create_on_push = c->create_on_push;
	s->app.access_log = c->log_access;
	s->app.read_only = c->read_only;
	s->app.audit_keep = c->audit_keep;
	s->app.hsts_seconds = c->tls_hsts;
}

/* Now the log is what is read, line by line. */
static void log_problems(struct str problems)
{
	while (problems.n)
		LOG(LOG_ERROR, "config.problem", KV("detail", str_cut(&problems, '\n', NULL)));
}

/* Repositories that the file declares; in a server that takes no changes, none. */
static enum err apply_declared(struct serve *s, struct ingest *g, const struct declared_repos *d,
                               struct errinfo *e)
{
	if (!s->config.read_only)
		return declared_apply(g, d, e);
	if (d->count)
		LOG(LOG_WARN, "repository.not_applied", KV("detail", "read_only is set"));
	return OK;
}

static void reload_declared(struct serve *s, const struct declared_repos *fresh)
{
	struct errinfo e = { 0 };
	declared_no_more(&s->config.repositories, fresh);
	enum err err = apply_declared(s, s->app.ingest, fresh, &e);
	if (!err)
		err = config_keep_repos(&s->config, fresh, &e);
	if (err)
		LOG(LOG_ERROR, "repository.not_applied", KV("detail", (const char *)e.detail));
}

/* Without a settings file, who was declared by one stays. */
static enum err apply_people(struct serve *s, struct ingest *g, struct declared_people *d,
                             struct errinfo *e)
{
	AUTO_SBUF struct sbuf told = sbuf_make(PEOPLE_ANSWER_MAX_BYTES);
	enum err err = s->mode.config_file ? declared_people_apply(g, d, &told, e) : OK;
	for (struct str lines = sbuf_str(&told); !err && lines.n;)
		LOG(LOG_INFO, "people.declared", KV("difference", str_cut(&lines, '\n', NULL)));
	config_people_wipe(d);
	return err;
}

static void reload_people(struct serve *s, struct declared_people *fresh)
{
	struct errinfo e = { 0 };
	enum err err = apply_people(s, s->app.ingest, fresh, &e);
	if (!err)
		err = auth_refresh(s->app.auth, s->app.ingest, &e);
	if (err)
		LOG(LOG_ERROR, "people.not_applied", KV("detail", (const char *)e.detail));
}

static void reload(struct serve *s)
{
	struct config fresh = { 0 };
	struct errinfo e = { 0 };
	AUTO_SBUF struct sbuf problems = sbuf_make(PROBLEMS_MAX_BYTES);
	AUTO_SBUF struct sbuf ignored = sbuf_make(PROBLEMS_MAX_BYTES);
	if (serve_load(s->mode.config_file, &fresh, &problems, &e)) {
		log_problems(sbuf_str(&problems));
		LOG(LOG_ERROR, "config.not_reloaded", KV("detail", problems.n ?
		    "the settings are not valid; the old ones stay" : (const char *)e.detail));
	} else {
		config_reload(&s->config, &fresh, &ignored);
		apply_live(s);
		reload_declared(s, &fresh.repositories);
		reload_people(s, &fresh.people);
		LOG(LOG_INFO, "config.reloaded", KV("needs_restart", sbuf_str(&ignored)));
	}
	config_people_wipe(&fresh.people);
	config_done(&fresh);
}

/* ---- the parts ---- */

static void forget_file(void *ctx, struct str repo, struct str file)
{
	chart_cache_forget(ctx, repo, file);
}

/* Once the directory is ours, and before the index is loaded: 503 is what that time is answered
 * with.                                                                                      */
static enum err open_http(void *serve, struct datadir *d, struct errinfo *e)
{
	struct serve *s = serve;
	int control = -1;
	enum err err = log_key_open(datadir_fd(d), s->config.public_url, &s->app.log_key, s->log_name,
	                            e);
	s->app.log_name = s->log_name;
	if (!err)
		err = control_listen(d, &control, e);
	if (err)
		return err;
	struct http_options o = {
		.control_fd = control, .threads = (unsigned)s->config.http_threads,
		.app = &route_http_app, .app_ctx = &s->app,
	};
	network_options(&s->config, &o);
	struct http_server *http;
	err = http_open(&o, &http, e);
	if (!err)
		s->app.http = http;
	return err;
}

static enum err open_audit(struct serve *s, struct ingest *g, struct errinfo *e)
{
	struct audit *a;
	enum err err = audit_start(g, &a, e);
	if (!err)
		s->app.audit = a;
	return err;
}

static enum err open_ingest(struct serve *s, struct errinfo *e)
{
	const struct config *c = &s->config;
	struct ingest *g;
	struct ingest_options o = {
		.path = c->data, .default_repo = c->default_repository, .create = true,
		.allow_network_filesystem = c->allow_network_filesystem,
		.yaml = !strcmp(c->index_format, "yaml"),
		.overwrite = c->overwrite, .names_return = c->chartmuseum, .server_info = s->app.server_info,
		.index_files = c->index_files, .workers = (unsigned)c->workers,
		.opened = open_http, .opened_ctx = s,
		.file_changed = forget_file, .file_changed_ctx = s->app.cache,
		.committed = watch_committed, .committed_ctx = s->app.watch,
	};
	enum err err = ingest_open(&o, &g, e);
	if (err)
		return err;
	if (s->mode.loaded)              /* may make accounts */
		err = s->mode.loaded(s->mode.ctx, g, e);
	if (!err)
		err = apply_declared(s, g, &c->repositories, e);
	if (!err)
		err = apply_people(s, g, &s->config.people, e);
	if (!err)
		err = auth_start(s->app.auth, g, e);
	if (!err)
		err = open_audit(s, g, e);
	s->app.ingest = g;
	return err;
}

static enum err open_auth(struct serve *s, struct errinfo *e)
{
	const struct config *c = &s->config;
	struct auth_options o = {
		.proxy_user_header = c->auth_proxy_user_header,
		.proxy_groups_header = c->auth_proxy_groups_header,
		.proxy_roles = c->auth_proxy_roles.item, .proxy_role_count = c->auth_proxy_roles.count,
	};
	return auth_new(&o, &s->app.auth, e);
}

/* As ChartMuseum's index has it; helm cm-push asks it where the API is. */
static void know_server(struct serve *s)
{
	AUTO_SBUF struct sbuf b = sbuf_make(sizeof s->server_info - 1);
	sbuf_putc(&b, '{');
	if (*s->config.base_path)
		json_text(&b, "contextPath", str_c(s->config.base_path));
	sbuf_putc(&b, '}');
	if (sbuf_ok(&b))
		memcpy(s->server_info, b.p, b.n + 1);
	s->app.server_info = s->server_info;
}

static enum err open_app(struct serve *s, struct errinfo *e)
{
	const struct config *c = &s->config;
	s->app = (struct app){
		.routes = routes, .default_repo = c->default_repository, .overwrite = c->overwrite,
		.closed = !c->auth_anonymous_read,
		.started_ns = clock_wall(),
		.draining = &s->draining, .uploads = &s->uploads, .upkeep = &s->upkeep,
		.base_path = c->base_path, .cors = c->cors_origins.item,
		.cors_count = c->cors_origins.count,
		.chartmuseum = c->chartmuseum, .anonymous_push = c->chartmuseum,
		.overwrite_always = c->overwrite_always,
		.no_api = !c->api_enabled, .no_deletes = !c->api_deletes, .no_metrics = !c->api_metrics,
		.chart_field = c->upload_chart_field, .prov_field = c->upload_prov_field,
	};
	if (c->chartmuseum)
		know_server(s);
	apply_live(s);
	s->app.counts = calloc(route_count + 1, sizeof *s->app.counts);
	if (!s->app.counts)
		return ERR(e, NOMEM, "route counters");
	enum err err = pool_new(1, "maintenance", &s->app.maintenance, e);
	if (!err)
		err = watch_start(&s->app.watch, e);
	if (!err)
		err = pulls_new(&s->app.pulls, e);
	if (!err)
		err = pool_new(1, "people", &s->app.people, e);
	if (!err)
		err = open_auth(s, e);
	if (!err)
		err = texts_new(&s->app.texts, e);
	return err ? err : chart_cache_new(c->cache_max_bytes, &s->app.cache, e);
}

static bool is_reachable(const struct http_server *http)
{
	bool reachable = false;
	for (size_t i = 0; http_address(http, i); i++)
		reachable |= !http_is_loopback(http, i);
	return reachable;
}

static void announce_access(const struct serve *s, size_t listener)
{
	if (auth_has_people(s->app.auth))
		return;
	if (s->app.anonymous_push)
		printf("  there are no credentials: anyone who reaches it may publish and delete here\n");
	else if (http_is_loopback(s->app.http, listener))
		printf("  there are no users: anyone on this machine may publish and delete here\n");
	else
		printf("  there are no users: publishing and deleting is refused on this address\n");
}

static enum err start_background(struct serve *s, struct errinfo *e)
{
	const struct config *c = &s->config;
	enum err err = chores_start(&s->app, &s->chores, e);
	if (err)
		return err;
	if (!c->scrub_interval)
		return OK;
	return scrubber_start(&s->app, c->scrub_interval, c->scrub_rate, &s->scrubber, e);
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
	if (s->app.anonymous_push && !auth_has_people(s->app.auth))
		LOG(LOG_WARN, "serve.open", KV("detail", "anyone may publish and delete: no credentials are set"));
	LOG(LOG_INFO, "serve.started", KV("version", CHARTLOCKER_VERSION), KV("data", s->config.data));
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
	pthread_t hurry;
	int64_t until_ns = clock_monotonic() + (int64_t)s->config.shutdown_grace * NS_PER_SECOND;
	if (pthread_create(&hurry, NULL, second_signal, NULL) == 0)
		(void)pthread_detach(hurry);
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

static void wait_for_end(struct serve *s)
{
	const struct timespec interval = sign_interval();
	for (;;) {
		int number = sigtimedwait(&s->signals, NULL, &interval);
		if (number < 0 && http_is_alive(s->app.http))
			service_notify("WATCHDOG=1");
		if (number == SIGHUP) {
			service_reloading();
			reload(s);
			service_notify("READY=1");
		} else if (number > 0) {
			break;
		}
	}
	drain(s);
}

static void close_all(struct serve *s)
{
	struct ingest *g = s->app.ingest;
	scrubber_stop(s->scrubber);
	chores_stop(s->chores);
	audit_stop(s->app.audit);
	if (g)
		ingest_drain(g);
	if (s->app.watch)
		watch_end(s->app.watch);
	http_close(s->app.http);
	audit_free(s->app.audit);
	watch_free(s->app.watch);
	if (g)
		control_unlink(ingest_datadir(g));
	ingest_close(g);
	auth_free(s->app.auth);
	pool_free(s->app.maintenance);
	pool_free(s->app.people);
	chart_cache_free(s->app.cache);
	signing_key_free(s->app.log_key);
	pulls_free(s->app.pulls);
	texts_free(s->app.texts);
	free(s->app.counts);
}

static int run(struct serve *s, struct errinfo *e)
{
	char setup_token[SETUP_TOKEN_BYTES];
	enum err err = open_app(s, e);
	if (!err)
		err = open_ingest(s, e);
	if (!err)
		err = start_background(s, e);
	(void)malloc_trim(0);            /* loading needs twice what stays */
	if (!err)
		err = auth_setup(s->app.auth, ingest_datadir(s->app.ingest),
		                 is_reachable(s->app.http) && !s->app.anonymous_push, setup_token, e);
	if (!err) {
		announce(s, setup_token);
		wait_for_end(s);
	}
	close_all(s);
	if (!err)
		LOG(LOG_INFO, "serve.ended", KV("dropped_log_lines", (int64_t)log_dropped()));
	return err ? cmd_failed(s->self, e) : EXIT_DONE;
}

int serve_run(const struct command *self, struct config *c, const struct serve_mode *mode)
{
	struct serve s = { .self = self, .mode = *mode, .config = *c };
	struct errinfo e = { 0 };
	*c = (struct config){ 0 };
	service_raise_files_limit();
	(void)sigemptyset(&s.signals);
	(void)sigaddset(&s.signals, SIGTERM);
	(void)sigaddset(&s.signals, SIGINT);
	(void)sigaddset(&s.signals, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &s.signals, NULL);
	int status = run(&s, &e);
	config_done(&s.config);
	return status;
}

int cmd_serve(const struct command *self, int argc, char **argv)
{
	struct config c = { 0 };
	struct serve_mode mode = { 0 };
	int status = parse(self, argc, argv, &c, &mode.config_file);
	if (status < 0)
		status = serve_run(self, &c, &mode);
	config_done(&c);
	return status;
}

/* ---- without listeners, for a command ---- */

enum err serve_here(const char *data, struct serve **ret, struct errinfo *e)
{
	struct serve *s = calloc(1, sizeof *s);
	AUTO_SBUF struct sbuf problems = sbuf_make(PROBLEMS_MAX_BYTES);
	if (!s)
		return ERR(e, NOMEM, "server");
	enum err err = serve_load(NULL, &s->config, &problems, e);
	if (!err)
		err = config_set(&s->config, CONFIG_ID_data, data, "--data", e);
	s->config.listen.count = 0;
	s->config.log_level = "warn";
	s->config.log_access = false;
	if (!err)
		err = open_app(s, e);
	if (!err)
		err = open_ingest(s, e);
	if (err)
		serve_here_end(s);
	else
		*ret = s;
	return err;
}

void serve_here_end(struct serve *s)
{
	if (!s)
		return;
	close_all(s);
	config_done(&s->config);
	free(s);
}
