/* See sync.h. An archive that cannot be read costs its chart the words that only it has; one that an
 * upstream has and this server not is not even looked for: of those there are thousands. An index line that
 * cannot be read costs its version, or the chart that it stands for, their rows.              */
#include "indexer/hub/sync_parts.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/ingest/versions.h"

void sync_done(struct sync *s)
{
	for (struct sync_change *c = s->first; c; c = c->next)
		hub_chart_unref(c->put);
	arena_done(&s->arena);
}

enum err sync_publish(struct sync *s, struct errinfo *e)
{
	enum err err = OK;
	for (struct sync_change *c = s->first; c; c = c->next) {
		enum err put = c->put ? table_put(&s->h->table, c->put, e) : OK;
		if (!c->put || put)
			table_remove(&s->h->table, c->repo, c->name);
		err = err ? err : put;
		c->put = NULL;
	}
	return err;
}

/* Takes `put` over. */
static enum err later(struct sync *s, struct str repo, struct str name, struct hub_chart *put,
                      struct errinfo *e)
{
	struct sync_change *c = ARENA_NEW(&s->arena, struct sync_change);
	if (!c || !arena_str(&s->arena, repo, &c->repo) || !arena_str(&s->arena, name, &c->name)) {
		hub_chart_unref(put);
		return ERR(e, NOMEM, "charts");
	}
	c->put = put;
	if (!s->last)
		s->last = &s->first;
	*s->last = c;
	s->last = &c->next;
	return OK;
}

/* ---- one chart ---- */

static enum err read_absent(struct work *w)
{
	struct errinfo why = { 0 };
	enum err err = ingest_absent(w->s->h->ingest, &w->arena, w->repo, w->name, &w->absent,
	                             &w->absent_count, &why);
	if (err == ERR_REPO_NOT_FOUND)
		return OK;                   /* the log goes on meanwhile */
	return err ? err_set(w->e, err, "%s", why.detail) : OK;
}

/* A virtual repository shows charts of others; in the catalog they stand once, as what they are. */
static struct snapshot *own_charts(struct hub *h, struct str repo)
{
	struct snapshot *s = ingest_snapshot(h->ingest, repo);
	if (!s || repo_kind(s->settings) != REPO_VIRTUAL)
		return s;
	snapshot_unref(s);
	return NULL;
}

static int by_text(const void *left, const void *right)
{
	const struct rope_version *const *a = left, *const *b = right;
	return str_cmp((*a)->version, (*b)->version);
}

/* A batch asks for as many of a chart's versions as there are. */
static enum err sort_versions(struct work *w)
{
	w->by_text = arena_array(&w->arena, w->count, sizeof *w->by_text);
	if (!w->by_text)
		return ERR(w->e, NOMEM, "%zu versions", w->count);
	for (size_t i = 0; i < w->count; i++)
		w->by_text[i] = &w->list[i];
	qsort(w->by_text, w->count, sizeof *w->by_text, by_text);
	return OK;
}

enum err sync_open(struct work *w)
{
	w->snapshot = own_charts(w->s->h, w->repo);
	if (!w->snapshot)
		return OK;
	enum err err = rope_chart(&w->arena, w->snapshot->json, w->name, &w->list, &w->count, w->e);
	if (err || !w->count)
		return err;
	w->shown = hub_shown(w->list, w->count);
	w->upstream = repo_kind(w->snapshot->settings) == REPO_UPSTREAM;
	err = sort_versions(w);
	return !err && w->upstream ? read_absent(w) : err;
}

static bool is_absent(const struct work *w, const struct rope_version *version)
{
	return w->absent_count &&
	       bsearch(&version->version, w->absent, w->absent_count, sizeof *w->absent, str_order);
}

void sync_close(struct work *w)
{
	contents_unref(w->contents);
	snapshot_unref(w->snapshot);
	arena_done(&w->arena);
}

const struct rope_version *sync_find(const struct work *w, struct str version)
{
	const struct rope_version wanted = { .version = version }, *key = &wanted;
	const struct rope_version *const *found =
		w->count ? bsearch(&key, w->by_text, w->count, sizeof *w->by_text, by_text) : NULL;
	return found ? *found : NULL;
}

enum err sync_read_archive(struct work *w, const struct rope_version *version)
{
	struct errinfo why = { 0 };
	struct contents *c = NULL;
	if (str_eq(w->tried, version->version))
		return OK;
	contents_unref(w->contents);
	w->contents = NULL;
	w->tried = version->version;
	if (is_absent(w, version))
		return OK;
	enum err err = contents_read(w->s->h, w->repo, w->name, version->version, &c, &why);
	if (err == ERR_NOMEM || err == ERR_NO_FILES || err == ERR_BUG)
		return err_set(w->e, err, "%s", why.detail);
	w->s->unread += err && err != ERR_ABSENT;
	w->contents = c;
	return OK;
}

