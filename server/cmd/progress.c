/* Progress of long work: a bar on a terminal, a line every few seconds elsewhere. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/clock.h"
#include "server/cmd/cmd.h"

#define DRAW_EVERY_NS (NS_PER_SECOND / 10)
#define LINE_EVERY_NS (5 * NS_PER_SECOND)
#define BAR_COLUMNS 24
#define CLEAR_LINE "\r\033[K"

struct progress {
	pthread_mutex_t lock;
	const char *what;
	uint64_t items, bytes, items_done, bytes_done;
	int64_t began_ns, drawn_ns;
	bool terminal, drawn;
};

struct progress *progress_new(const char *what, uint64_t items, uint64_t bytes)
{
	struct progress *p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	(void)pthread_mutex_init(&p->lock, NULL);
	p->what = what;
	p->items = items;
	p->bytes = bytes;
	p->began_ns = p->drawn_ns = clock_monotonic();
	p->terminal = isatty(STDERR_FILENO) == 1;
	return p;
}

static const char *human(double bytes, char to[16])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	size_t unit = 0;
	for (; bytes >= 1000 && unit < 4; unit++)
		bytes /= 1000;
	(void)snprintf(to, 16, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
	return to;
}

static void draw(struct progress *p, int64_t now)
{
	char done[16], rate[16], left[16] = "";
	double seconds = (double)(now - p->began_ns) / (double)NS_PER_SECOND;
	double share = p->bytes ? (double)p->bytes_done / (double)p->bytes
	                        : p->items ? (double)p->items_done / (double)p->items : 0;
	if (share > 0 && share < 1)
		(void)snprintf(left, sizeof left, ", %.0f s left", seconds / share - seconds);
	int filled = (int)(share * BAR_COLUMNS);
	if (p->terminal)
		fprintf(stderr, CLEAR_LINE "%s [%.*s%*s] ", p->what, filled, "########################",
		        BAR_COLUMNS - filled, "");
	else
		fprintf(stderr, "%s: ", p->what);
	double per_second = seconds > 0 ? (double)p->bytes_done / seconds : 0;
	if (p->items || p->items_done)
		fprintf(stderr, "%llu", (unsigned long long)p->items_done);
	if (p->items)
		fprintf(stderr, " of %llu", (unsigned long long)p->items);
	fprintf(stderr, "%s%s", p->items || p->items_done ? ", " : "", human((double)p->bytes_done, done));
	if (p->bytes && !p->items)
		fprintf(stderr, " of %s", human((double)p->bytes, done));
	fprintf(stderr, ", %s/s%s%s", human(per_second, rate), left, p->terminal ? "" : "\n");
	p->drawn_ns = now;
	p->drawn = true;
}

void progress_add(struct progress *p, uint64_t items, uint64_t bytes)
{
	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->items_done += items;
	p->bytes_done += bytes;
	int64_t now = clock_monotonic();
	if (now - p->drawn_ns >= (p->terminal ? DRAW_EVERY_NS : LINE_EVERY_NS))
		draw(p, now);
	(void)pthread_mutex_unlock(&p->lock);
}

void progress_say(struct progress *p, const char *fmt, ...)
{
	va_list ap;
	if (p)
		(void)pthread_mutex_lock(&p->lock);
	if (p && p->terminal)
		fputs(CLEAR_LINE, stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (p)
		(void)pthread_mutex_unlock(&p->lock);
}

void progress_done(struct progress *p)
{
	if (!p)
		return;
	if (p->drawn) {
		draw(p, clock_monotonic());
		if (p->terminal)
			fputc('\n', stderr);
	}
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}
