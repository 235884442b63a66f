/* The head of a bundle: who signed it, and whether it is the trip that is expected. */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/stage_impl.h"
#include "indexer/store/trips.h"

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

static enum err stands(enum bundle_standing is, enum bundle_standing *ret)
{
	*ret = is;
	return OK;
}

/* Of the parent: this bundle tells what changed since then. */
static enum err find_parent(const struct bundle_staged *s, struct arena *a, uint64_t last,
                            enum bundle_standing *ret, struct errinfo *why, struct errinfo *e)
{
	const struct bundle_head *h = &s->head;
	struct trip_row parent;
	if (!h->parent.event)
		return stands(STANDING_FITS, ret);
	enum err err = catalog_trip(s->catalog, a, h->repo, h->parent.event, &parent, e);
	if (!err && sha256_eq(&parent.leaf, &h->parent.leaf))
		return stands(STANDING_FITS, ret);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (!err)
		(void)ERR(why, INVALID, "its trip %llu is not the one that came here: the log there was changed",
		          (unsigned long long)h->parent.event);
	else
		(void)ERR(why, INVALID, "needs trip %llu, has %llu: carry that one too, or make it with --parent "
		          "%llu", (unsigned long long)h->parent.event, (unsigned long long)last,
		          (unsigned long long)last);
	return stands(err ? STANDING_NEEDS : STANDING_OTHER, ret);
}

static enum err compare_last(const struct bundle_staged *s, struct arena *a, const struct trip_row *last,
                             enum bundle_standing *ret, struct errinfo *why, struct errinfo *e)
{
	const struct bundle_head *h = &s->head;
	struct trip_row same;
	unsigned long long own = h->own.event, has = last->event;
	if (!str_eq(h->instance, last->instance)) {
		(void)ERR(why, INVALID, "it is of another place: trips of \"%.*s\" came from %.*s, and this one is "
		          "from %.*s", STR_ARG(h->repo), STR_ARG(last->instance), STR_ARG(h->instance));
		return stands(STANDING_OTHER, ret);
	}
	enum err err = catalog_trip(s->catalog, a, h->repo, h->own.event, &same, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (!err && !sha256_eq(&same.leaf, &h->own.leaf)) {
		(void)ERR(why, INVALID, "trip %llu is here, and was another one: the log there was changed", own);
		return stands(STANDING_OTHER, ret);
	}
	if (!err) {
		(void)ERR(why, INVALID, "trip %llu is here already", own);
		return stands(STANDING_HERE, ret);
	}
	if (own < has) {
		(void)ERR(why, INVALID, "trip %llu is older than what is here, which is trip %llu (--force-older "
		          "takes it)", own, has);
		return stands(STANDING_OLDER, ret);
	}
	return find_parent(s, a, last->event, ret, why, e);
}

enum err staged_standing(const struct bundle_staged *s, struct arena *a, enum bundle_standing *ret,
                         struct errinfo *why, struct errinfo *e)
{
	struct trip_row last;
	enum err err = catalog_trip_last(s->catalog, a, s->head.repo, &last, e);
	if (err == ERR_NOT_FOUND)
		return find_parent(s, a, 0, ret, why, e);
	return err ? err : compare_last(s, a, &last, ret, why, e);
}

enum err staged_fits(const struct bundle_staged *s, bool force_older, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	enum bundle_standing standing;
	struct errinfo why = { 0 };
	enum err err = staged_standing(s, &a, &standing, &why, e);
	if (err || standing == STANDING_FITS)
		return err;
	if (force_older && (standing == STANDING_HERE || standing == STANDING_OLDER))
		return find_parent(s, &a, 0, &standing, &why, e) ?: standing == STANDING_FITS ? OK
		       : err_set(e, why.code, "%s", why.detail);
	return err_set(e, why.code, "%s", why.detail);
}

/* ---- looking at it ---- */

static enum err read_text(struct bundle_reader *r, const char *path, size_t limit, struct sbuf *to,
                          struct errinfo *e)
{
	struct bundle_member m;
	bool end;
	enum err err = bundle_next(r, str_c(path), &m, &end, e);
	if (!err && end)
		return ERR(e, CORRUPT, "it ends before %s", path);
	return err ? err : bundle_read(r, limit, to, e);
}

enum err bundle_peek(struct arena *a, const struct bundle_stage *o, struct bundle_head *ret,
                     enum bundle_standing *ret_standing, struct errinfo *why, struct errinfo *e)
{
	AUTO_SBUF struct sbuf head = sbuf_make(BUNDLE_HEAD_MAX_BYTES);
	AUTO_SBUF struct sbuf signatures = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES);
	struct bundle_reader *r = NULL;
	struct bundle_staged s = { .catalog = o->catalog, .data = o->data };
	enum err err = bundle_reader_open(o->dir, o->name, o->fd, &r, e);
	if (!err)
		err = read_text(r, BUNDLE_HEAD, BUNDLE_HEAD_MAX_BYTES, &head, e);
	if (!err)
		err = read_text(r, BUNDLE_SIGNATURES, BUNDLE_SIGNATURES_MAX_BYTES, &signatures, e);
	if (!err)
		err = staged_head(&s, o, sbuf_str(&head), sbuf_str(&signatures), e);
	if (!err)
		err = staged_standing(&s, a, ret_standing, why, e);
	bundle_reader_close(r);
	struct str text;
	if (!err)
		err = arena_str(a, sbuf_str(&head), &text) ? bundle_head_parse(text, ret, e)
		                                           : ERR(e, NOMEM, "bundle");
	arena_done(&s.arena);
	return err;
}
