/* Tokens as JSON. The rows under /account are for the caller's own, and do not know those of
 * others.                                                                                    */
#include "indexer/base/auto.h"
#include "server/api/body.h"
#include "server/api/json_parts.h"
#include "server/api/people.h"

/* ---- showing ---- */

static void put_fields(struct sbuf *b, const struct token_row *row, struct str user)
{
	json_number(b, "id", (uint64_t)row->id);
	json_text(b, "name", row->name);
	put_text_or_null(b, "user", user);
	put_lines(b, "roles", row->roles);
	json_bool(b, "declared", row->declared);
	put_time(b, "created", row->created_ns);
	put_time(b, "expires", row->expires_ns);
	put_time(b, "last_used", row->last_used_ns);
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
		element_begin(json);
		put_fields(json, row, owner ? owner->name : (struct str){ 0 });
		sbuf_putc(json, '}');
	}
	sbuf_putc(json, ']');
	return err;
}

enum err tokens_list_get(struct call *c, const struct node *body, struct sbuf *json,
                         struct errinfo *e)
{
	(void)body;
	return list(c, 0, json, e);
}

enum err own_tokens_get(struct call *c, const struct node *body, struct sbuf *json,
                        struct errinfo *e)
{
	(void)body;
	enum err err = tokens_own_check(c, e);
	return err ? err : list(c, c->caller.account_id, json, e);
}

/* ---- making ---- */

static enum err take(struct call *c, const struct node *body, struct token_wish *ret,
                     struct errinfo *e)
{
	enum err err = body_only(body, ret->own ? "name roles expires" : "name user roles expires", e);
	if (!err)
		err = body_text(body, "name", &ret->name, e);
	if (!err)
		err = body_text(body, "user", &ret->user, e);
	if (!err)
		err = body_lines(c, body, "roles", "ROLE:REPO-GLOB", &ret->roles, e);
	return err ? err : body_text(body, "expires", &ret->expires, e);
}

static enum err add(struct call *c, bool own, const struct node *body, struct sbuf *json,
                    struct errinfo *e)
{
	struct token_wish wish = { .own = own };
	struct token_made made = { 0 };
	enum err err = take(c, body, &wish, e);
	if (!err)
		err = tokens_add(c, &wish, &made, e);
	sbuf_putc(json, '{');
	json_text(json, "token", str_c(made.text));
	put_fields(json, &made.row, made.user);
	sbuf_putc(json, '}');
	secret_wipe(made.text, sizeof made.text);
	return err;
}

enum err tokens_post(struct call *c, const struct node *body, struct sbuf *json, struct errinfo *e)
{
	return add(c, false, body, json, e);
}

enum err own_tokens_post(struct call *c, const struct node *body, struct sbuf *json,
                         struct errinfo *e)
{
	return add(c, true, body, json, e);
}

/* ---- revoking ---- */

enum err tokens_delete(struct call *c, const struct node *body, struct sbuf *json,
                       struct errinfo *e)
{
	(void)body;
	sbuf_puts(json, "{\"revoked\":true}");
	return tokens_remove(c, false, c->id, e);
}

enum err own_tokens_delete(struct call *c, const struct node *body, struct sbuf *json,
                           struct errinfo *e)
{
	(void)body;
	sbuf_puts(json, "{\"revoked\":true}");
	return tokens_remove(c, true, c->id, e);
}
