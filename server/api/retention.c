/* Retention when somebody asks for it, or asks what it would take: the plan as JSON. */
#include "server/api/retention.h"

#include "indexer/base/auto.h"
#include "indexer/ingest/retain.h"
#include "server/api/json_parts.h"

#define ANSWER_MAX_BYTES (256u * MIB)

static void put_version(struct sbuf *b, const struct retained *v, struct str rules)
{
	element_begin(b);
	json_text(b, "chart", v->chart);
	json_text(b, "version", v->judged.version);
	bool taken = v->judged.verdict == RETENTION_TAKEN;
	json_bool(b, "taken", taken);
	json_text(b, taken ? "not_kept_by" : "kept_by",
	          taken ? rules : str_c(retention_word(v->judged.verdict)));
	if (v->err)
		json_text(b, "error", str_c(err_code(v->err)));
	sbuf_putc(b, '}');
}

static void put_plan(struct sbuf *b, struct str repo, bool dry_run,
                     const struct retention_plan *plan)
{
	sbuf_putc(b, '{');
	json_text(b, "repo", repo);
	json_text(b, "rules", plan->rules);
	json_bool(b, "dry_run", dry_run);
	json_number(b, "taken", plan->taken);
	json_number(b, "kept", plan->count - plan->taken);
	list_begin(b, "versions");
	for (size_t i = 0; i < plan->count; i++)
		put_version(b, &plan->list[i], plan->rules);
	sbuf_puts(b, "]}\n");
}

static enum err retain(struct call *c, struct response *s, struct errinfo *e)
{
	bool dry_run = query_is_on(&c->query, "dry_run");
	struct retention_plan plan = { 0 };
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(ANSWER_MAX_BYTES);
	enum err err = retention_plan(c->app->ingest, &a, c->repo, &plan, e);
	if (!err && !dry_run)
		retention_apply(c->app->ingest, c->repo, c->caller.actor, call_note(c), &plan);
	put_plan(&b, c->repo, dry_run, &plan);
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

enum err retention_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, c->app->patient, retain, e);      /* an fsck may take minutes */
}
