/* values.schema.json has to be JSON, as helm package demands; what it says is nobody's business
 * here. It may be five megabytes of anything, so it is walked over and no tree is made of it,
 * which would take a hundred times its size. As for Go, repeated keys are fine.               */
#include "indexer/format/chart_parts.h"

struct cursor {
	const char *start, *p, *end;
};

static char peek(const struct cursor *c) { return c->p < c->end ? *c->p : '\0'; }

static bool take(struct cursor *c, char wanted)
{
	if (peek(c) != wanted || c->p == c->end)
		return false;
	c->p++;
	return true;
}

static void skip_space(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
		c->p++;
}

static bool take_word(struct cursor *c, struct str word)
{
	if (!str_starts(str_make(c->p, (size_t)(c->end - c->p)), word))
		return false;
	c->p += word.n;
	return true;
}

static bool take_digits(struct cursor *c)
{
	const char *first = c->p;
	while (peek(c) >= '0' && peek(c) <= '9')
		c->p++;
	return c->p > first;
}

static bool take_number(struct cursor *c)
{
	(void)take(c, '-');
	if (!take(c, '0') && !take_digits(c))
		return false;
	if (take(c, '.') && !take_digits(c))
		return false;
	if (!take(c, 'e') && !take(c, 'E'))
		return true;
	if (!take(c, '+'))
		(void)take(c, '-');
	return take_digits(c);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool take_escape(struct cursor *c)
{
	if (take(c, 'u')) {
		for (int i = 0; i < 4; i++, c->p++)
			if (!is_hex(peek(c)))
				return false;
		return true;
	}
	return peek(c) && strchr("\"\\/bfnrt", peek(c)) && take(c, peek(c));
}

static bool take_string(struct cursor *c)
{
	if (!take(c, '"'))
		return false;
	while (c->p < c->end && *c->p != '"') {
		if ((unsigned char)*c->p < 0x20)
			return false;
		if (*c->p++ == '\\' && !take_escape(c))
			return false;
	}
	return take(c, '"');
}

static bool take_value(struct cursor *c, unsigned depth);

static bool take_key(struct cursor *c)
{
	skip_space(c);
	if (!take_string(c))
		return false;
	skip_space(c);
	return take(c, ':');
}

/* What follows '[' or '{'. */
static bool take_elements(struct cursor *c, char close, unsigned depth)
{
	skip_space(c);
	if (take(c, close))
		return true;
	do {
		if ((close == '}' && !take_key(c)) || !take_value(c, depth + 1))
			return false;
	} while (take(c, ','));
	return take(c, close);
}

/* With the white space around it. */
static bool take_value(struct cursor *c, unsigned depth)
{
	bool good;
	skip_space(c);
	if (depth > CHART_SCHEMA_DEPTH_MAX)
		return false;
	if (take(c, '{'))
		good = take_elements(c, '}', depth);
	else if (take(c, '['))
		good = take_elements(c, ']', depth);
	else if (peek(c) == '"')
		good = take_string(c);
	else
		good = take_word(c, STR("true")) || take_word(c, STR("false")) ||
		       take_word(c, STR("null")) || take_number(c);
	skip_space(c);
	return good;
}

enum err chart_schema_check(struct str schema, struct errinfo *e)
{
	struct cursor c = { schema.p, schema.p, schema.p + schema.n };
	if (take_value(&c, 0) && c.p == c.end)
		return OK;
	unsigned line = 1;
	for (const char *p = c.start; p < c.p; p++)
		line += *p == '\n';
	return ERR(e, METADATA, "values.schema.json:%u: invalid JSON in values.schema.json", line);
}
