/* What was selected at the parent, by the rules of now. Only asked where versions are judged against each
 * other: take_last, the newest one, dependencies. Else a version that was there then was selected then.
 *
 * A dependency that nobody needs any more may have been yanked or deleted: the other side has it, and is
 * told.                                                                                       */
#include "indexer/base/auto.h"
#include "indexer/bundle/create_impl.h"

static enum err select_then(struct making *m, uint64_t parent, struct making *then, struct errinfo *e)
{
	struct bundle_create *o = ARENA_NEW(m->arena, struct bundle_create);
	struct bundle_created *ret = ARENA_NEW(m->arena, struct bundle_created);
	if (!o || !ret)
		return ERR(e, NOMEM, "selection");
	*o = *m->o;
	o->missing = NULL;
	*then = (struct making){ .o = o, .arena = m->arena, .data = m->data, .catalog = m->catalog,
	                         .ret = ret };
	enum err err = making_new(then, e);
	then->at = parent;
	if (!err)
		err = select_own(then, e);
	return err ? err : closure_take(then, e);
}

/* Of another repository, which is read only as far as something is needed of it. */
static enum err add_ended(struct making *m, const struct item *was, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row;
	struct source *s = making_source(m, was->source->row.name);
	if (!s || s->is_own)
		return OK;
	struct item *i = making_find(m, s, item_chart(was), item_version(was));
	enum err err = i ? OK : catalog_version(m->catalog, &a, s->row.id, item_chart(was),
	                                        item_version(was), &row, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	if (!i && row.state != VERSION_DELETED && !row.yanked)
		return OK;
	if (!i)
		err = source_add(m, s, &row, e);
	i = i ? i : err ? NULL : s->items[s->count - 1];
	if (err || i->rule != BUNDLE_RULE_NONE || !(i->deleted || i->yanked))
		return err;
	return making_take(m, i, rule_of_dependencies(m), e);
}

enum err then_read(struct making *m, uint64_t parent, struct errinfo *e)
{
	if (!parent || !m->among)
		return OK;
	struct making *then = ARENA_NEW(m->arena, struct making);
	if (!then)
		return ERR(e, NOMEM, "selection");
	enum err err = select_then(m, parent, then, e);
	for (size_t i = 0; i < then->taken_count && !err; i++)
		err = add_ended(m, then->taken[i], e);
	if (!err)
		m->then = then;
	for (size_t i = 0; i < m->source_count && !err; i++)
		err = source_sort(&m->sources[i], e);
	return err;
}

/* What was yanked already then is not among those of then, and was taken whatever others there were. */
bool then_had(const struct making *m, const struct item *i)
{
	if (!m->then)
		return true;
	struct source *s = making_source(m->then, i->source->row.name);
	const struct item *was = s ? making_find(m->then, s, item_chart(i), item_version(i)) : NULL;
	return was ? was->rule != BUNDLE_RULE_NONE : i->source->is_own && i->yanked;
}
