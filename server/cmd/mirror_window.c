/* See mirror_window.h. */
#include "server/cmd/mirror_window.h"

#include <time.h>

#include "indexer/base/clock.h"

#define DAY_MINUTES (24u * 60u)
#define DAY_SECONDS (DAY_MINUTES * 60u)

static bool read_time(struct str text, unsigned *ret)
{
	uint64_t hour, minute;
	bool found;
	struct str first = str_cut(&text, ':', &found);
	if (!found || first.n > 2 || text.n != 2 || !str_to_u64(first, &hour) || !str_to_u64(text, &minute))
		return false;
	*ret = (unsigned)(hour * 60 + minute) % DAY_MINUTES;
	return minute < 60 && hour * 60 + minute <= DAY_MINUTES;
}

enum err mirror_window_add(struct mirror_windows *w, struct str text, struct errinfo *e)
{
	struct str rest = text;
	struct mirror_window one = { 0 };
	struct str from = str_cut(&rest, '-', NULL);
	if (!read_time(from, &one.from) || !read_time(rest, &one.to))
		return ERR(e, INVALID, "--window %.*s: times of the day are expected, such as 22:00-06:00",
		           STR_ARG(text));
	if (w->count == MIRROR_WINDOWS_MAX)
		return ERR(e, INVALID, "--window may stand %d times", MIRROR_WINDOWS_MAX);
	w->list[w->count++] = one;
	return OK;
}

static bool is_open(const struct mirror_window *w, unsigned minute)
{
	if (w->from < w->to)
		return minute >= w->from && minute < w->to;
	return minute >= w->from || minute < w->to;
}

unsigned mirror_window_wait(const struct mirror_windows *w, unsigned second)
{
	unsigned least = w->count ? DAY_SECONDS : 0;
	for (size_t i = 0; i < w->count; i++) {
		unsigned opens = w->list[i].from * 60;
		unsigned wait = (opens + DAY_SECONDS - second) % DAY_SECONDS;
		if (is_open(&w->list[i], second / 60))
			return 0;
		least = wait < least ? wait : least;
	}
	return least;
}

unsigned mirror_window_now(void)
{
	struct tm tm = { 0 };
	time_t now = (time_t)(clock_wall() / NS_PER_SECOND);
	if (!localtime_r(&now, &tm))
		return 0;
	return (unsigned)(tm.tm_hour * 3600 + tm.tm_min * 60 + (tm.tm_sec < 60 ? tm.tm_sec : 59));
}
