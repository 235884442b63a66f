/* The bytes of one bundle. Its head is judged as soon as it is here: a key that nobody trusts, or a trip that does
 * not fit, is told before the rest is paid for. Breaks are gone on from at the byte, with pauses that grow while
 * nothing comes; outside of the windows nothing is asked.                                     */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "server/cmd/mirror.h"
#include "server/cmd/reader.h"

#define TRIES_MAX 8                      /* in a row in which nothing came, … */
#define FIRST_TRIES_MAX 3                /* … and before the first byte */
#define BUSY_MAX 2000                    /* times that it is being made still */
#define FIRST_PAUSE_SECONDS 1
#define PAUSE_MAX_SECONDS 300
#define BUSY_PAUSE_MAX_SECONDS 30
#define FETCH_SECONDS (365u * 86400u)    /* the link may be slow */
#define SAY_EVERY_SECONDS 60
#define REUSE_MIN_BYTES (32u * KIB)      /* less is not worth another request */
/* Head and signatures, each with its header. */
#define JUDGED_BYTES (BUNDLE_HEAD_MAX_BYTES + BUNDLE_SIGNATURES_MAX_BYTES + 4u * KIB)

struct fetching {
	struct mirror *x;
	struct mirror_arriving *r;
	struct progress *progress;
	uint64_t shown;                  /* of the bytes */
	bool is_judged, is_closed;       /* closed: the window ended */
	struct bundle_reuse *reuse;      /* NULL: nothing came of another one */
	bool is_known;                   /* what comes next is here */
	struct errinfo head;             /* why it will not be taken; code OK: nothing says so */
};

/* ---- while it comes ---- */

static enum err judge(struct fetching *f, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct reader reader = { 0 };
	struct bundle_head head;
	enum bundle_standing standing;
	struct errinfo why = { 0 };
	enum err err = reader_open(f->x->data, &reader, e);
	const struct bundle_stage o = { .data = reader.dir, .catalog = reader.catalog, .dir = f->r->dir, .fd = -1,
	                                .name = f->r->file, .now_ns = clock_wall() };
	if (!err)
		err = bundle_peek(&a, &o, &head, &standing, &why, e);
	if (!err && standing != STANDING_FITS && standing != STANDING_HERE)
		err = err_set(e, why.code ? why.code : ERR_INVALID, "%s", why.detail);
	reader_close(&reader);
	f->is_judged = true;
	return err;
}

