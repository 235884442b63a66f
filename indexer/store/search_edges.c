/* Rows of search.db (search.h): versions, and what they depend on. */
#include "indexer/store/search.h"

#include "indexer/store/sql.h"

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
	AUTO_SQL struct sql q = start_named(c, QUERY_SEARCH_VERSION, repo, name, version);
	enum err err = sql_first(&q, "there is no such version", e);
	return err ? err : sql_hash(&q, 1, ret, e);
}

enum err search_images(struct catalog *c, struct arena *a, struct str repo, struct str name,
                       struct str version, struct sha256 *ret_digest, struct str *ret, struct errinfo *e)
{
	bool row;
	struct sha256 digest;
	AUTO_SQL struct sql q = start_named(c, QUERY_SEARCH_IMAGES, repo, name, version);
	enum err err = sql_step(&q, &row, e);
	if (!err && (!row || sql_is_null(&q, 1)))
		return ERR(e, NOT_FOUND, "nobody knows the images of this version");
	if (!err)
		err = sql_hash(&q, 0, &digest, e);
	if (!err && !arena_str(a, sql_text(&q, 1), ret))
		err = ERR(e, NOMEM, "images");
	if (!err)
		*ret_digest = digest;
	return err;
}

enum err search_images_put(struct catalog *c, struct str repo, struct str name, struct str version,
                           struct str images, struct errinfo *e)
{
	AUTO_SQL struct sql q = start_named(c, QUERY_SEARCH_IMAGES_PUT, repo, name, version);
	sql_bind_text(&q, "@images", images);
	return sql_run(&q, e);
}

enum err search_unrendered(struct catalog *c, struct arena *a, struct str from, struct str *ret_repo,
                           struct str *ret_name, struct str *ret_version, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_SEARCH_UNRENDERED);
	sql_bind_text(&q, "@repo", from);
	enum err err = sql_first(&q, "everything is rendered", e);
	if (!err && (!arena_str(a, sql_text(&q, 0), ret_repo) || !arena_str(a, sql_text(&q, 1), ret_name) ||
	             !arena_str(a, sql_text(&q, 2), ret_version)))
		return ERR(e, NOMEM, "images");
	return err;
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
