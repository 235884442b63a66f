/* sprig's functions of times. What is not a time is now, which is always the same. */
#include "indexer/template/sprig_time.h"

#include "indexer/base/clock.h"
#include "indexer/base/limits.h"

static const struct sprig_time now = { .seconds = SPRIG_NOW };

/* Numbers of seconds are ints: a float64 of values.yaml is none. */
static struct sprig_time time_or_now(const struct tmpl_value *v)
{
	struct sprig_time t = now;
	if (sprig_time_is(v, &t))
		return t;
	return v->kind == TMPL_INT ? sprig_time_of(v->integer) : now;
}

static bool formatted(struct tmpl_run *r, struct sprig_time t, struct str layout, struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	if (!tmpl_take(r, 1 + layout.n))
		return false;
	t.offset = 0;
	sprig_time_put(&b, &t, layout);
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_now) { return sprig_time_new(r, now, ret); }

TMPL_CALL(call_date)
{
	struct str layout;
	return tmpl_want_text(r, v, &layout) && formatted(r, time_or_now(&v[1]), layout, ret);
}

TMPL_CALL(call_date_in_zone)
{
	struct str layout, zone;
	return tmpl_want_text(r, v, &layout) && tmpl_want_text(r, &v[2], &zone) &&
	       formatted(r, time_or_now(&v[1]), layout, ret);
}

TMPL_CALL(call_html_date) { return formatted(r, time_or_now(v), STR("2006-01-02"), ret); }

TMPL_CALL(call_html_date_in_zone)
{
	struct str zone;
	return tmpl_want_text(r, &v[1], &zone) && formatted(r, time_or_now(v), STR("2006-01-02"), ret);
}

static bool modified(struct tmpl_run *r, const struct tmpl_value *v, bool must, struct tmpl_value *ret)
{
	struct str text;
	struct sprig_time t;
	int64_t ns;
	if (!tmpl_want_text(r, v, &text) || !tmpl_take(r, 1 + text.n) || !sprig_time_want(r, &v[1], &t))
		return false;
	if (!sprig_duration_parse(text, &ns) && must)
		return tmpl_fail(r, ERR_METADATA, "time: invalid duration \"%.*s\"", STR_ARG(text));
	return sprig_time_new(r, sprig_time_add(t, ns), ret);
}

TMPL_CALL(call_modify) { return modified(r, v, false, ret); }
TMPL_CALL(call_must_modify) { return modified(r, v, true, ret); }

static bool read_time(struct tmpl_run *r, const struct tmpl_value *v, bool must, struct tmpl_value *ret)
{
	struct str layout, text;
	struct sprig_time t = { .seconds = SPRIG_ZERO_TIME };
	if (!tmpl_want_text(r, v, &layout) || !tmpl_want_text(r, &v[1], &text) ||
	    !tmpl_take(r, 1 + layout.n + text.n))
		return false;
	if (!sprig_time_parse(layout, text, &t) && must)
		return tmpl_fail(r, ERR_METADATA, "parsing time \"%.*s\" as \"%.*s\": cannot parse it",
		                 STR_ARG(text), STR_ARG(layout));
	return sprig_time_new(r, t, ret);
}

TMPL_CALL(call_to_date) { return read_time(r, v, false, ret); }
TMPL_CALL(call_must_to_date) { return read_time(r, v, true, ret); }

TMPL_CALL(call_unix_epoch)
{
	struct sprig_time t;
	struct sbuf b = sbuf_make(32);
	if (!sprig_time_want(r, v, &t))
		return false;
	sbuf_printf(&b, "%lld", (long long)t.seconds);
	return tmpl_answer_kept(r, &b, ret);
}

static bool duration_text(struct tmpl_run *r, int64_t ns, struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(64);
	sprig_duration_put(&b, ns);
	return tmpl_answer_kept(r, &b, ret);
}

/* In whole seconds. */
TMPL_CALL(call_ago)
{
	struct sprig_time then = time_or_now(v);
	int64_t ns = sprig_time_since(&now, &then), second = NS_PER_SECOND, part = ns % second;
	int64_t whole = ns / second + (part >= second / 2) - (part <= -second / 2);
	int64_t rounded = 0;
	if (__builtin_mul_overflow(whole, second, &rounded))
		rounded = ns;
	return duration_text(r, rounded, ret);
}

/* Seconds as a text or an int64; an int is 0, as sprig has it. */
TMPL_CALL(call_duration)
{
	int64_t n = 0;
	if (v->kind == TMPL_STRING && v->go == TMPL_GO_PLAIN)
		(void)sprig_parse_int(v->text, 10, &n);
	else if (v->kind == TMPL_INT && v->go == TMPL_GO_INT64)
		n = v->integer;
	return duration_text(r, (int64_t)((uint64_t)n * (uint64_t)NS_PER_SECOND), ret);
}

static int64_t duration_of(const struct tmpl_value *v)
{
	int64_t ns = 0;
	struct sprig_time t;
	if (v->kind == TMPL_STRING && v->go == TMPL_GO_PLAIN)
		(void)sprig_duration_parse(v->text, &ns);
	else if (v->kind == TMPL_INT && v->go == TMPL_GO_INT64)
		ns = v->integer;
	else if (sprig_time_is(v, &t))
		ns = sprig_time_since(&now, &t);
	return ns;
}

/* The largest unit alone. */
TMPL_CALL(call_duration_round)
{
	static const struct unit { const char *name; uint64_t seconds; } units[] = {
		{ "y", 31536000 }, { "mo", 2592000 }, { "d", 86400 }, { "h", 3600 }, { "m", 60 }, { "s", 1 },
	};
	struct sbuf b = sbuf_make(64);
	int64_t ns = duration_of(v);
	uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	for (size_t i = 0; !b.n && sbuf_ok(&b) && i < sizeof units / sizeof *units; i++) {
		uint64_t each = units[i].seconds * (uint64_t)NS_PER_SECOND;
		if (u > each)
			sbuf_printf(&b, "%llu%s", (unsigned long long)(u / each), units[i].name);
	}
	if (!b.n)
		sbuf_puts(&b, "0s");
	return tmpl_answer_kept(r, &b, ret);
}

const struct tmpl_function tmpl_functions_date[] = {
	{ "now", 0, 0, call_now },
	{ "date", 2, 2, call_date },
	{ "dateInZone", 3, 3, call_date_in_zone },
	{ "date_in_zone", 3, 3, call_date_in_zone },
	{ "dateModify", 2, 2, call_modify },
	{ "date_modify", 2, 2, call_modify },
	{ "mustDateModify", 2, 2, call_must_modify },
	{ "must_date_modify", 2, 2, call_must_modify },
	{ "toDate", 2, 2, call_to_date },
	{ "mustToDate", 2, 2, call_must_to_date },
	{ "unixEpoch", 1, 1, call_unix_epoch },
	{ "duration", 1, 1, call_duration },
	{ "durationRound", 1, 1, call_duration_round },
	{ "ago", 1, 1, call_ago },
	{ "htmlDate", 1, 1, call_html_date },
	{ "htmlDateInZone", 2, 2, call_html_date_in_zone },
};
const size_t tmpl_functions_date_count = sizeof tmpl_functions_date / sizeof *tmpl_functions_date;
