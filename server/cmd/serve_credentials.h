/* The credentials of upstreams while a server runs: what SIGHUP exchanges and threads of upstreams ask
 * for (upstreams_options.credentials).                                                         */
#pragma once

#include <pthread.h>

#include "server/config_credentials.h"

struct serve_credentials {           /* zeroes are none */
	pthread_mutex_t lock;
	struct arena arena;
	struct declared_credentials declared;
};

/* Copies; what was there goes. On failure it stays. */
NODISCARD enum err serve_credentials_set(struct serve_credentials *x,
                                         const struct declared_credentials *fresh,
                                         struct errinfo *e);
/* `serve_credentials` is a struct of that name; any thread. As config_credential_access. */
NODISCARD enum err serve_credentials_get(void *serve_credentials, struct arena *a, struct str name,
                                         struct outgoing_access *ret, struct errinfo *e);
void serve_credentials_done(struct serve_credentials *x);
