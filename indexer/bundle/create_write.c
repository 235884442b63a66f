/* See create_write.h. */
#include "indexer/bundle/create_write.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/bundle/keys.h"
#include "indexer/format/tar.h"

/* ---- files ---- */

static const struct str prov_suffix = { ".prov", sizeof ".prov" - 1 };

/* What follows the first n bytes of its name, as far as it decides: an archive's name ends with ".tgz". */
static struct str rest_of(const struct carried *c, size_t n)
{
	struct str file = item_file(c->item);
	return file.n > n ? str_from(file, n) : c->prov ? prov_suffix : (struct str){ 0 };
}

/* As if the names were written out. */
static int carried_cmp(const void *left, const void *right)
{
	const struct carried *a = left, *b = right;
	struct str x = item_file(a->item), y = item_file(b->item);
	size_t n = x.n < y.n ? x.n : y.n;
	int order = str_cmp(str_first(x, n), str_first(y, n));
	return order ? order : str_cmp(rest_of(a, n), rest_of(b, n));
}

static size_t add_files(struct source *s, struct carried *to)
{
	size_t count = 0;
	for (size_t k = 0; k < s->count; k++) {
		if (s->items[k]->carried)
			to[count++] = (struct carried){ s->items[k], false };
		if (s->items[k]->carries_prov)
			to[count++] = (struct carried){ s->items[k], true };
	}
	if (count)
		qsort(to, count, sizeof *to, carried_cmp);
	return count;
}

enum err writing_sort(struct writing *w, struct errinfo *e)
{
	size_t count = 0;
	for (size_t i = 0; i < w->source_count; i++)
		for (size_t k = 0; k < w->order[i]->count; k++)
			count += w->order[i]->items[k]->carried + w->order[i]->items[k]->carries_prov;
	w->files = arena_array(w->making.arena, count + 1, sizeof *w->files);
	if (!w->files)
		return ERR(e, NOMEM, "files");
	for (size_t i = 0; i < w->source_count; i++)
		w->count += add_files(w->order[i], w->files + w->count);
	return OK;
}

static void tell_damaged(const struct writing *w, const struct item *i)
{
	const struct bundle_create *o = w->making.o;
	if (o->damaged)
		o->damaged(o->ctx, i->source->row.name, item_file(i));
}

/* What was deleted meanwhile waits in quarantine/ for a while: who publishes and deletes all day would
 * otherwise never get a bundle that takes longer than the time between two deletions.            */
static enum err open_kept(struct writing *w, const struct item *i, const char *name, int *ret_fd,
                          struct stat *st, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row = { 0 };
	AUTO_FD int fd = -1;
	enum err err = catalog_version(w->making.catalog, &a, i->source->row.id, item_chart(i), item_version(i),
	                               &row, e);
	if (!err && (row.state != VERSION_DELETED || !sha256_eq(&row.digest, &i->digest)))
		err = ERR(e, NOT_FOUND, "%s does not exist", name);
	if (!err)
		err = datadir_kept_open(w->making.data, name, row.deleted_event, &fd, e);
	if (!err && st && fstat(fd, st) != 0)
		err = ERR_SYS(e, "%s", name);
	if (!err)
		*ret_fd = fd_take(&fd);
	return err;
}

enum err writing_open(struct writing *w, const struct carried *file, int *ret_fd, struct stat *st,
                      struct errinfo *e)
{
	AUTO_FD int charts = -1;
	AUTO_ARENA struct arena a = { 0 };
	struct str repo = file->item->source->row.name;
	const char *name = arena_printf(&a, "%.*s%s", STR_ARG(item_file(file->item)),
	                                file->prov ? prov_suffix.p : "");
	enum err err = name ? datadir_open_charts(w->making.data, repo, false, &charts, e)
	                    : ERR(e, NOMEM, "file");
	if (!err)
		err = fs_open_regular(charts, name, ret_fd, st, e);
	if (err == ERR_NOT_FOUND && charts >= 0)
		err = open_kept(w, file->item, name, ret_fd, st, e);
	if (err)
		err_prefix(e, "%.*s/%s", STR_ARG(repo), name);
	w->vanished = err == ERR_NOT_FOUND;
	if (w->vanished)
		tell_damaged(w, file->item);
	return err;
}

