/* sprig's functions of lists. Lists are never changed: each function makes a new one. The forms that begin
 * with "must" fail in the same cases, since a panic in a function is an error of the template as well.  */
#include "indexer/template/sprig.h"

#include "indexer/base/limits.h"

/* A copy of `from`, with `before` and `after` slots around it that the caller fills. */
static struct tmpl_value *around(struct tmpl_run *r, const struct tmpl_value *from, size_t count,
                                 size_t before, size_t after, struct tmpl_value *ret)
{
	struct tmpl_value *items = sprig_items(r, before + count + after);
	if (items && count)
		memcpy(items + before, from, count * sizeof *items);
	*ret = tmpl_list(items, before + count + after);
	return items;
}

TMPL_CALL(call_list) { return around(r, v, count, 0, 0, ret) != NULL; }

TMPL_CALL(call_append)
{
	struct tmpl_list l;
	if (!sprig_list(r, v, "Cannot push on type", &l))
		return false;
	struct tmpl_value *items = around(r, l.items, l.count, 0, 1, ret);
	if (items)
		items[l.count] = v[1];
	return items != NULL;
}

TMPL_CALL(call_prepend)
{
	struct tmpl_list l;
	if (!sprig_list(r, v, "Cannot prepend on type", &l))
		return false;
	struct tmpl_value *items = around(r, l.items, l.count, 1, 0, ret);
	if (items)
		items[0] = v[1];
	return items != NULL;
}

TMPL_CALL(call_first)
{
	struct tmpl_list l;
	if (!sprig_list(r, v, "Cannot find first on type", &l))
		return false;
	return tmpl_answer(ret, l.count ? l.items[0] : TMPL_NOTHING);
}

TMPL_CALL(call_last)
{
	struct tmpl_list l;
	if (!sprig_list(r, v, "Cannot find last on type", &l))
		return false;
	return tmpl_answer(ret, l.count ? l.items[l.count - 1] : TMPL_NOTHING);
}

TMPL_CALL(call_rest)
{
	struct tmpl_list l;
	if (!sprig_list(r, v, "Cannot find rest on type", &l))
		return false;
	return tmpl_answer(ret, l.count ? tmpl_list(l.items + 1, l.count - 1) : tmpl_list(NULL, 0));
}

TMPL_CALL(call_initial)
{
	struct tmpl_list l;
	if (!sprig_list(r, v, "Cannot find initial on type", &l))
		return false;
	return tmpl_answer(ret, tmpl_list(l.items, l.count ? l.count - 1 : 0));
}

TMPL_CALL(call_reverse)
{
	struct tmpl_list l;
	if (!sprig_list(r, v, "Cannot find reverse on type", &l))
		return false;
	struct tmpl_value *items = sprig_items(r, l.count);
	for (size_t i = 0; items && i < l.count; i++)
		items[i] = l.items[l.count - 1 - i];
	*ret = tmpl_list(items, l.count);
	return items != NULL;
}

TMPL_CALL(call_compact)
{
	struct tmpl_list l;
	if (!sprig_list(r, v, "Cannot compact on type", &l))
		return false;
	struct tmpl_value *items = sprig_items(r, l.count);
	size_t n = 0;
	for (size_t i = 0; items && i < l.count; i++)
		if (tmpl_truth(&l.items[i]))
			items[n++] = l.items[i];
	*ret = tmpl_list(items, n);
	return items != NULL;
}

static bool is_among(struct tmpl_run *r, const struct tmpl_value *items, size_t count,
                     const struct tmpl_value *v, bool *ret)
{
	*ret = false;
	for (size_t i = 0; !*ret && i < count; i++)
		if (!sprig_equal(r, v, &items[i], ret))
			return false;
	return true;
}

TMPL_CALL(call_uniq)
{
	struct tmpl_list l;
	if (!sprig_list(r, v, "Cannot find uniq on type", &l))
		return false;
	struct tmpl_value *items = sprig_items(r, l.count);
	size_t n = 0;
	bool had = false;
	for (size_t i = 0; items && i < l.count; i++) {
		if (!is_among(r, items, n, &l.items[i], &had))
			return false;
		if (!had)
			items[n++] = l.items[i];
	}
	*ret = tmpl_list(items, n);
	return items != NULL;
}

