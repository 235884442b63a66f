/* Lines of what is staged. */
#include "indexer/bundle/lines.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"

#define STEP_BYTES (64u * KIB)           /* read at a time, at first */

enum err lines_open(int dir, const struct sha256 *digest, const char *name, size_t limit,
                    struct lines *ret, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	AUTO_FD int fd = -1;
	sha256_hex(digest, hex);
	enum err err = fs_open_regular(dir, hex, &fd, NULL, e);
	if (err) {
		err_prefix(e, "%s", name);
		return err;
	}
	return lines_of(fd, name, limit, ret, e);
}

enum err lines_of(int fd, const char *name, size_t limit, struct lines *ret, struct errinfo *e)
{
	struct lines l = { .name = name, .limit = limit, .room = STEP_BYTES };
	l.buffer = malloc(l.room);
	if (!l.buffer)
		return ERR(e, NOMEM, "%s", name);
	l.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (l.fd < 0) {
		free(l.buffer);
		return ERR_SYS(e, "open %s", name);
	}
	*ret = l;
	return OK;
}

void lines_close(struct lines *l)
{
	if (l->name)
		(void)close(l->fd);
	free(l->buffer);
	*l = (struct lines){ .name = NULL };
}

static enum err fetch(struct lines *l, struct errinfo *e)
{
	if (l->n)
		memmove(l->buffer, l->buffer + l->at, l->n);
	l->at = 0;
	if (l->n == l->room) {
		char *larger = realloc(l->buffer, 2 * l->room);
		if (!larger)
			return ERR(e, NOMEM, "%s", l->name);
		l->buffer = larger;
		l->room *= 2;
	}
	ssize_t n = pread(l->fd, l->buffer + l->n, l->room - l->n, (off_t)l->fetched);
	if (n < 0)
		return ERR_SYS(e, "read %s", l->name);
	l->n += (size_t)n;
	l->fetched += (size_t)n;
	return OK;
}

enum err lines_next(struct lines *l, struct str *ret, bool *ret_end, struct errinfo *e)
{
	const char *newline;
	size_t looked = 0;
	while (!(newline = memchr(l->buffer + l->at + looked, '\n', l->n - looked))) {
		looked = l->n;
		enum err err = looked < l->limit ? fetch(l, e) : OK;
		*ret_end = !l->n;
		if (err || !l->n)
			return err;
		if (l->n == looked)
			return ERR(e, CORRUPT, "%s: a line is too long, or cut short", l->name);
	}
	*ret = str_make(l->buffer + l->at, (size_t)(newline - (l->buffer + l->at)));
	*ret_end = false;
	l->at += ret->n + 1;
	l->n -= ret->n + 1;
	return ret->n < l->limit ? OK : ERR(e, CORRUPT, "%s: a line is too long, or cut short", l->name);
}
