/* Files are put into groups by their first folder: templates, crds, the rest, then subchart by subchart;
 * a packed one is a file and a folder.                                                       */
#include "server/web/files_page.h"

#include <stdlib.h>

#include "gen/templates.h"
#include "indexer/document/kinds.h"
#include "indexer/hub/readings.h"
#include "server/route/look.h"
#include "server/web/file.h"

#define KINDS_NAMED 3u
#define BINARY_LOOK_BYTES 8000u

enum group { GROUP_TEMPLATES, GROUP_CRDS, GROUP_OTHER, GROUP_SUBCHART };

struct file {
	const struct tar_member *member;
	enum group group;
	struct str folder;               /* "templates/"; empty in the others' group */
	struct str kinds;
};

/* ---- which files there are ---- */

static void place(struct file *x, const struct tar_member *m)
{
	struct str rest = m->name;
	bool deeper;
	struct str first = str_cut(&rest, '/', &deeper);
	x->member = m;
	x->group = GROUP_OTHER;
	x->folder = (struct str){ 0 };
	if (deeper && str_eq(first, STR("templates")))
		x->group = GROUP_TEMPLATES;
	else if (deeper && str_eq(first, STR("crds")))
		x->group = GROUP_CRDS;
	else if (deeper && str_eq(first, STR("charts"))) {
		struct str chart = str_cut(&rest, '/', &deeper);
		x->group = deeper ? GROUP_SUBCHART : GROUP_OTHER;
		first.n += 1 + chart.n;
	}
	if (x->group != GROUP_OTHER)
		x->folder = str_first(m->name, first.n + 1);
}

static int by_place(const void *a, const void *b)
{
	const struct file *x = a, *y = b;
	int order;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	order = str_cmp(x->folder, y->folder);
	return order ? order : str_cmp(x->member->name, y->member->name);
}

/* Both lists have the files in the order of the archive. */
static void put_kinds(struct file *files, size_t count, const struct chart_kinds *k, struct arena *a)
{
	size_t next = 0;
	while (next < k->kind_count && k->kinds[next].at.subchart.n)
		next++;
	for (size_t i = 0; i < count && next < k->kind_count; i++) {
		struct str last = { 0 };
		unsigned named = 0;
		for (; next < k->kind_count && !k->kinds[next].at.subchart.n &&
		       str_eq(k->kinds[next].at.file, files[i].member->name); next++) {
			struct str kind = k->kinds[next].kind;
			if (str_eq(kind, last) || named++ >= KINDS_NAMED)
				continue;
			const char *joined = arena_printf(a, "%.*s%s%.*s", STR_ARG(files[i].kinds),
			                                  files[i].kinds.n ? ", " : "", STR_ARG(kind));
			files[i].kinds = str_c(joined);
			last = kind;
		}
	}
}

struct files { struct file *list; size_t count; };

static enum err list_files(const struct contents *c, void *ctx, struct arena *a, void **ret,
                           struct errinfo *e)
{
	const struct tar_listing *members = *(const struct tar_listing **)ctx;
	struct files *files = ARENA_NEW(a, struct files);
	struct chart_kinds kinds = { 0 };
	struct chart own = c->chart;
	own.subchart_count = 0;          /* a tenth of the time */
	if (!files || !(files->list = arena_array(a, members->count, sizeof *files->list)))
		return ERR(e, NOMEM, "files");
	enum err err = kinds_read(a, &own, &kinds, e);
	if (err)
		return err;
	files->count = members->count;
	for (size_t i = 0; i < files->count; i++)
		place(&files->list[i], &members->members[i]);
	put_kinds(files->list, own.members.count, &kinds, a);
	qsort(files->list, files->count, sizeof *files->list, by_place);
	*ret = files;
	return OK;
}

/* ---- the tree ---- */

static struct str title_of(const struct file *x)
{
	return x->group == GROUP_OTHER ? STR("Other files") : str_first(x->folder, x->folder.n - 1);
}

