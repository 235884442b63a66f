/* Dependencies, by the name they go by in the values: the alias, else the name. One that got another alias
 * is still the same dependency.                                                              */
#include "indexer/document/chart_list.h"
#include "indexer/document/compare_parts.h"

static struct str call_name(const struct chart_dependency *d) { return d->alias.n ? d->alias : d->name; }

static int by_call_name(const void *a, const void *b)
{
	return str_cmp(call_name(a), call_name(b));
}

static int by_name(const void *a, const void *b)
{
	const struct chart_dependency *x = a, *y = b;
	return str_cmp(x->name, y->name);
}

/* The version that comes with the chart. */
static struct str locked_version(const struct chart *c, const struct chart_dependency *d)
{
	const struct chart_lock_entry *locked = chart_locked(c, (size_t)(d - c->meta.dependencies), d->name);
	if (locked)
		return locked->version;
	for (size_t i = 0; i < c->subchart_count; i++)
		if (str_eq(c->subcharts[i].meta.name, d->name))
			return c->subcharts[i].meta.version;
	return STR("");
}

static bool same_tags(const struct chart_dependency *old, const struct chart_dependency *new)
{
	bool same = old->tag_count == new->tag_count;
	for (size_t i = 0; same && i < old->tag_count; i++)
		same = str_eq(old->tags[i], new->tags[i]);
	return same;
}

static bool same_imports(const struct chart_dependency *old, const struct chart_dependency *new)
{
	bool same = old->import_count == new->import_count;
	for (size_t i = 0; same && i < old->import_count; i++)
		same = str_eq(old->imports[i].name, new->imports[i].name) &&
		       str_eq(old->imports[i].child, new->imports[i].child) &&
		       str_eq(old->imports[i].parent, new->imports[i].parent);
	return same;
}

static uint32_t what_differs(const struct compare_dependency *d)
{
	const struct chart_dependency *old = d->old, *new = d->new;
	const struct { bool same; uint32_t what; } checks[] = {
		{ str_eq(old->version, new->version), COMPARE_DEPENDENCY_VERSION },
		{ str_eq(d->old_locked, d->new_locked), COMPARE_DEPENDENCY_LOCKED },
		{ str_eq(old->repository, new->repository), COMPARE_DEPENDENCY_REPOSITORY },
		{ str_eq(old->condition, new->condition), COMPARE_DEPENDENCY_CONDITION },
		{ same_tags(old, new), COMPARE_DEPENDENCY_TAGS },
		{ str_eq(old->alias, new->alias), COMPARE_DEPENDENCY_ALIAS },
		{ same_imports(old, new), COMPARE_DEPENDENCY_IMPORTS },
	};
	uint32_t what = 0;
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		what |= checks[i].same ? 0 : checks[i].what;
	return what;
}

static void put_row(struct comparison *c, const struct compare_pair *pair)
{
	static const enum compare_fact facts[] = {
		[COMPARE_REMOVED] = FACT_DEPENDENCIES_REMOVED, [COMPARE_ADDED] = FACT_DEPENDENCIES_ADDED,
		[COMPARE_CHANGED] = FACT_DEPENDENCIES_CHANGED,
	};
	struct compare_dependency d = { .change = compare_change_of(pair), .old = pair->old,
	                                .new = pair->new };
	d.old_locked = d.old ? locked_version(c->old, d.old) : STR("");
	d.new_locked = d.new ? locked_version(c->new, d.new) : STR("");
	if (d.old && d.new) {
		d.what = what_differs(&d);
		d.step = compare_step_of(d.old_locked, d.new_locked);
	}
	if (d.change == COMPARE_CHANGED && !d.what) {
		c->same_dependencies++;
		return;
	}
	c->dependencies[c->dependency_count++] = d;
	c->facts[d.step == STEP_MAJOR ? FACT_DEPENDENCIES_MAJOR : facts[d.change]]++;
}

enum err compare_dependencies(struct comparer *x)
{
	static compare_order *const orders[] = { by_call_name, by_name, NULL };
	struct comparison *c = x->c;
	const struct chart_meta *old = &c->old->meta, *new = &c->new->meta;
	struct compare_pairs pairs;
	enum err err = compare_pair_up(x, COMPARE_LIST(old->dependencies, old->dependency_count),
	                               COMPARE_LIST(new->dependencies, new->dependency_count),
	                               orders, &pairs);
	if (err)
		return err;
	c->dependencies = arena_array(x->a, pairs.count, sizeof *c->dependencies);
	if (!c->dependencies)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t i = 0; i < pairs.count; i++)
		put_row(c, &pairs.pairs[i]);
	return OK;
}
