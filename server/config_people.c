/* The sections users and tokens of the settings file. */
#include "indexer/base/array.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/base/secret.h"
#include "indexer/base/value.h"
#include "indexer/format/node.h"
#include "server/people/people.h"
#include "server/config.h"
#include "server/config_section.h"

#define USER_WORDS "name password_file roles disabled"
#define TOKEN_WORDS "name token_file user roles expires"

struct reading {
	struct arena *a;
	struct declared_people *d;
	struct config_section told;
	enum err (*read)(struct reading *r, const struct node *map, struct errinfo *e);
};

/* ---- fields ---- */

static enum err only(const struct node *map, const char *words, struct errinfo *e)
{
	for (const struct node_item *i = map->items; i; i = i->next)
		if (!value_is_word(i->key, str_c(words)))
			return ERR(e, CONFIG, "unknown field \"%.*s\"; there are: %s", STR_ARG(i->key), words);
	return OK;
}

static enum err take_name(const struct node *map, struct str *ret, struct errinfo *e)
{
	*ret = config_text(node_get(map, "name"));
	return people_name_check(*ret, e);
}

/* As lines; a list, because a map's order is nobody's business. */
static enum err take_roles(struct reading *r, const struct node *map, bool chart_globs,
                           struct str *ret, struct errinfo *e)
{
	const struct node *roles = node_get(map, "roles");
	const char *text = "";
	struct grants g;
	if (!roles || roles->kind != NODE_LIST)
		return ERR(e, CONFIG, "roles: a list like [\"pull:*\"] is expected");
	for (const struct node_item *i = roles->items; i && text; i = i->next) {
		if (!config_text(i->value).n)
			return ERR(e, CONFIG, "roles: ROLE:REPO-GLOB is expected");
		text = arena_printf(r->a, "%s%s%.*s", text, *text ? "\n" : "", STR_ARG(config_text(i->value)));
	}
	if (!text)
		return ERR(e, NOMEM, "roles");
	*ret = str_c(text);
	return grants_parse(r->a, *ret, chart_globs, &g, e);
}

static enum err take_bool(const struct node *field, bool *ret, struct errinfo *e)
{
	if (field && !node_bool(field, ret))
		return ERR(e, CONFIG, "disabled: true or false is expected");
	return OK;
}

/* A time; a day is its beginning. */
static enum err take_expires(struct reading *r, const struct node *field, int64_t *ret,
                             struct errinfo *e)
{
	struct str text = config_text(field);
	const char *day = arena_printf(r->a, "%.*sT00:00:00Z", STR_ARG(text));
	if (!field || str_eq(text, STR("never")))
		return OK;
	if (!day)
		return ERR(e, NOMEM, "settings");
	if ((clock_parse(text, ret) || clock_parse(str_c(day), ret)) && *ret > 0)
		return OK;
	return ERR(e, CONFIG, "expires: \"%.*s\" is neither a day like 2027-01-31, nor a time like "
	           "2027-01-31T12:00:00Z, nor never", STR_ARG(str_first(text, 100)));
}

/* ---- one of each ---- */

static enum err take_password(struct reading *r, const struct node *field,
                              struct declared_user *u, struct errinfo *e)
{
	if (!field)
		return OK;
	enum err err = config_read_secret(r->a, config_text(field), &u->password, e);
	if (!err)
		err = people_password_check(u->password, u->name, e);
	if (err)
		err_prefix(e, "password_file");
	return err;
}

static enum err read_user(struct reading *r, const struct node *map, struct errinfo *e)
{
	struct declared_user u = { 0 };
	enum err err = only(map, USER_WORDS, e);
	if (!err)
		err = take_name(map, &u.name, e);
	for (size_t i = 0; !err && i < r->d->user_count; i++)
		if (str_eq(r->d->users[i].name, u.name))
			err = ERR(e, CONFIG, "user \"%.*s\" is declared twice", STR_ARG(u.name));
	if (!err)
		err = take_roles(r, map, false, &u.roles, e);
	if (!err)
		err = take_password(r, node_get(map, "password_file"), &u, e);
	if (!err)
		err = take_bool(node_get(map, "disabled"), &u.disabled, e);
	if (err)
		return err;
	struct declared_user *room = arena_room(r->a, r->d->users, r->d->user_count,
	                                        &r->d->user_capacity, sizeof *room);
	if (!room)
		return ERR(e, NOMEM, "settings");
	r->d->users = room;
	room[r->d->user_count++] = u;
	return OK;
}

