/* The section credentials of the settings file. */
#include "server/config_credentials.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/secret.h"
#include "indexer/format/name.h"
#include "server/config.h"
#include "server/config_section.h"

#define AND(field) ", " #field
#define LIST_TEXT "name" CREDENTIAL_FIELDS(AND)

/* ---- what a value may be ---- */

static bool is_line(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return false;
	return str_is_utf8(text);
}

static enum err check_origin(const char *value, struct errinfo *e)
{
	struct str path = { 0 };
	if (config_is_origin(str_c(value), &path) && !path.n)
		return OK;
	return ERR(e, CONFIG, "\"%s\" is not an address like https://charts.example.org, without a path",
	           value);
}

static enum err check_header(const char *value, struct errinfo *e)
{
	size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
	return *value && !value[n] ? OK
	       : ERR(e, CONFIG, "\"%s\" is not the name of a header like X-Api-Key", value);
}

static enum err check_file(const char *value, struct errinfo *e)
{
	return access(value, R_OK) == 0 ? OK : ERR(e, CONFIG, "%s does not exist or cannot be read", value);
}

/* A secret of its own line, which has no other ones behind it: it becomes part of a header. */
static enum err check_secret(struct str secret, const char *where, struct errinfo *e)
{
	if (!secret.n)
		return ERR(e, CONFIG, "%s: is empty", where);
	return is_line(secret) ? OK : ERR(e, CONFIG, "%s: one line of text is expected", where);
}

static enum err read_file(struct arena *a, const char *path, struct str *ret, struct errinfo *e)
{
	enum err err = config_read_secret(a, str_c(path), ret, e);
	return err ? err : check_secret(*ret, path, e);
}

static enum err read_variable(struct arena *a, const char *name, struct str *ret, struct errinfo *e)
{
	const char *value = getenv(name);
	if (!value)
		return ERR(e, CONFIG, "the environment has no %s", name);
	if (!arena_str(a, str_c(value), ret))
		return ERR(e, NOMEM, "settings");
	return check_secret(*ret, name, e);
}

static enum err check_secret_file(const char *value, struct errinfo *e)
{
	struct arena a = { 0 };
	struct str secret = { 0 };
	enum err err = read_file(&a, value, &secret, e);
	secret_wipe((void *)(uintptr_t)secret.p, secret.n);
	arena_done(&a);
	return err;
}

/* libcurl reads it. */
static enum err check_key(const char *value, struct errinfo *e)
{
	AUTO_FD int fd = -1;
	return secret_open(value, &fd, e);
}

static enum err check_variable(const char *value, struct errinfo *e)
{
	struct arena a = { 0 };
	struct str secret = { 0 };
	enum err err = read_variable(&a, value, &secret, e);
	secret_wipe((void *)(uintptr_t)secret.p, secret.n);
	arena_done(&a);
	return err;
}

typedef enum err checker(const char *value, struct errinfo *e);

static const struct field { const char *name; size_t offset; } fields[] = {
#define X(field) { #field, offsetof(struct declared_credential, field) },
	CREDENTIAL_FIELDS(X)
#undef X
};
#define FIELDS (sizeof fields / sizeof *fields)

static const struct { const char *field; checker *check; } checks[] = {
	{ "origin", check_origin }, { "token_origin", check_origin }, { "proxy", check_origin }, { "header", check_header },
	{ "password_file", check_secret_file }, { "bearer_file", check_secret_file },
	{ "header_file", check_secret_file }, { "password_env", check_variable },
	{ "bearer_env", check_variable }, { "header_env", check_variable },
	{ "certificate", check_file }, { "key", check_key }, { "ca", check_file },
};

static const char **place_of(struct declared_credential *d, const struct field *f)
{
	return (const char **)(void *)((char *)d + f->offset);
}

static const char *value_of(const struct declared_credential *d, const struct field *f)
{
	return *(const char *const *)(const void *)((const char *)d + f->offset);
}

/* ---- one of them ---- */

struct reading {
	struct config *c;
	struct config_section told;
};

