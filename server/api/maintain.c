/* Long work on behalf of a command: it runs on a worker, the connection waits. */
#include "server/api/maintain.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/api/json_parts.h"
#include "server/route/viewer.h"

struct listing { struct sbuf *json; size_t count; maintain_progress *progress; void *ctx; };

static void list_problem(void *ctx, enum fsck_kind kind, struct str repo, struct str file,
                         const char *text, bool repaired)
{
	struct listing *l = ctx;
	if (l->count++ >= MAINTAIN_PROBLEMS_MAX)
		return;
	element_begin(l->json);
	json_text(l->json, "kind", str_c(fsck_kind_name(kind)));
	json_text(l->json, "repo", repo);
	json_text(l->json, "file", file);
	json_text(l->json, "text", str_c(text));
	json_bool(l->json, "repaired", repaired);
	sbuf_putc(l->json, '}');
}

static void pass_progress(void *ctx, uint64_t files, uint64_t bytes)
{
	struct listing *l = ctx;
	if (l->progress)
		l->progress(l->ctx, files, bytes);
}

enum err maintain_fsck(struct ingest *g, bool repair, maintain_progress *progress, void *ctx,
                       struct sbuf *json, struct errinfo *e)
{
	char root[SHA256_HEX_BYTES + 1];
	struct fsck_report r;
	struct listing l = { .json = json, .progress = progress, .ctx = ctx };
	struct fsck_options o = { .repair = repair, .problem = list_problem, .progress = pass_progress,
	                          .ctx = &l };
	sbuf_puts(json, "{\"problems\":[");
	enum err err = ingest_fsck(g, &o, &r, e);
	if (err)
		return err;
	sha256_hex(&r.root, root);
	sbuf_putc(json, ']');
	json_number(json, "problem_count", r.problems);
	json_number(json, "repaired", r.repaired);
	json_number(json, "repositories", r.repositories);
	json_number(json, "versions", r.versions);
	json_number(json, "files", r.files);
	json_number(json, "bytes", r.bytes);
	json_number(json, "events", r.events);
	json_text(json, "root", str_c(root));
	sbuf_puts(json, "}\n");
	return sbuf_ok(json) ? OK : ERR(e, NOMEM, "report");
}

enum err maintain_rebuild(struct ingest *g, struct sbuf *json, struct errinfo *e)
{
	struct rebuild_report r;
	enum err err = ingest_rebuild(g, &r, e);
	if (err)
		return err;
	sbuf_putc(json, '{');
	json_number(json, "repositories", r.repositories);
	json_number(json, "versions", r.versions);
	json_number(json, "changed_lines", r.changed_lines);
	json_number(json, "damaged", r.damaged);
	sbuf_puts(json, "}\n");
	return sbuf_ok(json) ? OK : ERR(e, NOMEM, "report");
}

/* ---- over the control socket ---- */

static enum err fsck(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf json = sbuf_make(MAINTAIN_REPORT_MAX_BYTES);
	enum err err = maintain_fsck(c->app->ingest, query_is_on(&c->query, "repair"), NULL, NULL, &json,
	                             e);
	return err ? err : respond_buffer(JSON_TYPE, &json, s, e);
}

enum err control_fsck(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, c->app->maintenance, fsck, e);
}

static enum err rebuild(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf json = sbuf_make(MAINTAIN_REPORT_MAX_BYTES);
	enum err err = maintain_rebuild(c->app->ingest, &json, e);
	if (!err)
		hub_remake(call_hub(c));
	return err ? err : respond_buffer(JSON_TYPE, &json, s, e);
}

enum err control_rebuild(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, c->app->maintenance, rebuild, e);
}
