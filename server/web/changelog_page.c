/* What the annotation of a version says of it replaces what the file says of it. */
#include "server/web/changelog_page.h"

#include <stdlib.h>

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/document/annotations.h"
#include "indexer/format/semver.h"
#include "indexer/hub/comparing.h"
#include "server/route/look.h"
#include "server/route/packed.h"
#include "server/web/file_link.h"

#define SECURITY_ANNOTATION "artifacthub.io/containsSecurityUpdates"
#define MARKDOWN_TYPE "text/markdown; charset=utf-8"

/* Releases without a version that can be read stay behind those with one. */
static int newest_first(const void *a, const void *b)
{
	const struct changelog_release *x = *(const struct changelog_release *const *)a;
	const struct changelog_release *y = *(const struct changelog_release *const *)b;
	struct semver v, w;
	bool has_v = semver_parse(x->version, &v), has_w = semver_parse(y->version, &w);
	int order = has_v && has_w ? semver_cmp(&w, &v) : has_w - has_v;
	return order ? order : x < y ? -1 : x > y;
}

static enum err sort(struct changelog *log, struct arena *a, struct errinfo *e)
{
	const struct changelog_release **order = arena_array(a, log->count + 1, sizeof *order);
	struct changelog_release *sorted = arena_array(a, log->count + 1, sizeof *sorted);
	if (!order || !sorted)
		return ERR(e, NOMEM, "changelog");
	for (size_t i = 0; i < log->count; i++)
		order[i] = &log->releases[i];
	qsort(order, log->count, sizeof *order, newest_first);
	for (size_t i = 0; i < log->count; i++)
		sorted[i] = *order[i];
	log->releases = sorted;
	return OK;
}

/* ---- which version a heading means ---- */

/* A heading has no 'v', rarely build metadata, and maybe no patch. */
static bool is_same(struct str one, struct str other)
{
	struct semver v, w;
	if (!semver_parse(one, &v) || !semver_parse(other, &w) || semver_cmp(&v, &w) != 0)
		return str_eq(one, other);
	return !v.meta.n || !w.meta.n || str_eq(v.meta, w.meta);
}

/* The newest first, those that are no versions behind. */
struct sorted { const void *versions; size_t count, bytes_each; };
#define SORTED(list, count) { (list) ? &(list)->version : NULL, (count), sizeof *(list) }

static struct str version_at(const struct sorted *s, size_t i)
{
	return *(const struct str *)(const void *)((const char *)s->versions + i * s->bytes_each);
}

/* False: there is none. What is written alike comes first of those that are neither newer nor older. */
static bool find_in(const struct sorted *s, struct str version, size_t *ret)
{
	struct semver wanted, v = { 0 };
	size_t from = 0, end = s->count;
	bool found = false;
	if (!semver_parse(version, &wanted))
		return false;
	while (from < end) {
		size_t middle = from + (end - from) / 2;
		if (semver_parse(version_at(s, middle), &v) && semver_cmp(&v, &wanted) > 0)
			from = middle + 1;
		else
			end = middle;
	}
	for (bool exactly = false; !exactly && from < s->count; from++) {
		struct str one = version_at(s, from);
		if (!semver_parse(one, &v) || semver_cmp(&v, &wanted) != 0)
			break;
		exactly = str_eq(one, version);
		if (exactly || (!found && is_same(one, version))) {
			*ret = from;
			found = true;
		}
	}
	return found;
}

static const struct changelog_release *find(const struct changelog *log, struct str version)
{
	const struct sorted all = SORTED(log->releases, log->count);
	size_t at;
	return find_in(&all, version, &at) ? &log->releases[at] : NULL;
}

static const struct rope_version *find_version(const struct chart_frame *f, struct str version)
{
	const struct sorted all = SORTED(f->versions.list, f->versions.count);
	size_t at;
	return find_in(&all, version, &at) ? &f->versions.list[at] : NULL;
}

/* ---- the log ---- */

/* What versions say of themselves, and what the file says of others; the file knows dates. */
static enum err merge(const struct changelog *notes, struct changelog *log, struct arena *a,
                      struct errinfo *e)
{
	struct changelog all = { .cut = notes->cut || log->cut };
	all.releases = arena_array(a, notes->count + log->count + 1, sizeof *all.releases);
	if (!all.releases)
		return ERR(e, NOMEM, "changelog");
	for (size_t i = 0; i < notes->count; i++) {
		const struct changelog_release *written = find(log, notes->releases[i].version);
		all.releases[all.count] = notes->releases[i];
		if (written)
			all.releases[all.count].date = written->date;
		all.count++;
	}
	for (size_t i = 0; i < log->count; i++)
		if (!find(notes, log->releases[i].version))
			all.releases[all.count++] = log->releases[i];
	*log = all;
	return OK;
}

