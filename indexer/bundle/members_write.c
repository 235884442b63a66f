/* Writing members: everything goes through one buffer, and is hashed there. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/members_impl.h"

struct bundle_writer {
	struct output output;
	struct sha256_stream *hash;      /* of a member's file */
	char *buffer;
	size_t n;
	struct sbuf header;
	int64_t mtime_seconds;
	uint64_t files, bytes;           /* so far */
	bool spoiled;                    /* an error was returned: it will not be a bundle */
	void (*progress)(void *ctx, uint64_t files, uint64_t bytes);
	void *ctx;
};

void bundle_writer_free(struct bundle_writer *w)
{
	if (!w)
		return;
	output_discard(&w->output);
	sha256_free(w->hash);
	sbuf_done(&w->header);
	free(w->buffer);
	free(w);
}

enum err bundle_writer_new(const struct bundle_target *t, struct bundle_writer **ret,
                           struct errinfo *e)
{
	struct bundle_writer *w = calloc(1, sizeof *w);
	if (!w)
		return ERR(e, NOMEM, "a bundle");
	w->output = (struct output){ .fd = -1, .first = -1 };
	w->header = sbuf_make(MEMBER_HEADERS_MAX_BYTES);
	w->mtime_seconds = t->mtime_seconds;
	w->progress = t->progress;
	w->ctx = t->ctx;
	w->hash = sha256_new();
	w->buffer = malloc(BUNDLE_STEP_BYTES);
	enum err err = w->hash && w->buffer ? output_open(&w->output, t, e) : ERR(e, NOMEM, "a bundle");
	if (err)
		bundle_writer_free(w);
	else
		*ret = w;
	return err;
}

static void tell(struct bundle_writer *w)
{
	if (w->progress)
		w->progress(w->ctx, w->files, w->bytes);
}

static enum err flush(struct bundle_writer *w, struct errinfo *e)
{
	struct str data = str_make(w->buffer, w->n);
	w->n = 0;
	tell(w);
	return data.n ? output_put(&w->output, data, e) : OK;
}

/* NULL: zeros. */
static enum err put(struct bundle_writer *w, const char *from, size_t bytes, struct errinfo *e)
{
	enum err err = OK;
	while (bytes && !err) {
		size_t now = BUNDLE_STEP_BYTES - w->n < bytes ? BUNDLE_STEP_BYTES - w->n : bytes;
		if (from)
			memcpy(w->buffer + w->n, from, now);
		else
			memset(w->buffer + w->n, 0, now);
		from = from ? from + now : NULL;
		w->n += now;
		w->bytes += now;
		bytes -= now;
		if (w->n == BUNDLE_STEP_BYTES)
			err = flush(w, e);
	}
	return err;
}

static enum err put_header(struct bundle_writer *w, struct str path, uint64_t bytes,
                           struct errinfo *e)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	enum err err = tar_name_check(path, e);
	if (err)
		return err;
	if (bytes > TAR_MEMBER_MAX_BYTES)
		return ERR(e, TOO_LARGE, "%s: %llu bytes are more than a file in a tar may have",
		           tar_shown(path, shown), (unsigned long long)bytes);
	if (w->files >= BUNDLE_MEMBERS_MAX)
		return ERR(e, TOO_LARGE, "a bundle has at most %u files", BUNDLE_MEMBERS_MAX);
	sbuf_reset(&w->header);
	tar_header_put(&w->header, path, bytes, w->mtime_seconds);
	return sbuf_ok(&w->header) ? put(w, w->header.p, w->header.n, e) : ERR(e, NOMEM, "a bundle");
}

static enum err end_member(struct bundle_writer *w, uint64_t bytes, struct errinfo *e)
{
	enum err err = put(w, NULL, TAR_PADDING_BYTES(bytes), e);
	w->files++;
	tell(w);
	return err;
}

static enum err spoil(struct bundle_writer *w, enum err err)
{
	w->spoiled = w->spoiled || err;
	return err;
}

enum err bundle_put(struct bundle_writer *w, struct str path, struct str data, struct errinfo *e)
{
	enum err err = put_header(w, path, data.n, e);
	if (!err)
		err = put(w, data.p, data.n, e);
	if (!err)
		err = end_member(w, data.n, e);
	return spoil(w, err);
}

/* Into the buffer, from where it is hashed. */
static enum err take_step(struct bundle_writer *w, int fd, uint64_t at, uint64_t bytes, size_t *ret,
                          struct errinfo *e)
{
	size_t room = BUNDLE_STEP_BYTES - w->n;
	ssize_t n;
	do
		n = pread(fd, w->buffer + w->n, bytes - at < room ? (size_t)(bytes - at) : room, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ERR_SYS(e, "read");
	if (n == 0)
		return ERR(e, DAMAGED, "it has %llu of %llu bytes", (unsigned long long)at,
		           (unsigned long long)bytes);
	*ret = (size_t)n;
	if (!sha256_add(w->hash, str_make(w->buffer + w->n, *ret)))
		return ERR(e, NOMEM, "SHA-256");
	w->n += *ret;
	w->bytes += *ret;
	return w->n == BUNDLE_STEP_BYTES ? flush(w, e) : OK;
}

static enum err take_file(struct bundle_writer *w, int fd, uint64_t bytes, struct errinfo *e)
{
	char more;
	size_t n = 0;
	for (uint64_t at = 0; at < bytes; at += n) {
		enum err err = take_step(w, fd, at, bytes, &n, e);
		if (err)
			return err;
	}
	if (pread(fd, &more, 1, (off_t)bytes) > 0)
		return ERR(e, DAMAGED, "it has more than %llu bytes", (unsigned long long)bytes);
	return OK;
}

enum err bundle_put_file(struct bundle_writer *w, struct str path, int fd, uint64_t bytes,
                         const struct sha256 *digest, struct errinfo *e)
{
	struct sha256 got;
	char shown[TAR_SHOWN_MAX_BYTES];
	enum err err = put_header(w, path, bytes, e);
	if (err)
		return spoil(w, err);
	err = take_file(w, fd, bytes, e);
	if (!sha256_end(w->hash, &got) && !err)
		err = ERR(e, NOMEM, "SHA-256");
	if (!err && !sha256_eq(&got, digest))
		err = ERR(e, DAMAGED, "it has not the digest that it should");
	if (err == ERR_DAMAGED)
		err_prefix(e, "%s", tar_shown(path, shown));
	return spoil(w, err ? err : end_member(w, bytes, e));
}

enum err bundle_writer_end(struct bundle_writer *w, struct errinfo *e)
{
	enum err err = OK;
	if (w->spoiled)
		err = ERR(e, BUG, "the end of a bundle that could not be written");
	if (!err)
		err = put(w, NULL, TAR_END_BYTES, e);
	if (!err)
		err = flush(w, e);
	if (!err)
		err = output_end(&w->output, e);
	bundle_writer_free(w);
	return err;
}
