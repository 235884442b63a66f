/* Rows are put in order — the chart's own, then subchart by subchart —, cut into pages by number and
 * size, and grouped into tables.                                                             */
#include "server/web/values_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/document/value_text.h"
#include "indexer/hub/readings.h"
#include "server/route/look.h"
#include "server/web/file_link.h"
#include "server/web/filter.h"

#define DEPTH_CLASSES 8u

const char *value_type_word(const struct value_row *row)
{
	static const char *const words[] = { [VALUE_MAP] = "", [VALUE_LIST] = "list",
	                                     [VALUE_STRING] = "string", [VALUE_NUMBER] = "number",
	                                     [VALUE_BOOL] = "bool", [VALUE_NULL] = "" };
	return row->declared_type.n ? "" : words[row->type];
}

/* ---- order ---- */

struct ordered {
	const struct value_row **rows;
	size_t count;
};

/* What the filter takes, and the rows above it; true: there is some of it in this tree. */
static bool put_tree(const struct value_row *row, const struct filter *f, struct ordered *to)
{
	size_t at = to->count++;
	bool any = filter_takes(f, (struct str[]){ row->path, row->shown, row->comment,
	                                           row->constraints }, 4);
	to->rows[at] = row;
	for (size_t i = 1; i <= row->children; i += row[i].children + 1)
		any = put_tree(&row[i], f, to) || any;
	if (!any)
		to->count = at;
	return any;
}

static void put_trees(const struct values_view *v, bool own, const struct filter *f,
                      struct ordered *to)
{
	for (size_t i = 0; i < v->count; i += v->rows[i].children + 1)
		if (own == !v->rows[i].subchart.n)
			(void)put_tree(&v->rows[i], f, to);
}

static size_t cost(const struct value_row *row)
{
	size_t comment = row->comment.n < VALUE_COMMENT_SHOWN_BYTES ? row->comment.n :
	                 VALUE_COMMENT_SHOWN_BYTES;
	return 2 * row->path.n + row->shown.n + comment + row->constraints.n + row->problem.n;
}

/* Where the page ends that begins with row `from`. */
static size_t page_end(const struct ordered *o, size_t from)
{
	size_t to = from, bytes = 0;
	while (to < o->count && to - from < VALUES_SHOWN_MAX && bytes < VALUES_SHOWN_MAX_BYTES)
		bytes += cost(o->rows[to++]);
	return to;
}

/* ---- rows ---- */

static struct str link_value(const struct chart_frame *f, struct str path)
{
	return link_chart_file(f->page.links, f->repo, f->name, f->version, "values", path);
}

static bool put_line(const struct chart_frame *f, struct arena *a, const struct value_row *row,
                     struct values_line *ret)
{
	struct str comment = str_fit(row->comment, VALUE_COMMENT_SHOWN_BYTES), set = { 0 };
	if (row->shown.n && row->shown.n <= VALUE_SET_SHOWN_BYTES && !values_set_line(a, row, &set))
		return false;
	*ret = (struct values_line){
		.row = row, .depth = row->depth < DEPTH_CLASSES ? row->depth : DEPTH_CLASSES,
		.comment = comment, .cut = comment.n < row->comment.n, .set = set,
		.link = link_value(f, row->path),
	};
	return true;
}

/* A table ends where the next tree at top level is of another chart. */
static bool begins_group(const struct value_row *row, const struct value_row *before)
{
	return !before || (!row->depth && (row->subchart.n || before->subchart.n));
}

static enum err put_groups(struct values_page_view *v, const struct ordered *o, size_t from,
                           size_t to, struct arena *a, struct errinfo *e)
{
	struct values_line *lines = arena_array(a, to - from + 1, sizeof *lines);
	struct values_group *groups = arena_array(a, to - from + 1, sizeof *groups);
	if (!lines || !groups)
		return ERR(e, NOMEM, "values");
	for (size_t i = from; i < to; i++) {
		const struct value_row *row = o->rows[i];
		struct values_line *line = &lines[i - from];
		if (!put_line(v->f, a, row, line))
			return ERR(e, NOMEM, "values");
		if (begins_group(row, i > from ? o->rows[i - 1] : NULL)) {
			struct str name = row->subchart;
			groups[v->group_count++] = (struct values_group){
				.name = str_cut(&name, '.', NULL), .disabled = row->disabled, .lines = line };
		}
		groups[v->group_count - 1].count++;
	}
	v->groups = groups;
	return OK;
}

