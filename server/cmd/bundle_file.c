/* Which files are bundles, or parts of one, and where they are. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "server/cmd/bundle.h"

#define PART_BYTES (sizeof BUNDLE_FIRST_PART - 1)

/* ".002": where a part is, the list should be. */
static bool ends_as_part(struct str name)
{
	struct str end = name.n > PART_BYTES ? str_from(name, name.n - PART_BYTES) : STR("");
	if (!end.n || end.p[0] != '.')
		return false;
	for (size_t i = 1; i < end.n; i++)
		if (end.p[i] < '0' || end.p[i] > '9')
			return false;
	return true;
}

struct str bundle_of_file(const char *file)
{
	struct str name = str_c(file);
	size_t end = str_ends(name, STR(BUNDLE_PARTS_LIST)) ? sizeof BUNDLE_PARTS_LIST - 1
	           : ends_as_part(name) ? PART_BYTES : 0;
	struct str whole = str_first(name, name.n - end);
	return str_ends(whole, STR(".tar")) ? whole : name;
}

bool bundle_is_compressed(int dir, const char *name)
{
	unsigned char begin[4];
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, begin, sizeof begin);
	return n == (ssize_t)sizeof begin &&
	       (memcmp(begin, "\x1f\x8b", 2) == 0 || memcmp(begin, "\x28\xb5\x2f\xfd", 4) == 0);
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
	if (bundle_is_file_name(name) || str_ends(str_c(entry), STR(BUNDLE_PARTS_LIST)))
		return true;
	bool begins = name.n == strlen(entry) || str_ends(str_c(entry), STR(BUNDLE_FIRST_PART));
	if (begins && begins_as_bundle(dir, entry))
		return true;
	if (begins) {
		struct errinfo why = { 0 };
		(void)ERR(&why, INVALID, "%s: is no bundle", entry);         /* without control characters */
		fprintf(stderr, "%s\n", why.detail);
	}
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
