/* See chart_frame.h. */
#include "server/web/chart_frame.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/document/annotations.h"
#include "server/route/chart_version.h"
#include "server/route/logo.h"
#include "server/web/row.h"
#include "server/web/upstream_view.h"

static const struct { const char *part, *title; } tabs[TAB_COUNT] = {
#define X(name, part, title) [TAB_##name] = { part, title },
	CHART_TABS(X)
#undef X
};

/* ---- what stands at the top ---- */

static void mark(struct chart_frame *f, bool is, const char *word, const char *kind)
{
	if (is && f->mark_count < FRAME_MARKS_MAX)
		f->marks[f->mark_count++] = (struct mark){ word, kind };
}

static void put_marks(struct chart_frame *f, struct call *c)
{
	const struct chart_meta *m = &f->entry.meta;
	const char *origin = origin_mark(f->origin);
	mark(f, origin, origin, "");
	mark(f, m->deprecated, "deprecated", "warn");
	mark(f, f->row.yanked, "yanked", "bad");
	mark(f, f->row.state == VERSION_DAMAGED, "damaged", "bad");
	mark(f, chart_is_prerelease(m), "pre-release", "accent");
	struct mark signature = signature_mark(version_verdict(&f->arena, &f->row));
	mark(f, signature.word, signature.word, signature.kind);
	mark(f, annotation_says(m, "artifacthub.io/containsSecurityUpdates"), "security updates", "accent");
	mark(f, annotation_says(m, "artifacthub.io/operator"), "operator", "");
	mark(f, str_eq(m->type, STR("library")), "library", "");
	mark(f, ingest_visibility(c->app->ingest, f->repo) == REPO_PRIVATE, "private", "");
}

static enum err put_recommended(struct chart_frame *f, struct call *c, struct errinfo *e)
{
	struct chart_annotations notes;
	const struct hub_viewer viewer = call_viewer(c);
	if (!annotation_get(&f->entry.meta, "artifacthub.io/recommendations").n)
		return OK;
	enum err err = annotations_read(&f->arena, &f->entry.meta, &notes, e);
	if (err)
		return err;
	return recommended_fill(&f->arena, f->page.links, f->hub, &viewer, &notes, FRAME_RECOMMENDED_MAX,
	                        f->recommended, &f->recommended_count) ? OK : ERR(e, NOMEM, "page");
}

/* Of a yanked version: what a reader is better served with. */
static void put_instead(struct chart_frame *f)
{
	const struct hub_versions *v = &f->versions;
	if (f->row.yanked && v->count)
		f->instead_of_it = v->list[hub_shown(v->list, v->count)].version;
}

static size_t templates_of(const struct chart_frame *f)
{
	return f->contents ? f->contents->chart.template_count : 0;
}

static void put_tabs(struct chart_frame *f, struct links *l)
{
	const size_t counts[TAB_COUNT] = {
		[TAB_TEMPLATES] = templates_of(f), [TAB_VERSIONS] = f->versions.count,
		[TAB_DEPENDENCIES] = f->entry.meta.dependency_count,
	};
	struct str version = f->default_version ? STR("") : f->version;
	for (unsigned i = 0; i < TAB_COUNT; i++)
		f->tabs[i] = (struct tab){
			.name = tabs[i].title, .count = counts[i], .current = i == f->tab,
			.link = !*tabs[i].part ? link_chart(l, f->repo, f->name, version) :
			        link_chart_part(l, f->repo, f->name, i == TAB_VERSIONS ? STR("") : f->version,
			                        tabs[i].part),
		};
}

/* The newest ones, and with an old one those around it. */
static void put_menu(struct chart_frame *f)
{
	const struct hub_versions *v = &f->versions;
	size_t half = FRAME_MENU_MAX / 2;
	size_t from = f->position < v->count && f->position > half ? f->position - half : 0;
	for (size_t i = from; i < v->count && f->menu_count < FRAME_MENU_MAX; i++)
		f->menu[f->menu_count++] = (struct frame_version){
			.version = v->list[i].version, .link = frame_link(f, v->list[i].version),
			.created_ns = v->list[i].created_ns, .current = i == f->position,
		};
}

static void put_crumbs(struct chart_frame *f)
{
	struct links *l = f->page.links;
	f->crumbs[f->crumb_count++] = (struct crumb){ STR("Repositories"), link_repos(l) };
	f->crumbs[f->crumb_count++] = (struct crumb){ f->repo, link_repo(l, f->repo) };
}

struct str frame_link(const struct chart_frame *f, struct str version)
{
	struct links *l = f->page.links;
	if (f->tab == TAB_VERSIONS && version.n)         /* that page is about all of them */
		return link_chart(l, f->repo, f->name, version);
	return *tabs[f->tab].part ? link_chart_part(l, f->repo, f->name, version, tabs[f->tab].part) :
	       link_chart(l, f->repo, f->name, version);
}

