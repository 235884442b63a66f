/* Which images a chart needs: those that an install with defaults runs, or those of a list that was pushed. */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/images_pushed.h"
#include "indexer/document/readiness_parts.h"

static enum err add_image(struct needs_reader *r, const struct chart_image *i)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * IMAGE_MAX_BYTES);
	struct image_parts said, p;
	if (!i->certain || !image_split(i->image, &said))
		return OK;
	if (!image_split_normal(i->image, &b, &p))
		return ERR(r->e, NOMEM, "readiness");
	struct readiness_finding f = { .code = READY_IS_IMAGE, .what = i->image, .where = i->where,
	                               .subchart = i->subchart, .host = p.registry };
	if (!said.digest.n)
		f.code = !said.tag.n ? READY_IS_UNTAGGED : str_eq(said.tag, STR("latest")) ? READY_IS_LATEST : f.code;
	return need_add(r, &f);
}

enum err needs_of_images(struct needs_reader *r, const struct chart_images *x)
{
	enum err err = OK;
	for (size_t i = 0; i < x->count && !err; i++)
		err = add_image(r, &x->images[i]);
	r->to->cut |= x->cut;
	return err;
}

/* ---- with a list ---- */

static bool is_image(const struct readiness_finding *f)
{
	struct image_parts ignored;
	return readiness_rule(f->code)->kind == OUTSIDE_IMAGE && image_split(f->what, &ignored);
}

/* What is no image goes over as it is; where the others were found is of use to the list. */
static enum err part(struct needs_reader *r, const struct readiness_needs *n, struct chart_images *ret)
{
	enum err err = OK;
	ret->images = arena_array(&r->scratch, n->count + 1, sizeof *ret->images);
	if (!ret->images)
		return ERR(r->e, NOMEM, "readiness");
	for (size_t i = 0; i < n->count && !err; i++) {
		const struct readiness_finding *f = &n->list[i];
		if (is_image(f))
			ret->images[ret->count++] = (struct chart_image){ .image = f->what, .where = f->where,
			                                                  .subchart = f->subchart, .certain = true };
		else if (readiness_rule(f->code)->kind != OUTSIDE_IMAGE)
			err = need_add(r, f);
	}
	return err;
}

enum err readiness_with_list(struct arena *a, const struct readiness_needs *n, struct str list,
                             struct readiness_needs *ret, struct errinfo *e)
{
	struct readiness_needs needs = { .chart = n->chart, .cut = n->cut };
	struct needs_reader r = { .a = a, .e = e, .to = &needs };
	struct chart_images found = { 0 }, x;
	enum err err = part(&r, n, &found);
	if (!err)
		err = images_with_list(&r.scratch, &found, list, &x, e);
	if (!err)
		err = needs_of_images(&r, &x);
	arena_done(&r.scratch);
	if (!err)
		*ret = needs;
	return err;
}
