/* The access log: one line for each request that was answered, while the setting log.access is on. What a
 * line may be made of is in http.h (struct request) and route.h (struct call).                */
#pragma once

#include "indexer/base/log.h"
#include "server/http/http.h"

/* `bytes` of the answer's body that were sent, after `ns` nanoseconds. */
void access_log(struct request *r, enum log_level level, int status, uint64_t bytes, int64_t ns);
