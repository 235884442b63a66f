/* The two clocks and RFC 3339; calendar arithmetic without the C library's time zones. */
#include "indexer/base/clock.h"

#include <stdio.h>

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"

#define DAYS_PER_ERA 146097

int64_t clock_of(struct timespec t)
{
	int64_t ns;
	if (__builtin_mul_overflow((int64_t)t.tv_sec, NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)t.tv_nsec, &ns))
		return t.tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

static int64_t now(clockid_t id)
{
	struct timespec t;
	(void)clock_gettime(id, &t);
	return clock_of(t);
}

int64_t clock_wall(void) { return now(CLOCK_REALTIME); }
int64_t clock_monotonic(void) { return now(CLOCK_MONOTONIC); }

bool clock_is_steady(struct clock_watch *w, int64_t wall_ns, int64_t monotonic_ns)
{
	int64_t steady_ns = (int64_t)CLOCK_STEADY_SECONDS * NS_PER_SECOND;
	int64_t jump_ns = (int64_t)CLOCK_JUMP_SECONDS * NS_PER_SECOND;
	int64_t ahead_ns = wall_ns - monotonic_ns, moved_ns = ahead_ns - w->ahead_ns;
	if (!w->begun)
		*w = (struct clock_watch){ true, ahead_ns, monotonic_ns - steady_ns };
	else if (moved_ns > jump_ns || moved_ns < -jump_ns)
		*w = (struct clock_watch){ true, ahead_ns, monotonic_ns };
	return monotonic_ns - w->since_ns >= steady_ns;
}

/* Days since 1970-01-01 of a proleptic Gregorian date. */
static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	int64_t of_era = days - era * DAYS_PER_ERA;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;
	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

size_t clock_format(int64_t wall_ns, char ret[RFC3339_MAX_BYTES])
{
	int64_t seconds = wall_ns / NS_PER_SECOND, fraction = wall_ns % NS_PER_SECOND;
	if (fraction < 0) {
		fraction += NS_PER_SECOND;
		seconds--;
	}
	int64_t days = seconds / 86400, rest = seconds % 86400;
	if (rest < 0) {
		rest += 86400;
		days--;
	}
	int year, month, day;
	civil_from_days(days, &year, &month, &day);
	int n = snprintf(ret, RFC3339_MAX_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day,
	                 (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
	if (fraction) {
		n += snprintf(ret + n, RFC3339_MAX_BYTES - (size_t)n, ".%09d", (int)fraction);
		while (ret[n - 1] == '0')
			n--;
	}
	ret[n++] = 'Z';
	ret[n] = '\0';
	return (size_t)n;
}

size_t clock_format_seconds(int64_t wall_ns, char ret[RFC3339_MAX_BYTES])
{
	return clock_format(wall_ns / NS_PER_SECOND * NS_PER_SECOND, ret);
}

/* Reads exactly `digits` digits and then `after` (0: nothing) from the front of *s. */
static bool take(struct str *s, size_t digits, char after, unsigned *ret)
{
	uint64_t value;
	if (s->n < digits + (after != 0) || !str_to_u64(str_first(*s, digits), &value))
		return false;
	if (after && s->p[digits] != after)
		return false;
	*ret = (unsigned)value;
	*s = str_from(*s, digits + (after != 0));
	return true;
}

/* Digits behind the ninth are read and do not count. */
static bool take_fraction(struct str *s, int64_t *ret)
{
	*ret = 0;
	if (!s->n || s->p[0] != '.')
		return true;
	int64_t unit = NS_PER_SECOND / 10;
	size_t i = 1;
	for (; i < s->n && ascii_is_digit(s->p[i]); i++, unit /= 10)
		*ret += (s->p[i] - '0') * unit;
	*s = str_from(*s, i);
	return i > 1;
}

static bool take_offset(struct str s, int64_t *ret_seconds)
{
	unsigned hours, minutes;
	if (s.n == 1 && (s.p[0] == 'Z' || s.p[0] == 'z')) {
		*ret_seconds = 0;
		return true;
	}
	if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-'))
		return false;
	int64_t sign = s.p[0] == '-' ? -1 : 1;
	s = str_from(s, 1);
	if (!take(&s, 2, ':', &hours) || !take(&s, 2, 0, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_seconds = sign * ((int64_t)hours * 3600 + (int64_t)minutes * 60);
	return true;
}

static int64_t days_of(unsigned year, unsigned month)
{
	unsigned next = month % 12 + 1;
	return days_from_civil(year + (next == 1), next, 1) - days_from_civil(year, month, 1);
}

struct written {
	unsigned year, month, day, hour, minute, second;
	int64_t fraction, offset;        /* nanoseconds; seconds */
};

static bool read_written(struct str s, struct written *ret)
{
	if (!take(&s, 4, '-', &ret->year) || !take(&s, 2, '-', &ret->month) || !take(&s, 2, 0, &ret->day))
		return false;
	if (!s.n || (s.p[0] != 'T' && s.p[0] != 't' && s.p[0] != ' '))
		return false;
	s = str_from(s, 1);
	if (!take(&s, 2, ':', &ret->hour) || !take(&s, 2, ':', &ret->minute) || !take(&s, 2, 0, &ret->second))
		return false;
	if (ret->month < 1 || ret->month > 12 || ret->day < 1 || ret->day > days_of(ret->year, ret->month))
		return false;
	return ret->hour <= 23 && ret->minute <= 59 && ret->second <= 60 &&
	       take_fraction(&s, &ret->fraction) && take_offset(s, &ret->offset);
}

bool clock_parse(struct str text, int64_t *ret_wall_ns)
{
	struct written w;
	int64_t ns;
	if (!read_written(text, &w))
		return false;
	int64_t seconds = days_from_civil(w.year, w.month, w.day) * 86400 + (int64_t)w.hour * 3600 +
	                  (int64_t)w.minute * 60 + w.second - w.offset;
	if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, w.fraction, &ns))
		return false;
	*ret_wall_ns = ns;
	return true;
}

bool clock_is_json_time(struct str text)
{
	struct written w;
	return read_written(text, &w) && w.second <= 59 && str_has(text, 'T') && !str_ends(text, STR("z"));
}
