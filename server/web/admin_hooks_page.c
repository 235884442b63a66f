/* The list of webhooks, and one to be made. */
#include "server/web/admin_hooks_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/secret.h"
#include "server/web/people_parts.h"

/* ---- one of them ---- */

static const struct { const char *state, *kind; } states[] = {
	{ "new", "" }, { "works", "good" }, { "failing", "warn" }, { "resting", "bad" }, { "paused", "" },
};

static const char *kind_of(const char *state)
{
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (!strcmp(states[i].state, state))
			return states[i].kind;
	return "";
}

enum err hook_line(struct page *p, struct arena *a, const struct hook_row *row,
                   struct hook_line *ret, struct errinfo *e)
{
	uint64_t counts[DELIVERY_STATES];
	enum err err = webhooks_counts(p->c, row->id, counts, e);
	if (err)
		return err;
	*ret = (struct hook_line){
		.name = row->name, .link = link_hook(p->links, row->name, NULL), .format = row->format,
		.repos = row->repos, .charts = row->charts, .state = webhook_state(row),
		.waiting = counts[DELIVERY_WAITING], .dead = counts[DELIVERY_DEAD], .failures = row->failures,
		.created_ns = row->created_ns, .failing_ns = row->failures ? row->failing_ns : 0,
		.rest_ns = row->rest_ns > clock_wall() ? row->rest_ns : 0, .worked_ns = row->worked_ns,
	};
	ret->state_kind = kind_of(ret->state);
	err = webhook_shown_url(a, row, &ret->url, e);
	ret->host = link_host(ret->url);
	return err;
}

/* ---- the form ---- */

void hook_form_show(struct hook_form *f)
{
	static const struct field blank[] = {
		{ .label = "Name", .name = "name", .required = true, .hint = "Letters, digits and . _ -" },
		{ .label = "Address", .name = "url", .required = true, .hint = "https://…" },
		{ .label = "Format", .name = "format" },
		{ .label = "Repositories", .name = "repos",
		  .hint = "A pattern: * is all of them, team-a/* those of a team." },
		{ .label = "Charts", .name = "charts", .hint = "A pattern as well." },
		{ .label = "Events", .name = "kinds", .rows = 4,
		  .hint = "A line for each kind: publish, delete, repo.*, or * for all." },
		{ .label = "Headers", .name = "headers", .rows = 2,
		  .hint = "A line for each, at most two: X-Api-Key: abc" },
		{ .label = "Secret", .name = "secret", .type = "password", .autocomplete = "new-password",
		  .hint = "At least 8 characters. Without one it is made, and shown once." },
		{ .label = "Its address may be of this machine or a private network", .name = "allow_private",
		  .box = true },
		{ .label = "Paused: nothing is sent", .name = "paused", .box = true },
	};
	struct field *const fields[] = { &f->name, &f->url, &f->format, &f->repos, &f->charts, &f->kinds,
	                                 &f->headers, &f->secret, &f->allow_private, &f->paused };
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct str value = fields[i]->value;
		*fields[i] = blank[i];
		fields[i]->value = value;
	}
	for (size_t i = 0; i < HOOK_FORMAT_COUNT; i++)
		f->formats[i].value = str_c(hook_formats[i].name);
	f->format.choices = f->formats;
	f->format.choice_count = HOOK_FORMAT_COUNT;
}

static const struct str *unless_empty(const struct str *text) { return text->n ? text : NULL; }

enum err hook_wish_take(struct call *c, struct hook_wish **ret, struct errinfo *e)
{
	struct query fields;
	struct hook_wish *w = ARENA_NEW(&c->r->arena, struct hook_wish);
	enum err err = w ? form_read_signed(c, &fields, e) : ERR(e, NOMEM, "request");
	if (err)
		return err;
	*w = (struct hook_wish){
		.name = query_text(&fields, "name"), .url = str_trim(query_text(&fields, "url")),
		.format = query_text(&fields, "format"), .repos = str_trim(query_text(&fields, "repos")),
		.charts = str_trim(query_text(&fields, "charts")), .secret = query_text(&fields, "secret"),
		.keep = str_trim(query_text(&fields, "keep")),
		.allow_private = query_is_on(&fields, "allow_private"),
		.paused = query_is_on(&fields, "paused"),
	};
	err = form_lines(c, query_text(&fields, "kinds"), &w->kinds, e);
	if (!err)
		err = form_lines(c, query_text(&fields, "headers"), &w->headers, e);
	w->fields = (struct webhook_fields){
		.name = w->name, .url = unless_empty(&w->url), .format = unless_empty(&w->format),
		.repos = unless_empty(&w->repos), .charts = unless_empty(&w->charts),
		.kinds = unless_empty(&w->kinds), .headers = unless_empty(&w->headers),
		.allow_private = &w->allow_private, .paused = &w->paused,
	};
	*ret = w;
	return err;
}

