/* One request from its URL to the answer that is told of it, by way of its redirects. */
#include "indexer/fetch/outgoing_impl.h"

#include "indexer/base/clock.h"
#include "indexer/base/limits.h"

#define STALLS_OF_ALL 3                  /* a stall ends early enough to go on after two of them */

/* Who is equal in all this may go over the same connections. */
static const char *write_key(const struct transfer *t)
{
	const struct outgoing_access *x = t->access;
	const char *texts[] = { x->origin, x->certificate, x->key, x->ca, x->proxy };
	const char *key = arena_printf(t->a, "%s\n%d%d", t->start.origin, x->allow_private,
	                               t->q->pace != NULL);
	for (size_t i = 0; key && i < sizeof texts / sizeof *texts; i++)
		key = arena_printf(t->a, "%s\n%s", key, texts[i] ? texts[i] : "");
	return key;
}

static enum err begin(struct transfer *t, struct errinfo *e)
{
	static const struct outgoing_access nothing = { 0 };
	unsigned seconds = t->q->seconds ? t->q->seconds : OUTGOING_SECONDS;
	t->access = t->q->access ? t->q->access : &nothing;
	int64_t all = seconds * NS_PER_SECOND, stall = OUTGOING_STALL_SECONDS * NS_PER_SECOND;
	t->deadline = clock_monotonic() + all;
	t->stall_ns = all / STALLS_OF_ALL < stall ? all / STALLS_OF_ALL : stall;
	t->told = clock_monotonic();
	t->body = sbuf_make(t->q->max_bytes);
	t->hash = sha256_new();
	if (!t->hash)
		return ERR(e, NOMEM, "SHA-256");
	enum err err = place_read(t->a, t->q->url, &t->start, e);
	if (!err && t->access->origin)
		err = outgoing_origin(t->a, t->access->origin, &t->allowed, e);
	t->at = t->start;
	return err;
}

static enum err visit(struct transfer *t, struct errinfo *e)
{
	struct host *host;
	enum err err = place_check(&t->at, t->access, e);
	if (!err && t->q->waits)
		return hop_do(t, e);
	if (!err)
		err = host_enter(t->o, t->at.host, t->deadline, &host, e);
	if (err)
		return err;
	err = hop_do(t, e);
	host_leave(t->o, host);
	return err;
}

static enum err visit_all(struct transfer *t, struct errinfo *e)
{
	for (unsigned redirects = 0;; redirects++) {
		enum err err = visit(t, e);
		if (err || !t->is_skipped)
			return err;
		if (redirects == OUTGOING_REDIRECTS_MAX)
			return ERR(e, UPSTREAM, "%s: more than %u redirects", t->at.host, OUTGOING_REDIRECTS_MAX);
		err = place_follow(t->a, &t->at, head_find(&t->now, "Location"), &t->at, e);
		if (err)
			return err;
	}
}

/* ---- the answer ---- */

/* Seconds, or when; 0 for neither. */
static uint64_t read_retry(struct str text)
{
	uint64_t seconds;
	if (!str_to_u64(text, &seconds)) {
		time_t when = text.n ? curl_getdate(text.p, NULL) : -1;
		int64_t now = clock_wall() / NS_PER_SECOND;
		seconds = when > now ? (uint64_t)(when - now) : 0;
	}
	return seconds < OUTGOING_RETRY_MAX_SECONDS ? seconds : OUTGOING_RETRY_MAX_SECONDS;
}

/* A list may be spread over several lines. */
static enum err join_lines(struct arena *a, const struct head *h, const char *name, struct str *ret,
                           struct errinfo *e)
{
	struct sbuf b = sbuf_make(OUTGOING_HEADERS_MAX_BYTES);
	for (size_t i = 0; i < h->count; i++)
		if (str_eq_nocase(h->lines[i].name, str_c(name))) {
			sbuf_puts(&b, b.n ? ", " : "");
			sbuf_put(&b, h->lines[i].value);
		}
	bool is_whole = sbuf_ok(&b) && arena_str(a, sbuf_str(&b), ret);
	sbuf_done(&b);
	return is_whole ? OK : ERR(e, NOMEM, "header %s", name);
}

static enum err answer(struct transfer *t, struct outgoing_answer *ret, struct errinfo *e)
{
	const struct head *h = &t->kept;
	struct outgoing_answer r = {
		.status = h->status, .bytes = t->bytes, .wire_bytes = t->wire_bytes, .url = str_c(t->at.url),
		.etag = head_find(h, "ETag"), .last_modified = head_find(h, "Last-Modified"),
		.content_type = head_find(h, "Content-Type"), .server = head_find(h, "Server"),
		.retry_after = read_retry(head_find(h, "Retry-After")),
		.same_origin = !strcmp(t->at.origin, t->start.origin),
		.headers = h->lines, .header_count = h->count,
	};
	if (!sha256_end(t->hash, &r.digest) || !arena_str(t->a, sbuf_str(&t->body), &r.body))
		return ERR(e, NOMEM, "answer");
	enum err err = join_lines(t->a, h, "Link", &r.link, e);
	if (!err)
		err = join_lines(t->a, h, "WWW-Authenticate", &r.www_authenticate, e);
	if (!err)
		*ret = r;
	return err;
}

struct str outgoing_header(const struct outgoing_answer *answer, const char *name)
{
	const struct head h = { .lines = answer->headers, .count = answer->header_count };
	return head_find(&h, name);
}

enum err outgoing_do(struct outgoing *o, struct arena *a, const struct outgoing_request *q,
                     struct outgoing_answer *ret, struct errinfo *e)
{
	struct transfer t = { .o = o, .a = a, .q = q, .e = e };
	const char *key = NULL;
	if (outgoing_is_shut(o))
		return ERR(e, ADDRESS, "this server asks no others (setting outgoing)");
	enum err err = begin(&t, e);
	if (!err && !(key = write_key(&t)))
		err = ERR(e, NOMEM, "request");
	if (!err && !(t.curl = handle_take(o, key)))
		err = ERR(e, NOMEM, "libcurl");
	if (!err)
		err = visit_all(&t, e);
	if (!err)
		err = answer(&t, ret, e);
	if (t.curl)
		handle_give(o, key, t.curl);
	sbuf_done(&t.body);
	unpacker_free(t.unpacker);
	sha256_free(t.hash);
	return err;
}
