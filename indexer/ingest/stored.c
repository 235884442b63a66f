/* Looking at a chart that is stored: are its bytes the right ones, and what line do they make? */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/digest.h"
#include "indexer/ingest/ingest_impl.h"

void prov_file_name(struct str file, char ret[PROV_NAME_BYTES])
{
	(void)snprintf(ret, PROV_NAME_BYTES, "%.*s.prov", STR_ARG(file));
}

/* Of one that is gone nothing is found. */
static enum err read_file(struct repository *r, const char *file, char **ret_data, size_t *ret_bytes, struct errinfo *e)
{
	if (!repository_enter(r))
		return ERR_NOT_FOUND;
	enum err err = fs_read(r->charts_fd, file, CHART_UNPACKED_MAX_BYTES, ret_data, ret_bytes, e);
	repository_leave(r);
	return err;
}

enum err stored_read(struct repository *r, const char *file, const struct sha256 *digest,
                     char **ret_data, size_t *ret_bytes, struct errinfo *e)
{
	AUTO_FREE char *data = NULL;
	size_t bytes;
	struct sha256 have;
	struct errinfo why = { 0 };
	enum err err = read_file(r, file, &data, &bytes, &why);
	if (err == ERR_NOT_FOUND || err == ERR_INVALID)
		return ERR(e, NOT_FOUND, "the file is missing");
	if (err == ERR_UNREADABLE)
		return ERR(e, UNREADABLE, "the file cannot be opened: %s", why.detail);
	if (err == ERR_IO || err == ERR_TOO_LARGE)
		return ERR(e, DAMAGED, "the file cannot be read: %s", why.detail);
	if (err)
		return err_set(e, err, "%s", why.detail);
	err = sha256_of(str_make(data, bytes), &have, e);
	if (!err)
		err = digest_judge(&have, digest, e);
	if (err)
		return err;
	*ret_data = data;
	*ret_bytes = bytes;
	data = NULL;
	return OK;
}

enum err stored_is_whole(struct repository *r, const char *file, const struct sha256 *digest,
                         bool *ret, struct errinfo *e)
{
	AUTO_FREE char *data = NULL;
	size_t bytes;
	struct errinfo why = { 0 };
	enum err err = stored_read(r, file, digest, &data, &bytes, &why);
	*ret = !err;
	if (!err || err == ERR_NOT_FOUND || err == ERR_DAMAGED)
		return OK;
	return err_set(e, err, "%s", why.detail);
}

static enum err check_names(const struct chart_meta *m, const struct version_row *row,
                            struct errinfo *e)
{
	if (str_eq(m->name, row->chart) && str_eq(m->version, row->version))
		return OK;
	return ERR(e, METADATA, "the chart inside is %.*s %.*s", STR_ARG(m->name), STR_ARG(m->version));
}

enum err stored_line(struct ingest *g, struct arena *a, struct str tgz,
                     const struct version_row *row, struct str *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scrap = { 0 };
	AUTO_SBUF struct sbuf line = sbuf_make(INDEX_LINE_MAX_BYTES);
	struct chart chart;
	const char *url = index_chart_url(&scrap, row->file);
	struct scratch *scratch = url ? scratch_take(g) : NULL;
	if (!scratch)
		return ERR(e, NOMEM, "inflate buffer");
	enum err err = chart_read(&scrap, &scratch->chart, tgz, &chart, e);
	if (!err)
		err = check_names(&chart.meta, row, e);
	if (!err)
		index_line(&line, &chart.meta, str_c(url), row->created_ns, &row->digest);
	scratch_give(g, scratch);
	if (err)
		return err;
	return sbuf_ok(&line) && arena_str(a, sbuf_str(&line), ret) ? OK : ERR(e, NOMEM, "index line");
}
