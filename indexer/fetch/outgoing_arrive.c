/* What comes: header lines are kept as long as they are few, bytes are counted, unpacked, counted again,
 * hashed and put where the caller wants them. Decided is here, at the end of the
 * header, whether a body begins anew, goes on where an earlier one broke off, or is of no use. */
#include "indexer/fetch/outgoing_impl.h"

#include <inttypes.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/clock.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"

#define PROGRESS_NS (100 * NS_PER_MS)
#define SKIPPED_MAX_BYTES (16u * KIB)    /* a redirect's body up to there leaves the connection usable */
#define UNPACK_BYTES (16u * KIB)
#define STATUS_OK 200
#define STATUS_PARTIAL 206
#define STATUS_REDIRECTS 300             /* and errors behind them */
#define STATUS_NOT_MODIFIED 304

struct str head_find(const struct head *h, const char *name)
{
	for (size_t i = 0; i < h->count; i++)
		if (str_eq_nocase(h->lines[i].name, str_c(name)))
			return h->lines[i].value;
	return STR("");
}

/* For callbacks: why they stop, and what tells libcurl that they do. */
#define STOP(t, NAME, ...) ((t)->err = ERR((t)->e, NAME, __VA_ARGS__), false)

/* ---- the header ---- */

static bool is_redirect(const struct transfer *t)
{
	static const int redirects[] = { 301, 302, 303, 307, 308 };
	if (strcmp(t->q->method, "GET") != 0 && strcmp(t->q->method, "HEAD") != 0)
		return false;
	for (size_t i = 0; i < sizeof redirects / sizeof *redirects; i++)
		if (t->now.status == redirects[i])
			return head_find(&t->now, "Location").n > 0;
	return false;
}

/* The status tells what went wrong; of the page that comes with it as much is kept as may be. */
static bool may_be_cut(const struct transfer *t) { return t->now.status >= STATUS_REDIRECTS; }

/* Before there is a status nothing is known of what comes. */
static bool is_for_file(const struct transfer *t)
{
	return t->q->fd >= 0 && (!t->q->keeps_file || t->now.status == STATUS_OK);
}

enum err arrive_anew(struct transfer *t, struct errinfo *e)
{
	struct sha256 dropped;
	t->from = t->bytes = t->total = 0;
	t->validator = NULL;
	t->is_unpacked = t->is_aside = false;
	sbuf_reset(&t->body);
	if (!sha256_end(t->hash, &dropped))
		return ERR(e, NOMEM, "SHA-256");
	if (is_for_file(t) && ftruncate(t->q->fd, 0))
		return ERR_SYS(e, "ftruncate");
	t->is_aside = t->q->keeps_file && !is_for_file(t);
	return OK;
}

enum err arrive_first(struct transfer *t, struct errinfo *e)
{
	if (!t->q->keeps_file)
		return arrive_anew(t, e);
	t->is_aside = true;
	t->from = t->bytes = t->q->from;
	t->validator = t->q->from ? t->q->etag : NULL;
	return OK;
}

/* "bytes 5-9/10": exactly the rest of what there is. */
static bool is_rest(const struct transfer *t, struct str range, uint64_t *ret_total)
{
	uint64_t first, last;
	if (!str_starts(range, STR("bytes ")))
		return false;
	range = str_trim(str_from(range, 6));
	return str_to_u64(str_cut(&range, '-', NULL), &first) &&
	       str_to_u64(str_cut(&range, '/', NULL), &last) && str_to_u64(range, ret_total) &&
	       first == t->from && last >= first && last < *ret_total && last + 1 == *ret_total &&
	       (!t->total || *ret_total == t->total);
}

static bool is_kept(const struct transfer *t, const char *header)
{
	return str_eq(head_find(&t->now, header), head_find(&t->kept, header));
}

static bool go_on(struct transfer *t)
{
	uint64_t total = 0;
	if (!t->kept.status && str_eq_c(head_find(&t->now, "ETag"), t->validator)) {
		t->kept = t->now;                /* of an earlier request: the first answer of this one */
		t->kept.status = STATUS_OK;
		t->is_aside = false;
	}
	if (!t->kept.status || !is_kept(t, "ETag") || !is_kept(t, "Content-Encoding") ||
	    !is_rest(t, head_find(&t->now, "Content-Range"), &total))
		return STOP(t, UPSTREAM, "%s: asked for the rest after %" PRIu64 " bytes, it sent something else",
		            t->at.host, t->from);
	t->total = total;
	return true;
}

