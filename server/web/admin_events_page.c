/* /admin/events: the log, the newest first, narrowed by repository, kind and person. */
#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/store/event_kind.h"
#include "server/web/admin_page.h"

static enum err put_choices(struct call *c, struct admin_events_view *v, struct errinfo *e)
{
	struct repo_info *list;
	size_t count;
	enum err err = ingest_repos(c->app->ingest, &c->r->arena, &list, &count, e);
	struct event_choice *all = err ? NULL : arena_array(&c->r->arena, count + event_kind_count, sizeof *all);
	if (!all)
		return err ? err : ERR(e, NOMEM, "page");
	for (size_t i = 0; i < count; i++)
		all[i] = (struct event_choice){ list[i].name, str_eq(list[i].name, v->filter.repo) };
	for (size_t i = 0; i < event_kind_count; i++)
		all[count + i] = (struct event_choice){ str_c(event_kinds[i].name),
		                                        str_eq_c(v->filter.kind, event_kinds[i].name) };
	v->repos = all;
	v->repo_count = count;
	v->kinds = all + count;
	v->kind_count = event_kind_count;
	return OK;
}

static enum err put_links(struct call *c, struct links *l, struct admin_events_view *v, struct errinfo *e)
{
	const char *next = arena_printf(&c->r->arena, "%llu", (unsigned long long)v->events.next);
	const struct link_param params[] = {
		{ "repo", v->filter.repo }, { "kind", v->filter.kind }, { "person", v->filter.person },
		{ "before", str_c(next) },
	};
	if (!next)
		return ERR(e, NOMEM, "page");
	if (v->filter.before != UINT64_MAX)
		v->newest = link_admin_events(l, params, 3);
	if (v->events.next)
		v->older = link_admin_events(l, params, 4);
	return OK;
}

static enum err show(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct admin_events_view v = { .filter = {
		.repo = query_text(&c->query, "repo"), .kind = query_text(&c->query, "kind"),
		.person = str_trim(query_text(&c->query, "person")), .before = UINT64_MAX, .limit = EVENTS_LIMIT,
	} };
	struct page p;
	page_init(&p, c);
	enum err err = query_number(&c->query, "before", 1, INT64_MAX, &v.filter.before, e);
	if (!err)
		err = put_choices(c, &v, e);
	if (!err)
		err = event_lines(c, p.links, &v.filter, &v.events, e);
	if (!err)
		err = put_links(c, p.links, &v, e);
	if (err)
		return err;
	v.head = admin_head(&p, ADMIN_EVENTS, STR(""));
	html_admin_events_body(&body, &p, &v);
	return page_respond(&p, 200, &body, s, e);
}

enum err admin_events_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), show, e);
}
