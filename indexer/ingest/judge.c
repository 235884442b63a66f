/* The worker's part of a change: read the bytes back, judge them, render the index line, and make
 * the file durable. Nothing here touches the catalog, so many run at once.
 *
 * The bytes are read back from the file and hashed again: what was received, what is stored and
 * what was judged must be the same, or the change is refused.                                */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/format/name.h"
#include "indexer/format/provenance.h"
#include "indexer/ingest/ingest_impl.h"

/* A source that nobody can change any more is linked as it is; every other is copied, unless the
 * caller knows better.                                                                       */
static bool may_link(const struct ingest *g, const struct change *c, const struct stat *st)
{
	struct stat data;
	bool frozen = (st->st_mode & 0222) == 0 && st->st_uid == geteuid();
	return (c->link == LINK_ALWAYS || (c->link == LINK_IF_FROZEN && frozen)) &&
	       fstat(datadir_fd(g->dir), &data) == 0 && data.st_dev == st->st_dev;
}

enum err copy_source(struct ingest *g, struct change *c)
{
	struct fs_tmp copy;
	enum err err = datadir_tmp(g->dir, &copy, &c->error);
	if (err)
		return err;
	err = fs_copy(c->tgz.fd, copy.fd, &c->error);
	if (err) {
		fs_tmp_close(&copy);
		return err;
	}
	fs_tmp_close(&c->tgz);
	c->tgz = copy;
	c->link_source = false;
	return OK;
}

static enum err take_source(struct ingest *g, struct change *c)
{
	struct stat st;
	if (fstat(c->tgz.fd, &st) != 0)
		return ERR_SYS(&c->error, "fstat");
	if (c->created_ns == 0)
		c->created_ns = clock_of(st.st_mtim);
	return may_link(g, c, &st) ? OK : copy_source(g, c);
}

static enum err read_archive(struct change *c, char **ret, size_t *ret_bytes)
{
	enum err err = fs_read_fd(c->tgz.fd, CHART_UNPACKED_MAX_BYTES, ret, ret_bytes, &c->error);
	if (!err)
		err = sha256_of(str_make(*ret, *ret_bytes), &c->digest, &c->error);
	if (err)
		return err;
	sha256_hex(&c->digest, c->result.digest);
	if (c->has_received && !sha256_eq(&c->digest, &c->received))
		return c->kind == CHANGE_UNDELETE ? undelete_damaged(c) :
		       ERR(&c->error, DIGEST, "the stored bytes have sha256:%s, others were received",
		           c->result.digest);
	return OK;
}

/* Keeps what the writer needs of a chart, in the change's own arena. */
static enum err keep(struct change *c, const struct chart *chart, struct str file)
{
	struct change_result *r = &c->result;
	if (!arena_str(&c->arena, chart->meta.name, &r->name) ||
	    !arena_str(&c->arena, chart->meta.version, &r->version) ||
	    !arena_str(&c->arena, file, &r->file))
		return ERR(&c->error, NOMEM, "names");
	c->inside_name = r->name;
	c->inside_version = r->version;
	r->warning_count = chart->warning_count;
	memcpy(r->warnings, chart->warnings, chart->warning_count * sizeof *r->warnings);
	AUTO_SBUF struct sbuf line = sbuf_make(INDEX_LINE_MAX_BYTES);
	const char *url = index_chart_url(&c->arena, file);
	if (!url)
		return ERR(&c->error, NOMEM, "index line");
	index_line(&line, &chart->meta, str_c(url), c->created_ns, &c->digest);
	if (!sbuf_ok(&line) && line.n + KIB > line.limit)
		return ERR(&c->error, METADATA, "Chart.yaml: the metadata is larger than %u bytes", INDEX_LINE_MAX_BYTES);
	if (!sbuf_ok(&line) || !arena_str(&c->arena, sbuf_str(&line), &c->line))
		return ERR(&c->error, NOMEM, "index line");
	return OK;
}

/* "demo", "1.0.0", "demo-1.0.0.tgz" */
static bool names_agree(struct str name, struct str version, struct str file)
{
	return chart_file_name_is_safe(file) && file.n == name.n + version.n + STR("-.tgz").n &&
	       str_starts(file, name) && file.p[name.n] == '-' &&
	       str_starts(str_from(file, name.n + 1), version) && str_ends(file, STR(".tgz"));
}

