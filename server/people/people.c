/* What users and tokens share: reading rows, writing them. */
#include "server/people/people.h"

/* ---- reading ---- */

enum err people_load(struct catalog *c, struct arena *a, struct people *ret, struct errinfo *e)
{
	enum err err = catalog_accounts(c, a, &ret->accounts, &ret->account_count, e);
	return err ? err : catalog_tokens(c, a, &ret->tokens, &ret->token_count, e);
}

struct reading { struct arena *arena; struct people *people; };

static enum err load(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct reading *r = ctx;
	return people_load(c, r->arena, r->people, e);
}

enum err people_rows(struct call *c, struct arena *a, struct people *ret, struct errinfo *e)
{
	struct reading r = { a, ret };
	return ingest_read(c->app->ingest, load, &r, e);
}

struct account_row *people_by_name(const struct people *p, struct str name)
{
	for (size_t i = 0; i < p->account_count; i++)
		if (str_eq(p->accounts[i].name, name))
			return &p->accounts[i];
	return NULL;
}

const struct account_row *people_by_id(const struct people *p, int64_t id)
{
	for (size_t i = 0; i < p->account_count; i++)
		if (p->accounts[i].id == id)
			return &p->accounts[i];
	return NULL;
}

enum err people_no_user(struct str name, struct errinfo *e)
{
	return ERR(e, NOT_FOUND, "there is no user \"%.*s\"", STR_ARG(str_first(name, 100)));
}

/* ---- writing ---- */

static enum err write_rows(struct change *change, struct catalog *c, struct errinfo *e)
{
	struct people_change *x = (struct people_change *)change;
	enum err err = x->write(x, c, e);
	arena_done(&x->scratch);
	return err;
}

enum err people_write(struct people_change *x, struct errinfo *e)
{
	struct ingest *g = x->call->app->ingest;
	struct errinfo unread = { 0 };
	change_init(&x->change, CHANGE_CALL);
	x->change.call = write_rows;
	x->change.actor = x->call->caller.actor;
	x->change.note = call_note(x->call);
	if (!x->object)
		return ERR(e, NOMEM, "request");
	x->call->note.object = str_c(x->object);
	enum err err = ingest_apply(g, &x->change);
	if (err)
		*e = x->change.error;
	change_done(&x->change);
	/* It is changed, also where that cannot be read: until auth_retry can, nobody is let in. */
	if (!err)
		(void)!auth_refresh(x->call->app->auth, g, &unread);
	return err;
}
