/* The merging is that of values_merge.h; here the charts that are on are put into a tree. */
#include "indexer/document/render_input.h"

#include "indexer/document/values_merge.h"

static void fill(struct values_build *b, const struct values_chart *from, const struct node *values,
                 struct render_chart *to)
{
	*to = (struct render_chart){ .chart = from->source->chart, .name = from->name, .values = values };
	to->subs = arena_array(b->a, from->sub_count, sizeof *to->subs);
	b->failed |= !to->subs;
	for (size_t i = 0; i < from->sub_count && !b->failed; i++) {
		const struct values_chart *sub = &from->subs[i];
		if (sub->enabled)
			fill(b, sub, node_find(values, sub->name), &to->subs[to->sub_count++]);
	}
}

enum err render_input(struct arena *a, const struct chart *c, struct render_chart *ret, struct errinfo *e)
{
	struct render_chart input;
	struct values_build *b = ARENA_NEW(a, struct values_build);
	if (!b)
		return ERR(e, NOMEM, "values");
	*b = VALUES_BUILD(a);
	b->for_rendering = true;
	values_find_charts(b, c);
	const struct values_entry *all = b->failed ? NULL : values_merge_all(b);
	const struct node *values = all ? values_merge_enabled(b, all) : NULL;
	if (!b->failed)
		fill(b, &b->root, values, &input);
	if (b->failed)
		return ERR(e, NOMEM, "values");
	input.name = c->meta.name;
	*ret = input;
	return OK;
}

enum err render_defaults(struct arena *a, const struct chart *c, struct defaults_rendered *ret, struct errinfo *e)
{
	struct render_options o = { .forgiving = false };
	struct render_chart input;
	struct defaults_rendered d;
	enum err err = render_input(a, c, &input, e);
	if (!err)
		err = render_chart(a, &input, &o, &d.strict, e);
	if (err)
		return err;
	d.all = d.strict;
	o.forgiving = true;
	if (d.strict.failed)
		err = render_chart(a, &input, &o, &d.all, e);
	if (!err)
		*ret = d;
	return err;
}
