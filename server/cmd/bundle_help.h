/* The help of bundle and of its verbs, of the same lines: commands.def has all of them together, of which
 * completions and manual pages are made, and each verb those of its own.                      */
#pragma once

#define BUNDLE_DATA "  -d, --data DIR          the data directory (default: CHARTLOCKER_DATA or data)\n"
#define BUNDLE_REPO "  -r, --repo R            which repository\n"
#define BUNDLE_OUTPUT "  -o, --output DIR        where to; - is standard output. Of an inventory: a file\n"
#define BUNDLE_CHOICE \
	"      --select 'NAME RANGE'   versions of charts whose names match the pattern; may be repeated;\n" \
	"                          !NAME leaves out, and the last one that speaks of a version decides\n" \
	"      --set KEY=VALUE     take_last=5, take_since=2026-01-01, … as an upstream has them\n" \
	"  -f, --from FILE         what an umbrella (.tgz or directory), a Chart.lock, a directory of\n" \
	"                          HelmReleases or Applications uses; -: lines NAME [RANGE]\n" \
	"      --closure           also what dependencies need, from any repository here\n" \
	"      --inventory FILE    only what that side has not\n" \
	"      --parent N          only what came after trip N\n" \
	"      --split SIZE        in parts of SIZE bytes (4G: 4,000,000,000)\n" \
	"      --no-images         without the list of container images\n"
#define BUNDLE_OLDER \
	"      --force-older       import a trip again, or one that is older than what is here\n"
#define BUNDLE_DRY_RUN "  -n, --dry-run           change nothing; say what would be brought\n"
#define BUNDLE_JSON "  -j, --json              print the report as JSON\n"

#define BUNDLE_CREATED \
	"What is wanted and cannot be had is told and left out. Of --inventory and --parent no bundle is made\n" \
	"where nothing is new. Whether charts of a bundle work without a network: chartlocker ready usb/\n"
#define BUNDLE_IMPORTED \
	"An import compares signature, manifest and every file before anything is visible, and is then\n" \
	"visible at once. After an interruption the same command reads the rest. Of a directory it takes the\n" \
	"bundles in their order, whatever else lies there. Exit status 1: refused, and why; 3: versions are\n" \
	"here with other bytes, and nothing was taken, unless the repository here has overwrite=true: then\n" \
	"they are replaced, and told. What was deleted or yanked here, and not by a trip, stays so (left\n" \
	"deleted); of what was gone before it ever came the name alone is taken (reserved).\n"

#define BUNDLE_CREATE_EXAMPLES \
	"  chartlocker bundle create --repo stable --select 'ingress-* >=4' --closure -o usb/\n" \
	"  chartlocker bundle create --repo stable --inventory usb/stable.inventory --split 4G -o usb/\n"
#define BUNDLE_IMPORT_EXAMPLE "  chartlocker bundle import usb/\n"
#define BUNDLE_INVENTORY_EXAMPLE "  chartlocker bundle inventory --repo stable -o usb/stable.inventory\n"
