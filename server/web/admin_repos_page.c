/* All repositories, and what is kept of deleted ones; a form that makes one, and one that purges. */
#include "server/web/admin_repos_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/format/name.h"
#include "indexer/ingest/lineage.h"
#include "indexer/ingest/versions.h"
#include "server/manage/repos.h"
#include "server/web/upstream_view.h"

/* ---- rows ---- */

static enum err put_retention(struct arena *a, const struct repo_settings *s, struct str *ret,
                              struct errinfo *e)
{
	const struct { uint64_t n; const char *before, *after; } parts[] = {
		{ s->keep_last, "newest ", "" }, { s->keep_per_minor, "", " per minor" },
		{ s->keep_days, "", " days" }, { s->keep_pulled_days, "downloaded in ", " days" },
	};
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!parts[i].n)
			continue;
		sbuf_printf(&b, "%s%s%llu%s", b.n ? ", " : "", parts[i].before, (unsigned long long)parts[i].n,
		            parts[i].after);
	}
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "page");
}

/* A repository that has just gone is left out. */
static enum err put_row(struct call *c, struct links *l, const struct repo_info *info,
                        struct admin_repos_view *v, struct admin_repo_line *row, struct errinfo *e)
{
	struct arena *a = &c->r->arena;
	struct repo_figures figures;
	struct snapshot *now = ingest_snapshot(c->app->ingest, info->name);
	if (!now)
		return OK;
	const struct repo_settings *s = now->settings;
	*row = (struct admin_repo_line){
		.name = info->name, .link = link_admin_repo(l, info->name, NULL), .charts = info->charts,
		.versions = info->versions, .max_bytes = s->max_bytes, .max_versions = s->max_versions,
		.is_default = str_eq_c(info->name, c->app->default_repo), .private = s->private,
		.overwrite = s->overwrite,
	};
	enum err err = put_retention(a, s, &row->retention, e);
	if (!err && !arena_str(a, s->provenance, &row->provenance))
		err = ERR(e, NOMEM, "page");
	snapshot_unref(now);
	if (!err)
		err = ingest_repo_figures(c->app->ingest, info->name, &figures, e);
	if (err)
		return err == ERR_REPO_NOT_FOUND ? OK : err;
	row->bytes = figures.stored.bytes;
	v->row_count++;
	return OK;
}

static enum err put_rows(struct call *c, struct links *l, struct admin_repos_view *v, struct errinfo *e)
{
	struct repo_info *list;
	size_t total;
	uint64_t number;
	struct str self = link_admin(l, "repos");
	enum err err = page_number(c, &number, e);
	if (!err)
		err = ingest_repos(c->app->ingest, &c->r->arena, &list, &total, e);
	struct admin_repo_line *rows = err ? NULL : arena_array(&c->r->arena, ADMIN_REPO_ROWS, sizeof *rows);
	if (!rows)
		return err ? err : ERR(e, NOMEM, "page");
	v->pager = pager_of(l, self, number, ADMIN_REPO_ROWS, total);
	for (size_t i = v->pager.from - 1; i < v->pager.to && !err; i++)
		err = put_row(c, l, &list[i], v, &rows[v->row_count], e);
	v->rows = rows;
	return err;
}

/* ---- what is kept ---- */

struct kept {
	struct call *c;
	struct links *l;
	struct kept_repo *list;
	size_t count;
};

static bool is_purged(const struct name_end *end)
{
	for (const struct name_end *later = end->next; later; later = later->next)
		if (later->how == PURGED && str_eq(later->repo, end->repo))
			return true;
	return false;
}

/* One purge is for all that had the name: the last of them stands for them. */
static bool is_last(const struct name_end *end)
{
	for (const struct name_end *later = end->next; later; later = later->next)
		if (later->how == DELETED && str_eq(later->repo, end->repo))
			return false;
	return true;
}

static enum err put_kept(struct kept *k, struct catalog *c, const struct name_end *end, struct errinfo *e)
{
	struct arena *a = &k->c->r->arena;
	struct kept_repo *v = &k->list[k->count];
	struct event ev;
	enum err err = catalog_event_at(c, a, end->repo, end->seq, end->seq, &ev, e);
	if (err)
		return err;
	*v = (struct kept_repo){ .name = ev.repo, .link = link_quarantine(k->l, ev.repo),
	                         .deleted_ns = ev.at_ns, .now_ns = clock_wall() };
	k->count++;
	return OK;
}

