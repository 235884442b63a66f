/* One webhook: what was sent, what it is set to, a test, its secret, and the end. */
#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/secret.h"
#include "indexer/base/value.h"
#include "server/web/admin_hooks_page.h"

/* ---- deliveries ---- */

static const char *const kinds[] = {
	[DELIVERY_WAITING] = "warn", [DELIVERY_DONE] = "good", [DELIVERY_DEAD] = "bad",
};

static enum err put_delivery(struct page *p, struct arena *a, struct str hook,
                             const struct webhook_delivery *d, struct delivery_line *ret,
                             struct errinfo *e)
{
	const struct delivery_row *row = &d->row;
	const char *about = arena_printf(a, "%.*s%s%.*s %.*s", STR_ARG(d->repo), d->chart.n ? "/" : "",
	                                 STR_ARG(d->chart), STR_ARG(d->version));
	if (!about)
		return ERR(e, NOMEM, "page");
	*ret = (struct delivery_line){
		.event = row->event, .kind = d->kind, .about = str_c(about),
		.state = delivery_state_word(row->state), .state_kind = kinds[row->state],
		.attempts = row->attempts, .status = row->status,
		.at_ns = row->tried_ns ? row->tried_ns : row->created_ns,
		.next_ns = row->state == DELIVERY_WAITING && row->attempts ? row->next_ns : 0,
		.error = row->error, .answer = row->answer, .resend = link_resend(p->links, hook, row->id),
	};
	return OK;
}

/* `before` of the query, or the newest. */
static enum err put_deliveries(struct page *p, struct arena *a, const struct hook_row *row,
                               struct admin_hook_view *v, struct errinfo *e)
{
	uint64_t before = INT64_MAX;
	enum err err = query_number(&p->c->query, "before", 1, INT64_MAX, &before, e);
	struct webhook_deliveries d = { .hook_id = row->id, .before = (int64_t)before, .state = -1,
	                                .limit = DELIVERY_ROWS + 1 };        /* one tells that there are more */
	if (!err)
		err = webhooks_deliveries(p->c, a, &d, e);
	struct delivery_line *list = err ? NULL : arena_array(a, d.count + 1, sizeof *list);
	if (!list)
		return err ? err : ERR(e, NOMEM, "page");
	v->deliveries = list;
	v->delivery_count = d.count < DELIVERY_ROWS ? d.count : DELIVERY_ROWS;
	for (size_t i = 0; !err && i < v->delivery_count; i++)
		err = put_delivery(p, a, row->name, &d.list[i], &list[i], e);
	if (before != INT64_MAX)
		v->newest = link_hook(p->links, row->name, NULL);
	if (d.count > DELIVERY_ROWS)
		v->older = link_deliveries(p->links, row->name, d.list[DELIVERY_ROWS - 1].row.id);
	return err;
}

/* ---- the page ---- */

/* As it is set, unless a form came back: that has labels already, and what was typed. */
static void put_form(const struct hook_row *row, struct admin_hook_view *v)
{
	struct hook_form *f = &v->form;
	if (!f->url.name) {
		f->repos.value = row->repos;
		f->charts.value = row->charts;
		f->kinds.value = row->kinds;
		f->format.value = row->format;
		f->allow_private.value = field_bool(row->allow_private);
		f->paused.value = field_bool(row->paused);
		hook_form_show(f);
	}
	f->url.required = false;
	f->url.hint = "A new one; what it is now stays where this is empty.";
	f->headers.hint = "New ones, a line for each; those of now stay where this is empty.";
	v->secret = (struct field){ .label = "New secret", .name = "secret", .type = "password",
	                            .autocomplete = "new-password", .wrong = v->secret.wrong,
	                            .hint = "Without one it is made, and shown once." };
	v->keep = (struct field){ .label = "The one before signs as well for", .name = "keep",
	                          .value = v->keep.name ? v->keep.value : STR("24h"), .wrong = v->keep.wrong };
}

static enum err put_view(struct page *p, struct arena *a, struct str name, struct admin_hook_view *v,
                         struct errinfo *e)
{
	struct hook_row row;
	v->now_ns = clock_wall();
	enum err err = webhooks_row(p->c, a, name, &row, e);
	if (!err)
		err = hook_line(p, a, &row, &v->hook, e);
	if (!err)
		err = put_deliveries(p, a, &row, v, e);
	if (!err)
		err = form_code(p->c, &v->code, e);
	if (err)
		return err;
	put_form(&row, v);
	return OK;
}

