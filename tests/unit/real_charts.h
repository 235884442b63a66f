/* The real charts, and the indexes beside them: CHARTS= names the folder. */
#pragma once

#include <dirent.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/format/chart.h"
#include "table.h"

#define REAL_PATH_BYTES 4096
#define REAL_CHARTS 1189u

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

/* What is looked at goes with the arena; its files are there until it returns. */
typedef void real_chart(struct arena *a, const struct chart *c, const char *file, void *to);

static inline void read_real_chart(struct chart_scratch *scratch, int dir, const char *file,
                                   real_chart *look, void *to)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *tgz = NULL;
	struct errinfo e = { 0 };
	struct chart c;
	size_t n;
	enum err err = fs_read(dir, file, CHART_UNPACKED_MAX_BYTES, &tgz, &n, &e);
	if (!err)
		err = chart_read(&a, scratch, str_make(tgz, n), &c, &e);
	if (err)
		fail_msg("%s: %s", file, e.detail);
	look(&a, &c, file, to);
}

static inline bool is_among(const char *file, unsigned each)
{
	unsigned sum = 0;
	for (const char *c = file; *c; c++)
		sum = sum * 31 + (unsigned char)*c;
	return sum % each == 0;
}

/* Of so many one, by its name; LONG=1: all of them. Returns how many. */
__attribute__((unused)) static size_t each_real_chart(unsigned each, real_chart *look, void *to)
{
	static const char *const folders[] = { "rancher", "stable" };
	struct chart_scratch scratch = { 0 };
	size_t count = 0;
	for (size_t i = 0; i < ROWS(folders); i++) {
		char path[REAL_PATH_BYTES];
		need_real(folders[i], path);
		DIR *d = opendir(path);
		assert_non_null(d);
		for (struct dirent *entry; (entry = readdir(d));)
			if (str_ends(str_c(entry->d_name), STR(".tgz")) &&
			    (getenv("LONG") || is_among(entry->d_name, each))) {
				read_real_chart(&scratch, dirfd(d), entry->d_name, look, to);
				count++;
			}
		(void)closedir(d);
	}
	chart_scratch_done(&scratch);
	assert_true(getenv("LONG") || each == 1 ? count == REAL_CHARTS : count > REAL_CHARTS / each / 2);
	return count;
}
