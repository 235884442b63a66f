/* Go's time.Time for templates. There is no clock and no database of zones: now is SPRIG_NOW, and all
 * times are UTC's, but for those that were read with an offset.                                */
#pragma once

#include "indexer/template/sprig.h"

#define SPRIG_NOW INT64_C(1704067200)            /* 2024-01-01T00:00:00Z */
#define SPRIG_ZERO_TIME INT64_C(-62135596800)    /* 0001-01-01T00:00:00Z: a time that was not read */

struct sprig_time {
	int64_t seconds;                 /* since 1970, at most SPRIG_SECONDS_MAX either way */
	int32_t ns, offset;              /* of its zone, in seconds */
};
#define SPRIG_SECONDS_MAX (INT64_C(1) << 53)

struct sprig_day { int64_t year; int month, day, hour, minute, second, year_day, week_day; };
struct sprig_day sprig_day_of(const struct sprig_time *t);
int64_t sprig_seconds_of(const struct sprig_day *d);      /* year to second count */
int sprig_month_days(int64_t year, int month);

/* Months from 1, days of the week from Sunday, 0. Static. */
struct str sprig_month(int month);
struct str sprig_week_day(int day);

/* ---- layouts: "2006-01-02 15:04:05" ---- */
enum sprig_part {
	PART_END, PART_LONG_MONTH, PART_MONTH, PART_NUMBER_MONTH, PART_ZERO_MONTH, PART_LONG_WEEK_DAY,
	PART_WEEK_DAY, PART_DAY, PART_UNDER_DAY, PART_ZERO_DAY, PART_UNDER_YEAR_DAY, PART_YEAR_DAY,
	PART_HOUR, PART_HOUR_12, PART_ZERO_HOUR_12, PART_MINUTE, PART_ZERO_MINUTE, PART_SECOND,
	PART_ZERO_SECOND, PART_YEAR, PART_SHORT_YEAR, PART_CAPITAL_PM, PART_PM, PART_ZONE,
	PART_Z, PART_Z_SECONDS, PART_Z_SHORT, PART_Z_COLON, PART_Z_COLON_SECONDS,
	PART_OFFSET, PART_OFFSET_SECONDS, PART_OFFSET_SHORT, PART_OFFSET_COLON, PART_OFFSET_COLON_SECONDS,
	PART_ZEROS, PART_NINES           /* a fraction */
};
/* Takes text up to the next part (*ret_before), and the part (*ret_text), off the layout. */
enum sprig_part sprig_layout_next(struct str *layout, struct str *ret_before, struct str *ret_text);
void sprig_time_put(struct sbuf *b, const struct sprig_time *t, struct str layout);
bool sprig_time_parse(struct str layout, struct str text, struct sprig_time *ret);

/* ---- durations, in ns: "1h2m3.5s" ---- */
bool sprig_duration_parse(struct str s, int64_t *ret);
void sprig_duration_put(struct sbuf *b, int64_t ns);

/* ---- the object ---- */
extern const struct tmpl_object_type sprig_time_type;
NODISCARD bool sprig_time_new(struct tmpl_run *r, struct sprig_time t, struct tmpl_value *ret);
/* Whether it is one. */
bool sprig_time_is(const struct tmpl_value *v, struct sprig_time *ret);
NODISCARD bool sprig_time_want(struct tmpl_run *r, const struct tmpl_value *v, struct sprig_time *ret);
/* What stays within SPRIG_SECONDS_MAX. */
struct sprig_time sprig_time_add(struct sprig_time t, int64_t ns);
/* a - b, at most what 64 bits can say. */
int64_t sprig_time_since(const struct sprig_time *a, const struct sprig_time *b);
struct sprig_time sprig_time_of(int64_t seconds);
