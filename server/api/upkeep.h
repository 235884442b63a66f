/* What keeps the data whole while the server runs: scrubbing in the background, and what commands
 * that work beside the server tell it through the control socket, so that /metrics knows.    */
#pragma once

#include "server/route/app.h"

struct upkeep {                      /* app.upkeep; 0: not since start */
	atomic_uint_fast64_t backup_ns, backup_events;           /* when the last one ended; wall clock */
	atomic_uint_fast64_t scrub_ns, scrub_problems;           /* of the last whole one */
	atomic_uint_fast64_t scrub_files, scrub_bytes;           /* in all */
};

/* Scrubs every `interval_seconds`, at `rate` bytes a second. The first time a moment after start,
 * so that a server that is restarted every day does so too.                                  */
struct scrubber;
NODISCARD enum err scrubber_start(const struct app *app, uint64_t interval_seconds, uint64_t rate,
                                  struct scrubber **ret, struct errinfo *e);
void scrubber_stop(struct scrubber *s);          /* NULL is fine; before ingest is closed */

/* ?repo=&file=: looked at again, and out of the index if it is damaged. */
NODISCARD enum err control_damage(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err control_scrubbed(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err control_backed_up(struct call *c, struct response *s, struct errinfo *e);
