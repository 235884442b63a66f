/* What is out of date: of a version, and of all charts of a repository. */
#include <stdlib.h>

#include "indexer/hub/graph_parts.h"

/* ---- of a version ---- */

static int by_step(const void *left, const void *right)
{
	const struct graph_edge *a = *(const struct graph_edge *const *)left;
	const struct graph_edge *b = *(const struct graph_edge *const *)right;
	if (a->kind != b->kind)
		return a->kind > b->kind ? -1 : 1;
	return (a > b) - (a < b);        /* of one array: as they are written */
}

enum err graph_outdated(struct arena *a, const struct graph_version *v,
                        const struct graph_edge ***ret, size_t *ret_count, struct errinfo *e)
{
	size_t count = 0;
	const struct graph_edge **list = arena_array(a, v->edge_count + 1, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "dependencies");
	for (size_t i = 0; i < v->edge_count; i++)
		if (v->edges[i].kind)
			list[count++] = &v->edges[i];
	if (count)
		qsort(list, count, sizeof *list, by_step);
	*ret = list;
	*ret_count = count;
	return OK;
}
