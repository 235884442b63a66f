/* Times of the day in which something may be done, in local time: "22:00-06:00". */
#pragma once

#include "indexer/base/err.h"
#include "indexer/base/str.h"

#define MIRROR_WINDOWS_MAX 16

/* Minutes of the day; to <= from: it ends on the next day ("00:00-00:00" is all of it). */
struct mirror_window { unsigned from, to; };
struct mirror_windows { struct mirror_window list[MIRROR_WINDOWS_MAX]; size_t count; };     /* none: always */

/* "22:00-06:00"; 24:00 is midnight. INVALID. */
NODISCARD enum err mirror_window_add(struct mirror_windows *w, struct str text, struct errinfo *e);
/* At that second of the day: 0 if it is open, else in how many seconds it opens. */
unsigned mirror_window_wait(const struct mirror_windows *w, unsigned second);
/* The second of the day by local time. */
unsigned mirror_window_now(void);
