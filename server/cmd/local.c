/* See local.h. */
#include "server/cmd/local.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/cmd.h"

bool owner_name(const char *data, char ret[OWNER_NAME_BYTES])
{
	AUTO_FD int dir = open(data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct passwd entry, *who = NULL;
	struct stat st;
	char room[KIB];
	if (dir < 0 || (fstatat(dir, "LOCK", &st, AT_SYMLINK_NOFOLLOW) != 0 && fstat(dir, &st) != 0) || st.st_uid == 0)
		return false;
	(void)snprintf(ret, OWNER_NAME_BYTES, "#%u", (unsigned)st.st_uid);
	if (getpwuid_r(st.st_uid, &entry, room, sizeof room, &who) == 0 && who)
		(void)snprintf(ret, OWNER_NAME_BYTES, "%s", who->pw_name);
	return true;
}

enum err owner_check(const char *data, struct errinfo *e)
{
	char who[OWNER_NAME_BYTES];
	if (geteuid() != 0 || !owner_name(data, who))
		return OK;
	return ERR(e, INVALID, "%s is of another user, whose server could not read what root makes there: use "
	           "sudo -u %s", data, who);
}

enum err local_open(const char *data, struct ingest_options how, struct ingest **ret, struct errinfo *e)
{
	how.path = data;
	how.default_repo = cmd_default_repository();
	how.as_served = true;
	enum err err = owner_check(data, e);
	return err ? err : ingest_open(&how, ret, e);
}