static uint64_t size_of(const struct fetching *f)
{
	struct stat st;
	return fstatat(f->r->dir, f->r->file, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_size : 0;
}

static bool is_enough(const struct fetching *f)
{
	return size_of(f) >= (f->r->bytes < JUDGED_BYTES ? f->r->bytes : JUDGED_BYTES);
}

static bool came(void *ctx, uint64_t bytes, uint64_t total)
{
	struct fetching *f = ctx;
	(void)total;
	if (bytes > f->shown)
		progress_add(f->progress, 0, bytes - f->shown);
	f->shown = bytes;
	struct errinfo why = { 0 };
	if (!f->is_judged && is_enough(f) && judge(f, &why))
		f->head = why;
	f->is_known = f->reuse && f->is_judged && bundle_reuse_has(f->reuse, size_of(f), REUSE_MIN_BYTES);
	f->is_closed = mirror_window_wait(&f->x->windows, mirror_window_now()) > 0;
	return !f->head.code && !f->is_closed && !f->is_known;
}

/* ---- one request ---- */

static enum err measure(struct mirror_arriving *r, struct errinfo *e)
{
	struct stat st;
	if (fstatat(r->dir, r->file, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return ERR_SYS(e, "%s", r->file);
	r->have = (uint64_t)st.st_size;
	return OK;
}

static enum err check_answer(struct fetching *f, struct arena *a, const struct outgoing_answer *answer,
                             const char *etag, struct errinfo *e)
{
	if (answer->status == 404 || answer->status == 410)
		return ERR(e, NOT_FOUND, "the server does not have it any more");
	if (answer->status != 200) {
		enum err err = mirror_answer_error(f->x, a, answer, e);
		return err ? err : ERR(e, UPSTREAM, "the server answered %d", answer->status);
	}
	if (!str_eq_c(answer->etag, etag) || f->r->have != f->r->bytes)
		return ERR(e, CORRUPT, "the server sent something else than the bundle it had promised (%llu of %llu "
		           "bytes)", (unsigned long long)f->r->have, (unsigned long long)f->r->bytes);
	return OK;
}

static enum err request(struct fetching *f, uint64_t *ret_retry, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	char hex[SHA256_HEX_BYTES + 1];
	struct mirror_arriving *r = f->r;
	struct outgoing_answer answer;
	AUTO_FD int fd = openat(r->dir, r->file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return ERR_SYS(e, "%s", r->file);
	sha256_hex(&r->id, hex);
	const char *etag = arena_printf(&a, "\"%s\"", hex), *url = mirror_bundle_url(f->x, &a, &r->id);
	if (!etag || !url)
		return ERR(e, NOMEM, "request");
	const struct outgoing_request q = {
		.method = "GET", .url = url, .access = &f->x->access, .max_bytes = r->bytes, .fd = fd,
		.seconds = FETCH_SECONDS, .keeps_file = true, .from = r->have, .etag = r->have ? etag : NULL,
		.pace = f->x->pace.rate ? &f->x->pace : NULL, .progress = came, .progress_ctx = f,
	};
	enum err err = outgoing_do(f->x->outgoing, &a, &q, &answer, e);
	enum err measured = measure(r, err ? &(struct errinfo){ 0 } : e);
	*ret_retry = err ? 0 : answer.retry_after;
	return err ? err : measured ? measured : check_answer(f, &a, &answer, etag, e);
}

/* ---- until it is here ---- */

static bool may_try_again(enum err err)
{
	return err == ERR_UPSTREAM || err == ERR_BUSY || err == ERR_DRAINING || err == ERR_TOO_MANY ||
	       err == ERR_TIMEOUT;
}

struct patience { unsigned tries, busy; bool has_come; };

static enum err wait(struct fetching *f, struct patience *p, enum err err, uint64_t retry, uint64_t before,
                     struct errinfo *e)
{
	bool is_busy = err == ERR_BUSY || err == ERR_TOO_MANY;
	unsigned *count = is_busy ? &p->busy : &p->tries;
	uint64_t most = is_busy ? BUSY_PAUSE_MAX_SECONDS : PAUSE_MAX_SECONDS;
	if (f->r->have > before) {
		p->has_come = true;
		p->tries = 0;
	}
	unsigned tries_max = p->has_come ? TRIES_MAX : FIRST_TRIES_MAX;
	if (++*count > (is_busy ? BUSY_MAX : tries_max))
		return err;
	uint64_t pause = FIRST_PAUSE_SECONDS << (*count - 1 < 10 ? *count - 1 : 10);
	pause = pause < retry ? retry : pause;
	pause = pause < most ? pause : most;
	if (!is_busy)
		progress_say(f->progress, "%s; %llu of %llu bytes are here, going on in %llu s", cmd_reason(e),
		             (unsigned long long)f->r->have, (unsigned long long)f->r->bytes,
		             (unsigned long long)pause);
	return mirror_pause(f->x, pause, e);
}

/* From what came of another bundle. */
static enum err fill(struct fetching *f, struct errinfo *e)
{
	uint64_t before = f->r->have;
	if (!f->reuse || !bundle_reuse_has(f->reuse, before, REUSE_MIN_BYTES))
		return OK;
	enum err err = bundle_reuse_fill(f->reuse, &f->r->have, e);
	if (!err)
		progress_say(f->progress, "%s: %llu bytes came with an earlier bundle", f->r->file,
		             (unsigned long long)(f->r->have - before));
	progress_add(f->progress, 0, f->r->have - before);
	f->shown = f->r->have;
	return err;
}

static enum err fetch_rest(struct fetching *f, struct errinfo *e)
{
	struct patience p = { 0 };
	enum err err = OK;
	while (!err && f->r->have < f->r->bytes) {
		uint64_t before = f->r->have, retry = 0;
		struct errinfo why = { 0 };
		err = mirror_wait_open(f->x, e);
		if (err)
			return err;
		f->is_closed = f->is_known = false;
		err = fill(f, e);
		if (err || f->r->have >= f->r->bytes)
			return err;
		before = f->r->have;
		err = request(f, &retry, &why);
		if (f->head.code) {
			why = f->head;
			err = why.code;
		} else if ((f->is_closed || f->is_known) && err == ERR_DRAINING) {
			err = OK;
		} else if (err && may_try_again(err)) {
			err = wait(f, &p, err, retry, before, &why);
		}
		if (err)
			*e = why;
	}
	return err;
}

enum err mirror_fetch(struct mirror *x, struct mirror_arriving *r, struct errinfo *e)
{
	struct fetching f = { .x = x, .r = r, .shown = r->have };
	enum err err = r->have && is_enough(&f) ? judge(&f, e) : OK;
	if (err)
		return err;
	if (r->have && r->have < r->bytes)
		fprintf(stderr, "%s: going on at byte %llu of %llu\n", r->file, (unsigned long long)r->have,
		        (unsigned long long)r->bytes);
	if (faccessat(r->dir, ARRIVING_EARLIER, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		err = bundle_reuse_open(r->dir, ARRIVING_EARLIER, r->file, r->bytes, &f.reuse, e);
	f.progress = progress_new("fetching", 0, r->bytes - r->have);
	if (!err)
		err = fetch_rest(&f, e);
	progress_done(f.progress);
	bundle_reuse_close(f.reuse);
	return err;
}

enum err mirror_pause(struct mirror *x, uint64_t seconds, struct errinfo *e)
{
	*e = (struct errinfo){ 0 };
	return outgoing_pause(x->outgoing, clock_monotonic() + (int64_t)seconds * NS_PER_SECOND)
	       ? OK : ERR(e, DRAINING, "ended");
}

enum err mirror_wait_open(struct mirror *x, struct errinfo *e)
{
	enum err err = OK;
	unsigned wait = mirror_window_wait(&x->windows, mirror_window_now());
	if (wait)
		fprintf(stderr, "outside of its windows: going on in %u min\n", (wait + 59) / 60);
	for (; wait && !err; wait = mirror_window_wait(&x->windows, mirror_window_now()))
		err = mirror_pause(x, wait < SAY_EVERY_SECONDS ? wait : SAY_EVERY_SECONDS, e);
	return err;
}
