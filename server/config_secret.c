/* Secrets stand in files of their own. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/secret.h"
#include "server/config.h"

static enum err check_mode(int fd, const char *path, struct errinfo *e)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return ERR_SYS(e, "fstat");
	if (!S_ISREG(st.st_mode))
		return ERR(e, CONFIG, "%s is not a regular file", path);
	if (st.st_mode & S_IRWXO)
		return ERR(e, CONFIG, "%s holds a secret, and everybody on this machine may read it; say: "
		           "chmod o= %s", path, path);
	return OK;
}

/* Wiped where it is read to. */
enum err config_read_secret(struct arena *a, struct str path, struct str *ret, struct errinfo *e)
{
	char *text = NULL;
	size_t bytes = 0;
	const char *name = arena_dup(a, path);
	if (!name)
		return ERR(e, NOMEM, "settings");
	AUTO_FD int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return ERR(e, CONFIG, "%s %s", name, errno == ENOENT ? "does not exist" : "cannot be read");
	enum err err = check_mode(fd, name, e);
	if (!err)
		err = fs_read_fd(fd, CONFIG_VALUE_MAX_BYTES, &text, &bytes, e);
	if (err)
		return err;
	struct str secret = str_make(text, bytes);
	while (secret.n && (secret.p[secret.n - 1] == '\n' || secret.p[secret.n - 1] == '\r'))
		secret.n--;
	err = arena_str(a, secret, ret) ? OK : ERR(e, NOMEM, "settings");
	secret_wipe(text, bytes);
	free(text);
	return err;
}
