/* Unix sockets to listen on. One that a crash left is replaced; one that somebody listens on, or a
 * file that is no socket, is an error.                                                       */
#include "server/http/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "indexer/base/auto.h"

bool http_unix_path_is_valid(struct str path)
{
	return path.n > 1 && path.p[0] == '/' && path.n < sizeof ((struct sockaddr_un *)0)->sun_path;
}

static bool somebody_listens(const struct sockaddr_un *a)
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fd < 0 || connect(fd, (const struct sockaddr *)a, sizeof *a) == 0 ||
	       errno != ECONNREFUSED;
}

static enum err remove_dead(const struct sockaddr_un *a, struct errinfo *e)
{
	struct stat st;
	if (lstat(a->sun_path, &st) != 0)
		return errno == ENOENT ? OK : ERR_SYS(e, "%s", a->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return ERR(e, CONFIG, "%s exists and is not a socket", a->sun_path);
	if (somebody_listens(a))
		return ERR(e, IO, "listen on unix:%s: another process listens there", a->sun_path);
	return unlink(a->sun_path) == 0 || errno == ENOENT ? OK : ERR_SYS(e, "remove %s", a->sun_path);
}

/* The mode comes from the mask, so that nobody can connect before it is set. */
static enum err bind_with_mode(int fd, const struct sockaddr_un *a, mode_t mode, struct errinfo *e)
{
	mode_t before = umask(~mode & 0777);
	int rc = bind(fd, (const struct sockaddr *)a, sizeof *a);
	(void)umask(before);
	if (rc != 0 || listen(fd, HTTP_BACKLOG) != 0)
		return ERR_SYS(e, "listen on unix:%s", a->sun_path);
	return OK;
}

enum err http_listen_unix(struct http_listener *l, const char *path, mode_t mode,
                          struct errinfo *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return ERR_SYS(e, "socket for unix:%s", path);
	(void)snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	enum err err = remove_dead(&a, e);
	if (!err)
		err = bind_with_mode(fd, &a, mode, e);
	if (err)
		return err;
	if (lstat(path, &st) == 0)
		l->inode = st.st_ino;
	(void)snprintf(l->address, sizeof l->address, "unix:%s", path);
	l->fd = fd_take(&fd);
	return OK;
}

void http_unlisten_unix(const struct http_listener *l)
{
	struct stat st;
	const char *path = l->address + sizeof "unix:" - 1;
	if (l->inode && lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_ino == l->inode)
		(void)unlink(path);
}
