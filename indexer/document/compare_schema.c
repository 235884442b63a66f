/* values.schema.json by path: both schemas are walked together, along the keys and elements that either
 * of them knows; below what the new one alone knows only what it requires is told. A schema may refer to itself:
 * the walk turns back where it has been on the way.                                            */
#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/compare_parts.h"
#include "indexer/document/value_path.h"

#define DEPTH_MAX 32u
#define PATH_MAX_BYTES KIB

struct walk {
	struct comparer *x;
	struct sbuf *path;
	size_t places_left, capacity;
};

/* Where the walk is, and on which way it came. */
struct place {
	const struct schema_place *old, *new;
	const struct value_row *value;   /* the new chart's default; NULL: none is known */
	bool old_required, new_required;
	const struct place *above;
	unsigned depth;
};

static bool is_known(const struct schema_place *at) { return at->count > 0; }

static bool is_same_place(const struct schema_place *one, const struct schema_place *other)
{
	return one->count == other->count && (!one->count || one->of[0].schema == other->of[0].schema);
}

static bool has_been_here(const struct place *p)
{
	for (const struct place *q = p->above; q; q = q->above)
		if (is_same_place(p->old, q->old) && is_same_place(p->new, q->new))
			return true;
	return false;
}

static enum err put_row(struct walk *w, const struct compare_schema *row)
{
	struct comparison *c = w->x->c;
	struct compare_schema *rows = arena_room(w->x->a, c->schema, c->schema_count, &w->capacity,
	                                         sizeof *rows);
	if (!rows)
		return ERR(w->x->e, NOMEM, "comparison");
	c->schema = rows;
	c->schema[c->schema_count] = *row;
	return compare_keep(w->x, w->path, &c->schema[c->schema_count++].path);
}

static uint32_t what_differs(struct comparer *x, const struct compare_schema *r)
{
	const struct schema_about *old = &r->old, *new = &r->new;
	uint32_t what = 0;
	if (r->old_required != r->new_required)
		what |= COMPARE_SCHEMA_REQUIRED;
	if (!str_eq(old->type, new->type))
		what |= COMPARE_SCHEMA_TYPE;
	if (!str_eq(old->constraints, new->constraints))
		what |= COMPARE_SCHEMA_CONSTRAINTS;
	if (!old->standard != !new->standard || !compare_same(x, old->standard, new->standard))
		what |= COMPARE_SCHEMA_DEFAULT;
	if (old->deprecated != new->deprecated)
		what |= COMPARE_SCHEMA_DEPRECATED;
	if (!str_eq(old->text, new->text))
		what |= COMPARE_SCHEMA_TEXT;
	return what;
}

/* Who upgrades has to say it: there is no default. Of a map that is new with its schema, a default has to
 * be there for somebody to be asked for what is in it.                                        */
static bool is_demanded(const struct place *p)
{
	const struct place *in = p->above;
	bool asked = in && (is_known(in->old) || !in->above || (in->value && in->value->type == VALUE_MAP));
	bool given = p->value && p->value->type != VALUE_NULL;       /* as one that is absent has */
	return asked && p->new_required && !p->old_required && !given;
}

static enum compare_fact fact_of(const struct place *p, const struct compare_schema *r)
{
	if (r->change == COMPARE_REMOVED)
		return FACT_SCHEMA_REMOVED;
	if (is_demanded(p))
		return FACT_SCHEMA_REQUIRED;
	if (r->change == COMPARE_ADDED)
		return FACT_SCHEMA_OTHER;
	return r->what & COMPARE_SCHEMA_TYPE ? FACT_SCHEMA_TYPE
	     : r->what & COMPARE_SCHEMA_CONSTRAINTS ? FACT_SCHEMA_CONSTRAINT : FACT_SCHEMA_OTHER;
}

/* What both schemas say here, as a row where they differ. */
static enum err compare_place(struct walk *w, const struct place *p)
{
	struct comparer *x = w->x;
	bool below_added = p->above && !is_known(p->above->old);
	if (below_added && !is_demanded(p))
		return OK;
	struct compare_schema r = { .old_required = p->old_required, .new_required = p->new_required,
		.change = !is_known(p->new) && !p->new_required ? COMPARE_REMOVED
		        : !is_known(p->old) && !p->old_required ? COMPARE_ADDED : COMPARE_CHANGED };
	enum err err = schema_describe(x->a, p->old, &r.old, x->e);
	err = err ?: schema_describe(x->a, p->new, &r.new, x->e);
	if (err)
		return err;
	r.what = r.change == COMPARE_CHANGED ? what_differs(x, &r) : 0;
	if (r.change == COMPARE_CHANGED && !r.what) {
		x->c->same_schema++;
		return OK;
	}
	x->c->facts[fact_of(p, &r)]++;
	return put_row(w, &r);
}

