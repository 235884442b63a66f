/* Defaults as text. Whatever is plain YAML here means the same to YAML 1.1 and 1.2; everything else
 * is written as JSON, which is YAML as well.                                                  */
#include "indexer/document/value_text.h"

#include "indexer/base/ascii.h"
#include "indexer/format/node_json.h"

/* ---- one line ---- */

static void put_json(struct arena *a, const struct node *n, struct sbuf *b)
{
	if (node_json(a, n, b, NULL))
		b->failed = true;
}

static void put_key(struct arena *a, const struct node_item *item, struct sbuf *b)
{
	struct str key;
	if (node_key_string(a, item, &key))
		sbuf_json(b, key);
	else
		b->failed = true;
	sbuf_puts(b, ": ");
}

/* False: there is more than fits before `end`. */
static bool put_flow(struct arena *a, const struct node *n, size_t end, struct sbuf *b)
{
	bool whole = true;
	if (!n || n->kind == NODE_SCALAR) {
		struct node first = n ? *n : (struct node){ .plain = true };
		if (node_type(&first) == NODE_STRING)
			first.text = str_fit(first.text, end);
		put_json(a, &first, b);
		return !n || first.text.n == n->text.n;
	}
	sbuf_putc(b, n->kind == NODE_MAP ? '{' : '[');
	for (const struct node_item *i = n->items; i && whole; i = i->next) {
		if (i != n->items)
			sbuf_puts(b, ", ");
		if (n->kind == NODE_MAP)
			put_key(a, i, b);
		whole = b->n < end && put_flow(a, i->value, end, b);
	}
	sbuf_putc(b, n->kind == NODE_MAP ? '}' : ']');
	return whole;
}

bool value_flow(struct arena *a, const struct node *n, size_t max_bytes, struct sbuf *b)
{
	size_t end = b->n + max_bytes;
	bool whole = put_flow(a, n, end, b);
	if (b->n <= end)
		return whole;
	b->n = str_fit(sbuf_str(b), end).n;
	return false;
}

/* ---- how long it is ---- */

/* False: fewer are left. Numbers may be written shorter than they were read, so they count as one. */
static bool take_bytes(const struct node *n, size_t *left)
{
	bool is_text = n && n->kind == NODE_SCALAR && node_type(n) == NODE_STRING;
	size_t bytes = 1 + (is_text ? n->text.n : 0);
	bool fits = bytes <= *left;
	*left -= fits ? bytes : 0;
	for (const struct node_item *i = n ? n->items : NULL; i && fits; i = i->next) {
		fits = i->key.n <= *left;
		*left -= fits ? i->key.n : 0;
		fits = fits && take_bytes(i->value, left);
	}
	return fits;
}

bool value_is_longer(const struct node *n, size_t max_bytes) { return !take_bytes(n, &max_bytes); }

/* ---- a block of YAML ---- */

static bool is_plain(struct str s)
{
	const struct node n = { .kind = NODE_SCALAR, .plain = true, .text = s };
	if (!s.n || !(ascii_is_alnum(s.p[0]) || strchr("_/.", s.p[0])) || s.p[s.n - 1] == ':')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && !strchr("_/.:-", s.p[i]))
			return false;
	return node_type(&n) == NODE_STRING;
}

static void put_spaces(struct sbuf *b, unsigned count)
{
	sbuf_printf(b, "%*s", (int)count, "");
}

/* Several lines, none of which needs an escape, the last of them complete or not. */
static bool is_literal(struct str s)
{
	if (!str_has(s, '\n') || s.p[0] == ' ' || s.p[0] == '\n' || str_ends(s, STR("\n\n")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\n' && (s.p[i] < ' ' || s.p[i] > '~'))
			return false;
	return true;
}

static void put_literal(struct str s, unsigned indent, struct sbuf *b)
{
	sbuf_puts(b, str_ends(s, STR("\n")) ? " |\n" : " |-\n");
	while (s.n) {
		struct str line = str_cut(&s, '\n', NULL);
		if (line.n)
			put_spaces(b, indent + 2);
		sbuf_put(b, line);
		sbuf_putc(b, '\n');
	}
}

static void put_scalar(struct arena *a, const struct node *n, unsigned indent, struct sbuf *b)
{
	bool is_text = n && (node_type(n) == NODE_STRING || node_type(n) == NODE_TIMESTAMP);
	if (is_text && is_literal(n->text)) {
		put_literal(n->text, indent, b);
		return;
	}
	sbuf_putc(b, ' ');
	if (is_text && is_plain(n->text))
		sbuf_put(b, n->text);
	else
		put_json(a, n, b);
	sbuf_putc(b, '\n');
}

/* YAML wants to see the colon within 1,024 characters, or a question mark before the key. The first
 * key of a map in a list stands behind the dash.                                            */
static void put_block_key(struct str key, unsigned indent, bool after_dash, struct sbuf *b)
{
	bool is_long = key.n > 100;
	put_spaces(b, after_dash ? 0 : indent);
	sbuf_puts(b, is_long ? "? " : "");
	if (is_plain(key))
		sbuf_put(b, key);
	else
		sbuf_json(b, key);
	if (is_long)
		sbuf_putc(b, '\n');
	put_spaces(b, is_long ? indent : 0);
	sbuf_putc(b, ':');
}

void value_block_key(struct str key, unsigned indent, struct sbuf *b)
{
	put_block_key(key, indent, false, b);
}

static void put_items(struct arena *a, const struct node *n, unsigned indent, bool after_dash,
                      struct sbuf *b)
{
	struct str key;
	for (const struct node_item *i = n->items; i && sbuf_ok(b); i = i->next) {
		bool is_map = i->value && i->value->kind == NODE_MAP && i->value->items;
		if (n->kind == NODE_LIST) {
			put_spaces(b, indent);
			sbuf_puts(b, is_map ? "- " : "-");
			if (is_map)
				put_items(a, i->value, indent + 2, true, b);
			else
				value_block(a, i->value, indent, b);
		} else if (node_key_string(a, i, &key)) {
			put_block_key(key, indent, after_dash && i == n->items, b);
			value_block(a, i->value, indent, b);
		} else {
			b->failed = true;
		}
	}
}

void value_block(struct arena *a, const struct node *n, unsigned indent, struct sbuf *b)
{
	if (!n || n->kind == NODE_SCALAR) {
		put_scalar(a, n, indent, b);
		return;
	}
	if (!n->items) {
		sbuf_puts(b, n->kind == NODE_MAP ? " {}\n" : " []\n");
		return;
	}
	sbuf_putc(b, '\n');
	put_items(a, n, indent + 2, false, b);
}

/* ---- a shell's word ---- */

void value_shell_quoted(struct str text, struct sbuf *b)
{
	sbuf_putc(b, '\'');
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\'')
			sbuf_puts(b, "'\\''");
		else
			sbuf_putc(b, text.p[i]);
	sbuf_putc(b, '\'');
}
