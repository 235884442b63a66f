/* Users: shown, made, changed, removed. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/secret.h"
#include "server/api/body.h"
#include "server/api/people.h"

/* ---- showing ---- */

static void put_user(struct sbuf *b, const struct account_row *row)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_number(b, "id", (uint64_t)row->id);
	json_text(b, "name", row->name);
	people_put_roles(b, row->roles);
	json_bool(b, "disabled", row->disabled);
	json_bool(b, "declared", row->declared);
	json_bool(b, "has_password", row->password.n > 0);
	people_put_time(b, "created", row->created_ns);
	sbuf_putc(b, '}');
}

enum err users_list(struct call *c, const struct node *body, struct sbuf *json, struct errinfo *e)
{
	(void)body;
	AUTO_ARENA struct arena rows = { 0 };
	struct people p;
	enum err err = people_rows(c, &rows, &p, e);
	sbuf_putc(json, '[');
	for (size_t i = 0; !err && i < p.account_count; i++)
		put_user(json, &p.accounts[i]);
	sbuf_putc(json, ']');
	return err;
}

static enum err no_user(struct str name, struct errinfo *e)
{
	return ERR(e, NOT_FOUND, "there is no user \"%.*s\"", STR_ARG(str_first(name, 100)));
}

static enum err show(struct call *c, struct str name, struct sbuf *json, struct errinfo *e)
{
	AUTO_ARENA struct arena rows = { 0 };
	struct people p;
	enum err err = people_rows(c, &rows, &p, e);
	const struct account_row *row = err ? NULL : people_by_name(&p, name);
	if (row)
		put_user(json, row);
	return err || row ? err : no_user(name, e);
}

enum err users_show(struct call *c, const struct node *body, struct sbuf *json, struct errinfo *e)
{
	(void)body;
	return show(c, c->name, json, e);
}

/* ---- changing ---- */

struct user_change {
	struct people_change x;          /* first */
	struct str name;
	bool add, remove, has_roles, has_disabled, disabled;
	struct str roles;
	char hash[PASSWORD_HASH_BYTES];  /* empty: the password stays as it is */
};

static bool manages(const struct account_row *row)
{
	AUTO_ARENA struct arena a = { 0 };
	struct grants g;
	return !row->disabled && !grants_parse(&a, row->roles, false, &g, NULL) && grants_manage(&g);
}

static bool others_manage(const struct people *p, const struct account_row *but)
{
	for (size_t i = 0; i < p->account_count; i++)
		if (&p->accounts[i] != but && manages(&p->accounts[i]))
			return true;
	return false;
}

static enum err write_new(const struct user_change *u, struct catalog *c, struct errinfo *e)
{
	struct account_row row = { .name = u->name, .password = str_c(u->hash), .roles = u->roles,
	                           .created_ns = clock_wall() };
	enum err err = catalog_account_put(c, &row, e);
	return err == ERR_EXISTS ? e->code = ERR_NAME_EXISTS : err;
}

static enum err write_user(struct people_change *x, struct catalog *c, struct errinfo *e)
{
	const struct user_change *u = (struct user_change *)x;
	struct people p;
	if (u->add)
		return write_new(u, c, e);
	enum err err = people_load(c, &x->scratch, &p, e);
	struct account_row *row = err ? NULL : people_by_name(&p, u->name);
	if (!row)
		return err ? err : no_user(u->name, e);
	if (row->declared)
		return ERR(e, DECLARED, "user \"%.*s\" is declared in the settings file; change it there",
		           STR_ARG(u->name));
	bool managed = manages(row);
	if (u->hash[0])
		row->password = str_c(u->hash);
	if (u->has_roles)
		row->roles = u->roles;
	if (u->has_disabled)
		row->disabled = u->disabled;
	if (managed && (u->remove || !manages(row)) && !others_manage(&p, row) &&
	    x->call->caller.kind != CALLER_CONTROL)
		return ERR(e, LAST_ADMIN, "\"%.*s\" is the last user with the role admin:*; give it to "
		           "another one first, or use chartlocker user on the server", STR_ARG(u->name));
	return u->remove ? catalog_account_remove(c, row->id, e) : catalog_account_put(c, row, e);
}

static enum err write_change(struct user_change *u, struct call *c, struct errinfo *e)
{
	u->x.call = c;
	u->x.write = write_user;
	u->x.object = arena_printf(&c->r->arena, "user %.*s", STR_ARG(u->name));
	return people_write(&u->x, e);
}

/* The hash is what is kept. */
static enum err take_password(struct user_change *u, const struct node *field, struct errinfo *e)
{
	struct str text = node_text(field);
	if (!field || field->kind != NODE_SCALAR || field->plain)
		return ERR(e, INVALID, "password: a string is expected");
	enum err err = people_password_check(text, u->name, e);
	if (err)
		err_prefix(e, "password");
	return err ? err : password_hash(text, u->hash, e);
}

enum err users_add(struct call *c, const struct node *body, struct sbuf *json, struct errinfo *e)
{
	struct user_change u = { .add = true };
	struct grants g;
	enum err err = body_only(body, "name roles password", e);
	if (!err)
		err = people_text(body, "name", &u.name, e);
	if (!err)
		err = people_name_check(u.name, e);
	if (!err)
		err = people_roles(c, body, false, &u.roles, &g, e);
	if (!err && node_get(body, "password"))
		err = take_password(&u, node_get(body, "password"), e);
	if (!err)
		err = write_change(&u, c, e);
	return err ? err : show(c, u.name, json, e);
}

enum err users_set(struct call *c, const struct node *body, struct sbuf *json, struct errinfo *e)
{
	struct user_change u = { .name = c->name };
	const struct node *disabled = node_get(body, "disabled");
	struct grants g;
	enum err err = body_only(body, "roles disabled", e);
	u.has_roles = node_get(body, "roles") != NULL;
	u.has_disabled = disabled != NULL;
	if (!err && u.has_roles)
		err = people_roles(c, body, false, &u.roles, &g, e);
	if (!err && disabled && !node_bool(disabled, &u.disabled))
		err = ERR(e, INVALID, "disabled: true or false is expected");
	if (!err)
		err = write_change(&u, c, e);
	return err ? err : show(c, u.name, json, e);
}

enum err users_password(struct call *c, const struct node *body, struct sbuf *json,
                        struct errinfo *e)
{
	struct user_change u = { .name = c->name };
	enum err err = body_only(body, "password", e);
	if (!err)
		err = take_password(&u, node_get(body, "password"), e);
	if (!err)
		err = write_change(&u, c, e);
	return err ? err : show(c, u.name, json, e);
}

enum err users_remove(struct call *c, const struct node *body, struct sbuf *json,
                      struct errinfo *e)
{
	(void)body;
	struct user_change u = { .name = c->name, .remove = true };
	sbuf_puts(json, "{\"removed\":true}");
	return write_change(&u, c, e);
}
