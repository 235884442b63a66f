/* The index goes out from the snapshot, without a copy. Its ETag names the content by what made
 * it (the last event, the format, the encoding, the renderer), so nothing is hashed per request
 * and nothing moves while nothing changes. There is no Last-Modified: it may change twice in a second.
 *
 * X-Chartlocker tells other servers of this kind how to follow the repository by its events, and after
 * which one this index is. The address is relative to the index's own: whatever proxies stand before
 * the server, it leads to the same one.                                                        */
#include "server/repo/index.h"

#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "server/route/conditional.h"
#include "server/route/outside.h"
#include "server/route/stale.h"

#define FOLLOW_HEADER "X-Chartlocker"
#define CHART_INDEX_MAX_BYTES (64u * MIB)
#define FOLLOW_BYTES (REPO_NAME_MAX_BYTES + 3u * HTTP_SEGMENTS_MAX + 80u)

struct index_reply {
	struct call *call;
	struct snapshot *snapshot;
	struct rope *rope;
	const char *type;
	int status;                      /* 200, 304 */
	bool yaml, gzip, may_block;
	char etag[ETAG_BYTES];
	char follow[FOLLOW_BYTES];       /* empty: this is not the repository as it is now */
};

static void release(void *snapshot) { snapshot_unref(snapshot); }

/* `event` was asked for before the snapshot was taken. What a virtual repository shows changes with its
 * members, so all of the log is to be looked at.                                               */
static void tell_follow(const struct call *c, const struct snapshot *s, uint64_t event,
                        char ret[FOLLOW_BYTES])
{
	char up[3 * HTTP_SEGMENTS_MAX + 1] = "";
	struct str path = outside_path(c->app, c->r->path);
	size_t slashes = 0, n = 0;
	for (size_t i = 1; i < path.n; i++)
		slashes += path.p[i] == '/';
	for (; slashes && n + 3 < sizeof up; slashes--, n += 3)
		memcpy(up + n, "../", 4);
	(void)snprintf(ret, FOLLOW_BYTES, "api=%sapi/v1; repo=%.*s; event=%llu; log=%s", up,
	               STR_ARG(c->repo), (unsigned long long)event,
	               repo_kind(s->settings) == REPO_VIRTUAL ? "all" : "repo");
}

static enum err name_content(struct index_reply *x, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	char about[REPO_NAME_MAX_BYTES + SHA256_HEX_BYTES + 64 + ROPE_SERVER_INFO_MAX_BYTES];
	struct sha256 digest;
	sha256_hex(&x->snapshot->identity, hex);
	int n = snprintf(about, sizeof about, "%s %.*s %s %s %u%s", hex, STR_ARG(x->call->repo),
	                 x->yaml ? "yaml" : "json", x->gzip ? "gzip" : "identity",
	                 INDEX_RENDERER_VERSION, x->call->app->server_info ?: "");
	enum err err = sha256_of(str_make(about, (size_t)n), &digest, e);
	sha256_hex(&digest, hex);
	(void)snprintf(x->etag, sizeof x->etag, "\"%.32s\"", hex);
	return err;
}

static void headers(const struct index_reply *x, struct response *s)
{
	response_header(s, "ETag", x->etag);
	response_header(s, "Vary", "Accept-Encoding");
	if (*x->follow)
		response_header(s, FOLLOW_HEADER, x->follow);
	stale_headers(x->call, s);
	s->content_type = x->type;
	if (x->gzip && s->status == 200)
		response_header(s, "Content-Encoding", "gzip");
}

/* Fills *s; the snapshot's reference goes with the answer, or is given up without one. */
static enum err answer(struct index_reply *x, struct response *s, struct errinfo *e)
{
	struct str gzip = { 0 };
	enum err err = x->gzip ? rope_gzip(x->rope, &gzip, e) : OK;
	if (err) {
		snapshot_unref(x->snapshot);
		return err;
	}
	*s = (struct response){ .status = x->status, .release = release, .release_ctx = x->snapshot };
	if (x->status == 304) {
		s->payload = HTTP_LENGTH;
		s->length = x->gzip ? gzip.n : rope_bytes(x->rope);
	} else if (x->gzip) {
		s->payload = HTTP_BYTES;
		s->bytes = gzip;
	} else {
		s->payload = HTTP_PIECES;
		s->pieces = rope_iov(x->rope, &s->piece_count);
	}
	headers(x, s);
	return OK;
}

static enum err compress(struct call *c, struct response *s, struct errinfo *e)
{
	return answer(c->state, s, e);
}

static enum err reply(struct index_reply *x, struct response *s, struct errinfo *e)
{
	struct entity entity = { .etag = str_c(x->etag) };
	struct verdict v;
	evaluate_request(x->call->r, &entity, &v);
	if (v.status == 412) {
		*s = (struct response){ .status = v.status };
		headers(x, s);
		snapshot_unref(x->snapshot);
		return OK;
	}
	x->status = v.status;
	if (x->gzip && !x->may_block && !rope_gzip_is_ready(x->rope)) {
		struct call *c = x->call;
		c->state = x;
		enum err err = call_work(c, ingest_pool(c->app->ingest), compress, e);
		if (err)
			snapshot_unref(x->snapshot);
		return err;
	}
	return answer(x, s, e);
}

