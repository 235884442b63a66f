/* Both ask the database, so a worker does them. */
#include "server/repo/past.h"

#include "indexer/base/clock.h"
#include "server/repo/chart.h"
#include "server/repo/index.h"

struct past {
	struct pool_job job;             /* first */
	struct call *call;
	uint64_t event;
	int64_t time_ns;
	bool by_time;
};

static enum err parse(struct str text, struct past *ret, struct errinfo *e)
{
	text = str_from(text, 1);            /* the '@' */
	if (str_to_u64(text, &ret->event) && ret->event > 0)
		return OK;
	ret->by_time = clock_parse(text, &ret->time_ns);
	return ret->by_time ? OK : ERR(e, NOT_FOUND, "\"%.*s\" is neither the number of an event nor a "
	                               "time like 2026-11-01T00:00:00Z", STR_ARG(text));
}

/* Relative, so that it holds behind any proxy. */
static enum err redirect(const struct past *x, struct response *s, struct errinfo *e)
{
	struct call *c = x->call;
	uint64_t event;
	enum err err = ingest_view_time(c->app->ingest, c->repo, x->time_ns, &event, e);
	if (err)
		return err;
	struct str rest = c->r->path, last = rest;   /* raw, so it goes back as it came */
	while (rest.n)
		last = str_cut(&rest, '/', NULL);
	const char *to = arena_printf(&c->r->arena, "%s@%llu/%s%.*s", c->file.n ? "../../" : "../",
	                              (unsigned long long)event, c->file.n ? "charts/" : "",
	                              STR_ARG(last));
	if (!to)
		return ERR(e, NOMEM, "answer");
	*s = (struct response){ .status = 302 };
	response_header(s, "Location", to);
	return OK;
}

static enum err show_index(struct past *x, struct response *s, struct errinfo *e)
{
	struct call *c = x->call;
	struct snapshot *snapshot;
	enum err err = ingest_view(c->app->ingest, c->repo, x->event, &snapshot, e);
	return err ? err : index_of(c, snapshot, str_ends(c->r->path, STR(".yaml")), s, e);
}

static void answer(struct call *c, enum err err, struct response *s, const struct errinfo *e)
{
	if (err)
		call_fail(c, e);
	else
		call_reply(c, s);
}

static void index_job(struct pool_job *job)
{
	struct past *x = (struct past *)job;
	struct response s;
	struct errinfo e = { 0 };
	enum err err = x->by_time ? redirect(x, &s, &e) : show_index(x, &s, &e);
	answer(x->call, err, &s, &e);
}

static void chart_job(struct pool_job *job)
{
	struct past *x = (struct past *)job;
	struct call *c = x->call;
	struct response s;
	struct errinfo e = { 0 };
	enum err err = x->by_time ? redirect(x, &s, &e)
	               : ingest_view_file(c->app->ingest, c->repo, x->event, c->file, &e);
	if (err || x->by_time)
		answer(c, err, &s, &e);
	else
		chart_send(c);
}

static enum err later(struct call *c, void (*run)(struct pool_job *job), struct errinfo *e)
{
	struct past *x = ARENA_NEW(&c->r->arena, struct past);
	if (!x)
		return ERR(e, NOMEM, "request");
	*x = (struct past){ .job.run = run, .call = c };
	enum err err = parse(c->at, x, e);
	if (err)
		return err;
	err = call_later(c);
	pool_give(ingest_pool(c->app->ingest), &x->job);
	return err;
}

enum err past_index(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return later(c, index_job, e);
}

enum err past_chart(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return later(c, chart_job, e);
}
