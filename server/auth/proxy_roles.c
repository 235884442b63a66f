/* GROUP=ROLE:REPO-GLOB: the group ends at the last '=', because names of groups may have one. */
#include "server/auth/proxy_roles.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/auth/auth.h"

static enum err parse_role(struct arena *a, struct str line, struct proxy_role *ret,
                           struct errinfo *e)
{
	size_t at = line.n;
	struct grants g;
	while (at > 0 && line.p[at - 1] != '=')
		at--;
	if (at < 2)
		return ERR(e, CONFIG, "\"%.*s\" is not GROUP=ROLE:REPOSITORY", STR_ARG(line));
	if (grants_parse(a, str_from(line, at), false, &g, e) || g.count != 1)
		return ERR(e, CONFIG, "\"%.*s\": after the group stands one role, as pull:*",
		           STR_ARG(line));
	if (!arena_str(a, str_trim(str_first(line, at - 1)), &ret->group))
		return ERR(e, NOMEM, "roles");
	ret->grant = g.list[0];
	return OK;
}

enum err auth_proxy_role_check(const char *line, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct proxy_role role;
	return parse_role(&a, str_c(line), &role, e);
}

enum err proxy_init(struct proxy *p, const char *user_header, const char *groups_header,
                    const char *const *lines, size_t count, struct errinfo *e)
{
	*p = (struct proxy){ .count = count };
	p->roles = arena_array(&p->arena, count, sizeof *p->roles);
	if (user_header && *user_header)
		p->user_header = arena_dup(&p->arena, str_c(user_header));
	if (groups_header && *groups_header)
		p->groups_header = arena_dup(&p->arena, str_c(groups_header));
	if ((count && !p->roles) || (user_header && *user_header && !p->user_header) ||
	    (groups_header && *groups_header && !p->groups_header))
		return ERR(e, NOMEM, "single sign-on");
	for (size_t i = 0; i < count; i++) {
		enum err err = parse_role(&p->arena, str_c(lines[i]), &p->roles[i], e);
		if (err)
			return err;
	}
	return OK;
}

void proxy_done(struct proxy *p) { arena_done(&p->arena); }

static bool lists(struct str groups, struct str group)
{
	while (groups.n)
		if (str_eq(str_trim(str_cut(&groups, ',', NULL)), group))
			return true;
	return false;
}

enum err proxy_grants(const struct proxy *p, struct arena *a, struct str groups,
                      const struct grants **ret, struct errinfo *e)
{
	struct grants *g = ARENA_NEW(a, struct grants);
	struct grant *list = arena_array(a, p->count, sizeof *list);
	if (!g || (p->count && !list))
		return ERR(e, NOMEM, "roles");
	for (size_t i = 0; i < p->count; i++)
		if (lists(groups, p->roles[i].group))
			list[g->count++] = p->roles[i].grant;
	g->list = list;
	*ret = g;
	return OK;
}
