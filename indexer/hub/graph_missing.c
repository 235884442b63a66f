/* Why a dependency is not here, in words, and where else there is a chart of its name. */
#include "indexer/hub/graph_parts.h"

#include <search.h>
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/ingest/versions.h"

#define ADDRESS_SHOWN 200            /* bytes of an address, or a reason, in a sentence */

/* ---- what was yanked ---- */

struct reading { struct graph_build *b; struct graph_chart *c; };

static enum err take_yanked(void *ctx, const struct version_row *row, const struct pull_count *pulls, bool *ret_full,
                            struct errinfo *e)
{
	struct reading *x = ctx;
	struct graph_chart *c = x->c;
	struct arena *a = x->b->arena;
	struct str version, reason;
	(void)pulls;
	*ret_full = c->yanked_count + 1 >= VERSIONS_PAGE_MAX;
	struct graph_yanked *list = arena_room(a, c->yanked, c->yanked_count, &c->yanked_room, sizeof *list);
	if (!list || !arena_str(a, row->version, &version) || !arena_str(a, row->yank_reason, &reason))
		return ERR(e, NOMEM, "versions");
	c->yanked = list;
	list[c->yanked_count].reason = reason;
	c->yanked_count += semver_parse(version, &list[c->yanked_count].version);
	return OK;
}

static enum err read_yanked(struct graph_build *b, struct graph_chart *c)
{
	int64_t next;
	struct errinfo why = { 0 };
	struct reading x = { b, c };
	const struct versions_query q = { .repo = c->repo, .chart = c->name, .standings = STANDING_YANKED,
	                                  .limit = VERSIONS_PAGE_MAX };
	if (c->yanked_read)
		return OK;
	c->yanked_read = true;
	enum err err = ingest_versions(b->hub->ingest, &q, take_yanked, &x, &next, &why);
	return err && err != ERR_REPO_NOT_FOUND ? err_set(b->e, err, "%s", why.detail) : OK;
}

/* The newest that the range means. */
static const struct graph_yanked *yanked_one(struct graph_build *b, const struct graph_sought *s)
{
	const struct graph_yanked *best = NULL;
	b->steps += s->of->yanked_count;
	for (size_t i = 0; i < s->of->yanked_count && s->range; i++) {
		const struct graph_yanked *y = &s->of->yanked[i];
		if (semver_range_has(s->range, &y->version) && (!best || semver_cmp(&y->version, &best->version) > 0))
			best = y;
	}
	return best;
}

/* ---- the sentence ---- */

static const char *sentence(struct graph_build *b, const struct graph_edge *x, const struct graph_sought *s,
                            const struct graph_yanked *yanked)
{
	struct str at = str_first(x->repository, ADDRESS_SHOWN);
	const struct resolution *found = s->found;
	if (yanked)
		return arena_printf(b->arena, "%.*s/%.*s %.*s was yanked%s%.*s", STR_ARG(s->repo), STR_ARG(x->name),
		                    STR_ARG(yanked->version.text), yanked->reason.n ? ": " : "",
		                    STR_ARG(str_first(yanked->reason, ADDRESS_SHOWN)));
	if (s->of && s->of->found.count)
		return upgrade_unmet(b->arena, x->name, s->repo, x->range, s->range, s->versions,
		                     s->of->found.count);
	if (s->of && s->of->yanked_count)
		return arena_printf(b->arena, "all versions of %.*s in %.*s were yanked", STR_ARG(x->name),
		                    STR_ARG(s->repo));
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

/* ---- what the lock names ---- */

/* As Helm compares them: by semver. */
static bool has_version(struct graph_build *b, const struct graph_sought *s, const struct semver *v)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct graph_candidate *c = &s->list[i];
		b->steps += c->chart->found.count;
		for (size_t k = 0; k < c->chart->found.count; k++)
			if (c->versions[k].text.n && !semver_cmp(&c->versions[k], v))
				return true;
	}
	return false;
}

