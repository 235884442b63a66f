/* What ChartMuseum's values mean here: settings, a plan for what is no setting, and a line for
 * everything that has no effect.                                                             */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"
#include "indexer/format/publisher.h"
#include "server/cmd/chartmuseum.h"

#define DATA_BELOW ".chartlocker"
#define DEPTH_MAX 2u                 /* the segments of a repository's name */
#define CONTEXT_PATH_MAX_BYTES 255u

static const char *place_of(const struct cm *m, enum cm_id id, const char *otherwise)
{
	return m->value[id].text.n ? m->value[id].place : otherwise;
}

/* Every value of ours is as strong as a flag: SIGHUP knows nothing of ChartMuseum's sources. */
static enum err set(struct config *c, struct str name, struct str value, const char *place,
                    struct errinfo *e)
{
	enum config_id id;
	if (!config_find(name, &id))
		return ERR(e, CONFIG, "%s: this build has no setting %.*s", place, STR_ARG(name));
	return config_set_from(c, id, value, CONFIG_FLAG, place, e);
}

/* Settings are kept for a start from another place. */
static enum err whole_path(struct cm *m, struct str path, struct str *ret, struct errinfo *e)
{
	char here[PATH_MAX] = "";
	if (path.p[0] != '/' && !getcwd(here, sizeof here))
		return ERR_SYS(e, "the working directory");
	const char *whole = arena_printf(&m->arena, "%s%s%.*s", here, *here ? "/" : "", STR_ARG(path));
	if (!whole)
		return ERR(e, NOMEM, "settings");
	*ret = str_c(whole);
	return OK;
}

/* ---- the table ---- */

/* A row whose `to` says NAME=VALUE is about something that is on or off. */
static enum err apply_native(struct cm *m, enum cm_id id, struct config *c, struct errinfo *e)
{
	const struct cm_value *v = &m->value[id];
	struct str words = str_c(cm_row(id)->to), said = v->text;
	enum err err = cm_row(id)->kind == CM_PATH ? whole_path(m, v->text, &said, e) : OK;
	while (words.n && !err) {
		bool constant;
		struct str value = str_cut(&words, ' ', NULL), name = str_cut(&value, '=', &constant);
		err = set(c, name, constant ? value : said, v->place, e);
	}
	return err;
}

/* "0" and "false" ask for nothing. */
static bool asks(const struct cm *m, enum cm_id id)
{
	enum cm_kind kind = cm_row(id)->kind;
	return kind == CM_BOOL ? cm_is_true(m, id)
	       : kind == CM_INT ? cm_number(m, id) > 0 : m->value[id].text.n > 0;
}

static enum err apply_row(struct cm *m, enum cm_id id, struct config *c, struct sbuf *notes,
                          struct errinfo *e)
{
	const struct cm_row *row = cm_row(id);
	const char *place = m->value[id].place;
	if (!asks(m, id))
		return OK;
	switch (row->fate) {
	case CM_NATIVE:
		return apply_native(m, id, c, e);
	case CM_REFUSE:
		return ERR(e, CONFIG, "%s has no equivalent; %s", place, row->text);
	case CM_IMPLIED:
		sbuf_printf(notes, "%s is not needed: %s\n", place, row->text);
		break;
	case CM_WARN:
		sbuf_printf(notes, "%s has no effect: %s\n", place, row->text);
		break;
	case CM_MODE:
		break;
	}
	return OK;
}

/* ---- what the table cannot say ---- */

static enum err check_storage(const struct cm *m, struct errinfo *e)
{
	struct str storage = m->value[CM_ID_STORAGE].text;
	if (!storage.n)
		return ERR(e, CONFIG, "Missing required flags(s): --storage; say --storage=local "
		           "--storage-local-rootdir=DIR");
	if (!str_eq_nocase(storage, STR("local")))
		return ERR(e, CONFIG, "%s: charts are not stored in \"%.*s\" but in a directory: copy them "
		           "there (with the store's own tool) and use --storage=local "
		           "--storage-local-rootdir=DIR", m->value[CM_ID_STORAGE].place, STR_ARG(storage));
	if (!m->value[CM_ID_STORAGE_LOCAL_ROOTDIR].text.n)
		return ERR(e, CONFIG, "Missing required flags(s): --storage-local-rootdir");
	return OK;
}

