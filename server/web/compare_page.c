/* The newer version of the address is the one that the frame is about; the other one's archive is read
 * beside it.                                                                                  */
#include "server/web/compare_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/hub/comparing.h"
#include "indexer/hub/search.h"
#include "server/route/chart_version.h"
#include "server/route/look.h"

const char *compare_mark_kind(enum compare_change c)
{
	return c == COMPARE_REMOVED ? "bad" : c == COMPARE_ADDED ? "good" : "";
}

const char *compare_severity_kind(enum compare_severity s)
{
	return s == COMPARE_BREAKING ? "bad" : s == COMPARE_CHECK ? "warn" : "";
}

const char *compare_line_class(enum diff_kind k)
{
	return k == DIFF_NEW ? "add" : k == DIFF_OLD ? "del" : "same";
}

const char *compare_line_sign(enum diff_kind k)
{
	return k == DIFF_NEW ? "+" : k == DIFF_OLD ? "−" : "";
}

/* ---- the form ---- */

/* Where none was asked for: the one before the version that is shown, or, where that is the first, it itself
 * before the next.                                                                            */
static void choose_before(struct compare_choice *list, size_t count)
{
	size_t to = 0;
	while (to + 1 < count && !list[to].to)
		to++;
	if (to + 1 == count && to) {
		list[to--].to = false;
		list[to].to = true;
	}
	if (to + 1 < count)
		list[to + 1].from = true;
}

static enum err put_form(struct compare_view *v, struct arena *a, struct errinfo *e)
{
	const struct chart_frame *f = v->f;
	struct links *l = f->page.links;
	size_t count = f->versions.count < COMPARE_CHOICES_MAX ? f->versions.count : COMPARE_CHOICES_MAX;
	struct compare_choice *list = arena_array(a, count + 3, sizeof *list);
	bool from_there = false, to_there = false;
	if (!list)
		return ERR(e, NOMEM, "page");
	for (size_t i = 0; i < count; i++) {
		struct str version = f->versions.list[i].version;
		list[i] = (struct compare_choice){ version, str_eq(version, v->from), str_eq(version, v->to) };
		from_there |= list[i].from;
		to_there |= list[i].to;
	}
	if (!from_there && v->from.n)
		list[count++] = (struct compare_choice){ v->from, .from = true };
	if (!to_there)
		list[count++] = (struct compare_choice){ v->to, .to = true };
	if (!v->from.n)
		choose_before(list, count);
	v->choices = list;
	v->choice_count = count;
	v->action = link_chart_part(l, f->repo, f->name, STR(""), "compare");
	if (v->from.n)
		v->swap = link_compare(l, f->repo, f->name, v->to, v->from);
	return OK;
}

/* ---- files ---- */

static struct str file_of(const struct compare_view *v, struct str version, struct str name, bool there)
{
	const struct chart_frame *f = v->f;
	return there ? link_chart_file(f->page.links, f->repo, f->name, version, "templates", name) :
	       STR("");
}

static enum err put_hunks(struct compare_diff *x, const struct diff *d, struct arena *a,
                          struct errinfo *e)
{
	struct compare_hunk *hunks = arena_array(a, d->hunk_count + 1, sizeof *hunks);
	uint64_t next = 1;
	if (!hunks)
		return ERR(e, NOMEM, "page");
	for (size_t i = 0; i < d->hunk_count; i++) {
		const struct diff_hunk *h = &d->hunks[i];
		hunks[i] = (struct compare_hunk){ h->old_from > next ? h->old_from - next : 0, h->lines,
		                                  h->count };
		next = (uint64_t)h->old_from + h->old_count;
	}
	x->hunks = hunks;
	x->hunk_count = d->hunk_count;
	return OK;
}

struct room { size_t lines, bytes; };

/* Those that changed, as long as there is room; the others are named. */
static enum err put_diff(struct compare_view *v, struct compare_diff *x, struct room *room,
                         struct arena *a, struct errinfo *e)
{
	const struct compare_file *file = x->file;
	struct diff d = { 0 };
	size_t lines = 0, bytes = 0;
	enum err err;
	bool packed = file->kind == COMPARE_FILE_SUBCHART;
	x->old = file_of(v, v->from, file->name, file->old.p && !packed);
	x->new = file_of(v, v->to, file->name, file->new.p && !packed);
	if (file->change != COMPARE_CHANGED || file->binary || file->cut ||
	    (size_t)file->removed + file->added > room->lines)
		return OK;
	err = compare_file_diff(a, file, &d, e);
	for (size_t i = 0; !err && i < d.hunk_count; i++) {
		lines += d.hunks[i].count;
		for (size_t k = 0; k < d.hunks[i].count; k++)
			bytes += d.hunks[i].lines[k].text.n;
	}
	if (err || !lines || lines > room->lines || bytes > room->bytes)
		return err;
	room->lines -= lines;
	room->bytes -= bytes;
	return put_hunks(x, &d, a, e);
}

