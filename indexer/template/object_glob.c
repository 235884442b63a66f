/* Of each character of the pattern is known what may follow it, so that a set of places in the pattern
 * tells where it may be: no pattern makes matching slow.                                      */
#include "indexer/template/object_glob.h"

#define BRACES_MAX 16u

enum kind { LITERAL, ONE, RUN, ANYTHING, LIST, RANGE, OPEN, COMMA, CLOSE };

struct reader {
	struct object_glob *g;
	uint16_t opened[BRACES_MAX];     /* where the { are */
	uint16_t before[BRACES_MAX];     /* where the last alternative begins: the { or a comma */
	unsigned depth;
};

/* ---- reading ---- */

/* The character at *at, which a backslash may precede. False: nothing comes after that. */
static bool take_character(struct str p, size_t *at, char *ret)
{
	*at += p.p[*at] == '\\';
	if (*at >= p.n)
		return false;
	*ret = p.p[(*at)++];
	return true;
}

static bool read_list(struct object_glob *g, struct object_glob_part *part, size_t i)
{
	struct str p = g->pattern;
	part->negated = i < p.n && p.p[i] == '!';
	i += part->negated;
	if (i + 3 < p.n && p.p[i + 1] == '-') {
		part->kind = RANGE;
		part->first = p.p[i];
		part->last = p.p[i + 2];
		part->next = (uint16_t)(i + 4);
		return p.p[i + 3] == ']';
	}
	part->kind = LIST;
	part->other = (uint16_t)i;
	char c;
	while (i < p.n && p.p[i] != ']')
		if (!take_character(p, &i, &c))
			return false;
	part->end = (uint16_t)i;
	part->next = (uint16_t)(i + 1);
	return i < p.n && part->end > part->other;
}

static bool read_brace(struct reader *r, struct object_glob_part *part, size_t i)
{
	part->next = (uint16_t)(i + 1);
	if (part->kind == OPEN) {
		if (r->depth == BRACES_MAX)
			return false;
		r->opened[r->depth] = (uint16_t)i;
		r->before[r->depth++] = (uint16_t)i;
		return true;
	}
	struct object_glob_part *parts = r->g->parts;
	if (part->kind == COMMA) {
		parts[r->before[r->depth - 1]].other = (uint16_t)(i + 1);
		r->before[r->depth - 1] = (uint16_t)i;
		return true;
	}
	for (uint16_t at = parts[r->opened[--r->depth]].other; at; at = parts[at - 1].other)
		parts[at - 1].end = (uint16_t)(i + 1);
	return true;
}

static bool read_part(struct reader *r, size_t i)
{
	struct str p = r->g->pattern;
	struct object_glob_part *part = &r->g->parts[i];
	char c = p.p[i];
	*part = (struct object_glob_part){ .kind = LITERAL, .first = c, .next = (uint16_t)(i + 1) };
	if (c == '[')
		return read_list(r->g, part, i + 1);
	if (c == '{' || (r->depth && (c == ',' || c == '}'))) {
		part->kind = c == '{' ? OPEN : c == ',' ? COMMA : CLOSE;
		return read_brace(r, part, i);
	}
	if (c == '?')
		part->kind = ONE;
	if (c == '*') {
		bool twice = i + 1 < p.n && p.p[i + 1] == '*';
		part->kind = twice ? ANYTHING : RUN;
		part->next = (uint16_t)(part->next + twice);
	}
	if (c == '\\') {
		bool more = take_character(p, &i, &part->first);
		part->next = (uint16_t)i;
		return more;
	}
	return true;
}

void object_glob_read(struct object_glob *g, struct str pattern)
{
	struct reader r = { .g = g };
	g->pattern = pattern;
	g->everything = pattern.n > TMPL_GLOB_MAX_BYTES;
	for (size_t i = 0; !g->everything && i < pattern.n; i = g->parts[i].next)
		g->everything = !read_part(&r, i);
	g->everything |= r.depth > 0;
}

/* ---- matching ---- */

/* To the places that are reached without a character: all of them are further on. */
static void pass(const struct object_glob *g, bool at[])
{
	for (size_t i = 0; i < g->pattern.n; i++) {
		const struct object_glob_part *part = &g->parts[i];
		if (!at[i])
			continue;
		if (part->kind == COMMA)
			at[part->end] = true;
		else if (part->kind == RUN || part->kind == ANYTHING || part->kind >= OPEN)
			at[part->next] = true;
		if (part->kind == OPEN)
			for (size_t n = part->other; n; n = g->parts[n - 1].other)
				at[n] = true;
	}
}

static bool is_listed(const struct object_glob *g, const struct object_glob_part *part, char c)
{
	char listed;
	for (size_t i = part->other; i < part->end;)
		if (take_character(g->pattern, &i, &listed) && listed == c)
			return true;
	return false;
}

static bool takes(const struct object_glob *g, const struct object_glob_part *part, char c)
{
	switch (part->kind) {
	case LITERAL:  return part->first == c;
	case ONE:
	case RUN:      return c != '/';
	case ANYTHING: return true;
	case LIST:     return is_listed(g, part, c) != part->negated;
	case RANGE:    return (part->first <= c && c <= part->last) != part->negated;
	default:       return false;
	}
}

bool object_glob_match(const struct object_glob *g, struct str text)
{
	bool at[TMPL_GLOB_MAX_BYTES + 2] = { true };
	for (size_t i = 0; !g->everything && i < text.n; i++) {
		bool then[TMPL_GLOB_MAX_BYTES + 2] = { false };
		pass(g, at);
		for (size_t j = 0; j < g->pattern.n; j++)
			if (at[j] && takes(g, &g->parts[j], text.p[i]))
				then[g->parts[j].kind == RUN || g->parts[j].kind == ANYTHING ? j
				     : g->parts[j].next] = true;
		memcpy(at, then, sizeof at);
	}
	pass(g, at);
	return g->everything || at[g->pattern.n];
}
