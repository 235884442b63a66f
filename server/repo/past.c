/* Both ask the database, so a worker does them. */
#include "server/repo/past.h"

#include "indexer/base/clock.h"
#include "server/repo/chart.h"
#include "server/repo/index.h"

struct past {
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
static enum err redirect(struct call *c, const struct past *x, struct response *s,
                         struct errinfo *e)
{
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

static enum err answer_index(struct call *c, struct response *s, struct errinfo *e)
{
	const struct past *x = c->state;
	struct snapshot *snapshot;
	if (x->by_time)
		return redirect(c, x, s, e);
	enum err err = ingest_view(c->app->ingest, c->repo, x->event, &snapshot, e);
	return err ? err : index_of(c, snapshot, str_ends(c->r->path, STR(".yaml")), s, e);
}

static enum err answer_chart(struct call *c, struct response *s, struct errinfo *e)
{
	const struct past *x = c->state;
	if (x->by_time)
		return redirect(c, x, s, e);
	enum err err = ingest_view_file(c->app->ingest, c->repo, x->event, c->file, e);
	return err ? err : chart_answer(c, s, e);
}

static enum err later(struct call *c, call_answer *answer, struct errinfo *e)
{
	struct past *x = ARENA_NEW(&c->r->arena, struct past);
	if (!x)
		return ERR(e, NOMEM, "request");
	*x = (struct past){ 0 };
	c->state = x;
	enum err err = parse(c->at, x, e);
	return err ? err : call_work(c, ingest_pool(c->app->ingest), answer, e);
}

enum err past_index(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return later(c, answer_index, e);
}

enum err past_chart(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return later(c, answer_chart, e);
}