/* What rows are read from: the archive of this digest, or the index line alone. The two are never the
 * same, so an archive that comes is read.                                                     */
enum err sync_source_of(struct work *w, const struct rope_version *version, struct sha256 *ret)
{
	if (is_absent(w, version))
		return sha256_of(version->line, ret, w->e);
	if (!index_line_digest(version->line, ret))
		*ret = (struct sha256){ 0 };
	return OK;
}

static enum err put_version(struct work *w, const struct rope_version *version,
                            const struct sha256 *source)
{
	struct search_edge *edges;
	struct index_entry entry;
	size_t count;
	struct search_version v = { .version = version->version, .digest = *source };
	enum err err = index_entry_read(&w->arena, version->line, &entry, w->e);
	if (err == ERR_METADATA) {
		w->s->unread++;
		return search_version_remove(w->s->h->writer, w->repo, w->name, version->version, w->e);
	}
	if (!err)
		err = sync_read_archive(w, version);
	if (!err)
		err = extract_edges(&w->arena, &entry, w->contents, &edges, &count, w->e);
	return err ? err : search_version_put(w->s->h->writer, w->repo, w->name, &v, edges, count, w->e);
}

/* Leaves what was read from the same bytes. */
static enum err sync_version(struct work *w, const struct rope_version *version)
{
	struct sha256 have, now;
	enum err err = sync_source_of(w, version, &now);
	if (err)
		return err;
	err = search_version(w->s->h->writer, w->repo, w->name, version->version, &have, w->e);
	if (!err && sha256_eq(&have, &now))
		return OK;
	return err && err != ERR_NOT_FOUND ? err : put_version(w, version, &now);
}

static enum err drop_chart(struct work *w)
{
	struct search_chart row;
	struct catalog *writer = w->s->h->writer;
	enum err err = search_chart(writer, &w->arena, w->repo, w->name, &row, w->e);
	if (!err)
		err = search_chart_remove(writer, row.id, w->e);
	else if (err == ERR_NOT_FOUND)
		err = OK;
	return err ? err : later(w->s, w->repo, w->name, NULL, w->e);
}

enum err sync_put_chart(struct work *w)
{
	struct extract x;
	struct index_entry entry;
	struct hub_chart *c;
	const struct rope_version *shown = &w->list[w->shown];
	struct extract_from from = { .repo = w->repo, .name = w->name, .entry = &entry };
	struct search_chart row = { .repo = w->repo, .name = w->name, .line = shown->line };
	enum err err = index_entry_read(&w->arena, row.line, &entry, w->e);
	if (err == ERR_METADATA) {
		w->s->unread++;
		return drop_chart(w);
	}
	if (!err)
		err = sync_source_of(w, shown, &row.digest);
	if (!err)
		err = sync_read_archive(w, shown);
	if (!err)
		err = sync_describe(w, shown->version, &from);
	if (err)
		return err;
	from.contents = w->contents;
	from.origin = !w->upstream ? ORIGIN_HOSTED : is_absent(w, shown) ? ORIGIN_REMOTE : ORIGIN_CACHED;
	err = extract_chart(&w->arena, &from, &x, w->e);
	row.facts = x.facts;
	if (!err)
		err = search_chart_put(w->s->h->writer, &row, &x.text, w->e);
	if (!err)
		err = chart_new(&row, &c, w->e);
	return err ? err : later(w->s, w->repo, w->name, c, w->e);
}

/* The row of a chart that has no version any more, or was touched. */
static enum err sync_shown(struct work *w, bool touched)
{
	struct search_chart row;
	struct sha256 now;
	if (!w->count)
		return drop_chart(w);
	enum err err = search_chart(w->s->h->writer, &w->arena, w->repo, w->name, &row, w->e);
	bool known = !err;
	if (err && err != ERR_NOT_FOUND)
		return err;
	err = sync_source_of(w, &w->list[w->shown], &now);
	if (err || (!touched && known && sha256_eq(&now, &row.digest)))
		return err;
	return sync_put_chart(w);
}