static enum err read_kept(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct kept *k = ctx;
	struct lineage all;
	enum err err = lineage_read(c, &all, e);
	for (const struct name_end *end = all.first; end && !err && k->count < KEPT_REPOS_SHOWN; end = end->next)
		if (end->how == DELETED && !is_purged(end) && is_last(end))
			err = put_kept(k, c, end, e);
	lineage_done(&all);
	return err;
}

/* ---- the page ---- */

/* What its fields are called; what they hold stays. */
static void put_form(struct admin_repos_view *v)
{
	static const struct choice kinds[] = {
		{ STR("hosted"), STR("hosted: charts are published here") },
		{ STR("upstream"), STR("upstream: it follows a repository elsewhere") },
		{ STR("virtual"), STR("virtual: it shows other repositories as one") },
	};
	const struct { struct field *to; struct field is; } rows[] = {
		{ &v->kind, { .label = "Kind", .name = "kind", .choices = kinds, .choice_count = 3 } },
		{ &v->name, { .label = "Name", .name = "name", .required = true, .hint = "One or two segments of a-z, "
		              "0-9, '.', '_' and '-': stable, team-a/stable." } },
		{ &v->description, { .label = "What it is for", .name = "description" } },
		{ &v->private, { .label = "Private: only who may pull sees it", .name = "private", .box = true } },
		{ &v->upstream, { .label = "Address", .name = "upstream",
		                  .hint = "Where its index.yaml is: https://charts.example.org/stable." } },
		{ &v->mode, { .label = "What is kept here", .name = "mode", .choices = upstream_modes,
		            .choice_count = UPSTREAM_MODES } },
		{ &v->allow_private, { .label = "Its address may be one that is not public", .name = "allow_private",
		                       .box = true } },
		{ &v->members, { .label = "Members", .name = "members", .hint = "The repositories that it shows, with "
		                 "spaces between them. Of a name that several have, a hosted one's goes before those "
		                 "of upstreams." } },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct str value = rows[i].to->value;
		const char *wrong = rows[i].to->wrong;
		*rows[i].to = rows[i].is;
		rows[i].to->value = value;
		rows[i].to->wrong = wrong;
	}
}

static enum err show(struct call *c, int status, struct admin_repos_view *v, struct response *s,
                     struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct page p;
	page_init(&p, c);
	struct kept kept = { .c = c, .l = p.links,
	                     .list = arena_array(&c->r->arena, KEPT_REPOS_SHOWN, sizeof *kept.list) };
	enum err err = kept.list ? put_rows(c, p.links, v, e) : ERR(e, NOMEM, "page");
	if (!err)
		err = ingest_read(c->app->ingest, read_kept, &kept, e);
	if (!err)
		err = form_code(c, &v->code, e);
	if (err)
		return err;
	v->kept = kept.list;
	v->kept_count = kept.count;
	put_form(v);
	v->head = admin_head(&p, ADMIN_REPOS, STR(""));
	html_admin_repos_body(&body, &p, v);
	return form_respond(&p, status, &body, s, e);
}

static enum err show_all(struct call *c, struct response *s, struct errinfo *e)
{
	struct admin_repos_view v = { 0 };
	return show(c, 200, &v, s, e);
}

enum err admin_repos_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), show_all, e);
}

/* ---- changes ---- */

static int again(struct call *c, enum err why, const struct errinfo *e, struct admin_repos_view *v)
{
	struct field *about = why == ERR_ADDRESS ? &v->upstream : why == ERR_REPO_EXISTS ? &v->name : NULL;
	put_form(v);
	int status = form_again(c, why, e, &v->problem, FIELDS(&v->name, &v->description, &v->upstream,
	                        &v->mode, &v->members));
	if (about && v->problem.n) {
		about->wrong = v->problem.p;
		v->problem = (struct str){ 0 };
	}
	return status;
}

