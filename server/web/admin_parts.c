/* See admin_parts.h. */
#include "server/web/admin_parts.h"

static const struct { const char *name, *part; } table[ADMIN_TABS] = {
	[ADMIN_OVERVIEW] = { "Overview", NULL }, [ADMIN_REPOS] = { "Repositories", "repos" },
	[ADMIN_EVENTS] = { "Events", "events" }, [ADMIN_USERS] = { "Users", "users" },
	[ADMIN_HOOKS] = { "Webhooks", "hooks" },
};

/* Who administers one repository alone came from its page. */
static void put_crumbs(struct page *p, enum admin_tab now, struct admin_head *h)
{
	struct links *l = p->links;
	struct str list = str_c(table[now].name);
	h->crumbs[0] = p->manages ? (struct crumb){ STR("Administration"), link_admin(l, NULL) }
	               : (struct crumb){ STR("Repositories"), link_repos(l) };
	h->crumbs[1] = p->manages ? (struct crumb){ list, link_admin(l, table[now].part) }
	               : (struct crumb){ p->c->repo, link_repo(l, p->c->repo) };
	h->crumb_count = 2;
}

struct admin_head admin_head(struct page *p, enum admin_tab now, struct str thing)
{
	static const struct str all = STR("Administration");
	struct admin_head h = { .title = now ? str_c(table[now].name) : all };
	if (thing.n) {
		h.title = thing;
		put_crumbs(p, now, &h);
	}
	for (; p->manages && h.tab_count < ADMIN_TABS; h.tab_count++)
		h.tabs[h.tab_count] = (struct tab){
			.name = table[h.tab_count].name, .link = link_admin(p->links, table[h.tab_count].part),
			.current = h.tab_count == (size_t)now,
		};
	p->nav = NAV_ADMIN;
	p->title = now ? str_c(arena_printf(&p->c->r->arena, "%.*s · Administration", STR_ARG(h.title))) : all;
	return h;
}
