/* What a view will show once its cool-downs are over, but does not show now: told by repository, so that a
 * reader hears only of what he may read there.                                               */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/ingest/virtual_impl.h"

/* Of the repository that keeps the chart. */
static struct virtual_waiting *waiting_of(struct arena *to, struct virtual_waiting **list, size_t *count,
                                          size_t *capacity, const struct planned *source)
{
	struct str repo = str_c(source->repo->name);
	for (size_t i = 0; i < *count; i++)
		if (str_eq((*list)[i].repo, repo))
			return &(*list)[i];
	struct virtual_waiting *room = arena_room(to, *list, *count, capacity, sizeof *room);
	if (!room)
		return NULL;
	*list = room;
	room[*count] = (struct virtual_waiting){ .repo = repo };
	return &room[(*count)++];
}

static int by_version(const void *a, const void *b)
{
	return str_cmp(((const struct rope_version *)a)->version, ((const struct rope_version *)b)->version);
}

static enum err note_version(struct arena *to, struct virtual_waiting *x, struct str chart,
                             struct str version, int64_t until_ns, struct errinfo *e)
{
	x->versions++;
	if (x->versions > 1 && until_ns >= x->next_ns)
		return OK;
	x->next_ns = until_ns;
	return arena_str(to, chart, &x->chart) && arena_str(to, version, &x->version)
	       ? OK : ERR(e, NOMEM, "cool-downs");
}

enum err virtual_waiting_note(struct arena *to, struct virtual_waiting **list, size_t *count,
                              size_t *capacity, struct walk *w, struct planned *v, struct errinfo *e)
{
	struct rope_version *all, *shown;
	size_t n, shown_count;
	int64_t due_ns = INT64_MAX;
	enum err err = virtual_chart(w, v, INT64_MAX, &all, &n, &due_ns, e);
	if (!err && (w->until_ns || w->unpinned))
		err = rope_chart(w->arena, planned_rope(v), w->chart, &shown, &shown_count, e);
	const struct planned *source = !err && v->owner ? walk_source(v->owner) : NULL;
	if (err || !source || !(w->until_ns || w->unpinned))
		return err;
	struct virtual_waiting *x = waiting_of(to, list, count, capacity, source);
	if (!x)
		return ERR(e, NOMEM, "cool-downs");
	x->unpinned += w->unpinned;
	qsort(shown, shown_count, sizeof *shown, by_version);
	for (size_t i = 0; i < n && w->until_ns && !err; i++)
		if (w->until_ns[i] > 0 && !bsearch(&all[i], shown, shown_count, sizeof *shown, by_version))
			err = note_version(to, x, w->chart, all[i].version, w->until_ns[i], e);
	return err;
}
