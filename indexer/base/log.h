/* The log: one event per line, a stable message id, key/value pairs, never a secret.
 *
 *     LOG(LOG_WARN, "publish.refused", KV("repo", repo), KV("code", err_code(err)));
 *
 * Text form:  2026-03-05T09:12:44.123Z WARN publish.refused repo=main code=version_exists
 * JSON form:  {"time":"…","level":"warn","msg":"publish.refused","repo":"main",…}
 *
 * Values are cut at LOG_VALUE_MAX_BYTES, further where the line would be longer than a pipe takes at once,
 * and control bytes are escaped, so no value can start a new line. A log that cannot be written never stops the program: lines are dropped and
 * counted. Any thread may log. The library (indexer/) returns errors instead of logging,
 * except where nobody waits for an answer.                                                   */
#pragma once

#include <stdint.h>

#include "indexer/base/str.h"

#define LOG_VALUE_MAX_BYTES 1024

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_kv {
	const char *key;
	enum { LOG_KV_STR, LOG_KV_INT } kind;
	struct str text;
	int64_t number;
};

static inline struct log_kv log_kv_s(const char *key, struct str value)
{
	return (struct log_kv){ key, LOG_KV_STR, value, 0 };
}
static inline struct log_kv log_kv_c(const char *key, const char *value)
{
	return log_kv_s(key, str_c(value));
}
static inline struct log_kv log_kv_i(const char *key, int64_t value)
{
	return (struct log_kv){ key, LOG_KV_INT, { 0 }, value };
}

#define KV(key, value) _Generic((value), \
	char *: log_kv_c, const char *: log_kv_c, struct str: log_kv_s, default: log_kv_i)((key), (value))

#define LOG(level, id, ...) \
	log_write((level), (id), (const struct log_kv[]){ __VA_ARGS__ }, \
	          sizeof((const struct log_kv[]){ __VA_ARGS__ }) / sizeof(struct log_kv))

/* fd is borrowed and stays open; default is fd 2, INFO, text. Call before threads start, or
 * again on SIGHUP. Logging never waits for a reader: what does not fit into a pipe is dropped. */
void log_setup(int fd, enum log_format format, enum log_level lowest);
void log_write(enum log_level level, const char *id, const struct log_kv *kv, size_t n);
bool log_enabled(enum log_level level);
uint64_t log_dropped(void);          /* lines lost since start */
