/* Times read by a layout. What a zone's name means is not known: it is UTC. */
#include "indexer/base/ascii.h"
#include "indexer/template/sprig_time.h"

struct parser {
	struct str layout, text;         /* what is left of them */
	struct sprig_day d;              /* month, day, year_day: 0 until they are read */
	int64_t ns;
	int32_t offset;
	char half;                       /* 'a', 'p': of the day */
};

static bool is_digit(struct str s, size_t at) { return at < s.n && ascii_is_digit(s.p[at]); }

static bool take(struct parser *p, struct str word)
{
	if (!str_starts(p->text, word))
		return false;
	p->text = str_from(p->text, word.n);
	return true;
}

/* At least and at most so many digits. */
static bool take_digits(struct parser *p, size_t least, size_t most, int64_t *ret)
{
	size_t n = 0;
	*ret = 0;
	for (; n < most && is_digit(p->text, n); n++)
		*ret = *ret * 10 + (p->text.p[n] - '0');
	p->text = str_from(p->text, n);
	return n >= least;
}

static bool take_within(struct parser *p, bool two, int64_t from, int64_t to, int *ret)
{
	int64_t n;
	if (!take_digits(p, two ? 2 : 1, 2, &n) || n < from || n > to)
		return false;
	*ret = (int)n;
	return true;
}

/* What stands between parts. A space is any number of them. */
static bool take_between(struct parser *p, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != ' ') {
			if (!take(p, str_make(s.p + i, 1)))
				return false;
			continue;
		}
		if (p->text.n && p->text.p[0] != ' ')
			return false;
		while (i + 1 < s.n && s.p[i + 1] == ' ')
			i++;
		while (take(p, STR(" ")))
			;
	}
	return true;
}

/* Names may be written small. */
static bool take_name(struct parser *p, struct str (*name_of)(int), int from, int count, bool brief, int *ret)
{
	for (int i = from; i < from + count; i++) {
		struct str name = name_of(i);
		name = brief ? str_first(name, 3) : name;
		if (!str_eq_nocase(str_first(p->text, name.n), name))
			continue;
		p->text = str_from(p->text, name.n);
		*ret = i;
		return true;
	}
	return false;
}

/* The digits behind the point; those after the ninth do not count. */
static bool take_fraction(struct parser *p, size_t digits)
{
	int64_t ns = 0;
	if (!p->text.n || (p->text.p[0] != '.' && p->text.p[0] != ','))
		return false;
	for (size_t i = 0; i < (digits < 9 ? 9 : digits); i++) {
		if (i < digits && !is_digit(p->text, i + 1))
			return false;
		if (i < 9)
			ns = ns * 10 + (i < digits ? p->text.p[i + 1] - '0' : 0);
	}
	p->ns = ns;
	p->text = str_from(p->text, digits + 1);
	return true;
}

static size_t fraction_digits(struct str s)
{
	size_t n = 0;
	while (s.n && (s.p[0] == '.' || s.p[0] == ',') && is_digit(s, n + 1))
		n++;
	return n;
}

/* Seconds may have a fraction that the layout does not speak of. */
static bool take_seconds(struct parser *p, bool two)
{
	if (!take_within(p, two, 0, 59, &p->d.second))
		return false;
	struct str rest = p->layout, before, text;
	enum sprig_part next = sprig_layout_next(&rest, &before, &text);
	size_t digits = fraction_digits(p->text);
	return !digits || next == PART_ZEROS || next == PART_NINES || take_fraction(p, digits);
}

static bool take_offset(struct parser *p, enum sprig_part part)
{
	bool colon = part == PART_Z_COLON || part == PART_OFFSET_COLON || part == PART_Z_COLON_SECONDS ||
	             part == PART_OFFSET_COLON_SECONDS;
	bool minutes = part != PART_Z_SHORT && part != PART_OFFSET_SHORT;
	bool seconds = part == PART_Z_SECONDS || part == PART_OFFSET_SECONDS ||
	               part == PART_Z_COLON_SECONDS || part == PART_OFFSET_COLON_SECONDS;
	int h = 0, m = 0, s = 0;
	if (part <= PART_Z_COLON_SECONDS && take(p, STR("Z")))
		return true;
	bool negative = take(p, STR("-"));
	if ((!negative && !take(p, STR("+"))) || !take_within(p, true, 0, 24, &h) ||
	    (minutes && ((colon && !take(p, STR(":"))) || !take_within(p, true, 0, 60, &m))) ||
	    (seconds && ((colon && !take(p, STR(":"))) || !take_within(p, true, 0, 60, &s))))
		return false;
	p->offset = (h * 60 + m) * 60 + s;
	p->offset = negative ? -p->offset : p->offset;
	return true;
}