static struct file_line line_of(const struct files_view *v, const struct file *x)
{
	const struct chart_frame *f = v->f;
	return (struct file_line){
		.shown = str_from(x->member->name, x->folder.n),
		.kinds = x->kinds, .current = str_eq(x->member->name, v->name),
		.link = link_chart_file(f->page.links, f->repo, f->name, f->version, "templates",
		                        x->member->name),
	};
}

static enum err put_tree(struct files_view *v, const struct file *files, size_t count,
                         struct arena *a, struct errinfo *e)
{
	size_t shown = count < FILES_SHOWN_MAX ? count : FILES_SHOWN_MAX;
	struct file_line *lines = arena_array(a, shown + 1, sizeof *lines);
	struct file_group *groups = arena_array(a, shown + 1, sizeof *groups), *g = NULL;
	if (!lines || !groups)
		return ERR(e, NOMEM, "files");
	for (size_t i = 0; i < shown; i++) {
		if (!g || files[i].group != files[i - 1].group ||
		    !str_eq(files[i].folder, files[i - 1].folder)) {
			g = &groups[v->group_count++];
			*g = (struct file_group){ .title = title_of(&files[i]), .files = &lines[i],
			                          .open = files[i].group != GROUP_SUBCHART };
		}
		lines[i] = line_of(v, &files[i]);
		g->count++;
		g->open |= lines[i].current;
	}
	v->groups = groups;
	v->cut = shown < count;
	return OK;
}

/* ---- the chosen file ---- */

/* The first template that makes something, or whatever comes first. */
static const struct file *first_of(const struct file *files, size_t count)
{
	for (size_t i = 0; i < count && files[i].group == GROUP_TEMPLATES; i++)
		if (files[i].kinds.n)
			return &files[i];
	return count ? files : NULL;
}

static const struct file *choose(struct files_view *v, struct str path, const struct file *files,
                                 size_t count)
{
	if (!path.n)
		return first_of(files, count);
	for (size_t i = 0; i < count; i++)
		if (str_eq(files[i].member->name, path))
			return &files[i];
	v->missing = str_first(path, 200);
	return NULL;
}

static enum err put_file(struct files_view *v, const struct tar_member *m, struct arena *a,
                         struct errinfo *e)
{
	const struct chart_frame *f = v->f;
	struct str start = str_first(m->data, BINARY_LOOK_BYTES);
	v->name = m->name;
	v->bytes = m->data.n;
	v->raw = link_chart_file(f->page.links, f->repo, f->name, f->version, "file", m->name);
	v->image = str_starts(str_c(file_type(m->name)), STR("image/"));
	v->binary = start.n && memchr(start.p, 0, start.n);
	if (v->binary)
		return OK;
	enum err err = highlight(a, m->data, highlight_language(m->name), &v->text, e);
	v->line_count = v->text.count;
	if (v->text.count > FILE_LINES_SHOWN_MAX) {
		v->text.count = FILE_LINES_SHOWN_MAX;
		v->text.cut = true;
	}
	return err;
}

static enum err render(struct call *c, struct chart_frame *f, struct sbuf *body, struct errinfo *e)
{
	static const struct files none;
	struct files_view v = { .f = f };
	const struct tar_listing *members = NULL;
	void *made = NULL;
	enum err err = OK;
	if (f->contents)
		err = contents_files(f->hub, f->contents, &members, e);
	if (members)
		err = contents_made(f->hub, f->contents, PART_FILES, list_files, &members, &made, e);
	const struct files *files = made ? made : &none;
	const struct file *x = choose(&v, query_text(&c->query, "path"), files->list, files->count);
	if (!err && x)
		err = put_file(&v, x->member, &f->arena, e);
	if (v.missing.n)
		f->status = 404;
	if (!err && files->count)
		err = put_tree(&v, files->list, files->count, &f->arena, e);
	if (!err)
		html_files_body(body, &v);
	return err;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	return frame_page(c, TAB_TEMPLATES, render, s, e);
}

enum err files_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, call_lookers(c), answer, e);
}
