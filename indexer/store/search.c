/* Rows of search.db (search.h). */
#include "indexer/store/search.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/clock.h"
#include "indexer/store/sql.h"

#define PROGRESS_STEPS 2000            /* of SQLite's machine between two looks at the clock */

enum err search_remove(struct datadir *d, struct errinfo *e)
{
	static const char *const names[] = {
		"search.db", "search.db-wal", "search.db-shm", "search.db-journal",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (unlinkat(datadir_fd(d), names[i], 0) != 0 && errno != ENOENT)
			return ERR_SYS(e, "remove %s", names[i]);
	return OK;
}

/* ---- charts ---- */

/* Borrows from the statement; the order is CHART_COLUMNS. */
static enum err read_chart(const struct sql *q, struct search_chart *ret, struct errinfo *e)
{
	*ret = (struct search_chart){
		.id = sql_int(q, 0), .repo = sql_text(q, 1), .name = sql_text(q, 2),
		.line = sql_text(q, 4), .facts = sql_text(q, 5),
	};
	return sql_hash(q, 3, &ret->digest, e);
}

enum err search_charts_each(struct catalog *c, search_visit_chart *each, void *ctx,
                            struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_SEARCH_CHARTS);
	for (;;) {
		bool row;
		struct search_chart chart;
		enum err err = sql_step(&q, &row, e);
		if (err || !row)
			return err;
		err = read_chart(&q, &chart, e);
		if (!err)
			err = each(ctx, &chart, e);
		if (err)
			return err;
	}
}

enum err search_chart(struct catalog *c, struct arena *a, struct str repo, struct str name,
                      struct search_chart *ret, struct errinfo *e)
{
	bool row;
	struct search_chart v;
	AUTO_SQL struct sql q = sql_start(c, QUERY_SEARCH_CHART_BY_NAME);
	sql_bind_text(&q, "@repo", repo);
	sql_bind_text(&q, "@name", name);
	enum err err = sql_step(&q, &row, e);
	if (!err && !row)
		return ERR(e, NOT_FOUND, "there is no such chart");
	if (!err)
		err = read_chart(&q, &v, e);
	if (err)
		return err;
	if (!arena_str(a, v.repo, &v.repo) || !arena_str(a, v.name, &v.name) ||
	    !arena_str(a, v.line, &v.line) || !arena_str(a, v.facts, &v.facts))
		return ERR(e, NOMEM, "chart");
	*ret = v;
	return OK;
}

static enum err put_text(struct catalog *c, int64_t id, const struct search_text *t,
                         struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_SEARCH_TEXT_PUT);
	sql_bind_int(&q, "@id", id);
	sql_bind_text(&q, "@name", t->name);
	sql_bind_text(&q, "@joined", t->joined);
	sql_bind_text(&q, "@alternative", t->alternative);
	sql_bind_text(&q, "@keywords", t->keywords);
	sql_bind_text(&q, "@description", t->description);
	sql_bind_text(&q, "@people", t->people);
	sql_bind_text(&q, "@uses", t->uses);
	sql_bind_text(&q, "@images", t->images);
	sql_bind_text(&q, "@kinds", t->kinds);
	sql_bind_text(&q, "@readme", t->readme);
	sql_bind_text(&q, "@keys", t->keys);
	return sql_run(&q, e);
}

static enum err run_with_id(struct catalog *c, enum query query, int64_t id, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, query);
	sql_bind_int(&q, "@id", id);
	return sql_run(&q, e);
}

/* Of a chart that has a text. */
static enum err run_with_said(struct catalog *c, enum query query, int64_t id, struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql text = sql_start(c, QUERY_SEARCH_SAID);
	sql_bind_int(&text, "@id", id);
	enum err err = sql_step(&text, &row, e);
	if (err || !row)
		return err;
	AUTO_SQL struct sql q = sql_start(c, query);
	sql_bind_int(&q, "@id", id);
	sql_bind_text(&q, "@said", sql_text(&text, 0));
	return sql_run(&q, e);
}

