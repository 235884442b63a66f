/* A repository's folder under another name, or out of the way. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/store/datadir.h"

#define CHARTS "charts"

/* What is left of the folder when its charts are gone; names below it may be other repositories'. */
static void tidy(struct datadir *d, struct str repo, int folder)
{
	bool two;
	char first[NAME_MAX + 1];
	struct str rest = repo;
	struct str head = str_cut(&rest, '/', &two);
	(void)unlinkat(folder, "index.yaml", 0);
	(void)snprintf(first, sizeof first, "%.*s", STR_ARG(head));
	if (two) {
		char path[NAME_MAX + 1];
		(void)snprintf(path, sizeof path, "%.*s", STR_ARG(repo));
		(void)unlinkat(datadir_repos_fd(d), path, AT_REMOVEDIR);
	}
	(void)unlinkat(datadir_repos_fd(d), first, AT_REMOVEDIR);
}

/* NOT_FOUND: there is no folder of that name with charts. */
static enum err open_with_charts(struct datadir *d, struct str repo, int *ret, struct errinfo *e)
{
	struct stat st;
	enum err err = datadir_open_repo(d, repo, ret, e);
	if (err)
		return err;
	if (fstatat(*ret, CHARTS, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_SYS(e, "repos/%.*s/charts", STR_ARG(repo));
	return S_ISDIR(st.st_mode) ? OK : ERR_NOT_FOUND;
}

/* A folder that moves has another parent then, so it is written to itself. */
enum err datadir_may_move_repo(struct datadir *d, struct str repo, struct errinfo *e)
{
	AUTO_FD int folder = -1;
	enum err err = open_with_charts(d, repo, &folder, e);
	bool may = !err && faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) == 0 &&
	           faccessat(folder, CHARTS, W_OK, AT_EACCESS) == 0;
	if (may || err == ERR_NOT_FOUND)
		return OK;
	if (!err)
		err = ERR_SYS(e, "repos/%.*s", STR_ARG(repo));
	return err != ERR_READ_ONLY ? err : ERR(e, FORBIDDEN, "repos/%.*s and its charts may not be moved by the user of "
	                                        "this program; give them to it first", STR_ARG(repo));
}

/* An empty folder that stands there is replaced by the kernel, another one is not. */
enum err datadir_move_repo(struct datadir *d, struct str from, struct str to, struct errinfo *e)
{
	AUTO_FD int old = -1, new = -1, charts = -1;
	enum err err = open_with_charts(d, from, &old, e);
	if (err == ERR_NOT_FOUND)
		return OK;
	if (!err)
		err = datadir_open_charts(d, to, true, &charts, e);
	if (!err)
		err = datadir_open_repo(d, to, &new, e);
	if (err)
		return err;
	if (renameat(old, CHARTS, new, CHARTS) != 0)
		return errno == ENOTEMPTY || errno == EEXIST ? OK : ERR_SYS(e, "rename repos/%.*s", STR_ARG(from));
	err = fs_sync(new, e);
	if (!err)
		err = fs_sync(old, e);
	tidy(d, from, old);
	return err;
}

enum err datadir_quarantine_repo(struct datadir *d, struct str repo, const char *why,
                                 struct errinfo *e)
{
	AUTO_FD int folder = -1;
	enum err err = open_with_charts(d, repo, &folder, e);
	if (err == ERR_NOT_FOUND)
		return OK;
	if (!err)
		err = datadir_put_away(d, folder, CHARTS, repo, why, e);
	if (!err)
		tidy(d, repo, folder);
	return err;
}

void datadir_drop_repo(struct datadir *d, struct str repo)
{
	AUTO_FD int folder = -1;
	if (!open_with_charts(d, repo, &folder, NULL) && unlinkat(folder, CHARTS, AT_REMOVEDIR) == 0)
		tidy(d, repo, folder);
}

enum err datadir_clear_repo(struct datadir *d, struct str repo, struct errinfo *e)
{
	AUTO_FD int folder = -1;
	enum err err = open_with_charts(d, repo, &folder, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	if (unlinkat(folder, CHARTS, AT_REMOVEDIR) == 0)
		return OK;
	return errno == ENOTEMPTY || errno == EEXIST ? datadir_put_away(d, folder, CHARTS, repo, "orphan", e)
	                                             : ERR_SYS(e, "remove repos/%.*s/charts", STR_ARG(repo));
}
