/* The dependencies of one version, and what each of them is here. */
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/hub/graph_parts.h"

/* ---- rows ---- */

/* What an archive says lives as long as it is kept in memory. */
static enum err copy_rows(struct graph_build *b, struct search_edge *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct search_edge *r = &rows[i];
		struct str *const texts[] = {
			&r->target, &r->within, &r->range, &r->repository, &r->alias, &r->condition, &r->tags,
			&r->imports, &r->locked, &r->locked_repository, &r->vendored,
		};
		for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
			if (!arena_str(b->arena, *texts[k], texts[k]))
				return ERR(b->e, NOMEM, "dependencies");
	}
	return OK;
}

static enum err rows_of_archive(struct graph_build *b, struct graph_version *v)
{
	struct contents *c;
	const struct index_entry none = { .removed = false };
	if (b->unread++ >= GRAPH_UNREAD_MAX)
		return ERR(b->e, BUSY, "too many archives to read");
	enum err err = contents_here(b->hub, v->repo, v->name, v->version, &c, b->e);
	if (err)
		return err;
	err = extract_edges(b->arena, &none, c, &v->rows, &v->row_count, b->e);
	if (!err)
		err = copy_rows(b, v->rows, v->row_count);
	contents_unref(c);
	return err;
}

static const struct rope_version *listed(const struct graph_version *v)
{
	const struct hub_versions *all = &v->chart->found;
	for (size_t i = 0; i < all->count; i++)
		if (str_eq(all->list[i].version, v->version))
			return &all->list[i];
	return NULL;
}

/* The catalog of charts is not so far yet. Of a version that is not in the index only its archive
 * tells, if it is there at all.                                                              */
static enum err rows_not_kept(struct graph_build *b, struct graph_version *v)
{
	struct index_entry entry;
	const struct rope_version *line = listed(v);
	enum err err = rows_of_archive(b, v);
	if (!err || err == ERR_NOMEM || !line)
		return err;
	err = index_entry_read(b->arena, line->line, &entry, b->e);
	return err ? err : extract_edges(b->arena, &entry, NULL, &v->rows, &v->row_count, b->e);
}

static enum err read_rows(struct graph_build *b, struct graph_version *v)
{
	struct sha256 digest;
	struct errinfo ignored = { 0 };
	struct catalog *c = b->reader ? b->reader->search : NULL;
	if (v->archive) {
		v->rows = v->archive->rows;
		v->row_count = v->archive->row_count;
		return OK;
	}
	enum err err = c ? search_version(c, v->repo, v->name, v->version, &digest, &ignored) :
	               ERR_NOT_FOUND;
	if (!err)
		err = search_edges(c, b->arena, v->repo, v->name, v->version, &v->rows, &v->row_count, &ignored);
	if (err == ERR_NOMEM)
		return err_set(b->e, err, "%s", ignored.detail);
	return err ? rows_not_kept(b, v) : OK;
}

/* ---- one dependency ---- */

#define BYTES_A_STEP 8u              /* of a range, which is compared with each version */

static enum err keep(struct graph_build *b, struct str text, struct str *ret)
{
	return arena_str(b->arena, text, ret) ? OK : ERR(b->e, NOMEM, "dependency");
}

/* What has the name, in the repositories that are meant: one of each group. */
struct candidates { struct graph_candidate list[RESOLVED_MAX]; size_t count; };

/* Those that a virtual repository shows of them; the next dependency mostly names the same one. */
static enum err versions_shown(struct graph_build *b, struct graph_chart *c, struct str view, struct semver **ret)
{
	struct rope_version found;
	size_t count = c->found.count;
	*ret = view.n ? c->view_versions : c->versions;
	if (!view.n || (c->view_versions && str_eq(view, c->view)))
		return OK;
	struct semver *list = arena_array(b->arena, count + 1, sizeof *list);
	if (!list)
		return ERR(b->e, NOMEM, "versions");
	struct snapshot *s = ingest_snapshot(b->hub->ingest, view);
	for (size_t i = 0; s && i < count; i++)
		if (rope_version(s->json, c->name, c->found.list[i].version, &found))
			list[i] = c->versions[i];
	snapshot_unref(s);
	c->view = view;
	*ret = c->view_versions = list;
	return OK;
}

static enum err find_charts(struct graph_build *b, const struct resolution *found, struct str name,
                            struct graph_sought *s, struct candidates *ret)
{
	unsigned taken = 0;              /* groups, a bit each */
	s->repo = found->without;
	for (size_t i = 0; i < found->count; i++) {
		struct graph_chart *c;
		struct semver *versions;
		if (taken >> found->group[i] & 1 || !hub_sees(b->ask->viewer, found->repos[i]))
			continue;
		enum err err = build_chart(b, found->repos[i], name, &c);
		if (!err)
			err = versions_shown(b, c, found->view[i], &versions);
		if (err)
			return err;
		if (!s->of || (c->found.count && !s->of->found.count)) {
			s->repo = found->view[i].n ? found->view[i] : c->repo;
			s->of = c;
			s->versions = versions;
		}
		if (!c->found.count)
			continue;
		taken |= 1u << found->group[i];
		ret->list[ret->count++] = (struct graph_candidate){ c, versions };
	}
	return OK;
}