enum err sync_chart(struct sync *s, const struct touched *versions, size_t count, struct errinfo *e)
{
	struct work w = { .s = s, .repo = versions->repo, .name = versions->chart, .e = e };
	bool touched = false;
	enum err err = sync_open(&w);
	for (size_t i = 0; i < count && !err; i++) {
		const struct rope_version *now = sync_find(&w, versions[i].version);
		touched |= now && now == &w.list[w.shown];
		err = now ? sync_version(&w, now) :
		      search_version_remove(s->h->writer, w.repo, w.name, versions[i].version, e);
	}
	if (!err)
		err = sync_shown(&w, touched);
	sync_close(&w);
	return err;
}

/* Versions that are not in the index any more. */
static enum err drop_versions(struct work *w)
{
	struct search_version *have;
	size_t count;
	enum err err = search_versions(w->s->h->writer, &w->arena, w->repo, w->name, &have, &count, w->e);
	for (size_t i = 0; i < count && !err; i++)
		if (!sync_find(w, have[i].version))
			err = search_version_remove(w->s->h->writer, w->repo, w->name, have[i].version, w->e);
	return err;
}

enum err sync_whole_chart(struct sync *s, struct str repo, struct str chart, struct errinfo *e)
{
	struct work w = { .s = s, .repo = repo, .name = chart, .e = e };
	enum err err = sync_open(&w);
	if (!err)
		err = drop_versions(&w);
	for (size_t i = 0; i < w.count && !err; i++)
		err = sync_version(&w, &w.list[i]);
	if (!err)
		err = sync_shown(&w, false);
	sync_close(&w);
	return err;
}

/* ---- one repository ---- */

enum err sync_names(struct hub *h, struct arena *a, struct str repo, struct str **ret,
                    size_t *ret_count, struct errinfo *e)
{
	struct str *now = NULL, *kept, *all;
	size_t now_count = 0, kept_count;
	struct snapshot *s = own_charts(h, repo);
	enum err err = s ? rope_names(a, s->json, &now, &now_count, e) : OK;
	if (!err)
		err = search_names(h->writer, a, repo, &kept, &kept_count, e);
	all = err ? NULL : arena_array(a, now_count + kept_count + 1, sizeof *all);
	for (size_t i = 0; all && i < now_count; i++)
		if (!arena_str(a, now[i], &all[i]))
			all = NULL;
	snapshot_unref(s);
	if (err || !all)
		return err ? err : ERR(e, NOMEM, "charts");
	if (kept_count)
		memcpy(all + now_count, kept, kept_count * sizeof *kept);
	*ret = all;
	*ret_count = now_count + kept_count;
	return OK;
}

enum err sync_repo(struct sync *s, struct str repo, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str *names;
	size_t count = 0;
	enum err err = sync_names(s->h, &a, repo, &names, &count, e);
	for (size_t i = 0; i < count && !err; i++)
		err = sync_whole_chart(s, repo, names[i], e);
	return err;
}

/* ---- downloads ---- */

struct counted {
	struct arena arena;
	struct chart_pulls *list;
	size_t count, capacity;
};

static enum err count_pulls(void *ctx, struct str repo, struct str chart, uint64_t count,
                            struct errinfo *e)
{
	struct counted *p = ctx;
	struct chart_pulls now = { .count = count };
	struct chart_pulls *list = arena_room(&p->arena, p->list, p->count, &p->capacity, sizeof *list);
	if (!list || !arena_str(&p->arena, repo, &now.repo) || !arena_str(&p->arena, chart, &now.name))
		return ERR(e, NOMEM, "downloads");
	p->list = list;
	list[p->count++] = now;
	return OK;
}

static int by_chart(const void *left, const void *right)
{
	const struct chart_pulls *a = left, *b = right;
	int by_repo = str_cmp(a->repo, b->repo);
	return by_repo ? by_repo : str_cmp(a->name, b->name);
}

static enum err read_pulls(void *ctx, struct catalog *c, struct errinfo *e)
{
	return catalog_pulls_each(c, clock_wall() / NS_PER_DAY - HUB_PULL_DAYS, count_pulls, ctx, e);
}

void sync_pulls(struct hub *h)
{
	struct errinfo ignored = { 0 };
	struct counted p = { 0 };
	int64_t now = clock_monotonic();
	if (h->pulls_counted_ns && now - h->pulls_counted_ns < HUB_PULLS_SECONDS * NS_PER_SECOND)
		return;
	h->pulls_counted_ns = now;
	if (ingest_read(h->ingest, read_pulls, &p, &ignored)) {
		h->pulls_counted_ns = 0;         /* again at the next occasion */
	} else {
		if (p.count)
			qsort(p.list, p.count, sizeof *p.list, by_chart);
		table_set_pulls(&h->table, p.list, p.count);
	}
	arena_done(&p.arena);
}