static enum err remove_text(struct catalog *c, int64_t id, struct errinfo *e)
{
	enum err err = run_with_said(c, QUERY_SEARCH_WORDS_REMOVE, id, e);
	return err ? err : run_with_id(c, QUERY_SEARCH_TEXT_REMOVE, id, e);
}

static enum err put_row(struct catalog *c, const struct search_chart *row, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_SEARCH_CHART_PUT);
	sql_bind_text(&q, "@repo", row->repo);
	sql_bind_text(&q, "@name", row->name);
	sql_bind_hash(&q, "@digest", &row->digest);
	sql_bind_text(&q, "@line", row->line);
	sql_bind_text(&q, "@facts", row->facts);
	return sql_run(&q, e);
}

static enum err read_id(struct catalog *c, struct search_chart *row, struct errinfo *e)
{
	bool found;
	AUTO_SQL struct sql q = sql_start(c, QUERY_SEARCH_CHART_ID);
	sql_bind_text(&q, "@repo", row->repo);
	sql_bind_text(&q, "@name", row->name);
	enum err err = sql_step(&q, &found, e);
	if (!err && !found)
		return ERR(e, BUG, "a chart was put and has no id");
	if (!err)
		row->id = sql_int(&q, 0);
	return err;
}

enum err search_chart_put(struct catalog *c, struct search_chart *row,
                          const struct search_text *text, struct errinfo *e)
{
	enum err err = put_row(c, row, e);
	if (!err)
		err = read_id(c, row, e);
	if (!err)
		err = remove_text(c, row->id, e);
	if (!err)
		err = put_text(c, row->id, text, e);
	return err ? err : run_with_said(c, QUERY_SEARCH_WORDS_PUT, row->id, e);
}

enum err search_chart_remove(struct catalog *c, int64_t id, struct errinfo *e)
{
	enum err err = remove_text(c, id, e);
	return err ? err : run_with_id(c, QUERY_SEARCH_CHART_REMOVE, id, e);
}

/* ---- dependencies ---- */

static struct sql start_named(struct catalog *c, enum query query, struct str repo, struct str name,
                              struct str version)
{
	struct sql q = sql_start(c, query);
	sql_bind_text(&q, "@repo", repo);
	sql_bind_text(&q, "@name", name);
	sql_bind_text(&q, "@version", version);
	return q;
}

static enum err put_edge(struct catalog *c, struct str repo, struct str name, struct str version,
                         const struct search_edge *v, struct errinfo *e)
{
	AUTO_SQL struct sql q = start_named(c, QUERY_SEARCH_EDGE_PUT, repo, name, version);
	sql_bind_text(&q, "@target", v->target);
	sql_bind_int(&q, "@position", v->position);
	sql_bind_text(&q, "@within", v->within);
	sql_bind_text(&q, "@range", v->range);
	sql_bind_text(&q, "@repository", v->repository);
	sql_bind_text(&q, "@alias", v->alias);
	sql_bind_text(&q, "@condition", v->condition);
	sql_bind_text(&q, "@tags", v->tags);
	sql_bind_text(&q, "@imports", v->imports);
	sql_bind_text(&q, "@locked", v->locked);
	sql_bind_text(&q, "@locked_repository", v->locked_repository);
	sql_bind_text(&q, "@vendored", v->vendored);
	return sql_run(&q, e);
}

static enum err remove_named(struct catalog *c, enum query query, struct str repo, struct str name,
                             struct str version, struct errinfo *e)
{
	AUTO_SQL struct sql q = start_named(c, query, repo, name, version);
	return sql_run(&q, e);
}

enum err search_version_remove(struct catalog *c, struct str repo, struct str name,
                               struct str version, struct errinfo *e)
{
	enum err err = remove_named(c, QUERY_SEARCH_EDGES_REMOVE, repo, name, version, e);
	return err ? err : remove_named(c, QUERY_SEARCH_VERSION_REMOVE, repo, name, version, e);
}

