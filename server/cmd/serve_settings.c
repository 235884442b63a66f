/* Settings on their way into a server: at start, and again at each SIGHUP. */
#include <assert.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/upstream/upstream.h"
#include "server/cmd/declared.h"
#include "server/cmd/declared_people.h"
#include "server/cmd/serve_parts.h"

extern char **environ;

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

static enum err apply_flags(struct config *c, const struct serve_flags *f, struct errinfo *e)
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

enum err serve_settle(const struct serve_mode *mode, struct config *c, struct sbuf *problems, struct errinfo *e)
{
	enum err err = serve_load(mode->config_file, c, problems, e);
	if (!err)
		err = apply_flags(c, &mode->flags, e);
	return err ? err : config_check(c, problems, e);
}

static void apply_log(const struct config *c)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };
	enum log_level level = LOG_DEBUG;
	assert(c->log_level && c->log_format);       /* config_defaults set them */
	while (level < LOG_ERROR && strcmp(c->log_level, levels[level]))
		level++;
	assert(!strcmp(c->log_level, levels[level]));        /* the words are those of config.def */
	log_setup(2, strcmp(c->log_format, "json") ? LOG_TEXT : LOG_JSON, level);
}

void serve_apply_live(struct serve *s)
{
	const struct config *c = &s->config;
	apply_log(c);
	s->app.upload_max_bytes = c->upload_max_bytes;
	s->app.uploads_max = (unsigned)c->upload_max_parallel;
	s->app.reads_per_second = (unsigned)c->http_reads_per_second;
	s->app.reads_burst = (unsigned)c->http_reads_burst;
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
static enum err apply_repos(struct serve *s, struct ingest *g, const struct declared_repos *d,
                            struct errinfo *e)
{
	if (!s->config.read_only)
		return declared_apply(g, d, e);
	if (d->count)
		LOG(LOG_WARN, "repository.not_applied", KV("detail", "read_only is set"));
	return OK;
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

enum err serve_apply_declared(struct serve *s, struct ingest *g, struct errinfo *e)
{
	enum err err = apply_repos(s, g, &s->config.repositories, e);
	return err ? err : apply_people(s, g, &s->config.people, e);
}

/* ---- once more ---- */

static bool reload_repos(struct serve *s, const struct declared_repos *fresh)
{
	struct errinfo e = { 0 };
	declared_no_more(&s->config.repositories, fresh);
	enum err err = apply_repos(s, s->app.ingest, fresh, &e);
	if (!err)
		err = config_keep_repos(&s->config, fresh, &e);
	if (err)
		LOG(LOG_ERROR, "repository.not_applied", KV("detail", (const char *)e.detail));
	return !err;
}

static bool reload_credentials(struct serve *s, const struct declared_credentials *fresh)
{
	struct errinfo e = { 0 };
	enum err err = serve_credentials_set(&s->credentials, fresh, &e);
	if (err)
		LOG(LOG_ERROR, "credentials.not_applied", KV("detail", (const char *)e.detail));
	else
		upstreams_wake(s->app.upstreams);
	return !err;
}

static bool reload_people(struct serve *s, struct declared_people *fresh)
{
	struct errinfo e = { 0 };
	enum err err = apply_people(s, s->app.ingest, fresh, &e);
	if (!err)
		err = auth_refresh(s->app.auth, s->app.ingest, &e);
	if (err)
		LOG(LOG_ERROR, "people.not_applied", KV("detail", (const char *)e.detail));
	return !err;
}

/* All of it, although a part may be wrong; the last line says which. */
static void reload_all(struct serve *s, struct config *fresh)
{
	AUTO_SBUF struct sbuf ignored = sbuf_make(CONFIG_PROBLEMS_MAX_BYTES);
	config_reload(&s->config, fresh, &ignored);
	serve_apply_live(s);
	bool credentials = reload_credentials(s, &fresh->credentials), repos = reload_repos(s, &fresh->repositories);
	bool people = reload_people(s, &fresh->people);
	if (credentials && repos && people)
		LOG(LOG_INFO, "config.reloaded", KV("needs_restart", sbuf_str(&ignored)));
	else
		LOG(LOG_ERROR, "config.reloaded_in_part", KV("needs_restart", sbuf_str(&ignored)),
		    KV("credentials", credentials ? "applied" : "not applied"),
		    KV("repositories", repos ? "applied" : "not applied"),
		    KV("people", people ? "applied" : "not applied"));
}

void serve_reload(struct serve *s)
{
	struct config fresh = { 0 };
	struct errinfo e = { 0 };
	AUTO_SBUF struct sbuf problems = sbuf_make(CONFIG_PROBLEMS_MAX_BYTES);
	if (s->mode.not_reloaded) {
		LOG(LOG_WARN, "config.not_reloaded", KV("detail", s->mode.not_reloaded));
		return;
	}
	if (serve_settle(&s->mode, &fresh, &problems, &e)) {
		log_problems(sbuf_str(&problems));
		LOG(LOG_ERROR, "config.not_reloaded", KV("detail", problems.n ?
		    "the settings are not valid; the old ones stay" : (const char *)e.detail));
	} else {
		reload_all(s, &fresh);
	}
	config_people_wipe(&fresh.people);
	config_done(&fresh);
}
