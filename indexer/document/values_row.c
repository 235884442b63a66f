/* Rows out of merged entries: where a value stands, what is said of it, and what the schemas know. */
#include "indexer/document/values_merge.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/document/value_path.h"
#include "indexer/document/value_text.h"

struct rows {
	struct values_build *b;
	struct value_row *rows;          /* on the heap while they are being made */
	size_t count, capacity;
	struct sbuf path;
	size_t absent_left;
};

/* What a row is made of. In a list there are no entries, for lists are not merged. */
struct spot {
	struct str key;
	const struct node *value;        /* NULL: absent */
	const struct values_chart *chart, *owner;        /* where it is, and whose file it is from */
	const struct values_entry *entry;
	const struct schema_place *at;
	uint32_t line;
	bool first_on_line, has_line;
	unsigned depth;
};

#define NO_ROW SIZE_MAX

/* ---- documentation ---- */

/* The path within the file of the chart it stands in; empty where that cannot be told. */
static struct str path_in(const struct values_chart *owner, struct str path)
{
	struct str prefix = owner->path;
	if (!prefix.n)
		return path;
	if (!str_starts(path, prefix) || path.n <= prefix.n || path.p[prefix.n] != '.')
		return STR("");
	return str_from(path, prefix.n + 1);
}

static struct comment comment_at(struct rows *r, const struct values_chart *owner,
                                 const struct comment_place *at)
{
	struct comment c = { .text = STR("") };
	if (!comment_of(r->b->a, &owner->source->comments, at, &c))
		r->b->failed = true;
	return c;
}

/* Of the value itself, else of what it overrides. */
static struct comment find_comment(struct rows *r, const struct spot *s)
{
	struct comment_place at = { path_in(s->owner, sbuf_str(&r->path)), s->key, s->value, s->line,
	                            s->first_on_line, s->has_line };
	if (s->entry && s->entry->imported)
		at.path = STR("");
	struct comment c = comment_at(r, s->owner, &at);
	const struct values_entry *e = s->entry ? s->entry->under : NULL;
	for (; e && !c.text.n && !r->b->failed; e = e->under) {
		at = (struct comment_place){ path_in(e->owner, sbuf_str(&r->path)), e->key, e->value,
		                             e->line, e->first_on_line, e->first_on_line };
		c = comment_at(r, e->owner, &at);
	}
	return c;
}

/* ---- one row ---- */

static enum value_type type_of(const struct node *value)
{
	static const enum value_type types[] = {
		[NODE_NULL] = VALUE_NULL,     [NODE_BOOL] = VALUE_BOOL,     [NODE_INT] = VALUE_NUMBER,
		[NODE_FLOAT] = VALUE_NUMBER,  [NODE_STRING] = VALUE_STRING, [NODE_TIMESTAMP] = VALUE_STRING,
	};
	if (value && value->kind != NODE_SCALAR)
		return value->kind == NODE_MAP ? VALUE_MAP : VALUE_LIST;
	return types[node_type(value)];
}

static void show(struct rows *r, struct value_row *row)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE_MAX / 2);
	row->cut = !value_flow(r->b->a, row->value, VALUE_SHOWN_MAX_BYTES, &b);
	if (!sbuf_ok(&b) || !arena_str(r->b->a, sbuf_str(&b), &row->shown))
		r->b->failed = true;
}

/* What applies where nothing is set, by the word of the schema: no template has to do so. */
static void add_standard(struct rows *r, const struct node *standard, struct value_row *row)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE_MAX / 2);
	sbuf_put(&b, row->constraints);
	sbuf_puts(&b, b.n ? ", default " : "default ");
	(void)value_flow(r->b->a, standard, VALUE_SHOWN_MAX_BYTES, &b);
	if (!sbuf_ok(&b) || !arena_str(r->b->a, sbuf_str(&b), &row->constraints))
		r->b->failed = true;
}

static void describe(struct rows *r, const struct spot *s, struct value_row *row)
{
	struct schema_about about = { .deprecated = false };
	struct comment c = s->value ? find_comment(r, s) : (struct comment){ .text = STR("") };
	if (s->at->count && schema_describe(r->b->a, s->at, &about, NULL))
		r->b->failed = true;
	row->comment = c.text.n ? c.text : about.text;
	row->declared_type = about.type.n ? about.type : c.type;
	row->constraints = about.constraints;
	row->deprecated = about.deprecated;
	if (!s->value && about.standard)
		add_standard(r, about.standard, row);
}

/* Of a map that was merged, where the innermost chart has it. */
static void place(const struct spot *s, struct value_row *row)
{
	const struct values_entry *e = s->entry;
	row->file = s->owner->source->file;
	row->line = s->line;
	if (!e)
		return;
	for (const struct values_entry *u = e->under; e->is_map && u && u->is_map; u = u->under) {
		if (!u->line)
			continue;
		row->file = u->owner->source->file;
		row->line = u->line;
	}
	row->overridden = e->overrides;
	row->was = e->overrides && e->under ? e->under->value : NULL;
	if (e->imported)
		row->subchart = e->owner->path;
	if (e->in_the_way)
		row->problem = STR("a map belongs here, as it is the name of a subchart; "
		                   "Helm refuses the chart");
}