TMPL_CALL(call_without)
{
	struct tmpl_list l;
	if (!sprig_list(r, v, "Cannot find without on type", &l))
		return false;
	struct tmpl_value *items = sprig_items(r, l.count);
	size_t n = 0;
	bool omit = false;
	for (size_t i = 0; items && i < l.count; i++) {
		if (!is_among(r, v + 1, count - 1, &l.items[i], &omit))
			return false;
		if (!omit)
			items[n++] = l.items[i];
	}
	*ret = tmpl_list(items, n);
	return items != NULL;
}

TMPL_CALL(call_has)
{
	struct tmpl_list l = { NULL, 0 };
	if (v[1].kind != TMPL_NIL && !sprig_list(r, &v[1], "Cannot find has on type", &l))
		return false;
	bool found = false;
	bool compared = is_among(r, l.items, l.count, v, &found);
	*ret = tmpl_bool(found);
	return compared;
}

/* Of a list; its type stays. */
TMPL_CALL(call_slice)
{
	struct tmpl_list l;
	if (!sprig_list(r, v, "list should be type of slice or array but", &l))
		return false;
	if (!l.count)
		return tmpl_answer(ret, TMPL_NOTHING);
	int64_t start = count > 1 ? sprig_to_int(&v[1]) : 0;
	int64_t end = count > 2 ? sprig_to_int(&v[2]) : (int64_t)l.count;
	if (start < 0 || start > end || end > (int64_t)l.count)
		return tmpl_fail(r, ERR_METADATA, "reflect.Value.Slice: slice index out of bounds");
	*ret = *v;
	ret->list = (struct tmpl_list){ l.items + start, (size_t)(end - start) };
	return true;
}

TMPL_CALL(call_concat)
{
	size_t total = 0, at = 0;
	for (size_t i = 0; i < count; i++) {
		struct tmpl_list l;
		if (v[i].kind != TMPL_NIL && v[i].kind != TMPL_LIST)
			return tmpl_fail(r, ERR_METADATA, "Cannot concat type %s as list", tmpl_kind_name(&v[i]));
		if (!sprig_list(r, &v[i], "", &l))
			return false;
		total += l.count;
	}
	struct tmpl_value *items = sprig_items(r, total);
	for (size_t i = 0; items && i < count; i++) {
		if (v[i].list.count)
			memcpy(items + at, v[i].list.items, v[i].list.count * sizeof *items);
		at += v[i].list.count;
	}
	*ret = tmpl_list(items, total);
	return items != NULL;
}

TMPL_CALL(call_chunk)
{
	struct tmpl_list l;
	int64_t size;
	if (!tmpl_want_int(r, v, &size) || !sprig_list(r, &v[1], "Cannot chunk type", &l))
		return false;
	if (size <= 0)
		return tmpl_fail(r, ERR_METADATA, "runtime error: makeslice: len out of range");
	size_t each = (uint64_t)size > l.count ? l.count : (size_t)size;
	size_t chunks = each ? (l.count + each - 1) / each : 0;
	struct tmpl_value *items = sprig_items(r, chunks);
	for (size_t i = 0; items && i < chunks; i++) {
		size_t left = l.count - i * each;
		items[i] = tmpl_list(l.items + i * each, left < each ? left : each);
	}
	*ret = tmpl_list(items, chunks);
	return items != NULL;
}

/* ---- numbers that follow each other ---- */

/* How many there are from start, before stop. */
static uint64_t steps_between(int64_t start, int64_t stop, int64_t step)
{
	bool down = stop < start;
	if (start == stop || step == 0 || down != (step < 0))
		return 0;
	uint64_t way = down ? (uint64_t)start - (uint64_t)stop : (uint64_t)stop - (uint64_t)start;
	uint64_t each = down ? 0 - (uint64_t)step : (uint64_t)step;
	return (way - 1) / each + 1;
}

