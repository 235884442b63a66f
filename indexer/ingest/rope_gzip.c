/* The gzip variant: pieces are deflated one by one, kept, and joined into one member.
 *
 * A piece is flushed to a byte boundary and refers to nothing before it, so the
 * deflated pieces can stand one behind the other in one deflate stream; the tail finishes it. */
#include "indexer/ingest/rope_impl.h"

#include <stdlib.h>

#include "indexer/base/flate.h"

#define GZIP_HEAD_BYTES 10u
#define GZIP_TAIL_BYTES 8u

/* Ends a piece with probability length / ROPE_PIECE_MEAN_BYTES. */
bool line_ends_piece(struct str text)
{
	uint64_t hash = flate_crc(text);
	return hash * ROPE_PIECE_MEAN_BYTES < (uint64_t)text.n << 32;
}

struct piece *piece_new(void)
{
	struct piece *p = malloc(sizeof *p);
	if (!p)
		return NULL;
	atomic_init(&p->refs, 1);
	atomic_init(&p->deflated, NULL);
	return p;
}

struct piece *piece_ref(struct piece *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

void piece_unref(struct piece *p)
{
	if (atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(atomic_load_explicit(&p->deflated, memory_order_acquire));
	free(p);
}

static enum err deflate_text(struct pieces *p, struct str text, bool last, struct deflated **ret,
                             struct errinfo *e)
{
	struct str packed;
	enum err rc = pieces_pack(p, text, last, &packed, e);
	if (rc)
		return rc;
	struct deflated *d = malloc(sizeof *d + packed.n);
	if (!d)
		return ERR(e, NOMEM, "deflated piece");
	d->crc = flate_crc(text);
	d->text_bytes = text.n;
	d->n = packed.n;
	memcpy(d->bytes, packed.p, packed.n);
	*ret = d;
	return OK;
}

/* Two snapshots may deflate the same piece at the same time: the first one's bytes stay. */
static enum err piece_deflated(struct pieces *p, struct piece *piece, struct str text,
                               const struct deflated **ret, struct errinfo *e)
{
	struct deflated *fresh, *known = atomic_load(&piece->deflated);
	if (!known) {
		enum err rc = deflate_text(p, text, false, &fresh, e);
		if (rc)
			return rc;
		if (atomic_compare_exchange_strong(&piece->deflated, &known, fresh))
			known = fresh;
		else
			free(fresh);
	}
	*ret = known;
	return OK;
}

static enum err deflate_leaves(struct pieces *p, const struct rope *r, const struct deflated **all,
                               struct errinfo *e)
{
	size_t n = 0;
	for (uint32_t i = 0; i < r->leaf_count; i++) {
		const struct leaf *l = r->leaves[i];
		for (uint32_t k = 0; k < l->piece_count; k++) {
			enum err rc = piece_deflated(p, l->pieces[k].piece, leaf_piece_text(l, k),
			                             &all[n++], e);
			if (rc)
				return rc;
		}
	}
	return OK;
}

static unsigned char *put_u32(unsigned char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++, value >>= 8)
		*to++ = (unsigned char)value;
	return to;
}

static struct gzip_member *join(const struct deflated *const *all, size_t count)
{
	static const unsigned char head[GZIP_HEAD_BYTES] = { 0x1f, 0x8b, 8, [9] = 255 };
	size_t n = GZIP_HEAD_BYTES + GZIP_TAIL_BYTES;
	for (size_t i = 0; i < count; i++)
		n += all[i]->n;
	struct gzip_member *m = malloc(sizeof *m + n);
	if (!m)
		return NULL;
	m->n = n;
	memcpy(m->bytes, head, sizeof head);
	unsigned char *to = m->bytes + sizeof head;
	uint32_t crc = 0, size = 0;
	for (size_t i = 0; i < count; i++) {
		const struct deflated *d = all[i];
		memcpy(to, d->bytes, d->n);
		to += d->n;
		crc = flate_crc_join(crc, d->crc, d->text_bytes);
		size += (uint32_t)d->text_bytes;
	}
	(void)put_u32(put_u32(to, crc), size);
	return m;
}

static size_t piece_count(const struct rope *r)
{
	size_t n = 0;
	for (uint32_t i = 0; i < r->leaf_count; i++)
		n += r->leaves[i]->piece_count;
	return n;
}

static enum err make_member(struct rope *r, struct errinfo *e)
{
	struct pieces p = { .level = INDEX_GZIP_LEVEL };
	struct deflated *head = NULL, *tail = NULL;
	struct gzip_member *m;
	size_t count = piece_count(r) + 2;
	const struct deflated **all = calloc(count, sizeof *all);
	enum err rc = all ? OK : ERR(e, NOMEM, "gzip pieces");
	if (!rc)
		rc = deflate_text(&p, str_c(r->head), false, &head, e);
	if (!rc)
		rc = deflate_leaves(&p, r, all + 1, e);
	if (!rc)
		rc = deflate_text(&p, str_c(r->tail), true, &tail, e);
	if (rc)
		goto out;
	all[0] = head;
	all[count - 1] = tail;
	m = join(all, count);
	if (!m)
		rc = ERR(e, NOMEM, "gzip variant");
	else
		atomic_store_explicit(&r->gzip, m, memory_order_release);
out:
	free(head);
	free(tail);
	free(all);
	pieces_done(&p);
	return rc;
}

bool rope_gzip_is_ready(const struct rope *r)
{
	return atomic_load_explicit(&r->gzip, memory_order_acquire) != NULL;
}

enum err rope_gzip(struct rope *r, struct str *ret, struct errinfo *e)
{
	enum err rc = OK;
	if (!rope_gzip_is_ready(r)) {
		(void)pthread_mutex_lock(&r->gzip_lock);
		if (!rope_gzip_is_ready(r))
			rc = make_member(r, e);
		(void)pthread_mutex_unlock(&r->gzip_lock);
	}
	if (rc)
		return rc;
	const struct gzip_member *m = atomic_load_explicit(&r->gzip, memory_order_acquire);
	*ret = str_make(m->bytes, m->n);
	return OK;
}