/* Its index; NO_ROW: it is left out. */
static size_t add_row(struct rows *r, const struct spot *s)
{
	struct values_build *b = r->b;
	b->cut |= r->count == VALUES_ROWS_MAX || r->path.n > VALUE_PATH_MAX_BYTES;
	if (b->failed || r->count == VALUES_ROWS_MAX || r->path.n > VALUE_PATH_MAX_BYTES)
		return NO_ROW;
	struct value_row *rows = array_room(r->rows, r->count, &r->capacity, sizeof *rows);
	r->rows = rows ?: r->rows;
	b->failed |= !rows || !sbuf_ok(&r->path);
	if (b->failed)
		return NO_ROW;
	struct value_row row = { .key = s->key, .depth = s->depth, .value = s->value,
	                         .absent = !s->value, .subchart = s->chart->path,
	                         .disabled = !s->chart->enabled, .type = type_of(s->value) };
	b->failed |= !arena_str(b->a, sbuf_str(&r->path), &row.path);
	if (s->value)
		place(s, &row);
	describe(r, s, &row);
	r->rows[r->count] = row;
	return r->count++;
}

/* When all below it has been made. */
static void close_row(struct rows *r, size_t index)
{
	struct value_row *row = &r->rows[index];
	row->children = r->count - index - 1;
	if (row->value && (!row->children || !row->value->items))
		show(r, row);
}

/* ---- what the schema alone knows ---- */

static void make_absent(struct rows *r, const struct values_chart *chart,
                        const struct values_entry *map, const struct schema_place *at,
                        unsigned depth, unsigned nested)
{
	struct str *keys;
	size_t count, before = r->path.n;
	if (!at->count || nested == VALUES_ABSENT_DEPTH_MAX || depth == VALUES_DEPTH_MAX || r->b->failed)
		return;
	r->b->failed |= !schema_keys(r->b->a, at, false, VALUES_ABSENT_MAX, &keys, &count);
	for (size_t i = 0; !r->b->failed && i < count && r->absent_left; i++) {
		if (map && values_child(r->b, map, keys[i]))
			continue;
		value_path_key(&r->path, keys[i]);
		struct schema_place child = schema_child(at, keys[i]);
		struct spot s = { .key = keys[i], .chart = chart, .at = &child, .depth = depth };
		size_t index = add_row(r, &s);
		if (index != NO_ROW) {
			r->absent_left--;
			r->rows[index].required = schema_requires(at, keys[i]);
			make_absent(r, chart, NULL, &child, depth + 1, nested + 1);
			close_row(r, index);
		}
		r->path.n = before;
	}
}

/* ---- lists ---- */

static void make_value(struct rows *r, const struct spot *s);

static bool has_maps(const struct node *list)
{
	for (const struct node_item *i = list->items; i; i = i->next)
		if (i->value->kind != NODE_SCALAR && i->value->items)
			return true;
	return false;
}

static void make_element(struct rows *r, const struct spot *list, const struct node *value,
                         size_t index)
{
	size_t before = r->path.n;
	value_path_index(&r->path, index);
	struct str key = str_from(sbuf_str(&r->path), before);
	struct schema_place at = schema_element(list->at, index);
	struct spot s = { .value = value, .chart = list->chart, .owner = list->owner, .at = &at,
	                  .line = value->line, .depth = list->depth + 1,
	                  .first_on_line = value->line != list->line };
	if (arena_str(r->b->a, key, &s.key))
		make_value(r, &s);
	else
		r->b->failed = true;
	r->path.n = before;
}

/* Whether another key of the map means the same, as `on` and "true" do. */
static bool has_double(struct rows *r, const struct node *map, const struct node_item *item,
                       struct str key)
{
	bool behind = false;
	if (str_eq(key, item->key))
		return false;
	for (const struct node_item *i = map->items; i; i = i->next) {
		struct str other = i->key;
		if (r->b->steps_left < 20 || (behind && !node_key_string(r->b->a, i, &other)))
			return true;
		r->b->steps_left -= 20;
		if (i != item && (str_eq(i->key, key) || str_eq(other, key)))
			return true;
		behind |= i == item;
	}
	return false;
}

static void make_item(struct rows *r, const struct spot *map, const struct node_item *item)
{
	size_t before = r->path.n;
	struct spot s = { .value = item->value, .chart = map->chart, .owner = map->owner,
	                  .line = item->line, .depth = map->depth + 1,
	                  .first_on_line = item->line != map->line };
	r->b->failed |= !node_key_string(r->b->a, item, &s.key);
	if (r->b->failed || has_double(r, map->value, item, s.key))
		return;
	struct schema_place at = schema_child(map->at, s.key);
	s.at = &at;
	s.has_line = s.first_on_line || item == map->value->items;
	value_path_key(&r->path, s.key);
	size_t index = r->count;
	make_value(r, &s);
	if (r->count > index)
		r->rows[index].required = schema_requires(map->at, s.key);
	r->path.n = before;
}