/* x->own is the view with what was typed. */
static void answer(struct repo_change *x)
{
	struct call *c = x->change.ctx;
	struct admin_repos_view *v = x->own;
	struct response s = { 0 };
	struct errinfo e = x->change.error;
	enum err err = x->change.err;
	struct links l;
	bool purge = x->change.kind == CHANGE_REPO_PURGE;
	int status = !err ? 0 : purge ? form_again(c, err, &e, &v->purge_problem, NULL) : again(c, err, &e, v);
	links_of(c, &l);
	if (!err)
		form_go_on(c, purge ? link_admin(&l, "repos") : link_admin_repo(&l, x->name, NULL), &s);
	else if (status)
		err = show(c, status, v, &s, &e);
	call_finish(c, err, &s, &e);
}

static enum err begin(struct call *c, enum change_kind kind, struct query *ret_fields,
                      struct admin_repos_view **ret_view, struct repo_change **ret, struct errinfo *e)
{
	struct admin_repos_view *v = ARENA_NEW(&c->r->arena, struct admin_repos_view);
	enum err err = v ? form_read_signed(c, ret_fields, e) : ERR(e, NOMEM, "page");
	if (!err)
		err = repo_change_new(c, kind, answer, ret, e);
	if (err)
		return err;
	(*ret)->own = *ret_view = v;
	return OK;
}

enum err admin_refuse(struct repo_change *x, enum err why)
{
	enum err err = call_later(x->change.ctx);
	x->change.err = why;
	x->change.done(&x->change);
	return err;
}

static bool is(const struct admin_repos_view *v, enum repo_kind kind)
{
	return str_eq_c(v->kind.value, repo_kind_word(kind));
}

/* Those of its kind; the form has the others as well. */
static enum err put_settings(struct call *c, const struct admin_repos_view *v, struct str *ret,
                             struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(FORM_MAX_BYTES);
	sbuf_putc(&b, '{');
	json_text(&b, "description", v->description.value);
	json_text(&b, "private", v->private.value);
	if (is(v, REPO_UPSTREAM)) {
		json_text(&b, "upstream", v->upstream.value);
		json_text(&b, "mode", v->mode.value);
		json_text(&b, "allow_private", v->allow_private.value);
	}
	if (is(v, REPO_VIRTUAL))
		json_text(&b, "members", v->members.value);
	sbuf_putc(&b, '}');
	return sbuf_ok(&b) && arena_str(&c->r->arena, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "settings");
}

static void take_typed(const struct query *fields, struct admin_repos_view *v)
{
	v->name.value = str_trim(query_text(fields, "name"));
	v->description.value = query_text(fields, "description");
	v->private.value = field_bool(query_is_on(fields, "private"));
	v->kind.value = query_text(fields, "kind");
	v->upstream.value = str_trim(query_text(fields, "upstream"));
	v->members.value = str_trim(query_text(fields, "members"));
	v->mode.value = query_get(fields, "mode") ? query_text(fields, "mode") : STR("catalog");
	v->allow_private.value = field_bool(query_is_on(fields, "allow_private"));
}

enum err admin_repos_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct query fields;
	struct admin_repos_view *v;
	struct repo_change *x;
	struct errinfo wrong = { 0 };
	enum err err = begin(c, CHANGE_REPO, &fields, &v, &x, e);
	if (err)
		return err;
	take_typed(&fields, v);
	err = put_settings(c, v, &x->change.settings, e);
	if (err)
		return err;
	x->change.repo = x->name = v->name.value;
	x->change.create_repo = x->change.expect_new = true;
	if (ingest_check_name(c->app->ingest, x->name, &wrong))
		err = ERR(&x->change.error, INVALID, "name: %s", wrong.detail);
	else if (is(v, REPO_UPSTREAM) && !v->upstream.value.n)
		err = ERR(&x->change.error, INVALID, "upstream: the address of the repository to follow is expected");
	else if (is(v, REPO_VIRTUAL) && !v->members.value.n)
		err = ERR(&x->change.error, INVALID, "members: the names of other repositories are expected");
	else
		err = repo_change_submit(x, &x->change.error);
	return err ? admin_refuse(x, err) : OK;
}

enum err admin_purge_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct query fields;
	struct admin_repos_view *v;
	struct repo_change *x;
	enum err err = begin(c, CHANGE_REPO_PURGE, &fields, &v, &x, e);
	if (err)
		return err;
	v->purge_typed = str_trim(query_text(&fields, "confirm"));
	v->purge_of = c->repo;
	if (!str_eq(v->purge_typed, c->repo))
		return admin_refuse(x, ERR(&x->change.error, INVALID, "this is not the name of the repository"));
	return repo_change_submit(x, e);
}