/* What was typed stays, but for secrets. */
int hook_form_again(struct call *c, enum err why, const struct errinfo *e, const struct hook_wish *w,
                    struct hook_form *f)
{
	f->name.value = w->name;
	f->url.value = w->url;
	f->format.value = w->format;
	f->repos.value = w->repos;
	f->charts.value = w->charts;
	f->kinds.value = w->kinds;
	f->allow_private.value = field_bool(w->allow_private);
	f->paused.value = field_bool(w->paused);
	hook_form_show(f);
	return form_again(c, why, e, &f->problem, FIELDS(&f->name, &f->url, &f->format, &f->repos, &f->charts,
	                  &f->kinds, &f->headers, &f->secret));
}

/* ---- the list ---- */

static enum err put_list(struct page *p, struct arena *a, struct admin_hooks_view *v,
                         struct errinfo *e)
{
	struct hook_row *rows;
	enum err err = webhooks_rows(p->c, a, &rows, &v->count, e);
	struct hook_line *list = err ? NULL : arena_array(a, v->count + 1, sizeof *list);
	if (!list)
		return err ? err : ERR(e, NOMEM, "page");
	for (size_t i = 0; !err && i < v->count; i++)
		err = hook_line(p, a, &rows[i], &list[i], e);
	v->list = list;
	return err;
}

static enum err show(struct call *c, int status, struct admin_hooks_view *v, struct response *s,
                     struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf body = page_body();
	struct page p;
	page_init(&p, c);
	v->now_ns = clock_wall();
	enum err err = put_list(&p, &a, v, e);
	if (!err)
		err = form_code(c, &v->code, e);
	if (err)
		return err;
	v->head = admin_head(&p, ADMIN_HOOKS, STR(""));
	html_admin_hooks_body(&body, &p, v);
	return form_respond(&p, status, &body, s, e);
}

static enum err page(struct call *c, struct response *s, struct errinfo *e)
{
	struct admin_hooks_view v = {
		.form = { .repos.value = STR("*"), .charts.value = STR("*"), .kinds.value = STR(WEBHOOK_KINDS),
		          .format.value = STR(WEBHOOK_FORMAT) },
	};
	hook_form_show(&v.form);
	return show(c, 200, &v, s, e);
}

enum err admin_hooks_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, c->app->people, page, e);
}

/* ---- one to be made ---- */

static enum err again(struct call *c, enum err why, const struct hook_wish *w, struct response *s,
                      struct errinfo *e)
{
	struct admin_hooks_view v = { .count = 0 };
	int status = hook_form_again(c, why, e, w, &v.form);
	return status ? show(c, status, &v, s, e) : why;
}

static enum err make(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hook_wish *w = c->state;
	struct hook_row row = { .id = 0 };
	w->fields.secret = unless_empty(&w->secret);
	enum err err = webhooks_add(c, &a, &w->fields, &row, e);
	if (err)
		return again(c, err, w, s, e);
	struct admin_hook_view v = { .made = row.secret };
	err = hook_show(c, w->name, 201, &v, s, e);
	secret_wipe((void *)(uintptr_t)row.secret.p, row.secret.n);
	return err;
}

enum err admin_hooks_post(struct call *c, struct response *s, struct errinfo *e)
{
	struct hook_wish *w;
	(void)s;
	enum err err = hook_wish_take(c, &w, e);
	c->state = err ? NULL : w;
	return err ? err : call_work(c, hooks_pool(c->app->hooks), make, e);
}
