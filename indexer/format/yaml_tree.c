/* The rules of a YAML tree. Equal keys are found by sorting when a map ends: no hash that a
 * stranger could fill with collisions.                                                      */
#include "indexer/format/yaml_tree.h"

#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/array.h"

struct yaml_anchor {
	struct str name;
	bool open, plain;
	enum yaml_shape shape;
	struct str text;                 /* of a scalar, which may also stand as a key */
	const struct node *node;
	uint64_t events, bytes;
	uint32_t height;
};

struct yaml_key {
	struct str text;
	uint32_t line;
	bool merged;                     /* came in through a merge key */
	size_t order;
	struct node_item *item;
};

static enum err no_memory(struct yaml_tree *t)
{
	return ERR(t->e, NOMEM, "reading %s", t->o->name);
}

static struct yaml_level *top(struct yaml_tree *t)
{
	return t->depth ? &t->levels[t->depth - 1] : NULL;
}

static enum err spend(struct yaml_tree *t, uint64_t events, uint64_t bytes, uint32_t line)
{
	t->events += events;
	t->bytes += bytes;
	if (t->events > t->o->events_max)
		return REFUSE(t, line, "more than %u values, aliases expanded", t->o->events_max);
	if (t->o->texts_max_bytes && t->bytes > t->o->texts_max_bytes)
		return REFUSE(t, line, "texts of more than %zu bytes, aliases expanded", t->o->texts_max_bytes);
	return OK;
}

/* ---- keys ---- */

static enum err push_key(struct yaml_tree *t, struct yaml_key key)
{
	struct yaml_key *keys = array_room(t->keys, t->key_count, &t->key_capacity, sizeof *keys);
	if (!keys)
		return no_memory(t);
	t->keys = keys;
	key.order = t->key_count;
	t->keys[t->key_count++] = key;
	return OK;
}