static enum err put_page(struct call *c, struct values_page_view *v, struct arena *a,
                         struct errinfo *e)
{
	struct links *l = v->f->page.links;
	struct ordered o = { .rows = arena_array(a, v->values->count + 1, sizeof *o.rows) };
	const struct filter filter = filter_of(c);
	struct str self = link_filtered(l, v->self, filter.text);
	uint64_t number, page = 1;
	size_t from = 0, to;
	enum err err = page_number(c, &number, e);
	if (err || !o.rows)
		return err ? err : ERR(e, NOMEM, "values");
	v->filter = filter.text;
	put_trees(v->values, true, &filter, &o);
	put_trees(v->values, false, &filter, &o);
	for (to = page_end(&o, 0); page < number && to < o.count; page++) {
		from = to;
		to = page_end(&o, from);
	}
	v->pager = (struct pager){ .from = from + 1, .to = to, .total = o.count };
	if (page < number && o.count) {
		v->pager.last = link_paged(l, self, page);
		return OK;
	}
	if (page > 1)
		v->pager.previous = link_paged(l, self, page - 1);
	if (to < o.count)
		v->pager.next = link_paged(l, self, page + 1);
	return put_groups(v, &o, from, to, a, e);
}

/* ---- one of them, whole ---- */

static bool put_source(struct value_whole *w, const struct chart_frame *f, struct arena *a)
{
	struct links *l = f->page.links;
	struct str at = link_fragment(l, w->row->path), self = frame_link(f, f->version);
	w->back = str_c(arena_printf(a, "%.*s%.*s", STR_ARG(self), STR_ARG(at)));
	if (!w->row->file.n || !file_is_there(&f->contents->chart, w->row->file))
		return w->back.p;
	struct str file = link_chart_file(l, f->repo, f->name, f->version, "templates", w->row->file);
	w->source = str_c(arena_printf(a, "%.*s#L%u", STR_ARG(file), (unsigned)w->row->line));
	return w->back.p && w->source.p;
}

static bool put_was(struct value_whole *w, struct arena *a)
{
	AUTO_SBUF struct sbuf b = sbuf_make(VALUE_YAML_MAX_BYTES);
	if (!w->row->was)
		return true;
	(void)value_flow(a, w->row->was, VALUE_SHOWN_MAX_BYTES, &b);
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), &w->was);
}

static enum err put_whole(struct call *c, struct values_page_view *v, struct arena *a,
                          struct errinfo *e)
{
	struct str path = query_text(&c->query, "path");
	const struct value_row *row = values_find(v->values, path);
	if (!path.n)
		return OK;
	if (!row) {
		v->unknown = str_fit(path, 200);
		return OK;
	}
	v->whole.row = row;
	if (!values_set_line(a, row, &v->whole.set) ||
	    !values_yaml(a, v->values, row, &v->whole.yaml) || !put_source(&v->whole, v->f, a) ||
	    !put_was(&v->whole, a))
		return ERR(e, NOMEM, "values");
	return OK;
}

/* ---- the page ---- */

static void put_links(struct values_page_view *v)
{
	const struct chart_frame *f = v->f;
	struct links *l = f->page.links;
	const struct chart *chart = &f->contents->chart;
	v->self = frame_link(f, f->version);
	if (chart->values.n) {
		v->raw = link_chart_file(l, f->repo, f->name, f->version, "file", STR("values.yaml"));
		v->source = link_chart_file(l, f->repo, f->name, f->version, "templates", STR("values.yaml"));
	}
	if (chart->schema.n)
		v->schema = link_chart_file(l, f->repo, f->name, f->version, "templates",
		                            STR("values.schema.json"));
	for (size_t i = 0; i < v->values->count; i++)
		v->wrong += v->values->rows[i].problem.n > 0;
}

static enum err render(struct call *c, struct chart_frame *f, struct sbuf *body, struct errinfo *e)
{
	static const struct values_view none;
	struct values_page_view v = { .f = f, .values = &none };
	enum err err = OK;
	if (f->contents) {
		err = contents_values(f->hub, f->contents, &v.values, e);
		if (!err) {
			put_links(&v);
			err = put_whole(c, &v, &f->arena, e);
		}
		if (!err)
			err = put_page(c, &v, &f->arena, e);
	}
	if (v.unknown.n)
		f->status = 404;
	if (!err)
		html_values_body(body, &v);
	return err;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	return frame_page(c, TAB_VALUES, render, s, e);
}

enum err values_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, call_lookers(c), answer, e);
}
