/* The service manager: what it is told, and what it lets us have (sd_notify(3)). Without
 * NOTIFY_SOCKET nothing is told.                                                             */
#pragma once

#include <stdint.h>

/* "READY=1", "STOPPING=1", …: lines of NAME=VALUE. */
void service_notify(const char *state);

/* SIGHUP is being handled; READY=1 follows. */
void service_reloading(void);

/* Within how many nanoseconds a sign of life is wanted (WATCHDOG_USEC); 0: none is. */
int64_t service_watchdog_ns(void);

/* A sign of life, where one is wanted. */
void service_alive(void);

/* The memory of this process, where passwords and keys are, stays here: no core file, no debugger and no
 * /proc/PID of another process of this user sees it; and back again.                          */
void service_keep_memory_private(void);
void service_let_memory_be_seen(void);

/* As many open files as we may have: the soft limit is for programs that use select(). */
void service_raise_files_limit(void);
