/* Reading a schema, following its references, and finding the parts of it that speak of a value. */
#include "indexer/document/schema_check.h"

#include <stdlib.h>

#include "indexer/base/array.h"

/* ---- references ---- */

/* A segment of a JSON pointer in a URI; false: longer than any that is looked for. */
static bool unescape(struct str s, char to[SCHEMA_TEXT_MAX_BYTES], struct str *ret)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (str_percent(str_from(s, i), &c))
			i += 2;
		else if (c == '~' && i + 1 < s.n && (s.p[i + 1] == '0' || s.p[i + 1] == '1'))
			c = s.p[++i] == '0' ? '~' : '/';
		if (n == SCHEMA_TEXT_MAX_BYTES)
			return false;
		to[n++] = c;
	}
	*ret = str_make(to, n);
	return true;
}

bool schema_take(const struct schema *s, size_t steps)
{
	bool enough = *s->steps >= steps;
	*s->steps -= enough ? steps : *s->steps;
	return enough;
}

static const struct node *member(const struct schema *s, const struct node *map, struct str key)
{
	return map && schema_take(s, map->count) ? node_find(map, key) : NULL;
}

static const struct node *element(const struct schema *s, const struct node *list, uint64_t index)
{
	bool is_list = list && list->kind == NODE_LIST;
	const struct node_item *item = is_list && schema_take(s, list->count) ? list->items : NULL;
	while (item && index--)
		item = item->next;
	return item ? item->value : NULL;
}

const struct node *schema_resolve(const struct schema *s, struct str reference)
{
	char room[SCHEMA_TEXT_MAX_BYTES];
	struct str segment, document = str_cut(&reference, '#', NULL);
	const struct node *at = document.n ? schema_named(s, document, false) : s->root;
	if (!at || !reference.n)
		return at;
	if (reference.p[0] != '/')
		return schema_named(s, reference, true);
	reference = str_from(reference, 1);
	for (bool more = true; more && at;) {
		uint64_t index;
		if (!unescape(str_cut(&reference, '/', &more), room, &segment))
			return NULL;
		if (at->kind == NODE_LIST)
			at = str_to_u64(segment, &index) ? element(s, at, index) : NULL;
		else
			at = member(s, at, segment);
	}
	return at;
}

/* ---- reading ---- */

struct reader {
	struct arena *a;
	struct schema *s;
	bool failed;
};

static bool is_told(const struct schema *s, struct str text)
{
	for (size_t i = 0; i < s->problem_count; i++)
		if (str_eq(s->problems[i], text))
			return true;
	return false;
}

static void note_reference(struct reader *r, struct str reference)
{
	struct schema *s = r->s;
	if (s->problem_count == SCHEMA_PROBLEMS_MAX || schema_resolve(s, reference) || !*s->steps)
		return;
	struct str shown = str_first(reference, 200);
	bool local = str_starts(reference, STR("#"));
	char *text = arena_printf(r->a, local ? "$ref to %.*s, which is not there"
	                                      : "$ref to %.*s is not fetched", STR_ARG(shown));
	r->failed |= !text;
	if (text)
		err_clean(text);
	if (text && !is_told(s, str_c(text)))
		s->problems[s->problem_count++] = str_c(text);
}

static void note_references(struct reader *r, const struct node *n)
{
	for (const struct node_item *i = n->items; i && !r->failed; i = i->next) {
		if (i->value->kind != NODE_SCALAR)
			note_references(r, i->value);
		else if (n->kind == NODE_MAP && !i->value->plain && str_eq(i->key, STR("$ref")))
			note_reference(r, i->value->text);
	}
}

static unsigned draft_of(const struct node *root)
{
	static const struct { const char *name; unsigned draft; } drafts[] = {
		{ "draft-04", 4 }, { "draft-06", 6 }, { "draft-07", 7 }, { "2019-09", 2019 },
		{ "2020-12", 2020 },
	};
	struct str said = node_text(node_get(root, "$schema"));
	for (size_t i = 0; said.n && i < sizeof drafts / sizeof *drafts; i++)
		if (memmem(said.p, said.n, drafts[i].name, strlen(drafts[i].name)))
			return drafts[i].draft;
	return 0;
}

enum err schema_read(struct arena *a, struct str json, const char *name, size_t *steps,
                     struct schema *ret, struct errinfo *e)
{
	size_t to_look_around = SCHEMA_STEPS_MAX;
	struct schema s = { .steps = &to_look_around };
	if (json.n > SCHEMA_MAX_BYTES)
		return ERR(e, TOO_LARGE, "%s: larger than %u bytes", name, SCHEMA_MAX_BYTES);
	enum err err = json_read_lenient(a, json, name, &s.root, e);
	if (err)
		return err;
	s.problems = arena_array(a, SCHEMA_PROBLEMS_MAX, sizeof *s.problems);
	if (!s.problems)
		return ERR(e, NOMEM, "%s", name);
	s.draft = draft_of(s.root);
	if (!schema_names_read(a, &s))
		return ERR(e, NOMEM, "%s", name);
	struct reader r = { a, &s, false };
	note_references(&r, s.root);
	if (r.failed)
		return ERR(e, NOMEM, "%s", name);
	s.steps = steps;
	*ret = s;
	return OK;
}

/* ---- what speaks of a value ---- */

static bool is_there(const struct schema_place *at, const struct node *schema)
{
	for (size_t i = 0; i < at->count; i++)
		if (at->of[i].schema == schema)
			return true;
	return false;
}

