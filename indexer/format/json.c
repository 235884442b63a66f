/* Reading JSON with jansson, handed on as the same trees that YAML gives.
 *
 * jansson keeps no line numbers and no text of numbers: nodes have line 0, and a number has the
 * shortest text that means the same double (1.10 is "1.1", 1e3 is "1000.0"). Integers above 64
 * bits, lone surrogates and invalid UTF-8, which Go lets pass, are refused.                  */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/format/node.h"

struct json_reader {
	struct arena *arena;
	const char *name;
	unsigned depth_max;
	struct errinfo *e;
	bool shown;
};

static enum err convert(const struct json_reader *r, json_t *value, unsigned depth,
                        const struct node **ret);

static enum err no_memory(const struct json_reader *r)
{
	return ERR(r->e, NOMEM, "reading %s", r->name);
}

/* A string of jansson's, into the arena. */
static bool keep(const struct json_reader *r, struct str text, struct str *ret)
{
	char *copy = arena_dup(r->arena, text);
	if (!copy)
		return false;
	*ret = str_make(copy, r->shown ? utf8_clean(copy, ' ', "\n\t") : text.n);
	return true;
}

/* With a point or an exponent, so that it stays no integer. */
static void format_real(double number, char ret[NODE_NUMBER_BYTES])
{
	node_number_text(number, ret);
	if (!strpbrk(ret, ".e"))
		memcpy(ret + strlen(ret), ".0", sizeof ".0");
}

static enum err fill_scalar(const struct json_reader *r, json_t *value, struct node *n)
{
	char number[NODE_NUMBER_BYTES];
	struct str text = { NULL, 0 };
	n->kind = NODE_SCALAR;
	n->plain = true;
	switch (json_typeof(value)) {
	case JSON_STRING:
		n->plain = false;
		text = str_make(json_string_value(value), json_string_length(value));
		if (str_has(text, '\0'))
			return ERR(r->e, METADATA, "%s: a NUL character in a string", r->name);
		break;
	case JSON_INTEGER:
		(void)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		text = str_c(number);
		break;
	case JSON_REAL:
		format_real(json_real_value(value), number);
		text = str_c(number);
		break;
	default:
		text = json_is_true(value) ? STR("true")
		     : json_is_false(value) ? STR("false") : STR("null");
	}
	return keep(r, text, &n->text) ? OK : no_memory(r);
}

static enum err append(const struct json_reader *r, struct node *parent, struct node_item ***tail,
                       struct str key, json_t *value, unsigned depth)
{
	struct node_item *item = ARENA_NEW(r->arena, struct node_item);
	if (!item || !keep(r, key, &item->key))
		return no_memory(r);
	enum err err = convert(r, value, depth, &item->value);
	if (err)
		return err;
	**tail = item;
	*tail = &item->next;
	parent->count++;
	return OK;
}

static enum err fill_items(const struct json_reader *r, json_t *value, struct node *n,
                           unsigned depth)
{
	struct node_item **tail = &n->items;
	enum err err = OK;
	if (depth == r->depth_max)
		return ERR(r->e, METADATA, "%s: nesting deeper than %u", r->name, r->depth_max);
	n->kind = json_is_array(value) ? NODE_LIST : NODE_MAP;
	if (json_is_array(value)) {
		size_t count = json_array_size(value);
		for (size_t i = 0; i < count && !err; i++)
			err = append(r, n, &tail, STR(""), json_array_get(value, i), depth + 1);
		return err;
	}
	for (void *i = json_object_iter(value); i && !err; i = json_object_iter_next(value, i))
		err = append(r, n, &tail, str_c(json_object_iter_key(i)), json_object_iter_value(i),
		             depth + 1);
	return err;
}

static enum err convert(const struct json_reader *r, json_t *value, unsigned depth,
                        const struct node **ret)
{
	struct node *n = ARENA_NEW(r->arena, struct node);
	if (!n)
		return no_memory(r);
	*ret = n;
	if (json_is_array(value) || json_is_object(value))
		return fill_items(r, value, n, depth);
	return fill_scalar(r, value, n);
}

static enum err read_text(struct json_reader *r, struct str data, size_t flags,
                          const struct node **ret)
{
	json_error_t problem;
	const struct node *root = NULL;
	flags |= JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_t *value = json_loadb(data.n ? data.p : "", data.n, flags, &problem);
	if (!value && json_error_code(&problem) == json_error_out_of_memory)
		return no_memory(r);
	if (!value)
		return ERR(r->e, METADATA, "%s:%d: %s", r->name, problem.line > 0 ? problem.line : 1,
		           problem.text);
	enum err err = convert(r, value, 0, &root);
	json_decref(value);
	if (!err)
		*ret = root;
	return err;
}

enum err json_read(struct arena *a, struct str data, const char *name, const struct node **ret,
                   struct errinfo *e)
{
	struct json_reader r = { a, name, YAML_DEPTH_MAX, e, false };
	return read_text(&r, data, JSON_REJECT_DUPLICATES, ret);
}

enum err json_read_lenient(struct arena *a, struct str data, const char *name,
                           const struct node **ret, struct errinfo *e)
{
	struct json_reader r = { a, name, YAML_DEPTH_MAX, e, false };
	return read_text(&r, data, 0, ret);
}

enum err json_read_answer(struct arena *a, struct str data, const struct node **ret,
                          struct errinfo *e)
{
	struct json_reader r = { a, "answer", ANSWER_DEPTH_MAX, e, false };
	return read_text(&r, data, JSON_REJECT_DUPLICATES, ret);
}

enum err json_read_shown(struct arena *a, struct str data, const struct node **ret,
                         struct errinfo *e)
{
	struct json_reader r = { a, "answer", ANSWER_DEPTH_MAX, e, true };
	return read_text(&r, data, JSON_REJECT_DUPLICATES, ret);
}

size_t json_parts(struct str data)
{
	size_t parts = 0;
	for (size_t i = 0; i < data.n; i++)
		parts += data.p[i] == ',' || data.p[i] == '[' || data.p[i] == '{';
	return parts;
}