static enum err find_yanked(struct graph_build *b, const struct graph_sought *s, const struct semver *v,
                            const struct graph_yanked **ret)
{
	enum err err = OK;
	*ret = NULL;
	for (size_t i = 0; i < s->count && !*ret && !err; i++) {
		struct graph_chart *c = s->list[i].chart;
		err = read_yanked(b, c);
		for (size_t k = 0; !err && k < c->yanked_count; k++)
			if (!semver_cmp(&c->yanked[k].version, v))
				*ret = &c->yanked[k];
	}
	return err;
}

/* What the range gives is here, but `helm dependency build` takes what the lock names, from there alone. */
static enum err tell_lock(struct graph_build *b, struct graph_edge *x, const struct graph_sought *s)
{
	bool asked_there = s->found->written == WRITTEN_ADDRESS || s->found->written == WRITTEN_NAME;
	const struct graph_yanked *yanked;
	struct semver v;
	if (!asked_there || !x->resolved.n || x->vendored.n || !semver_parse(x->locked, &v) || has_version(b, s, &v))
		return OK;
	enum err err = find_yanked(b, s, &v, &yanked);
	if (err)
		return err;
	const char *text = yanked ? arena_printf(b->arena, "the lock names %.*s, which was yanked%s%.*s",
	                                         STR_ARG(x->locked), yanked->reason.n ? ": " : "",
	                                         STR_ARG(str_first(yanked->reason, ADDRESS_SHOWN)))
	                          : arena_printf(b->arena, "the lock names %.*s, which is not in %.*s",
	                                         STR_ARG(x->locked), STR_ARG(x->repo));
	x->yanked = yanked;
	x->missing = str_c(text);
	return text ? OK : ERR(b->e, NOMEM, "dependency");
}

enum err tell_missing(struct graph_build *b, struct graph_edge *edge, const struct graph_sought *s)
{
	if (!is_missing(edge, s))
		return tell_lock(b, edge, s);
	enum err err = s->of ? read_yanked(b, s->of) : OK;
	if (err)
		return err;
	const struct graph_yanked *yanked = s->of ? yanked_one(b, s) : NULL;
	const char *text = sentence(b, edge, s, yanked);
	edge->yanked = yanked || (s->of && !s->of->found.count && s->of->yanked_count);
	edge->missing = str_c(text);
	return text ? OK : ERR(b->e, NOMEM, "dependency");
}

enum err tell_no_chart(struct graph_build *b, struct graph_chart *c)
{
	enum err err = read_yanked(b, c);
	if (err)
		return err;
	return c->yanked_count ? ERR(b->e, NOT_FOUND, "all versions of %.*s in %.*s were yanked", STR_ARG(c->name),
	                             STR_ARG(c->repo))
	                       : ERR(b->e, NOT_FOUND, "there is no chart \"%.*s\" in %.*s", STR_ARG(c->name),
	                             STR_ARG(c->repo));
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

/* All but the repository that it was looked for in, which `missing` is about. */
static bool leave_out(struct arena *a, const struct hint *h, struct graph_edge *x)
{
	size_t n = 0;
	x->elsewhere = arena_array(a, h->count + 1, sizeof *x->elsewhere);
	for (size_t i = 0; i < h->count && x->elsewhere; i++)
		if (!str_eq(h->repos[i], x->repo))
			x->elsewhere[n++] = h->repos[i];
	x->elsewhere_count = n;
	x->elsewhere_more = h->more;
	return x->elsewhere != NULL;
}

static enum err hand_out(struct graph_build *b, const struct hint *hints, size_t count)
{
	for (size_t i = 0; i < b->version_count; i++)
		for (size_t k = 0; k < b->versions[i]->edge_count; k++) {
			struct graph_edge *x = &b->versions[i]->edges[k];
			const struct hint key = { .name = x->name };
			const struct hint *h = !x->missing.n ? NULL :
			                       bsearch(&key, hints, count, sizeof *hints, hint_cmp);
			if (!h)
				continue;
			if (!leave_out(b->arena, h, x))
				return ERR(b->e, NOMEM, "dependencies");
		}
	return OK;
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
	return err ? err : hand_out(b, hints, count);
}
