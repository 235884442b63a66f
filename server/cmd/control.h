/* DATA/control.sock: how a command finds the server that runs on a data directory.
 *
 * The socket is bound and connected through /proc/self/fd/N/control.sock, so the path of the data
 * directory may be longer than a socket address can hold. Mode 0600: whoever can open it is the
 * owner, and the server treats its caller as the administrator.                              */
#pragma once

#include "indexer/store/datadir.h"

#define CONTROL_NAME "control.sock"

/* Replaces a socket that a crash left; only the process that holds the lock calls this. */
NODISCARD enum err control_listen(struct datadir *d, int *ret_fd, struct errinfo *e);
void control_unlink(struct datadir *d);
/* NOT_FOUND when nobody listens. */
NODISCARD enum err control_connect(const char *data, int *ret_fd, struct errinfo *e);
