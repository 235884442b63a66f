/* Which files are bundles, or parts of one, and where they are. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "server/cmd/bundle.h"

struct str bundle_of_file(const char *file)
{
	static const struct str ends[] = { { BUNDLE_PARTS_LIST, sizeof BUNDLE_PARTS_LIST - 1 },
	                                   { BUNDLE_FIRST_PART, sizeof BUNDLE_FIRST_PART - 1 } };
	struct str name = str_c(file);
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
bool bundle_is_entry(int dir, const char *entry)
{
	struct str name = bundle_of_file(entry);
	if (entry[0] == '.' || !str_ends(name, STR(".tar")))
		return false;
	if (name.n < strlen(entry) || bundle_is_file_name(name) || begins_as_bundle(dir, entry))
		return true;
	fprintf(stderr, "%s: is no bundle\n", entry);
	return false;
}

bool bundle_is_path(const char *path) { return str_ends(bundle_of_file(path), STR(".tar")); }

enum err bundle_find(struct arena *a, const char *path, int *ret_dir, const char **ret_name, struct errinfo *e)
{
	const char *slash = strrchr(path, '/');
	const char *folder = slash ? arena_dup(a, str_make(path, (size_t)(slash - path) + 1)) : ".";
	*ret_name = arena_dup(a, bundle_of_file(slash ? slash + 1 : path));
	return folder && *ret_name ? fs_open_dir(AT_FDCWD, folder, ret_dir, e) : ERR(e, NOMEM, "bundles");
}
