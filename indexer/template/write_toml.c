/* Values as BurntSushi's encoder writes TOML: of a table its own keys first, then the tables in it, two
 * spaces deeper each.                                                                             */
#include "indexer/template/functions.h"

#include <math.h>

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/template/form.h"
#include "indexer/template/write.h"

struct key { struct str name; const struct key *parent; unsigned depth; };    /* from 0 */

struct writer {
	struct tmpl_run *r;
	struct sbuf *b;
	const char *problem;
};

static bool put_element(struct writer *w, const struct tmpl_value *v, unsigned depth);
static bool put_map(struct writer *w, const struct key *of, const struct tmpl_map *m);

static void put_text(struct sbuf *b, struct str s)
{
	sbuf_putc(b, '"');
	for (size_t i = 0; i < s.n && sbuf_ok(b); i++) {
		const char *letter = s.p[i] ? strchr("\bb\tt\nn\ff\rr\"\"\\\\", s.p[i]) : NULL;
		bool control = (unsigned char)s.p[i] < ' ' || s.p[i] == '"' || s.p[i] == '\\';
		if (letter && control)
			sbuf_printf(b, "\\%c", letter[1]);
		else if (control || s.p[i] == 0x7f)
			sbuf_printf(b, "\\u%04x", (unsigned)(unsigned char)s.p[i]);
		else
			sbuf_putc(b, s.p[i]);
	}
	sbuf_putc(b, '"');
}

static void put_name(struct sbuf *b, struct str s)
{
	bool bare = s.n > 0;
	for (size_t i = 0; i < s.n && bare; i++)
		bare = s.p[i] == '_' || s.p[i] == '-' || ascii_is_alnum(s.p[i]);
	if (bare)
		sbuf_put(b, s);
	else
		put_text(b, s);
}

static void put_path(struct sbuf *b, const struct key *k)
{
	if (k->parent) {
		put_path(b, k->parent);
		sbuf_putc(b, '.');
	}
	put_name(b, k->name);
}

static void indent(struct writer *w, const struct key *k)
{
	for (unsigned i = 0; i < k->depth; i++)
		sbuf_puts(w->b, "  ");
}

static void new_line(struct writer *w)
{
	if (w->b->n)
		sbuf_putc(w->b, '\n');
}

static bool is_map(const struct tmpl_value *v) { return v->kind == TMPL_MAP || v->kind == TMPL_OBJECT; }

/* A list of tables and nothing else. */
static bool is_tables(struct writer *w, const struct tmpl_value *v)
{
	bool tables = v->kind == TMPL_LIST && v->list.count > 0;
	for (size_t i = 0; v->kind == TMPL_LIST && i < v->list.count; i++) {
		if (v->list.items[i].kind == TMPL_NIL)
			w->problem = "toml: cannot encode array with nil element";
		tables = tables && is_map(v->list.items + i);
	}
	return tables;
}

