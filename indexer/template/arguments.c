/* What functions make of their arguments, and their answers. */
#include "indexer/template/functions.h"

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"

/* Looking at a text costs as much as there is of it. */
#define BYTES_PER_STEP 16u

static bool wrong(struct tmpl_run *r, const struct tmpl_value *v, const char *wanted)
{
	if (v->kind == TMPL_NIL && v->go == TMPL_GO_PLAIN)
		return tmpl_fail(r, ERR_METADATA, "invalid value; expected %s", wanted);
	return tmpl_fail(r, ERR_METADATA, "wrong type for value; expected %s; got %s", wanted,
	                 v->kind == TMPL_NIL ? "interface {}" : tmpl_type_name(v));
}

bool tmpl_want_text(struct tmpl_run *r, const struct tmpl_value *v, struct str *ret)
{
	if (v->kind != TMPL_STRING || v->go != TMPL_GO_PLAIN)
		return wrong(r, v, "string");
	*ret = v->text;
	return tmpl_take(r, v->text.n / BYTES_PER_STEP);
}

bool tmpl_want_int(struct tmpl_run *r, const struct tmpl_value *v, int64_t *ret)
{
	if (v->kind != TMPL_INT || v->go != TMPL_GO_PLAIN)
		return wrong(r, v, "int");
	*ret = v->integer;
	return true;
}

bool tmpl_want_bool(struct tmpl_run *r, const struct tmpl_value *v, bool *ret)
{
	if (v->kind != TMPL_BOOL)
		return wrong(r, v, "bool");
	*ret = v->boolean;
	return true;
}

bool tmpl_want_map(struct tmpl_run *r, const struct tmpl_value *v, struct tmpl_map **ret)
{
	*ret = NULL;
	if (v->kind == TMPL_NIL && v->go == TMPL_GO_PLAIN)
		return true;
	if (v->kind != TMPL_MAP || v->go != TMPL_GO_PLAIN)
		return wrong(r, v, "map[string]interface {}");
	*ret = v->map;
	return true;
}

bool tmpl_map_of(struct tmpl_run *r, const struct tmpl_value *v, const struct tmpl_map **ret)
{
	struct tmpl_map *m = v->kind == TMPL_MAP ? v->map : NULL;
	if (v->kind == TMPL_OBJECT && v->object->type->map && !v->object->type->map(r, v->object, &m))
		return tmpl_no_memory(r);
	*ret = m;
	return true;
}

bool tmpl_to_text(struct tmpl_run *r, const struct tmpl_value *v, struct str *ret)
{
	if (v->kind == TMPL_STRING) {
		*ret = v->text;
		return tmpl_take(r, v->text.n / BYTES_PER_STEP);
	}
	AUTO_SBUF struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	tmpl_print(&b, v);
	return tmpl_take(r, b.n / BYTES_PER_STEP) && tmpl_keep(r, &b, ret);
}

bool tmpl_answer_kept(struct tmpl_run *r, struct sbuf *b, struct tmpl_value *ret)
{
	struct str text = STR("");
	bool kept = tmpl_take(r, b->n / BYTES_PER_STEP) && tmpl_keep(r, b, &text);
	sbuf_done(b);
	*ret = tmpl_text(text);
	return kept;
}

bool tmpl_texts_add(struct tmpl_run *r, struct tmpl_texts *to, struct str text)
{
	struct str *items = arena_room(r->a, to->items, to->count, &to->room, sizeof *items);
	if (!items)
		return tmpl_no_memory(r);
	to->items = items;
	items[to->count++] = text;
	return true;
}

bool tmpl_answer_texts(struct tmpl_run *r, const struct str *texts, size_t count, struct tmpl_value *ret)
{
	struct tmpl_value *items = arena_array(r->a, count, sizeof *items);
	if (!items)
		return tmpl_no_memory(r);
	for (size_t i = 0; i < count; i++)
		items[i] = tmpl_text(texts[i]);
	*ret = tmpl_list(items, count);
	ret->go = TMPL_GO_STRINGS;
	return tmpl_take(r, count);
}
