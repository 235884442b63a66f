/* Two charts of this machine, read as a publish would read them. */
#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "server/api/compare.h"
#include "server/cmd/chart_dir.h"
#include "server/cmd/compare.h"

struct side {                        /* what the chart borrows from is here */
	struct arena arena;
	struct chart_scratch scratch;
	struct chart chart;
};

static enum err read_archive(struct side *s, const char *path, struct errinfo *e)
{
	char *data = NULL;
	size_t bytes;
	enum err err = fs_read_named(path, CHART_UNPACKED_MAX_BYTES, &data, &bytes, e);
	if (!err)
		err = chart_read(&s->arena, &s->scratch, str_make(data, bytes), &s->chart, e);
	free(data);
	return err;
}

static enum err read_side(struct side *s, const char *path, struct errinfo *e)
{
	struct stat st;
	bool directory = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	enum err err = directory ? chart_dir_load(&s->arena, path, &s->chart, e) : read_archive(s, path, e);
	if (err)
		err_prefix(e, "%s", path);
	return err;
}

static void side_done(struct side *s)
{
	chart_scratch_done(&s->scratch);
	arena_done(&s->arena);
}

enum err compare_here(const char *from, const char *to, bool diffs, struct sbuf *ret,
                      struct errinfo *e)
{
	struct side old = { 0 }, new = { 0 };
	struct comparison found;
	enum err err = read_side(&old, from, e);
	if (!err)
		err = read_side(&new, to, e);
	if (!err)
		err = compare_charts(&new.arena, &old.chart, &new.chart, NULL, &found, e);
	const struct compare_asked asked = { .name = new.chart.meta.name, .diffs = diffs };
	if (!err)
		err = put_comparison(ret, &new.arena, &asked, &found, e);
	side_done(&old);
	side_done(&new);
	return err;
}
