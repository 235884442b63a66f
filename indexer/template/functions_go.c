/* The functions that text/template brings along, but for `and` and `or`, which are the engine's. `slice` is
 * sprig's, for texts have none there.                                                            */
#include "indexer/template/functions.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/template/form.h"
#include "indexer/template/print.h"

/* ---- comparing ---- */

enum basic { NO_BASIC, BOOLS, INTS, FLOATS, STRINGS };

static enum basic basic_of(const struct tmpl_value *v)
{
	switch (v->kind) {
	case TMPL_BOOL:   return BOOLS;
	case TMPL_INT:    return INTS;
	case TMPL_FLOAT:  return FLOATS;
	case TMPL_STRING: return v->go == TMPL_GO_BYTES ? NO_BASIC : STRINGS;
	default:          return NO_BASIC;
	}
}

static bool incompatible(struct tmpl_run *r, const struct tmpl_value *a, const struct tmpl_value *b)
{
	return tmpl_fail(r, ERR_METADATA, "incompatible types for comparison: %s and %s", tmpl_type_name(a),
	                 tmpl_type_name(b));
}

/* Lists and maps are compared with nothing alone. */
static bool same_others(struct tmpl_run *r, const struct tmpl_value *a, const struct tmpl_value *b, bool *ret)
{
	bool nothing_a = a->kind == TMPL_NIL, nothing_b = b->kind == TMPL_NIL;
	*ret = nothing_a && nothing_b;
	if (nothing_a || nothing_b)
		return true;
	if (a->kind == TMPL_OBJECT && b->kind == TMPL_OBJECT) {
		*ret = a->object == b->object;
		return true;
	}
	AUTO_SBUF struct sbuf shown = sbuf_make(KIB);
	AUTO_SBUF struct sbuf other = sbuf_make(KIB);
	tmpl_print(&shown, b);
	if (a->kind != b->kind) {
		tmpl_print(&other, a);
		return tmpl_fail(r, ERR_METADATA, "non-comparable types %s: %s, %s: %s", other.p,
		                 tmpl_type_name(a), tmpl_type_name(b), shown.p);
	}
	return tmpl_fail(r, ERR_METADATA, "non-comparable type %s: %s", shown.p, tmpl_type_name(b));
}

static bool same(struct tmpl_run *r, const struct tmpl_value *a, const struct tmpl_value *b, bool *ret)
{
	enum basic x = basic_of(a), y = basic_of(b);
	*ret = false;
	if (x != y)
		return a->kind == TMPL_NIL || b->kind == TMPL_NIL || incompatible(r, a, b);
	switch (x) {
	case BOOLS:   *ret = a->boolean == b->boolean; return true;
	case INTS:    *ret = a->integer == b->integer; return true;
	case FLOATS:  *ret = a->number >= b->number && a->number <= b->number; return true;
	case STRINGS: *ret = str_eq(a->text, b->text); return tmpl_take(r, a->text.n / 256);
	default:      return same_others(r, a, b, ret);
	}
}

static bool less(struct tmpl_run *r, const struct tmpl_value *a, const struct tmpl_value *b, bool *ret)
{
	enum basic x = basic_of(a), y = basic_of(b);
	if (x == NO_BASIC || y == NO_BASIC || (x == y && x == BOOLS))
		return tmpl_fail(r, ERR_METADATA, "invalid type for comparison");
	if (x != y)
		return incompatible(r, a, b);
	*ret = x == INTS ? a->integer < b->integer : x == FLOATS ? a->number < b->number :
	                                                           str_cmp(a->text, b->text) < 0;
	return tmpl_take(r, x == STRINGS ? a->text.n / 256 : 0);
}

static bool less_or_same(struct tmpl_run *r, const struct tmpl_value *a, const struct tmpl_value *b, bool *ret)
{
	return less(r, a, b, ret) && (*ret || same(r, a, b, ret));
}

TMPL_CALL(call_eq)
{
	bool found = false;
	if (count < 2)
		return tmpl_fail(r, ERR_METADATA, "missing argument for comparison");
	for (size_t i = 1; i < count && !found; i++)
		if (!same(r, v, v + i, &found))
			return false;
	return tmpl_answer(ret, tmpl_bool(found));
}

TMPL_CALL(call_ne)
{
	bool found;
	return same(r, v, v + 1, &found) && tmpl_answer(ret, tmpl_bool(!found));
}

