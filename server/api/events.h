/* The log over the API: events, as they come if one waits for them.
 *
 *     GET /api/v1/events?since=N&repo=R&limit=L&wait=SECONDS
 *     {"events":[{"seq":7,"leaf":"…","event":{…}}, {"seq":8,"leaf":"…"}…],"next":8}
 *
 * "event" is canonical JSON, the bytes that are hashed. Of events in repositories that the caller may
 * not see there is the leaf's hash alone, so that everyone can verify the whole log. "next" is the
 * `since` for what follows; of long ones an answer may have fewer than ?limit. With
 * `Accept: text/event-stream` the same as server-sent events, as they happen. Such an answer ends after
 * EVENTS_WAIT_MAX_SECONDS, so that credentials are looked at again; browsers then ask for more by
 * themselves (Last-Event-ID).                                                                */
#pragma once

#include "server/route/app.h"

NODISCARD enum err events_get(struct call *c, struct response *s, struct errinfo *e);

/* Who waits sleeps without a thread: one thread wakes all of them, at once when nothing happened for
 * EVENTS_WAKE_MS (EVENTS_WAKE_FEW_MS while only few wait), else when that time is over, because a
 * thousand answers for each publish of a busy server would cost more than the publish.       */
struct watch;
NODISCARD enum err watch_start(struct watch **ret, struct errinfo *e);
void watch_committed(void *watch, uint64_t last);        /* ingest_options.committed */
/* Answers everyone, and from now on at once. Before http_drain. */
void watch_end(struct watch *w);
void watch_free(struct watch *w);                /* NULL is fine; after http_close */
