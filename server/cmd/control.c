/* Binding and connecting the control socket below a directory descriptor. */
#include "server/cmd/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "indexer/base/auto.h"

#define CONTROL_BACKLOG 64

static struct sockaddr_un address(int dir)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	(void)snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/" CONTROL_NAME, dir);
	return a;
}

void control_unlink(struct datadir *d)
{
	(void)unlinkat(datadir_fd(d), CONTROL_NAME, 0);
}

enum err control_listen(struct datadir *d, int *ret_fd, struct errinfo *e)
{
	struct sockaddr_un a = address(datadir_fd(d));
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_SYS(e, "socket");
	control_unlink(d);
	mode_t old = umask(0177);
	int rc = bind(fd, (struct sockaddr *)&a, sizeof a);
	(void)umask(old);
	if (rc != 0)
		return ERR_SYS(e, "bind " CONTROL_NAME);
	if (listen(fd, CONTROL_BACKLOG) != 0)
		return ERR_SYS(e, "listen on " CONTROL_NAME);
	*ret_fd = fd_take(&fd);
	return OK;
}

enum err control_connect(const char *data, int *ret_fd, struct errinfo *e)
{
	AUTO_FD int dir = -1;
	enum err err = fs_open_dir(AT_FDCWD, data, &dir, e);
	if (err)
		return err;
	struct sockaddr_un a = address(dir);
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_SYS(e, "socket");
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0) {
		*ret_fd = fd_take(&fd);
		return OK;
	}
	if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR)
		return ERR(e, NOT_FOUND, "no server runs on %s", data);
	return ERR_SYS(e, "connect " CONTROL_NAME);
}