static enum err set_data(struct cm *m, struct config *c, struct cm_plan *p, struct errinfo *e)
{
	struct str directory = m->value[CM_ID_STORAGE_LOCAL_ROOTDIR].text;
	while (directory.n > 1 && str_ends(directory, STR("/")))
		directory.n--;
	enum err err = whole_path(m, directory, &directory, e);
	if (err)
		return err;
	p->directory = directory.p;
	const char *data = arena_printf(&m->arena, "%s/" DATA_BELOW, p->directory);
	if (!data)
		return ERR(e, NOMEM, "settings");
	return set(c, STR("data"), str_c(data), m->value[CM_ID_STORAGE_LOCAL_ROOTDIR].place, e);
}

static enum err set_listen(const struct cm *m, struct config *c, struct errinfo *e)
{
	char address[300];
	struct str host = m->value[CM_ID_LISTEN_HOST].text, port = m->value[CM_ID_PORT].text;
	if (!host.n)
		host = STR("0.0.0.0");
	if (str_eq_nocase(host, STR("localhost")))   /* listen takes addresses alone */
		host = STR("127.0.0.1");
	if (!port.n)
		port = STR("8080");
	bool bare = str_has(host, ':') && host.p[0] != '[';
	if (host.n + port.n + 4 > sizeof address)
		return ERR(e, CONFIG, "--listen-host: the name is too long");
	(void)snprintf(address, sizeof address, "%s%.*s%s:%.*s", bare ? "[" : "", STR_ARG(host),
	               bare ? "]" : "", STR_ARG(port));
	const char *place = place_of(m, CM_ID_LISTEN_HOST, place_of(m, CM_ID_PORT, "chartmuseum"));
	return set(c, STR("listen"), str_c(address), place, e);
}

/* "helm/v1/" is "/helm/v1" there. */
static enum err set_context_path(const struct cm *m, struct config *c, struct errinfo *e)
{
	char path[CONTEXT_PATH_MAX_BYTES + 2];
	struct str value = m->value[CM_ID_CONTEXT_PATH].text;
	while (str_ends(value, STR("/")))
		value.n--;
	if (!value.n)
		return OK;
	const char *place = m->value[CM_ID_CONTEXT_PATH].place;
	if (value.n > CONTEXT_PATH_MAX_BYTES)
		return ERR(e, CONFIG, "%s is longer than %u bytes", place, CONTEXT_PATH_MAX_BYTES);
	(void)snprintf(path, sizeof path, "%s%.*s", value.p[0] == '/' ? "" : "/", STR_ARG(value));
	return set(c, STR("base_path"), str_c(path), place, e);
}

static enum err set_upload_limit(const struct cm *m, struct config *c, struct sbuf *notes,
                                 struct errinfo *e)
{
	char text[24];
	uint64_t bytes = cm_number(m, CM_ID_MAX_UPLOAD_SIZE);
	const char *place = place_of(m, CM_ID_MAX_UPLOAD_SIZE, "");
	if (!bytes)
		return OK;
	if (bytes > CHART_UNPACKED_MAX_BYTES) {
		bytes = CHART_UNPACKED_MAX_BYTES;
		sbuf_printf(notes, "%s is lowered to %u bytes: Helm takes no larger chart\n", place,
		            CHART_UNPACKED_MAX_BYTES);
	}
	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)bytes);
	return set(c, STR("upload.max_bytes"), str_c(text), place, e);
}

static enum err set_depth(const struct cm *m, struct cm_plan *p, struct errinfo *e)
{
	uint64_t depth = cm_number(m, CM_ID_DEPTH);
	if (depth > DEPTH_MAX)
		return ERR(e, CONFIG, "%s: the name of a repository has one or two segments here, so "
		           "tenants at depth %llu cannot be taken over; move them two directories below "
		           "the storage directory and use --depth=2, or start one server for each top "
		           "directory",
		           m->value[CM_ID_DEPTH].place, (unsigned long long)depth);
	p->depth = (unsigned)depth;
	p->depth_dynamic = cm_is_true(m, CM_ID_DEPTH_DYNAMIC);
	p->gen_index = cm_is_true(m, CM_ID_GEN_INDEX);
	p->statefiles = !cm_is_true(m, CM_ID_DISABLE_STATEFILES);
	if (p->gen_index && (depth || p->depth_dynamic))
		return ERR(e, CONFIG, "%s works at depth 0 only; for a tenant use: chartlocker index "
		           "DIR/TENANT",
		           m->value[CM_ID_GEN_INDEX].place);
	return OK;
}

