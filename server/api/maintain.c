/* Long work on behalf of a command: it runs on a worker, the connection waits. */
#include "server/api/maintain.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"

struct listing { struct sbuf *json; size_t count; maintain_progress *progress; void *ctx; };

static void list_problem(void *ctx, enum fsck_kind kind, struct str repo, struct str file,
                         const char *text, bool repaired)
{
	struct listing *l = ctx;
	if (l->count++ >= MAINTAIN_PROBLEMS_MAX)
		return;
	sbuf_printf(l->json, "%s{\"kind\":\"%s\",\"repo\":", l->count > 1 ? "," : "", fsck_kind_name(kind));
	sbuf_json(l->json, repo);
	sbuf_puts(l->json, ",\"file\":");
	sbuf_json(l->json, file);
	sbuf_puts(l->json, ",\"text\":");
	sbuf_json(l->json, str_c(text));
	sbuf_printf(l->json, ",\"repaired\":%s}", repaired ? "true" : "false");
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
	sbuf_printf(json, "],\"problem_count\":%llu,\"repaired\":%llu,\"repositories\":%llu,\"versions\":%llu,\"files\":%llu,"
	            "\"bytes\":%llu,\"events\":%llu,\"root\":\"%s\"}",
	            (unsigned long long)r.problems, (unsigned long long)r.repaired, (unsigned long long)r.repositories,
	            (unsigned long long)r.versions, (unsigned long long)r.files, (unsigned long long)r.bytes,
	            (unsigned long long)r.events, root);
	return sbuf_ok(json) ? OK : ERR(e, NOMEM, "report");
}

enum err maintain_rebuild(struct ingest *g, struct sbuf *json, struct errinfo *e)
{
	struct rebuild_report r;
	enum err err = ingest_rebuild(g, &r, e);
	if (err)
		return err;
	sbuf_printf(json, "{\"repositories\":%llu,\"versions\":%llu,\"changed_lines\":%llu,\"damaged\":%llu}",
	            (unsigned long long)r.repositories, (unsigned long long)r.versions,
	            (unsigned long long)r.changed_lines, (unsigned long long)r.damaged);
	return sbuf_ok(json) ? OK : ERR(e, NOMEM, "report");
}

/* ---- over the control socket ---- */

struct maintenance { struct pool_job job; struct call *call; bool rebuild, repair; };

static void maintain(struct pool_job *job)
{
	struct maintenance *m = (struct maintenance *)job;
	struct call *c = m->call;
	struct errinfo e = { 0 };
	struct response s;
	AUTO_SBUF struct sbuf json = sbuf_make(MAINTAIN_REPORT_MAX_BYTES);
	enum err err = m->rebuild ? maintain_rebuild(c->app->ingest, &json, &e)
	                          : maintain_fsck(c->app->ingest, m->repair, NULL, NULL, &json, &e);
	/* The arena of a request is too small for a long report: it goes out of the buffer. */
	if (err) {
		call_fail(c, &e);
		return;
	}
	char *text = sbuf_take(&json);
	s = (struct response){ .status = 200, .content_type = "application/json; charset=utf-8",
	                       .payload = HTTP_BYTES, .bytes = str_c(text), .release = free, .release_ctx = text };
	call_reply(c, &s);
}

static enum err start(struct call *c, bool rebuild, struct errinfo *e)
{
	struct maintenance *m = ARENA_NEW(&c->r->arena, struct maintenance);
	if (!m)
		return ERR(e, NOMEM, "request");
	*m = (struct maintenance){ .job.run = maintain, .call = c, .rebuild = rebuild,
	                           .repair = query_is_on(&c->query, "repair") };
	enum err later = call_later(c);
	pool_give(c->app->maintenance, &m->job);
	return later;
}

enum err control_fsck(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return start(c, false, e);
}

enum err control_rebuild(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return start(c, true, e);
}