TMPL_CALL(call_lt)
{
	bool found = false;
	return less(r, v, v + 1, &found) && tmpl_answer(ret, tmpl_bool(found));
}

TMPL_CALL(call_le)
{
	bool found = false;
	return less_or_same(r, v, v + 1, &found) && tmpl_answer(ret, tmpl_bool(found));
}

TMPL_CALL(call_gt)
{
	bool found = false;
	return less_or_same(r, v, v + 1, &found) && tmpl_answer(ret, tmpl_bool(!found));
}

TMPL_CALL(call_ge)
{
	bool found = false;
	return less(r, v, v + 1, &found) && tmpl_answer(ret, tmpl_bool(!found));
}

TMPL_CALL(call_not)
{
	return tmpl_answer(ret, tmpl_bool(!tmpl_truth(v)));
}

/* ---- lists, maps and texts ---- */

TMPL_CALL(call_len)
{
	const struct tmpl_map *map;
	switch (v->kind) {
	case TMPL_STRING: return tmpl_answer(ret, tmpl_int((int64_t)v->text.n));
	case TMPL_LIST:   return tmpl_answer(ret, tmpl_int((int64_t)v->list.count));
	case TMPL_NIL:    return tmpl_fail(r, ERR_METADATA, "len of nil pointer");
	case TMPL_MAP:
	case TMPL_OBJECT:
		if (!tmpl_map_of(r, v, &map))
			return false;
		if (map || v->kind == TMPL_MAP)
			return tmpl_answer(ret, tmpl_int(map ? (int64_t)map->count : 0));
		break;
	default: break;
	}
	return tmpl_fail(r, ERR_METADATA, "len of type %s", tmpl_type_name(v));
}

static bool index_number(struct tmpl_run *r, const struct tmpl_value *of, size_t count, size_t *ret)
{
	if (of->kind == TMPL_NIL)
		return tmpl_fail(r, ERR_METADATA, "cannot index slice/array with nil");
	if (of->kind != TMPL_INT)
		return tmpl_fail(r, ERR_METADATA, "cannot index slice/array with type %s", tmpl_type_name(of));
	if (of->integer < 0 || (uint64_t)of->integer >= count)
		return tmpl_fail(r, ERR_METADATA, "index out of range: %lld", (long long)of->integer);
	*ret = (size_t)of->integer;
	return true;
}

static bool index_key(struct tmpl_run *r, const struct tmpl_value *in, const struct tmpl_value *of,
                      struct tmpl_value *ret)
{
	const struct tmpl_map *map;
	if (of->kind == TMPL_NIL)
		return tmpl_fail(r, ERR_METADATA, "value is nil; should be of type string");
	if (of->kind != TMPL_STRING)
		return tmpl_fail(r, ERR_METADATA, "value has type %s; should be string", tmpl_type_name(of));
	if (!tmpl_map_of(r, in, &map))
		return false;
	const struct tmpl_value *found = tmpl_map_get(map, of->text);
	*ret = found ? *found : in->go == TMPL_GO_STRING_MAP ? tmpl_text(STR("")) : TMPL_NOTHING;
	return true;
}

TMPL_CALL(call_index)
{
	struct tmpl_value in = v[0];
	size_t at = 0;
	if (in.kind == TMPL_NIL)
		return tmpl_fail(r, ERR_METADATA, "index of untyped nil");
	for (size_t i = 1; i < count; i++) {
		const struct tmpl_value of = in;
		if (of.kind == TMPL_NIL)
			return tmpl_fail(r, ERR_METADATA, "index of nil pointer");
		if (of.kind == TMPL_LIST) {
			if (!index_number(r, v + i, of.list.count, &at))
				return false;
			in = of.list.items[at];
		} else if (of.kind == TMPL_STRING) {
			if (!index_number(r, v + i, of.text.n, &at))
				return false;
			in = tmpl_int((unsigned char)of.text.p[at]);
		} else if (of.kind == TMPL_MAP || (of.kind == TMPL_OBJECT && of.object->type->map)) {
			if (!index_key(r, &of, v + i, &in))
				return false;
		} else {
			return tmpl_fail(r, ERR_METADATA, "can't index item of type %s", tmpl_type_name(&of));
		}
	}
	return tmpl_answer(ret, in);
}

/* ---- printing ---- */

