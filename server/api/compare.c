/* See compare.h. */
#include "server/api/compare.h"

#include "indexer/base/auto.h"
#include "indexer/hub/comparing.h"
#include "server/route/chart_version.h"
#include "server/route/look.h"
#include "server/route/packed.h"

/* The archives, whole; why one cannot be read is the answer. */
static enum err open_sides(struct call *c, struct arena *a, struct chart_version *from,
                           struct chart_version *to, struct errinfo *e)
{
	const struct version_pair *asked = c->state;
	enum err err = chart_version_open(c, a, asked->from, from, e);
	if (!err)
		err = chart_version_open(c, a, asked->to, to, e);
	if (!err && !from->contents)
		err = call_contents(c, from->hub, from->repo, from->name, from->version, &from->contents, e);
	if (!err && !to->contents)
		err = call_contents(c, to->hub, to->repo, to->name, to->version, &to->contents, e);
	return err;
}

static enum err compare(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(COMPARE_ANSWER_MAX_BYTES);
	AUTO_CHART_VERSION struct chart_version from = { 0 };
	AUTO_CHART_VERSION struct chart_version to = { 0 };
	const struct compare_asked asked = { c->repo, c->name, query_is_on(&c->query, "diff") };
	struct comparison found;
	enum err err = open_sides(c, &a, &from, &to, e);
	if (!err)
		err = hub_compare(to.hub, &a, &to.versions, from.contents, to.contents, &found, e);
	if (!err)
		err = put_comparison(&b, &a, &asked, &found, e);
	return err ? err : respond_packed(c, 200, JSON_TYPE, &b, s, e);
}

enum err compare_get(struct call *c, struct response *s, struct errinfo *e)
{
	struct version_pair *pair = ARENA_NEW(&c->r->arena, struct version_pair);
	(void)s;
	enum err err = pair ? address_pair(c, pair, e) : ERR(e, NOMEM, "request");
	c->state = pair;
	return err ? err : call_work(c, call_lookers(c), compare, e);
}
