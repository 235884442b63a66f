/* All versions of a chart, from the rows of the catalog: the index does not know the yanked ones. */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/format/index.h"
#include "indexer/ingest/lookup.h"
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
		.verdict = version_verdict(x->a, row), .damaged = row->state == VERSION_DAMAGED,
	};
	if (!arena_str(x->a, row->version, &v.version) || !arena_str(x->a, row->line, &v.line) ||
	    !arena_str(x->a, row->yank_reason, &v.reason) || !arena_str(x->a, v.verdict, &v.verdict))
		return ERR(e, NOMEM, "versions");
	list[x->lines.count++] = v;
	return OK;
}

int chart_line_cmp(const struct chart_line *a, const struct chart_line *b)
{
	return index_key_cmp(&(struct index_key){ a->version, a->created_ns },
	                     &(struct index_key){ b->version, b->created_ns });
}

struct ranked { struct index_rank rank; size_t at; };

static int newest_first(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;
	return index_rank_cmp(&a->rank, &b->rank);
}

static enum err sort(struct arena *a, struct chart_lines *lines, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct ranked *order = arena_array(&scratch, lines->count + 1, sizeof *order);
	struct chart_line *sorted = arena_array(a, lines->count + 1, sizeof *sorted);
	if (!order || !sorted)
		return ERR(e, NOMEM, "versions");
	for (size_t i = 0; i < lines->count; i++)
		order[i] = (struct ranked){ index_rank_of(lines->list[i].version, lines->list[i].created_ns), i };
	qsort(order, lines->count, sizeof *order, newest_first);
	for (size_t i = 0; i < lines->count; i++)
		sorted[i] = lines->list[order[i].at];
	lines->list = sorted;
	return OK;
}

/* ---- what an upstream has no more, or with other bytes ---- */

struct told { struct str version; int64_t gone_ns, drift_ns; };
struct told_list { struct arena *a; struct told *list; size_t count, room; };

static enum err take_told(void *ctx, const struct remote_row *row, bool held, struct errinfo *e)
{
	struct told_list *x = ctx;
	bool drifts = remote_drifts(row);
	if (!drifts && (!row->gone_ns || !held))
		return OK;
	struct told *list = arena_room(x->a, x->list, x->count, &x->room, sizeof *list);
	if (!list || !arena_str(x->a, row->version, &list[x->count].version))
		return ERR(e, NOMEM, "versions");
	list[x->count].gone_ns = row->gone_ns;
	list[x->count++].drift_ns = drifts ? row->drift_ns : 0;
	x->list = list;
	return OK;
}

static int by_version(const void *a, const void *b)
{
	return str_cmp(((const struct told *)a)->version, ((const struct told *)b)->version);
}

static enum err mark_told(const struct call *c, struct arena *a, struct str repo, struct str name,
                          struct chart_lines *lines, struct errinfo *e)
{
	struct told_list x = { .a = a };
	enum err err = ingest_remotes_told(c->app->ingest, repo, name, take_told, &x, e);
	if (err || !x.count)
		return err;
	qsort(x.list, x.count, sizeof *x.list, by_version);
	for (size_t i = 0; i < lines->count; i++) {
		struct chart_line *line = &lines->list[i];
		const struct told key = { .version = line->version };
		const struct told *found = bsearch(&key, x.list, x.count, sizeof *x.list, by_version);
		line->gone_ns = found ? found->gone_ns : 0;
		line->drift_ns = found ? found->drift_ns : 0;
	}
	return OK;
}

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
	if (!err)
		err = mark_told(c, a, repo, name, &x.lines, e);
	if (!err)
		err = sort(a, &x.lines, e);
	if (!err)
		*ret = x.lines;
	return err;
}
