/* The route table. */
#pragma once

#include "server/route/route.h"

extern const struct route routes[];  /* ends with a row without a pattern */
extern const size_t route_count;     /* without that row */
