/* The table of errors and the two ways to set one. */
#include "indexer/base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "indexer/base/utf8.h"

static const struct row {
	const char *code, *sentence;
	short http, exit_status;
	bool is_public;
} rows[ERR_COUNT] = {
	[OK] = { "ok", "", 200, 0, true },
#define X(name, code, http, exit_status, is_public, sentence) \
	[ERR_##name] = { code, sentence, http, exit_status, is_public },
#include "indexer/base/err.def"
#undef X
};

void err_clean(char *text) { (void)utf8_clean(text, '?', ""); }

PRINTF_LIKE(3, 0)
static void set(struct errinfo *e, enum err code, const char *fmt, va_list ap)
{
	if (!e)
		return;
	e->code = code;
	(void)vsnprintf(e->detail, sizeof e->detail, fmt, ap);
	err_clean(e->detail);
}

enum err err_set(struct errinfo *e, enum err code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	set(e, code, fmt, ap);
	va_end(ap);
	return code;
}

enum err err_of_errno(int number)
{
	switch (number) {
	case ENOSPC: case EDQUOT: case EFBIG:
		return ERR_DISK_FULL;
	case EROFS: case EACCES: case EPERM:
		return ERR_READ_ONLY;
	case EMFILE: case ENFILE:
		return ERR_NO_FILES;
	case ENOMEM:
		return ERR_NOMEM;
	default:
		return ERR_IO;
	}
}

enum err err_set_errno(struct errinfo *e, const char *fmt, ...)
{
	int number = errno;
	enum err code = err_of_errno(number);
	va_list ap;
	va_start(ap, fmt);
	set(e, code, fmt, ap);
	va_end(ap);
	if (e) {
		size_t n = strlen(e->detail);
		(void)snprintf(e->detail + n, sizeof e->detail - n, ": %s", strerror(number));
	}
	return code;
}

void err_prefix(struct errinfo *e, const char *fmt, ...)
{
	if (!e)
		return;
	char before[ERR_DETAIL_MAX_BYTES], old[ERR_DETAIL_MAX_BYTES];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(before, sizeof before, fmt, ap);
	va_end(ap);
	memcpy(old, e->detail, sizeof old);
	size_t n = strlen(before);
	if (n > sizeof before - 3)
		n = sizeof before - 3;
	memcpy(e->detail, before, n);
	memcpy(e->detail + n, ": ", 2);
	size_t rest = sizeof e->detail - n - 2;
	size_t keep = strnlen(old, rest - 1);
	memcpy(e->detail + n + 2, old, keep);
	e->detail[n + 2 + keep] = '\0';
	err_clean(e->detail);
}

enum err err_recode(enum err err, enum err from, enum err to, struct errinfo *e)
{
	if (err != from)
		return err;
	if (e)
		e->code = to;
	return to;
}

const char *err_code(enum err code) { return rows[code].code; }
int err_http_status(enum err code) { return rows[code].http; }
int err_exit_status(enum err code) { return rows[code].exit_status; }
bool err_detail_is_public(enum err code) { return rows[code].is_public; }
const char *err_sentence(enum err code) { return rows[code].sentence; }

const char *err_public_text(const struct errinfo *e)
{
	return rows[e->code].is_public && e->detail[0] ? e->detail : rows[e->code].sentence;
}
