/* See repo_list.h. */
#include "server/web/repo_list.h"

#include "indexer/base/clock.h"

static bool fill(struct call *c, struct links *l, const struct repo_info *info,
                 struct repo_line *row)
{
	struct arena *a = &c->r->arena;
	struct snapshot *s = ingest_snapshot(c->app->ingest, info->name);
	if (!s)
		return false;
	*row = (struct repo_line){
		.name = info->name, .link = link_repo(l, info->name), .add = link_helm_repo(l, info->name),
		.charts = info->charts, .versions = info->versions, .changed_ns = s->generated_ns,
		.now_ns = clock_wall(), .private = s->settings->private,
		.is_default = str_eq_c(info->name, c->app->default_repo),
	};
	bool ok = arena_str(a, s->settings->description, &row->description);
	snapshot_unref(s);
	return ok;
}

enum err repo_lines(struct call *c, struct links *l, struct repo_line **ret, size_t *ret_count,
                   struct errinfo *e)
{
	struct repo_info *infos;
	size_t count, n = 0;
	struct arena *a = &c->r->arena;
	enum err err = ingest_repos(c->app->ingest, a, &infos, &count, e);
	struct repo_line *rows = err ? NULL : arena_array(a, count + 1, sizeof *rows);
	if (!rows)
		return err ? err : ERR(e, NOMEM, "repositories");
	for (size_t i = 0; i < count; i++)
		if (call_sees(c, infos[i].name) && fill(c, l, &infos[i], &rows[n]))
			n++;
	*ret = rows;
	*ret_count = n;
	return OK;
}
