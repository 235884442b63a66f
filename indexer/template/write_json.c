/* Values as encoding/json writes them. */
#include "indexer/template/functions.h"

#include <math.h>

#include "indexer/base/base64.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/template/form.h"
#include "indexer/template/write.h"

struct writer {
	struct tmpl_run *r;
	struct sbuf *b;
	struct tmpl_json form;
	const char *problem;
};

static bool put(struct writer *w, const struct tmpl_value *v, unsigned depth);

/* From where on exponents are used is JavaScript's. */
void write_json_number(struct sbuf *b, double v)
{
	double size = fabs(v);
	size_t at = b->n;
	bool exponent = fpclassify(v) != FP_ZERO && (size < 1e-6 || size >= 1e21);
	form_float(b, v, exponent ? 'e' : 'f', -1);
	size_t n = b->n - at;
	if (!sbuf_ok(b) || !exponent || n < 4 || b->p[b->n - 4] != 'e' || b->p[b->n - 3] != '-' ||
	    b->p[b->n - 2] != '0')
		return;
	b->p[b->n - 2] = b->p[b->n - 1];         /* e-09 is e-9 */
	b->p[--b->n] = '\0';
}

static void put_character(struct sbuf *b, uint32_t c, bool html)
{
	switch (c) {
	case '"':  sbuf_puts(b, "\\\""); return;
	case '\\': sbuf_puts(b, "\\\\"); return;
	case '\b': sbuf_puts(b, "\\b"); return;
	case '\f': sbuf_puts(b, "\\f"); return;
	case '\n': sbuf_puts(b, "\\n"); return;
	case '\r': sbuf_puts(b, "\\r"); return;
	case '\t': sbuf_puts(b, "\\t"); return;
	default: break;
	}
	if (c < ' ' || c == 0x2028 || c == 0x2029 || (html && (c == '<' || c == '>' || c == '&')))
		sbuf_printf(b, "\\u%04x", c);
	else
		rune_put(b, c);
}

static void put_text(struct sbuf *b, struct str s, bool html)
{
	sbuf_putc(b, '"');
	while (s.n && sbuf_ok(b)) {
		size_t before = s.n;
		uint32_t c = utf8_next(&s);
		if (c == UTF8_REPLACEMENT && before - s.n == 1)
			sbuf_puts(b, "\\ufffd");
		else
			put_character(b, c, html);
	}
	sbuf_putc(b, '"');
}

static void new_line(struct writer *w, unsigned depth)
{
	if (!w->form.lines)
		return;
	sbuf_putc(w->b, '\n');
	for (; depth; depth--)
		sbuf_puts(w->b, "  ");
}

/* One that is none at all is []string of no matches. */
static bool put_list(struct writer *w, const struct tmpl_list *l, unsigned depth)
{
	if (!l->items) {
		sbuf_puts(w->b, "null");
		return true;
	}
	sbuf_putc(w->b, '[');
	for (size_t i = 0; i < l->count; i++) {
		if (i)
			sbuf_putc(w->b, ',');
		new_line(w, depth + 1);
		if (!put(w, l->items + i, depth + 1))
			return false;
	}
	if (l->count)
		new_line(w, depth);
	sbuf_putc(w->b, ']');
	return true;
}

static bool put_map(struct writer *w, const struct tmpl_map *m, unsigned depth)
{
	sbuf_putc(w->b, '{');
	for (size_t i = 0; m && i < m->count; i++) {
		if (i)
			sbuf_putc(w->b, ',');
		new_line(w, depth + 1);
		put_text(w->b, m->entries[i].key, w->form.html);
		sbuf_puts(w->b, w->form.lines ? ": " : ":");
		if (!put(w, &m->entries[i].value, depth + 1))
			return false;
	}
	if (m && m->count)
		new_line(w, depth);
	sbuf_putc(w->b, '}');
	return true;
}

static bool put_string(struct writer *w, const struct tmpl_value *v)
{
	if (v->go != TMPL_GO_BYTES) {
		put_text(w->b, v->text, w->form.html);
		return true;
	}
	sbuf_putc(w->b, '"');
	base64_put(w->b, v->text);
	sbuf_putc(w->b, '"');
	return true;
}

static bool put(struct writer *w, const struct tmpl_value *v, unsigned depth)
{
	const struct tmpl_map *map;
	if (depth > TMPL_VALUE_DEPTH_MAX)
		w->problem = "json: unsupported value: encountered a cycle via map[string]interface {}";
	else if (v->kind == TMPL_FLOAT && !isfinite(v->number))
		w->problem = "json: unsupported value: no finite number";
	if (w->problem || !sbuf_ok(w->b))
		return true;
	if (!tmpl_take(w->r, 1))
		return false;
	switch (v->kind) {
	case TMPL_NIL:    sbuf_puts(w->b, "null"); return true;
	case TMPL_BOOL:   sbuf_puts(w->b, v->boolean ? "true" : "false"); return true;
	case TMPL_INT:    sbuf_printf(w->b, "%lld", (long long)v->integer); return true;
	case TMPL_FLOAT:  write_json_number(w->b, v->number); return true;
	case TMPL_STRING: return put_string(w, v);
	case TMPL_LIST:   return put_list(w, &v->list, depth);
	default:          return tmpl_map_of(w->r, v, &map) && put_map(w, map, depth);
	}
}

bool tmpl_write_json(struct tmpl_run *r, struct sbuf *b, const struct tmpl_value *v, struct tmpl_json form,
                     const char **ret_problem)
{
	struct writer w = { r, b, form, NULL };
	bool fine = put(&w, v, 0);
	*ret_problem = w.problem;
	return fine;
}
