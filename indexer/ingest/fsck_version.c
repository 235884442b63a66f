/* A row first, then the file's bytes, then what is in them: the first that is wrong is told. */
#include "indexer/ingest/fsck_version.h"

#include <stdio.h>

#include "indexer/base/auto.h"

PRINTF_LIKE(3, 4) static void find(struct finding *f, enum fsck_kind kind, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	f->kind = kind;
	(void)vsnprintf(f->why, sizeof f->why, format, args);
	va_end(args);
}

static enum err check_row(struct catalog *catalog, const struct repository *r,
                          const struct replayed *v, struct arena *a, struct version_row *row,
                          struct finding *ret, struct errinfo *e)
{
	enum err err = catalog_version_by_file(catalog, a, r->id, v->file, row, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (err || !replay_agrees(v, row))
		find(ret, FSCK_LOG, "the row is not what the log says; chartlocker rebuild makes it again");
	return OK;
}

static enum err check_content(struct ingest *g, const struct replayed *v,
                              const struct version_row *row,
                              struct str tgz, struct finding *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	if (v->remote)                       /* its line is the upstream's */
		return OK;
	const struct version_row said = { .chart = v->chart, .version = v->version, .file = v->file,
	                                  .digest = v->digest, .created_ns = v->created_ns };
	struct str line;
	struct errinfo why = { 0 };
	enum err err = stored_line(g, &a, tgz, &said, &line, &why);
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "%s", why.detail);
	if (err)
		find(ret, FSCK_METADATA, "%s", why.detail);
	else if (!str_eq(line, row->line))
		find(ret, FSCK_METADATA, "the stored index line is not what the chart says; "
		     "chartlocker rebuild makes it again");
	else if (row->state == VERSION_DAMAGED)
		find(ret, FSCK_DAMAGED, "the version is left out of the index although its file is whole");
	return OK;
}

static enum err check_file(struct ingest *g, struct repository *r, const struct replayed *v,
                           const struct version_row *row, struct finding *ret, uint64_t *ret_bytes,
                           struct errinfo *e)
{
	AUTO_FREE char *data = NULL;
	size_t bytes = 0;
	struct errinfo why = { 0 };
	enum err err = stored_read(r, v->file.p, &v->digest, &data, &bytes, &why);
	if (!err && ret_bytes)
		*ret_bytes = bytes;
	if (!err)
		return check_content(g, v, row, str_make(data, bytes), ret, e);
	if (err != ERR_NOT_FOUND && err != ERR_DAMAGED && err != ERR_UNREADABLE)
		return err_set(e, err, "%s", why.detail);
	const char *help = err == ERR_UNREADABLE ? "chown it to the user of this program"
	                   : v->remote ? "pull it again; when the upstream has it no more, put the good file back and run "
	                                 "chartlocker rebuild"
	                   : "publish the same bytes again to heal it";
	find(ret, err == ERR_NOT_FOUND ? FSCK_MISSING : FSCK_DAMAGED, "%s; %s", why.detail, help);
	return OK;
}

enum err fsck_version(struct ingest *g, struct catalog *catalog, struct repository *r,
                      const struct replayed *v, struct finding *ret, uint64_t *ret_bytes,
                      struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row;
	struct finding found = { .kind = FSCK_KINDS };
	enum err err = ingest_is_draining(g) ? ERR(e, DRAINING, "the server is shutting down") : OK;
	if (!err)
		err = check_row(catalog, r, v, &a, &row, &found, e);
	if (!err && found.kind == FSCK_KINDS && !row.absent)
		err = check_file(g, r, v, &row, &found, ret_bytes, e);
	if (!err)
		*ret = found;
	return err;
}

enum err fsck_prov(const struct repository *r, const struct replayed *v,
                   char ret_name[PROV_NAME_BYTES], enum fsck_prov *ret, uint64_t *ret_bytes,
                   struct errinfo *e)
{
	AUTO_FREE char *data = NULL;
	size_t bytes;
	struct sha256 digest;
	prov_file_name(v->file, ret_name);
	*ret = PROV_FINE;
	if (!v->has_prov)
		return OK;
	enum err err = fs_read(r->charts_fd, ret_name, PROVENANCE_MAX_BYTES, &data, &bytes, NULL);
	if (!err)
		err = sha256_of(str_make(data, bytes), &digest, NULL);
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "fsck");
	if (err)
		*ret = PROV_MISSING;
	else if (!sha256_eq(&digest, &v->prov_digest))
		*ret = PROV_OTHER;
	else if (ret_bytes)
		*ret_bytes = bytes;
	return OK;
}
