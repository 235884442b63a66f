/* Validation: a schema is gone through keyword by keyword, schemas within it by recursion. */
#include "indexer/document/schema_check.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "indexer/base/array.h"
#include "indexer/document/value_path.h"

typedef enum schema_verdict verdict;

static verdict worse(verdict x, verdict y) { return x > y ? x : y; }

verdict schema_fail(struct schema_run *r, const char *fmt, ...)
{
	char text[SCHEMA_TEXT_MAX_BYTES];
	struct schema_report *report = &r->report;
	if (r->quiet || r->failed)
		return SCHEMA_FAILS;
	report->cut |= report->count == SCHEMA_VIOLATIONS_MAX || r->path.n > VALUE_PATH_MAX_BYTES;
	if (report->cut)
		return SCHEMA_FAILS;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	struct schema_violation v, *all = arena_room(r->a, report->violations, report->count,
	                                             &r->capacity, sizeof *all);
	if (!all || !arena_str(r->a, str_c(text), &v.text) ||
	    !arena_str(r->a, sbuf_str(&r->path), &v.path)) {
		r->failed = true;
		return SCHEMA_FAILS;
	}
	report->violations = all;
	all[report->count++] = v;
	return SCHEMA_FAILS;
}

/* ---- one schema ---- */

static verdict check(struct schema_run *r, const struct node *schema, const struct node *value);

static verdict check_quietly(struct schema_run *r, const struct node *schema,
                             const struct node *value)
{
	r->quiet++;
	verdict v = check(r, schema, value);
	r->quiet--;
	return v;
}

static verdict check_reference(struct schema_run *r, struct str reference,
                               const struct node *value)
{
	const struct node *schema = schema_resolve(r->s, reference);
	return schema ? check(r, schema, value) : SCHEMA_UNSURE;
}

static const struct schema_rule *find_rule(struct str name);

static verdict check_keyword(struct schema_run *r, const struct schema_case *c, struct str name)
{
	const struct schema_rule *rule = find_rule(name);
	unsigned draft = r->s->draft;
	if (!rule || !(rule->of & (1u << c->value->kind)) ||
	    (draft && (draft < rule->from || (rule->until && draft > rule->until))))
		return SCHEMA_FITS;
	if (!(rule->says & (1u << c->arg->kind)) || (!draft && rule->until))
		return SCHEMA_UNSURE;
	const struct schema_case named = { c->schema, c->arg, c->value, rule->name };
	return rule->check(r, &named);
}

static verdict check_keywords(struct schema_run *r, const struct node *schema,
                              const struct node *value)
{
	verdict v = SCHEMA_FITS;
	struct str reference = node_text(node_get(schema, "$ref"));
	if (reference.n) {
		v = check_reference(r, reference, value);
		if (r->s->draft < 2019)
			return v;
	}
	for (const struct node_item *i = schema->items; i; i = i->next) {
		const struct schema_case c = { schema, i->value, value, NULL };
		v = worse(v, check_keyword(r, &c, i->key));
		if (r->quiet && v == SCHEMA_FAILS)
			break;
	}
	return v;
}

static verdict check(struct schema_run *r, const struct node *schema, const struct node *value)
{
	bool admits;
	if (r->depth == SCHEMA_DEPTH_MAX ||
	    !schema_take(r->s, 1 + schema->count + value->text.n / 64))
		return SCHEMA_UNSURE;
	if (schema->kind != NODE_MAP)
		return !node_bool(schema, &admits) ? SCHEMA_UNSURE
		       : admits ? SCHEMA_FITS : schema_fail(r, "must not be set");
	r->depth++;
	verdict v = check_keywords(r, schema, value);
	r->depth--;
	return v;
}

/* ---- schemas of the same value ---- */

static verdict check_all(struct schema_run *r, const struct schema_case *c)
{
	verdict v = SCHEMA_FITS;
	for (const struct node_item *i = c->arg->items; i; i = i->next)
		v = worse(v, check(r, i->value, c->value));
	return v;
}

struct tally { size_t fit, unsure, all; };

static struct tally try_each(struct schema_run *r, const struct schema_case *c)
{
	struct tally t = { .all = c->arg->count };
	for (const struct node_item *i = c->arg->items; i; i = i->next) {
		verdict v = check_quietly(r, i->value, c->value);
		t.fit += v == SCHEMA_FITS;
		t.unsure += v == SCHEMA_UNSURE;
	}
	return t;
}

