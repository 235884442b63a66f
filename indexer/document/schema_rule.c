/* The rules that look at one value and not at schemas within: types, limits, choices. */
#include "indexer/document/schema_check.h"

#include <math.h>

#include "indexer/base/auto.h"
#include "indexer/base/utf8.h"
#include "indexer/document/value_same.h"
#include "indexer/document/value_text.h"

typedef enum schema_verdict verdict;

/* ---- words ---- */

void schema_put_types(const struct node *types, struct sbuf *b)
{
	if (types->kind == NODE_SCALAR) {
		sbuf_put(b, str_fit(types->text, 100));
		return;
	}
	for (const struct node_item *i = types->items; i && b->n < SCHEMA_TEXT_MAX_BYTES; i = i->next) {
		sbuf_puts(b, i == types->items ? "" : " or ");
		sbuf_put(b, str_fit(node_text(i->value), 100));
	}
}

void schema_put_values(struct arena *a, const struct node *list, struct sbuf *b)
{
	for (const struct node_item *i = list->items; i && b->n < SCHEMA_TEXT_MAX_BYTES; i = i->next) {
		struct node bare = *i->value;
		bare.plain = true;
		sbuf_puts(b, i == list->items ? "" : ", ");
		if (!i->value->plain && node_type(&bare) == NODE_STRING && !str_has(bare.text, ','))
			sbuf_put(b, str_fit(bare.text, SCHEMA_TEXT_MAX_BYTES));
		else
			(void)value_flow(a, i->value, SCHEMA_TEXT_MAX_BYTES, b);
	}
}

/* ---- type ---- */

static const char *type_of(const struct node *value)
{
	static const char *const scalars[] = {
		[NODE_NULL] = "null",     [NODE_BOOL] = "boolean",  [NODE_INT] = "integer",
		[NODE_FLOAT] = "number",  [NODE_STRING] = "string", [NODE_TIMESTAMP] = "string",
	};
	if (value->kind != NODE_SCALAR)
		return value->kind == NODE_MAP ? "object" : "array";
	return scalars[node_type(value)];
}

/* A whole number, or off it by no more than a quotient of doubles may be. From 2^53 on all are. */
static bool is_whole(double number, double off)
{
	double size = number < 0 ? -number : number;
	if (!(size < 9007199254740992.))
		return true;
	double rest = size - (double)(uint64_t)size;
	return rest <= off || 1 - rest <= off;
}

static verdict fits_type(struct str type, const struct node *value)
{
	static const char *const types[] = { "null", "boolean", "integer", "number", "string",
	                                     "object", "array" };
	const char *is = type_of(value);
	double number;
	if (str_eq_c(type, is) || (str_eq(type, STR("number")) && strcmp(is, "integer") == 0))
		return SCHEMA_FITS;
	if (str_eq(type, STR("integer")) && node_number(value, &number) && is_whole(number, 0))
		return SCHEMA_FITS;
	return str_is_one_of(type, types, sizeof types / sizeof *types) ? SCHEMA_FAILS : SCHEMA_UNSURE;
}

static verdict check_type(struct schema_run *r, const struct schema_case *c)
{
	if (!schema_take(r->s, c->arg->count))
		return SCHEMA_UNSURE;
	verdict best = c->arg->kind == NODE_SCALAR ? fits_type(c->arg->text, c->value) : SCHEMA_FAILS;
	for (const struct node_item *i = c->arg->items; i && best != SCHEMA_FITS; i = i->next) {
		verdict v = fits_type(node_text(i->value), c->value);
		best = v < best ? v : best;
	}
	if (best != SCHEMA_FAILS || r->quiet)
		return best;
	AUTO_SBUF struct sbuf types = sbuf_make(MIB);
	schema_put_types(c->arg, &types);
	r->failed |= !sbuf_ok(&types);
	return schema_fail(r, "must be %.*s, not %s", STR_ARG(str_fit(sbuf_str(&types), 200)),
	                   type_of(c->value));
}

/* ---- choices ---- */

/* No value fits. True: what follows from that is settled without a text. */
static bool is_settled(const struct schema_run *r, verdict *ret)
{
	*ret = *r->s->steps ? SCHEMA_FAILS : SCHEMA_UNSURE;
	return !*r->s->steps || r->quiet;
}

static verdict check_enum(struct schema_run *r, const struct schema_case *c)
{
	for (const struct node_item *i = c->arg->items; i; i = i->next)
		if (value_same(r->s->steps, c->value, i->value))
			return SCHEMA_FITS;
	verdict settled;
	if (is_settled(r, &settled))
		return settled;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	schema_put_values(r->a, c->arg, &b);
	r->failed |= !sbuf_ok(&b);
	return schema_fail(r, "must be one of: %.*s", STR_ARG(str_fit(sbuf_str(&b), 400)));
}

static verdict check_const(struct schema_run *r, const struct schema_case *c)
{
	if (value_same(r->s->steps, c->value, c->arg))
		return SCHEMA_FITS;
	verdict settled;
	if (is_settled(r, &settled))
		return settled;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	(void)value_flow(r->a, c->arg, 400, &b);
	r->failed |= !sbuf_ok(&b);
	return schema_fail(r, "must be %.*s", STR_ARG(sbuf_str(&b)));
}

