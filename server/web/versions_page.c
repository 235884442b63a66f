/* What the catalog knows of the versions, yanked ones too, in the order of the index. */
#include "server/web/versions_page.h"

#include <stdlib.h>

#include "gen/templates.h"
#include "indexer/base/array.h"
#include "indexer/format/semver.h"
#include "indexer/ingest/versions.h"

#define PAGE_MAX 100000u

struct found {
	struct arena *a;
	struct version_line *list;
	size_t count, room;
};

static enum err take(void *ctx, const struct version_row *row, const struct pull_count *pulls,
                     bool *ret_full, struct errinfo *e)
{
	struct found *x = ctx;
	(void)ret_full;
	if (!row->yanked && !row->shown_from)
		return OK;
	struct version_line *list = array_room(x->list, x->count, &x->room, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "versions");
	x->list = list;
	struct version_line v = {
		.created_ns = row->created_ns, .bytes = row->bytes, .pulls = pulls->count,
		.sign = row->has_prov, .yanked = row->yanked, .damaged = row->state == VERSION_DAMAGED,
	};
	if (!arena_str(x->a, row->version, &v.version) || !arena_str(x->a, row->line, &v.line) ||
	    !arena_str(x->a, row->yank_reason, &v.reason))
		return ERR(e, NOMEM, "versions");
	x->list[x->count++] = v;
	return OK;
}

static int newest_first(const void *a, const void *b)
{
	const struct version_line *x = a, *y = b;
	return index_key_cmp(&(struct index_key){ x->version, x->created_ns },
	                     &(struct index_key){ y->version, y->created_ns });
}

static enum err read_all(struct call *c, struct found *x, struct errinfo *e)
{
	struct versions_query q = {
		.repo = c->repo, .chart = c->name, .limit = VERSIONS_PAGE_MAX,
		.standings = STANDING_LIVE | STANDING_YANKED | STANDING_DAMAGED,
	};
	enum err err;
	do
		err = ingest_versions(c->app->ingest, &q, take, x, &q.after, e);
	while (!err && q.after);
	if (!err && x->count)
		qsort(x->list, x->count, sizeof *x->list, newest_first);
	return err;
}

/* A line that cannot be read shows less. */
static void describe(struct chart_frame *f, struct version_line *v)
{
	struct links *l = f->page.links;
	struct index_entry entry = { 0 };
	struct errinfo ignored = { 0 };
	struct semver version;
	if (!index_entry_read(&f->arena, v->line, &entry, &ignored)) {
		v->app_version = entry.meta.app_version;
		v->kube_version = entry.meta.kube_version;
		v->deprecated = entry.meta.deprecated;
	}
	v->prerelease = semver_parse(v->version, &version) && version.pre.n;
	v->shown = str_eq(v->version, f->version);
	v->link = link_chart(l, f->repo, f->name, v->version);
	if (!v->shown)
		v->compare = newest_first(v, &(struct version_line){ .version = f->version,
		                                                     .created_ns = f->row.created_ns }) < 0 ?
		             link_compare(l, f->repo, f->name, f->version, v->version) :
		             link_compare(l, f->repo, f->name, v->version, f->version);
}

static enum err show(struct call *c, struct chart_frame *f, struct found *x, struct sbuf *body,
                     struct errinfo *e)
{
	struct links *l = f->page.links;
	struct str self = frame_link(f, STR(""));
	uint64_t number = 1;
	enum err err = query_number(&c->query, "page", 1, PAGE_MAX, &number, e);
	if (err)
		return err;
	size_t from = (size_t)(number - 1) * VERSIONS_SHOWN_MAX;
	from = from < x->count ? from : x->count;
	size_t to = x->count - from > VERSIONS_SHOWN_MAX ? from + VERSIONS_SHOWN_MAX : x->count;
	for (size_t i = from; i < to; i++)
		describe(f, &x->list[i]);
	struct versions_view v = {
		.f = f, .lines = x->list + from, .count = to - from,
		.compare = link_chart_part(l, f->repo, f->name, STR(""), "compare"),
		.pager = { .from = from + 1, .to = to, .total = x->count },
	};
	if (number > 1)
		v.pager.previous = link_paged(l, self, number - 1);
	if (to < x->count)
		v.pager.next = link_paged(l, self, number + 1);
	html_versions_body(body, &v);
	return OK;
}

static enum err render(struct call *c, struct chart_frame *f, struct sbuf *body, struct errinfo *e)
{
	struct found x = { .a = &f->arena };
	enum err err = read_all(c, &x, e);
	if (!err)
		err = show(c, f, &x, body, e);
	free(x.list);
	return err;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	return frame_page(c, TAB_VERSIONS, render, s, e);
}

enum err versions_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), answer, e);
}
