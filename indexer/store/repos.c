/* Repositories and the names they had. */
#include "indexer/base/array.h"
#include "indexer/store/catalog.h"
#include "indexer/store/sql.h"

static enum err alias_remove(struct catalog *c, struct str name, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_ALIAS_REMOVE);
	sql_bind_text(&q, "@name", name);
	return sql_run(&q, e);
}

enum err catalog_repo_put(struct catalog *c, struct str name, int64_t created_ns, int64_t *ret_id,
                          struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = sql_start(c, QUERY_REPO_PUT);
	sql_bind_text(&q, "@name", name);
	sql_bind_int(&q, "@created", created_ns);
	enum err err = sql_step(&q, &row, e);
	if (err)
		return err;
	if (!row)
		return ERR(e, BUG, "a repository was stored without an id");
	int64_t id = sql_int(&q, 0);
	err = sql_run(&q, e);
	if (!err)
		err = alias_remove(c, name, e);
	if (!err)
		*ret_id = id;
	return err;
}

enum err catalog_repos(struct catalog *c, struct arena *a, struct repo_row **ret,
                       size_t *ret_count, struct errinfo *e)
{
	struct repo_row *rows = NULL;
	size_t count = 0, capacity = 0;
	AUTO_SQL struct sql q = sql_start(c, QUERY_REPOS);
	for (;;) {
		bool row;
		enum err err = sql_step(&q, &row, e);
		if (err)
			return err;
		if (!row)
			break;
		rows = arena_room(a, rows, count, &capacity, sizeof *rows);
		if (!rows || !arena_str(a, sql_text(&q, 1), &rows[count].name) ||
		    !arena_str(a, sql_text(&q, 3), &rows[count].settings))
			return ERR(e, NOMEM, "repositories");
		rows[count].id = sql_int(&q, 0);
		rows[count++].created_ns = sql_int(&q, 2);
	}
	*ret = rows;
	*ret_count = count;
	return OK;
}

enum err catalog_repo_set(struct catalog *c, int64_t id, struct str settings, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_REPO_SET);
	sql_bind_int(&q, "@id", id);
	sql_bind_text(&q, "@settings", settings);
	return sql_run(&q, e);
}

static enum err alias_put(struct catalog *c, struct str name, int64_t repo_id, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_ALIAS_PUT);
	sql_bind_text(&q, "@name", name);
	sql_bind_int(&q, "@repo", repo_id);
	return sql_run(&q, e);
}

enum err catalog_repo_rename(struct catalog *c, int64_t id, struct str old, struct str name,
                             struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_REPO_RENAME);
	sql_bind_int(&q, "@id", id);
	sql_bind_text(&q, "@name", name);
	enum err err = sql_run(&q, e);
	if (!err)
		err = alias_remove(c, name, e);
	return err ? err : alias_put(c, old, id, e);
}

enum err catalog_repo_remove(struct catalog *c, int64_t id, struct errinfo *e)
{
	enum err err = catalog_versions_clear(c, id, e);
	if (err)
		return err;
	AUTO_SQL struct sql q = sql_start(c, QUERY_REPO_REMOVE);
	sql_bind_int(&q, "@id", id);
	return sql_run(&q, e);
}

enum err catalog_aliases(struct catalog *c, struct arena *a, struct alias_row **ret,
                         size_t *ret_count, struct errinfo *e)
{
	struct alias_row *rows = NULL;
	size_t count = 0, capacity = 0;
	AUTO_SQL struct sql q = sql_start(c, QUERY_ALIASES);
	for (;;) {
		bool row;
		enum err err = sql_step(&q, &row, e);
		if (err)
			return err;
		if (!row)
			break;
		rows = arena_room(a, rows, count, &capacity, sizeof *rows);
		if (!rows || !arena_str(a, sql_text(&q, 0), &rows[count].name))
			return ERR(e, NOMEM, "aliases");
		rows[count++].repo_id = sql_int(&q, 1);
	}
	*ret = rows;
	*ret_count = count;
	return OK;
}
