/* Walking a chart's directory; see chart_dir.h. */
#include "server/cmd/chart_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "server/cmd/files.h"

struct walk {
	struct arena *a;
	const char *root;                /* without symbolic links; free() */
	struct helmignore *ignore;
	struct chart_dir *to;
	size_t capacity, entries, bytes;
	struct errinfo *e;
};

bool chart_dir_is(const char *path)
{
	AUTO_ARENA struct arena a = { 0 };
	struct stat st;
	const char *metadata = arena_printf(&a, "%s/Chart.yaml", path);
	return metadata && stat(path, &st) == 0 && S_ISDIR(st.st_mode) && stat(metadata, &st) == 0;
}

/* ---- one file ---- */

/* The path without symbolic links, which must still be the root or below it. */
static enum err resolve(const struct walk *w, const char *name, const char **ret)
{
	const char *path = arena_printf(w->a, "%s/%s", w->root, name);
	if (!path)
		return ERR(w->e, NOMEM, "path");
	AUTO_FREE char *real = realpath(path, NULL);
	if (!real && errno == ENOENT)
		return ERR(w->e, INVALID, "%s is a symbolic link to nothing", name);
	if (!real)
		return ERR_SYS(w->e, "%s", name);
	struct str below = str_c(real);
	char behind = str_starts(below, str_c(w->root)) ? real[strlen(w->root)] : '.';
	if (behind && behind != '/')
		return ERR(w->e, INVALID, "%s is a symbolic link that leads out of the chart's directory; "
		           "put a copy in its place", name);
	*ret = arena_dup(w->a, below);
	return *ret ? OK : ERR(w->e, NOMEM, "path");
}

static enum err read_file(struct walk *w, const char *name, struct package_file *ret)
{
	AUTO_FD int fd = -1;
	AUTO_FREE char *data = NULL;
	size_t bytes;
	struct stat st;
	const char *path;
	enum err err = resolve(w, name, &path);
	if (!err)
		err = fs_open_regular(AT_FDCWD, path, &fd, &st, w->e);
	if (err)
		return err;
	if (st.st_size > CHART_FILE_MAX_BYTES)
		return ERR(w->e, TOO_LARGE, "%s has %lld bytes, a file in a chart may have %u", name,
		           (long long)st.st_size, CHART_FILE_MAX_BYTES);
	err = fs_read_fd(fd, CHART_FILE_MAX_BYTES, &data, &bytes, w->e);
	if (err)
		return err;
	w->bytes += bytes;
	if (w->bytes > CHART_UNPACKED_MAX_BYTES)
		return ERR(w->e, TOO_LARGE, "all files together have more than %u bytes",
		           CHART_UNPACKED_MAX_BYTES);
	ret->name = str_c(name);
	ret->mtime_seconds = st.st_mtim.tv_sec;
	return arena_str(w->a, str_make(data, bytes), &ret->data) ? OK : ERR(w->e, NOMEM, "%s", name);
}

static enum err add_file(struct walk *w, const char *name)
{
	struct chart_dir *to = w->to;
	struct package_file *files = arena_room(w->a, to->files, to->count, &w->capacity,
	                                        sizeof *files);
	if (!files)
		return ERR(w->e, NOMEM, "list of files");
	to->files = files;
	struct package_file *file = &files[to->count];
	enum err err = read_file(w, name, file);
	if (err)
		return err;
	to->count++;
	if (file->mtime_seconds > to->newest_seconds)
		to->newest_seconds = file->mtime_seconds;
	return OK;
}

/* ---- the walk ---- */

/* A directory that the walk is in. */
struct level {
	const char *real;                /* without symbolic links */
	unsigned depth;
	const struct level *above;
};

static enum err add_below(struct walk *w, const char *name, const struct level *at);

static enum err add_directory(struct walk *w, const char *name, const struct level *above)
{
	struct level here = { .depth = above->depth + 1, .above = above };
	enum err err = resolve(w, name, &here.real);
	if (err)
		return err;
	for (; above; above = above->above)
		if (strcmp(above->real, here.real) == 0)
			return ERR(w->e, INVALID, "%s: a symbolic link loops: it leads to a directory that it is in; "
			           "remove it", name);
	return add_below(w, name, &here);
}