static bool numbers(struct tmpl_run *r, int64_t start, int64_t stop, int64_t step, struct tmpl_value *ret)
{
	uint64_t count = steps_between(start, stop, step);
	struct tmpl_value *items = sprig_items(r, count);
	for (uint64_t i = 0; items && i < count; i++)
		items[i] = tmpl_int((int64_t)((uint64_t)start + i * (uint64_t)step));
	*ret = tmpl_list(items, count);
	return items != NULL;
}

TMPL_CALL(call_until)
{
	int64_t stop;
	return tmpl_want_int(r, v, &stop) && numbers(r, 0, stop, stop < 0 ? -1 : 1, ret);
}

TMPL_CALL(call_until_step)
{
	int64_t start, stop, step;
	return tmpl_want_int(r, v, &start) && tmpl_want_int(r, &v[1], &stop) &&
	       tmpl_want_int(r, &v[2], &step) && numbers(r, start, stop, step, ret);
}

static bool join_numbers(struct tmpl_run *r, const struct tmpl_list *l, struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	for (size_t i = 0; i < l->count; i++)
		sbuf_printf(&b, i ? " %lld" : "%lld", (long long)l->items[i].integer);
	return tmpl_answer_kept(r, &b, ret);
}

/* Like seq of the shell: to the last, from the first to the last, or with a step between them. */
TMPL_CALL(call_seq)
{
	int64_t p[3] = { 0 };
	if (!count || count > 3)
		return tmpl_answer(ret, tmpl_text(STR("")));
	for (size_t i = 0; i < count; i++)
		if (!tmpl_want_int(r, &v[i], &p[i]))
			return false;
	int64_t start = count == 1 ? 1 : p[0], end = p[count - 1];
	int64_t on = end < start ? -1 : 1, step = count == 3 ? p[1] : on;
	struct tmpl_value all;
	if (__builtin_add_overflow(end, on, &end))
		end = on < 0 ? INT64_MIN : INT64_MAX;
	return numbers(r, start, end, step, &all) && join_numbers(r, &all.list, ret);
}

const struct tmpl_function tmpl_functions_list[] = {
	{ "list", 0, 255, call_list },
	{ "tuple", 0, 255, call_list },
	{ "append", 2, 2, call_append },
	{ "mustAppend", 2, 2, call_append },
	{ "push", 2, 2, call_append },
	{ "mustPush", 2, 2, call_append },
	{ "prepend", 2, 2, call_prepend },
	{ "mustPrepend", 2, 2, call_prepend },
	{ "first", 1, 1, call_first },
	{ "mustFirst", 1, 1, call_first },
	{ "last", 1, 1, call_last },
	{ "mustLast", 1, 1, call_last },
	{ "rest", 1, 1, call_rest },
	{ "mustRest", 1, 1, call_rest },
	{ "initial", 1, 1, call_initial },
	{ "mustInitial", 1, 1, call_initial },
	{ "reverse", 1, 1, call_reverse },
	{ "mustReverse", 1, 1, call_reverse },
	{ "compact", 1, 1, call_compact },
	{ "mustCompact", 1, 1, call_compact },
	{ "uniq", 1, 1, call_uniq },
	{ "mustUniq", 1, 1, call_uniq },
	{ "without", 1, 255, call_without },
	{ "mustWithout", 1, 255, call_without },
	{ "has", 2, 2, call_has },
	{ "mustHas", 2, 2, call_has },
	{ "slice", 1, 255, call_slice },
	{ "mustSlice", 1, 255, call_slice },
	{ "concat", 0, 255, call_concat },
	{ "chunk", 2, 2, call_chunk },
	{ "mustChunk", 2, 2, call_chunk },
	{ "until", 1, 1, call_until },
	{ "untilStep", 3, 3, call_until_step },
	{ "seq", 0, 255, call_seq },
};
const size_t tmpl_functions_list_count = sizeof tmpl_functions_list / sizeof *tmpl_functions_list;
