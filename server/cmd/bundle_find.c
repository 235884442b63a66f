/* Which files are bundles, or parts of one, and where they are. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/store/datadir.h"
#include "server/cmd/bundle.h"
#include "server/cmd/chart_dir.h"

#define PARTS_LIST ".parts"
#define FIRST_PART ".001"
#define PART_BYTES (sizeof FIRST_PART - 1)

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

static struct str bundle_of_file(const char *file)
{
	struct str name = str_c(file);
	size_t end = str_ends(name, STR(PARTS_LIST)) ? sizeof PARTS_LIST - 1
	           : ends_as_part(name) ? PART_BYTES : 0;
	struct str whole = str_first(name, name.n - end);
	return str_ends(whole, STR(".tar")) ? whole : name;
}

/* What a file begins with; 0 or less: it cannot be read. */
static ssize_t read_begin(int dir, const char *name, void *to, size_t bytes)
{
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? 0 : read(fd, to, bytes);
}

static bool is_compressed(int dir, const char *name)
{
	unsigned char begin[4];
	ssize_t n = read_begin(dir, name, begin, sizeof begin);
	return n == (ssize_t)sizeof begin &&
	       (memcmp(begin, "\x1f\x8b", 2) == 0 || memcmp(begin, "\x28\xb5\x2f\xfd", 4) == 0);
}

/* What cannot be read is one, so that it is told why. */
static bool begins_as_bundle(int dir, const char *name)
{
	char begin[sizeof BUNDLE_HEAD];
	ssize_t n = read_begin(dir, name, begin, sizeof begin);
	return n <= 0 || (n == (ssize_t)sizeof begin && memcmp(begin, BUNDLE_HEAD, sizeof begin) == 0);
}

/* Tars of others may lie beside bundles, of images for one. */
static bool is_bundle(int dir, const char *entry)
{
	struct str name = bundle_of_file(entry);
	if (entry[0] == '.' || !str_ends(name, STR(".tar")))
		return false;
	if (bundle_is_file_name(name) || str_ends(str_c(entry), STR(PARTS_LIST)))
		return true;
	bool begins = name.n == strlen(entry) || str_ends(str_c(entry), STR(FIRST_PART));
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

static bool is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool bundle_is_place(const char *path)
{
	return bundle_is_path(path) || (is_folder(path) && !chart_dir_is(path));
}

/* ---- finding ---- */

struct finding { struct arena *arena; int dir; const char **names; size_t count, room; };

static enum err add_name(struct finding *f, struct str name, struct errinfo *e)
{
	const char **list = arena_room(f->arena, f->names, f->count, &f->room, sizeof *list);
	const char *kept = arena_dup(f->arena, name);
	if (!list || !kept)
		return ERR(e, NOMEM, "bundles");
	f->names = list;
	list[f->count++] = kept;
	return OK;
}

static enum err add_entry(void *ctx, const char *entry, struct errinfo *e)
{
	struct finding *f = ctx;
	return is_bundle(f->dir, entry) ? add_name(f, bundle_of_file(entry), e) : OK;
}

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Of parts each leads to the same name. */
static void drop_doubles(struct finding *f)
{
	size_t count = 0;
	if (f->count)
		qsort(f->names, f->count, sizeof *f->names, by_name);
	for (size_t i = 0; i < f->count; i++)
		if (!count || strcmp(f->names[i], f->names[count - 1]) != 0)
			f->names[count++] = f->names[i];
	f->count = count;
}

static enum err find_all(struct finding *f, const char *path, struct errinfo *e)
{
	enum err err = fs_open_dir(AT_FDCWD, path, &f->dir, e);
	if (!err)
		err = datadir_each_file(f->dir, add_entry, f, e);
	drop_doubles(f);
	return err || f->count ? err : ERR(e, NOT_FOUND, "there is no bundle (.tar) in it");
}

static enum err find_one(struct finding *f, const char *path, struct errinfo *e)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *folder = slash ? arena_dup(f->arena, str_make(path, (size_t)(name - path))) : ".";
	enum err err = folder ? fs_open_dir(AT_FDCWD, folder, &f->dir, e) : ERR(e, NOMEM, "bundles");
	if (!err && is_compressed(f->dir, name))
		err = ERR(e, INVALID, "this is no bundle: it is compressed, and a bundle is brought as it was made, a plain tar");
	return err ? err : add_name(f, bundle_of_file(name), e);
}

enum err bundle_find(struct arena *a, const char *path, int *ret_dir, const char ***ret, size_t *ret_count,
                     struct errinfo *e)
{
	struct finding f = { .arena = a, .dir = -1 };
	enum err err = is_folder(path) ? find_all(&f, path, e) : find_one(&f, path, e);
	*ret_dir = f.dir;
	*ret = f.names;
	*ret_count = err ? 0 : f.count;
	return err;
}