/* A strong ETag; else a date that was over when it was told (RFC 9110, 8.8.2.2). */
static const char *find_validator(const struct transfer *t)
{
	struct str etag = head_find(&t->now, "ETag");
	if (etag.n)
		return etag.p[0] == '"' ? etag.p : NULL;
	struct str modified = head_find(&t->now, "Last-Modified"), date = head_find(&t->now, "Date");
	if (!modified.n || !date.n)
		return NULL;
	time_t changed = curl_getdate(modified.p, NULL), told = curl_getdate(date.p, NULL);
	return changed >= 0 && told > changed ? modified.p : NULL;
}

/* A coding that nobody asked for is no matter where the body is none that is read. */
static bool begin_unpacking(struct transfer *t)
{
	struct str coding = head_find(&t->now, "Content-Encoding");
	if (!t->q->gzip || !coding.n || str_eq_nocase(coding, STR("identity")))
		return true;
	if (!str_eq_nocase(coding, STR("gzip")) && !str_eq_nocase(coding, STR("x-gzip")))
		return t->now.status != STATUS_OK ||
		       STOP(t, UPSTREAM, "%s: asked for gzip, it sent another coding", t->at.host);
	if (t->unpacker)
		unpacker_reset(t->unpacker);
	else if ((t->err = unpacker_new(&t->unpacker, t->e)))
		return false;
	return t->is_unpacked = true;
}

static bool begin_body(struct transfer *t)
{
	const struct outgoing_request *q = t->q;
	uint64_t stated = 0;
	t->err = arrive_anew(t, t->e);
	if (t->err)
		return false;
	t->kept = t->now;
	t->validator = find_validator(t);
	bool is_empty = !strcmp(q->method, "HEAD") || t->now.status == STATUS_NOT_MODIFIED;
	if (!is_empty && !begin_unpacking(t))
		return false;
	if (is_empty || head_find(&t->now, "Transfer-Encoding").n ||
	    !str_to_u64(head_find(&t->now, "Content-Length"), &stated))
		return true;
	if (stated > q->max_bytes && !may_be_cut(t))
		return STOP(t, TOO_LARGE, "%s: the answer has %" PRIu64 " bytes, %" PRIu64 " are taken",
		            t->at.host, stated, q->max_bytes);
	t->total = t->is_unpacked ? 0 : stated;
	return true;
}

/* Whether the answer is wanted. */
static bool end_header(struct transfer *t)
{
	if (is_redirect(t)) {
		t->is_skipped = true;
		return true;
	}
	bool is_first = !t->kept.status && t->now.status != STATUS_PARTIAL;
	if (!t->from || t->now.status == STATUS_OK || is_first)
		return begin_body(t);
	if (t->now.status == STATUS_PARTIAL)
		return go_on(t);
	return STOP(t, UPSTREAM, "%s: broke off after %" PRIu64 " bytes, and answered %d for the rest",
	            t->at.host, t->from, t->now.status);
}

static bool keep_line(struct transfer *t, struct str line)
{
	bool found;
	struct head *h = &t->now;
	struct outgoing_header *lines;
	char *copy = arena_dup(t->a, line);
	if (!copy || !(lines = arena_room(t->a, h->lines, h->count, &h->capacity, sizeof *lines)))
		return STOP(t, NOMEM, "header");
	h->lines = lines;
	struct str name = str_cut(&(struct str){ copy, line.n }, ':', &found);
	struct str value = str_trim(str_make(copy + name.n + found, line.n - name.n - found));
	copy[value.n ? (size_t)(value.p - copy) + value.n : line.n] = '\0';
	if (found && name.n)
		lines[h->count++] = (struct outgoing_header){ name, value };
	return true;
}

