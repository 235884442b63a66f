/* The real charts, and the indexes beside them: CHARTS= names the folder. */
#pragma once

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/str.h"
#include "table.h"

#define REAL_PATH_BYTES 4096

/* Where what is not there skips the test, and fails it where CI=true. */
static inline void need_real(const char *below, char ret_path[REAL_PATH_BYTES])
{
	const char *charts = getenv("CHARTS"), *ci = getenv("CI");
	(void)snprintf(ret_path, REAL_PATH_BYTES, "%s/%s", charts ? charts : "../shared/charts", below);
	if (access(ret_path, R_OK) == 0)
		return;
	if (ci && strcmp(ci, "true") == 0)
		fail_msg("%s is not there", ret_path);
	print_message("# skipped: %s is not there\n", ret_path);
	skip();
}

/* Each archive of them, by its name in `dir`. */
static inline void each_real_chart(void (*look)(int dir, const char *file, void *to), void *to)
{
	static const char *const folders[] = { "rancher", "stable" };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		char path[REAL_PATH_BYTES];
		need_real(folders[i], path);
		DIR *d = opendir(path);
		assert_non_null(d);
		for (struct dirent *entry; (entry = readdir(d));)
			if (str_ends(str_c(entry->d_name), STR(".tgz")))
				look(dirfd(d), entry->d_name, to);
		(void)closedir(d);
	}
}
