/* The head of a bundle: who signed it, and whether it is the trip that is expected. */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/stage_impl.h"

enum err staged_head(struct bundle_staged *s, const struct bundle_stage *o, struct str text,
                     struct str signatures, struct errinfo *e)
{
	struct str kept;
	enum err err = keys_verify(o->data, &s->arena, text, signatures, o->now_ns, &s->signers,
	                           &s->signer_count, e);
	if (!err && !arena_str(&s->arena, text, &kept))
		err = ERR(e, NOMEM, "bundle");
	return err ? err : bundle_head_parse(kept, &s->head, e);
}

/* ---- the trip ---- */

static struct trip_row trip_of(const struct bundle_head *h)
{
	return (struct trip_row){ .bundle = h->repo, .instance = h->instance, .event = h->own.event,
	                          .leaf = h->own.leaf, .parent = h->parent.event, .filter = h->filter };
}

enum err bundle_stands(struct catalog *c, const struct bundle_head *h, enum bundle_standing *ret,
                       struct errinfo *why, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct trip_row trip = trip_of(h);
	return bundle_judge_trip(c, &a, &trip, &h->parent.leaf, ret, why, e);
}

enum err staged_fits(const struct bundle_staged *s, bool force_older, struct errinfo *e)
{
	const struct trip_row trip = trip_of(&s->head);
	return bundle_trip_fits(s->catalog, &trip, &s->head.parent.leaf, force_older, e);
}

/* ---- looking at it ---- */

static enum err read_text(struct bundle_reader *r, struct str path, size_t limit, struct sbuf *to,
                          struct errinfo *e)
{
	struct bundle_member m;
	enum err err = bundle_next(r, path, &m, NULL, e);
	return err ? err : bundle_read(r, limit, to, e);
}

enum err staged_texts(struct bundle_reader *r, struct sbuf *head, struct sbuf *signatures, struct errinfo *e)
{
	enum err err = read_text(r, STR(BUNDLE_HEAD), BUNDLE_HEAD_MAX_BYTES, head, e);
	return err ? err : read_text(r, STR(BUNDLE_SIGNATURES), BUNDLE_SIGNATURES_MAX_BYTES, signatures, e);
}

enum err bundle_peek(struct arena *a, const struct bundle_stage *o, struct bundle_head *ret,
                     enum bundle_standing *ret_standing, struct errinfo *why, struct errinfo *e)
{
	AUTO_SBUF struct sbuf head = sbuf_make(BUNDLE_HEAD_MAX_BYTES);
	AUTO_SBUF struct sbuf signatures = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES);
	AUTO_ARENA struct arena keys = { 0 };
	struct bundle_key *signers;
	struct bundle_reader *r = NULL;
	struct bundle_head h;
	struct str text;
	size_t count;
	enum err err = bundle_reader_open(o->dir, o->name, o->fd, &r, e);
	if (!err)
		err = staged_texts(r, &head, &signatures, e);
	bundle_reader_close(r);
	if (!err)
		err = keys_verify(o->data, &keys, sbuf_str(&head), sbuf_str(&signatures), o->now_ns, &signers, &count,
		                  e);
	if (!err && !arena_str(a, sbuf_str(&head), &text))
		err = ERR(e, NOMEM, "bundle");
	if (!err)
		err = bundle_head_parse(text, &h, e);
	if (!err)
		err = bundle_stands(o->catalog, &h, ret_standing, why, e);
	if (!err)
		*ret = h;
	return err;
}
