/* Rows of search.db (search.h): charts and their words. */
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
	enum err err = OK;
	while (sql_next(&q, &err, e)) {
		struct search_chart chart;
		err = read_chart(&q, &chart, e);
		if (!err)
			err = each(ctx, &chart, e);
	}
	return err;
}

enum err search_chart(struct catalog *c, struct arena *a, struct str repo, struct str name,
                      struct search_chart *ret, struct errinfo *e)
{
	struct search_chart v;
	AUTO_SQL struct sql q = sql_start(c, QUERY_SEARCH_CHART_BY_NAME);
	sql_bind_text(&q, "@repo", repo);
	sql_bind_text(&q, "@name", name);
	enum err err = sql_first(&q, "there is no such chart", e);
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
