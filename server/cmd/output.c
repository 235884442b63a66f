/* Replacing files in place of the old ones; the time that output states. */
#include "server/cmd/output.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/fs.h"

#define OUTPUT_MODE 0644
#define SOURCE_DATE_MAX 253402300799u    /* the last second of the year 9999 */

enum err output_replace(int dir, const char *name, mode_t mode, struct str data, struct errinfo *e)
{
	struct fs_tmp t;
	enum err err = fs_tmp_open(dir, &t, e);
	if (err)
		return err;
	if (fchmod(t.fd, mode) != 0)
		err = ERR_SYS(e, "chmod");
	if (!err)
		err = fs_write(t.fd, data, e);
	if (!err)
		err = fs_sync(t.fd, e);
	if (!err)
		err = fs_tmp_replace(&t, dir, name, e);
	fs_tmp_close(&t);
	return err ? err : fs_sync(dir, e);
}

/* A pipe, a device: they are not replaced. */
static enum err write_into(const char *path, struct str data, struct errinfo *e)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return ERR_SYS(e, "%s", path);
	enum err err = fs_write(fd, data, e);
	if (err)
		err_prefix(e, "%s", path);
	return err;
}

enum err output_write(const char *path, struct str data, struct errinfo *e)
{
	struct stat st;
	bool exists = stat(path, &st) == 0;
	if (exists && !S_ISREG(st.st_mode))
		return write_into(path, data, e);
	AUTO_FREE char *real = exists ? realpath(path, NULL) : NULL;
	const char *to = real ? real : path, *slash = strrchr(to, '/');
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FD int dir = -1;
	const char *parent = !slash ? "." : slash == to ? "/" : arena_dup(&a, str_make(to, (size_t)(slash - to)));
	if (exists && !real)
		return ERR_SYS(e, "%s", path);
	if (!parent)
		return ERR(e, NOMEM, "path");
	enum err err = fs_open_dir(AT_FDCWD, parent, &dir, e);
	if (!err)
		err = output_replace(dir, slash ? slash + 1 : to, exists ? st.st_mode & 07777 : OUTPUT_MODE, data, e);
	if (err)
		err_prefix(e, "%s", path);
	return err;
}

enum err source_date(int64_t *ret_seconds, struct errinfo *e)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;
	if (!text || !*text) {
		*ret_seconds = -1;
		return OK;
	}
	if (!str_to_u64(str_c(text), &seconds) || seconds > SOURCE_DATE_MAX)
		return ERR(e, CONFIG, "SOURCE_DATE_EPOCH: \"%s\" is not a number of seconds since 1970",
		           text);
	*ret_seconds = (int64_t)seconds;
	return OK;
}

enum err source_date_or_now(int64_t *ret_ns, struct errinfo *e)
{
	int64_t seconds;
	enum err err = source_date(&seconds, e);
	if (!err && __builtin_mul_overflow(seconds, NS_PER_SECOND, ret_ns))
		err = ERR(e, CONFIG, "SOURCE_DATE_EPOCH is too far in the future");
	if (!err && seconds < 0)
		*ret_ns = clock_wall();
	return err;
}
