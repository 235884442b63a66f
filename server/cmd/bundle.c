/* chartlocker bundle: finds the verb. */
#include <string.h>

#include "server/cmd/bundle.h"

static const struct { const char *name; int (*run)(const struct command *, int, char **); } verbs[] = {
	{ "create", cmd_bundle_create },
	{ "import", cmd_bundle_import },
	{ "inventory", cmd_bundle_inventory },
	{ "list", cmd_bundle_list },
};

int cmd_bundle(const struct command *self, int argc, char **argv)
{
	const struct cmd_option none[] = { { 0 } };
	for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(argv[1], verbs[i].name) == 0) {
			argv[1] = argv[0];       /* the name that getopt's complaints begin with */
			return verbs[i].run(self, argc - 1, argv + 1);
		}
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return cmd_options(self, 2, (char *[]){ argv[0], argv[i], NULL }, none);
	return cmd_misused(self, "say create, import, inventory or list first");
}