enum err hook_show(struct call *c, struct str name, int status, struct admin_hook_view *v,
                   struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf body = page_body();
	struct page p;
	page_init(&p, c);
	enum err err = put_view(&p, &a, name, v, e);
	if (err)
		return err;
	v->head = admin_head(&p, ADMIN_HOOKS, v->hook.name);
	html_admin_hook_body(&body, &p, v);
	return form_respond(&p, status, &body, s, e);
}

static enum err page(struct call *c, struct response *s, struct errinfo *e)
{
	struct str changed = query_text(&c->query, "changed");
	struct admin_hook_view v = { .is_set = str_eq_c(changed, "settings"),
	                             .is_resent = str_eq_c(changed, "resent") };
	return hook_show(c, c->name, 200, &v, s, e);
}

enum err admin_hook_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, c->app->people, page, e);
}

/* ---- changes ---- */

static void go_back(struct call *c, const char *changed, struct response *s)
{
	struct links l;
	links_of(c, &l);
	form_go_on(c, link_changed(&l, link_hook(&l, c->name, NULL), changed), s);
}

static enum err set(struct call *c, struct response *s, struct errinfo *e)
{
	const struct hook_wish *w = c->state;
	struct admin_hook_view v = { .is_set = false };
	enum err err = webhooks_set(c, &w->fields, e);
	if (!err) {
		go_back(c, "settings", s);
		return OK;
	}
	int status = hook_form_again(c, err, e, w, &v.form);
	return status ? hook_show(c, c->name, status, &v, s, e) : err;
}

static enum err test(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct admin_hook_view v = { .was_tested = true };
	enum err err = webhooks_test(c, &a, c->name, &v.test, e);
	if (!err)
		return hook_show(c, c->name, 200, &v, s, e);
	v.was_tested = false;
	int status = form_again(c, err, e, &v.test_problem, NULL);
	return status ? hook_show(c, c->name, status, &v, s, e) : err;
}

static enum err rotate(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct hook_wish *w = c->state;
	struct admin_hook_view v = { .is_set = false };
	struct hook_row row = { .id = 0 };
	uint64_t seconds = HOOK_ROTATION_HOURS * UINT64_C(3600);
	enum err err = !w->keep.n || value_seconds(w->keep, &seconds) ? OK
	               : ERR(e, INVALID, "keep: this is not a time like 24h");
	if (!err)
		err = webhooks_rotate(c, &a, c->name, w->secret, seconds, &row, e);
	if (err) {
		v.secret = (struct field){ .name = "secret" };
		v.keep = (struct field){ .name = "keep", .value = w->keep };
		int status = form_again(c, err, e, &v.secret_problem, FIELDS(&v.secret, &v.keep));
		return status ? hook_show(c, c->name, status, &v, s, e) : err;
	}
	v.made = row.secret;
	err = hook_show(c, c->name, 200, &v, s, e);
	secret_wipe((void *)(uintptr_t)row.secret.p, row.secret.n);
	return err;
}

static enum err end(struct call *c, struct response *s, struct errinfo *e)
{
	struct links l;
	enum err err = webhooks_remove(c, c->name, e);
	links_of(c, &l);
	form_go_on(c, link_admin(&l, "hooks"), s);
	return err;
}

static enum err resend(struct call *c, struct response *s, struct errinfo *e)
{
	enum err err = webhooks_resend(c, c->id, e);
	go_back(c, "resent", s);
	return err;
}

static enum err take(struct call *c, struct pool *pool, call_answer *answer, struct errinfo *e)
{
	struct hook_wish *w;
	enum err err = hook_wish_take(c, &w, e);
	if (err)
		return err;
	w->fields.name = c->name;
	c->state = w;
	return call_work(c, pool, answer, e);
}

enum err admin_hook_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return take(c, hooks_pool(c->app->hooks), set, e);
}

enum err admin_hook_test_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return take(c, hooks_pool(c->app->hooks), test, e);
}

enum err admin_hook_rotate_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return take(c, c->app->people, rotate, e);
}

enum err admin_hook_remove_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return take(c, c->app->people, end, e);
}

enum err admin_hook_resend_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return take(c, c->app->people, resend, e);
}
