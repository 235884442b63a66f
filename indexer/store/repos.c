/* Repositories and the names they had. */
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

static enum err repo_read(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct repo_row *ret = row;
	*ret = (struct repo_row){ .id = sql_int(q, 0), .created_ns = sql_int(q, 2) };
	if (!arena_str(a, sql_text(q, 1), &ret->name) || !arena_str(a, sql_text(q, 3), &ret->settings))
		return ERR(e, NOMEM, "repositories");
	return OK;
}

static const struct sql_list repos = {
	QUERY_REPOS, "repositories", sizeof(struct repo_row), repo_read,
};

enum err catalog_repos(struct catalog *c, struct arena *a, struct repo_row **ret,
                       size_t *ret_count, struct errinfo *e)
{
	void *rows;
	enum err err = sql_list(c, &repos, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}

enum err catalog_repo(struct catalog *c, struct arena *a, struct str name, struct repo_row *ret,
                      struct errinfo *e)
{
	struct repo_row row;
	AUTO_SQL struct sql q = sql_start(c, QUERY_REPO);
	sql_bind_text(&q, "@name", name);
	enum err err = sql_first(&q, "", e);
	if (err == ERR_NOT_FOUND)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(name));
	if (!err)
		err = repo_read(&q, a, &row, e);
	if (!err)
		*ret = row;
	return err;
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

static enum err alias_read(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct alias_row *ret = row;
	if (!arena_str(a, sql_text(q, 0), &ret->name) || !arena_str(a, sql_text(q, 1), &ret->repo))
		return ERR(e, NOMEM, "aliases");
	return OK;
}

static const struct sql_list aliases = {
	QUERY_ALIASES, "aliases", sizeof(struct alias_row), alias_read,
};

enum err catalog_aliases(struct catalog *c, struct arena *a, struct alias_row **ret,
                         size_t *ret_count, struct errinfo *e)
{
	void *rows;
	enum err err = sql_list(c, &aliases, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}
