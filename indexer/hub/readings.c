/* See readings.h. */
#include "indexer/hub/readings.h"

static enum err make_values(const struct contents *c, void *ctx, struct arena *a, void **ret,
                            struct errinfo *e)
{
	struct values_view *v = ARENA_NEW(a, struct values_view);
	(void)ctx;
	enum err err = v ? values_view(a, &c->chart, v, e) : ERR(e, NOMEM, "values");
	if (!err)
		*ret = v;
	return err;
}

enum err contents_values(struct hub *h, struct contents *c, const struct values_view **ret,
                         struct errinfo *e)
{
	void *made = NULL;
	enum err err = contents_made(h, c, PART_VALUES, make_values, NULL, &made, e);
	if (!err)
		*ret = made;
	return err;
}

struct side { struct chart_images images; struct chart_kinds kinds; };

static enum err make_side(const struct contents *c, void *ctx, struct arena *a, void **ret,
                          struct errinfo *e)
{
	struct side *s = ARENA_NEW(a, struct side);
	(void)ctx;
	if (!s)
		return ERR(e, NOMEM, "comparison");
	enum err err = images_read(a, &c->chart, &s->images, e);
	if (!err)
		err = kinds_read(a, &c->chart, &s->kinds, e);
	if (!err)
		*ret = s;
	return err;
}

static enum err take_side(struct hub *h, struct contents *c, struct compare_side *ret,
                          struct errinfo *e)
{
	const struct values_view *values;
	void *made = NULL;
	enum err err = contents_values(h, c, &values, e);
	if (!err)
		err = contents_made(h, c, PART_SIDE, make_side, NULL, &made, e);
	if (err)
		return err;
	const struct side *s = made;
	*ret = (struct compare_side){ &c->chart, values, &s->images, &s->kinds };
	return OK;
}

enum err contents_compare(struct hub *h, struct arena *a, struct contents *old,
                          struct contents *new, const struct changelog *notes,
                          struct comparison *ret, struct errinfo *e)
{
	struct compare_side old_side, new_side;
	enum err err = take_side(h, old, &old_side, e);
	if (!err)
		err = take_side(h, new, &new_side, e);
	return err ? err : compare_sides(a, &old_side, &new_side, notes, ret, e);
}
