/* Cache-Control of every answer: what `.cache` of a row in routes.c becomes. */
#pragma once

#include "server/route/route.h"

/* Static. `status` below 400: an error is never kept. */
const char *cache_control(const struct call *c, int status);
