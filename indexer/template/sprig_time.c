/* Days and seconds in the calendar that Go's time has: Gregorian at all times, without leap seconds. */
#include "indexer/template/sprig_time.h"

#include "indexer/base/clock.h"

#define SECONDS_PER_DAY 86400
#define DAYS_PER_ERA 146097                      /* 400 years */

/* Days since 1970; years begin in March, so that the leap day is their last. */
static int64_t days_of(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, struct sprig_day *ret)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	int64_t of_era = z - era * DAYS_PER_ERA;
	int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / (DAYS_PER_ERA - 1)) / 365;
	int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
	int64_t m = (5 * of_year + 2) / 153;
	ret->day = (int)(of_year - (153 * m + 2) / 5 + 1);
	ret->month = (int)(m < 10 ? m + 3 : m - 9);
	ret->year = years + era * 400 + (ret->month <= 2);
	ret->year_day = (int)(days - days_of(ret->year, 1, 1)) + 1;
	ret->week_day = (int)(((days + 4) % 7 + 7) % 7);
}

struct sprig_day sprig_day_of(const struct sprig_time *t)
{
	struct sprig_day d;
	int64_t there = t->seconds + t->offset;
	int64_t of_day = (there % SECONDS_PER_DAY + SECONDS_PER_DAY) % SECONDS_PER_DAY;
	date_of((there - of_day) / SECONDS_PER_DAY, &d);
	d.hour = (int)(of_day / 3600);
	d.minute = (int)(of_day / 60 % 60);
	d.second = (int)(of_day % 60);
	return d;
}

int64_t sprig_seconds_of(const struct sprig_day *d)
{
	return days_of(d->year, d->month, d->day) * SECONDS_PER_DAY + d->hour * 3600 + d->minute * 60 +
	       d->second;
}

int sprig_month_days(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap);
}

struct str sprig_month(int month)
{
	static const char *const names[] = { "January", "February", "March", "April", "May", "June", "July",
	                                     "August", "September", "October", "November", "December" };
	return str_c(names[(month + 11) % 12]);
}

struct str sprig_week_day(int day)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
	                                     "Friday", "Saturday" };
	return str_c(names[day % 7]);
}

struct sprig_time sprig_time_of(int64_t seconds)
{
	int64_t most = SPRIG_SECONDS_MAX;
	return (struct sprig_time){ .seconds = seconds > most ? most : seconds < -most ? -most : seconds };
}

struct sprig_time sprig_time_add(struct sprig_time t, int64_t ns)
{
	int64_t sum = t.ns + ns % NS_PER_SECOND, carry = sum < 0 ? -1 : sum >= NS_PER_SECOND;
	struct sprig_time then = sprig_time_of(t.seconds + ns / NS_PER_SECOND + carry);
	then.ns = (int32_t)(sum - carry * NS_PER_SECOND);
	then.offset = t.offset;
	return then;
}

int64_t sprig_time_since(const struct sprig_time *a, const struct sprig_time *b)
{
	int64_t seconds = a->seconds - b->seconds, ns;
	if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)a->ns - b->ns, &ns))
		return seconds < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}
