/* Tokens: shown without their text, made, revoked. The rows under /account are for the caller's
 * own, and do not know those of others.                                                      */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/secret.h"
#include "indexer/base/value.h"
#include "server/api/body.h"
#include "server/api/people.h"

#define SECONDS_PER_DAY 86400

/* ---- showing ---- */

static void put_fields(struct sbuf *b, const struct token_row *row, struct str user)
{
	json_number(b, "id", (uint64_t)row->id);
	json_text(b, "name", row->name);
	json_key(b, "user");
	if (user.n)
		sbuf_json(b, user);
	else
		sbuf_puts(b, "null");
	people_put_roles(b, row->roles);
	json_bool(b, "declared", row->declared);
	people_put_time(b, "created", row->created_ns);
	people_put_time(b, "expires", row->expires_ns);
	people_put_time(b, "last_used", row->last_used_ns);
}

/* `account` 0: all. */
static enum err list(struct call *c, int64_t account, struct sbuf *json, struct errinfo *e)
{
	AUTO_ARENA struct arena rows = { 0 };
	struct people p;
	enum err err = people_rows(c, &rows, &p, e);
	sbuf_putc(json, '[');
	for (size_t i = 0; !err && i < p.token_count; i++) {
		const struct token_row *row = &p.tokens[i];
		const struct account_row *owner = people_by_id(&p, row->account_id);
		if (account && row->account_id != account)
			continue;
		json_next(json);
		sbuf_putc(json, '{');
		put_fields(json, row, owner ? owner->name : (struct str){ 0 });
		sbuf_putc(json, '}');
	}
	sbuf_putc(json, ']');
	return err;
}

enum err tokens_list(struct call *c, const struct node *body, struct sbuf *json, struct errinfo *e)
{
	(void)body;
	return list(c, 0, json, e);
}

/* ---- making ---- */

struct token_change {
	struct people_change x;          /* first */
	struct token_row row;
	struct str user;                 /* empty: nobody's */
	struct grants grants;
	int64_t owner;                   /* 0: by name; else the caller's own */
	int64_t until_ns;                /* of the token that makes it; 0: none */
};

/* The name is for the answer, and p goes away. */
static enum err check_owner(struct token_change *t, const struct account_row *owner,
                            struct errinfo *e)
{
	struct grants has;
	if (!owner)
		return ERR(e, INVALID, "user: there is no user \"%.*s\"", STR_ARG(str_first(t->user, 100)));
	enum err err = grants_parse(&t->x.scratch, owner->roles, false, &has, e);
	if (!err && !grants_cover(&has, &t->grants))
		err = ERR(e, DENIED, "a token may not allow more than its user; the roles of \"%.*s\" do not "
		          "cover these", STR_ARG(owner->name));
	t->row.account_id = owner->id;
	if (!err && !arena_str(&t->x.call->r->arena, owner->name, &t->user))
		err = ERR(e, NOMEM, "request");
	return err;
}

/* A token makes no token that lives longer than itself. */
static void cut_expiry(struct token_change *t, const struct people *p)
{
	for (size_t i = 0; i < p->token_count; i++) {
		int64_t until = p->tokens[i].expires_ns;
		if (p->tokens[i].id == t->x.call->caller.token_id && until &&
		    (!t->row.expires_ns || t->row.expires_ns > until))
			t->row.expires_ns = until;
	}
}

static enum err write_token(struct people_change *x, struct catalog *c, struct errinfo *e)
{
	struct token_change *t = (struct token_change *)x;
	struct people p;
	enum err err = people_load(c, &x->scratch, &p, e);
	if (!err && (t->owner || t->user.n))
		err = check_owner(t, t->owner ? people_by_id(&p, t->owner) : people_by_name(&p, t->user), e);
	if (err)
		return err;
	t->row.id = 0;
	cut_expiry(t, &p);
	err = catalog_token_put(c, &t->row, e);
	return err == ERR_EXISTS ? e->code = ERR_NAME_EXISTS : err;
}

static enum err take_expires(struct token_change *t, const struct node *body, struct errinfo *e)
{
	struct str text = { 0 };
	uint64_t seconds = (uint64_t)TOKEN_DAYS * SECONDS_PER_DAY;
	enum err err = people_text(body, "expires", &text, e);
	if (err || str_eq(text, STR("never")))
		return err;
	if (text.n && (!value_seconds(text, &seconds) || !seconds ||
	               seconds > 100u * 366u * SECONDS_PER_DAY))
		return ERR(e, INVALID, "expires: \"%.*s\" is neither a time like 90d nor never",
		           STR_ARG(str_first(text, 100)));
	t->row.expires_ns = t->row.created_ns + (int64_t)seconds * NS_PER_SECOND;
	return OK;
}

