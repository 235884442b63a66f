/* What the catalog knows of the versions, yanked ones too, in the order of the index. */
#include "server/web/versions_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/document/annotations.h"
#include "server/route/chart_version.h"
#include "server/route/look.h"
#include "server/web/filter.h"
#include "server/web/row.h"

/* With the version of the page, the newer one as the later. */
static struct str compare(const struct chart_frame *f, const struct chart_line *from)
{
	const struct chart_line this = { .version = f->version, .created_ns = f->row.created_ns };
	bool newer = chart_line_cmp(from, &this) < 0;
	return link_compare(f->page.links, f->repo, f->name, newer ? f->version : from->version,
	                    newer ? from->version : f->version);
}

/* A line that cannot be read shows less. What is read of one is many times as long, and goes before the next. */
static void describe(struct chart_frame *f, const struct chart_line *from, struct version_line *ret)
{
	AUTO_ARENA struct arena a = { 0 };
	struct index_entry entry = { 0 };
	struct errinfo ignored = { 0 };
	struct version_line v = {
		.version = from->version, .reason = from->reason, .created_ns = from->created_ns,
		.gone_ns = from->gone_ns, .drift_ns = from->drift_ns,
		.bytes = from->bytes, .pulls = from->pulls, .signature = signature_mark(from->verdict),
		.yanked = from->yanked, .damaged = from->damaged,
		.prerelease = chart_is_prerelease(&(struct chart_meta){ .version = from->version }),
		.shown = str_eq(from->version, f->version),
		.link = link_chart(f->page.links, f->repo, f->name, from->version),
	};
	if (!index_entry_read(&a, from->line, &entry, &ignored) &&
	    arena_str(&f->arena, entry.meta.app_version, &v.app_version) &&
	    arena_str(&f->arena, entry.meta.kube_version, &v.kube_version)) {
		v.prerelease = chart_is_prerelease(&entry.meta);
		v.deprecated = entry.meta.deprecated;
	}
	if (!v.shown)
		v.compare = compare(f, from);
	*ret = v;
}

static void leave(struct chart_lines *all, const struct filter *f)
{
	size_t n = 0;
	for (size_t i = 0; i < all->count; i++)
		if (filter_takes(f, &all->list[i].version, 1))
			all->list[n++] = all->list[i];
	all->count = n;
}

static enum err show(struct chart_frame *f, const struct chart_lines *all,
                     const struct filter *filter, uint64_t number, struct sbuf *body,
                     struct errinfo *e)
{
	struct links *l = f->page.links;
	struct str self = link_filtered(l, frame_link(f, STR("")), filter->text);
	struct versions_view v = {
		.f = f, .compare = link_chart_part(l, f->repo, f->name, STR(""), "compare"),
		.self = frame_link(f, STR("")), .filter = filter->text,
		.pager = pager_of(l, self, number, VERSIONS_ROWS, all->count),
	};
	struct version_line *lines = arena_array(&f->arena, VERSIONS_ROWS, sizeof *lines);
	if (!lines)
		return ERR(e, NOMEM, "page");
	for (size_t i = v.pager.from - 1; i < v.pager.to; i++)
		describe(f, &all->list[i], &lines[v.count++]);
	v.lines = lines;
	html_versions_body(body, &v);
	return OK;
}

static enum err render(struct call *c, struct chart_frame *f, struct sbuf *body, struct errinfo *e)
{
	struct chart_lines all = { 0 };
	const struct filter filter = filter_of(c);
	uint64_t number;
	enum err err = page_number(c, &number, e);
	if (!err)
		err = chart_lines_read(c, &f->arena, c->repo, c->name, &all, e);
	leave(&all, &filter);
	return err ? err : show(f, &all, &filter, number, body, e);
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	return frame_page(c, TAB_VERSIONS, render, s, e);
}

enum err versions_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, call_lookers(c), answer, e);
}