static const struct semver *admitted(const struct graph_candidate *c, const struct semver_range *range)
{
	for (size_t i = 0; i < c->chart->found.count && range; i++)
		if (c->versions[i].text.n && semver_range_has(range, &c->versions[i]))
			return &c->versions[i];
	return NULL;
}

static bool is_here(struct graph_build *b, const struct graph_chart *c, const struct semver *v)
{
	struct stored_file f;
	struct errinfo ignored;
	const char *file = arena_printf(b->arena, "%.*s-%.*s.tgz", STR_ARG(c->name), STR_ARG(v->text));
	if (!file || ingest_file(b->hub->ingest, c->repo, str_c(file), &f, &ignored))
		return false;
	(void)close(f.fd);
	return true;
}

/* The newest version that the range admits; of equal ones one whose archive is here. *ret NULL: there is none,
 * and the chart is the first.                                                                  */
static const struct graph_candidate *choose(struct graph_build *b, const struct candidates *all,
                                      const struct semver_range *range, const struct semver **ret)
{
	const struct graph_candidate *best = &all->list[0];
	*ret = admitted(best, range);
	for (size_t i = 1; i < all->count; i++) {
		const struct graph_candidate *c = &all->list[i];
		const struct semver *v = admitted(c, range);
		int order = !v ? -1 : !*ret ? 1 : semver_cmp(v, *ret);
		if (order < 0 || (!order && (is_here(b, best->chart, *ret) || !is_here(b, c->chart, v))))
			continue;
		best = c;
		*ret = v;
	}
	return best;
}

/* Of what is left of each, from `at` on. *ret: its place in `all`. */
static const struct semver *newest_left(const struct candidates *all, size_t at[], size_t *ret)
{
	const struct semver *best = NULL;
	for (size_t i = 0; i < all->count; i++) {
		const struct graph_candidate *c = &all->list[i];
		while (at[i] < c->chart->found.count && !c->versions[at[i]].text.n)
			at[i]++;
		if (at[i] < c->chart->found.count && (!best || semver_cmp(&c->versions[at[i]], best) > 0)) {
			best = &c->versions[at[i]];
			*ret = i;
		}
	}
	return best;
}

/* The versions of all of them, as upgrade_find wants them: each list is in order. */
static enum err merge(struct graph_build *b, struct arena *a, const struct candidates *all,
                      struct upgrade_offer *ret)
{
	size_t n = 0, i, count = 0, at[RESOLVED_MAX] = { 0 };
	const struct graph_candidate *only = &all->list[0];
	*ret = (struct upgrade_offer){ only->versions, only->chart->prerelease, only->chart->found.count };
	if (all->count == 1)
		return OK;
	for (i = 0; i < all->count; i++)
		count += all->list[i].chart->found.count;
	struct semver *versions = arena_array(a, count, sizeof *versions);
	bool *prerelease = arena_array(a, count, sizeof *prerelease);
	if (!versions || !prerelease)
		return ERR(b->e, NOMEM, "versions");
	for (const struct semver *v; (v = newest_left(all, at, &i)); n++) {
		versions[n] = *v;
		prerelease[n] = all->list[i].chart->prerelease[at[i]++];
	}
	*ret = (struct upgrade_offer){ versions, prerelease, n };
	return OK;
}

static enum err tell_upgrade(struct graph_build *b, const struct candidates *all,
                             const struct semver_range *range, struct graph_edge *edge)
{
	AUTO_ARENA struct arena a = { 0 };
	struct upgrade_offer from;
	struct upgrade u;
	enum err err = merge(b, &a, all, &from);
	if (err)
		return err;
	b->steps += from.count * (1 + edge->range.n / BYTES_A_STEP);
	upgrade_find(&from, edge->current, range, &u);
	edge->kind = u.kind;
	edge->admitted = u.admitted;
	err = u.newest ? keep(b, u.newest->text, &edge->newest) : OK;
	for (enum upgrade_kind k = UPGRADE_PATCH; k < UPGRADE_KINDS && !err; k++)
		if (u.to[k])
			err = keep(b, u.to[k]->text, &edge->step[k]);
	return err;
}

static bool says_deprecated(struct graph_build *b, const struct rope_version *v)
{
	static const struct str key = STR("\"deprecated\"");
	struct index_entry entry;
	struct errinfo ignored = { 0 };
	return memmem(v->line.p, v->line.n, key.p, key.n) &&
	       !index_entry_read(b->arena, v->line, &entry, &ignored) && entry.meta.deprecated;
}

/* The version that is meant, or by the one that is shown the chart as a whole. */
static bool is_deprecated(struct graph_build *b, const struct graph_candidate *c, const struct semver *meant)
{
	const struct rope_version *list = c->chart->found.list;
	return (meant && says_deprecated(b, &list[meant - c->versions])) ||
	       says_deprecated(b, &list[hub_shown(list, c->chart->found.count)]);
}

