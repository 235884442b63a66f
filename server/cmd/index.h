/* The index of a directory, for another command than chartlocker index. */
#pragma once

#include "server/cmd/cmd.h"

/* Prints the index of the packaged charts in a directory as ChartMuseum's --gen-index does: a chart
 * is as old as its file, and one that is none is told and left out; `server_info` is a JSON object.
 * Returns the exit status.                                                                   */
int index_print(const struct command *self, const char *directory, const char *server_info,
                bool json);
