/* What is copied out of the table of values: an option of helm, or a values file for one of them. */
#include "indexer/base/auto.h"
#include "indexer/document/value_text.h"
#include "indexer/document/values.h"
#include "indexer/format/node_json.h"

/* ---- --set ---- */

/* Helm reads what is behind --set as true, false, null, a whole number or a text, a '{' as a list. */
static bool is_taken_for_text(struct str s)
{
	static const char *const words[] = { "true", "false", "null" };
	uint64_t number;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_nocase(s, str_c(words[i])))
			return false;
	bool sign = s.n && (s.p[0] == '-' || s.p[0] == '+');
	return !str_to_u64(str_from(s, sign), &number);
}

static bool is_simple(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || strchr("\\,{}", s.p[i]))
			return false;
	return true;
}

static bool is_text(const struct value_row *row)
{
	return row->value && row->type == VALUE_STRING && is_simple(row->value->text);
}

static const char *option(const struct value_row *row)
{
	bool by_word = row->absent || row->type == VALUE_BOOL || row->type == VALUE_NULL ||
	               (row->type == VALUE_NUMBER && node_type(row->value) == NODE_INT);
	if (by_word || (is_text(row) && is_taken_for_text(row->value->text)))
		return "--set";
	return is_text(row) ? "--set-string" : "--set-json";
}

static bool is_safe(struct str s)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	                           "_./:@%+=,-";
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(safe, s.p[i]))
			return false;
	return true;
}

static void quote(struct str s, struct sbuf *b)
{
	if (is_safe(s))
		sbuf_put(b, s);
	else
		value_shell_quoted(s, b);
}

/* False: out of memory, in the buffer or in the arena. */
static bool put_assignment(struct arena *a, const struct value_row *row, struct sbuf *b)
{
	sbuf_put(b, row->path);
	sbuf_putc(b, '=');
	if (row->absent)
		return sbuf_ok(b);
	if (is_text(row))
		sbuf_put(b, row->value->text);
	else if (node_json(a, row->value, b, NULL))
		return false;
	return sbuf_ok(b);
}

bool values_set_line(struct arena *a, const struct value_row *row, struct str *ret)
{
	AUTO_SBUF struct sbuf assignment = sbuf_make(SIZE_MAX / 2), line = sbuf_make(SIZE_MAX / 2);
	if (value_is_longer(row->value, VALUE_SET_MAX_BYTES)) {
		*ret = STR("");
		return true;
	}
	if (!put_assignment(a, row, &assignment))
		return false;
	sbuf_puts(&line, option(row));
	sbuf_putc(&line, ' ');
	quote(sbuf_str(&assignment), &line);
	if (line.n > VALUE_SET_MAX_BYTES)
		sbuf_reset(&line);
	return sbuf_ok(&line) && arena_str(a, sbuf_str(&line), ret);
}

/* ---- YAML ---- */

/* The rows that `row` is in, from the top; ret[row->depth] is itself. */
static void line_up(const struct values_view *v, const struct value_row *row,
                    const struct value_row *ret[VALUES_DEPTH_MAX])
{
	unsigned wanted = row->depth;
	for (const struct value_row *r = row;; r--) {
		if (r->depth != wanted)
			continue;
		ret[wanted] = r;
		if (!wanted-- || r == v->rows)
			return;
	}
}

bool values_yaml(struct arena *a, const struct values_view *v, const struct value_row *row,
                 struct str *ret)
{
	const struct value_row *way[VALUES_DEPTH_MAX];
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE_MAX / 2);
	unsigned depth = 0;
	line_up(v, row, way);
	for (; depth < row->depth && way[depth]->type != VALUE_LIST; depth++) {
		value_block_key(way[depth]->key, 2 * depth, &b);
		sbuf_putc(&b, '\n');
	}
	if (value_is_longer(way[depth]->value, VALUE_YAML_MAX_BYTES)) {
		*ret = STR("");
		return true;
	}
	value_block_key(way[depth]->key, 2 * depth, &b);
	value_block(a, way[depth]->value, 2 * depth, &b);
	if (b.n > VALUE_YAML_MAX_BYTES)
		sbuf_reset(&b);
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), ret);
}
