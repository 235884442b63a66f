/* A time as templates see it: {{ now.Year }}, {{ now.Format "2006" }}. */
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/template/sprig_time.h"

struct time_object {
	struct tmpl_object object;
	struct sprig_time t;
};

static const struct sprig_time *time_of(const struct tmpl_object *o)
{
	return &((const struct time_object *)o)->t;
}

bool sprig_time_new(struct tmpl_run *r, struct sprig_time t, struct tmpl_value *ret)
{
	struct time_object *o = ARENA_NEW(r->a, struct time_object);
	if (!o)
		return tmpl_no_memory(r);
	*o = (struct time_object){ { &sprig_time_type }, t };
	*ret = (struct tmpl_value){ .kind = TMPL_OBJECT, .object = &o->object };
	return true;
}

bool sprig_time_is(const struct tmpl_value *v, struct sprig_time *ret)
{
	if (v->kind != TMPL_OBJECT || v->object->type != &sprig_time_type)
		return false;
	*ret = *time_of(v->object);
	return true;
}

bool sprig_time_want(struct tmpl_run *r, const struct tmpl_value *v, struct sprig_time *ret)
{
	const struct tmpl_object *o;
	if (!sprig_object(r, v, &sprig_time_type, &o))
		return false;
	*ret = *time_of(o);
	return true;
}

static void print_time(struct sbuf *b, const struct tmpl_object *o)
{
	sprig_time_put(b, time_of(o), STR("2006-01-02 15:04:05.999999999 -0700 MST"));
}

/* In units of which so many are in a second. */
static struct tmpl_value unix_value(const struct sprig_time *t, int64_t each)
{
	uint64_t n = (uint64_t)t->seconds * (uint64_t)each;
	return tmpl_int64((int64_t)(n + (uint64_t)(t->ns / (NS_PER_SECOND / each))));
}

static bool put_text(struct tmpl_run *r, const struct sprig_time *t, struct str layout,
                     struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	if (!tmpl_take(r, 1 + layout.n))
		return false;
	sprig_time_put(&b, t, layout);
	return tmpl_answer_kept(r, &b, ret);
}

typedef bool member_call(struct tmpl_run *r, const struct sprig_time *t, const struct tmpl_value *v,
                         struct tmpl_value *ret);
#define MEMBER(name) \
	static bool name(struct tmpl_run *r __attribute__((unused)), \
	                 const struct sprig_time *t __attribute__((unused)), \
	                 const struct tmpl_value *v __attribute__((unused)), struct tmpl_value *ret)

MEMBER(get_year) { return tmpl_answer(ret, tmpl_int(sprig_day_of(t).year)); }
MEMBER(get_month) { return tmpl_answer(ret, tmpl_text(sprig_month(sprig_day_of(t).month))); }
MEMBER(get_day) { return tmpl_answer(ret, tmpl_int(sprig_day_of(t).day)); }
MEMBER(get_hour) { return tmpl_answer(ret, tmpl_int(sprig_day_of(t).hour)); }
MEMBER(get_minute) { return tmpl_answer(ret, tmpl_int(sprig_day_of(t).minute)); }
MEMBER(get_second) { return tmpl_answer(ret, tmpl_int(sprig_day_of(t).second)); }
MEMBER(get_ns) { return tmpl_answer(ret, tmpl_int(t->ns)); }
MEMBER(get_year_day) { return tmpl_answer(ret, tmpl_int(sprig_day_of(t).year_day)); }
MEMBER(get_week_day) { return tmpl_answer(ret, tmpl_text(sprig_week_day(sprig_day_of(t).week_day))); }
MEMBER(get_unix) { return tmpl_answer(ret, unix_value(t, 1)); }
MEMBER(get_unix_milli) { return tmpl_answer(ret, unix_value(t, 1000)); }
MEMBER(get_unix_micro) { return tmpl_answer(ret, unix_value(t, 1000000)); }
MEMBER(get_unix_nano) { return tmpl_answer(ret, unix_value(t, NS_PER_SECOND)); }
MEMBER(is_zero) { return tmpl_answer(ret, tmpl_bool(t->seconds == SPRIG_ZERO_TIME && !t->ns)); }

