/* A chart goes out from memory or by sendfile; what was never verified goes by a worker first. */
#include "server/repo/chart.h"

#include <fcntl.h>

#include "indexer/base/clock.h"
#include "indexer/ingest/chart_cache.h"
#include "indexer/ingest/pulls.h"
#include "indexer/ingest/virtual.h"
#include "server/repo/fetched.h"
#include "server/route/conditional.h"
#include "server/route/stale.h"

static void release(void *file) { cached_file_unref(file); }

static const char *type_of(struct str file)
{
	return str_ends(file, STR(".prov")) ? "application/pgp-signature" : "application/gzip";
}

static enum err payload(struct cached_file *f, const struct verdict *v, struct response *s,
                        struct errinfo *e)
{
	if (f->bytes) {
		s->payload = HTTP_BYTES;
		s->bytes = str_make(f->bytes + v->offset, (size_t)v->length);
		s->release = release;
		s->release_ctx = f;
		return OK;
	}
	s->fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
	if (s->fd < 0)
		return ERR_SYS(e, "dup");
	s->payload = HTTP_FILE;
	s->offset = v->offset;
	s->length = v->length;
	cached_file_unref(f);
	return OK;
}

/* A chart that goes out, from its first byte on. */
static void count_pull(const struct call *c, const struct verdict *v)
{
	if (c->app->pulls && c->r->method == HTTP_GET && v->offset == 0 &&
	    str_ends(c->file, STR(".tgz")))
		pulls_note(c->app->pulls, c->repo, c->file, clock_wall());
}

/* 0 until the second is over: other bytes may still come in it, with the same date. */
static int64_t modified_at(const struct cached_file *f)
{
	int64_t at = clock_of((struct timespec){ .tv_sec = f->st.st_mtim.tv_sec });
	return clock_wall() - at < NS_PER_SECOND ? 0 : at;
}

/* Takes the reference over. */
static enum err answer(struct call *c, struct cached_file *f, struct response *s, struct errinfo *e)
{
	int64_t modified = modified_at(f);
	struct entity entity = { .etag = str_c(f->etag), .modified_ns = modified, .bytes = f->size,
	                         .ranges = true };
	struct verdict v;
	evaluate_request(c->r, &entity, &v);
	*s = (struct response){ .status = v.status, .content_type = type_of(c->file), .fd = -1 };
	const char *etag = arena_dup(&c->r->arena, str_c(f->etag));
	char *date = arena_alloc(&c->r->arena, HTTP_DATE_BYTES);
	if (!etag || !date || !tell_range(c->r, &v, f->size, s)) {
		cached_file_unref(f);
		return ERR(e, NOMEM, "answer");
	}
	http_date(modified, date);
	response_header(s, "ETag", etag);
	if (modified)
		response_header(s, "Last-Modified", date);
	response_header(s, "Accept-Ranges", "bytes");
	stale_headers(c, s);
	if (v.status == 304) {
		s->payload = HTTP_LENGTH;
		s->length = f->size;
	}
	if (v.status != 200 && v.status != 206) {
		cached_file_unref(f);
		return OK;
	}
	enum err err = payload(f, &v, s, e);
	if (err)
		cached_file_unref(f);
	else
		count_pull(c, &v);
	return err;
}

/* After it was fetched: what is not here now is not to be had. */
static enum err answer_fetched(struct call *c, struct response *s, struct errinfo *e)
{
	struct cached_file *f = NULL;
	enum err err = chart_cache_load(c->app->cache, c->app->ingest, c->repo, c->file, &f, e);
	return err ? err : answer(c, f, s, e);
}

enum err chart_answer(struct call *c, struct response *s, struct errinfo *e)
{
	struct cached_file *f = NULL;
	enum err err = chart_cache_load(c->app->cache, c->app->ingest, c->repo, c->file, &f, e);
	if (err == ERR_DAMAGED && str_ends(c->file, STR(".tgz")))
		ingest_report_damage(c->app->ingest, c->repo, c->file);
	if (err == ERR_ABSENT)
		return fetched_answer(c, c->repo, c->file, answer_fetched, s, e);
	bool no_tenant = err == ERR_REPO_NOT_FOUND && c->app->chartmuseum;
	if (err == ERR_NOT_FOUND || no_tenant)       /* ChartMuseum's words */
		return ERR(e, NOT_FOUND, "object not found");
	return err ? err : answer(c, f, s, e);
}

/* From here on it is a request to the member that keeps the file. Whether it may be read was asked of the
 * virtual repository, which shows nothing that its readers may not have.                     */
static enum err find_keeper(struct call *c, struct errinfo *e)
{
	struct errinfo why = { 0 };
	struct str asked = c->repo;
	enum err err = ingest_virtual_file(c->app->ingest, c->repo, c->file, &c->repo, &why);
	c->of_member = !str_eq(asked, c->repo);
	if (err == ERR_NOT_FOUND)
		return ERR(e, NOT_FOUND, "object not found");
	return err && err != ERR_REPO_NOT_FOUND ? err_set(e, err, "%s", why.detail) : OK;
}

enum err chart_get(struct call *c, struct response *s, struct errinfo *e)
{
	enum err err = find_keeper(c, e);
	if (err)
		return err;
	struct cached_file *f = chart_cache_get(c->app->cache, c->repo, c->file);
	return f ? answer(c, f, s, e) : call_work(c, ingest_pool(c->app->ingest), chart_answer, e);
}
