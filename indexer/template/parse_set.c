/* Sets of templates, and what reading a text adds to them. */
#include "indexer/base/limits.h"
#include "indexer/template/impl.h"

#define FIRST_SLOTS 16u

/* ---- sets ---- */

/* Where it is, or where it goes. */
static struct tree **slot(const struct tmpl_set *s, struct str name)
{
	for (uint64_t i = str_hash(name, STR_HASH_START);; i++) {
		struct tree **at = &s->slots[i & (s->slot_count - 1)];
		if (!*at || str_eq((*at)->name, name))
			return at;
	}
}

const struct tree *set_find(const struct tmpl_set *s, struct str name)
{
	for (; s; s = s->outer) {
		const struct tree *t = s->slots ? *slot(s, name) : NULL;
		if (t)
			return t;
	}
	return NULL;
}

static bool grow(struct tmpl_set *s)
{
	struct tmpl_set more = { .slot_count = s->slot_count ? 2 * s->slot_count : FIRST_SLOTS };
	if (s->count < s->slot_count / 2)
		return true;
	more.slots = arena_array(s->a, more.slot_count, sizeof *more.slots);
	if (!more.slots)
		return false;
	for (size_t i = 0; i < s->slot_count; i++)
		if (s->slots[i])
			*slot(&more, s->slots[i]->name) = s->slots[i];
	s->slots = more.slots;
	s->slot_count = more.slot_count;
	return true;
}

/* False: out of memory. */
static bool put(struct tmpl_set *s, struct tree *t)
{
	if (!grow(s))
		return false;
	struct tree **at = slot(s, t->name);
	s->count += !*at;
	if (!*at || !t->blank)
		*at = t;
	return true;
}

enum err tmpl_set_new(struct arena *a, struct tmpl_set **ret, struct errinfo *e)
{
	struct tmpl_set *s = ARENA_NEW(a, struct tmpl_set);
	if (!s)
		return ERR(e, NOMEM, "templates");
	s->a = a;
	*ret = s;
	return OK;
}

/* ---- texts ---- */

static bool is_blank(const struct statement *s)
{
	for (; s; s = s->next) {
		if (s->kind != STATEMENT_TEXT)
			return false;
		for (size_t i = 0; i < s->text.n; i++)
			if (!s->text.p[i] || !strchr(" \t\n\v\f\r", s->text.p[i]))
				return false;
	}
	return true;
}

/* Of two definitions with one name in one text one has to be blank, and does not count. */
static bool put_definitions(struct parser *p, struct tree *main)
{
	struct tmpl_set own = { .a = p->a };
	char shown[TMPL_MESSAGE_MAX_BYTES];
	main->blank = is_blank(main->first);
	if (!p->found)
		return true;
	if (!put(&own, main))
		return parse_no_memory(p);
	for (struct tree *t = p->found; t; t = t->next) {
		const struct tree *other = set_find(&own, t->name);
		t->blank = is_blank(t->first);
		if (other && !other->blank && !t->blank)
			return parse_fail(p, "multiple definition of template %s",
			                  shown_quoted(t->name, sizeof shown / 2, shown, sizeof shown));
		if (!put(&own, t))
			return parse_no_memory(p);
	}
	for (struct tree *t = p->found; t; t = t->next)
		if (!put(p->set, t))
			return parse_no_memory(p);
	return true;
}

enum err parse_text(struct tmpl_set *set, struct str name, struct str text, struct tree **ret_main,
                    struct errinfo *e)
{
	struct parser p = { .set = set, .a = set->a, .e = e, .file = name, .lexer = { .text = text, .line = 1 } };
	struct tree *main = ARENA_NEW(p.a, struct tree);
	if (!main)
		return ERR(e, NOMEM, "template %.*s", STR_ARG(name));
	*main = (struct tree){ .name = name, .file = name };
	if (!parse_declare(&p, STR("$")))
		return ERR_SURE(p.err);
	parse_step(&p);
	if (!parse_list(&p, &main->first, NULL) || !put_definitions(&p, main))
		return ERR_SURE(p.err);
	*ret_main = main;
	return OK;
}

enum err tmpl_set_add(struct tmpl_set *s, struct str name, struct str text, struct errinfo *e)
{
	struct tree *main;
	enum err err = parse_text(s, name, text, &main, e);
	if (!err && !put(s, main))
		return ERR(e, NOMEM, "template %.*s", STR_ARG(name));
	return err;
}