static verdict check_any(struct schema_run *r, const struct schema_case *c)
{
	struct tally t = try_each(r, c);
	if (t.fit || !t.all)
		return SCHEMA_FITS;
	return t.unsure ? SCHEMA_UNSURE
	                : schema_fail(r, "fits none of %zu alternatives (anyOf)", t.all);
}

static verdict check_one(struct schema_run *r, const struct schema_case *c)
{
	struct tally t = try_each(r, c);
	if (t.fit > 1)
		return schema_fail(r, "fits %zu alternatives where it must fit one (oneOf)", t.fit);
	if (t.unsure)
		return SCHEMA_UNSURE;
	return t.fit || !t.all ? SCHEMA_FITS
	                       : schema_fail(r, "fits none of %zu alternatives (oneOf)", t.all);
}

static verdict check_not(struct schema_run *r, const struct schema_case *c)
{
	verdict v = check_quietly(r, c->arg, c->value);
	if (v == SCHEMA_FITS)
		return schema_fail(r, "is what it must not be (not)");
	return v == SCHEMA_FAILS ? SCHEMA_FITS : v;
}

static verdict check_if(struct schema_run *r, const struct schema_case *c)
{
	const struct node *yes = node_get(c->schema, "then"), *no = node_get(c->schema, "else");
	if (!yes && !no)
		return SCHEMA_FITS;
	verdict v = check_quietly(r, c->arg, c->value);
	if (v == SCHEMA_UNSURE)
		return v;
	const struct node *chosen = v == SCHEMA_FITS ? yes : no;
	return chosen ? check(r, chosen, c->value) : SCHEMA_FITS;
}

/* ---- schemas of what is in a map ---- */

static verdict check_at_key(struct schema_run *r, const struct node *schema,
                            const struct node_item *item)
{
	size_t before = r->path.n;
	value_path_key(&r->path, item->key);
	verdict v = check(r, schema, item->value);
	r->path.n = before;
	return v;
}

static verdict check_properties(struct schema_run *r, const struct schema_case *c)
{
	verdict v = SCHEMA_FITS;
	for (const struct node_item *i = c->value->items; i; i = i->next) {
		if (!schema_take(r->s, 1 + c->arg->count))
			return worse(v, SCHEMA_UNSURE);
		const struct node *property = node_find(c->arg, i->key);
		if (property)
			v = worse(v, check_at_key(r, property, i));
	}
	return v;
}

static verdict check_additional(struct schema_run *r, const struct schema_case *c)
{
	const struct node *properties = node_get(c->schema, "properties"),
	                  *patterns = node_get(c->schema, "patternProperties");
	bool admits = true;
	verdict v = SCHEMA_FITS;
	if (node_bool(c->arg, &admits) && admits)
		return v;
	for (const struct node_item *i = c->value->items; i; i = i->next) {
		if (!schema_take(r->s, 1 + (properties ? properties->count : 0)))
			return worse(v, SCHEMA_UNSURE);
		if (node_find(properties, i->key))
			continue;
		if (patterns && patterns->count)
			v = worse(v, SCHEMA_UNSURE);
		else if (admits)
			v = worse(v, check_at_key(r, c->arg, i));
		else
			v = worse(v, schema_fail(r, "must not have the key \"%.*s\"",
			                         STR_ARG(str_first(i->key, 200))));
	}
	return v;
}

static verdict check_names(struct schema_run *r, const struct schema_case *c)
{
	verdict v = SCHEMA_FITS;
	for (const struct node_item *i = c->value->items; i; i = i->next) {
		const struct node name = { .kind = NODE_SCALAR, .text = i->key };
		verdict of_name = check_quietly(r, c->arg, &name);
		if (of_name == SCHEMA_FAILS)
			of_name = schema_fail(r, "must not have a key such as \"%.*s\" (propertyNames)",
			                      STR_ARG(str_first(i->key, 200)));
		v = worse(v, of_name);
	}
	return v;
}

static verdict check_patterns(struct schema_run *r, const struct schema_case *c)
{
	(void)r;
	return c->arg->items && c->value->items ? SCHEMA_UNSURE : SCHEMA_FITS;
}

/* ---- schemas of what is in a list ---- */

static verdict check_element(struct schema_run *r, const struct node *schema, size_t index,
                             const struct node *value)
{
	size_t before = r->path.n;
	value_path_index(&r->path, index);
	verdict v = check(r, schema, value);
	r->path.n = before;
	return v;
}