static enum err walk(struct walk *w, const struct place *p);

static enum err walk_key(struct walk *w, const struct place *p, struct str key)
{
	const struct schema_place old = schema_child(p->old, key), new = schema_child(p->new, key);
	struct place below = {
		.old = &old, .new = &new, .old_required = schema_requires(p->old, key),
		.new_required = schema_requires(p->new, key), .above = p, .depth = p->depth + 1,
	};
	size_t before = w->path->n;
	value_path_key(w->path, key);
	below.value = values_find(&w->x->c->new_values, sbuf_str(w->path));
	enum err err = walk(w, &below);
	w->path->n = before;
	return err;
}

static enum err walk_keys(struct walk *w, const struct place *p)
{
	struct comparer *x = w->x;
	struct str *old, *new;
	size_t old_count, new_count;
	struct compare_pairs keys;
	if (!schema_keys(x->a, p->old, true, w->places_left, &old, &old_count) ||
	    !schema_keys(x->a, p->new, true, w->places_left, &new, &new_count))
		return ERR(x->e, NOMEM, "comparison");
	enum err err = compare_pair_up(x, COMPARE_LIST(old, old_count), COMPARE_LIST(new, new_count),
	                               compare_by_str, &keys);
	for (size_t i = 0; !err && i < keys.count; i++) {
		const struct str *key = keys.pairs[i].old ? keys.pairs[i].old : keys.pairs[i].new;
		err = walk_key(w, p, *key);
	}
	return err;
}

static enum err walk_elements(struct walk *w, const struct place *p)
{
	const struct schema_place old = schema_element(p->old, 0), new = schema_element(p->new, 0);
	const struct place below = { .old = &old, .new = &new, .above = p, .depth = p->depth + 1 };
	if (!is_known(&old) && !is_known(&new))
		return OK;
	size_t before = w->path->n;
	sbuf_puts(w->path, "[]");
	enum err err = walk(w, &below);
	w->path->n = before;
	return err;
}

static enum err walk(struct walk *w, const struct place *p)
{
	if (!w->places_left || w->path->n > PATH_MAX_BYTES) {
		w->x->c->cut = true;
		return OK;
	}
	w->places_left--;
	enum err err = compare_place(w, p);
	if (err || !is_known(p->new) || has_been_here(p))
		return err;
	if (p->depth == DEPTH_MAX) {
		w->x->c->cut = true;
		return OK;
	}
	err = walk_keys(w, p);
	return err ?: walk_elements(w, p);
}

/* A schema that cannot be read is a problem, and neither schema is compared. */
static enum err read_schema(struct comparer *x, const struct chart *of, size_t *steps,
                            struct schema *ret, bool *ret_known)
{
	struct errinfo why = { 0 };
	enum err err = !of->schema.p ? OK
	             : schema_read(x->a, of->schema, "values.schema.json", steps, ret, &why);
	if (err == ERR_NOMEM)
		return ERR(x->e, NOMEM, "comparison");
	*ret_known = !err;
	return err ? compare_problem(x, of, str_c(why.detail)) : OK;
}

enum err compare_schemas(struct comparer *x)
{
	size_t steps = SCHEMA_STEPS_MAX;
	struct schema old = { 0 }, new = { 0 };
	bool old_known, new_known;
	if (str_eq(x->c->old->schema, x->c->new->schema))
		return OK;
	enum err err = read_schema(x, x->c->old, &steps, &old, &old_known);
	err = err ?: read_schema(x, x->c->new, &steps, &new, &new_known);
	if (err || !old_known || !new_known)
		return err;
	AUTO_SBUF struct sbuf path = sbuf_make(2 * PATH_MAX_BYTES + 2 * SCHEMA_MAX_BYTES);
	struct walk w = { x, &path, COMPARE_SCHEMA_PLACES_MAX, 0 };
	struct schema_place old_root = { .count = 0 }, new_root = { .count = 0 };
	if (x->c->old->schema.p)
		old_root = schema_root(&old);
	if (x->c->new->schema.p)
		new_root = schema_root(&new);
	err = walk(&w, &(struct place){ .old = &old_root, .new = &new_root });
	x->c->cut |= !steps;
	return err;
}
