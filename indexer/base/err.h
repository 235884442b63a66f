/* Errors: a code that is returned, and a detail that the caller owns.
 *
 *     enum err chart_open(const char *path, struct errinfo *e)
 *     {
 *         int fd = open(path, O_RDONLY | O_CLOEXEC);
 *         if (fd < 0)
 *             return ERR_SYS(e, "open %s", path);
 *         ...
 *         return OK;
 *     }
 *
 * An error is set once, where its cause is known, passed up untouched and logged once at the
 * top. The table in err.def says which HTTP status, exit status and public sentence belong to a
 * code and whether its detail may be shown to a client. `e` may be NULL where nobody looks.
 * Setting an error allocates nothing, so out-of-memory can be reported as well.              */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum err {
	OK = 0,
#define X(name, code, http, exit_status, is_public, sentence) ERR_##name,
#include "indexer/base/err.def"
#undef X
	ERR_COUNT
};

#define ERR_DETAIL_MAX_BYTES 512

struct errinfo {
	enum err code;
	char detail[ERR_DETAIL_MAX_BYTES];   /* one line, control characters replaced by '?' */
};

#define ERR(e, NAME, ...) ((void)err_set((e), ERR_##NAME, __VA_ARGS__), (enum err)ERR_##NAME)
/* From errno, by err_of_errno; appends strerror. */
#define ERR_SYS(e, ...) ERR_SURE(err_set_errno((e), __VA_ARGS__))

/* Both return the code that was set, so that they can stand in a return statement. */
enum err err_set(struct errinfo *e, enum err code, const char *fmt, ...) PRINTF_LIKE(3, 4);
enum err err_set_errno(struct errinfo *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ENOSPC, EDQUOT, EFBIG → DISK_FULL; EROFS, EACCES, EPERM → READ_ONLY; EMFILE, ENFILE → NO_FILES;
 * ENOMEM → NOMEM; everything else → IO.                                                      */
enum err err_of_errno(int number);

/* Says to compilers and analysers what they cannot see in another file: this code is not OK. */
#define ERR_SURE(code) ((code) ?: (enum err)ERR_BUG)

/* Details end up in one-line logs and in terminals: control characters become '?'. */
void err_clean(char *text);

/* Puts "text: " before the detail; for a caller that knows a name the callee did not. */
void err_prefix(struct errinfo *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Returns `err`, but for `from`: that becomes `to`, with the detail it has; for a caller to whom the same
 * means something else.                                                                      */
NODISCARD enum err err_recode(enum err err, enum err from, enum err to, struct errinfo *e);

const char *err_code(enum err code);          /* "version_exists"; static */
int err_http_status(enum err code);
int err_exit_status(enum err code);
bool err_detail_is_public(enum err code);
const char *err_sentence(enum err code);      /* static */

/* What a client may read: the detail where it is public and not empty, else the sentence.
 * Borrowed from `e` or static.                                                              */
const char *err_public_text(const struct errinfo *e);