static enum err take_fields(struct token_change *t, struct call *c, const struct node *body,
                            struct errinfo *e)
{
	t->row.created_ns = clock_wall();
	enum err err = body_only(body, t->owner ? "name roles expires" : "name user roles expires", e);
	if (!err)
		err = people_text(body, "name", &t->row.name, e);
	if (!err)
		err = people_text(body, "user", &t->user, e);
	if (!err)
		err = people_name_check(t->row.name, e);
	if (!err)
		err = people_roles(c, body, true, &t->row.roles, &t->grants, e);
	if (!err)
		err = take_expires(t, body, e);
	if (!err && c->caller.kind != CALLER_CONTROL &&
	    !auth_covers(c->app->auth, &c->caller, &t->grants))
		err = ERR(e, DENIED, "nobody makes a token that allows more than he may himself");
	return err;
}

static enum err add(struct call *c, int64_t owner, const struct node *body, struct sbuf *json,
                    struct errinfo *e)
{
	struct token_change t = { .x = { .call = c, .write = write_token },
	                          .owner = owner };
	char text[TOKEN_BYTES + 1] = "";
	enum err err = take_fields(&t, c, body, e);
	if (!err)
		err = token_new(text, e);
	if (!err)
		err = sha256_of(str_c(text), &t.row.digest, e);
	t.x.object = arena_printf(&c->r->arena, "token %.*s", STR_ARG(t.row.name));
	if (!err)
		err = people_write(&t.x, e);
	sbuf_putc(json, '{');
	json_text(json, "token", str_c(text));
	put_fields(json, &t.row, t.user);
	sbuf_putc(json, '}');
	secret_wipe(text, sizeof text);
	return err;
}

enum err tokens_add(struct call *c, const struct node *body, struct sbuf *json, struct errinfo *e)
{
	return add(c, 0, body, json, e);
}

/* ---- revoking ---- */

static enum err write_removal(struct people_change *x, struct catalog *c, struct errinfo *e)
{
	const struct token_change *t = (struct token_change *)x;
	struct people p;
	enum err err = people_load(c, &x->scratch, &p, e);
	for (size_t i = 0; !err && i < p.token_count; i++) {
		const struct token_row *row = &p.tokens[i];
		if (row->id != t->row.id || (t->owner && row->account_id != t->owner))
			continue;
		return !row->declared ? catalog_token_remove(c, row->id, e)
		       : ERR(e, DECLARED, "token \"%.*s\" is declared in the settings file; remove it there",
		             STR_ARG(row->name));
	}
	return err ? err : ERR(e, NOT_FOUND, "there is no token %lld", (long long)t->row.id);
}

static enum err take_back(struct call *c, int64_t owner, struct sbuf *json, struct errinfo *e)
{
	struct token_change t = { .x = { .call = c, .write = write_removal },
	                          .owner = owner };
	uint64_t id;
	if (!str_to_u64(c->name, &id) || id > INT64_MAX)
		return ERR(e, NOT_FOUND, "a token is named by its id, a number");
	t.row.id = (int64_t)id;
	t.x.object = arena_printf(&c->r->arena, "token %.*s", STR_ARG(c->name));
	sbuf_puts(json, "{\"revoked\":true}");
	return people_write(&t.x, e);
}

enum err tokens_remove(struct call *c, const struct node *body, struct sbuf *json,
                       struct errinfo *e)
{
	(void)body;
	return take_back(c, 0, json, e);
}

/* ---- one's own ---- */

/* What lies in a pipeline to publish one chart has no say in the tokens of whoever made it. */
static enum err check_whole(struct call *c, struct errinfo *e)
{
	return auth_stands_for_user(c->app->auth, &c->caller) ? OK
	       : ERR(e, DENIED, "this token allows less than its user, so it can revoke itself, but not see, "
	             "make or revoke other tokens");
}

static bool is_itself(const struct call *c)
{
	uint64_t id;
	return c->caller.token_id && str_to_u64(c->name, &id) && id == (uint64_t)c->caller.token_id;
}

enum err account_tokens_list(struct call *c, const struct node *body, struct sbuf *json,
                             struct errinfo *e)
{
	(void)body;
	enum err err = check_whole(c, e);
	return err ? err : list(c, c->caller.account_id, json, e);
}

enum err account_tokens_add(struct call *c, const struct node *body, struct sbuf *json,
                            struct errinfo *e)
{
	enum err err = check_whole(c, e);
	return err ? err : add(c, c->caller.account_id, body, json, e);
}

enum err account_tokens_remove(struct call *c, const struct node *body, struct sbuf *json,
                               struct errinfo *e)
{
	(void)body;
	enum err err = is_itself(c) ? OK : check_whole(c, e);
	return err ? err : take_back(c, c->caller.account_id, json, e);
}