/* A version's own page belongs to the chart's where it is the one that is shown there. */
static void name_page(struct chart_frame *f)
{
	struct page *p = &f->page;
	p->title = str_c(arena_printf(&f->arena, "%.*s %.*s%s%s", STR_ARG(f->name), STR_ARG(f->version),
	                              f->tab ? " · " : "", f->tab ? tabs[f->tab].title : ""));
	p->description = f->entry.meta.description;
	if (f->versions.count)           /* a feed has no yanked ones */
		p->feed = link_feed(p->links, f->repo, f->name);
	bool whole_chart = f->tab == TAB_README || f->tab == TAB_VERSIONS;
	p->canonical = f->newer.n || f->row.yanked ? STR("") :
	               frame_link(f, whole_chart ? STR("") : STR("latest"));
	f->link = link_chart(p->links, f->repo, f->name, f->version);
	f->install = str_c(arena_printf(&f->arena, "%.*s#install", STR_ARG(f->link)));
	if (f->chart && logo_is_here(p->links->app, f->chart))
		f->icon = link_icon(p->links, f->repo, f->name);
	f->now_ns = clock_wall();
}

/* Of other bytes that its upstream promises by now. */
static enum err put_drift(struct chart_frame *f, const struct sha256 *there, struct errinfo *e)
{
	char here_hex[SHA256_HEX_BYTES + 1], there_hex[SHA256_HEX_BYTES + 1];
	if (!f->drift_ns)
		return OK;
	sha256_hex(&f->row.digest, here_hex);
	sha256_hex(there, there_hex);
	f->drifted = str_c(arena_printf(&f->arena, "%.*s#drift", STR_ARG(link_repo(f->page.links, f->repo))));
	return f->drifted.n && arena_str(&f->arena, str_c(here_hex), &f->here) &&
	       arena_str(&f->arena, str_c(there_hex), &f->there) ? OK : ERR(e, NOMEM, "page");
}

/* ---- opening ---- */

/* What was found becomes the frame's, which gives it back. */
static void take_version(struct chart_frame *f, const struct chart_version *v)
{
	f->hub = v->hub;
	f->version = v->version;
	f->default_version = v->shown;
	f->versions = v->versions;
	f->position = v->position;
	f->row = v->row;
	f->entry = v->entry;
	f->contents = v->contents;
	f->unreadable = v->unreadable;
	f->newer = v->newer;
	f->origin = v->origin;
	f->gone_ns = v->gone_ns;
	f->taken_back = v->taken_back;
	f->drift_ns = v->drift_ns;
	f->unpinned = sha256_eq(&v->row.digest, &(struct sha256){ 0 });
}

static enum err fill(struct chart_frame *f, struct call *c, struct errinfo *e)
{
	struct chart_version v;
	enum err err = chart_version_open(c, &f->arena, c->version, &v, e);
	if (err)
		return err;
	take_version(f, &v);
	if (!repo_origin_of(c, &f->arena, f->repo, &f->from))
		return ERR(e, NOMEM, "page");
	f->verified = upstreams_is_verified(c->app->upstreams, f->repo);
	err = f->from.kind == REPO_UPSTREAM ? upstream_banner(c, &f->arena, f->repo, &f->stale, e) : OK;
	if (err)
		return err;
	f->chart = hub_chart_get(f->hub, f->repo, f->name);
	put_marks(f, c);
	page_init(&f->page, c);
	name_page(f);
	put_crumbs(f);
	put_tabs(f, f->page.links);
	put_menu(f);
	put_instead(f);
	err = put_drift(f, &v.drift, e);
	return err ? err : put_recommended(f, c, e);
}

enum err frame_open(struct call *c, enum chart_tab tab, struct chart_frame *ret, struct errinfo *e)
{
	struct chart_frame f = { .tab = tab, .repo = c->repo, .name = c->name };
	enum err err = fill(&f, c, e);
	if (err) {
		frame_done(&f);
		return err;
	}
	*ret = f;
	ret->page.links->a = &ret->arena;
	return OK;
}

static enum err respond(struct chart_frame *f, const struct sbuf *body, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf framed = page_body();
	if (!sbuf_ok(body))
		return ERR(e, NOMEM, "page");
	html_chart_frame(&framed, &f->page, f, (struct html){ sbuf_str(body) });
	return page_respond(&f->page, f->status ? f->status : 200, &framed, s, e);
}

void frame_done(struct chart_frame *f)
{
	contents_unref(f->contents);
	hub_chart_unref(f->chart);
	hub_versions_done(&f->versions);
	arena_done(&f->arena);
}

enum err frame_page(struct call *c, enum chart_tab tab, frame_body *write, struct response *s,
                    struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	AUTO_FRAME struct chart_frame f = { 0 };
	enum err err = frame_open(c, tab, &f, e);
	if (!err)
		err = write(c, &f, &body, e);
	return err ? err : respond(&f, &body, s, e);
}
