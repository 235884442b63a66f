/* Keys are looked for one after the other, from where they stand in the other map: mostly that is the place.
 * Each look is a step, which keeps large maps in another order from taking long.            */
#include "indexer/document/value_same.h"

#include <math.h>

/* Infinity is null to JSON, and so is what is no number. */
static bool is_nothing(const struct node *n)
{
	double number = 0;
	return node_is_null(n) || (node_number(n, &number) && !isfinite(number));
}

static bool same_scalar(const struct node *x, const struct node *y)
{
	bool p = false, q = false;
	double m, n;
	if (!x || !y || is_nothing(x) || is_nothing(y))
		return is_nothing(x) && is_nothing(y);
	if (node_bool(x, &p) || node_bool(y, &q))
		return node_bool(x, &p) && node_bool(y, &q) && p == q;
	if (node_number(x, &m) || node_number(y, &n))
		return node_number(x, &m) && node_number(y, &n) && m == n;
	return str_eq(x->text, y->text);
}

/* NULL: it is not there, or no steps are left. */
static const struct node_item *find(size_t *steps, const struct node *map, struct str key)
{
	const struct node_item *i = map->items;
	for (; i && *steps && !str_eq(i->key, key); i = i->next)
		--*steps;
	return *steps ? i : NULL;
}

bool value_same(size_t *steps, const struct node *x, const struct node *y)
{
	bool may_be = x && y && x->text.n == y->text.n;
	size_t cost = 1 + (y ? y->count : 0) + (may_be ? x->text.n / 64 : 0);
	if (*steps < cost) {
		*steps = 0;
		return false;
	}
	*steps -= cost;
	if (x == y)
		return true;
	bool scalars = (!x || x->kind == NODE_SCALAR) && (!y || y->kind == NODE_SCALAR);
	if (scalars || !x || !y || x->kind != y->kind || x->count != y->count)
		return scalars && same_scalar(x, y);
	const struct node_item *j = y->items;
	for (const struct node_item *i = x->items; i; i = i->next) {
		bool elsewhere = x->kind == NODE_MAP && !str_eq(i->key, j->key);
		const struct node_item *other = elsewhere ? find(steps, y, i->key) : j;
		if (!other || !value_same(steps, i->value, other->value))
			return false;
		j = j->next;
	}
	return true;
}
