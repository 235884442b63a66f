/* See member_page.h. */
#include "server/route/member_page.h"

#include "indexer/base/auto.h"
#include "indexer/hub/hub.h"
#include "indexer/ingest/virtual.h"
#include "server/route/address.h"
#include "server/route/app.h"

/* The version that is shown when none is asked for. */
static bool take_version(struct call *c, const struct snapshot *s, struct str name, struct str *version)
{
	AUTO_ARENA struct arena a = { 0 };
	struct rope_version *list, one;
	size_t count;
	if (version->n)
		return rope_version(s->json, name, *version, &one);
	return !rope_chart(&a, s->json, name, &list, &count, NULL) && count &&
	       arena_str(&c->r->arena, list[hub_shown(list, count)].version, version);
}

bool member_of(struct call *c, struct str *repo, struct str name, struct str *version)
{
	struct ingest *g = c->app->ingest;
	struct str member, shown = *version;
	struct snapshot *s = call_sees_there(c, *repo) ? ingest_snapshot(g, *repo) : NULL;
	bool found = s && repo_kind(s->settings) == REPO_VIRTUAL && take_version(c, s, name, &shown);
	snapshot_unref(s);
	const char *file = !found ? NULL : arena_printf(&c->r->arena, "%.*s-%.*s.tgz", STR_ARG(name), STR_ARG(shown));
	if (!file || ingest_virtual_file(g, *repo, str_c(file), &member, NULL) || !call_sees_there(c, member))
		return false;
	*repo = member;
	*version = shown;
	return true;
}

static bool is_of_all_versions(struct str word) { return str_eq_c(word, "versions") || str_eq_c(word, "compare"); }

bool member_page(struct call *c, struct path *p)
{
	if (p->count < 3 || p->count == HTTP_SEGMENTS_MAX || !str_eq(p->segment[0], STR("packages")))
		return false;
	struct str repo = str_c(address_repo_of(&c->r->arena, p->segment[1])), version = STR("");
	bool all = p->count > 3 && is_of_all_versions(p->segment[3]);
	if (p->count > 3 && !all && !str_eq(p->segment[3], STR("latest")))
		version = p->segment[3];
	if (!member_of(c, &repo, p->segment[2], &version))
		return false;
	char *member = address_segment_of(&c->r->arena, repo);
	if (!member)
		return false;
	p->segment[1] = str_c(member);
	if (!all)
		p->segment[3] = version;
	p->count += p->count == 3;
	return true;
}
