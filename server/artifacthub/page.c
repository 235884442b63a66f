/* See page.h. Numbers are Go's integers: they may have a sign, and below 0 they are out of range
 * rather than no numbers.                                                                    */
#include "server/artifacthub/page.h"

#define LIMIT_USUAL 20
#define LIMIT_MAX 60

static enum err take(const struct call *c, const char *name, int64_t *ret, struct errinfo *e)
{
	uint64_t n;
	struct str text = query_text(&c->query, name), digits = text;
	bool minus = str_starts(text, STR("-"));
	if (!text.n)
		return OK;
	if (minus || str_starts(text, STR("+")))
		digits = str_from(text, 1);
	if (!str_to_u64(digits, &n) || n > INT64_MAX)
		return ERR(e, INVALID, "invalid input: invalid %s: %.*s", name, STR_ARG(str_first(text, 100)));
	*ret = minus ? -(int64_t)n : (int64_t)n;
	return OK;
}

enum err page_take(const struct call *c, struct page *ret, struct errinfo *e)
{
	int64_t limit = LIMIT_USUAL, offset = 0;
	enum err err = take(c, "limit", &limit, e);
	if (!err)
		err = take(c, "offset", &offset, e);
	if (err)
		return err;
	if (limit <= 0 || limit > LIMIT_MAX)
		return ERR(e, INVALID, "invalid input: invalid limit (0 < l <= %d)", LIMIT_MAX);
	if (offset < 0)
		return ERR(e, INVALID, "invalid input: invalid offset (o >= 0)");
	*ret = (struct page){ (size_t)limit, (size_t)offset };
	return OK;
}

size_t page_from(const struct page *p, size_t count)
{
	return p->offset < count ? p->offset : count;
}

size_t page_to(const struct page *p, size_t count)
{
	return p->limit < count - page_from(p, count) ? page_from(p, count) + p->limit : count;
}

enum err page_send(struct answer *x, size_t total, struct response *s, struct errinfo *e)
{
	const char *text = arena_printf(&x->call->r->arena, "%zu", total);
	enum err err = text ? answer_send(x, JSON_TYPE, s, e) : ERR(e, NOMEM, "answer");
	if (!err)
		response_header(s, PAGE_TOTAL_HEADER, text);
	return err;
}
