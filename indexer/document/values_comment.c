/* Where the comments of a value stand. Lines are counted as libyaml counts them, and what belongs to a
 * text of several lines is known from the tree, so that a '#' in a script is not taken for one.  */
#include "indexer/document/values_comment.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/document/comment_text.h"

/* ---- lines ---- */

static bool begins_break(char c)
{
	return c == '\n' || c == '\r' || c == '\xc2' || c == '\xe2';
}

/* The length of the line break at `at`, 0: there is none. */
static size_t break_length(struct str s, size_t at)
{
	static const struct str breaks[] = { STR("\r\n"), STR("\n"), STR("\r"), STR("\xc2\x85"),
	                                     STR("\xe2\x80\xa8"), STR("\xe2\x80\xa9") };
	if (!begins_break(s.p[at]))
		return 0;
	for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++)
		if (str_starts(str_from(s, at), breaks[i]))
			return breaks[i].n;
	return 0;
}

/* Lines up to VALUES_LINES_MAX, each begun at starts[i], which may be NULL. */
static uint32_t split(struct str s, uint32_t *starts)
{
	uint32_t count = 0;
	size_t at = 0;
	while (at < s.n && count < VALUES_LINES_MAX) {
		size_t length = 0;
		if (starts)
			starts[count] = (uint32_t)at;
		count++;
		while (at < s.n && (!begins_break(s.p[at]) || !(length = break_length(s, at))))
			at++;
		at += length;
	}
	if (starts)
		starts[count] = (uint32_t)at;
	return count;
}

/* By its index, without the break. */
static struct str line_at(const struct comments *c, uint32_t index)
{
	struct str line = str_make(c->text.p + c->starts[index],
	                           c->starts[index + 1] - c->starts[index]);
	for (size_t n = 3; n > 0; n--)
		if (line.n >= n && break_length(line, line.n - n) == n)
			return str_first(line, line.n - n);
	return line;
}

static size_t indent_of(struct str line)
{
	size_t n = 0;
	while (n < line.n && line.p[n] == ' ')
		n++;
	return n;
}

static bool is_comment(const struct comments *c, uint32_t index)
{
	struct str line = line_at(c, index);
	size_t indent = indent_of(line);
	return !c->inside[index] && indent < line.n && line.p[indent] == '#';
}

/* Aliases bring the same text again: it is marked once. */
static void mark_inside(struct comments *c, const struct node *n)
{
	if (!n)
		return;
	if (n->kind == NODE_SCALAR && n->line && n->line < c->count && !c->inside[n->line])
		for (uint32_t i = n->line; i < n->last_line && i < c->count; i++)
			c->inside[i] = true;
	for (const struct node_item *i = n->items; i; i = i->next)
		mark_inside(c, i->value);
}

/* ---- what names its value by path ---- */

static int by_path(const void *left, const void *right)
{
	const struct comment_param *x = left, *y = right;
	int order = str_cmp(x->path, y->path);
	return order ? order : (x->text.p > y->text.p) - (x->text.p < y->text.p);
}

/* What stands behind the first document of a file was not looked at by the reader. */
static bool is_readable(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)line.p[i] < ' ' && line.p[i] != '\t')
			return false;
	return str_is_utf8(line);
}

static bool read_params(struct arena *a, struct comments *c)
{
	size_t capacity = 0;
	for (uint32_t i = 0; i < c->count; i++) {
		struct comment_param param;
		if (!is_comment(c, i) || !comment_text_param(line_at(c, i), &param) ||
		    !is_readable(line_at(c, i)))
			continue;
		struct comment_param *params = arena_room(a, c->params, c->param_count, &capacity,
		                                          sizeof *params);
		if (!params)
			return false;
		c->params = params;
		params[c->param_count++] = param;
	}
	if (c->param_count)
		qsort(c->params, c->param_count, sizeof *c->params, by_path);
	return true;
}