static enum err put_files(struct compare_view *v, struct arena *a, struct errinfo *e)
{
	const struct comparison *c = v->c;
	struct compare_diff *list = arena_array(a, c->file_count + 1, sizeof *list);
	struct room room = { COMPARE_LINES_SHOWN_MAX, COMPARE_SHOWN_MAX_BYTES };
	enum err err = list ? OK : ERR(e, NOMEM, "page");
	for (size_t i = 0; !err && i < c->file_count && i < FILES_SHOWN_MAX; i++) {
		list[i].file = &c->files[i];
		err = put_diff(v, &list[i], &room, a, e);
		v->diff_count++;
	}
	for (size_t i = 0; i < COMPARE_FILE_KIND_COUNT; i++)
		v->same_files += c->same_files[i];
	v->diffs = list;
	return err;
}

/* ---- the page ---- */

static enum err put_comparison(struct compare_view *v, struct contents *old, struct arena *a,
                               struct errinfo *e)
{
	struct comparison *c = ARENA_NEW(a, struct comparison);
	if (!c)
		return ERR(e, NOMEM, "page");
	enum err err = hub_compare(v->f->hub, a, &v->f->versions, old, v->f->contents, c, e);
	v->c = c;
	if (!err)
		err = compare_sections(v, a, e);
	if (!err)
		err = put_files(v, a, e);
	if (!err)
		err = releases_fill(a, &c->releases, &v->releases, e);
	return err;
}

static enum err compare(struct call *c, struct compare_view *v, struct chart_frame *f,
                        struct sbuf *body, struct errinfo *e)
{
	struct contents *old = NULL;
	enum err err = put_form(v, &f->arena, e);
	if (!err && v->from.n)
		err = call_contents(c, f->hub, f->repo, f->name, v->from, &old, e);
	if (!err && old && f->contents)
		err = put_comparison(v, old, &f->arena, e);
	if (!err)
		html_compare_body(body, v);
	contents_unref(old);
	return err;
}

static enum err render(struct call *c, struct chart_frame *f, struct sbuf *body, struct errinfo *e)
{
	const struct version_pair *asked = c->state;
	struct compare_view v = { .f = f, .from = asked->from, .to = f->version };
	if (str_eq(v.from, STR("latest")) && f->versions.count)
		v.from = f->versions.list[hub_shown(f->versions.list, f->versions.count)].version;
	f->page.canonical = STR("");
	if (v.from.n)
		f->page.title = str_c(arena_printf(&f->arena, "%.*s %.*s to %.*s", STR_ARG(f->name),
		                                   STR_ARG(v.from), STR_ARG(v.to)));
	return compare(c, &v, f, body, e);
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	return frame_page(c, TAB_VERSIONS, render, s, e);
}

static enum err redirect(struct call *c, struct str from, struct str to, struct response *s,
                         struct errinfo *e)
{
	struct links l;
	links_of(c, &l);
	return link_redirect(&l, link_compare(&l, c->repo, c->name, from, to), s, e);
}

enum err compare_page(struct call *c, struct response *s, struct errinfo *e)
{
	struct version_pair *asked = ARENA_NEW(&c->r->arena, struct version_pair);
	enum err err = asked ? address_pair(c, asked, e) : ERR(e, NOMEM, "page");
	(void)s;
	if (!err)
		c->version = asked->to;
	c->state = asked;
	return err ? err : call_work(c, call_lookers(c), answer, e);
}

enum err compare_form(struct call *c, struct response *s, struct errinfo *e)
{
	struct str from = query_text(&c->query, "from"), to = query_text(&c->query, "to");
	if (from.n && to.n)
		return redirect(c, from, to, s, e);
	c->state = ARENA_NEW(&c->r->arena, struct version_pair);
	return c->state ? call_work(c, call_lookers(c), answer, e) : ERR(e, NOMEM, "page");
}