enum err search_version(struct catalog *c, struct str repo, struct str name, struct str version,
                        struct sha256 *ret, struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = start_named(c, QUERY_SEARCH_VERSION, repo, name, version);
	enum err err = sql_step(&q, &row, e);
	if (!err && !row)
		return ERR(e, NOT_FOUND, "there is no such version");
	return err ? err : sql_hash(&q, 1, ret, e);
}

static enum err rename_in(struct catalog *c, enum query query, struct str repo, struct str to,
                          struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, query);
	sql_bind_text(&q, "@repo", repo);
	sql_bind_text(&q, "@name", to);
	return sql_run(&q, e);
}

enum err search_rename(struct catalog *c, struct str repo, struct str to, struct errinfo *e)
{
	enum err err = rename_in(c, QUERY_SEARCH_VERSIONS_RENAME, repo, to, e);
	return err ? err : rename_in(c, QUERY_SEARCH_EDGES_RENAME, repo, to, e);
}

static enum err put_version(struct catalog *c, struct str repo, struct str name,
                            const struct search_version *v, struct errinfo *e)
{
	AUTO_SQL struct sql q = start_named(c, QUERY_SEARCH_VERSION_PUT, repo, name, v->version);
	sql_bind_hash(&q, "@digest", &v->digest);
	return sql_run(&q, e);
}

enum err search_version_put(struct catalog *c, struct str repo, struct str name,
                            const struct search_version *v, const struct search_edge *edges,
                            size_t count, struct errinfo *e)
{
	enum err err = search_version_remove(c, repo, name, v->version, e);
	if (!err)
		err = put_version(c, repo, name, v, e);
	for (size_t i = 0; i < count && !err; i++)
		err = put_edge(c, repo, name, v->version, &edges[i], e);
	return err;
}

/* The order is EDGE_COLUMNS. */
static enum err read_edge(const struct sql *q, struct arena *a, void *ret, struct errinfo *e)
{
	struct search_edge *v = ret;
	struct str *const texts[] = {
		&v->target, &v->repo, &v->name, &v->version, NULL, &v->within, &v->range, &v->repository,
		&v->alias, &v->condition, &v->tags, &v->imports, &v->locked, &v->locked_repository,
		&v->vendored,
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i] && !arena_str(a, sql_text(q, (int)i), texts[i]))
			return ERR(e, NOMEM, "dependencies");
	v->position = (unsigned)sql_int(q, 4);
	return OK;
}

static enum err read_version(const struct sql *q, struct arena *a, void *ret, struct errinfo *e)
{
	struct search_version *v = ret;
	if (!arena_str(a, sql_text(q, 0), &v->version))
		return ERR(e, NOMEM, "versions");
	return sql_hash(q, 1, &v->digest, e);
}

static enum err read_name(const struct sql *q, struct arena *a, void *ret, struct errinfo *e)
{
	return arena_str(a, sql_text(q, 0), ret) ? OK : ERR(e, NOMEM, "names");
}

static const struct sql_list
edges    = { .what = "dependencies", .row_bytes = sizeof(struct search_edge), .read = read_edge },
versions = { .what = "versions", .row_bytes = sizeof(struct search_version), .read = read_version },
names    = { .what = "names", .row_bytes = sizeof(struct str), .read = read_name };

enum err search_versions(struct catalog *c, struct arena *a, struct str repo, struct str name,
                         struct search_version **ret, size_t *ret_count, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_SEARCH_VERSIONS);
	sql_bind_text(&q, "@repo", repo);
	sql_bind_text(&q, "@name", name);
	return sql_rows(&q, &versions, a, (void **)ret, ret_count, e);
}

enum err search_edges(struct catalog *c, struct arena *a, struct str repo, struct str name,
                      struct str version, struct search_edge **ret, size_t *ret_count,
                      struct errinfo *e)
{
	AUTO_SQL struct sql q = start_named(c, QUERY_SEARCH_EDGES, repo, name, version);
	return sql_rows(&q, &edges, a, (void **)ret, ret_count, e);
}

