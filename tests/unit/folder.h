/* Temporary folders for tests that write files. */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH_BYTES 1000
#define FOLDER_BYTES 256

/* These tests stop no power supply: without waiting for the disk they take seconds, not minutes. */
int fsync(int fd) { return fcntl(fd, F_GETFD) < 0 ? -1 : 0; }
int fdatasync(int fd) { return fsync(fd); }
int syncfs(int fd) { return fsync(fd); }

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void make_folder(char ret[FOLDER_BYTES])
{
	const char *base = getenv("TMPDIR");
	(void)snprintf(ret, FOLDER_BYTES, "%s/unit-XXXXXX", base ? base : P_tmpdir);
	if (!mkdtemp(ret))
		abort();
}