/* A value in a list, or a list. */
static void make_value(struct rows *r, const struct spot *s)
{
	const struct node *v = s->value;
	size_t index = add_row(r, s), element = 0;
	if (index == NO_ROW)
		return;
	bool deeper = s->depth + 1 < VALUES_DEPTH_MAX && v->kind != NODE_SCALAR &&
	              (v->kind == NODE_MAP || has_maps(v));
	for (const struct node_item *i = deeper ? v->items : NULL; i && !r->b->failed; i = i->next) {
		if (v->kind == NODE_MAP)
			make_item(r, s, i);
		else
			make_element(r, s, i->value, element++);
	}
	close_row(r, index);
}

/* ---- maps ---- */

/* False: there is nothing in it but what it inherits. */
static bool make_map(struct rows *r, const struct values_chart *chart, bool is_root,
                     const struct values_entry *map, const struct schema_place *at, unsigned depth);

static const struct values_chart *find_sub(struct rows *r, const struct values_chart *chart,
                                           struct str key)
{
	for (size_t i = 0; i < chart->sub_count; i++) {
		if (!r->b->steps_left)
			return NULL;
		r->b->steps_left--;
		if (str_eq(chart->subs[i].name, key))
			return &chart->subs[i];
	}
	return NULL;
}

/* A subchart's own schema comes first. */
static struct schema_place places_of(const struct values_chart *sub, const struct schema_place *at,
                                     struct str key)
{
	struct schema_place of_parent = schema_child(at, key);
	if (!sub || !sub->source->schema)
		return of_parent;
	struct schema_place own = schema_root(sub->source->schema);
	schema_place_add(&own, &of_parent);
	return own;
}

static void make_entry(struct rows *r, const struct values_chart *chart,
                       const struct values_chart *sub, const struct values_entry *e,
                       const struct schema_place *map_at, unsigned depth)
{
	struct schema_place at = places_of(sub, map_at, e->key);
	struct spot s = { e->key, e->value, sub ?: chart, e->owner, e, &at, e->line, e->first_on_line,
	                  e->first_on_line, depth };
	size_t index = r->count;
	if (!e->is_map) {
		make_value(r, &s);
	} else if (add_row(r, &s) != NO_ROW) {
		struct value_row *row = &r->rows[index];
		if (sub && !row->comment.n)
			row->comment = str_fit(sub->source->chart->meta.description, VALUE_COMMENT_MAX_BYTES);
		bool filled = depth + 1 == VALUES_DEPTH_MAX ||
		              make_map(r, s.chart, sub != NULL, e, &at, depth + 1);
		close_row(r, index);
		if (!filled)
			r->rows[index].shown = STR("{}");
	}
	if (r->count > index)
		r->rows[index].required = schema_requires(map_at, e->key);
}

static bool make_map(struct rows *r, const struct values_chart *chart, bool is_root,
                     const struct values_entry *map, const struct schema_place *at, unsigned depth)
{
	size_t before = r->path.n;
	bool filled = false;
	for (const struct values_entry *e = map->first; e && !r->b->failed; e = e->next) {
		if (e->deleted || e->inherited)
			continue;
		value_path_key(&r->path, e->key);
		make_entry(r, chart, is_root ? find_sub(r, chart, e->key) : NULL, e, at, depth);
		r->path.n = before;
		filled = true;
	}
	make_absent(r, chart, map, at, depth, 0);
	return filled;
}

/* ---- all ---- */

static int by_path(const void *left, const void *right, void *rows)
{
	const uint32_t *x = left, *y = right;
	const struct value_row *all = rows;
	return str_cmp(all[*x].path, all[*y].path);
}

static void hand_over(struct rows *r, struct values_view *ret)
{
	struct value_row *rows = arena_array(r->b->a, r->count, sizeof *rows);
	uint32_t *order = arena_array(r->b->a, r->count, sizeof *order);
	r->b->failed |= !rows || !order;
	if (r->b->failed)
		return;
	for (uint32_t i = 0; i < r->count; i++) {
		rows[i] = r->rows[i];
		order[i] = i;
	}
	qsort_r(order, r->count, sizeof *order, by_path, rows);
	ret->rows = rows;
	ret->count = r->count;
	ret->by_path = order;
}

void values_make_rows(struct values_build *b, const struct values_entry *map,
                      struct values_view *ret)
{
	struct rows r = { .b = b, .path = sbuf_make(SIZE_MAX / 2), .absent_left = VALUES_ABSENT_MAX };
	struct schema_place at = { .count = 0 };
	if (b->source.schema)
		at = schema_root(b->source.schema);
	(void)make_map(&r, &b->root, true, map, &at, 0);
	hand_over(&r, ret);
	sbuf_done(&r.path);
	free(r.rows);
}