static void put_number(struct sbuf *b, double v)
{
	size_t at = b->n;
	if (!isfinite(v)) {
		sbuf_puts(b, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
		return;
	}
	form_float(b, v, 'g', -1);
	if (sbuf_ok(b) && !strpbrk(b->p + at, ".e"))
		sbuf_puts(b, ".0");
}

static bool put_list(struct writer *w, const struct tmpl_list *l, unsigned depth)
{
	bool fine = true;
	sbuf_putc(w->b, '[');
	for (size_t i = 0; i < l->count && fine; i++) {
		if (i)
			sbuf_puts(w->b, ", ");
		fine = put_element(w, l->items + i, depth + 1);
	}
	sbuf_putc(w->b, ']');
	return fine;
}

/* "{a = 1, b = 2}": a table within a list that has others too. */
static bool put_inline(struct writer *w, const struct tmpl_map *m, unsigned depth)
{
	bool fine = true, any = false;
	sbuf_putc(w->b, '{');
	for (int tables = 0; tables < 2; tables++) {
		for (size_t i = 0; m && i < m->count && fine; i++) {
			const struct tmpl_value *v = &m->entries[i].value;
			bool table = is_map(v) || is_tables(w, v);
			if (table != (tables == 1) || v->kind == TMPL_NIL)
				continue;
			if (any)
				sbuf_puts(w->b, ", ");
			any = true;
			put_name(w->b, m->entries[i].key);
			sbuf_puts(w->b, " = ");
			fine = put_element(w, v, depth + 1);
		}
	}
	sbuf_putc(w->b, '}');
	return fine;
}

static bool put_element(struct writer *w, const struct tmpl_value *v, unsigned depth)
{
	const struct tmpl_map *map;
	if (depth > TMPL_VALUE_DEPTH_MAX)
		w->problem = "toml: a table within itself";
	if (w->problem || !sbuf_ok(w->b))
		return true;
	if (!tmpl_take(w->r, 1))
		return false;
	switch (v->kind) {
	case TMPL_NIL:    w->problem = "toml: cannot encode array with nil element"; return true;
	case TMPL_BOOL:   sbuf_puts(w->b, v->boolean ? "true" : "false"); return true;
	case TMPL_INT:    sbuf_printf(w->b, "%lld", (long long)v->integer); return true;
	case TMPL_FLOAT:  put_number(w->b, v->number); return true;
	case TMPL_STRING: put_text(w->b, v->text); return true;
	case TMPL_LIST:   return put_list(w, &v->list, depth);
	default:          return tmpl_map_of(w->r, v, &map) && put_inline(w, map, depth);
	}
}

static bool put_table(struct writer *w, const struct key *k, const struct tmpl_value *v, bool of_list)
{
	const struct tmpl_map *map;
	if (k->depth == 0 || of_list)
		new_line(w);
	indent(w, k);
	sbuf_puts(w->b, of_list ? "[[" : "[");
	put_path(w->b, k);
	sbuf_puts(w->b, of_list ? "]]\n" : "]\n");
	return tmpl_map_of(w->r, v, &map) && put_map(w, k, map);
}

static bool put_entry(struct writer *w, const struct key *k, const struct tmpl_value *v)
{
	bool fine = true;
	if (is_map(v))
		return put_table(w, k, v, false);
	if (is_tables(w, v)) {
		for (size_t i = 0; i < v->list.count && fine; i++)
			fine = put_table(w, k, v->list.items + i, true);
		return fine;
	}
	indent(w, k);
	put_name(w->b, k->name);
	sbuf_puts(w->b, " = ");
	fine = put_element(w, v, k->depth);
	sbuf_putc(w->b, '\n');
	return fine;
}

static bool put_map(struct writer *w, const struct key *of, const struct tmpl_map *m)
{
	bool fine = true;
	if (of && of->depth > TMPL_VALUE_DEPTH_MAX)
		w->problem = "toml: a table within itself";
	for (int tables = 0; tables < 2; tables++) {
		for (size_t i = 0; m && i < m->count && fine && !w->problem && sbuf_ok(w->b); i++) {
			const struct key k = { m->entries[i].key, of, of ? of->depth + 1 : 0 };
			const struct tmpl_value *v = &m->entries[i].value;
			if ((is_map(v) || is_tables(w, v)) != (tables == 1) || v->kind == TMPL_NIL)
				continue;
			fine = tmpl_take(w->r, 1) && put_entry(w, &k, v);
		}
	}
	return fine;
}

bool tmpl_write_toml(struct tmpl_run *r, struct sbuf *b, const struct tmpl_value *v, const char **ret_problem)
{
	struct writer w = { .r = r, .b = b };
	const struct tmpl_map *map = NULL;
	bool fine = true;
	if (is_tables(&w, v))
		w.problem = "toml: top-level values must be Go maps or structs";
	else if (!is_map(v))
		fine = put_element(&w, v, 0);
	else
		fine = tmpl_map_of(r, v, &map) && put_map(&w, NULL, map);
	*ret_problem = w.problem;
	return fine;
}