static enum err check_value(const char *name, const char *value, struct errinfo *e)
{
	enum err err = is_line(str_c(value)) ? OK : ERR(e, CONFIG, "one line of text is expected");
	for (size_t i = 0; i < sizeof checks / sizeof *checks && !err; i++)
		if (!strcmp(checks[i].field, name))
			err = checks[i].check(value, e);
	if (err)
		err_prefix(e, "%s", name);
	return err;
}

static enum err set_field(struct config *c, const struct node_item *i, struct declared_credential *d,
                          struct errinfo *e)
{
	if (str_eq(i->key, STR("name")))
		return OK;
	for (size_t f = 0; f < FIELDS; f++)
		if (str_eq_c(i->key, fields[f].name)) {
			struct str text = config_text(i->value);
			if (!text.n || str_has(text, '\0'))
				return ERR(e, CONFIG, "%s: a text is expected", fields[f].name);
			const char *value = arena_dup(&c->arena, text);
			if (!value)
				return ERR(e, NOMEM, "settings");
			*place_of(d, &fields[f]) = value;
			return check_value(fields[f].name, value, e);
		}
	return ERR(e, CONFIG, "unknown field \"%.*s\"; there are: " LIST_TEXT,
	           STR_ARG(str_first(i->key, 100)));
}

static enum err check_name(const struct config *c, struct str name, struct errinfo *e)
{
	const struct declared_credentials *d = &c->credentials;
	for (size_t i = 0; i < d->count; i++)
		if (str_eq(d->list[i].name, name))
			return ERR(e, CONFIG, "\"%.*s\" stands twice", STR_ARG(name));
	return repo_segment_is_valid(name) ? OK
	       : ERR(e, CONFIG, "name: \"%.*s\" is not a name of a-z, 0-9, '.', '_' and '-'",
	             STR_ARG(str_first(name, 100)));
}

/* What belongs together, and what excludes each other. */
static enum err check_whole(const struct declared_credential *d, struct errinfo *e)
{
	bool password = d->password_file || d->password_env, bearer = d->bearer_file || d->bearer_env;
	bool header = d->header_file || d->header_env;
	if (!d->origin)
		return ERR(e, CONFIG, "origin is missing: where they are sent, https://HOST");
	if ((d->password_file && d->password_env) || (d->bearer_file && d->bearer_env) ||
	    (d->header_file && d->header_env))
		return ERR(e, CONFIG, "a secret comes from a file or from the environment, not from both");
	if (!d->username != !password)
		return ERR(e, CONFIG, "username and password_file or password_env belong together");
	if (!d->header != !header)
		return ERR(e, CONFIG, "header and header_file or header_env belong together");
	if (!d->certificate != !d->key)
		return ERR(e, CONFIG, "certificate and key belong together");
	if (password && bearer)
		return ERR(e, CONFIG, "username and a bearer token exclude each other");
	return OK;
}

static enum err add(struct config *c, struct str name, struct declared_credential *d,
                    struct errinfo *e)
{
	struct declared_credentials *all = &c->credentials;
	struct declared_credential *list = arena_room(&c->arena, all->list, all->count, &all->capacity,
	                                              sizeof *list);
	if (!list || !d->place || !arena_str(&c->arena, name, &d->name))
		return ERR(e, NOMEM, "settings");
	all->list = list;
	list[all->count++] = *d;
	return OK;
}

static void read_one(void *ctx, const struct node *map)
{
	const struct reading *r = ctx;
	struct errinfo e = { 0 };
	size_t before = r->told.problems->n;
	struct declared_credential d = {
		.place = arena_printf(&r->c->arena, "%s:%u", r->told.file, map->line),
	};
	struct str name = config_text(node_get(map, "name"));
	if (check_name(r->c, name, &e))
		config_complain(&r->told, map->line, &e);
	for (const struct node_item *i = map->items; i; i = i->next)
		if (set_field(r->c, i, &d, &e))
			config_complain(&r->told, i->line, &e);
	if (r->told.problems->n == before && (check_whole(&d, &e) || add(r->c, name, &d, &e)))
		config_complain(&r->told, map->line, &e);
}

void config_read_credentials(struct config *c, const struct node *section, const char *file,
                             struct sbuf *problems)
{
	struct reading r = { c, { "credentials", file, problems } };
	config_each(&r.told, section, "a map with " LIST_TEXT " is expected", read_one, &r);
}

