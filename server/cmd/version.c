/* chartlocker version */
#include <stdio.h>

#include "server/cmd/cmd.h"

int cmd_version(const struct command *self, int argc, char **argv)
{
	bool json = false;
	const struct cmd_option options[] = { { "json", 'j', CMD_FLAG, &json }, { 0 } };
	int status = cmd_options(self, argc, argv, options);
	if (status >= 0)
		return status;
	if (optind < argc)
		return cmd_misused(self, "there is nothing to say about \"%s\"", argv[optind]);
	puts(json ? "{\"name\":\"chartlocker\",\"version\":\"" CHARTLOCKER_VERSION "\"}"
	          : "chartlocker " CHARTLOCKER_VERSION);
	return EXIT_DONE;
}
