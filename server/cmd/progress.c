/* Progress of long work: a bar on a terminal, a line every few seconds elsewhere. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "server/cmd/cmd.h"

#define DRAW_EVERY_NS (NS_PER_SECOND / 10)
#define LINE_EVERY_NS (5 * NS_PER_SECOND)
#define BAR_COLUMNS 24
#define BAR_MIN_COLUMNS 8                /* less tells nothing */
#define TERMINAL_COLUMNS 80
#define LEFT_MAX_SECONDS 1e9             /* nobody waits for more */
#define CLEAR_LINE "\r\033[K"

struct progress {
	pthread_mutex_t lock;
	const char *what;
	struct progress_state state;
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
	p->state = (struct progress_state){ .items = items, .bytes = bytes };
	p->began_ns = p->drawn_ns = clock_monotonic();
	p->terminal = isatty(STDERR_FILENO) == 1;
	return p;
}

struct line { char text[PROGRESS_LINE_BYTES]; size_t used; double share; };

PRINTF_LIKE(2, 3) static void put(struct line *l, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(l->text + l->used, sizeof l->text - l->used, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->used += (size_t)n < sizeof l->text - l->used ? (size_t)n : sizeof l->text - l->used - 1;
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

/* "45 s", "12 min", "3 h 20 min" */
static void put_left(struct line *l, double seconds)
{
	unsigned long long minutes = (unsigned long long)(seconds / 60);
	if (seconds < 100)
		put(l, ", %.0f s left", seconds);
	else if (minutes < 100)
		put(l, ", %llu min left", minutes);
	else
		put(l, ", %llu h %llu min left", minutes / 60, minutes % 60);
}

static void put_facts(struct line *l, const struct progress_state *p)
{
	char done[16], all[16], rate[16];
	double share = p->bytes ? (double)p->bytes_done / (double)p->bytes
	                        : p->items ? (double)p->items_done / (double)p->items : 0;
	l->share = share < 1 ? share : 1;
	if (p->items || p->items_done)
		put(l, "%llu", (unsigned long long)p->items_done);
	if (p->items)
		put(l, " of %llu", (unsigned long long)p->items);
	if (p->bytes || p->bytes_done) {
		put(l, "%s%s", p->items || p->items_done ? ", " : "", human((double)p->bytes_done, done));
		if (p->bytes && !p->items)
			put(l, " of %s", human((double)p->bytes, all));
		put(l, ", %s/s", human(p->seconds > 0 ? (double)p->bytes_done / p->seconds : 0, rate));
	}
	if (share > 0 && share < 1 && p->seconds / share < LEFT_MAX_SECONDS)
		put_left(l, p->seconds / share - p->seconds);
}

size_t progress_line(const char *what, const struct progress_state *p, size_t columns,
                     char to[PROGRESS_LINE_BYTES])
{
	struct line facts = { 0 }, whole = { 0 };
	put_facts(&facts, p);
	size_t taken = strlen(what) + facts.used + sizeof " [] ";
	size_t room = columns > taken + BAR_MIN_COLUMNS ? columns - taken : 0;
	int width = (int)(room < BAR_COLUMNS ? room : BAR_COLUMNS), filled = (int)(facts.share * width);
	put(&whole, "%s%s ", what, columns ? "" : ":");
	if (width)
		put(&whole, "[%.*s%*s] ", filled, "########################", width - filled, "");
	put(&whole, "%s", facts.text);
	memcpy(to, whole.text, whole.used + 1);
	return whole.used;
}

static size_t terminal_columns(void)
{
	struct winsize size = { 0 };
	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : TERMINAL_COLUMNS;
}

static void draw(struct progress *p, int64_t now)
{
	char line[PROGRESS_LINE_BYTES];
	p->state.seconds = (double)(now - p->began_ns) / (double)NS_PER_SECOND;
	size_t columns = p->terminal ? terminal_columns() : 0;
	(void)progress_line(p->what, &p->state, columns, line);
	if (p->terminal)
		fprintf(stderr, CLEAR_LINE "%.*s", (int)columns - 1, line);
	else
		fprintf(stderr, "%s\n", line);
	p->drawn_ns = now;
	p->drawn = true;
}

void progress_add(struct progress *p, uint64_t items, uint64_t bytes)
{
	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->state.items_done += items;
	p->state.bytes_done += bytes;
	int64_t now = clock_monotonic();
	if (now - p->drawn_ns >= (p->terminal ? DRAW_EVERY_NS : LINE_EVERY_NS))
		draw(p, now);
	(void)pthread_mutex_unlock(&p->lock);
}

void progress_say(struct progress *p, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		err_clean(text);
	if (p)
		(void)pthread_mutex_lock(&p->lock);
	if (p && p->terminal)
		fputs(CLEAR_LINE, stderr);
	fprintf(stderr, "%s\n", text ?: "out of memory");
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