/* The provenance file names the archive and its digest; both must be this archive's. */
static enum err judge_prov(struct change *c)
{
	struct str name, version, file, digest;
	enum err err = provenance_parse(c->prov, &name, &version, &file, &digest, &c->error);
	if (!err)
		err = sha256_of(c->prov, &c->prov_digest, &c->error);
	if (err)
		return err;
	if (!sha256_parse(digest, &c->prov_names))
		return ERR(&c->error, PROVENANCE, "the provenance file states no sha256 for %.*s", STR_ARG(file));
	if (!names_agree(name, version, file))
		return ERR(&c->error, PROVENANCE, "invalid provenance file: %.*s %.*s is not what %.*s holds",
		           STR_ARG(name), STR_ARG(version), STR_ARG(file));
	if (c->kind == CHANGE_PROV) {
		sha256_hex(&c->prov_digest, c->result.digest);
		if (!arena_str(&c->arena, file, &c->result.file) || !arena_str(&c->arena, name, &c->result.name) ||
		    !arena_str(&c->arena, version, &c->result.version))
			return ERR(&c->error, NOMEM, "names");
		if (c->expect_file.n && !str_eq(c->expect_file, file))
			return ERR(&c->error, PROVENANCE, "the address says \"%.*s\", but the provenance file is for \"%.*s\"",
			           STR_ARG(c->expect_file), STR_ARG(file));
		return OK;
	}
	if (!str_eq(file, c->result.file))
		return ERR(&c->error, PROVENANCE, "the provenance file is for %.*s, the chart is %.*s",
		           STR_ARG(file), STR_ARG(c->result.file));
	if (!sha256_eq(&c->prov_names, &c->digest))
		return ERR(&c->error, PROVENANCE, "the provenance file states sha256:%.*s, the chart has sha256:%s",
		           STR_ARG(digest), c->result.digest);
	return OK;
}

static enum err leave_prov_out(struct change *c)
{
	c->prov = (struct str){ 0 };
	c->result.prov_left_out = arena_dup(&c->arena, str_c(c->error.detail));
	return c->result.prov_left_out ? OK : ERR(&c->error, NOMEM, "provenance file");
}

/* With the chart at hand: what is signed is its metadata too. */
static enum err judge_chart_prov(struct ingest *g, struct change *c, const struct chart *chart)
{
	enum err err = judge_prov(c);
	if (err == ERR_PROVENANCE && c->adopt)
		return leave_prov_out(c);
	if (err == ERR_PROVENANCE && c->kind == CHANGE_UNDELETE)
		return undelete_damaged(c);          /* it was accepted once */
	return err ? err : signature_check(g, c, &chart->meta);
}

static enum err judge_chart(struct ingest *g, struct change *c, struct str tgz)
{
	AUTO_ARENA struct arena a = { 0 };
	struct chart chart;
	struct str file;
	struct scratch *scratch = scratch_take(g);
	if (!scratch)
		return ERR(&c->error, NOMEM, "inflate buffer");
	enum err err = chart_read(&a, &scratch->chart, tgz, &chart, &c->error);
	if (err == ERR_TOO_LARGE)            /* what is inside, not the body: 400, not 413 */
		err = c->error.code = ERR_ARCHIVE;
	if (!err)
		err = chart_name_check(chart.meta.name, &c->error);
	if (!err)
		err = chart_file_name(&a, &chart.meta, &file, &c->error);
	c->result.other_name = !err && c->expect_file.n && !str_eq(c->expect_file, file);
	if (c->result.other_name && !arena_str(&c->arena, file, &c->result.file))
		err = ERR(&c->error, NOMEM, "names");
	else if (c->result.other_name)
		err = ERR(&c->error, INVALID, "the address says \"%.*s\", but Chart.yaml makes it \"%.*s\"",
		          STR_ARG(c->expect_file), STR_ARG(file));
	if (!err)
		err = keep(c, &chart, file);
	if (!err && c->skip_unchanged)
		err = unchanged_judge(g, c, &chart);
	if (!err && c->prov.n)
		err = judge_chart_prov(g, c, &chart);
	scratch_give(g, scratch);        /* not before: the chart borrows from it */
	return err;
}

static enum err store_prov(struct ingest *g, struct change *c)
{
	enum err err = datadir_tmp(g->dir, &c->prov_tmp, &c->error);
	if (!err)
		err = fs_pwrite(c->prov_tmp.fd, c->prov, 0, &c->error);
	if (!err && !c->bulk)
		err = fs_sync(c->prov_tmp.fd, &c->error);
	return err;
}

static enum err judge_archive(struct ingest *g, struct change *c)
{
	AUTO_FREE char *data = NULL;
	size_t bytes = 0;
	enum err err = c->link_source ? take_source(g, c) : OK;
	if (!c->created_ns)
		c->created_ns = clock_wall();
	if (!err)
		err = read_archive(c, &data, &bytes);
	c->result.bytes = bytes;
	if (!err)
		err = judge_chart(g, c, str_make(data, bytes));
	if (!err && !c->bulk && !c->dry_run)
		err = fs_sync(c->tgz.fd, &c->error);
	return err;
}

enum err judge(struct ingest *g, struct change *c)
{
	enum err err = c->kind == CHANGE_UNDELETE ? undelete_open(g, c) : OK;
	if (c->kind == CHANGE_PROMOTE || c->kind == CHANGE_UNPROMOTE)
		c->result.name = c->chart;       /* c->allow asks for it */
	if (!err && (c->kind == CHANGE_PUBLISH || c->kind == CHANGE_KEEP || (c->kind == CHANGE_UNDELETE && c->tgz.fd >= 0)))
		err = judge_archive(g, c);
	if (!err && c->kind == CHANGE_PROV)
		err = judge_prov(c);
	if (!err && c->kind == CHANGE_PROV)
		err = signature_check_stored(g, c);
	if (!err && c->prov.n && !c->dry_run)
		err = store_prov(g, c);
	return err;
}
