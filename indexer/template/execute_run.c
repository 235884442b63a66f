/* What is executed: a file, what it includes, a text that is a template. All of it has one supply of steps
 * and one depth, and its first failure is the one that is told.                               */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/template/impl.h"

/* ---- failures and limits ---- */

/* An arena that is full is full of what the template made; less than the largest text is left then. */
static bool is_full(const struct arena *a)
{
	return a->limit && (a->used >= a->limit || a->limit - a->used < TMPL_TEXT_MAX_BYTES);
}

bool tmpl_fail(struct tmpl_run *r, enum err err, const char *fmt, ...)
{
	char text[ERR_DETAIL_MAX_BYTES];
	va_list ap;
	if (r->err)
		return false;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (err == ERR_NOMEM && is_full(r->a))
		err = ERR_TOO_LARGE;
	r->err = err_set(r->e, err, "%.*s:%u: %s", STR_ARG(r->name), r->line, text);
	return false;
}

bool tmpl_no_memory(struct tmpl_run *r) { return tmpl_fail(r, ERR_NOMEM, "out of memory"); }

bool tmpl_take(struct tmpl_run *r, uint64_t steps)
{
	if (r->err)
		return false;
	if (r->fuel < steps) {
		r->fuel = 0;
		return tmpl_fail(r, ERR_TOO_LARGE, "too many steps");
	}
	r->fuel -= steps;
	return true;
}

bool execute_deeper(struct tmpl_run *r)
{
	if (r->depth >= TMPL_DEPTH_MAX)
		return tmpl_fail(r, ERR_TOO_LARGE, "templates and blocks are more than %u within each other",
		                 TMPL_DEPTH_MAX);
	r->depth++;
	return true;
}

bool tmpl_keep(struct tmpl_run *r, const struct sbuf *b, struct str *ret)
{
	if (!sbuf_ok(b) && b->n >= b->limit / 2)
		return tmpl_fail(r, ERR_TOO_LARGE, "a text of more than %zu bytes", b->limit);
	if (!sbuf_ok(b) || !arena_str(r->a, sbuf_str(b), ret))
		return tmpl_no_memory(r);
	return true;
}

/* ---- templates ---- */

bool execute_tree(struct tmpl_run *r, const struct tree *t, const struct thing *dot, struct sbuf *out)
{
	struct execution x = { r, r->stacks, out, r->stacks->variable_count };
	struct str name = r->name;
	uint32_t line = r->line;
	r->name = t->file;
	bool good = execute_push(&x, STR("$"), dot) && execute_list(&x, dot, t->first) == FLOW_ON;
	x.stacks->variable_count = x.first_variable;
	r->name = name;
	r->line = line;
	return good;
}

static bool write_tree(struct tmpl_run *r, const struct tree *t, const struct tmpl_value *dot,
                       struct str *ret)
{
	AUTO_SBUF struct sbuf out = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct thing value = { *dot, false };
	return execute_tree(r, t, &value, &out) && tmpl_take(r, out.n / 64) && tmpl_keep(r, &out, ret);
}

bool tmpl_include(struct tmpl_run *r, struct str name, const struct tmpl_value *dot, struct str *ret)
{
	char shown[TMPL_MESSAGE_MAX_BYTES];
	const struct tree *t = set_find(r->set, name);
	if (!t)
		return tmpl_fail(r, ERR_METADATA, "no template %s associated with template \"gotpl\"",
		                 shown_quoted(name, sizeof shown / 2, shown, sizeof shown));
	return write_tree(r, t, dot, ret);
}

/* It is told as what stands in the file that has the outermost "tpl". */
static bool read_text(struct tmpl_run *r, struct tmpl_set *own, struct str text, struct tree **ret)
{
	struct str name = r->name;
	if (!tmpl_take(r, text.n / 4))
		return false;
	if (!str_ends(name, STR(": tpl")))
		name = str_c(arena_printf(r->a, "%.*s:%u: tpl", STR_ARG(r->name), r->line));
	enum err err = name.n ? parse_text(own, name, text, ret, r->e) : ERR_NOMEM;
	if (err == ERR_NOMEM)
		return tmpl_no_memory(r);
	r->err = err;
	return !err;
}

static bool write_text(struct tmpl_run *r, struct str text, const struct tmpl_value *dot, struct str *ret)
{
	struct tmpl_set own = { .a = r->a, .outer = r->set };
	struct tree *main;
	if (!text.n || !memmem(text.p, text.n, "{{", 2)) {
		*ret = text;
		return true;
	}
	if (!read_text(r, &own, text, &main))
		return false;
	r->set = &own;
	bool good = write_tree(r, main, dot, ret);
	r->set = own.outer;
	return good;
}

bool tmpl_without_no_value(struct arena *a, struct str s, struct str *ret)
{
	char *to = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; to && i < s.n;) {
		const char *at = memmem(s.p + i, s.n - i, TMPL_NO_VALUE, sizeof TMPL_NO_VALUE - 1);
		size_t bytes = (at ? (size_t)(at - s.p) : s.n) - i;
		memcpy(to + n, s.p + i, bytes);
		n += bytes;
		i += bytes + (at ? sizeof TMPL_NO_VALUE - 1 : 0);
	}
	*ret = str_make(to, n);
	return to;
}

bool tmpl_of_text(struct tmpl_run *r, struct str text, const struct tmpl_value *dot, struct str *ret)
{
	struct str s;
	if (!write_text(r, text, dot, &s))
		return false;
	*ret = s;
	return !s.n || !memmem(s.p, s.n, TMPL_NO_VALUE, sizeof TMPL_NO_VALUE - 1) ||
	       tmpl_without_no_value(r->a, s, ret) || tmpl_no_memory(r);
}

enum err tmpl_execute(struct tmpl_run *r, struct str name, const struct tmpl_value *dot, struct sbuf *out,
                      struct errinfo *e)
{
	struct tmpl_stacks stacks = { 0 };
	struct thing value = { *dot, false };
	const struct tree *t = set_find(r->set, name);
	if (!t)
		return ERR(e, NOT_FOUND, "no template %.*s", STR_ARG(str_first(name, 200)));
	r->e = e;
	r->depth = 0;
	r->name = name;
	r->line = 0;
	r->err = OK;
	r->stacks = &stacks;
	bool good = execute_tree(r, t, &value, out);
	r->stacks = NULL;
	return good ? OK : ERR_SURE(r->err);
}
