/* Headings of a changelog: whether one begins a release, and what it says of it.
 *
 * Nearly all begin with the version, in brackets or not, some with a word or a name before it:
 * "Release 1.2.0", "redis-1.2.0". What stands elsewhere in a heading ("Upgrading to 2.0") is not the
 * version of a release.                                                                      */
#include "indexer/document/changelog_parts.h"

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/format/semver.h"

static bool is_one_of(char c, const char *set) { return c && strchr(set, c); }

static bool is_word_of(struct str s, const char *const *words)
{
	for (; *words; words++)
		if (str_eq_nocase(s, str_c(*words)))
			return true;
	return false;
}

/* ---- the version ---- */

static bool is_version(struct str s, struct str *ret)
{
	struct semver v;
	if (s.n && (s.p[0] == 'v' || s.p[0] == 'V'))
		s = str_from(s, 1);
	while (s.n && is_one_of(s.p[s.n - 1], ".-"))
		s.n--;
	*ret = s;
	struct str core = str_cut(&s, '-', NULL);
	return core.n && ascii_is_digit(core.p[0]) && str_has(core, '.') && semver_parse(*ret, &v);
}

/* Also behind a name: "redis-1.2.0", "@scope/redis@1.2.0". */
static bool has_version(struct str token, struct str *ret)
{
	if (is_version(token, ret))
		return true;
	for (size_t i = 0; i + 1 < token.n && !ascii_is_digit(token.p[0]); i++)
		if (is_one_of(token.p[i], "-@/") && is_version(str_from(token, i + 1), ret))
			return true;
	return false;
}

static struct str next_token(struct str *rest)
{
	size_t n = 0;
	while (rest->n && is_one_of(rest->p[0], " \t[(*_`<:"))
		*rest = str_from(*rest, 1);
	while (n < rest->n && !is_one_of(rest->p[n], " \t])(*_`>:,"))
		n++;
	struct str token = str_first(*rest, n);
	*rest = str_from(*rest, n);
	return token;
}

/* ---- what follows it ---- */

static struct str trim_marks(struct str s)
{
	static const char marks[] = " \t()[]*_`:,/-";
	for (;;) {
		if (s.n && is_one_of(s.p[0], marks))
			s = str_from(s, 1);
		else if (s.n && is_one_of(s.p[s.n - 1], marks))
			s.n--;
		else if (str_starts(s, STR("\xe2\x80\x93")) || str_starts(s, STR("\xe2\x80\x94")))
			s = str_from(s, 3);      /* dashes, en and em */
		else
			return s;
	}
}

/* "2026-01-31" and with other signs between. */
static bool is_iso_date(struct str s)
{
	static const char shape[] = "dddd-dd-dd";
	for (size_t i = 0; i < sizeof shape - 1; i++)
		if (i >= s.n || !(shape[i] == 'd' ? ascii_is_digit(s.p[i]) : is_one_of(s.p[i], "-/.")))
			return false;
	return true;
}

static bool has_year(struct str s)
{
	for (size_t i = 0; i + 4 <= s.n; i++)
		if ((memcmp(s.p + i, "19", 2) == 0 || memcmp(s.p + i, "20", 2) == 0) &&
		    ascii_is_digit(s.p[i + 2]) && ascii_is_digit(s.p[i + 3]) && !(i && ascii_is_digit(s.p[i - 1])) &&
		    !(i + 4 < s.n && ascii_is_digit(s.p[i + 4])))
			return true;
	return false;
}

static void read_rest(struct str rest, struct release_heading *h)
{
	static const char *const states[] = { "unreleased", "yanked", "tbd", NULL };
	if (str_starts(rest, STR("](")))
		(void)str_cut(&rest, ')', NULL); /* the address of a link */
	for (size_t i = 0; i < rest.n; i++) {
		if (is_iso_date(str_from(rest, i))) {
			h->date = str_make(rest.p + i, sizeof "dddd-dd-dd" - 1);
			return;
		}
	}
	rest = trim_marks(rest);
	if (has_year(rest) && rest.n <= CHANGELOG_DATE_MAX_BYTES)
		h->date = rest;
	else if (!is_word_of(rest, states))
		h->title = rest;
}

bool changelog_heading(struct str text, struct release_heading *ret)
{
	static const char *const before[] = { "version", "release", "ver", "v", "chart", "helm", "tag",
	                                      NULL };
	struct release_heading h = { .date = STR(""), .title = STR("") };
	if (text.n > CHANGELOG_HEADING_MAX_BYTES)
		return false;
	for (struct str token = next_token(&text); token.n; token = next_token(&text)) {
		if (has_version(token, &h.version)) {
			read_rest(text, &h);
			*ret = h;
			return true;
		}
		if (!is_word_of(token, before))
			return false;
	}
	return false;
}

/* ---- sections ---- */

static const struct { const char *word; enum changelog_kind kind; } sections[] = {
	{ "added", CHANGE_ADDED },           { "add", CHANGE_ADDED },
	{ "additions", CHANGE_ADDED },       { "new", CHANGE_ADDED },
	{ "features", CHANGE_ADDED },        { "feature", CHANGE_ADDED },
	{ "changed", CHANGE_CHANGED },       { "changes", CHANGE_CHANGED },
	{ "modified", CHANGE_CHANGED },      { "updated", CHANGE_CHANGED },
	{ "updates", CHANGE_CHANGED },       { "breaking", CHANGE_CHANGED },
	{ "improved", CHANGE_CHANGED },      { "improvements", CHANGE_CHANGED },
	{ "enhancements", CHANGE_CHANGED },  { "performance", CHANGE_CHANGED },
	{ "deprecated", CHANGE_DEPRECATED }, { "deprecations", CHANGE_DEPRECATED },
	{ "removed", CHANGE_REMOVED },       { "removals", CHANGE_REMOVED },
	{ "fixed", CHANGE_FIXED },           { "fixes", CHANGE_FIXED },
	{ "fix", CHANGE_FIXED },             { "bug", CHANGE_FIXED },
	{ "bugs", CHANGE_FIXED },            { "bugfixes", CHANGE_FIXED },
	{ "security", CHANGE_SECURITY },     { "vulnerabilities", CHANGE_SECURITY },
};

static struct str next_word(struct str *rest)
{
	size_t n = 0;
	while (rest->n && !ascii_is_letter(rest->p[0]))
		*rest = str_from(*rest, 1);
	while (n < rest->n && (ascii_is_letter(rest->p[n]) || rest->p[n] == '\''))
		n++;
	struct str word = str_first(*rest, n);
	*rest = str_from(*rest, n);
	return word;
}

bool changelog_section(struct str text, enum changelog_kind *ret)
{
	struct str word = next_word(&text);
	for (int tries = 0; word.n && tries < 3; tries++, word = next_word(&text))
		for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
			if (str_eq_nocase(word, str_c(sections[i].word))) {
				*ret = sections[i].kind;
				return true;
			}
	return false;
}