/* ---- showing and keeping ---- */

void config_put_credential(struct sbuf *b, const struct declared_credential *d)
{
	const char *between = "";
	for (size_t f = 0; f < FIELDS; f++)
		if (value_of(d, &fields[f])) {
			sbuf_printf(b, "%s%s=%s", between, fields[f].name, value_of(d, &fields[f]));
			between = ", ";
		}
}

void config_put_credential_json(struct sbuf *b, const struct declared_credential *d)
{
	for (size_t f = 0; f < FIELDS; f++)
		if (value_of(d, &fields[f]))
			json_text(b, fields[f].name, str_c(value_of(d, &fields[f])));
}

static enum err copy_one(struct arena *a, const struct declared_credential *d,
                         struct declared_credential *ret, struct errinfo *e)
{
	for (size_t f = 0; f < FIELDS; f++) {
		const char *value = value_of(d, &fields[f]);
		const char *copy = value ? arena_dup(a, str_c(value)) : NULL;
		if (value && !copy)
			return ERR(e, NOMEM, "credentials");
		*place_of(ret, &fields[f]) = copy;
	}
	ret->place = arena_dup(a, str_c(d->place));
	return ret->place && arena_str(a, d->name, &ret->name) ? OK : ERR(e, NOMEM, "credentials");
}

enum err config_copy_credentials(struct arena *a, const struct declared_credentials *d,
                                 struct declared_credentials *ret, struct errinfo *e)
{
	struct declared_credentials copy = { 0 };
	copy.list = arena_array(a, d->count + 1, sizeof *copy.list);
	enum err err = copy.list ? OK : ERR(e, NOMEM, "credentials");
	for (; copy.count < d->count && !err; copy.count++)
		err = copy_one(a, &d->list[copy.count], &copy.list[copy.count], e);
	copy.capacity = copy.count;
	if (!err)
		*ret = copy;
	return err;
}

/* ---- using ---- */

/* NULL: neither of them stands there. */
static enum err read_secret(struct arena *a, const char *file, const char *variable, const char **ret,
                            struct errinfo *e)
{
	struct str secret = { 0 };
	*ret = NULL;
	if (!file && !variable)
		return OK;
	enum err err = file ? read_file(a, file, &secret, e) : read_variable(a, variable, &secret, e);
	if (err)
		return err;
	*ret = arena_dup(a, secret);
	secret_wipe((void *)(uintptr_t)secret.p, secret.n);
	return *ret ? OK : ERR(e, NOMEM, "credentials");
}

static enum err read_all(struct arena *a, const struct declared_credential *d,
                         struct outgoing_access *ret, struct errinfo *e)
{
	const char *header = NULL;
	enum err err = read_secret(a, d->password_file, d->password_env, &ret->password, e);
	if (!err)
		err = read_secret(a, d->bearer_file, d->bearer_env, &ret->bearer, e);
	if (!err)
		err = read_secret(a, d->header_file, d->header_env, &header, e);
	if (!err && d->key)
		err = check_key(d->key, e);
	if (!err && header && !(ret->header = arena_printf(a, "%s: %s", d->header, header)))
		err = ERR(e, NOMEM, "credentials");
	if (err)
		err_prefix(e, "credentials \"%.*s\"", STR_ARG(d->name));
	return err;
}

enum err config_credential_access(struct arena *a, const struct declared_credentials *d,
                                  struct str name, struct outgoing_access *ret, struct errinfo *e)
{
	for (size_t i = 0; i < d->count; i++) {
		struct declared_credential copy;
		if (!str_eq(d->list[i].name, name))
			continue;
		enum err err = copy_one(a, &d->list[i], &copy, e);
		if (err)
			return err;
		struct outgoing_access access = {
			.origin = copy.origin, .user = copy.username, .certificate = copy.certificate,
			.key = copy.key, .ca = copy.ca, .proxy = copy.proxy,
			.token_origin = copy.token_origin,
		};
		err = read_all(a, &copy, &access, e);
		if (!err)
			*ret = access;
		return err;
	}
	return ERR(e, NOT_FOUND, "the settings file has no credentials \"%.*s\"", STR_ARG(name));
}
