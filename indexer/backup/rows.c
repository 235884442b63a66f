/* Versions and settings of repositories: fsck compares them too, but a restored directory is served
 * before anybody runs that.                                                                  */
#include "indexer/backup/rows.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/ingest/replay.h"

struct checking {
	const struct backup_options *o;
	struct replay *log;
	struct str repo;
	uint64_t problems;
};

static void tell(struct checking *x, struct str repo, struct str file, const char *text)
{
	x->problems++;
	if (x->o->problem)
		x->o->problem(x->o->ctx, repo, file, text);
}

static enum err check_version(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct checking *x = ctx;
	struct replayed *v = replay_find(x->log, x->repo, row->file);
	(void)e;
	if (!v)
		tell(x, x->repo, row->file, "the log has no such version");
	else if (!replay_agrees(v, row))
		tell(x, x->repo, row->file, "the row is not what the log says");
	if (v)
		v->seen = true;
	return OK;
}

static enum err check_repository(struct checking *x, struct catalog *c, const struct repo_row *row,
                                 struct errinfo *e)
{
	bool same = true;
	x->repo = row->name;
	enum err err = replay_agrees_on_settings(c, row, &same, e);
	if (!err && !same)
		tell(x, row->name, (struct str){ 0 }, "its settings are not what the log says");
	return err ? err : catalog_versions_each(c, row->id, check_version, x, e);
}

static enum err check(struct checking *x, struct catalog *c, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_row *rows;
	size_t count = 0;
	enum err err = catalog_repos(c, &a, &rows, &count, e);
	for (size_t i = 0; i < count && !err; i++)
		err = check_repository(x, c, &rows[i], e);
	for (const struct replayed *v = x->log->first; v && !err; v = v->following)
		if (!v->seen)
			tell(x, v->repo, v->file, "the log has this version, and there is no row of it");
	return err;
}

enum err rows_check(struct catalog *c, const struct backup_options *o, uint64_t *ret_problems,
                    struct errinfo *e)
{
	struct checking x = { .o = o, .log = calloc(1, sizeof *x.log) };
	if (!x.log)
		return ERR(e, NOMEM, "log");
	enum err err = replay_log(c, x.log, e);
	if (!err)
		err = check(&x, c, e);
	replay_done(x.log);
	free(x.log);
	if (!err)
		*ret_problems = x.problems;
	return err;
}
