/* Values as fmt prints them: lists and maps here, what is in them in print_scalar.c. */
#include "indexer/template/print.h"

#include "indexer/base/limits.h"
#include "indexer/template/form.h"
#include "indexer/template/functions.h"

static void put_value(struct printer *p, const struct tmpl_value *v, uint32_t verb, unsigned depth);

/* One that is within a list or map. */
static void put_inner(struct printer *p, const struct tmpl_value *v, uint32_t verb, unsigned depth)
{
	if (v->kind == TMPL_NIL)
		sbuf_puts(p->b, p->shape.go_syntax ? "interface {}(nil)" : "<nil>");
	else
		put_value(p, v, verb, depth);
}

static void put_list(struct printer *p, const struct tmpl_value *v, uint32_t verb, unsigned depth)
{
	bool go = p->shape.go_syntax;
	if (go)
		sbuf_puts(p->b, tmpl_type_name(v));
	sbuf_putc(p->b, go ? '{' : '[');
	for (size_t i = 0; i < v->list.count && sbuf_ok(p->b); i++) {
		if (i)
			sbuf_puts(p->b, go ? ", " : " ");
		put_inner(p, v->list.items + i, verb, depth + 1);
	}
	sbuf_putc(p->b, go ? '}' : ']');
}

static void put_map(struct printer *p, const struct tmpl_value *v, uint32_t verb, unsigned depth)
{
	bool go = p->shape.go_syntax;
	sbuf_puts(p->b, go ? tmpl_type_name(v) : "map");
	sbuf_putc(p->b, go ? '{' : '[');
	for (size_t i = 0; v->map && i < v->map->count && sbuf_ok(p->b); i++) {
		const struct tmpl_value key = tmpl_text(v->map->entries[i].key);
		if (i)
			sbuf_puts(p->b, go ? ", " : " ");
		put_value(p, &key, verb, depth + 1);
		sbuf_putc(p->b, ':');
		put_inner(p, &v->map->entries[i].value, verb, depth + 1);
	}
	sbuf_putc(p->b, go ? '}' : ']');
}

static void put_object(struct printer *p, const struct tmpl_value *v)
{
	if (v->object->type->print)
		v->object->type->print(p->b, v->object);
	else
		sbuf_puts(p->b, "{}");
}

/* A map that is in itself has no end; Go dies of it, here the buffer fails. */
static void put_value(struct printer *p, const struct tmpl_value *v, uint32_t verb, unsigned depth)
{
	if (depth > TMPL_VALUE_DEPTH_MAX) {
		p->b->failed = true;
		return;
	}
	switch (v->kind) {
	case TMPL_BOOL:
		if (verb == 't' || verb == 'v')
			print_padded(p, v->boolean ? STR("true") : STR("false"));
		else
			print_bad_verb(p, v, verb);
		return;
	case TMPL_INT:    print_integer(p, v, verb); return;
	case TMPL_FLOAT:  print_number(p, v, verb); return;
	case TMPL_STRING: print_text(p, v, verb); return;
	case TMPL_LIST:   put_list(p, v, verb, depth); return;
	case TMPL_MAP:    put_map(p, v, verb, depth); return;
	case TMPL_OBJECT: put_object(p, v); return;
	case TMPL_NIL:    sbuf_puts(p->b, "<nil>"); return;
	}
}

void print_argument(struct printer *p, const struct tmpl_value *v, uint32_t verb)
{
	if (verb == 'T' || (v->kind == TMPL_NIL && verb == 'v'))
		print_padded(p, str_c(tmpl_type_name(v)));
	else if (v->kind == TMPL_NIL)
		print_bad_verb(p, v, verb);
	else
		put_value(p, v, verb, 0);
}

void print_bad_verb(const struct printer *p, const struct tmpl_value *v, uint32_t verb)
{
	struct printer inner = *p;
	sbuf_puts(p->b, "%!");
	rune_put(p->b, verb);
	sbuf_putc(p->b, '(');
	if (v->kind != TMPL_NIL) {
		sbuf_puts(p->b, tmpl_type_name(v));
		sbuf_putc(p->b, '=');
		put_value(&inner, v, 'v', 0);
	} else {
		sbuf_puts(p->b, "<nil>");
	}
	sbuf_putc(p->b, ')');
}

void tmpl_print(struct sbuf *b, const struct tmpl_value *v)
{
	struct printer p = { .b = b };
	print_argument(&p, v, 'v');
}
