/* Matching keeps the set of places in the pattern where it may be, as an automaton does, instead of
 * trying one after the other: no pattern makes it slow. Most patterns are a name, or end in a run, and
 * what they begin with is compared before.                                                   */
#include "indexer/format/glob.h"

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"

static bool is_allowed(char c)
{
	return ascii_is_alnum(c) || (c && strchr("._ +-*?/", c));
}

enum err glob_check(struct str pattern, struct errinfo *e)
{
	char before = '/';
	if (!pattern.n || pattern.n > GLOB_MAX_BYTES)
		return ERR(e, INVALID, "a pattern has 1 to %u bytes, not %zu", GLOB_MAX_BYTES, pattern.n);
	for (size_t i = 0; i < pattern.n; before = pattern.p[i++]) {
		if (!is_allowed(pattern.p[i]))
			return ERR(e, INVALID, "\"%.*s\": no name has the character at %zu; of patterns there"
			           " are *, ** and ?", STR_ARG(pattern), i + 1);
		if (before == '/' && pattern.p[i] == '/')
			break;
	}
	if (before == '/')
		return ERR(e, INVALID, "\"%.*s\": a part between slashes is empty", STR_ARG(pattern));
	return OK;
}

enum token { LITERAL, ONE, RUN, ANYTHING };

static enum token token_at(struct str pattern, size_t i)
{
	if (pattern.p[i] == '?')
		return ONE;
	if (pattern.p[i] != '*')
		return LITERAL;
	return i + 1 < pattern.n && pattern.p[i + 1] == '*' ? ANYTHING : RUN;
}

/* Runs may be empty: whoever is before one is also behind it. */
static void pass_runs(struct str pattern, bool at[])
{
	for (size_t i = 0; i < pattern.n; i++) {
		enum token token = token_at(pattern, i);
		if (at[i] && token >= RUN)
			at[i + (token == ANYTHING ? 2 : 1)] = true;
	}
}

static bool takes(struct str pattern, size_t i, enum token token, char c)
{
	switch (token) {
	case LITERAL:  return pattern.p[i] == c;
	case ANYTHING: return true;
	default:       return c != '/';
	}
}

static bool match_by_places(struct str pattern, struct str text)
{
	bool at[GLOB_MAX_BYTES + 1] = { true };
	pass_runs(pattern, at);
	for (size_t t = 0; t < text.n; t++) {
		bool next[GLOB_MAX_BYTES + 1] = { false };
		for (size_t i = 0; i < pattern.n; i++) {
			enum token token = token_at(pattern, i);
			if (at[i] && takes(pattern, i, token, text.p[t]))
				next[token >= RUN ? i : i + 1] = true;
		}
		memcpy(at, next, sizeof at);
		pass_runs(pattern, at);
	}
	return at[pattern.n];
}

bool glob_match(struct str pattern, struct str text)
{
	size_t same = 0;
	if (pattern.n > GLOB_MAX_BYTES)
		return false;
	if (str_eq_c(pattern, "*"))
		return true;
	for (; same < pattern.n && token_at(pattern, same) == LITERAL; same++)
		if (same == text.n || pattern.p[same] != text.p[same])
			return false;
	if (same == pattern.n)
		return same == text.n;
	return match_by_places(str_from(pattern, same), str_from(text, same));
}
