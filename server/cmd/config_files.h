/* The files that settings name and `serve` opens at start, but for those that are read with the settings. */
#pragma once

#include "indexer/base/sbuf.h"
#include "server/config.h"

/* They are opened and read as `serve` does it, by whoever runs this. `data`: the data directory, for what is made in
 * it; NULL: none. CONFIG: one would keep it from starting; *problems gets a line "PLACE: SETTING: …" for it. */
NODISCARD enum err config_files_check(const struct config *c, const char *data, struct sbuf *problems,
                                      struct errinfo *e);
