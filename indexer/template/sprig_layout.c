/* Go's layouts of times: which parts a layout has, and a time written by one. */
#include "indexer/base/ascii.h"
#include "indexer/template/sprig_time.h"

#include <stdio.h>

/* Of those with the same beginning the longest comes first. */
static const struct word { const char *text; enum sprig_part part; } words[] = {
	{ "January", PART_LONG_MONTH }, { "Jan", PART_MONTH },
	{ "Monday", PART_LONG_WEEK_DAY }, { "Mon", PART_WEEK_DAY }, { "MST", PART_ZONE },
	{ "002", PART_YEAR_DAY }, { "01", PART_ZERO_MONTH }, { "02", PART_ZERO_DAY },
	{ "03", PART_ZERO_HOUR_12 }, { "04", PART_ZERO_MINUTE }, { "05", PART_ZERO_SECOND },
	{ "06", PART_SHORT_YEAR }, { "15", PART_HOUR }, { "1", PART_NUMBER_MONTH },
	{ "2006", PART_YEAR }, { "2", PART_DAY }, { "__2", PART_UNDER_YEAR_DAY }, { "_2", PART_UNDER_DAY },
	{ "3", PART_HOUR_12 }, { "4", PART_MINUTE }, { "5", PART_SECOND },
	{ "PM", PART_CAPITAL_PM }, { "pm", PART_PM },
	{ "-07:00:00", PART_OFFSET_COLON_SECONDS }, { "-070000", PART_OFFSET_SECONDS },
	{ "-07:00", PART_OFFSET_COLON }, { "-0700", PART_OFFSET }, { "-07", PART_OFFSET_SHORT },
	{ "Z07:00:00", PART_Z_COLON_SECONDS }, { "Z070000", PART_Z_SECONDS },
	{ "Z07:00", PART_Z_COLON }, { "Z0700", PART_Z }, { "Z07", PART_Z_SHORT },
};

/* ".000" and ",999", unless another digit follows. */
static size_t fraction_length(struct str s)
{
	if (s.n < 2 || (s.p[0] != '.' && s.p[0] != ',') || (s.p[1] != '0' && s.p[1] != '9'))
		return 0;
	size_t n = 1;
	while (n < s.n && s.p[n] == s.p[1])
		n++;
	return n < s.n && ascii_is_digit(s.p[n]) ? 0 : n;
}

/* "Jan" is none in "Janet", and "_2006" is a year behind a "_". */
static bool is_part(struct str s, const struct word *w)
{
	if (!str_starts(s, str_c(w->text)))
		return false;
	if (w->part == PART_MONTH || w->part == PART_WEEK_DAY)
		return s.n == 3 || s.p[3] < 'a' || s.p[3] > 'z';
	return w->part != PART_UNDER_DAY || !str_starts(s, STR("_2006"));
}

enum sprig_part sprig_layout_next(struct str *layout, struct str *ret_before, struct str *ret_text)
{
	for (size_t at = 0; at < layout->n; at++) {
		struct str s = str_from(*layout, at);
		size_t n = fraction_length(s);
		enum sprig_part part = n ? (s.p[1] == '0' ? PART_ZEROS : PART_NINES) : PART_END;
		if (!n && strchr("JM0123456_PpZ-", s.p[0]) && s.p[0])
			for (size_t i = 0; i < sizeof words / sizeof *words && !n; i++)
				if (is_part(s, &words[i])) {
					n = strlen(words[i].text);
					part = words[i].part;
				}
		if (n) {
			*ret_before = str_first(*layout, at);
			*ret_text = str_first(s, n);
			*layout = str_from(s, n);
			return part;
		}
	}
	*ret_before = *layout;
	*ret_text = *layout = str_make(NULL, 0);
	return PART_END;
}

static void put_padded(struct sbuf *b, int64_t n, int width)
{
	sbuf_printf(b, "%s%0*lld", n < 0 ? "-" : "", width, (long long)(n < 0 ? -n : n));
}

static void put_offset(struct sbuf *b, enum sprig_part part, int32_t offset)
{
	if (part >= PART_Z && part <= PART_Z_COLON_SECONDS && offset == 0) {
		sbuf_putc(b, 'Z');
		return;
	}
	int32_t way = offset < 0 ? -offset : offset;
	bool colon = part == PART_Z_COLON || part == PART_OFFSET_COLON || part == PART_Z_COLON_SECONDS ||
	             part == PART_OFFSET_COLON_SECONDS;
	sbuf_printf(b, "%c%02d", offset < 0 ? '-' : '+', way / 3600);
	if (part != PART_Z_SHORT && part != PART_OFFSET_SHORT)
		sbuf_printf(b, "%s%02d", colon ? ":" : "", way / 60 % 60);
	if (part == PART_Z_SECONDS || part == PART_OFFSET_SECONDS || part == PART_Z_COLON_SECONDS ||
	    part == PART_OFFSET_COLON_SECONDS)
		sbuf_printf(b, "%s%02d", colon ? ":" : "", way % 60);
}

