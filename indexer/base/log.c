/* A line is written with one write and is no longer than what a pipe takes as a whole, so lines never
 * mix. Where nobody reads a pipe or a socket, lines are dropped and counted: a log never holds up what it
 * tells of.                                                                                  */
#include "indexer/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"

#define LOG_LINE_MAX_BYTES PIPE_BUF

/* Where lines go: twice the descriptor, and one more if it is a socket or nobody looked yet. */
static atomic_int log_target = 2 * 2 + 1, log_asked = 2, log_form = LOG_TEXT, log_lowest = LOG_INFO;
static atomic_uint_fast64_t dropped;

static const char *const names[] = { "DEBUG", "INFO", "WARN", "ERROR" };
static const char *const json_names[] = { "debug", "info", "warn", "error" };

/* A pipe is opened once more to write without waiting: whoever else has it may rely on waiting. */
static int target_of(int fd)
{
	char self[32];
	struct stat st = { 0 };
	if (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))
		return 2 * fd + (S_ISSOCK(st.st_mode) ? 1 : 0);
	(void)snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	int own = open(self, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	return 2 * (own < 0 ? fd : own);
}

static ssize_t put(int target, struct str line)
{
	int fd = target / 2;
	ssize_t n = target % 2 ? send(fd, line.p, line.n, MSG_DONTWAIT | MSG_NOSIGNAL) : -1;
	return target % 2 == 0 || (n < 0 && errno == ENOTSOCK) ? write(fd, line.p, line.n) : n;
}

void log_setup(int fd, enum log_format format, enum log_level lowest)
{
	if (atomic_load(&log_asked) != fd || atomic_load(&log_target) / 2 == fd)
		atomic_store(&log_target, target_of(fd));
	atomic_store(&log_asked, fd);
	atomic_store(&log_form, (int)format);
	atomic_store(&log_lowest, (int)lowest);
}

bool log_enabled(enum log_level level) { return (int)level >= atomic_load(&log_lowest); }
uint64_t log_dropped(void) { return atomic_load(&dropped); }

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= 0x20 || c == 0x7f || c == '"' || c == '=' || c == '\\' || c >= 0x80)
			return false;
	}
	return s.n > 0;
}

struct line {
	const char *time, *id;
	enum log_level level;
	const struct log_kv *kv;
	size_t n;
};

static void put_number(struct sbuf *b, int64_t number)
{
	if (number < 0)
		sbuf_putc(b, '-');
	sbuf_u64(b, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

static void put_text(struct sbuf *b, const struct line *l, size_t value_max)
{
	sbuf_puts(b, l->time);
	sbuf_putc(b, ' ');
	sbuf_puts(b, names[l->level]);
	sbuf_putc(b, ' ');
	sbuf_puts(b, l->id);
	for (size_t i = 0; i < l->n; i++) {
		const struct log_kv *kv = &l->kv[i];
		sbuf_putc(b, ' ');
		sbuf_puts(b, kv->key);
		sbuf_putc(b, '=');
		if (kv->kind == LOG_KV_INT)
			put_number(b, kv->number);
		else if (is_plain(kv->text))
			sbuf_put(b, str_fit(kv->text, value_max));
		else
			sbuf_json(b, str_fit(kv->text, value_max));
	}
	sbuf_putc(b, '\n');
}

static void put_json(struct sbuf *b, const struct line *l, size_t value_max)
{
	sbuf_printf(b, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":\"%s\"", l->time, json_names[l->level],
	            l->id);
	for (size_t i = 0; i < l->n; i++) {
		const struct log_kv *kv = &l->kv[i];
		sbuf_printf(b, ",\"%s\":", kv->key);
		if (kv->kind == LOG_KV_INT)
			put_number(b, kv->number);
		else
			sbuf_json(b, str_fit(kv->text, value_max));
	}
	sbuf_puts(b, "}\n");
}

/* What is escaped may be six times as long: where that does not fit, values are cut further. */
static bool put_line(struct sbuf *b, const struct line *l)
{
	size_t value_max = LOG_VALUE_MAX_BYTES;
	do {
		sbuf_reset(b);
		if (atomic_load(&log_form) == LOG_JSON)
			put_json(b, l, value_max);
		else
			put_text(b, l, value_max);
	} while (!sbuf_ok(b) && (value_max /= 2));
	return sbuf_ok(b);
}

/* Always milliseconds, so that lines sort and align. The rest is the same for all of a second. */
static void put_now(char ret[RFC3339_MAX_BYTES])
{
	static _Thread_local char text[RFC3339_MAX_BYTES];
	static _Thread_local int64_t second_ns = -1;
	static _Thread_local size_t n;       /* without the Z */
	int64_t now = clock_wall(), ms = now % NS_PER_SECOND / NS_PER_MS;
	if (second_ns != now - now % NS_PER_SECOND) {
		second_ns = now - now % NS_PER_SECOND;
		n = clock_format(second_ns, text) - 1;
	}
	memcpy(ret, text, n);
	memcpy(ret + n, (char[]){ '.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10),
	                          'Z', 0 }, 6);
}

void log_write(enum log_level level, const char *id, const struct log_kv *kv, size_t n)
{
	if (!log_enabled(level))
		return;
	char time[RFC3339_MAX_BYTES];
	put_now(time);
	const struct line line = { time, id, level, kv, n };
	AUTO_SBUF struct sbuf b = sbuf_make(LOG_LINE_MAX_BYTES);
	if (!put_line(&b, &line) || put(atomic_load(&log_target), sbuf_str(&b)) != (ssize_t)b.n)
		atomic_fetch_add(&dropped, 1);
}