/* By `schema` those from the first-th on, or one by one where it is a list. */
static verdict check_elements(struct schema_run *r, const struct node *schema,
                              const struct node *value, size_t first)
{
	const struct node_item *own = schema->kind == NODE_LIST ? schema->items : NULL;
	size_t index = 0;
	verdict v = SCHEMA_FITS;
	for (const struct node_item *i = value->items; i; i = i->next, index++) {
		if (schema->kind == NODE_LIST && !own)
			break;
		if (index >= first)
			v = worse(v, check_element(r, own ? own->value : schema, index, i->value));
		own = own ? own->next : NULL;
	}
	return v;
}

static verdict check_items(struct schema_run *r, const struct schema_case *c)
{
	if (c->arg->kind == NODE_LIST && (r->s->draft == 0 || r->s->draft == 2020))
		return SCHEMA_UNSURE;
	const struct node *first = r->s->draft == 0 || r->s->draft == 2020
	                                   ? node_get(c->schema, "prefixItems") : NULL;
	return check_elements(r, c->arg, c->value, first ? first->count : 0);
}

static verdict check_first_items(struct schema_run *r, const struct schema_case *c)
{
	return check_elements(r, c->arg, c->value, 0);
}

/* Where items is a list, this is of those behind. */
static verdict check_more_items(struct schema_run *r, const struct schema_case *c)
{
	const struct node *items = node_get(c->schema, "items");
	if (!items || items->kind != NODE_LIST)
		return SCHEMA_FITS;
	return check_elements(r, c->arg, c->value, items->count);
}

static verdict check_contains(struct schema_run *r, const struct schema_case *c)
{
	verdict best = node_get(c->schema, "minContains") ? SCHEMA_UNSURE : SCHEMA_FAILS;
	for (const struct node_item *i = c->value->items; i && best == SCHEMA_FAILS; i = i->next)
		best = check_quietly(r, c->arg, i->value);
	return best == SCHEMA_FAILS ? schema_fail(r, "must have an element that it lacks (contains)")
	                            : best;
}

#define SCHEMA (SCHEMA_SCALAR | SCHEMA_MAP)      /* true and false are schemas as well */

static const struct schema_rule rules[] = {
	{ "allOf",                SCHEMA_ANY,  SCHEMA_LIST,          check_all, 0, 0 },
	{ "anyOf",                SCHEMA_ANY,  SCHEMA_LIST,          check_any, 0, 0 },
	{ "oneOf",                SCHEMA_ANY,  SCHEMA_LIST,          check_one, 0, 0 },
	{ "not",                  SCHEMA_ANY,  SCHEMA,               check_not, 0, 0 },
	{ "if",                   SCHEMA_ANY,  SCHEMA,               check_if, 7, 0 },
	{ "properties",           SCHEMA_MAP,  SCHEMA_MAP,           check_properties, 0, 0 },
	{ "additionalProperties", SCHEMA_MAP,  SCHEMA,               check_additional, 0, 0 },
	{ "patternProperties",    SCHEMA_MAP,  SCHEMA_MAP,           check_patterns, 0, 0 },
	{ "propertyNames",        SCHEMA_MAP,  SCHEMA,               check_names, 6, 0 },
	{ "items",                SCHEMA_LIST, SCHEMA | SCHEMA_LIST, check_items, 0, 0 },
	{ "prefixItems",          SCHEMA_LIST, SCHEMA_LIST,          check_first_items, 2020, 0 },
	{ "additionalItems",      SCHEMA_LIST, SCHEMA,               check_more_items, 0, 2019 },
	{ "contains",             SCHEMA_LIST, SCHEMA,               check_contains, 6, 0 },
	{ NULL, 0, 0, NULL, 0, 0 },
};

static const struct schema_rule *find_rule(struct str name)
{
	const struct schema_rule *const tables[] = { schema_value_rules, rules };
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct schema_rule *rule = tables[i]; rule->name; rule++)
			if (str_eq_c(name, rule->name))
				return rule;
	return NULL;
}

enum err schema_check(struct arena *a, const struct schema *s, const struct node *value,
                      struct schema_report *ret, struct errinfo *e)
{
	static const struct node empty = { .kind = NODE_MAP };
	struct schema_run r = { .a = a, .s = s, .path = sbuf_make(SIZE_MAX / 2) };
	(void)check(&r, s->root, value ?: &empty);
	r.failed |= !sbuf_ok(&r.path);
	sbuf_done(&r.path);
	if (r.failed)
		return ERR(e, NOMEM, "values.schema.json");
	r.report.cut |= *s->steps == 0;
	*ret = r.report;
	return OK;
}