/* ---- limits ---- */

const struct schema_limit schema_limits[] = {
	{ "minimum",          SCHEMA_NUMBER, false, false, "≥ ",        "" },
	{ "exclusiveMinimum", SCHEMA_NUMBER, false, true,  "> ",        "" },
	{ "maximum",          SCHEMA_NUMBER, true,  false, "≤ ",        "" },
	{ "exclusiveMaximum", SCHEMA_NUMBER, true,  true,  "< ",        "" },
	{ "minLength",        SCHEMA_LENGTH, false, false, "at least ", " characters" },
	{ "maxLength",        SCHEMA_LENGTH, true,  false, "at most ",  " characters" },
	{ "minItems",         SCHEMA_ITEMS,  false, false, "at least ", " items" },
	{ "maxItems",         SCHEMA_ITEMS,  true,  false, "at most ",  " items" },
	{ "minProperties",    SCHEMA_KEYS,   false, false, "at least ", " keys" },
	{ "maxProperties",    SCHEMA_KEYS,   true,  false, "at most ",  " keys" },
	{ NULL, SCHEMA_NUMBER, false, false, NULL, NULL },
};

static const struct schema_limit *find_limit(struct str name)
{
	const struct schema_limit *limit = schema_limits;
	while (limit->name && !str_eq_c(name, limit->name))
		limit++;
	return limit->name ? limit : NULL;
}

bool schema_limit_is_strict(const struct schema_limit *limit, const struct node *schema)
{
	bool strict = false;
	if (limit->measure != SCHEMA_NUMBER || limit->strict)
		return limit->strict;
	const char *name = limit->upper ? "exclusiveMaximum" : "exclusiveMinimum";
	return node_bool(node_get(schema, name), &strict) && strict;
}

static size_t length(struct str s)
{
	size_t characters = 0;
	while (s.n) {
		(void)utf8_next(&s);
		characters++;
	}
	return characters;
}

static bool measure(const struct node *value, enum schema_measure what, double *ret)
{
	switch (what) {
	case SCHEMA_NUMBER:
		return node_number(value, ret);
	case SCHEMA_LENGTH:
		if (strcmp(type_of(value), "string") != 0)
			return false;
		*ret = (double)length(value->text);
		return true;
	case SCHEMA_ITEMS:
	case SCHEMA_KEYS:
		*ret = value->count;
		return value->kind == (what == SCHEMA_ITEMS ? NODE_LIST : NODE_MAP);
	}
	return false;
}

static verdict check_limit(struct schema_run *r, const struct schema_case *c)
{
	const struct schema_limit *limit = find_limit(str_c(c->name));
	double bound, is;
	if (!measure(c->value, limit->measure, &is) || node_type(c->arg) == NODE_BOOL)
		return SCHEMA_FITS;
	if (!node_number(c->arg, &bound) || !schema_take(r->s, c->value->text.n / 64))
		return SCHEMA_UNSURE;
	bool strict = schema_limit_is_strict(limit, c->schema);
	if (limit->upper ? is < bound : is > bound)
		return SCHEMA_FITS;
	if (is == bound && !strict)
		return SCHEMA_FITS;
	if (isnan(is) || isnan(bound))
		return SCHEMA_UNSURE;
	const char *before = limit->measure == SCHEMA_NUMBER && strict ? (limit->upper ? "< " : "> ")
	                                                               : limit->before;
	return schema_fail(r, "must %s %s%.*s%s", limit->measure == SCHEMA_NUMBER ? "be" : "have",
	                   before, STR_ARG(str_first(c->arg->text, 40)), limit->after);
}

static verdict check_multiple(struct schema_run *r, const struct schema_case *c)
{
	double of, is;
	if (!node_number(c->value, &is))
		return SCHEMA_FITS;
	if (!node_number(c->arg, &of) || !(of > 0) || !isfinite(is / of))
		return SCHEMA_UNSURE;
	if (is_whole(is / of, 1e-9))
		return SCHEMA_FITS;
	return schema_fail(r, "must be a multiple of %.*s", STR_ARG(str_first(c->arg->text, 40)));
}

/* ---- what a list or a map has ---- */

static verdict check_unique(struct schema_run *r, const struct schema_case *c)
{
	bool wanted = false;
	size_t index = 0;
	if (!node_bool(c->arg, &wanted) || !wanted)
		return SCHEMA_FITS;
	for (const struct node_item *i = c->value->items; i; i = i->next, index++)
		for (const struct node_item *j = i->next; j; j = j->next)
			if (value_same(r->s->steps, i->value, j->value))
				return schema_fail(r, "must not have an element twice, as [%zu]", index);
			else if (!*r->s->steps)
				return SCHEMA_UNSURE;
	return SCHEMA_FITS;
}

static bool has_key(const struct node *map, struct str key)
{
	for (const struct node_item *i = map->items; i; i = i->next)
		if (str_eq(i->key, key))
			return true;
	return false;
}