/* ---- members ---- */

struct member {
	struct str path;
	uint64_t bytes;
	struct sha256 digest;
	const struct spool *spool;       /* NULL: it is a file */
	const struct carried *file;
};
typedef enum err visit_member(struct writing *w, const struct member *m, struct bundle_writer *to,
                              struct errinfo *e);

static enum err visit_spool(struct writing *w, const char *path, const struct spool *s,
                            visit_member *visit, struct bundle_writer *to, struct errinfo *e)
{
	const struct member m = { str_c(path), s->bytes, s->digest, s, NULL };
	return visit(w, &m, to, e);
}

static enum err visit_file(struct writing *w, const char *folder, const struct carried *file,
                           visit_member *visit, struct bundle_writer *to, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct item *i = file->item;
	const char *path = arena_printf(&a, "%s" BUNDLE_CHARTS "%.*s%s", folder, STR_ARG(item_file(i)),
	                                file->prov ? prov_suffix.p : "");
	const struct member m = { str_c(path), file->prov ? i->prov->bytes : i->bytes,
	                          file->prov ? i->prov->digest : i->digest, NULL, file };
	return path ? visit(w, &m, to, e) : ERR(e, NOMEM, "members");
}

static enum err visit_source(struct writing *w, size_t at, size_t *file, visit_member *visit,
                             struct bundle_writer *to, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct source *s = w->order[at];
	const char *folder = s->is_own ? "" : bundle_deps_folder(&a, s->row.name);
	const char *path = folder ? arena_printf(&a, "%s" BUNDLE_INDEX, folder) : NULL;
	enum err err = path ? visit_spool(w, path, &w->indexes[at], visit, to, e) : ERR(e, NOMEM, "members");
	for (; *file < w->count && w->files[*file].item->source == s && !err; (*file)++)
		err = visit_file(w, folder, &w->files[*file], visit, to, e);
	return err;
}

/* All that follow the manifest, in their order. */
static enum err each_member(struct writing *w, visit_member *visit, struct bundle_writer *to,
                            struct errinfo *e)
{
	size_t file = 0;
	enum err err = visit_spool(w, BUNDLE_VERSIONS, &w->versions, visit, to, e);
	if (!err)
		err = visit_spool(w, BUNDLE_LOG, &w->log, visit, to, e);
	if (!err && w->making.o->images)
		err = visit_spool(w, BUNDLE_IMAGES, &w->images, visit, to, e);
	for (size_t i = 0; i < w->source_count && !err; i++)
		err = visit_source(w, i, &file, visit, to, e);
	return err;
}

/* ---- the tar ---- */

static enum err put_manifest(struct writing *w, const struct member *m, struct bundle_writer *to,
                             struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct sbuf *b = &w->manifest.waiting;
	struct bundle_created *r = w->making.ret;
	(void)to;
	sha256_hex(&m->digest, hex);
	sbuf_puts(b, hex);
	sbuf_puts(b, "  ");
	sbuf_put(b, m->path);
	sbuf_putc(b, '\n');
	r->head.files++;
	r->head.bytes += m->bytes;
	r->total_bytes += tar_member_bytes(m->path, m->bytes);
	return spool_flush(&w->manifest, e);
}

static enum err measure_tar(struct writing *w, struct errinfo *e)
{
	struct bundle_created *r = w->making.ret;
	uint64_t part = w->making.o->part_bytes;
	r->total_bytes += tar_member_bytes(STR(BUNDLE_HEAD), w->head.n) +
	                  tar_member_bytes(STR(BUNDLE_SIGNATURES), w->signatures.n) +
	                  tar_member_bytes(STR(BUNDLE_MANIFEST), w->manifest.bytes) + TAR_END_BYTES;
	r->parts = part ? (r->total_bytes + part - 1) / part : 1;
	if (r->parts > BUNDLE_PARTS_MAX)
		return ERR(e, TOO_LARGE, "parts of %llu bytes would be more than %u: make them larger",
		           (unsigned long long)part, BUNDLE_PARTS_MAX);
	return OK;
}

