/* Lines of what is staged. */
#include "indexer/bundle/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"

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
	AUTO_FD int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *stream = own >= 0 && lseek(own, 0, SEEK_SET) == 0 ? fdopen(own, "r") : NULL;
	if (!stream)
		return ERR_SYS(e, "open %s", name);
	own = -1;
	*ret = (struct lines){ .stream = stream, .name = name, .limit = limit };
	return OK;
}

void lines_close(struct lines *l)
{
	if (l->stream)
		(void)fclose(l->stream);
	free(l->line);
	*l = (struct lines){ .stream = NULL };
}

enum err lines_next(struct lines *l, struct str *ret, bool *ret_end, struct errinfo *e)
{
	errno = 0;
	ssize_t n = getline(&l->line, &l->room, l->stream);
	*ret_end = n < 0;
	if (n < 0)
		return feof(l->stream) ? OK : ERR_SYS(e, "read %s", l->name);
	if (n == 0 || l->line[n - 1] != '\n' || (size_t)n > l->limit)
		return ERR(e, CORRUPT, "%s: a line is too long, or cut short", l->name);
	*ret = str_make(l->line, (size_t)n - 1);
	return OK;
}
