/* See member_page.h. */
#include "server/route/member_page.h"

#include "indexer/base/auto.h"
#include "indexer/hub/hub.h"
#include "indexer/ingest/virtual.h"
#include "server/route/address.h"
#include "server/route/app.h"

struct wanted {
	struct call *c;
	struct str repo, name, version;  /* version: empty: the one that is shown when none is asked for */
	struct str member;
};

static bool take_version(struct wanted *w, const struct snapshot *s)
{
	AUTO_ARENA struct arena a = { 0 };
	struct rope_version *list, one;
	size_t count;
	if (w->version.n)
		return rope_version(s->json, w->name, w->version, &one);
	return !rope_chart(&a, s->json, w->name, &list, &count, NULL) && count &&
	       arena_str(&w->c->r->arena, list[hub_shown(list, count)].version, &w->version);
}

static bool find(struct wanted *w)
{
	struct ingest *g = w->c->app->ingest;
	struct snapshot *s = call_sees_there(w->c, w->repo) ? ingest_snapshot(g, w->repo) : NULL;
	bool found = s && repo_kind(s->settings) == REPO_VIRTUAL && take_version(w, s);
	snapshot_unref(s);
	const char *file = !found ? NULL : arena_printf(&w->c->r->arena, "%.*s-%.*s.tgz", STR_ARG(w->name),
	                                                STR_ARG(w->version));
	return file && !ingest_virtual_file(g, w->repo, str_c(file), &w->member, NULL) && call_sees_there(w->c, w->member);
}

static bool is_of_all_versions(struct str word) { return str_eq_c(word, "versions") || str_eq_c(word, "compare"); }

bool member_page(struct call *c, struct path *p)
{
	if (p->count < 3 || p->count == HTTP_SEGMENTS_MAX || !str_eq(p->segment[0], STR("packages")))
		return false;
	struct wanted w = { .c = c, .name = p->segment[2],
	                    .repo = str_c(address_repo_of(&c->r->arena, p->segment[1])) };
	bool all = p->count > 3 && is_of_all_versions(p->segment[3]);
	if (p->count > 3 && !all && !str_eq(p->segment[3], STR("latest")))
		w.version = p->segment[3];
	if (!find(&w))
		return false;
	char *member = address_segment_of(&c->r->arena, w.member);
	if (!member)
		return false;
	p->segment[1] = str_c(member);
	if (!all)
		p->segment[3] = w.version;
	p->count += p->count == 3;
	return true;
}
