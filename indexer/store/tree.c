/* Removing a folder with all that is in it; symbolic links go, what they lead to stays. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/store/datadir.h"

static enum err remove_entry(void *ctx, const char *name, struct errinfo *e)
{
	int dir = *(int *)ctx;
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return OK;
	return errno == EISDIR ? tree_remove(dir, name, e) : ERR_SYS(e, "remove %s", name);
}

enum err tree_remove(int dir, const char *path, struct errinfo *e)
{
	AUTO_FD int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return ERR_SYS(e, "open %s", path);
	enum err err = datadir_each_file(fd, remove_entry, &fd, e);
	if (err)
		return err;
	return unlinkat(dir, path, AT_REMOVEDIR) == 0 ? OK : ERR_SYS(e, "remove %s", path);
}
