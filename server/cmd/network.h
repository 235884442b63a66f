/* The settings of the network, as http_open wants them. */
#pragma once

#include "server/config.h"
#include "server/http/http.h"

/* Borrows what *c has; sets nothing else of *o. */
void network_options(const struct config *c, struct http_options *o);
