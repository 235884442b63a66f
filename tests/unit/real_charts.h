/* The real charts, and the indexes beside them: CHARTS= names the folder. */
#pragma once

#include <string.h>
#include <unistd.h>

#include "table.h"

#define REAL_PATH_BYTES 4096

/* Where what is not there skips the test, and fails it where CI=true. */
static inline void need_real(const char *below, char ret_path[REAL_PATH_BYTES])
{
	const char *charts = getenv("CHARTS"), *ci = getenv("CI");
	(void)snprintf(ret_path, REAL_PATH_BYTES, "%s/%s", charts ? charts : "../shared/charts", below);
	if (access(ret_path, R_OK) == 0)
		return;
	if (ci && strcmp(ci, "true") == 0)
		fail_msg("%s is not there", ret_path);
	print_message("# skipped: %s is not there\n", ret_path);
	skip();
}
