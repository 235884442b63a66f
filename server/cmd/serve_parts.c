/* The parts of a server. What needs another part is opened after it: the app before the listeners that
 * ask it, the listeners before the catalog is loaded, which may take long.                     */
#include "server/cmd/serve_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/log.h"
#include "indexer/base/signing.h"
#include "indexer/fetch/outgoing.h"
#include "indexer/icon/icons.h"
#include "indexer/hook/hook.h"
#include "indexer/ingest/chart_cache.h"
#include "indexer/ingest/pulls.h"
#include "indexer/upstream/upstream.h"
#include "server/api/bundle_make.h"
#include "server/api/events.h"
#include "server/auth/slowed.h"
#include "server/cmd/control.h"
#include "server/cmd/network.h"
#include "server/cmd/serve_shadow.h"
#include "server/route/audit.h"
#include "server/route/shadow.h"
#include "server/route/texts.h"
#include "server/routes.h"
#include "server/web/error.h"
#include "server/web/site.h"

/* ---- the app ---- */

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

void serve_server_info(const struct config *c, char ret[ROPE_SERVER_INFO_MAX_BYTES])
{
	AUTO_SBUF struct sbuf b = sbuf_make(ROPE_SERVER_INFO_MAX_BYTES - 1);
	sbuf_putc(&b, '{');
	if (*c->base_path)
		json_text(&b, "contextPath", str_c(c->base_path));
	sbuf_putc(&b, '}');
	memcpy(ret, sbuf_ok(&b) ? b.p : "{}", sbuf_ok(&b) ? b.n + 1 : sizeof "{}");
}

enum err serve_site(const struct config *c, struct site **ret, struct errinfo *e)
{
	struct site_options o = {
		.name = c->site_name, .logo = c->site_logo, .accent = c->site_accent,
		.accent_dark = c->site_accent_dark, .message = c->site_message,
	};
	return site_new(&o, ret, e);
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
		.error_page = error_page,
		.chart_field = c->upload_chart_field, .prov_field = c->upload_prov_field,
	};
	if (c->chartmuseum || *c->base_path) {       /* clients ask it where the API is */
		serve_server_info(c, s->server_info);
		s->app.server_info = s->server_info;
	}
	serve_apply_live(s);
	s->app.counts = calloc(route_count + 1, sizeof *s->app.counts);
	if (!s->app.counts)
		return ERR(e, NOMEM, "route counters");
	enum err err = serve_credentials_set(&s->credentials, &c->credentials, e);
	if (!err)
		err = serve_site(c, &s->app.site, e);
	if (!err)
		err = pool_new(1, "maintenance", &s->app.maintenance, e);
	if (!err)
		err = pool_new(HUB_FETCHES_MAX + 1, "lookers", &s->app.lookers, e);
	if (!err)
		err = makers_new(&s->app.makers, e);
	if (!err)
		err = watch_start(&s->app.watch, e);
	if (!err)
		err = pulls_new(&s->app.pulls, e);
	if (!err)
		err = pool_new(1, "people", &s->app.people, e);
	if (!err)
		err = pool_new(PATIENT_THREADS, "patient", &s->app.patient, e);
	if (!err)
		err = lanes_new(s->app.patient, PATIENT_PER_UPSTREAM, PATIENT_THREADS / 2, &s->app.patience, e);
	if (!err)
		err = open_auth(s, e);
	if (!err)
		err = texts_new(&s->app.texts, e);
	if (!err)
		err = slowed_new(&s->app.asked, e);
	if (!err)
		err = serve_shadow_open(s, e);
	return err ? err : chart_cache_new(c->cache_max_bytes, &s->app.cache, e);
}

/* ---- the catalog, and the listeners on the way ---- */

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
	upkeep_begin(&s->upkeep, datadir_fd(d));
	if (!err)
		err = control_listen(d, &control, e);
	if (err)
		return err;
	struct http_options o = {
		.control_fd = control, .threads = (unsigned)s->config.http_threads,
		.app = &route_http_app, .app_ctx = &s->app,
	};
	network_options(&s->config, &o);
	serve_shadow_certificates(&s->config, &s->app, datadir_fd(d), &o.shadow);
	struct http_server *http;
	err = http_open(&o, &http, e);
	if (err)
		control_unlink(d);
	else
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

/* ---- what the catalog tells ---- */

static void tell_committed(void *serve, uint64_t last)
{
	struct serve *s = serve;
	struct hub *h = s->app.hub;
	struct hooks *hooks = s->app.hooks;
	watch_committed(s->app.watch, last);
	if (h)
		hub_wake(h, last);
	if (hooks)
		hooks_wake(hooks, last);
}

static void tell_repos_changed(void *serve)
{
	struct app *app = &((struct serve *)serve)->app;
	struct upstreams *u = app->upstreams;
	shadow_changed(app->shadow);
	if (u)
		upstreams_wake(u);
}

static void tell_index_changed(void *serve, struct str repo, struct str chart)
{
	struct hub *h = ((struct serve *)serve)->app.hub;
	if (h)
		hub_look_at(h, repo, chart);
}

/* ---- upstreams ---- */

