/* chartlocker bundle: finds the verb, which is a command with a help of its own. */
#include <stdio.h>
#include <string.h>

#include "server/cmd/bundle.h"
#include "server/cmd/bundle_help.h"

static const struct command verbs[] = {
{ "bundle create", cmd_bundle_create, "--repo R -o DIR/|- [--select 'NAME RANGE']… [--inventory FILE|--parent N]",
  NULL,
  "Makes a signed tar of R, DIR/R-0-TRIP.tar; with --inventory or --parent of what is new alone. Nothing\n"
  "is changed here, and equal selections of one state give equal bytes. Its trip is the number of the\n"
  "last event that it knows.\n\n"
  BUNDLE_REPO BUNDLE_OUTPUT BUNDLE_CHOICE BUNDLE_DATA BUNDLE_DRY_RUN BUNDLE_JSON "\n" BUNDLE_CREATED
  "\nExamples:\n" BUNDLE_CREATE_EXAMPLES },
{ "bundle import", cmd_bundle_import, "DIR|FILE|- [--dry-run] [--force-older] [--data DIR] [--json]",
  NULL,
  BUNDLE_IMPORTED "\n" BUNDLE_OLDER BUNDLE_DATA BUNDLE_DRY_RUN BUNDLE_JSON
  "\nExample:\n" BUNDLE_IMPORT_EXAMPLE },
{ "bundle inventory", cmd_bundle_inventory, "--repo R -o FILE|- [--data DIR] [--json]",
  NULL,
  "Writes which files a repository has, signed where there is a key, for bundle create --inventory.\n\n"
  BUNDLE_REPO BUNDLE_OUTPUT BUNDLE_DATA BUNDLE_JSON "\nExample:\n" BUNDLE_INVENTORY_EXAMPLE },
{ "bundle list", cmd_bundle_list, "[--repo R] [--data DIR] [--json]",
  NULL,
  "Lists the trips that were brought in, and what waits to be brought again.\n\n"
  BUNDLE_REPO BUNDLE_DATA BUNDLE_JSON },
};

int cmd_bundle(const struct command *self, int argc, char **argv)
{
	const struct cmd_option none[] = { { 0 } };
	char name[64];                   /* that getopt's complaints begin with */
	for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(argv[1], verbs[i].name + sizeof "bundle") == 0) {
			(void)snprintf(name, sizeof name, "chartlocker %s", verbs[i].name);
			argv[1] = name;
			return verbs[i].run(&verbs[i], argc - 1, argv + 1);
		}
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return cmd_options(self, 2, (char *[]){ argv[0], argv[i], NULL }, none);
	return cmd_misused(self, "one of these is expected first: create, import, inventory, list");
}