/* "UTC", "CEST": three to five capitals. */
static bool take_zone(struct parser *p)
{
	size_t n = 0;
	while (n < p->text.n && n < 5 && p->text.p[n] >= 'A' && p->text.p[n] <= 'Z')
		n++;
	p->text = str_from(p->text, n);
	return n >= 3;
}

static bool take_half(struct parser *p, bool capital)
{
	p->half = take(p, capital ? STR("AM") : STR("am")) ? 'a' : 'p';
	return p->half == 'a' || take(p, capital ? STR("PM") : STR("pm"));
}

static bool take_clock(struct parser *p, enum sprig_part part, size_t text_bytes)
{
	size_t digits;
	switch (part) {
	case PART_HOUR:         return take_within(p, false, 0, 23, &p->d.hour);
	case PART_HOUR_12:      return take_within(p, false, 0, 12, &p->d.hour);
	case PART_ZERO_HOUR_12: return take_within(p, true, 0, 12, &p->d.hour);
	case PART_MINUTE:       return take_within(p, false, 0, 59, &p->d.minute);
	case PART_ZERO_MINUTE:  return take_within(p, true, 0, 59, &p->d.minute);
	case PART_SECOND:       return take_seconds(p, false);
	case PART_ZERO_SECOND:  return take_seconds(p, true);
	case PART_CAPITAL_PM:   return take_half(p, true);
	case PART_PM:           return take_half(p, false);
	case PART_ZONE:         return take_zone(p);
	case PART_ZEROS:        return take_fraction(p, text_bytes - 1);
	case PART_NINES:
		digits = fraction_digits(p->text);
		return !digits || take_fraction(p, digits);
	default:                return take_offset(p, part);
	}
}

static bool take_part(struct parser *p, enum sprig_part part, size_t text_bytes)
{
	struct sprig_day *d = &p->d;
	int64_t n = 0;
	bool fine = true;
	switch (part) {
	case PART_LONG_MONTH:     return take_name(p, sprig_month, 1, 12, false, &d->month);
	case PART_MONTH:          return take_name(p, sprig_month, 1, 12, true, &d->month);
	case PART_NUMBER_MONTH:   return take_within(p, false, 1, 12, &d->month);
	case PART_ZERO_MONTH:     return take_within(p, true, 1, 12, &d->month);
	case PART_LONG_WEEK_DAY:  return take_name(p, sprig_week_day, 0, 7, false, &d->week_day);
	case PART_WEEK_DAY:       return take_name(p, sprig_week_day, 0, 7, true, &d->week_day);
	case PART_UNDER_DAY:      (void)take(p, STR(" ")); return take_within(p, false, 1, 31, &d->day);
	case PART_DAY:            return take_within(p, false, 1, 31, &d->day);
	case PART_ZERO_DAY:       return take_within(p, true, 1, 31, &d->day);
	case PART_UNDER_YEAR_DAY:
	case PART_YEAR_DAY:
		for (int i = 0; i < 2 && part == PART_UNDER_YEAR_DAY; i++)
			(void)take(p, STR(" "));
		fine = take_digits(p, part == PART_YEAR_DAY ? 3 : 1, 3, &n) && n > 0;
		d->year_day = (int)n;
		return fine;
	case PART_YEAR:           return take_digits(p, 4, 4, &d->year);
	case PART_SHORT_YEAR:
		fine = take_digits(p, 2, 2, &n);
		d->year = n + (n >= 69 ? 1900 : 2000);
		return fine;
	default:                  return take_clock(p, part, text_bytes);
	}
}

/* A day of the year says the month, unless another was said. */
static bool find_day(struct sprig_day *d)
{
	int month = 1, day = d->year_day;
	if (day) {
		while (month < 12 && day > sprig_month_days(d->year, month))
			day -= sprig_month_days(d->year, month++);
		if ((d->month && d->month != month) || (d->day && d->day != day))
			return false;
		d->month = month;
		d->day = day;
	}
	d->month = d->month ? d->month : 1;
	d->day = d->day ? d->day : 1;
	return d->day <= sprig_month_days(d->year, d->month);
}

bool sprig_time_parse(struct str layout, struct str text, struct sprig_time *ret)
{
	struct parser p = { .layout = layout, .text = text };
	struct str before, word;
	enum sprig_part part;
	do {
		part = sprig_layout_next(&p.layout, &before, &word);
		if (!take_between(&p, before) || (part != PART_END && !take_part(&p, part, word.n)))
			return false;
	} while (part != PART_END);
	if (p.text.n || !find_day(&p.d))
		return false;
	if (p.half == 'p' && p.d.hour < 12)
		p.d.hour += 12;
	else if (p.half == 'a' && p.d.hour == 12)
		p.d.hour = 0;
	*ret = (struct sprig_time){ sprig_seconds_of(&p.d) - p.offset, (int32_t)p.ns, p.offset };
	return true;
}
