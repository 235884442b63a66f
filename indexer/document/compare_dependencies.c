/* Dependencies, by the name they go by in the values: the alias, else the name. One that got another alias
 * is still the same dependency.                                                              */
#include "indexer/base/auto.h"
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
static enum err locked_version(const struct chart *c, const struct chart_dependency *d, struct str *ret,
                               struct errinfo *e)
{
	const struct chart_lock_entry *locked = chart_locked(c, (size_t)(d - c->meta.dependencies), d->name);
	const struct chart *packed = NULL;
	enum err err = locked ? OK : chart_packed(c, d, &packed, e);
	*ret = locked ? locked->version : packed ? packed->meta.version : STR("");
	return err;
}

/* ---- how far ---- */

struct asked { struct semver_range *range; struct semver lowest; };

/* Not known: where it begins. */
static enum err read_asked(struct arena *a, struct str text, bool *ret_known, struct asked *ret, struct errinfo *e)
{
	struct errinfo why = { 0 };
	enum err err = semver_range_parse(a, text, &ret->range, &why);
	*ret_known = !err && semver_range_lowest(ret->range, &ret->lowest);
	return err == ERR_NOMEM ? ERR(e, NOMEM, "comparison") : OK;
}

/* A pre-release is taken for the release that it comes before. */
static bool begins_in(const struct asked *one, const struct asked *other)
{
	struct semver release = one->lowest;
	release.pre = STR("");
	return semver_range_has(other->range, &release);
}

/* Of two ranges, or versions, that have none in common. */
static enum err step_of_ranges(struct str old, struct str new, enum compare_step *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct asked x, y;
	bool known, both = false;
	enum err err = read_asked(&scratch, old, &known, &x, e);
	if (!err && known)
		err = read_asked(&scratch, new, &both, &y, e);
	*ret = both && !begins_in(&x, &y) && !begins_in(&y, &x) ? compare_step_between(&x.lowest, &y.lowest) : STEP_OTHER;
	return err;
}

static enum err step_of(const struct compare_dependency *d, enum compare_step *ret, struct errinfo *e)
{
	struct str old = d->old_locked, new = d->new_locked;
	if (old.n && new.n) {
		*ret = compare_step_of(old, new);
		return OK;
	}
	return step_of_ranges(old.n ? old : d->old->version, new.n ? new : d->new->version, ret, e);
}

/* ---- rows ---- */

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

static enum err put_row(struct comparison *c, const struct compare_pair *pair, struct errinfo *e)
{
	static const enum compare_fact facts[] = {
		[COMPARE_REMOVED] = FACT_DEPENDENCIES_REMOVED, [COMPARE_ADDED] = FACT_DEPENDENCIES_ADDED,
		[COMPARE_CHANGED] = FACT_DEPENDENCIES_CHANGED,
	};
	struct compare_dependency d = { .change = compare_change_of(pair), .old = pair->old,
	                                .new = pair->new };
	enum err err = d.old ? locked_version(c->old, d.old, &d.old_locked, e) : OK;
	if (!err && d.new)
		err = locked_version(c->new, d.new, &d.new_locked, e);
	if (!err && d.old && d.new) {
		d.what = what_differs(&d);
		err = step_of(&d, &d.step, e);
	}
	if (err || (d.change == COMPARE_CHANGED && !d.what)) {
		c->same_dependencies++;
		return err;
	}
	c->dependencies[c->dependency_count++] = d;
	c->facts[d.step == STEP_MAJOR ? FACT_DEPENDENCIES_MAJOR : facts[d.change]]++;
	return OK;
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
	for (size_t i = 0; i < pairs.count && !err; i++)
		err = put_row(c, &pairs.pairs[i], x->e);
	return err;
}
