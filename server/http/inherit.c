/* Sockets that a service manager opened before it started us (sd_listen_fds(3)): LISTEN_PID is this
 * process, LISTEN_FDS counts them from descriptor 3 on, LISTEN_FDNAMES names them. They go on
 * listening when this process ends, so that no client notices a restart.                     */
#include "server/http/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_INHERITED 3
#define SYSTEMD STR("systemd")

static uint64_t number_from(const char *variable)
{
	uint64_t n;
	return str_to_u64(str_c(getenv(variable)), &n) ? n : 0;
}

static size_t inherited(void)
{
	uint64_t n = number_from("LISTEN_FDS");
	if (number_from("LISTEN_PID") != (uint64_t)getpid())
		return 0;
	return n < HTTP_LISTENERS_MAX ? (size_t)n : HTTP_LISTENERS_MAX;
}

/* "systemd" wants all of them, "systemd:NAME" those of that name. */
static bool is_wanted(struct str entry, size_t i)
{
	struct str names = str_c(getenv("LISTEN_FDNAMES")), name = { 0 };
	if (str_eq(entry, SYSTEMD))
		return true;
	for (size_t k = 0; k <= i; k++)
		name = str_cut(&names, ':', NULL);
	return str_eq(name, str_from(entry, SYSTEMD.n + 1));
}

bool http_is_inherited(struct str entry)
{
	return str_eq(entry, SYSTEMD) || (str_starts(entry, STR("systemd:")) && entry.n > SYSTEMD.n + 1);
}

size_t http_count_inherited(struct str entry)
{
	size_t n = 0;
	for (size_t i = 0; i < inherited(); i++)
		n += is_wanted(entry, i);
	return n;
}

static enum err take_over(struct http_listener *l, int fd, struct errinfo *e)
{
	int listening = 0;
	socklen_t n = sizeof listening;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) != 0 || !listening)
		return ERR(e, CONFIG, "descriptor %d that was handed over does not listen", fd);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return ERR_SYS(e, "descriptor %d", fd);
	l->fd = fd;
	return http_describe(l, e);
}

enum err http_listen_inherited(struct http_listener *l, struct str entry, struct errinfo *e)
{
	size_t count = inherited(), used = 0;
	enum err err = OK;
	for (size_t i = 0; i < count && !err; i++)
		if (is_wanted(entry, i))
			err = take_over(&l[used++], FIRST_INHERITED + (int)i, e);
	if (!err && !used)
		return ERR(e, CONFIG, "listen: %.*s: no such socket was handed over (LISTEN_FDS, LISTEN_PID, "
		           "LISTEN_FDNAMES)", STR_ARG(entry));
	return err;
}
