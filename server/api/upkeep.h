/* What keeps the data whole while the server runs: scrubbing in the background, and what commands
 * that work beside the server tell it through the control socket, so that /metrics knows.    */
#pragma once

#include "server/manage/figures.h"

/* Scrubs every `interval_seconds`, at `rate` bytes a second. The first time a moment after start,
 * so that a server that is restarted every day does so too.                                  */
struct scrubber;
NODISCARD enum err scrubber_start(const struct app *app, uint64_t interval_seconds, uint64_t rate,
                                  struct scrubber **ret, struct errinfo *e);
void scrubber_stop(struct scrubber *s);          /* NULL is fine; before ingest is closed */

/* What the data directory, open as `data`, says of the last backup. */
void upkeep_begin(struct upkeep *u, int data);

/* ?repo=&file=: looked at again, and out of the index if it is damaged. */
NODISCARD enum err control_damage(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err control_scrubbed(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err control_backed_up(struct call *c, struct response *s, struct errinfo *e);