enum err search_users(struct catalog *c, struct arena *a, struct str target,
                      const struct search_edge *after, unsigned limit, struct search_edge **ret,
                      size_t *ret_count, struct errinfo *e)
{
	static const struct search_edge none;
	const struct search_edge *from = after ? after : &none;
	AUTO_SQL struct sql q = start_named(c, QUERY_SEARCH_USERS, from->repo, from->name, from->version);
	sql_bind_int(&q, "@position", after ? (int64_t)after->position : -1);
	sql_bind_text(&q, "@target", target);
	sql_bind_int(&q, "@limit", limit);
	return sql_rows(&q, &edges, a, (void **)ret, ret_count, e);
}

enum err search_names(struct catalog *c, struct arena *a, struct str repo, struct str **ret,
                      size_t *ret_count, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_SEARCH_NAMES_OF_REPO);
	sql_bind_text(&q, "@repo", repo);
	return sql_rows(&q, &names, a, (void **)ret, ret_count, e);
}

enum err search_repos(struct catalog *c, struct arena *a, struct str **ret, size_t *ret_count,
                      struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_SEARCH_REPOS);
	return sql_rows(&q, &names, a, (void **)ret, ret_count, e);
}

/* ---- words ---- */

static int is_late(void *deadline_ns)
{
	return clock_monotonic() > *(const int64_t *)deadline_ns;
}

struct ids {
	int64_t *list;
	size_t count, capacity;
};

/* Until the end, one more than `limit`, or the deadline. */
static enum err collect(struct sql *q, struct arena *a, unsigned limit, struct ids *to, bool *ret_more,
                        struct errinfo *e)
{
	for (;;) {
		bool row;
		enum err err = sql_step(q, &row, e);
		*ret_more = (err && sqlite3_errcode(q->c->db) == SQLITE_INTERRUPT) ||
		            (!err && row && to->count == limit);
		if (err || !row || *ret_more)
			return *ret_more ? OK : err;
		to->list = arena_room(a, to->list, to->count, &to->capacity, sizeof *to->list);
		if (!to->list)
			return ERR(e, NOMEM, "search");
		to->list[to->count++] = sql_int(q, 0);
	}
}

enum err search_match(struct catalog *c, struct arena *a, struct str expression, bool phrases,
                      unsigned limit, int64_t deadline_ns, int64_t **ret, size_t *ret_count,
                      bool *ret_more, struct errinfo *e)
{
	struct ids found = { 0 };
	AUTO_SQL struct sql q = sql_start(c, phrases ? QUERY_SEARCH_MATCH_PHRASES : QUERY_SEARCH_MATCH);
	sql_bind_text(&q, "@query", expression);
	sql_bind_int(&q, "@limit", (int64_t)limit + 1);
	sqlite3_progress_handler(c->db, PROGRESS_STEPS, is_late, &deadline_ns);
	enum err err = collect(&q, a, limit, &found, ret_more, e);
	sqlite3_progress_handler(c->db, 0, NULL, NULL);
	if (err)
		return err;
	*ret = found.list;
	*ret_count = found.count;
	return OK;
}

enum err search_texts(struct catalog *c, struct arena *a, int64_t id, struct str *ret_readme,
                      struct str *ret_keys, struct errinfo *e)
{
	bool row;
	struct str readme = { 0 }, keys = { 0 };
	AUTO_SQL struct sql q = sql_start(c, QUERY_SEARCH_TEXT_GET);
	sql_bind_int(&q, "@id", id);
	enum err err = sql_step(&q, &row, e);
	if (err)
		return err;
	if (row && (!arena_str(a, sql_text(&q, 0), &readme) || !arena_str(a, sql_text(&q, 1), &keys)))
		return ERR(e, NOMEM, "search");
	*ret_readme = readme;
	*ret_keys = keys;
	return OK;
}

enum err search_optimize(struct catalog *c, struct errinfo *e)
{
	enum err err = sql_run_plain(c, QUERY_SEARCH_OPTIMIZE, e);
	return err ? err : sql_run_plain(c, QUERY_SEARCH_OPTIMIZE_WORDS, e);
}