/* As there, both are needed for either to count. */
static enum err set_credentials(const struct cm *m, struct config *c, struct cm_plan *p,
                                struct errinfo *e)
{
	struct str user = m->value[CM_ID_BASIC_AUTH_USER].text;
	struct str password = m->value[CM_ID_BASIC_AUTH_PASS].text;
	if (!user.n != !password.n)
		return ERR(e, CONFIG, "%s without %s: everyone could push; give both or none",
		           user.n ? "--basic-auth-user" : "--basic-auth-pass",
		           user.n ? "--basic-auth-pass" : "--basic-auth-user");
	if (user.n) {
		p->credentials.user = user.p;
		p->credentials.password = password.p;
	}
	if (!user.n || cm_is_true(m, CM_ID_AUTH_ANONYMOUS_GET))
		return OK;
	return set(c, STR("auth.anonymous_read"), STR("false"),
	           m->value[CM_ID_BASIC_AUTH_USER].place, e);
}

static struct declared_repo *room_for(struct cm *m, struct declared_repos *repos, struct str name)
{
	for (size_t i = 0; i < repos->count; i++)
		if (str_eq(repos->list[i].name, name))
			return &repos->list[i];          /* the last one counts */
	struct declared_repo *list = arena_room(&m->arena, repos->list, repos->count, &repos->capacity, sizeof *list);
	if (!list)
		return NULL;
	repos->list = list;
	return &list[repos->count++];
}

/* "ID" is of what is served at /. */
static enum err add_repo_id(struct cm *m, const struct config *c, struct str pair, struct declared_repos *to,
                            struct errinfo *e)
{
	bool named;
	const char *place = m->value[CM_ID_ARTIFACT_HUB_REPO_ID].place;
	struct str id = pair, name = str_cut(&id, '=', &named);
	if (!named) {
		id = name;
		name = str_c(c->default_repository);
	}
	if (!publisher_id_is_valid(id))
		return ERR(e, CONFIG, "%s: \"%.*s\" is no UUID, as each repositoryID of Artifact Hub is", place,
		           STR_ARG(id));
	if (repo_old_name_check(name, e)) {
		err_prefix(e, "%s", place);
		return e->code = ERR_CONFIG;
	}
	const char *settings = arena_printf(&m->arena, "{\"publisher_id\":\"%.*s\"}", STR_ARG(id));
	struct declared_repo *repo = settings ? room_for(m, to, name) : NULL;
	if (!repo)
		return ERR(e, NOMEM, "settings");
	*repo = (struct declared_repo){ "repositories", name, str_c(settings), place };
	return OK;
}

static enum err set_repo_ids(struct cm *m, const struct config *c, struct cm_plan *p, struct errinfo *e)
{
	struct str pairs = m->value[CM_ID_ARTIFACT_HUB_REPO_ID].text;
	enum err err = OK;
	while (pairs.n && !err)
		err = add_repo_id(m, c, str_cut(&pairs, '\n', NULL), &p->repos, e);
	return err;
}

/* One without the other serves plain HTTP there, and nobody notices. */
static enum err check_tls(const struct cm *m, struct errinfo *e)
{
	bool cert = m->value[CM_ID_TLS_CERT].text.n, key = m->value[CM_ID_TLS_KEY].text.n;
	if (cert != key)
		return ERR(e, CONFIG, "%s without %s: nothing would be encrypted; give both or none",
		           cert ? "--tls-cert" : "--tls-key", cert ? "--tls-key" : "--tls-cert");
	return OK;
}

/* ChartMuseum's own defaults, where they are not ours. */
static enum err set_defaults(struct config *c, struct errinfo *e)
{
	static const struct { const char *name, *value; } defaults[] = {
		{ "chartmuseum", "true" }, { "overwrite", "true" },
		{ "create_on_push", "true" }, { "api.metrics", "false" },
	};
	enum err err = OK;
	for (size_t i = 0; !err && i < sizeof defaults / sizeof *defaults; i++)
		err = set(c, str_c(defaults[i].name), str_c(defaults[i].value), "chartmuseum", e);
	return err;
}

enum err cm_apply(struct cm *m, struct config *c, struct cm_plan *ret, struct sbuf *notes,
                  struct errinfo *e)
{
	struct cm_plan p = { 0 };
	enum err err = check_storage(m, e);
	if (!err)
		err = check_tls(m, e);
	if (!err)
		err = set_defaults(c, e);
	for (int i = 0; !err && i < CM_COUNT; i++)
		err = apply_row(m, (enum cm_id)i, c, notes, e);
	if (!err)
		err = set_data(m, c, &p, e);
	if (!err)
		err = set_listen(m, c, e);
	if (!err)
		err = set_context_path(m, c, e);
	if (!err)
		err = set_upload_limit(m, c, notes, e);
	if (!err)
		err = set_depth(m, &p, e);
	if (!err)
		err = set_credentials(m, c, &p, e);
	if (!err)
		err = set_repo_ids(m, c, &p, e);
	if (!err)
		*ret = p;
	return err;
}
