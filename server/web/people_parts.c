/* See people_parts.h. */
#include "server/web/people_parts.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"

enum err role_list(struct arena *a, struct str lines, struct role_list *ret, struct errinfo *e)
{
	size_t count = 0, room = 1;
	for (size_t i = 0; i < lines.n; i++)
		room += lines.p[i] == '\n';
	struct str *list = arena_array(a, room, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "page");
	while (lines.n) {
		struct str line = str_cut(&lines, '\n', NULL);
		if (line.n)
			list[count++] = line;
	}
	*ret = (struct role_list){ list, count };
	return OK;
}

static enum err put_line(struct page *p, struct arena *a, const struct token_row *row,
                         const struct account_row *owner, bool own, struct token_line *ret,
                         struct errinfo *e)
{
	*ret = (struct token_line){
		.name = row->name, .created_ns = row->created_ns, .expires_ns = row->expires_ns,
		.used_ns = row->last_used_ns, .declared = row->declared,
		.expired = row->expires_ns && row->expires_ns <= clock_wall(),
		.is_used_here = row->id == p->c->caller.token_id,
		.revoke = own ? link_own_token(p->links, row->id) : link_token(p->links, row->id),
	};
	if (owner) {
		ret->user = owner->name;
		ret->user_link = link_user(p->links, owner->name, NULL);
	}
	return role_list(a, row->roles, &ret->roles, e);
}

enum err tokens_of(struct page *p, struct arena *a, const struct people *rows, int64_t account,
                   bool own, struct token_table *ret, struct errinfo *e)
{
	const struct account_row *owner = people_by_id(rows, account);
	struct token_line *list = arena_array(a, rows->token_count + 1, sizeof *list);
	enum err err = list ? OK : ERR(e, NOMEM, "page");
	*ret = (struct token_table){ .list = list, .now_ns = clock_wall() };
	for (size_t i = 0; !err && i < rows->token_count; i++)
		if (rows->tokens[i].account_id == account)
			err = put_line(p, a, &rows->tokens[i], owner, own, &list[ret->count++], e);
	return err;
}

enum err tokens_from(struct page *p, struct arena *a, const struct people *rows, size_t from,
                     struct token_table *ret, struct errinfo *e)
{
	struct token_line *list = arena_array(a, PEOPLE_ROWS, sizeof *list);
	enum err err = list ? OK : ERR(e, NOMEM, "page");
	*ret = (struct token_table){ .list = list, .with_user = true, .now_ns = clock_wall() };
	for (size_t i = from; !err && i < rows->token_count && ret->count < PEOPLE_ROWS; i++)
		err = put_line(p, a, &rows->tokens[i], people_by_id(rows, rows->tokens[i].account_id),
		               false, &list[ret->count++], e);
	return err;
}

enum err form_lines(struct call *c, struct str text, struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf lines = sbuf_make(FORM_MAX_BYTES);
	while (text.n) {
		struct str line = str_trim(str_cut(&text, '\n', NULL));
		if (lines.n && line.n)
			sbuf_putc(&lines, '\n');
		sbuf_put(&lines, line);
	}
	if (!sbuf_ok(&lines) || !arena_str(&c->r->arena, sbuf_str(&lines), ret))
		return ERR(e, NOMEM, "request");
	return OK;
}
