/* Users: made, changed, removed. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/format/name.h"
#include "server/auth/credentials.h"
#include "server/people/people.h"

/* ---- fields ---- */

enum err people_name_check(struct str name, struct errinfo *e) { return plain_name_check(name, "._@-", e); }

enum err people_password_check(struct str password, struct str user, struct errinfo *e)
{
	if (password.n < PASSWORD_MIN_BYTES || password.n > PASSWORD_MAX_BYTES)
		return ERR(e, INVALID, "%u to %u bytes are expected", PASSWORD_MIN_BYTES, PASSWORD_MAX_BYTES);
	if (str_eq_nocase(password, user))
		return ERR(e, INVALID, "it must not be the user's name");
	if (!credentials_can_be_password(password))
		return ERR(e, INVALID, "nobody can sign in with a control character, or with what looks like "
		           "a token");
	return OK;
}

/* ---- changing ---- */

struct user_change {
	struct people_change x;          /* first */
	const struct user_fields *fields;
	bool add, remove;
	char hash[PASSWORD_HASH_BYTES];  /* of fields->password; empty: it stays as it is */
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
	struct account_row row = { .name = u->fields->name, .password = str_c(u->hash),
	                           .roles = *u->fields->roles, .created_ns = clock_wall() };
	enum err err = catalog_account_put(c, &row, e);
	return err == ERR_EXISTS ? e->code = ERR_NAME_EXISTS : err;
}

static void take_fields(const struct user_change *u, struct account_row *row)
{
	if (u->hash[0])
		row->password = str_c(u->hash);
	if (u->fields->roles)
		row->roles = *u->fields->roles;
	if (u->fields->disabled)
		row->disabled = *u->fields->disabled;
}

static enum err write_user(struct people_change *x, struct catalog *c, struct errinfo *e)
{
	const struct user_change *u = (struct user_change *)x;
	struct str name = u->fields->name;
	struct people p;
	if (u->add)
		return write_new(u, c, e);
	enum err err = people_load(c, &x->scratch, &p, e);
	struct account_row *row = err ? NULL : people_by_name(&p, name);
	if (!row)
		return err ? err : people_no_user(name, e);
	if (row->declared)
		return ERR(e, DECLARED, "user \"%.*s\" is declared in the settings file; change it there",
		           STR_ARG(name));
	if (u->fields->generation && auth_generation(row->password) != u->fields->generation)
		return ERR(e, DENIED, "current: the password was changed meanwhile");
	bool managed = manages(row);
	take_fields(u, row);
	if (managed && (u->remove || !manages(row)) && !others_manage(&p, row) &&
	    x->call->caller.kind != CALLER_CONTROL)
		return ERR(e, LAST_ADMIN, "\"%.*s\" is the last user with the role admin:*; give it to "
		           "another one first, or use chartlocker user on the server", STR_ARG(name));
	return u->remove ? catalog_account_remove(c, row->id, e) : catalog_account_put(c, row, e);
}

/* The hash is what is kept. */
static enum err take_password(struct user_change *u, struct errinfo *e)
{
	const struct str *password = u->fields->password;
	if (!password)
		return OK;
	enum err err = people_password_check(*password, u->fields->name, e);
	if (err)
		err_prefix(e, "password");
	return err ? err : password_hash(*password, u->hash, e);
}

static enum err write_change(struct user_change *u, struct call *c, struct errinfo *e)
{
	const struct user_fields *f = u->fields;
	struct grants g;
	enum err err = f->roles ? grants_parse(&c->r->arena, *f->roles, false, &g, e) : OK;
	if (!err)
		err = take_password(u, e);
	if (err)
		return err;
	u->x.call = c;
	u->x.write = write_user;
	u->x.object = arena_printf(&c->r->arena, "user %.*s", STR_ARG(f->name));
	err = people_write(&u->x, e);
	if (!err && f->ret_generation)
		*f->ret_generation = auth_generation(str_c(u->hash));
	return err;
}

enum err users_add(struct call *c, const struct user_fields *x, struct errinfo *e)
{
	struct user_change u = { .fields = x, .add = true };
	enum err err = people_name_check(x->name, e);
	return err ? err : write_change(&u, c, e);
}

enum err users_set(struct call *c, const struct user_fields *x, struct errinfo *e)
{
	struct user_change u = { .fields = x };
	return write_change(&u, c, e);
}

enum err users_remove(struct call *c, struct str name, struct errinfo *e)
{
	struct user_change u = { .fields = &(struct user_fields){ .name = name }, .remove = true };
	return write_change(&u, c, e);
}