static enum err open_upstreams(struct serve *s, struct ingest *g, struct errinfo *e)
{
	struct upstreams *u;
	unsigned char id[8];
	if (!random_bytes(id, sizeof id))
		return ERR_SYS(e, "getrandom");
	for (size_t i = 0; i < sizeof id; i++)
		(void)snprintf(s->instance + 2 * i, 3, "%02x", id[i]);
	enum err err = outgoing_new(&s->outgoing, e);
	if (err)
		return err;
	if (!s->config.outgoing)
		outgoing_shut(s->outgoing);
	struct upstreams_options o = { .ingest = g, .outgoing = s->outgoing, .instance = s->instance,
	                               .credentials = serve_credentials_get,
	                               .credentials_ctx = &s->credentials,
	                               .by_hand = s->for_command || !s->config.outgoing };
	s->app.instance = s->instance;
	err = upstreams_open(&o, &u, e);
	if (!err)
		s->app.upstreams = u;
	return err;
}

/* ---- icons, by the upstreams' door ---- */

static enum err open_icons(struct serve *s, struct ingest *g, struct errinfo *e)
{
	struct icons *icons;
	if (s->for_command || !s->config.outgoing || !strcmp(s->config.icons_fetch, "off"))
		return OK;
	enum err err = icons_open(&(struct icons_options){ .outgoing = s->outgoing,
	                .data_fd = datadir_fd(ingest_datadir(g)) }, &icons, e);
	s->app.icons_of_all = !strcmp(s->config.icons_fetch, "all");
	if (!err)
		s->app.icons = icons;
	return err;
}

/* ---- webhooks, by the upstreams' door ---- */

static enum err open_hooks(struct serve *s, struct ingest *g, struct errinfo *e)
{
	struct hooks *hooks;
	enum err err = hooks_new(&(struct hooks_options){ .ingest = g, .outgoing = s->outgoing,
	                .public_url = s->config.public_url }, &hooks, e);
	if (!err)
		s->app.hooks = hooks;
	return err;
}

/* ---- the catalog ---- */

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
		.committed = tell_committed, .committed_ctx = s,
		.index_changed = tell_index_changed, .index_changed_ctx = s,
		.repos_changed = tell_repos_changed, .repos_changed_ctx = s,
	};
	if (access(c->data, F_OK) != 0)      /* a name with a mistake in it looks like a new one */
		LOG(LOG_INFO, "serve.new", KV("data", c->data), KV("detail", "making the data directory"));
	enum err err = ingest_open(&o, &g, e);
	if (err)
		return err;
	if (s->mode.loaded)              /* may make accounts */
		err = s->mode.loaded(s->mode.ctx, g, e);
	if (!err)
		err = serve_apply_declared(s, g, e);
	if (!err)
		err = auth_start(s->app.auth, g, e);
	if (!err)
		err = open_audit(s, g, e);
	if (!err)
		err = serve_hub_open(s, g, e);
	if (!err)
		err = open_upstreams(s, g, e);
	if (!err)
		err = open_icons(s, g, e);
	if (!err)
		err = open_hooks(s, g, e);
	s->app.ingest = g;
	return err;
}

/* ---- all of them ---- */

enum err serve_open(struct serve *s, struct errinfo *e)
{
	enum err err = open_app(s, e);
	return err ? err : open_ingest(s, e);
}

enum err serve_start_background(struct serve *s, struct errinfo *e)
{
	const struct config *c = &s->config;
	enum err err = chores_start(&s->app, &s->chores, e);
	if (!err && c->outgoing)
		err = hooks_start(s->app.hooks, e);
	if (err)
		return err;
	if (!c->scrub_interval)
		return OK;
	return scrubber_start(&s->app, c->scrub_interval, c->scrub_rate, &s->scrubber, e);
}

void serve_close(struct serve *s)
{
	struct ingest *g = s->app.ingest;
	scrubber_stop(s->scrubber);
	chores_stop(s->chores);
	audit_stop(s->app.audit);
	if (s->app.upstreams)
		upstreams_stop(s->app.upstreams);        /* the door closes */
	hooks_stop(s->app.hooks);
	if (g)
		ingest_drain(g);
	if (s->app.watch)
		watch_end(s->app.watch);
	makers_stop(s->app.makers);
	http_close(s->app.http);
	audit_free(s->app.audit);
	watch_free(s->app.watch);
	if (g)
		control_unlink(ingest_datadir(g));
	makers_free(s->app.makers);
	pool_free(s->app.patient);           /* what it waits for has ended */
	upstreams_close(s->app.upstreams);
	lanes_free(s->app.patience);
	icons_close(s->app.icons);
	hooks_free(s->app.hooks);
	outgoing_free(s->outgoing);
	serve_hub_close(s);
	ingest_close(g);
	auth_free(s->app.auth);
	pool_free(s->app.maintenance);
	pool_free(s->app.lookers);
	pool_free(s->app.people);
	chart_cache_free(s->app.cache);
	signing_key_free(s->app.log_key);
	pulls_free(s->app.pulls);
	texts_free(s->app.texts);
	slowed_free(s->app.asked);
	shadow_free(s->app.shadow);
	site_free(s->app.site);
	serve_credentials_done(&s->credentials);
	free(s->app.counts);
}