static void add(struct schema_place *to, const struct schema *s, const struct node *schema,
                bool sure)
{
	static const struct { const char *key; bool sure, list; } ways[] = {
		{ "allOf", true, true },  { "anyOf", false, true }, { "oneOf", false, true },
		{ "then", false, false }, { "else", false, false },
	};
	if (!schema || !schema_take(s, 1 + schema->count) || schema->kind != NODE_MAP ||
	    to->count == SCHEMA_PLACE_MAX || is_there(to, schema))
		return;
	to->of[to->count++] = (struct schema_part){ s, schema, sure };
	struct str reference = node_text(node_get(schema, "$ref"));
	if (reference.n)
		add(to, s, schema_resolve(s, reference), sure);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		const struct node *more = node_get(schema, ways[i].key);
		if (!ways[i].list)
			add(to, s, more, false);
		else if (more && more->kind == NODE_LIST)
			for (const struct node_item *j = more->items; j && *s->steps; j = j->next)
				add(to, s, j->value, sure && ways[i].sure);
	}
}

struct schema_place schema_root(const struct schema *s)
{
	struct schema_place at = { .count = 0 };
	add(&at, s, s->root, true);
	return at;
}

static const struct node *keyword(const struct schema_part *part, const char *name)
{
	return member(part->in, part->schema, str_c(name));
}

/* The list or map of that name, which can be gone through. */
static const struct node *among(const struct schema_part *part, const char *name,
                                enum node_kind kind)
{
	const struct node *n = keyword(part, name);
	return n && n->kind == kind && schema_take(part->in, n->count) ? n : NULL;
}

struct schema_place schema_child(const struct schema_place *at, struct str key)
{
	struct schema_place child = { .count = 0 };
	for (size_t i = 0; i < at->count; i++) {
		const struct schema_part *part = &at->of[i];
		const struct node *found = node_find(among(part, "properties", NODE_MAP), key);
		if (!found && !keyword(part, "patternProperties"))
			found = keyword(part, "additionalProperties");
		add(&child, part->in, found, part->sure);
	}
	return child;
}

struct schema_place schema_element(const struct schema_place *at, size_t index)
{
	struct schema_place of_element = { .count = 0 };
	for (size_t i = 0; i < at->count; i++) {
		const struct schema_part *part = &at->of[i];
		const struct node *items = keyword(part, "items"),
		                  *first = keyword(part, "prefixItems");
		if (items && items->kind == NODE_LIST)
			first = items;
		add(&of_element, part->in, element(part->in, first, index) ?: items, part->sure);
	}
	return of_element;
}

void schema_place_add(struct schema_place *to, const struct schema_place *more)
{
	for (size_t i = 0; i < more->count && to->count < SCHEMA_PLACE_MAX; i++)
		if (!is_there(to, more->of[i].schema))
			to->of[to->count++] = more->of[i];
}

bool schema_requires(const struct schema_place *at, struct str key)
{
	for (size_t i = 0; i < at->count; i++) {
		const struct node *list = among(&at->of[i], "required", NODE_LIST);
		if (!list || !at->of[i].sure)
			continue;
		for (const struct node_item *j = list->items; j; j = j->next)
			if (str_eq(node_text(j->value), key))
				return true;
	}
	return false;
}

/* ---- the keys that are known ---- */

struct known { struct str key; size_t order; };

static int by_key(const void *left, const void *right)
{
	const struct known *x = left, *y = right;
	int order = str_cmp(x->key, y->key);
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *left, const void *right)
{
	const struct known *x = left, *y = right;
	return (x->order > y->order) - (x->order < y->order);
}

static size_t without_doubles(struct known *known, size_t count)
{
	size_t n = 0;
	qsort(known, count, sizeof *known, by_key);
	for (size_t i = 0; i < count; i++)
		if (!n || !str_eq(known[n - 1].key, known[i].key))
			known[n++] = known[i];
	qsort(known, n, sizeof *known, by_order);
	return n;
}

struct keys { struct known *known; size_t count, capacity; };

/* The keys of a map, the texts of a list. */
static bool add_keys(struct arena *a, const struct node *from, size_t most, struct keys *to)
{
	for (const struct node_item *i = from ? from->items : NULL; i && to->count < most; i = i->next) {
		struct known *known = arena_room(a, to->known, to->count, &to->capacity, sizeof *known);
		if (!known)
			return false;
		known[to->count] = (struct known){ from->kind == NODE_MAP ? i->key : node_text(i->value), to->count };
		to->known = known;
		to->count++;
	}
	return true;
}

bool schema_keys(struct arena *a, const struct schema_place *at, bool required, size_t max, struct str **ret,
                 size_t *ret_count)
{
	struct keys found = { .count = 0 };
	for (size_t i = 0; i < at->count; i++)
		if (!add_keys(a, among(&at->of[i], "properties", NODE_MAP), 2 * max, &found))
			return false;
	for (size_t i = 0; required && i < at->count; i++)
		if (at->of[i].sure && !add_keys(a, among(&at->of[i], "required", NODE_LIST), 2 * max, &found))
			return false;
	const struct known *known = found.known;
	size_t count = known ? without_doubles(found.known, found.count) : 0;
	count = count < max ? count : max;
	struct str *keys = arena_array(a, count, sizeof *keys);
	if (!keys)
		return false;
	for (size_t i = 0; i < count; i++)
		keys[i] = known[i].key;
	*ret = keys;
	*ret_count = count;
	return true;
}
