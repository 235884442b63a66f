/* See recent.h. Repositories are read in the order of their last event, so that most of them are not
 * read at all: what is in them is older than what was found.                                 */
#include "indexer/ingest/recent.h"

#include <stdlib.h>

#include "indexer/store/catalog.h"

struct source { struct repo_row *row; int64_t changed_ns; };

struct search {
	struct ingest *ingest;
	struct arena *arena;
	bool (*sees)(void *ctx, struct str repo);
	void *ctx;
	struct str repo;                 /* that is read now */
	struct recent *found;            /* the newest first */
	size_t count, limit;
};

static bool is_too_old(const struct search *s, int64_t created_ns)
{
	return s->count == s->limit && created_ns <= s->found[s->count - 1].created_ns;
}

static enum err take(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct search *s = ctx;
	struct recent new = { .repo = s->repo, .created_ns = row->created_ns, .bytes = row->bytes };
	if (is_too_old(s, row->created_ns))
		return OK;
	if (!arena_str(s->arena, row->line, &new.line))
		return ERR(e, NOMEM, "recent versions");
	size_t at = s->count < s->limit ? s->count++ : s->count - 1;
	for (; at > 0 && s->found[at - 1].created_ns < new.created_ns; at--)
		s->found[at] = s->found[at - 1];
	s->found[at] = new;
	return OK;
}

static int last_changed_first(const void *a, const void *b)
{
	int64_t x = ((const struct source *)a)->changed_ns, y = ((const struct source *)b)->changed_ns;
	return (x < y) - (x > y);
}

/* Those that are seen, with the time of their last event. */
static enum err find_sources(struct search *s, struct catalog *c, struct source **ret,
                             size_t *ret_count, struct errinfo *e)
{
	struct repo_row *rows;
	size_t count, n = 0;
	enum err err = catalog_repos(c, s->arena, &rows, &count, e);
	struct source *sources = err ? NULL : arena_array(s->arena, count + 1, sizeof *sources);
	if (!sources)
		return err ? err : ERR(e, NOMEM, "recent versions");
	for (size_t i = 0; i < count; i++) {
		struct snapshot *now = s->sees(s->ctx, rows[i].name) ? ingest_snapshot(s->ingest, rows[i].name)
		                                                     : NULL;
		if (now)
			sources[n++] = (struct source){ &rows[i], now->generated_ns };
		snapshot_unref(now);
	}
	qsort(sources, n, sizeof *sources, last_changed_first);
	*ret = sources;
	*ret_count = n;
	return OK;
}

static enum err read(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct search *s = ctx;
	struct source *sources;
	size_t count;
	enum err err = find_sources(s, c, &sources, &count, e);
	for (size_t i = 0; !err && i < count && !is_too_old(s, sources[i].changed_ns); i++) {
		s->repo = sources[i].row->name;
		err = catalog_versions_newest(c, sources[i].row->id, RECENT_LOOKED_AT, take, s, e);
	}
	return err;
}

enum err ingest_recent(struct ingest *g, struct arena *a, bool (*sees)(void *ctx, struct str repo),
                       void *ctx, size_t limit, struct recent **ret, size_t *ret_count,
                       struct errinfo *e)
{
	struct search s = { .ingest = g, .arena = a, .sees = sees, .ctx = ctx, .limit = limit,
	                    .found = arena_array(a, limit, sizeof *s.found) };
	if (!s.found)
		return ERR(e, NOMEM, "recent versions");
	enum err err = ingest_read(g, read, &s, e);
	if (err)
		return err;
	*ret = s.found;
	*ret_count = s.count;
	return OK;
}