static void release_rope(void *rope) { rope_unref(rope); }

/* ChartMuseum knows every repository; this one remembers none that was only asked for. */
static enum err empty_index(const struct call *c, const char *type, struct response *s,
                            struct errinfo *e)
{
	struct rope *rope;
	enum err err = rope_empty(ROPE_JSON, 0, &rope, e);
	if (err)
		return err;
	rope_tell_server(rope, c->app->server_info);
	*s = (struct response){ .status = 200, .content_type = type, .payload = HTTP_PIECES,
	                        .release = release_rope, .release_ctx = rope };
	s->pieces = rope_iov(rope, &s->piece_count);
	return OK;
}

static const char *type_of(bool yaml) { return yaml ? "application/x-yaml" : "application/json"; }

/* `yaml`: index.yaml is asked for, which is YAML if the repository's settings say so. */
static enum err reply_with(struct call *c, struct snapshot *snapshot, bool yaml, bool may_block,
                           const uint64_t *event, struct response *s, struct errinfo *e)
{
	const char *type = type_of(yaml);
	yaml = yaml && snapshot->yaml;
	struct index_reply *x = ARENA_NEW(&c->r->arena, struct index_reply);
	if (!x) {
		snapshot_unref(snapshot);
		return ERR(e, NOMEM, "index");
	}
	*x = (struct index_reply){ .call = c, .snapshot = snapshot,
	                           .type = type, .yaml = yaml, .may_block = may_block,
	                           .rope = yaml ? snapshot->yaml : snapshot->json,
	                           .gzip = http_accepts_gzip(request_header(c->r, "Accept-Encoding")) };
	if (event && !c->shadowed.n)           /* the API is at no address of that host */
		tell_follow(c, snapshot, *event, x->follow);
	enum err err = name_content(x, e);
	if (err) {
		snapshot_unref(snapshot);
		return err;
	}
	return reply(x, s, e);
}

/* ---- one chart ---- */

static enum err write_chart(const struct snapshot *snapshot, struct str chart, struct sbuf *b,
                            struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct rope_version *list;
	size_t count;
	enum err err = rope_chart(&a, snapshot->json, chart, &list, &count, e);
	if (err)
		return err;
	char generated[RFC3339_MAX_BYTES];
	(void)clock_format(snapshot->generated_ns, generated);
	sbuf_printf(b, "{\"apiVersion\":\"v1\",\"generated\":\"%s\",\"entries\":{", generated);
	if (count) {
		sbuf_putc(b, '\n');
		json_canonical(b, chart);
		sbuf_puts(b, ":[\n");
	}
	for (size_t i = 0; i < count; i++) {
		sbuf_puts(b, i ? ",\n" : "");
		sbuf_put(b, list[i].line);
	}
	sbuf_puts(b, count ? "\n]\n}}\n" : "}}\n");
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "index");
}

/* The index as if there were no other chart: for who follows, and was told that this one changed. */
static enum err chart_index(struct call *c, struct snapshot *snapshot, struct str chart,
                            uint64_t event, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CHART_INDEX_MAX_BYTES);
	char *follow = arena_alloc(&c->r->arena, FOLLOW_BYTES);
	enum err err = follow ? write_chart(snapshot, chart, &b, e) : ERR(e, NOMEM, "index");
	if (!err)
		tell_follow(c, snapshot, event, follow);
	snapshot_unref(snapshot);
	if (!err)
		err = respond_buffer(type_of(false), &b, s, e);
	if (!err && !c->shadowed.n)
		response_header(s, FOLLOW_HEADER, follow);
	return err;
}

static enum err index_reply(struct call *c, bool yaml, struct response *s, struct errinfo *e)
{
	uint64_t event = ingest_last_event(c->app->ingest);
	struct snapshot *snapshot = ingest_snapshot(c->app->ingest, c->repo);
	const struct query_param *chart = query_get(&c->query, "chart");
	if (!snapshot && c->app->chartmuseum)
		return empty_index(c, type_of(yaml), s, e);
	if (!snapshot)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->repo));
	if (chart && !yaml)
		return chart_index(c, snapshot, chart->value, event, s, e);
	return reply_with(c, snapshot, yaml, false, &event, s, e);
}

enum err index_of(struct call *c, struct snapshot *snapshot, bool yaml, struct response *s,
                  struct errinfo *e)
{
	return reply_with(c, snapshot, yaml, true, NULL, s, e);
}

enum err index_yaml(struct call *c, struct response *s, struct errinfo *e)
{
	return index_reply(c, true, s, e);
}

enum err index_json(struct call *c, struct response *s, struct errinfo *e)
{
	return index_reply(c, false, s, e);
}
