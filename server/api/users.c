/* Users as JSON. */
#include "indexer/base/auto.h"
#include "server/api/body.h"
#include "server/api/json_parts.h"
#include "server/api/people.h"

/* ---- showing ---- */

static void put_user(struct sbuf *b, const struct account_row *row)
{
	element_begin(b);
	json_number(b, "id", (uint64_t)row->id);
	json_text(b, "name", row->name);
	put_lines(b, "roles", row->roles);
	json_bool(b, "disabled", row->disabled);
	json_bool(b, "declared", row->declared);
	json_bool(b, "has_password", row->password.n > 0);
	put_time(b, "created", row->created_ns);
	sbuf_putc(b, '}');
}

enum err users_list_get(struct call *c, const struct node *body, struct sbuf *json,
                        struct errinfo *e)
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

static enum err show(struct call *c, struct str name, struct sbuf *json, struct errinfo *e)
{
	AUTO_ARENA struct arena rows = { 0 };
	struct people p;
	enum err err = people_rows(c, &rows, &p, e);
	const struct account_row *row = err ? NULL : people_by_name(&p, name);
	if (row)
		put_user(json, row);
	return err || row ? err : people_no_user(name, e);
}

enum err users_one_get(struct call *c, const struct node *body, struct sbuf *json,
                       struct errinfo *e)
{
	(void)body;
	return show(c, c->name, json, e);
}

/* ---- changing ---- */

/* What is not there stays NULL in *ret, which borrows from here. */
struct sent { struct str roles, password; bool disabled; };

static enum err take(struct call *c, const struct node *body, struct sent *sent,
                     struct user_fields *ret, struct errinfo *e)
{
	enum err err = body_text(body, "name", &ret->name, e);
	if (!err && node_get(body, "roles"))
		err = body_lines(c, body, "roles", "ROLE:REPO-GLOB", &sent->roles, e);
	if (!err)
		err = body_text(body, "password", &sent->password, e);
	if (!err)
		err = body_bool(body, "disabled", &sent->disabled, e);
	ret->roles = node_get(body, "roles") ? &sent->roles : NULL;
	ret->password = node_get(body, "password") ? &sent->password : NULL;
	ret->disabled = node_get(body, "disabled") ? &sent->disabled : NULL;
	return err;
}

enum err users_post(struct call *c, const struct node *body, struct sbuf *json, struct errinfo *e)
{
	struct user_fields x = { 0 };
	struct sent sent = { 0 };
	enum err err = body_only(body, "name roles password", e);
	if (!err)
		err = take(c, body, &sent, &x, e);
	if (!err && !x.roles)
		err = body_lines(c, body, "roles", "ROLE:REPO-GLOB", &sent.roles, e);
	if (!err)
		err = users_add(c, &x, e);
	return err ? err : show(c, x.name, json, e);
}

static enum err set(struct call *c, const struct node *body, const char *words, struct sbuf *json,
                    struct errinfo *e)
{
	struct user_fields x = { .name = c->name };
	struct sent sent = { 0 };
	enum err err = body_only(body, words, e);
	if (!err)
		err = take(c, body, &sent, &x, e);
	if (!err)
		err = users_set(c, &x, e);
	return err ? err : show(c, c->name, json, e);
}

enum err users_patch(struct call *c, const struct node *body, struct sbuf *json, struct errinfo *e)
{
	return set(c, body, "roles disabled", json, e);
}

enum err users_password_post(struct call *c, const struct node *body, struct sbuf *json,
                             struct errinfo *e)
{
	enum err err = body_only(body, "password", e);
	if (!err && !node_get(body, "password"))
		err = ERR(e, INVALID, "password: a string is expected");
	return err ? err : set(c, body, "password", json, e);
}

enum err users_delete(struct call *c, const struct node *body, struct sbuf *json, struct errinfo *e)
{
	(void)body;
	sbuf_puts(json, "{\"removed\":true}");
	return users_remove(c, c->name, e);
}

/* ---- one's own password ---- */

static enum err own_password(struct call *c, struct response *s, struct errinfo *e)
{
	enum err err = own_password_set(c, e);
	return err ? err : respond_json(c, 200, STR("{\"changed\":true}\n"), s, e);
}

enum err people_own_password(struct call *c, struct response *s, struct errinfo *e)
{
	struct str current = { 0 }, password = { 0 };
	const struct node *body;
	(void)s;
	enum err err = body_json(c, &body, e);
	if (!err)
		err = body_only(body, "current password", e);
	if (!err)
		err = body_text(body, "current", &current, e);
	if (!err)
		err = body_text(body, "password", &password, e);
	if (!err && !current.n)
		err = ERR(e, INVALID, "current: the password that you have now is expected");
	return err ? err : own_password_begin(c, current, password, own_password, e);
}