/* A zone that has no name is its offset. */
static void put_zone(struct sbuf *b, int32_t offset)
{
	if (offset)
		put_offset(b, offset % 3600 ? PART_OFFSET : PART_OFFSET_SHORT, offset);
	else
		sbuf_puts(b, "UTC");
}

/* Nines are digits that are left out when they are zeros at the end. */
static void put_fraction(struct sbuf *b, enum sprig_part part, struct str text, int32_t ns)
{
	char digits[16];
	(void)snprintf(digits, sizeof digits, "%09d", ns);
	size_t n = text.n - 1 < 9 ? text.n - 1 : 9;
	while (part == PART_NINES && n && digits[n - 1] == '0')
		n--;
	if (!n)
		return;
	sbuf_putc(b, text.p[0]);
	sbuf_put(b, str_make(digits, n));
}

static void put_clock(struct sbuf *b, enum sprig_part part, const struct sprig_day *d)
{
	int twelve = d->hour % 12 ? d->hour % 12 : 12;
	switch (part) {
	case PART_HOUR:         put_padded(b, d->hour, 2); break;
	case PART_HOUR_12:      put_padded(b, twelve, 1); break;
	case PART_ZERO_HOUR_12: put_padded(b, twelve, 2); break;
	case PART_MINUTE:       put_padded(b, d->minute, 1); break;
	case PART_ZERO_MINUTE:  put_padded(b, d->minute, 2); break;
	case PART_SECOND:       put_padded(b, d->second, 1); break;
	case PART_ZERO_SECOND:  put_padded(b, d->second, 2); break;
	case PART_CAPITAL_PM:   sbuf_puts(b, d->hour >= 12 ? "PM" : "AM"); break;
	case PART_PM:           sbuf_puts(b, d->hour >= 12 ? "pm" : "am"); break;
	default:                break;
	}
}

static void put_day(struct sbuf *b, enum sprig_part part, const struct sprig_day *d)
{
	switch (part) {
	case PART_LONG_MONTH:     sbuf_put(b, sprig_month(d->month)); break;
	case PART_MONTH:          sbuf_put(b, str_first(sprig_month(d->month), 3)); break;
	case PART_NUMBER_MONTH:   put_padded(b, d->month, 1); break;
	case PART_ZERO_MONTH:     put_padded(b, d->month, 2); break;
	case PART_LONG_WEEK_DAY:  sbuf_put(b, sprig_week_day(d->week_day)); break;
	case PART_WEEK_DAY:       sbuf_put(b, str_first(sprig_week_day(d->week_day), 3)); break;
	case PART_DAY:            put_padded(b, d->day, 1); break;
	case PART_UNDER_DAY:      sbuf_printf(b, "%2d", d->day); break;
	case PART_ZERO_DAY:       put_padded(b, d->day, 2); break;
	case PART_UNDER_YEAR_DAY: sbuf_printf(b, "%3d", d->year_day); break;
	case PART_YEAR_DAY:       put_padded(b, d->year_day, 3); break;
	case PART_YEAR:           put_padded(b, d->year, 4); break;
	case PART_SHORT_YEAR:     put_padded(b, (d->year < 0 ? -d->year : d->year) % 100, 2); break;
	default:                  put_clock(b, part, d); break;
	}
}

void sprig_time_put(struct sbuf *b, const struct sprig_time *t, struct str layout)
{
	const struct sprig_day d = sprig_day_of(t);
	struct str before, text;
	enum sprig_part part;
	do {
		part = sprig_layout_next(&layout, &before, &text);
		sbuf_put(b, before);
		if (part >= PART_Z && part <= PART_OFFSET_COLON_SECONDS)
			put_offset(b, part, t->offset);
		else if (part == PART_ZONE)
			put_zone(b, t->offset);
		else if (part == PART_ZEROS || part == PART_NINES)
			put_fraction(b, part, text, t->ns);
		else
			put_day(b, part, &d);
	} while (part != PART_END && sbuf_ok(b));
}
