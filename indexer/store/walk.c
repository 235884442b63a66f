/* Walking through the data directory: which repositories and files are there, what a crash left.
 *
 * A folder of repos/ is a repository when it has a charts/ folder. Repositories have one or two
 * segments, and "charts" is not allowed as the second, so the two levels cannot be confused.  */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/store/datadir.h"

static void close_stream(DIR **stream)
{
	if (*stream)
		(void)closedir(*stream);
}

enum err datadir_each_file(int charts_fd, datadir_visit_file *each, void *ctx, struct errinfo *e)
{
	int fd = openat(charts_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__attribute__((cleanup(close_stream))) DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream) {
		enum err err = ERR_SYS(e, "open a directory");
		auto_close(&fd);
		return err;
	}
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (!entry && errno)
			return ERR_SYS(e, "read a directory");
		if (!entry)
			return OK;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		enum err err = each(ctx, entry->d_name, e);
		if (err)
			return err;
	}
}

struct walk {
	struct datadir *d;
	datadir_visit_repo *each;
	void *ctx;
	const char *parent;              /* first segment while its folder is read, else NULL */
};

static bool is_folder(int dir, const char *name)
{
	struct stat st;
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static enum err visit_folder(void *ctx, const char *name, struct errinfo *e)
{
	const struct walk *w = ctx;
	char repo[REPO_NAME_MAX_BYTES + 1], charts[REPO_NAME_MAX_BYTES + sizeof "/charts"];
	int n = snprintf(repo, sizeof repo, "%s%s%s", w->parent ? w->parent : "",
	                 w->parent ? "/" : "", name);
	bool is_charts = w->parent && strcmp(name, "charts") == 0;
	if (name[0] == '.' || is_charts || strlen(name) > REPO_SEGMENT_MAX_BYTES)
		return OK;
	if (n >= (int)sizeof repo || !is_folder(datadir_repos_fd(w->d), repo))
		return OK;
	(void)snprintf(charts, sizeof charts, "%s/charts", repo);
	enum err err = OK;
	if (is_folder(datadir_repos_fd(w->d), charts))
		err = w->each(w->ctx, str_c(repo), e);
	if (err || w->parent)
		return err;
	AUTO_FD int folder = -1;
	struct walk below = { w->d, w->each, w->ctx, name };
	err = datadir_open_repo(w->d, str_c(name), &folder, e);
	if (err == ERR_NOT_FOUND)            /* it was the callback that removed it */
		return OK;
	return err ? err : datadir_each_file(folder, visit_folder, &below, e);
}

enum err datadir_each_repo(struct datadir *d, datadir_visit_repo *each, void *ctx,
                           struct errinfo *e)
{
	struct walk w = { d, each, ctx, NULL };
	return datadir_each_file(datadir_repos_fd(d), visit_folder, &w, e);
}

static enum err remove_replacement(void *ctx, const char *name, struct errinfo *e)
{
	int dir = *(int *)ctx;
	if (!str_starts(str_c(name), STR(FS_REPLACEMENT_PREFIX)))
		return OK;
	return unlinkat(dir, name, 0) == 0 ? OK : ERR_SYS(e, "remove %s", name);
}

static enum err sweep_repo(void *ctx, struct str repo, struct errinfo *e)
{
	struct datadir *d = ctx;
	AUTO_FD int folder = -1;
	AUTO_FD int charts = -1;
	enum err err = datadir_open_repo(d, repo, &folder, e);
	if (!err)
		err = datadir_each_file(folder, remove_replacement, &folder, e);
	if (!err)
		err = datadir_open_charts(d, repo, false, &charts, e);
	return err ? err : datadir_each_file(charts, remove_replacement, &charts, e);
}

enum err datadir_sweep(struct datadir *d, struct errinfo *e)
{
	return datadir_each_repo(d, sweep_repo, d, e);
}
