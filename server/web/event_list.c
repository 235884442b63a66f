/* Events as a table shows them: names of today instead of ids and names of then (admin_parts.h). */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/format/node.h"
#include "indexer/hook/message.h"
#include "indexer/ingest/lineage.h"
#include "indexer/store/accounts.h"
#include "server/web/admin_parts.h"

#define NOTE_SHOWN_BYTES 200

struct search {
	struct call *call;
	struct arena *a;                 /* of the request: what is shown */
	struct arena people;             /* who there is, which may be many */
	struct links *links;
	const struct event_filter *filter;
	struct lineage lineage;
	struct account_row *accounts;
	size_t account_count;
	struct token_row *tokens;
	size_t token_count;
	struct event_line *list;
	size_t count;
	unsigned looked_at;
	uint64_t last;                   /* the event that was looked at last */
	bool more;
};

/* ---- people ---- */

/* "u3", "t7" → the number; 0: it is another kind of id. */
static uint64_t number_of(struct str actor, char kind)
{
	uint64_t n = 0;
	return actor.n > 1 && actor.p[0] == kind && str_to_u64(str_from(actor, 1), &n) ? n : 0;
}

static struct str name_of(const struct search *x, struct str actor)
{
	uint64_t user = number_of(actor, 'u'), token = number_of(actor, 't');
	for (size_t i = 0; user && i < x->account_count; i++)
		if ((uint64_t)x->accounts[i].id == user)
			return x->accounts[i].name;
	for (size_t i = 0; token && i < x->token_count; i++)
		if ((uint64_t)x->tokens[i].id == token)
			return x->tokens[i].name;
	return actor;
}

/* ---- one event ---- */

/* What it says beyond its columns. */
static struct str note_of(const struct search *x, const struct event *ev)
{
	static const char *const keys[] = { "to", "reason" };
	AUTO_ARENA struct arena scratch = { 0 };
	struct errinfo ignored = { 0 };
	const struct node *detail = NULL;
	if (json_read(&scratch, ev->detail, "detail", &detail, &ignored))
		return (struct str){ 0 };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct str text = str_first(node_text(node_get(detail, keys[i])), NOTE_SHOWN_BYTES);
		while (!str_is_utf8(text))
			text.n--;                    /* the cut went through a character */
		if (text.n)
			return str_c(arena_printf(x->a, "%s %.*s", keys[i], STR_ARG(text)));
	}
	return (struct str){ 0 };
}

static bool keeps_version(struct str kind)
{
	return !str_eq(kind, STR("delete")) && !str_eq(kind, STR("purge"));
}

static enum err put(struct search *x, const struct event *ev, const struct fate *fate,
                    struct errinfo *e)
{
	struct event_line *v = &x->list[x->count];
	bool renamed = str_eq(ev->kind, STR("repo.rename"));      /* told by the name that it lost */
	*v = (struct event_line){ .seq = ev->seq, .at_ns = ev->at_ns, .now_ns = clock_wall(),
	                          .note = note_of(x, ev) };
	v->gone = fate->deleted || ingest_visibility(x->call->app->ingest, fate->name) == REPO_ABSENT;
	if (!arena_str(x->a, ev->kind, &v->kind) || !arena_str(x->a, name_of(x, ev->actor), &v->who) ||
	    !arena_str(x->a, renamed ? ev->repo : fate->name, &v->repo) || !arena_str(x->a, ev->chart, &v->chart) ||
	    !arena_str(x->a, ev->version, &v->version))
		return ERR(e, NOMEM, "events");
	if (v->repo.n && !v->gone)
		v->repo_link = link_repo(x->links, fate->name);
	if (v->chart.n && !v->gone && hook_is_of_view(v->kind))
		v->link = v->repo_link;
	else if (v->chart.n && !v->gone && keeps_version(v->kind))
		v->link = link_chart(x->links, fate->name, v->chart, v->version);
	x->count++;
	return OK;
}

static bool is_wanted(const struct search *x, const struct event *ev)
{
	const struct event_filter *f = x->filter;
	return (!f->kind.n || str_eq(ev->kind, f->kind)) &&
	       (!f->person.n || str_eq(ev->actor, f->person) || str_eq(name_of(x, ev->actor), f->person));
}

/* Stops the walk: NOT_FOUND is nobody's error here. */
static enum err take(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct search *x = ctx;
	if (x->count == x->filter->limit || x->looked_at == EVENTS_LOOKED_AT_MAX) {
		x->more = true;
		return ERR(e, NOT_FOUND, "enough");
	}
	x->looked_at++;
	x->last = ev->seq;
	if (!is_wanted(x, ev))
		return OK;
	struct fate fate = lineage_follow(&x->lineage, ev->repo, ev->seq);
	if (x->filter->repo.n && (fate.deleted || !str_eq(fate.name, x->filter->repo)))
		return OK;
	return put(x, ev, &fate, e);
}

static enum err read_events(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct search *x = ctx;
	enum err err = catalog_accounts(c, &x->people, &x->accounts, &x->account_count, e);
	if (!err)
		err = catalog_tokens(c, &x->people, &x->tokens, &x->token_count, e);
	if (!err)
		err = lineage_read(c, &x->lineage, e);
	if (!err)
		err = catalog_events_before(c, x->filter->before, take, x, e);
	lineage_done(&x->lineage);
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err event_lines(struct call *c, struct links *l, const struct event_filter *f,
                     struct event_lines *ret, struct errinfo *e)
{
	struct search x = { .call = c, .a = &c->r->arena, .links = l, .filter = f };
	x.list = arena_array(x.a, f->limit, sizeof *x.list);
	enum err err = x.list ? ingest_read(c->app->ingest, read_events, &x, e)
	                      : ERR(e, NOMEM, "events");
	arena_done(&x.people);
	if (err)
		return err;
	*ret = (struct event_lines){ .list = x.list, .count = x.count, .next = x.more ? x.last : 0,
	                             .cut = x.more && x.count < f->limit };
	return OK;
}