static bool take_line(struct transfer *t, struct str line)
{
	long status = 0;
	t->head_bytes += line.n;
	if (t->head_bytes > OUTGOING_HEADERS_MAX_BYTES)
		return STOP(t, TOO_LARGE, "%s: more than %u bytes of headers", t->at.host,
		            OUTGOING_HEADERS_MAX_BYTES);
	if (t->is_in_body)
		return true;
	while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	if (str_starts(line, STR("HTTP/"))) {
		t->now = (struct head){ 0 };
		return true;
	}
	if (line.n)
		return keep_line(t, line);
	(void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	t->now.status = (int)status;
	if (status < STATUS_OK)
		return true;
	t->is_in_body = true;
	t->moved = 0;
	t->moved_at = clock_monotonic();
	return end_header(t);
}

size_t arrive_header(char *line, size_t size, size_t count, void *transfer)
{
	struct transfer *t = transfer;
	return take_line(t, str_make(line, size * count)) ? size * count : 0;
}

/* ---- the body ---- */

static bool put(struct transfer *t, struct str data)
{
	if (t->total && data.n > t->total - t->bytes)
		return STOP(t, UPSTREAM, "%s: more than the %" PRIu64 " bytes it promised", t->at.host, t->total);
	uint64_t most = t->is_aside ? OUTGOING_ASIDE_MAX_BYTES : t->q->max_bytes;
	uint64_t room = t->bytes < most ? most - t->bytes : 0;
	t->is_cut = data.n > room && may_be_cut(t);
	if (t->is_cut)
		data.n = (size_t)room;
	if (data.n > room)
		return STOP(t, TOO_LARGE, "%s: the answer is longer than %" PRIu64 " bytes", t->at.host,
		            most);
	if (!sha256_add(t->hash, data))
		return STOP(t, NOMEM, "SHA-256");
	if (t->q->fd >= 0 && !t->is_aside)
		t->err = fs_pwrite(t->q->fd, data, t->bytes, t->e);
	else
		sbuf_put(&t->body, data);
	if (!t->err && !sbuf_ok(&t->body))
		return STOP(t, NOMEM, "answer of %" PRIu64 " bytes", t->bytes);
	t->bytes += data.n;
	return !t->err && !t->is_cut;
}

static bool unpack(struct transfer *t, struct str packed)
{
	char to[UNPACK_BYTES];
	size_t n = sizeof to;
	while (packed.n || n == sizeof to) {
		enum err err = unpacker_step(t->unpacker, &packed, to, sizeof to, &n, t->e);
		if (err == ERR_INVALID)
			return STOP(t, UPSTREAM, "%s: the gzip body is damaged", t->at.host);
		t->err = err;
		if (err || !put(t, str_make(to, n)))
			return false;
	}
	return true;
}

/* Now and then. False: given up. */
static bool tell(struct transfer *t, uint64_t came, uint64_t all)
{
	if (!t->q->progress || t->is_skipped || t->is_aside || clock_monotonic() - t->told < PROGRESS_NS)
		return true;
	t->told = clock_monotonic();
	return t->q->progress(t->q->progress_ctx, came, all) || STOP(t, DRAINING, "%s: given up", t->at.host);
}

/* libcurl reads on as long as there is something, so what is paced is told of here. */
static bool rest(struct transfer *t, size_t n)
{
	if (!outgoing_pause(t->o, pace_until(t->q->pace, n, clock_monotonic())))
		return STOP(t, DRAINING, "%s", t->at.host);
	return tell(t, t->bytes, t->total);
}

size_t arrive_bytes(char *data, size_t size, size_t count, void *transfer)
{
	struct transfer *t = transfer;
	size_t n = size * count;
	t->packed += n;
	if (t->is_skipped)
		return t->packed > SKIPPED_MAX_BYTES ? 0 : n;
	if (!(t->is_unpacked ? unpack : put)(t, str_make(data, n)))
		return 0;
	return !t->q->pace || rest(t, n) ? n : 0;
}

/* Looked at in the body alone: how long somebody thinks about his answer is his affair until the
 * deadline.                                                                                  */
static bool is_stalled(struct transfer *t, curl_off_t now)
{
	int64_t clock = clock_monotonic();
	if (now != t->moved) {
		t->moved = now;
		t->moved_at = clock;
	}
	return t->is_in_body && clock - t->moved_at > t->stall_ns;
}

/* Also the only place that libcurl comes by while nothing arrives. */
int arrive_progress(void *transfer, curl_off_t total, curl_off_t now, curl_off_t up_total,
                    curl_off_t up_now)
{
	struct transfer *t = transfer;
	(void)up_total, (void)up_now;
	uint64_t came = t->from + (uint64_t)now, all = total > 0 ? t->from + (uint64_t)total : 0;
	if (outgoing_is_stopping(t->o))
		return STOP(t, DRAINING, "%s", t->at.host) ? 0 : 1;
	if (came > t->q->max_bytes && !t->is_skipped && !t->is_aside) { /* that it unpacks to less is no excuse */
		t->is_cut = may_be_cut(t);
		return t->is_cut || !STOP(t, TOO_LARGE, "%s: the answer is longer than %" PRIu64 " bytes", t->at.host,
		                          t->q->max_bytes);
	}
	t->is_stalled = is_stalled(t, now);
	if (t->is_stalled)
		return 1;
	return tell(t, came, all) ? 0 : 1;
}
