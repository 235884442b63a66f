/* Words for numbers. Nothing here depends on a locale or on the time of the day. */
#include "server/web/say.h"

#include <inttypes.h>
#include <stdio.h>

#include "indexer/base/ascii.h"
#include "indexer/base/clock.h"

static struct word __attribute__((format(printf, 1, 2))) word(const char *fmt, ...)
{
	struct word w;
	va_list list;
	va_start(list, fmt);
	(void)vsnprintf(w.text, sizeof w.text, fmt, list);
	va_end(list);
	return w;
}

struct word say_count(uint64_t n)
{
	char digits[24];
	struct word w = { "" };
	int count = snprintf(digits, sizeof digits, "%" PRIu64, n);
	size_t to = 0;
	for (int i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			w.text[to++] = ',';
		w.text[to++] = digits[i];
	}
	return w;
}

/* Cut, not rounded. A digit behind the point where there is one before it. */
static struct word scaled(uint64_t n, const char *const units[], size_t count)
{
	size_t unit = 0;
	uint64_t whole = n, tenths = 0;
	while (unit + 1 < count && whole >= 1000) {
		tenths = whole % 1000 / 100;
		whole /= 1000;
		unit++;
	}
	if (unit && whole < 10 && tenths)
		return word("%" PRIu64 ".%" PRIu64 "%s", whole, tenths, units[unit]);
	return word("%" PRIu64 "%s", whole, units[unit]);
}

struct word say_short(uint64_t n)
{
	static const char *const units[] = { "", "k", "M", "G", "T" };
	return scaled(n, units, sizeof units / sizeof *units);
}

struct word say_size(uint64_t bytes)
{
	static const char *const units[] = { " B", " kB", " MB", " GB", " TB" };
	return scaled(bytes, units, sizeof units / sizeof *units);
}

/* ---- time ---- */

bool say_knows(int64_t wall_ns) { return wall_ns > 0; }

struct word say_date(int64_t wall_ns)
{
	char text[RFC3339_MAX_BYTES];
	if (!say_knows(wall_ns))
		return word("%s", "");
	(void)clock_format(wall_ns, text);
	return word("%.10s", text);
}

struct word say_time(int64_t wall_ns)
{
	char text[RFC3339_MAX_BYTES];
	if (!say_knows(wall_ns))
		return word("%s", "");
	(void)clock_format(wall_ns, text);
	return word("%.10s %.5s UTC", text, text + 11);
}

struct word say_ago(int64_t wall_ns, int64_t now_ns)
{
	static const struct { int64_t seconds; const char *name; } units[] = {
		{ 365 * 86400, "year" }, { 30 * 86400, "month" }, { 86400, "day" }, { 3600, "hour" },
		{ 60, "minute" },
	};
	bool past = wall_ns <= now_ns;
	int64_t seconds = (past ? now_ns - wall_ns : wall_ns - now_ns) / NS_PER_SECOND;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		int64_t n = seconds / units[i].seconds;
		if (n)
			return word("%s%" PRId64 " %s%s%s", past ? "" : "in ", n, units[i].name,
			            n == 1 ? "" : "s", past ? " ago" : "");
	}
	return word("%s", past ? "just now" : "in a moment");
}

const char *say_plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

/* ---- names ---- */

struct word say_initials(struct str name)
{
	struct word w = { "" };
	size_t n = 0;
	for (size_t i = 0; i < name.n && n < 2; i++) {
		bool first = !i || !ascii_is_alnum(name.p[i - 1]);
		if (ascii_is_alnum(name.p[i]) && first)
			w.text[n++] = ascii_lower(name.p[i]);
	}
	if (!n)
		w.text[n++] = '?';
	return w;
}

unsigned say_tint(struct str name)
{
	return (unsigned)(str_hash(name, STR_HASH_START) % SAY_TINTS);
}
