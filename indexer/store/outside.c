/* Whether a place is within a data directory. By real paths, which tell the same of links to it. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/store/datadir.h"

/* Of a path that is not there yet the part that is. NULL: there is none that can be looked at. */
static char *real_part(struct arena *a, const char *path)
{
	char *part = arena_dup(a, str_c(path)), *real = part ? realpath(part, NULL) : NULL;
	while (part && !real) {
		char *slash = strrchr(part, '/');
		if (!slash)
			return realpath(".", NULL);
		slash[slash == part] = '\0';
		real = realpath(part, NULL);
		if (slash == part)
			break;
	}
	return real;
}

static bool has(struct arena *a, const char *directory, const char *name)
{
	const char *path = arena_printf(a, "%s/%s", directory, name);
	return path && faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

enum err datadir_outside(const char *path, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *real = real_part(&a, path);
	while (real && real[0]) {
		if (has(&a, real, "catalog.db") && has(&a, real, "repos"))
			return ERR(e, INVALID, "name a place outside of %s, which is a data directory or a backup: what "
			           "stands there is its own", real);
		*strrchr(real, '/') = '\0';
	}
	return OK;
}
