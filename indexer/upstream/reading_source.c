/* Where the entries of a pass come from: the file of an index, or a registry as if it were one. */
#include <unistd.h>

#include "indexer/upstream/impl.h"
#include "indexer/upstream/oci.h"

struct piecewise { const struct reading_source *of; off_t at; };

static enum err read_some(void *ctx, char *to, size_t size, size_t *ret_n, struct errinfo *e)
{
	struct piecewise *p = ctx;
	ssize_t n = pread(p->of->fd, to, size, p->at);
	if (n < 0)
		return ERR_SYS(e, "read");
	p->at += n;
	*ret_n = (size_t)n;
	return p->of->look(p->of->ctx, (uint64_t)p->at, e);
}

static enum err rewind_file(void *ctx, struct errinfo *e)
{
	(void)e;
	((struct piecewise *)ctx)->at = 0;
	return OK;
}

/* ---- a registry ---- */

struct watched {                     /* a handler that is called as long as `look` says so */
	const struct index_stream_handler *of;
	const struct reading_source *from;
	uint64_t versions;
	struct errinfo end;              /* why it did not, if it has a code */
};

static enum err look(struct watched *w, struct errinfo *e)
{
	enum err err = w->end.code ? w->end.code : w->from->look(w->from->ctx, ++w->versions, &w->end);
	if (err)
		*e = w->end;
	return err;
}

/* What is not known is told as an entry, and that ends it. */
static bool watched_known(void *ctx, struct str chart, const struct sha256 *hash)
{
	struct watched *w = ctx;
	struct errinfo ignored;
	return !look(w, &ignored) && w->of->known(w->of->ctx, chart, hash);
}

static enum err watched_entry(void *ctx, struct str chart, const struct index_entry *entry,
                              const struct sha256 *hash, struct errinfo *e)
{
	struct watched *w = ctx;
	if (!w->end.code)
		return w->of->entry(w->of->ctx, chart, entry, hash, e);
	*e = w->end;
	return w->end.code;
}

static enum err watched_skipped(void *ctx, struct str chart, struct str version, uint32_t line,
                                const char *why, struct errinfo *e)
{
	struct watched *w = ctx;
	enum err err = look(w, e);
	return err ? err : w->of->skipped(w->of->ctx, chart, version, line, why, e);
}

static enum err read_registry(struct reading *r, const struct reading_source *from,
                              const struct index_stream_handler *handler, struct errinfo *e)
{
	const struct oci_options o = { .outgoing = from->outgoing, .access = from->access };
	struct watched w = { .of = handler, .from = from };
	const struct index_stream_handler watched = { .ctx = &w, .known = watched_known,
		                                          .entry = watched_entry, .skipped = watched_skipped };
	struct oci *oci;
	enum err err = oci_open(&o, r->base, &oci, e);
	if (err)
		return err;
	err = oci_index_read(oci, &watched, &r->summary, e);
	r->retry_after = oci_retry_after(oci);
	r->partial = !err && oci_unread(oci, &r->unread);
	oci_close(oci);
	return err;
}

enum err reading_pass(struct reading *r, enum reading_mode mode, const struct reading_source *from,
                      struct errinfo *e)
{
	struct piecewise file = { .of = from };
	struct index_stream_handler handler = reading_handler;
	handler.ctx = r;
	reading_begin(r, mode);
	return oci_is_address(r->settings->upstream)
	       ? read_registry(r, from, &handler, e)
	       : index_stream_read(read_some, rewind_file, &file, "index.yaml", &handler, &r->summary, e);
}