static enum err take_token(struct reading *r, const struct node *field, struct sha256 *ret,
                           struct errinfo *e)
{
	struct str text = { 0 };
	if (!field)
		return ERR(e, CONFIG, "token_file is missing: the file with the token's text");
	enum err err = config_read_secret(r->a, config_text(field), &text, e);
	if (!err && !token_is_well_formed(text))
		err = ERR(e, CONFIG, "%.*s holds no token; chartlocker token create makes one",
		          STR_ARG(config_text(field)));
	if (!err)
		err = sha256_of(text, ret, e);
	secret_wipe((void *)(uintptr_t)text.p, text.n);
	if (err)
		err_prefix(e, "token_file");
	return err;
}

static enum err check_unique(const struct declared_people *d, const struct declared_token *t,
                             struct errinfo *e)
{
	for (size_t i = 0; i < d->token_count; i++) {
		if (str_eq(d->tokens[i].name, t->name))
			return ERR(e, CONFIG, "token \"%.*s\" is declared twice", STR_ARG(t->name));
		if (sha256_eq(&d->tokens[i].digest, &t->digest))
			return ERR(e, CONFIG, "tokens \"%.*s\" and \"%.*s\" have the same text",
			           STR_ARG(d->tokens[i].name), STR_ARG(t->name));
	}
	return OK;
}

static enum err read_token(struct reading *r, const struct node *map, struct errinfo *e)
{
	struct declared_token t = { 0 };
	enum err err = only(map, TOKEN_WORDS, e);
	if (!err)
		err = take_name(map, &t.name, e);
	if (!err)
		err = take_roles(r, map, true, &t.roles, e);
	if (!err)
		err = take_token(r, node_get(map, "token_file"), &t.digest, e);
	if (!err)
		err = take_expires(r, node_get(map, "expires"), &t.expires_ns, e);
	if (!err)
		err = check_unique(r->d, &t, e);
	t.user = config_text(node_get(map, "user"));
	if (!err && node_get(map, "user"))
		err = people_name_check(t.user, e);
	if (err)
		return err;
	struct declared_token *room = arena_room(r->a, r->d->tokens, r->d->token_count,
	                                         &r->d->token_capacity, sizeof *room);
	if (!room)
		return ERR(e, NOMEM, "settings");
	r->d->tokens = room;
	room[r->d->token_count++] = t;
	return OK;
}

/* ---- sections ---- */

static void read_one(void *ctx, const struct node *map)
{
	struct reading *r = ctx;
	struct errinfo e = { 0 };
	if (r->read(r, map, &e))
		config_complain(&r->told, map->line, &e);
}

void config_read_users(struct config *c, const struct node *section, const char *file,
                       struct sbuf *problems)
{
	struct reading r = { &c->arena, &c->people, { "users", file, problems }, read_user };
	config_each(&r.told, section, "a map with " USER_WORDS " is expected", read_one, &r);
}

void config_read_tokens(struct config *c, const struct node *section, const char *file,
                        struct sbuf *problems)
{
	struct reading r = { &c->arena, &c->people, { "tokens", file, problems }, read_token };
	config_each(&r.told, section, "a map with " TOKEN_WORDS " is expected", read_one, &r);
}

void config_people_wipe(struct declared_people *d)
{
	for (size_t i = 0; i < d->user_count; i++) {
		secret_wipe((void *)(uintptr_t)d->users[i].password.p, d->users[i].password.n);
		d->users[i].password.n = 0;
	}
}