static int compare_keys(const void *left, const void *right)
{
	const struct yaml_key *a = left, *b = right;
	int order = str_cmp(a->text, b->text);
	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* The first pair of equal keys in a sorted range: the one whose second key stands highest. Those that a
 * merge key brought count as well if `merged`.                                                 */
static const struct yaml_key *first_pair(const struct yaml_key *keys, size_t n, bool merged,
                                         const struct yaml_key **ret_first)
{
	const struct yaml_key *found = NULL, *before = NULL;
	for (const struct yaml_key *k = keys; k < keys + n; k++) {
		if (k->merged && !merged)
			continue;
		if (before && str_eq(k->text, before->text) && (!found || k->order < found->order)) {
			found = k;
			*ret_first = before;
		}
		before = k;
	}
	return found;
}

void yaml_tree_warn(struct yaml_tree *t, uint32_t line, const char *fmt, ...)
{
	struct yaml_warning *w = t->o->warning;
	if (!w || (w->line && w->line <= line))
		return;
	w->line = line;
	int n = snprintf(w->text, sizeof w->text, "%.100s:%u: ", t->o->name, line);
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(w->text + n, sizeof w->text - (size_t)n, fmt, ap);
	va_end(ap);
	err_clean(w->text);
}

/* Takes every item out that a later one of the same key overrides. */
static void drop_overridden(struct node *map, struct yaml_key *keys, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (str_eq(keys[i].text, keys[i - 1].text))
			keys[i - 1].item->value = NULL;
	for (struct node_item **at = &map->items; *at;) {
		if ((*at)->value) {
			at = &(*at)->next;
		} else {
			*at = (*at)->next;
			map->count--;
		}
	}
}

static enum err check_keys(struct yaml_tree *t, const struct yaml_level *level)
{
	size_t n = t->key_count - level->first_key;
	if (n < 2)
		return OK;
	struct yaml_key *keys = t->keys + level->first_key;
	qsort(keys, n, sizeof *keys, compare_keys);
	const struct yaml_key *first, *pair = first_pair(keys, n, true, &first);
	if (!pair)
		return OK;
	if (t->o->duplicate_keys_last_wins || t->o->merged_keys_give_way)
		pair = first_pair(keys, n, false, &first);
	if (pair && !t->o->duplicate_keys_last_wins)
		return REFUSE(t, pair->line, "duplicate key \"%.*s\" (first in line %u)",
		              STR_ARG(str_first(pair->text, 100)), first->line);
	if (level->node)
		drop_overridden(level->node, keys, n);
	if (pair)
		yaml_tree_warn(t, pair->line, "duplicate key \"%.*s\"", STR_ARG(str_first(pair->text, 100)));
	return OK;
}

/* ---- values ---- */

static enum err append(struct yaml_tree *t, struct yaml_level *level, struct node_item item,
                       bool merged)
{
	struct node_item *copy = NULL;
	if (t->build) {
		copy = ARENA_NEW(t->arena, struct node_item);
		if (!copy)
			return no_memory(t);
		*copy = item;
		copy->next = NULL;
		*level->tail = copy;
		level->tail = &copy->next;
		level->node->count++;
	}
	if (!level->is_map)
		return OK;
	return push_key(t, (struct yaml_key){ .text = item.key, .line = item.line, .merged = merged,
	                                      .item = copy });
}

static enum err merge_map(struct yaml_tree *t, struct yaml_level *level, const struct node *map)
{
	for (const struct node_item *i = map->items; i; i = i->next) {
		enum err err = append(t, level, *i, true);
		if (err)
			return err;
	}
	return OK;
}

/* As go-yaml: in a list of maps the earlier one wins, so it is merged last. */
static enum err merge_list(struct yaml_tree *t, struct yaml_level *level, const struct node *list)
{
	const struct node **maps = arena_array(t->arena, list->count, sizeof *maps);
	if (!maps)
		return no_memory(t);
	size_t count = 0;
	for (const struct node_item *i = list->items; i; i = i->next)
		maps[count++] = i->value;
	while (count) {
		enum err err = merge_map(t, level, maps[--count]);
		if (err)
			return err;
	}
	return OK;
}

static bool is_merge(const struct yaml_level *level)
{
	return level->key_plain && str_eq(level->key, STR("<<"));
}

static enum err merge(struct yaml_tree *t, struct yaml_level *level, const struct node *value,
                      enum yaml_shape shape)
{
	if (shape != YAML_MAP && shape != YAML_MAPS)
		return REFUSE(t, level->key_line, "a merge key needs a map or a list of maps");
	if (!value)
		return OK;
	return shape == YAML_MAP ? merge_map(t, level, value) : merge_list(t, level, value);
}

/* A finished value goes to where it belongs; NULL when no tree is built. */
static enum err put(struct yaml_tree *t, const struct node *value, enum yaml_shape shape)
{
	struct yaml_level *level = top(t);
	if (!level) {
		t->root = value;
		t->root_is_map = shape == YAML_MAP || shape == YAML_NULL;
		return OK;
	}
	level->has_key = false;
	level->has_others |= shape != YAML_MAP;
	if (level->is_map && is_merge(level))
		return merge(t, level, value, shape);
	struct node_item item = { .value = value };
	if (level->is_map) {
		item.key = level->key;
		item.key_plain = level->key_plain;
		item.line = level->key_line;
	}
	return append(t, level, item, false);
}

static bool expects_key(struct yaml_tree *t)
{
	return t->depth && top(t)->is_map && !top(t)->has_key;
}

static enum err set_key(struct yaml_tree *t, struct str text, bool plain, uint32_t line)
{
	struct yaml_level *level = top(t);
	level->has_key = true;
	level->key = text;
	level->key_plain = plain;
	level->key_line = line;
	if (is_merge(level) && !t->o->aliases)
		return REFUSE(t, line, "merge keys (<<) are not allowed here");
	if (t->o->as_helm && node_is_null(&(struct node){ .kind = NODE_SCALAR, .plain = plain, .text = text }))
		return REFUSE(t, line, "null as a key, which Helm does not read: quote it");
	return OK;
}

/* ---- anchors ---- */

static int compare_anchors(const void *a, const void *b)
{
	return str_cmp(((const struct yaml_anchor *)a)->name, ((const struct yaml_anchor *)b)->name);
}

/* A name may be used again; aliases then mean the last one before them. */
static enum err add_anchor(struct yaml_tree *t, struct str name, uint32_t line,
                           struct yaml_anchor **ret)
{
	if (!name.n)
		return OK;
	if (!t->o->aliases)
		return REFUSE(t, line, "anchors are not allowed here");
	struct yaml_anchor *anchor = ARENA_NEW(t->arena, struct yaml_anchor);
	if (!anchor || !arena_str(t->arena, name, &anchor->name))
		return no_memory(t);
	struct yaml_anchor **slot = tsearch(anchor, &t->anchors, compare_anchors);
	if (!slot)
		return no_memory(t);
	*slot = *ret = anchor;
	return OK;
}

enum err yaml_tree_alias(struct yaml_tree *t, struct str name, uint32_t line)
{
	if (!t->o->aliases)
		return REFUSE(t, line, "aliases are not allowed here");
	struct yaml_anchor wanted = { .name = name };
	struct yaml_anchor **slot = tfind(&wanted, &t->anchors, compare_anchors);
	if (!slot)
		return REFUSE(t, line, "unknown alias");
	const struct yaml_anchor *anchor = *slot;
	if (anchor->open)
		return REFUSE(t, line, "an alias to the value it is part of");
	if (t->depth + anchor->height > YAML_DEPTH_MAX)
		return REFUSE(t, line, "nesting deeper than %u", YAML_DEPTH_MAX);
	enum err err = spend(t, anchor->events, anchor->bytes, line);
	if (err)
		return err;
	if (expects_key(t)) {
		if (anchor->shape != YAML_SCALAR)
			return REFUSE(t, line, "a key must be a scalar");
		return set_key(t, anchor->text, anchor->plain, line);
	}
	if (t->depth && top(t)->height < anchor->height)
		top(t)->height = anchor->height;
	/* A merge key takes a list of maps where it stands, but as go-yaml not by its name. */
	return put(t, anchor->node, anchor->shape == YAML_MAPS ? YAML_LIST : anchor->shape);
}

/* ---- events ---- */

static const struct node *keep_node(struct yaml_tree *t, const struct node *n)
{
	struct node *copy = ARENA_NEW(t->arena, struct node);
	if (copy)
		*copy = *n;
	return copy;
}

enum err yaml_tree_scalar(struct yaml_tree *t, const struct yaml_scalar *s)
{
	bool is_key = expects_key(t);
	struct yaml_anchor *anchor = NULL;
	const struct node *node = NULL;
	struct node n = { .kind = NODE_SCALAR, .plain = s->plain, .line = s->line,
	                  .last_line = s->last_line, .text = s->text, .tag = s->tag };
	enum err err = spend(t, 1, s->text.n, s->line);
	if (!err)
		err = add_anchor(t, s->anchor, s->line, &anchor);
	if (err)
		return err;
	if ((t->build || is_key || anchor) && !arena_str(t->arena, s->text, &n.text))
		return no_memory(t);
	if (t->build && (!is_key || anchor) && !(node = keep_node(t, &n)))
		return no_memory(t);
	if (anchor) {
		anchor->plain = s->plain;
		anchor->text = n.text;
		anchor->node = node;
		anchor->events = 1;
		anchor->bytes = n.text.n;
	}
	if (is_key)
		return set_key(t, n.text, s->plain, s->line);
	if (t->o->finite && !node_is_finite(&n))
		return REFUSE(t, s->line, "%.*s as a value, which Helm does not read: quote it", STR_ARG(n.text));
	return put(t, node, !t->depth && node_is_null(&n) ? YAML_NULL : YAML_SCALAR);
}

enum err yaml_tree_open(struct yaml_tree *t, bool is_map, struct str anchor, uint32_t line)
{
	if (expects_key(t))
		return REFUSE(t, line, "a key must be a scalar");
	if (t->depth == YAML_DEPTH_MAX)
		return REFUSE(t, line, "nesting deeper than %u", YAML_DEPTH_MAX);
	struct yaml_level level = { .is_map = is_map, .first_key = t->key_count,
	                            .events_before = t->events, .bytes_before = t->bytes };
	enum err err = spend(t, 2, 0, line);
	if (!err)
		err = add_anchor(t, anchor, line, &level.anchor);
	if (err)
		return err;
	if (level.anchor)
		level.anchor->open = true;
	if (t->build) {
		level.node = ARENA_NEW(t->arena, struct node);
		if (!level.node)
			return no_memory(t);
		level.node->kind = is_map ? NODE_MAP : NODE_LIST;
		level.node->line = line;
		level.tail = &level.node->items;
	}
	t->levels[t->depth++] = level;
	return OK;
}

enum err yaml_tree_close(struct yaml_tree *t)
{
	const struct yaml_level level = *top(t);
	enum err err = check_keys(t, &level);
	if (err)
		return err;
	t->key_count = level.first_key;
	t->depth--;
	uint32_t height = level.height + 1;
	enum yaml_shape shape = level.is_map ? YAML_MAP : level.has_others ? YAML_LIST : YAML_MAPS;
	if (level.anchor) {
		level.anchor->open = false;
		level.anchor->shape = shape;
		level.anchor->node = level.node;
		level.anchor->events = t->events - level.events_before;
		level.anchor->bytes = t->bytes - level.bytes_before;
		level.anchor->height = height;
	}
	if (t->depth && top(t)->height < height)
		top(t)->height = height;
	return put(t, level.node, shape);
}

static void keep(void *anchor) { (void)anchor; }     /* it lives in the arena */

void yaml_tree_done(struct yaml_tree *t)
{
	tdestroy(t->anchors, keep);
	t->anchors = NULL;
	free(t->keys);
	t->keys = NULL;
}
