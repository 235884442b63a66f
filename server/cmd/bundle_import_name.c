/* Which entries of a directory are bundles, or parts of one. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "server/cmd/bundle_import.h"

#define PARTS_LIST ".parts"
#define FIRST_PART ".001"                /* where it is, the list should be */

struct str import_name(const char *entry)
{
	static const struct str ends[] = { { PARTS_LIST, sizeof PARTS_LIST - 1 }, { FIRST_PART, sizeof FIRST_PART - 1 } };
	struct str name = str_c(entry);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (str_ends(name, ends[i]))
			return str_first(name, name.n - ends[i].n);
	return name;
}

/* What cannot be read is one, so that it is told why. */
static bool begins_as_bundle(int dir, const char *name)
{
	char begin[sizeof BUNDLE_HEAD];
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, begin, sizeof begin);
	return n <= 0 || (n == (ssize_t)sizeof begin && memcmp(begin, BUNDLE_HEAD, sizeof begin) == 0);
}

/* Tars of others may lie beside bundles, of images for one. */
bool import_is_bundle(int dir, const char *entry)
{
	struct str name = import_name(entry);
	if (entry[0] == '.' || !str_ends(name, STR(".tar")))
		return false;
	if (name.n < strlen(entry) || bundle_is_file_name(name) || begins_as_bundle(dir, entry))
		return true;
	fprintf(stderr, "%s: is no bundle\n", entry);
	return false;
}
