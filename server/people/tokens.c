/* Tokens: made, revoked. */
#include "indexer/base/clock.h"
#include "indexer/base/value.h"
#include "server/people/people.h"

#define SECONDS_PER_DAY 86400

struct token_change {
	struct people_change x;          /* first */
	struct token_row row;
	struct str user;                 /* empty: nobody's */
	struct grants grants;
	int64_t owner;                   /* 0: by name; else the caller's own */
};

/* ---- making ---- */

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

static bool counts(const struct token_change *t, const struct token_row *row)
{
	return t->row.account_id && row->account_id == t->row.account_id && !row->declared;
}

/* Expired ones are kept to be looked at, as long as there is room. */
static enum err make_room(const struct token_change *t, const struct people *p, struct catalog *c,
                          struct errinfo *e)
{
	enum err err = OK;
	size_t count = 0;
	for (size_t i = 0; i < p->token_count; i++)
		count += counts(t, &p->tokens[i]);
	for (size_t i = 0; i < p->token_count && count >= TOKENS_PER_USER_MAX && !err; i++) {
		const struct token_row *row = &p->tokens[i];
		if (!counts(t, row) || !row->expires_ns || row->expires_ns > t->row.created_ns)
			continue;
		err = catalog_token_remove(c, row->id, e);
		count--;
	}
	return err || count < TOKENS_PER_USER_MAX ? err
	       : ERR(e, TOKENS_FULL, "\"%.*s\" has %u tokens, and no user may have more; revoke some first",
	             STR_ARG(t->user), TOKENS_PER_USER_MAX);
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
	err = make_room(t, &p, c, e);
	if (err)
		return err;
	err = catalog_token_put(c, &t->row, e);
	return err == ERR_EXISTS ? e->code = ERR_NAME_EXISTS : err;
}

static enum err take_expires(struct token_row *row, struct str text, struct errinfo *e)
{
	uint64_t seconds = (uint64_t)TOKEN_DAYS * SECONDS_PER_DAY;
	if (str_eq(text, STR("never")))
		return OK;
	if (text.n && (!value_seconds(text, &seconds) || !seconds ||
	               seconds > 100u * 366u * SECONDS_PER_DAY))
		return ERR(e, INVALID, "expires: \"%.*s\" is neither a time like 90d nor never",
		           STR_ARG(str_first(text, 100)));
	row->expires_ns = row->created_ns + (int64_t)seconds * NS_PER_SECOND;
	return OK;
}

static enum err take_wish(struct token_change *t, struct call *c, const struct token_wish *wish,
                          struct errinfo *e)
{
	t->row = (struct token_row){ .name = wish->name, .roles = wish->roles,
	                             .created_ns = clock_wall() };
	t->user = wish->own ? (struct str){ 0 } : wish->user;
	t->owner = wish->own ? c->caller.account_id : 0;
	enum err err = wish->own ? tokens_own_check(c, e) : OK;
	if (!err)
		err = people_name_check(wish->name, e);
	if (!err)
		err = grants_parse(&c->r->arena, wish->roles, true, &t->grants, e);
	if (!err)
		err = take_expires(&t->row, wish->expires, e);
	if (!err && c->caller.kind != CALLER_CONTROL &&
	    !auth_covers(c->app->auth, &c->caller, &t->grants))
		err = ERR(e, DENIED, "nobody makes a token that allows more than he may himself");
	return err;
}

enum err tokens_add(struct call *c, const struct token_wish *wish, struct token_made *ret,
                    struct errinfo *e)
{
	struct token_change t = { .x = { .call = c, .write = write_token } };
	enum err err = take_wish(&t, c, wish, e);
	if (!err)
		err = token_new(ret->text, e);
	if (!err)
		err = sha256_of(str_c(ret->text), &t.row.digest, e);
	t.x.object = arena_printf(&c->r->arena, "token %.*s", STR_ARG(wish->name));
	if (!err)
		err = people_write(&t.x, e);
	if (err)
		return err;
	ret->row = t.row;
	ret->user = t.user;
	return OK;
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

/* What lies in a pipeline to publish one chart has no say in the tokens of whoever made it. */
enum err tokens_own_check(struct call *c, struct errinfo *e)
{
	return auth_stands_for_user(c->app->auth, &c->caller) ? OK
	       : ERR(e, DENIED, "this token allows less than its user, so it can revoke itself, but not see, "
	             "make or revoke other tokens");
}

enum err tokens_remove(struct call *c, bool own, struct str id, struct errinfo *e)
{
	struct token_change t = { .x = { .call = c, .write = write_removal },
	                          .owner = own ? c->caller.account_id : 0 };
	uint64_t number;
	bool is_one = str_to_u64(id, &number) && number <= INT64_MAX;
	bool is_itself = is_one && c->caller.token_id && number == (uint64_t)c->caller.token_id;
	enum err err = own && !is_itself ? tokens_own_check(c, e) : OK;
	if (err)
		return err;
	if (!is_one)
		return ERR(e, NOT_FOUND, "a token is named by its id, a number");
	t.row.id = (int64_t)number;
	t.x.object = arena_printf(&c->r->arena, "token %.*s", STR_ARG(id));
	return people_write(&t.x, e);
}
