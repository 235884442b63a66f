/* Two charts of this machine, read as a publish would read them. */
#include "server/api/compare.h"
#include "server/cmd/chart_dir.h"
#include "server/cmd/compare.h"

struct side {                        /* what the chart borrows from is here */
	struct arena arena;
	struct chart_scratch scratch;
	struct chart chart;
};

static enum err read_side(struct side *s, const char *path, struct errinfo *e)
{
	size_t bytes;
	return chart_path_load(&s->arena, &s->scratch, path, &bytes, &s->chart, e);
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