static enum err seal_of(const struct writing *w, struct sha256 *ret, struct errinfo *e)
{
	struct sha256_stream *hash = sha256_new();
	bool is_whole = hash && sha256_add(hash, sbuf_str(&w->head)) &&
	                sha256_add(hash, sbuf_str(&w->signatures)) && sha256_end(hash, ret);
	sha256_free(hash);
	return is_whole ? OK : ERR(e, NOMEM, "SHA-256");
}

enum err writing_seal(struct writing *w, struct errinfo *e)
{
	struct bundle_created *r = w->making.ret;
	enum err err = spool_new(&w->making, &w->manifest, e);
	if (!err)
		err = each_member(w, put_manifest, NULL, e);
	if (!err)
		err = spool_end(&w->manifest, e);
	if (err)
		return err;
	r->head.manifest = w->manifest.digest;
	bundle_head_put(&w->head, &r->head);
	r->file = bundle_file_name(w->making.arena, &r->head);
	if (!sbuf_ok(&w->head) || !r->file)
		return ERR(e, NOMEM, "head of the bundle");
	err = keys_sign(w->making.data, sbuf_str(&w->head), clock_wall(), &w->signatures, e);
	if (!err && !sbuf_ok(&w->signatures))
		err = ERR(e, NOMEM, "signatures");
	if (!err)
		err = seal_of(w, &r->seal, e);
	return err ? err : measure_tar(w, e);
}

/* By other bytes, as far as the catalog knows: then what was read of it is over. */
static bool is_replaced(const struct writing *w, const struct carried *file)
{
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row;
	const struct item *i = file->item;
	if (catalog_version(w->making.catalog, &a, i->source->row.id, item_chart(i), item_version(i), &row, NULL))
		return false;
	return file->prov ? !sha256_eq(&row.prov_digest, &i->prov->digest) : !sha256_eq(&row.digest, &i->digest);
}

static enum err write_file(struct writing *w, struct bundle_writer *to, const struct member *m,
                           struct errinfo *e)
{
	AUTO_FD int fd = -1;
	enum err err = writing_open(w, m->file, &fd, NULL, e);
	if (err)
		return err;
	err = bundle_put_file(to, m->path, fd, m->bytes, &m->digest, e);
	if (err != ERR_DAMAGED)
		return err;
	err_prefix(e, "%.*s/%.*s", STR_ARG(m->file->item->source->row.name), STR_ARG(item_file(m->file->item)));
	w->vanished = is_replaced(w, m->file);
	tell_damaged(w, m->file->item);
	return err;
}

static enum err write_member(struct writing *w, const struct member *m, struct bundle_writer *to,
                             struct errinfo *e)
{
	if (w->making.o->stop && atomic_load(w->making.o->stop))
		return ERR(e, DRAINING, "the bundle was given up");
	return m->spool ? bundle_put_file(to, m->path, m->spool->file.fd, m->bytes, &m->digest, e)
	                : write_file(w, to, m, e);
}

static enum err write_members(struct writing *w, struct bundle_writer *to, struct errinfo *e)
{
	enum err err = bundle_put(to, STR(BUNDLE_HEAD), sbuf_str(&w->head), e);
	if (!err)
		err = bundle_put(to, STR(BUNDLE_SIGNATURES), sbuf_str(&w->signatures), e);
	if (!err)
		err = bundle_put_file(to, STR(BUNDLE_MANIFEST), w->manifest.file.fd, w->manifest.bytes,
		                      &w->manifest.digest, e);
	return err ? err : each_member(w, write_member, to, e);
}

enum err writing_tar(struct writing *w, struct errinfo *e)
{
	const struct bundle_create *o = w->making.o;
	const struct bundle_created *r = w->making.ret;
	struct bundle_writer *to;
	const struct bundle_target target = {
		.dir = o->dir, .fd = o->fd, .name = r->file, .part_bytes = o->part_bytes,
		.mtime_seconds = r->head.at_ns / NS_PER_SECOND, .progress = o->progress, .ctx = o->ctx,
	};
	if (o->total)
		o->total(o->ctx, r->head.files + 3, r->total_bytes);
	enum err err = bundle_writer_new(&target, &to, e);
	if (err)
		return err;
	err = write_members(w, to, e);
	if (!err)
		return bundle_writer_end(to, e);
	bundle_writer_free(to);
	return err;
}
