/* Role lines: read, asked, compared. */
#include "server/auth/grant.h"

#include "indexer/base/limits.h"
#include "indexer/format/glob.h"

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

static enum err parse_line(struct str line, bool chart_globs, struct grant *ret, struct errinfo *e)
{
	bool has_repo, has_chart;
	struct str rest = line, role = str_cut(&rest, ':', &has_repo);
	struct str repo = str_cut(&rest, ':', &has_chart);
	if (!role_of(role, &ret->role))
		return ERR(e, INVALID, "role \"%.*s\": it begins with pull, push, delete or admin and a "
		           "colon", STR_ARG(line));
	if (has_chart && ret->role != ROLE_PUSH)
		return ERR(e, INVALID, "role \"%.*s\": only push can be limited to charts", STR_ARG(line));
	if (has_chart && !chart_globs)
		return ERR(e, INVALID, "role \"%.*s\": only a token can be limited to charts",
		           STR_ARG(line));
	enum err err = glob_check(repo, e);
	if (!err && has_chart)
		err = glob_check(rest, e);
	if (err) {
		err_prefix(e, "role \"%.*s\"", STR_ARG(line));
		return err;
	}
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

/* ---- writing ---- */

void grants_put(const struct grants *g, struct sbuf *ret)
{
	for (size_t i = 0; g && i < g->count; i++) {
		const struct grant *x = &g->list[i];
		for (size_t k = 0; k < sizeof roles / sizeof *roles; k++)
			if (roles[k].role == x->role)
				sbuf_puts(ret, roles[k].name);
		sbuf_printf(ret, ":%.*s%s%.*s\n", STR_ARG(x->repo), x->chart.n ? ":" : "", STR_ARG(x->chart));
	}
}

/* ---- asking ---- */

static bool is_everything(struct str glob)
{
	return !glob.n || str_eq(glob, STR("*")) || str_eq(glob, STR("**"));
}

static bool implies(enum role has, enum role wanted) { return has == wanted || has == ROLE_ADMIN; }

bool grants_allow(const struct grants *g, enum role role, struct str repo, struct str chart)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct grant *x = &g->list[i];
		if (implies(x->role, role) && glob_match(x->repo, repo) &&
		    (!x->chart.n || !chart.n || glob_match(x->chart, chart)))
			return true;
	}
	return false;
}

bool grants_allow_somewhere(const struct grants *g, enum role role)
{
	for (size_t i = 0; i < g->count; i++)
		if (implies(g->list[i].role, role))
			return true;
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

static bool has_two_stars(struct str glob)
{
	for (size_t i = 1; i < glob.n; i++)
		if (glob.p[i] == '*' && glob.p[i - 1] == '*')
			return true;
	return false;
}

/* The narrower one read as text: its wildcards are then matched by stars alone, which stand for
 * whatever they may stand for themselves.                                                    */
static bool glob_covers(struct str wider, struct str narrower)
{
	if (is_everything(wider) || is_everything(narrower) || str_eq(wider, narrower))
		return is_everything(wider) || str_eq(wider, narrower);
	return !str_has(wider, '?') && !has_two_stars(narrower) && glob_match(wider, narrower);
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
