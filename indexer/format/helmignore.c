/* .helmignore: which files of a chart's directory stay out of the package (clients.md §2.4).
 *
 * It looks like .gitignore and is not: the first rule that decides wins, and a rule that begins
 * with '!' leaves out everything it does not match. Patterns are those of Go's filepath.Match.
 * Behind the file's own rules stands one of Helm's: dot files in templates/ are left out.     */
#include "indexer/format/package.h"

#include "indexer/base/utf8.h"

struct rule {
	struct str pattern;
	bool negated, directories_only;
	bool whole_path;                 /* else the base name */
	struct rule *next;
};

struct helmignore { struct rule *first, **end; };

/* One character of a class, maybe escaped; false where the pattern is malformed. */
static bool take_class_char(struct str *p, uint32_t *ret)
{
	if (!p->n || p->p[0] == '-' || p->p[0] == ']')
		return false;
	if (p->p[0] == '\\')
		*p = str_from(*p, 1);
	if (!p->n)
		return false;
	*ret = utf8_next(p);
	return p->n > 0;                 /* the class cannot end here */
}

/* Takes "[…]" off the front of *p and tells whether `point` is in it; false where malformed. */
static bool take_class(struct str *p, uint32_t point, bool *ret_hit)
{
	*p = str_from(*p, 1);
	bool negated = p->n && p->p[0] == '^', hit = false;
	if (negated)
		*p = str_from(*p, 1);
	for (unsigned ranges = 0; !ranges || !p->n || p->p[0] != ']'; ranges++) {
		uint32_t low, high;
		if (!take_class_char(p, &low))
			return false;
		high = low;
		if (p->p[0] == '-') {
			*p = str_from(*p, 1);
			if (!take_class_char(p, &high))
				return false;
		}
		hit = hit || (low <= point && point <= high);
	}
	*p = str_from(*p, 1);
	*ret_hit = hit != negated;
	return true;
}

static bool pattern_is_valid(struct str p)
{
	bool hit;
	while (p.n) {
		if (p.p[0] == '[') {
			if (!take_class(&p, 0, &hit))
				return false;
			continue;
		}
		if (p.p[0] == '\\')
			p = str_from(p, 1);
		if (!p.n)
			return false;
		p = str_from(p, 1);
	}
	return true;
}

/* Matches what is at the front of both, not a '*', and takes it off both. */
static bool take_one(struct str *p, struct str *text)
{
	bool hit = false;
	char c = p->p[0];
	if (c == '[')
		return take_class(p, utf8_next(text), &hit) && hit;
	if (c == '?') {
		*p = str_from(*p, 1);
		return utf8_next(text) != '/';
	}
	if (c == '\\')
		*p = str_from(*p, 1);
	hit = p->n && p->p[0] == text->p[0];
	*p = str_from(*p, 1);
	*text = str_from(*text, 1);
	return hit;
}

/* A '*' stops at '/', and only the last one can still be made longer. */
static bool glob(struct str pattern, struct str text)
{
	struct str after_star = { 0 }, star_text = { 0 };
	bool star = false;
	while (pattern.n || text.n) {
		if (pattern.n && pattern.p[0] == '*') {
			pattern = after_star = str_from(pattern, 1);
			star_text = text;
			star = true;
			continue;
		}
		struct str p = pattern, t = text;
		if (p.n && t.n && take_one(&p, &t)) {
			pattern = p;
			text = t;
			continue;
		}
		if (!star || !star_text.n || star_text.p[0] == '/')
			return false;
		text = star_text = str_from(star_text, 1);
		pattern = after_star;
	}
	return true;
}

/* As strings.TrimSpace: a no-break space, which comes of pages that were copied from, is no part of a rule. */
static struct str trim(struct str s)
{
	struct str rest = s;
	size_t end = 0;
	while (rest.n && utf8_is_space(utf8_next(&rest)))
		s = rest;
	for (rest = s; rest.n;)
		if (!utf8_is_space(utf8_next(&rest)))
			end = s.n - rest.n;
	return str_first(s, end);
}

static enum err add_rule(struct arena *a, struct helmignore *h, struct str line, unsigned number,
                         struct errinfo *e)
{
	struct str rule = trim(line);
	if (!rule.n || rule.p[0] == '#')
		return OK;
	if (memmem(rule.p, rule.n, "**", 2))
		return ERR(e, METADATA, ".helmignore:%u: double-star (**) syntax is not supported",
		           number);
	if (!pattern_is_valid(rule))
		return ERR(e, METADATA, ".helmignore:%u: syntax error in pattern", number);
	struct rule *r = ARENA_NEW(a, struct rule);
	if (!r)
		return ERR(e, NOMEM, ".helmignore");
	r->negated = rule.p[0] == '!';
	rule = str_from(rule, r->negated);
	r->directories_only = str_ends(rule, STR("/"));
	rule.n -= r->directories_only;
	r->whole_path = str_has(rule, '/');
	rule = str_from(rule, str_starts(rule, STR("/")));
	if (!arena_str(a, rule, &r->pattern))
		return ERR(e, NOMEM, ".helmignore");
	*h->end = r;
	h->end = &r->next;
	return OK;
}

enum err helmignore_parse(struct arena *a, struct str text, struct helmignore **ret,
                          struct errinfo *e)
{
	struct helmignore *h = ARENA_NEW(a, struct helmignore);
	if (!h)
		return ERR(e, NOMEM, ".helmignore");
	h->end = &h->first;
	text = str_without_mark(text);
	enum err err = OK;
	for (unsigned number = 1; !err && text.n; number++)
		err = add_rule(a, h, str_cut(&text, '\n', NULL), number, e);
	if (!err)
		err = add_rule(a, h, STR("templates/.?*"), 0, e);
	if (!err)
		*ret = h;
	return err;
}

static bool rule_matches(const struct rule *r, struct str path)
{
	return glob(r->pattern, r->whole_path ? path : str_base_name(path));
}

bool helmignore_matches(const struct helmignore *h, struct str path, bool is_directory)
{
	if (!path.n || str_eq_c(path, "."))
		return false;
	for (const struct rule *r = h->first; r; r = r->next) {
		if (r->directories_only && !is_directory) {
			if (r->negated)
				return true;
			continue;
		}
		if (rule_matches(r, path) != r->negated)
			return true;
	}
	return false;
}