static verdict check_required_list(struct schema_run *r, const struct node *list,
                                   const struct node *value)
{
	verdict v = SCHEMA_FITS;
	for (const struct node_item *i = list->items; i; i = i->next) {
		struct str key = node_text(i->value);
		if (!schema_take(r->s, 1 + value->count))
			return v == SCHEMA_FAILS ? v : SCHEMA_UNSURE;
		if (!has_key(value, key))
			v = schema_fail(r, "must have the key \"%.*s\"", STR_ARG(str_first(key, 200)));
	}
	return v;
}

static verdict check_required(struct schema_run *r, const struct schema_case *c)
{
	return check_required_list(r, c->arg, c->value);
}

/* Of each key its list; what else may stand there is a schema. */
static verdict check_dependent(struct schema_run *r, const struct schema_case *c)
{
	verdict v = SCHEMA_FITS;
	for (const struct node_item *i = c->arg->items; i; i = i->next) {
		if (!schema_take(r->s, 1 + c->value->count))
			return v == SCHEMA_FAILS ? v : SCHEMA_UNSURE;
		if (!has_key(c->value, i->key))
			continue;
		verdict one = i->value->kind == NODE_LIST ? check_required_list(r, i->value, c->value)
		                                          : SCHEMA_UNSURE;
		v = one > v ? one : v;
	}
	return v;
}

static verdict not_evaluated(struct schema_run *r, const struct schema_case *c)
{
	(void)r, (void)c;
	return SCHEMA_UNSURE;
}

/* A stranger's pattern is not executed: one can be written that takes for ever. Formats are hints. */
static verdict not_of_texts(struct schema_run *r, const struct schema_case *c)
{
	(void)r;
	return strcmp(type_of(c->value), "string") == 0 ? SCHEMA_UNSURE : SCHEMA_FITS;
}

const struct schema_rule schema_value_rules[] = {
	{ "type",              SCHEMA_ANY,    SCHEMA_SCALAR | SCHEMA_LIST, check_type, 0, 0 },
	{ "enum",              SCHEMA_ANY,    SCHEMA_LIST,   check_enum, 0, 0 },
	{ "const",             SCHEMA_ANY,    SCHEMA_ANY,    check_const, 6, 0 },
	{ "minimum",           SCHEMA_SCALAR, SCHEMA_SCALAR, check_limit, 0, 0 },
	{ "exclusiveMinimum",  SCHEMA_SCALAR, SCHEMA_SCALAR, check_limit, 0, 0 },
	{ "maximum",           SCHEMA_SCALAR, SCHEMA_SCALAR, check_limit, 0, 0 },
	{ "exclusiveMaximum",  SCHEMA_SCALAR, SCHEMA_SCALAR, check_limit, 0, 0 },
	{ "minLength",         SCHEMA_SCALAR, SCHEMA_SCALAR, check_limit, 0, 0 },
	{ "maxLength",         SCHEMA_SCALAR, SCHEMA_SCALAR, check_limit, 0, 0 },
	{ "minItems",          SCHEMA_LIST,   SCHEMA_SCALAR, check_limit, 0, 0 },
	{ "maxItems",          SCHEMA_LIST,   SCHEMA_SCALAR, check_limit, 0, 0 },
	{ "minProperties",     SCHEMA_MAP,    SCHEMA_SCALAR, check_limit, 0, 0 },
	{ "maxProperties",     SCHEMA_MAP,    SCHEMA_SCALAR, check_limit, 0, 0 },
	{ "multipleOf",        SCHEMA_SCALAR, SCHEMA_SCALAR, check_multiple, 0, 0 },
	{ "uniqueItems",       SCHEMA_LIST,   SCHEMA_SCALAR, check_unique, 0, 0 },
	{ "required",          SCHEMA_MAP,    SCHEMA_LIST,   check_required, 0, 0 },
	{ "dependentRequired", SCHEMA_MAP,    SCHEMA_MAP,    check_dependent, 2019, 0 },
	{ "dependencies",      SCHEMA_MAP,    SCHEMA_MAP,    check_dependent, 0, 7 },
	{ "dependentSchemas",  SCHEMA_MAP,    SCHEMA_ANY,    not_evaluated, 2019, 0 },
	{ "pattern",           SCHEMA_SCALAR, SCHEMA_ANY,    not_of_texts, 0, 0 },
	{ "format",            SCHEMA_SCALAR, SCHEMA_ANY,    not_of_texts, 0, 0 },
	{ "unevaluatedItems",  SCHEMA_LIST,   SCHEMA_ANY,    not_evaluated, 2019, 0 },
	{ "unevaluatedProperties", SCHEMA_MAP, SCHEMA_ANY,   not_evaluated, 2019, 0 },
	{ "$dynamicRef",       SCHEMA_ANY,    SCHEMA_ANY,    not_evaluated, 2020, 0 },
	{ "$recursiveRef",     SCHEMA_ANY,    SCHEMA_ANY,    not_evaluated, 2019, 2019 },
	{ NULL, 0, 0, NULL, 0, 0 },
};