static const struct comment_param *find_param(const struct comments *c, struct str path)
{
	size_t low = 0, high = c->param_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (str_cmp(c->params[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = path.n && low < c->param_count && str_eq(c->params[low].path, path);
	return found ? &c->params[low] : NULL;
}

bool comments_read(struct arena *a, struct str yaml, const struct node *root, struct comments *ret)
{
	struct comments c = { .text = str_without_mark(yaml) };
	if (root) {
		c.count = split(c.text, NULL);
		c.starts = arena_array(a, c.count + 1u, sizeof *c.starts);
		c.inside = arena_array(a, c.count + 1u, sizeof *c.inside);
		if (!c.starts || !c.inside)
			return false;
		(void)split(c.text, c.starts);
		mark_inside(&c, root);
		if (!read_params(a, &c))
			return false;
	}
	*ret = c;
	return true;
}

/* ---- of one value ---- */

/* The comment behind what stands on the line: a '#' after white space that is in no quotes. */
static struct str behind(struct str line)
{
	char quote = 0, before = ' ';
	for (size_t i = 0; i < line.n; before = line.p[i++]) {
		char c = line.p[i];
		if (quote == '"' && c == '\\')
			i++;
		else if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '#' && (before == ' ' || before == '\t'))
			return str_from(line, i);
		else if ((c == '"' || c == '\'') && strchr(" \t[{,:-", before))
			quote = c;
		if (i >= line.n)
			break;
	}
	return str_make(NULL, 0);
}

static bool takes(const struct comments *c, uint32_t first, uint32_t end)
{
	return end - first <= COMMENT_LINES_MAX &&
	       c->starts[end] - c->starts[first] <= COMMENT_BLOCK_MAX_BYTES;
}

/* The block of comments that ends above the line and is as deep. */
static void take_above(const struct comments *c, uint32_t index, struct comment_block *block)
{
	size_t indent = indent_of(line_at(c, index));
	uint32_t first = index;
	while (first && takes(c, first - 1, index) && is_comment(c, first - 1) &&
	       indent_of(line_at(c, first - 1)) == indent)
		first--;
	block->first_line = first + 1;
	for (uint32_t i = first; i < index; i++)
		block->lines[block->count++] = line_at(c, i);
}

/* Deeper comments right below a value in which there is nothing, as `helm create` writes them. */
static void take_below(const struct comments *c, const struct comment_place *at,
                       struct comment_block *block)
{
	const struct node *v = at->value;
	if (!v || v->items)
		return;
	uint32_t first = v->kind == NODE_SCALAR && v->line >= at->line ? v->last_line : at->line;
	size_t indent = indent_of(line_at(c, at->line - 1));
	for (uint32_t i = first; i < c->count && takes(c, first, i + 1) && is_comment(c, i) &&
	     indent_of(line_at(c, i)) > indent; i++)
		block->lines[block->count++] = line_at(c, i);
}

static void put_line_break(struct sbuf *b)
{
	if (b->n && b->p[b->n - 1] != '\n')
		sbuf_putc(b, '\n');
}

/* "# path -- text" that stands above its value as well: once is enough. */
static bool is_in(const struct comment_block *block, const struct comment_param *param)
{
	if (!param || param->tagged || !block->count)
		return false;
	struct str last = block->lines[block->count - 1];
	return param->text.p >= block->lines[0].p && param->text.p <= last.p + last.n;
}

static void put_param(const struct comment_param *param, struct sbuf *b, struct str *type)
{
	sbuf_put(b, param->text);
	put_line_break(b);
	*type = param->type;
}

static void put_all(const struct comments *c, const struct comment_place *at, struct sbuf *b,
                    struct str *type)
{
	struct comment_block block = { .path = at->path, .key = at->key };
	const struct comment_param *param = find_param(c, at->path);
	bool has_place = at->line && at->line <= c->count;
	if (has_place && at->first_on_line)
		take_above(c, at->line - 1, &block);
	if (param && !is_in(&block, param))
		put_param(param, b, type);
	if (!has_place)
		return;
	size_t before = b->n;
	comment_text_put(&block, b, type);
	struct str line = str_fit(line_at(c, at->line - 1), VALUE_COMMENT_MAX_BYTES),
	           trailing = at->has_line && !c->inside[at->line - 1] ? behind(line) : STR("");
	if (trailing.n) {
		put_line_break(b);
		block.count = 0;
		block.lines[block.count++] = trailing;
		comment_text_put(&block, b, type);
	}
	if (b->n > before || !at->first_on_line)
		return;
	block.count = 0;
	block.is_below = true;
	take_below(c, at, &block);
	comment_text_put(&block, b, type);
}

bool comment_of(struct arena *a, const struct comments *c, const struct comment_place *at,
                struct comment *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE_MAX / 2);
	struct comment found = { .type = STR("") };
	put_all(c, at, &b, &found.type);
	while (b.n && b.p[b.n - 1] == '\n')
		b.n--;
	if (!sbuf_ok(&b) || !arena_str(a, str_fit(sbuf_str(&b), VALUE_COMMENT_MAX_BYTES), &found.text))
		return false;
	*ret = found;
	return true;
}
