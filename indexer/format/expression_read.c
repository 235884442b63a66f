/* The text of an expression as a tree. */
#include "indexer/format/expression_parts.h"

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"

/* ---- sets ---- */

static void set_add(struct set *s, unsigned char from, unsigned char to)
{
	for (unsigned c = from; c <= to; c++)
		s->bits[c / 64] |= 1ull << (c % 64);
}

static void set_invert(struct set *s)
{
	for (size_t i = 0; i < 4; i++)
		s->bits[i] = ~s->bits[i];
}

static void set_union(struct set *s, const struct set *other)
{
	for (size_t i = 0; i < 4; i++)
		s->bits[i] |= other->bits[i];
}

/* What stands behind a backslash; false: nothing that is read here. */
static bool set_escape(char c, struct set *ret)
{
	static const struct { char name; const char *ranges; } classes[] = {
		{ 'd', "09" }, { 'w', "09AZaz__" }, { 's', "\t\n\f\r  " },
	};
	static const char plain[] = "\\.+*?()|[]{}^$-/_~:,;#@!%&=<>'\"` ";
	*ret = (struct set){ 0 };
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		if ((c | 0x20) != classes[i].name)
			continue;
		for (const char *r = classes[i].ranges; *r; r += 2)
			set_add(ret, (unsigned char)r[0], (unsigned char)r[1]);
		if (c != classes[i].name)
			set_invert(ret);
		return true;
	}
	if (c && strchr(plain, c))
		set_add(ret, (unsigned char)c, (unsigned char)c);
	return c && strchr(plain, c);
}

/* ---- reading ---- */

struct reader {
	struct arena *arena;
	struct str rest;
	unsigned depth;
	enum err err;                    /* the first one: INVALID or NOMEM */
};

static bool at(const struct reader *r, char c) { return r->rest.n && r->rest.p[0] == c; }

static bool skip(struct reader *r, const char *text)
{
	if (!str_starts(r->rest, str_c(text)))
		return false;
	r->rest = str_from(r->rest, strlen(text));
	return true;
}

static const struct part *fail(struct reader *r, enum err err)
{
	r->err = r->err ? r->err : err;
	return NULL;
}

static struct part *part_new(struct reader *r, enum part_kind kind)
{
	struct part *p = ARENA_NEW(r->arena, struct part);
	if (p)
		*p = (struct part){ .kind = kind };
	else
		(void)fail(r, ERR_NOMEM);
	return p;
}

static const struct part *two(struct reader *r, enum part_kind kind, const struct part *left,
                              const struct part *right)
{
	struct part *p = left && right ? part_new(r, kind) : NULL;
	if (p) {
		p->left = left;
		p->right = right;
	}
	return p;
}

/* One character in brackets, or a class. */
static bool read_member(struct reader *r, struct set *ret, bool *ret_one, unsigned char *ret_c)
{
	if (!r->rest.n)
		return false;
	char c = r->rest.p[0];
	r->rest = str_from(r->rest, 1);
	*ret = (struct set){ 0 };
	*ret_one = true;
	if (c == '\\') {
		c = r->rest.n ? r->rest.p[0] : 0;
		r->rest = str_from(r->rest, 1);
		*ret_one = !strchr("dDwWsS", c);
		*ret_c = (unsigned char)c;
		return set_escape(c, ret);
	}
	*ret_c = (unsigned char)c;
	set_add(ret, *ret_c, *ret_c);
	return !(c == '[' && at(r, ':'));
}

static bool read_set(struct reader *r, struct set *ret)
{
	bool inverted = skip(r, "^"), first = true;
	*ret = (struct set){ 0 };
	while (first || !at(r, ']')) {
		struct set one, other;
		unsigned char from, to;
		bool single, ends;
		first = false;
		if (!read_member(r, &one, &single, &from))
			return false;
		if (single && at(r, '-') && r->rest.n > 1 && r->rest.p[1] != ']') {
			r->rest = str_from(r->rest, 1);
			if (!read_member(r, &other, &ends, &to) || !ends || to < from)
				return false;
			set_add(&one, from, to);
		}
		set_union(ret, &one);
	}
	if (inverted)
		set_invert(ret);
	return skip(r, "]");
}

static const struct part *read_either(struct reader *r);