MEMBER(get_text)
{
	return put_text(r, t, STR("2006-01-02 15:04:05.999999999 -0700 MST"), ret);
}

MEMBER(get_utc)
{
	struct sprig_time there = *t;
	there.offset = 0;
	return sprig_time_new(r, there, ret);
}

MEMBER(format)
{
	struct str layout;
	return tmpl_want_text(r, v, &layout) && put_text(r, t, layout, ret);
}

MEMBER(add)
{
	int64_t ns;
	return tmpl_want_int(r, v, &ns) && sprig_time_new(r, sprig_time_add(*t, ns), ret);
}

/* Years, months and days; the 31st of a month that has fewer days is in the next one. */
MEMBER(add_date)
{
	int64_t add[3];
	struct sprig_day d = sprig_day_of(t);
	for (size_t i = 0; i < 3; i++)
		if (!tmpl_want_int(r, &v[i], &add[i]))
			return false;
		else if (add[i] > 1000000 || add[i] < -1000000)
			return tmpl_fail(r, ERR_TOO_LARGE, "a time is too far away");
	int64_t months = (d.year + add[0]) * 12 + d.month - 1 + add[1], days = d.day - 1 + add[2];
	int64_t month = (months % 12 + 12) % 12;
	d.year = (months - month) / 12;
	d.month = (int)month + 1;
	d.day = 1;
	struct sprig_time then = sprig_time_of(sprig_seconds_of(&d) - t->offset + days * 86400);
	then.ns = t->ns;
	then.offset = t->offset;
	return sprig_time_new(r, then, ret);
}

static bool difference(struct tmpl_run *r, const struct sprig_time *t, const struct tmpl_value *v, int *ret)
{
	struct sprig_time other;
	if (!sprig_time_want(r, v, &other))
		return false;
	int seconds = (t->seconds > other.seconds) - (t->seconds < other.seconds);
	*ret = seconds ? seconds : (t->ns > other.ns) - (t->ns < other.ns);
	return true;
}

MEMBER(is_before)
{
	int way;
	return difference(r, t, v, &way) && tmpl_answer(ret, tmpl_bool(way < 0));
}

MEMBER(is_after)
{
	int way;
	return difference(r, t, v, &way) && tmpl_answer(ret, tmpl_bool(way > 0));
}

MEMBER(is_equal)
{
	int way;
	return difference(r, t, v, &way) && tmpl_answer(ret, tmpl_bool(way == 0));
}

static const struct member { const char *name; size_t arguments; member_call *call; } members[] = {
	{ "Year", 0, get_year }, { "Month", 0, get_month }, { "Day", 0, get_day }, { "Hour", 0, get_hour },
	{ "Minute", 0, get_minute }, { "Second", 0, get_second }, { "Nanosecond", 0, get_ns },
	{ "YearDay", 0, get_year_day }, { "Weekday", 0, get_week_day }, { "Unix", 0, get_unix },
	{ "UnixMilli", 0, get_unix_milli }, { "UnixMicro", 0, get_unix_micro },
	{ "UnixNano", 0, get_unix_nano }, { "IsZero", 0, is_zero }, { "String", 0, get_text },
	{ "UTC", 0, get_utc }, { "Local", 0, get_utc }, { "Format", 1, format }, { "Add", 1, add },
	{ "AddDate", 3, add_date }, { "Before", 1, is_before }, { "After", 1, is_after },
	{ "Equal", 1, is_equal },
};

static bool time_member(struct tmpl_run *r, const struct tmpl_object *o, struct str name,
                        const struct tmpl_value *v, size_t count, struct tmpl_value *ret)
{
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		if (!str_eq_c(name, members[i].name))
			continue;
		return tmpl_want_count(r, name, members[i].arguments, count) &&
		       members[i].call(r, time_of(o), v, ret);
	}
	return tmpl_no_field(r, o, name);
}

const struct tmpl_object_type sprig_time_type = {
	.name = "time.Time", .member = time_member, .print = print_time,
};
