/* Jobs of a pool under keys: of one key no more than so many at a time, so that who is slow holds a few
 * threads and not all. What comes above that waits without a thread, first come, first served.
 *
 * So that many who are slow do not hold all of them either, a key has one place, and no more, while
 * `plenty` places or more are held in all.
 *
 *     lane_enter(l, key, &job, e)         … the pool runs it when there is a place, which it has then
 *     lane_leave(l, key)                  … until it gives that back
 *
 * A job is owned by the caller and linked in while it waits. Any thread may call.              */
#pragma once

#include <limits.h>

#include "indexer/base/pool.h"
#include "indexer/base/str.h"

struct lanes;

/* `most` of one key. UINT_MAX: there is always plenty. */
NODISCARD enum err lanes_new(struct pool *p, unsigned most, unsigned plenty, struct lanes **ret,
                             struct errinfo *e);
/* When nobody is in one; NULL is fine. */
void lanes_free(struct lanes *l);
NODISCARD enum err lane_enter(struct lanes *l, struct str key, struct pool_job *job,
                              struct errinfo *e);
/* A place for the calling thread, if there is one now. */
bool lane_try(struct lanes *l, struct str key);
void lane_leave(struct lanes *l, struct str key);
