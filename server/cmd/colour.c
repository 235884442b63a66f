/* The eight colours that every terminal has, as its user chose them. */
#include "server/cmd/colour.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_wanted(void)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
	return !(no && *no) && !(terminal && !strcmp(terminal, "dumb")) && isatty(STDOUT_FILENO) == 1;
}

const char *colour(enum colour c)
{
	static const char *const sequences[] = {
		[COLOUR_NONE] = "\033[0m", [COLOUR_FAINT] = "\033[2m", [COLOUR_GOOD] = "\033[32m",
		[COLOUR_WARN] = "\033[33m", [COLOUR_BAD] = "\033[31m", [COLOUR_BOLD] = "\033[1m",
	};
	return is_wanted() ? sequences[c] : "";
}
