/* Tests that run in a folder of their own, so that files have the short names of the messages. */
#pragma once

#include <sys/stat.h>

#include "folder.h"

static char work_folder[FOLDER_BYTES];

static inline int enter(void **state)
{
	(void)state;
	make_folder(work_folder);
	return chdir(work_folder);
}

static inline int leave(void **state)
{
	(void)state;
	remove_tree(work_folder);
	return chdir("/");
}

static inline void put(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(name, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(name, mode), 0);
}
