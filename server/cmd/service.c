/* What systemd's libsystemd does, in the few lines that are needed of it. */
#include "server/cmd/service.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/str.h"

void service_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = path ? strlen(path) : 0;
	if (n < 2 || n >= sizeof a.sun_path || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(a.sun_path, path, n);
	if (path[0] == '@')
		a.sun_path[0] = '\0';        /* the abstract namespace */
	AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&a,
		             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
}

void service_reloading(void)
{
	char state[64];
	(void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld",
	               (long long)(clock_monotonic() / 1000));
	service_notify(state);
}

int64_t service_watchdog_ns(void)
{
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t usec, wanted;
	if (pid && (!str_to_u64(str_c(pid), &wanted) || wanted != (uint64_t)getpid()))
		return 0;
	if (!str_to_u64(str_c(getenv("WATCHDOG_USEC")), &usec) || usec > INT64_MAX / 1000)
		return 0;
	return (int64_t)usec * 1000;
}

void service_alive(void)
{
	if (service_watchdog_ns())
		service_notify("WATCHDOG=1");
}

/* The hard limit stays, so that it can be raised again. */
static void limit_core(bool allowed)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_CORE, &limit) != 0)
		return;
	limit.rlim_cur = allowed ? limit.rlim_max : 0;
	(void)setrlimit(RLIMIT_CORE, &limit);
}

void service_keep_memory_private(void)
{
	limit_core(false);
	(void)prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);    /* the limit does not count for a pipe in core_pattern */
}

void service_let_memory_be_seen(void)
{
	limit_core(true);
	(void)prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L);
}

void service_raise_files_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}
