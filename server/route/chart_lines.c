/* All versions of a chart, from the rows of the catalog: the index does not know the yanked ones. */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/format/index.h"
#include "indexer/ingest/versions.h"
#include "server/route/chart_version.h"

struct found {
	struct arena *a;
	struct chart_lines lines;
	size_t room;
};

static enum err take(void *ctx, const struct version_row *row, const struct pull_count *pulls,
                     bool *ret_full, struct errinfo *e)
{
	struct found *x = ctx;
	(void)ret_full;
	if (!row->yanked && !row->shown_from)
		return OK;
	struct chart_line *list = arena_room(x->a, x->lines.list, x->lines.count, &x->room, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "versions");
	x->lines.list = list;
	struct chart_line v = {
		.digest = row->digest, .created_ns = row->created_ns, .bytes = row->bytes,
		.pulls = pulls->count, .has_provenance = row->has_prov, .yanked = row->yanked,
		.is_signed = hub_is_signed(hub_verdict(x->a, row)), .damaged = row->state == VERSION_DAMAGED,
	};
	if (!arena_str(x->a, row->version, &v.version) || !arena_str(x->a, row->line, &v.line) ||
	    !arena_str(x->a, row->yank_reason, &v.reason))
		return ERR(e, NOMEM, "versions");
	list[x->lines.count++] = v;
	return OK;
}

int chart_line_cmp(const struct chart_line *a, const struct chart_line *b)
{
	return index_key_cmp(&(struct index_key){ a->version, a->created_ns },
	                     &(struct index_key){ b->version, b->created_ns });
}

static int newest_first(const void *a, const void *b) { return chart_line_cmp(a, b); }

enum err chart_lines_read(struct call *c, struct arena *a, struct str repo, struct str name,
                          struct chart_lines *ret, struct errinfo *e)
{
	struct found x = { .a = a };
	struct versions_query q = {
		.repo = repo, .chart = name, .limit = VERSIONS_PAGE_MAX,
		.standings = STANDING_LIVE | STANDING_YANKED | STANDING_DAMAGED,
	};
	enum err err;
	do
		err = ingest_versions(c->app->ingest, &q, take, &x, &q.after, e);
	while (!err && q.after);
	if (err)
		return err;
	if (x.lines.count)
		qsort(x.lines.list, x.lines.count, sizeof *x.lines.list, newest_first);
	*ret = x.lines;
	return OK;
}
