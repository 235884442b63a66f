/* A name that an upstream begins to offer, and that is another member's somewhere: it may be meant to be
 * taken for that one, so the log says so. It is an event of the upstream, for the virtual repository goes
 * on showing what it did.                                                                     */
#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/log.h"
#include "indexer/ingest/apply_upstream.h"
#include "indexer/ingest/virtual_impl.h"

static bool wins(enum ownership_verdict v)
{
	return v == OWNERSHIP_FIRST || v == OWNERSHIP_KEPT || v == OWNERSHIP_PINNED || v == OWNERSHIP_HOSTED;
}

/* Who reads of the upstream need not know of a private repository that has it as a member. */
static enum err tell(struct entry_work *w, const struct planned *v, enum ownership_verdict verdict)
{
	AUTO_SBUF struct sbuf d = sbuf_make(KIB);
	struct str chart = w->row.chart;
	const char *why = ownership_word(verdict);
	sbuf_putc(&d, '{');
	if (!v->settings->values.private)
		json_text(&d, "in", str_c(v->repo->name));
	json_text(&d, "why", str_c(why));
	sbuf_putc(&d, '}');
	LOG(LOG_WARN, "upstream.shadowed", KV("repo", (const char *)w->r->name), KV("chart", chart),
	    KV("in", (const char *)v->repo->name), KV("why", why));
	if (verdict == OWNERSHIP_RESERVED)           /* nor of a private one that has the name */
		return OK;
	return sbuf_ok(&d) ? batch_log(w->b, w->c, w->r, "upstream.shadowed", "", sbuf_str(&d))
	                   : ERR(&w->c->error, NOMEM, "event");
}

static enum err look(struct entry_work *w, struct virtual_plan *plan, struct planned *v, size_t i)
{
	AUTO_ARENA struct arena a = { 0 };
	struct walk walk;
	enum ownership_verdict verdict;
	walk_begin(&walk, plan, w->b->g->catalog, &a, w->row.chart);
	enum err err = walk_newcomer(&walk, v, i, &verdict, &w->c->error);
	return err || wins(verdict) || verdict == OWNERSHIP_PRIVATE ? err : tell(w, v, verdict);
}

enum err upstream_tell_shadowed(struct entry_work *w)
{
	struct virtual_plan *plan;
	enum err err = batch_plan(w->b, &plan, &w->c->error);
	for (size_t k = 0; !err && k < plan->count; k++)
		for (size_t i = 0; i < plan->order[k]->member_count && !err; i++)
			if (plan->order[k]->members[i] && plan->order[k]->members[i]->repo == w->r)
				err = look(w, plan, plan->order[k], i);
	return err;
}
