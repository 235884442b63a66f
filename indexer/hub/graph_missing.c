/* Why a dependency is not here, in words, and where else there is a chart of its name. */
#include "indexer/hub/graph_parts.h"

#include <search.h>
#include <stdlib.h>

#define ADDRESS_SHOWN 200            /* bytes of an address in a sentence */

static const char *sentence(struct graph_build *b, const struct graph_edge *x,
                            const struct graph_sought *s)
{
	struct str at = str_first(x->repository, ADDRESS_SHOWN);
	const struct resolution *found = s->found;
	if (s->chart)
		return !s->range ? arena_printf(b->arena, "\"%.*s\" is no range of versions",
		                                STR_ARG(str_first(x->range, ADDRESS_SHOWN))) :
		       arena_printf(b->arena, "no version of %.*s in %.*s satisfies \"%.*s\"", STR_ARG(x->name),
		                    STR_ARG(s->repo), STR_ARG(str_first(x->range, ADDRESS_SHOWN)));
	switch (found->written) {
	case WRITTEN_NOTHING:
		return "it names no repository and is not in charts/";
	case WRITTEN_INSIDE:
		return "it is not in charts/";
	case WRITTEN_BESIDE:
		return arena_printf(b->arena, "%.*s: it is neither in charts/ nor in the chart's repository",
		                    STR_ARG(at));
	default:
		break;
	}
	if (s->repo.n)
		return arena_printf(b->arena, "%.*s has no chart %.*s", STR_ARG(s->repo), STR_ARG(x->name));
	if (found->written == WRITTEN_NAME)
		return arena_printf(b->arena, "no lock says what %.*s stands for, and no repository here has "
		                    "that name", STR_ARG(at));
	if (found->ours)
		return arena_printf(b->arena, "there is no repository \"%.*s\" here",
		                    STR_ARG(str_first(found->path, ADDRESS_SHOWN)));
	return arena_printf(b->arena, "no repository here is known as %.*s", STR_ARG(at));
}

/* Helm looks nowhere else for what is part of the archive. */
static bool is_missing(const struct graph_edge *x, const struct graph_sought *s)
{
	enum written_as w = s->found->written;
	bool packed = x->vendored.n && (w == WRITTEN_NOTHING || w == WRITTEN_INSIDE || w == WRITTEN_BESIDE);
	return !x->resolved.n && !packed;
}

enum err tell_missing(struct graph_build *b, struct graph_edge *edge, const struct graph_sought *s)
{
	if (!is_missing(edge, s))
		return OK;
	const char *text = sentence(b, edge, s);
	edge->missing = str_c(text);
	return text ? OK : ERR(b->e, NOMEM, "dependency");
}

/* ---- elsewhere ---- */

struct hint {
	struct str name;
	struct str *repos;
	size_t count, more;
};

static int hint_cmp(const void *left, const void *right)
{
	return str_cmp(((const struct hint *)left)->name, ((const struct hint *)right)->name);
}

/* With the table's lock. */
static bool look_in(struct graph_build *b, struct hint *hint, struct str repo)
{
	if (!table_at(&b->hub->table, repo, hint->name))
		return true;
	if (hint->count == GRAPH_ELSEWHERE_MAX) {
		hint->more++;
		return true;
	}
	return arena_str(b->arena, repo, &hint->repos[hint->count]) && ++hint->count;
}

static enum err look(struct graph_build *b, struct hint *hints, size_t count)
{
	const struct hub_table *t = &b->hub->table;
	bool ok = true;
	for (size_t i = 0; i < count && ok; i++)
		ok = (hints[i].repos = arena_array(b->arena, GRAPH_ELSEWHERE_MAX, sizeof(struct str))) != NULL;
	(void)pthread_rwlock_rdlock(&b->hub->table.lock);
	for (size_t at = 0; at < t->count && ok; at = charts_next_repo(t->charts, t->count, at)) {
		struct str repo = t->charts[at]->repo;
		bool sees = hub_sees(b->ask->viewer, repo);
		for (size_t i = 0; i < count && sees && ok; i++)
			ok = look_in(b, &hints[i], repo);
	}
	(void)pthread_rwlock_unlock(&b->hub->table.lock);
	return ok ? OK : ERR(b->e, NOMEM, "dependencies");
}

static size_t unique(struct hint *hints, size_t count)
{
	size_t n = 0;
	if (count)
		qsort(hints, count, sizeof *hints, hint_cmp);
	for (size_t i = 0; i < count; i++)
		if (!n || !str_eq(hints[n - 1].name, hints[i].name))
			hints[n++] = hints[i];
	return n < GRAPH_HINTS_MAX ? n : GRAPH_HINTS_MAX;
}

static void hand_out(struct graph_build *b, const struct hint *hints, size_t count)
{
	for (size_t i = 0; i < b->version_count; i++)
		for (size_t k = 0; k < b->versions[i]->edge_count; k++) {
			struct graph_edge *x = &b->versions[i]->edges[k];
			const struct hint key = { .name = x->name };
			const struct hint *h = !x->missing.n ? NULL :
			                       bsearch(&key, hints, count, sizeof *hints, hint_cmp);
			if (!h)
				continue;
			x->elsewhere = h->repos;
			x->elsewhere_count = h->count;
			x->elsewhere_more = h->more;
		}
}

enum err find_elsewhere(struct graph_build *b, size_t *ret_missing)
{
	size_t count = 0;
	struct hint *hints = arena_array(b->arena, b->edge_count + 1, sizeof *hints);
	if (!hints)
		return ERR(b->e, NOMEM, "dependencies");
	for (size_t i = 0; i < b->version_count; i++)
		for (size_t k = 0; k < b->versions[i]->edge_count; k++)
			if (b->versions[i]->edges[k].missing.n)
				hints[count++].name = b->versions[i]->edges[k].name;
	*ret_missing = count;
	count = unique(hints, count);
	if (!count)
		return OK;
	enum err err = look(b, hints, count);
	if (!err)
		hand_out(b, hints, count);
	return err;
}