/* Of this version and of those before it; its own also where it is not in the index. */
static enum err read_notes(const struct chart_frame *f, struct arena *a, struct changelog *ret,
                           struct str *ret_problem, struct errinfo *e)
{
	struct changelog_release own = { .version = f->version };
	struct changelog before;
	struct str said = annotation_get(&f->entry.meta, CHANGES_ANNOTATION);
	enum err err = hub_notes(a, &f->versions, STR(""), f->version, &before, e);
	if (!err && str_trim(said).n)
		err = changelog_of_annotation(a, said, &own.entries, &own.entry_count, ret_problem, e);
	if (err)
		return err;
	ret->releases = arena_array(a, before.count + 1, sizeof *ret->releases);
	if (!ret->releases)
		return ERR(e, NOMEM, "changelog");
	ret->cut = before.cut;
	if (own.entry_count)
		ret->releases[ret->count++] = own;
	for (size_t i = 0; i < before.count; i++)
		if (!str_eq(before.releases[i].version, f->version))
			ret->releases[ret->count++] = before.releases[i];
	return OK;
}

static enum err read_log(const struct chart_frame *f, struct arena *a, struct changelog *ret,
                         struct str *ret_problem, struct errinfo *e)
{
	struct str text = f->contents ? f->contents->chart.changelog : STR("");
	struct changelog notes = { 0 };
	enum err err = changelog_read(a, text, ret, e);
	if (!err)
		err = sort(ret, a, e);
	if (!err)
		err = read_notes(f, a, &notes, ret_problem, e);
	if (!err)
		err = merge(&notes, ret, a, e);
	return err ? err : sort(ret, a, e);
}

/* ---- the page ---- */

/* Few versions say so, and only their lines are read. */
static bool line_says_security(struct arena *a, struct str line)
{
	static const struct str key = STR("\"" SECURITY_ANNOTATION "\"");
	struct index_entry entry;
	struct errinfo ignored = { 0 };
	return memmem(line.p, line.n, key.p, key.n) && !index_entry_read(a, line, &entry, &ignored) &&
	       annotation_says(&entry.meta, SECURITY_ANNOTATION);
}

static void link_release(struct chart_frame *f, struct release *r)
{
	const struct rope_version *found = find_version(f, r->version);
	bool exactly = found && str_eq(found->version, r->version);
	if (!exactly && is_same(r->version, f->version)) {       /* its own, maybe yanked */
		r->version = f->version;
		r->published_ns = f->row.created_ns;
		r->security = annotation_says(&f->entry.meta, SECURITY_ANNOTATION);
		found = find_version(f, r->version);
		if (found && !str_eq(found->version, r->version))
			return;
	}
	if (!found)
		return;
	r->version = found->version;
	r->link = link_chart(f->page.links, f->repo, f->name, r->version);
	r->published_ns = found->created_ns;
	r->security = line_says_security(&f->arena, found->line);
}

static void link_releases(struct changelog_view *v)
{
	for (size_t i = 0; i < v->releases.count; i++)
		link_release(v->f, &v->releases.list[i]);
}

static void put_links(struct changelog_view *v)
{
	const struct chart_frame *f = v->f;
	struct links *l = f->page.links;
	size_t before = f->position + 1;
	v->markdown = link_chart_part(l, f->repo, f->name, f->version, "changelog.md");
	const struct chart *chart = f->contents ? &f->contents->chart : NULL;
	struct str file = chart ? file_name_of(chart, chart->changelog) : STR("");
	if (file.n)
		v->file = link_chart_file(l, f->repo, f->name, f->version, "templates", file);
	if (before < f->versions.count) {
		v->before = f->versions.list[before].version;
		v->compare = link_compare(l, f->repo, f->name, v->before, f->version);
	}
}

static enum err render(struct call *c, struct chart_frame *f, struct sbuf *body, struct errinfo *e)
{
	struct changelog_view v = { .f = f };
	struct changelog log = { 0 };
	enum err err = read_log(f, &f->arena, &log, &v.problem, e);
	(void)c;
	if (!err)
		err = releases_fill(&f->arena, &log, &v.releases, e);
	if (err)
		return err;
	link_releases(&v);
	put_links(&v);
	html_changelog_body(body, &v);
	return OK;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	return frame_page(c, TAB_CHANGELOG, render, s, e);
}

enum err changelog_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, call_lookers(c), answer, e);
}

/* ---- as Markdown ---- */

static enum err answer_text(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf text = page_body();
	AUTO_FRAME struct chart_frame f = { 0 };
	struct changelog log = { 0 };
	struct str problem = { 0 };
	enum err err = frame_open(c, TAB_CHANGELOG, &f, e);
	if (!err)
		err = read_log(&f, &f.arena, &log, &problem, e);
	if (err)
		return err;
	changelog_markdown(&text, &log);
	return respond_packed(c, 200, MARKDOWN_TYPE, &text, s, e);
}

enum err changelog_text(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, call_lookers(c), answer_text, e);
}
