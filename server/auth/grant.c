/* Role lines: read, asked, compared. */
#include "server/auth/grant.h"

#include "indexer/base/limits.h"

/* ---- reading ---- */

static const struct { const char *name; enum role role; } roles[] = {
	{ "pull", ROLE_PULL }, { "push", ROLE_PUSH }, { "delete", ROLE_DELETE },
	{ "admin", ROLE_ADMIN },
};

static bool role_of(struct str name, enum role *ret)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (str_eq_c(name, roles[i].name)) {
			*ret = roles[i].role;
			return true;
		}
	return false;
}

/* What names of repositories and charts are made of, and the wildcards. */
static bool is_glob(struct str s, const char *others, size_t max_bytes)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !str_has(str_c(others), c))
			return false;
	}
	return s.n > 0 && s.n <= max_bytes;
}

#define REPO_GLOB_OTHERS "._-/*?"
#define CHART_GLOB_OTHERS "._-+*?ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static enum err parse_line(struct str line, bool chart_globs, struct grant *ret, struct errinfo *e)
{
	bool has_repo, has_chart;
	struct str rest = line, role = str_cut(&rest, ':', &has_repo);
	struct str repo = str_cut(&rest, ':', &has_chart);
	if (!role_of(role, &ret->role))
		return ERR(e, INVALID, "role \"%.*s\": it begins with pull, push, delete or admin and a "
		           "colon", STR_ARG(line));
	if (!is_glob(repo, REPO_GLOB_OTHERS, REPO_NAME_MAX_BYTES))
		return ERR(e, INVALID, "role \"%.*s\": after the colon stands a repository's name, in "
		           "which * and ? are wildcards", STR_ARG(line));
	if (has_chart && ret->role != ROLE_PUSH)
		return ERR(e, INVALID, "role \"%.*s\": only push can be limited to charts", STR_ARG(line));
	if (has_chart && !chart_globs)
		return ERR(e, INVALID, "role \"%.*s\": only a token can be limited to charts",
		           STR_ARG(line));
	if (has_chart && !is_glob(rest, CHART_GLOB_OTHERS, CHART_NAME_MAX_BYTES))
		return ERR(e, INVALID, "role \"%.*s\": after the second colon stands a chart's name, in "
		           "which * and ? are wildcards", STR_ARG(line));
	ret->repo = repo;
	ret->chart = has_chart ? rest : (struct str){ 0 };
	return OK;
}

enum err grants_parse(struct arena *a, struct str lines, bool chart_globs, struct grants *ret,
                      struct errinfo *e)
{
	struct grant *list = arena_array(a, ROLES_MAX, sizeof *list);
	size_t count = 0;
	struct str text;
	if (!list || !arena_str(a, lines, &text))
		return ERR(e, NOMEM, "roles");
	while (text.n) {
		struct str line = str_trim(str_cut(&text, '\n', NULL));
		if (!line.n)
			continue;
		if (count == ROLES_MAX)
			return ERR(e, INVALID, "there are more than %u roles", ROLES_MAX);
		enum err err = parse_line(line, chart_globs, &list[count++], e);
		if (err)
			return err;
	}
	*ret = (struct grants){ list, count };
	return OK;
}

/* ---- asking ---- */

/* `except` is a character of the text that '?' does not stand for, or NUL. */
static bool glob_match(struct str glob, struct str text, char except)
{
	size_t g = 0, t = 0, star = SIZE_MAX, star_text = 0;
	while (t < text.n) {
		if (g < glob.n && glob.p[g] == '*') {
			star = g++;
			star_text = t;
		} else if (g < glob.n && (glob.p[g] == text.p[t] ||
		                          (glob.p[g] == '?' && text.p[t] != except))) {
			g++;
			t++;
		} else if (star != SIZE_MAX) {           /* the last star takes one more */
			g = star + 1;
			t = ++star_text;
		} else {
			return false;
		}
	}
	while (g < glob.n && glob.p[g] == '*')
		g++;
	return g == glob.n;
}

static bool is_everything(struct str glob)
{
	for (size_t i = 0; i < glob.n; i++)
		if (glob.p[i] != '*')
			return false;
	return true;
}

static bool implies(enum role has, enum role wanted) { return has == wanted || has == ROLE_ADMIN; }

bool grants_allow(const struct grants *g, enum role role, struct str repo, struct str chart)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct grant *x = &g->list[i];
		if (implies(x->role, role) && glob_match(x->repo, repo, '\0') &&
		    (!x->chart.n || !chart.n || glob_match(x->chart, chart, '\0')))
			return true;
	}
	return false;
}

static bool has_everywhere(const struct grants *g, enum role role)
{
	for (size_t i = 0; i < g->count; i++)
		if (implies(g->list[i].role, role) && is_everything(g->list[i].repo))
			return true;
	return false;
}

bool grants_manage(const struct grants *g) { return has_everywhere(g, ROLE_ADMIN); }

bool grants_see_all(const struct grants *g) { return has_everywhere(g, ROLE_PULL); }

/* ---- comparing ---- */

/* A glob read as text: its stars are then matched by stars alone, because no literal is one. */
static bool glob_covers(struct str wider, struct str narrower)
{
	return is_everything(wider) || (narrower.n && glob_match(wider, narrower, '*'));
}

static bool covers(const struct grant *wider, const struct grant *narrower)
{
	return implies(wider->role, narrower->role) && glob_covers(wider->repo, narrower->repo) &&
	       glob_covers(wider->chart, narrower->chart);
}

bool grants_cover(const struct grants *wider, const struct grants *narrower)
{
	for (size_t i = 0; i < narrower->count; i++) {
		size_t k = 0;
		while (k < wider->count && !covers(&wider->list[k], &narrower->list[i]))
			k++;
		if (k == wider->count)
			return false;
	}
	return true;
}