static enum err resolve_in(struct graph_build *b, const struct candidates *all,
                           const struct semver_range *range, struct graph_edge *edge,
                           struct graph_chart **ret)
{
	const struct semver *v;
	const struct graph_candidate *best = choose(b, all, range, &v);
	struct graph_chart *c = *ret = best->chart;
	enum err err = v ? keep(b, v->text, &edge->resolved) : OK;
	edge->repo = c->repo;
	edge->deprecated = is_deprecated(b, best, v);
	edge->current = edge->locked.n ? edge->locked : edge->vendored.n ? edge->vendored : edge->resolved;
	if (!err)
		err = tell_upgrade(b, all, range, edge);
	if (v) {
		*c->edges_end = edge;
		c->edges_end = &edge->next_here;
		c->edge_count++;
	}
	return err;
}

/* Part of the archive, where that is what is meant, or nothing else is known. */
static enum err follow(struct graph_build *b, const struct graph_version *of, enum written_as written,
                       struct graph_chart *c, struct graph_edge *edge)
{
	struct graph_version *to, key = { .repo = edge->repo, .name = edge->name,
	                                  .version = edge->resolved, .chart = c, .depth = of->depth + 1 };
	bool meant = written != WRITTEN_ADDRESS && written != WRITTEN_NAME;
	bool packed = edge->vendored.n && (meant || !edge->resolved.n);
	if (!b->deep || (!packed && !edge->resolved.n))
		return OK;
	if (packed) {
		const char *path = arena_printf(b->arena, "%.*s%s%.*s", STR_ARG(of->within),
		                                of->within.n ? "/" : "", STR_ARG(edge->name));
		if (!path)
			return ERR(b->e, NOMEM, "dependency");
		key = (struct graph_version){ .archive = of->archive ?: of, .within = str_c(path),
		                              .name = edge->name, .version = edge->vendored,
		                              .depth = of->depth + 1 };
	}
	enum err err = build_version(b, &key, &to);
	if (!err)
		edge->to = to;
	return err;
}

static enum err make_edge(struct graph_build *b, const struct graph_version *of,
                          const struct search_edge *row, struct graph_edge *edge)
{
	struct graph_chart *c = NULL;
	struct semver_range *range = NULL;
	struct resolution found;
	struct graph_sought s = { .found = &found };
	struct candidates all = { .count = 0 };
	const struct graph_version *archive = of->archive ?: of;
	const struct resolve_from from = {
		.repo = archive->repo, .name = row->target, .repository = row->repository,
		.locked_repository = row->locked_repository, .own = b->has_own ? &b->own : NULL,
		.viewer = b->ask->viewer, .shown = true,
	};
	*edge = (struct graph_edge){
		.name = row->target, .range = row->range, .repository = row->repository,
		.alias = row->alias, .condition = row->condition, .tags = row->tags,
		.imports = row->imports, .locked = row->locked, .vendored = row->vendored,
		.current = row->locked.n ? row->locked : row->vendored, .of = of,
	};
	enum err err = resolve(b->resolver, b->arena, &from, &found, b->e);
	if (!err)
		err = find_charts(b, &found, edge->name, &s, &all);
	s.list = all.list;
	s.count = all.count;
	if (!err) {
		err = semver_range_parse(b->arena, edge->range, &range, b->e);
		s.range = err ? NULL : range;
		err = err == ERR_INVALID ? OK : err;
	}
	if (!err && all.count)
		err = resolve_in(b, &all, range, edge, &c);
	if (!err)
		err = tell_missing(b, edge, &s);
	return err ? err : follow(b, of, found.written, c, edge);
}

enum err build_edges_of(struct graph_build *b, struct graph_version *v,
                        const struct search_edge *rows, size_t count)
{
	enum err err = OK;
	size_t own = 0;
	for (size_t i = 0; i < count; i++)
		own += str_eq(rows[i].within, v->within);
	size_t room = v->depth < GRAPH_DEPTH_MAX ? GRAPH_EDGES_MAX - b->edge_count : 0;
	v->cut = own > room;
	b->cut |= v->cut;
	own = v->cut ? room : own;
	v->edges = arena_array(b->arena, own + 1, sizeof *v->edges);
	if (!v->edges)
		return ERR(b->e, NOMEM, "dependencies");
	for (size_t i = 0; i < count && v->edge_count < own && !err; i++) {
		if (!str_eq(rows[i].within, v->within))
			continue;
		if (b->steps > GRAPH_STEPS_MAX) {
			v->cut = b->cut = true;
			break;
		}
		err = make_edge(b, v, &rows[i], &v->edges[v->edge_count]);
		v->edge_count += !err;
	}
	b->edge_count += v->edge_count;
	return err;
}

enum err build_edges(struct graph_build *b, struct graph_version *v)
{
	enum err err = read_rows(b, v);
	return err ? err : build_edges_of(b, v, v->rows, v->row_count);
}
