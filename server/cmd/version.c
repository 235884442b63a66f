/* chartlocker version */
#include <stdio.h>

#include "server/cmd/cmd.h"

int cmd_version(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { 0 } };
	bool json = false;
	int option;
	while ((option = cmd_option(self, argc, argv, "", options)) != -1) {
		if (option == CMD_HELP)
			return EXIT_DONE;
		if (option == CMD_MISUSED)
			return EXIT_MISUSED;
		json = true;
	}
	if (optind < argc)
		return cmd_misused(self, "there is nothing to say about \"%s\"", argv[optind]);
	printf(json ? "{\"name\":\"chartlocker\",\"version\":\"%s\"}\n" : "chartlocker %s\n", CHARTLOCKER_VERSION);
	return EXIT_DONE;
}