static enum err add_entry(struct walk *w, const char *name, const struct level *at)
{
	struct stat st;
	const char *path = arena_printf(w->a, "%s/%s", w->root, name);
	if (!path)
		return ERR(w->e, NOMEM, "path");
	if (++w->entries > CHART_MEMBERS_MAX)
		return ERR(w->e, TOO_LARGE, "more than %u files and directories", CHART_MEMBERS_MAX);
	bool is_directory = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	if (helmignore_matches(w->ignore, str_c(name), is_directory))
		return OK;
	return is_directory ? add_directory(w, name, at) : add_file(w, name);
}

static enum err add_below(struct walk *w, const char *name, const struct level *at)
{
	const char *path = arena_printf(w->a, "%s/%s", w->root, name);
	if (!path)
		return ERR(w->e, NOMEM, "path");
	if (at->depth > CHART_MEMBER_DEPTH_MAX)
		return ERR(w->e, INVALID, "%s: more than %u directories deep", name,
		           CHART_MEMBER_DEPTH_MAX);
	const char **entries = directory_names(w->a, path);
	if (!entries)
		return ERR_SYS(w->e, "%s", path);
	enum err err = OK;
	for (; !err && *entries; entries++) {
		const char *inner = arena_printf(w->a, "%s%s%s", name, *name ? "/" : "", *entries);
		err = inner ? add_entry(w, inner, at) : ERR(w->e, NOMEM, "path");
	}
	return err;
}

static enum err read_ignore(struct walk *w)
{
	struct package_file rules = { 0 };
	struct stat st;
	const char *path = arena_printf(w->a, "%s/.helmignore", w->root);
	if (!path)
		return ERR(w->e, NOMEM, "path");
	enum err err = lstat(path, &st) == 0 ? read_file(w, ".helmignore", &rules) : OK;
	w->bytes = 0;                    /* the walk comes by it again */
	return err ? err : helmignore_parse(w->a, rules.data, &w->ignore, w->e);
}

enum err chart_dir_read(struct arena *a, const char *path, struct chart_dir *ret, struct errinfo *e)
{
	AUTO_FREE char *root = realpath(path, NULL);
	struct chart_dir made = { 0 };
	struct walk w = { .a = a, .root = root, .to = &made, .e = e };
	if (!root && errno == ENOENT)
		return ERR(e, NOT_FOUND, "the directory does not exist");
	if (!root)
		return ERR_SYS(e, "directory");
	enum err err = read_ignore(&w);
	if (!err)
		err = add_below(&w, "", &(struct level){ .real = root });
	if (!err)
		*ret = made;
	return err;
}

/* ---- what it is read for ---- */

enum err chart_dir_load(struct arena *a, const char *path, struct chart *ret, struct errinfo *e)
{
	struct chart_dir dir;
	enum err err = chart_dir_read(a, path, &dir, e);
	return err ? err : package_load(a, dir.files, dir.count, ret, e);
}

enum err chart_dir_package(struct arena *a, const char *path, const struct package_options *o,
                           struct package *ret, struct errinfo *e)
{
	struct chart_dir dir;
	enum err err = chart_dir_read(a, path, &dir, e);
	return err ? err : package_build(a, dir.files, dir.count, o, ret, e);
}

static enum err load_archive(struct arena *a, struct chart_scratch *s, const char *path, size_t *ret_bytes,
                             struct chart *ret, struct errinfo *e)
{
	AUTO_FREE char *data = NULL;
	enum err err = fs_read_named(path, CHART_UNPACKED_MAX_BYTES, &data, ret_bytes, e);
	return err ? err : chart_read(a, s, str_make(data, *ret_bytes), ret, e);
}

enum err chart_path_load(struct arena *a, struct chart_scratch *s, const char *path, size_t *ret_bytes,
                         struct chart *ret, struct errinfo *e)
{
	struct stat st;
	bool directory = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	*ret_bytes = 0;
	enum err err = directory ? chart_dir_load(a, path, ret, e) : load_archive(a, s, path, ret_bytes, ret, e);
	if (err)
		err_prefix(e, "%s", path);
	return err;
}