static const struct part *read_group(struct reader *r)
{
	const struct part *p = NULL;
	if (++r->depth > EXPRESSION_DEPTH_MAX || (!skip(r, "?:") && at(r, '?')))
		return fail(r, ERR_INVALID);
	p = read_either(r);
	r->depth--;
	return !p || skip(r, ")") ? p : fail(r, ERR_INVALID);
}

static const struct part *read_one(struct reader *r)
{
	char c = r->rest.p[0];
	struct set set = { 0 };
	bool well = true;
	r->rest = str_from(r->rest, 1);
	if (c == '(')
		return read_group(r);
	if (c == '^' || c == '$')
		return part_new(r, c == '^' ? PART_BEGIN : PART_END);
	if (c == '[') {
		well = read_set(r, &set);
	} else if (c == '\\') {
		well = r->rest.n && set_escape(r->rest.p[0], &set);
		r->rest = str_from(r->rest, 1);
	} else if (c == '.') {
		set_add(&set, '\n', '\n');
		set_invert(&set);
	} else {
		well = c;
		set_add(&set, (unsigned char)c, (unsigned char)c);
	}
	struct part *p = well ? part_new(r, PART_SET) : NULL;
	if (p)
		p->set = set;
	return p ? p : fail(r, ERR_INVALID);
}

static bool read_count(struct str *s, uint32_t *ret)
{
	uint32_t n = 0;
	size_t i = 0;
	for (; i < s->n && ascii_is_digit(s->p[i]) && n <= EXPRESSION_REPEAT_MAX; i++)
		n = n * 10 + (uint32_t)(s->p[i] - '0');
	*s = str_from(*s, i);
	*ret = n;
	return i > 0 && n <= EXPRESSION_REPEAT_MAX;
}

/* "{2,5}"; a brace that begins no such thing stands for itself, as in Go. */
static bool read_braces(struct reader *r, uint32_t *ret_least, uint32_t *ret_most)
{
	struct str s = r->rest;
	if (!str_starts(s, STR("{")))
		return false;
	s = str_from(s, 1);
	if (!read_count(&s, ret_least))
		return false;
	*ret_most = *ret_least;
	if (str_starts(s, STR(","))) {
		s = str_from(s, 1);
		*ret_most = REPEAT_FOREVER;
		if (!str_starts(s, STR("}")) && !read_count(&s, ret_most))
			return false;
	}
	if (!str_starts(s, STR("}")))
		return false;
	r->rest = str_from(s, 1);
	return true;
}

/* How often what stands before it; false: nothing says so. */
static bool read_times(struct reader *r, uint32_t *ret_least, uint32_t *ret_most)
{
	*ret_least = at(r, '+');
	*ret_most = at(r, '?') ? 1 : REPEAT_FOREVER;
	if (!skip(r, "+") && !skip(r, "?") && !skip(r, "*") && !read_braces(r, ret_least, ret_most))
		return false;
	(void)skip(r, "?");                  /* lazy: it matches the same texts */
	return true;
}

/* As in Go, one stands behind something, and no second one behind it. */
static const struct part *read_repeated(struct reader *r)
{
	uint32_t least, most, more;
	const struct part *p = read_times(r, &least, &most) ? fail(r, ERR_INVALID) : read_one(r);
	if (!p || !read_times(r, &least, &most))
		return p;
	if (read_times(r, &more, &more) || most < least)
		return fail(r, ERR_INVALID);
	struct part *repeat = part_new(r, PART_REPEAT);
	if (repeat) {
		repeat->left = p;
		repeat->least = least;
		repeat->most = most;
	}
	return repeat;
}

static const struct part *read_sequence(struct reader *r)
{
	const struct part *all = part_new(r, PART_EMPTY);
	while (all && r->rest.n && !at(r, '|') && !at(r, ')'))
		all = two(r, PART_THEN, all, read_repeated(r));
	return all;
}

static const struct part *read_either(struct reader *r)
{
	const struct part *all = read_sequence(r);
	while (all && skip(r, "|"))
		all = two(r, PART_OR, all, read_sequence(r));
	return all;
}

enum err expression_read(struct arena *a, struct str text, const struct part **ret)
{
	struct reader r = { .arena = a, .rest = text };
	const struct part *all = read_either(&r);
	if (r.err == ERR_NOMEM)
		return ERR_NOMEM;
	if (!all || r.rest.n)
		return ERR_INVALID;
	*ret = all;
	return OK;
}