/* fmt.Sprint. nil is printed as a text of the caller's, where it has one. */
static void print_all(struct sbuf *b, const struct tmpl_value *a, size_t count, const char *nil)
{
	bool text_before = false;
	for (size_t i = 0; i < count && sbuf_ok(b); i++) {
		const struct tmpl_value none = tmpl_text(str_c(nil ? nil : "")), *v = &a[i];
		if (nil && v->kind == TMPL_NIL)
			v = &none;
		bool text = v->kind == TMPL_STRING && v->go == TMPL_GO_PLAIN;
		if (i && !text && !text_before)
			sbuf_putc(b, ' ');
		tmpl_print(b, v);
		text_before = text;
	}
}

TMPL_CALL(call_print)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	print_all(&b, v, count, NULL);
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_println)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	for (size_t i = 0; i < count && sbuf_ok(&b); i++) {
		if (i)
			sbuf_putc(&b, ' ');
		tmpl_print(&b, v + i);
	}
	sbuf_putc(&b, '\n');
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_printf)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str format;
	if (!tmpl_want_text(r, v, &format))
		return false;
	if (!tmpl_printf(r, &b, format, v + 1, count - 1)) {
		sbuf_done(&b);
		return false;
	}
	return tmpl_answer_kept(r, &b, ret);
}

/* ---- escaping ---- */

static void put_html(struct sbuf *b, uint32_t c)
{
	switch (c) {
	case 0:    sbuf_puts(b, "\xef\xbf\xbd"); return;
	case '"':  sbuf_puts(b, "&#34;"); return;
	case '\'': sbuf_puts(b, "&#39;"); return;
	case '&':  sbuf_puts(b, "&amp;"); return;
	case '<':  sbuf_puts(b, "&lt;"); return;
	case '>':  sbuf_puts(b, "&gt;"); return;
	default:   rune_put(b, c);
	}
}

static void put_js(struct sbuf *b, uint32_t c)
{
	if (c == '\\' || c == '\'' || c == '"') {
		sbuf_putc(b, '\\');
		sbuf_putc(b, (char)c);
	} else if (c < ' ' || (c < 0x80 && strchr("<>&=", (int)c)) || !(c < 0x80 || rune_is_print(c))) {
		sbuf_printf(b, "\\u%04X", c);
	} else {
		rune_put(b, c);
	}
}

static void put_query(struct sbuf *b, uint32_t c)
{
	char bytes[4];
	if (c == ' ') {
		sbuf_putc(b, '+');
	} else if (c < 0x80 && c && (strchr("-_.~", (int)c) || rune_is_number(c) || rune_is_letter(c))) {
		sbuf_putc(b, (char)c);
	} else {
		size_t n = rune_bytes(c, bytes);
		for (size_t i = 0; i < n; i++)
			sbuf_printf(b, "%%%02X", (unsigned)(unsigned char)bytes[i]);
	}
}

static bool escape(struct tmpl_run *r, const struct tmpl_value *a, size_t count, struct tmpl_value *ret,
                   void (*put)(struct sbuf *, uint32_t))
{
	AUTO_SBUF struct sbuf plain = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	print_all(&plain, a, count, "<no value>");
	if (!tmpl_take(r, plain.n / 4))
		return false;
	for (struct str rest = sbuf_str(&plain); rest.n && sbuf_ok(&b);)
		put(&b, utf8_next(&rest));
	b.failed = b.failed || plain.failed;
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_html) { return escape(r, v, count, ret, put_html); }
TMPL_CALL(call_js) { return escape(r, v, count, ret, put_js); }
TMPL_CALL(call_urlquery) { return escape(r, v, count, ret, put_query); }

const struct tmpl_function tmpl_functions_go[] = {
	{ "eq", 1, 255, call_eq }, { "ne", 2, 2, call_ne },
	{ "lt", 2, 2, call_lt }, { "le", 2, 2, call_le },
	{ "gt", 2, 2, call_gt }, { "ge", 2, 2, call_ge },
	{ "not", 1, 1, call_not }, { "len", 1, 1, call_len }, { "index", 1, 255, call_index },
	{ "print", 0, 255, call_print }, { "println", 0, 255, call_println }, { "printf", 1, 255, call_printf },
	{ "html", 0, 255, call_html }, { "js", 0, 255, call_js }, { "urlquery", 0, 255, call_urlquery },
};
const size_t tmpl_functions_go_count = sizeof tmpl_functions_go / sizeof *tmpl_functions_go;
