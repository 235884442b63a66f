/* See create_write.h. */
#include "indexer/bundle/create_write.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/bundle/keys.h"

#define TAR_BLOCK_BYTES 512u

/* ---- members ---- */

static enum err add_member(struct writing *w, const struct member *member, struct errinfo *e)
{
	struct member *list = arena_room(w->making.arena, w->members, w->count, &w->capacity, sizeof *list);
	if (!list || !member->path.p)
		return ERR(e, NOMEM, "members");
	w->members = list;
	list[w->count++] = *member;
	return OK;
}

static enum err add_spool(struct writing *w, const char *path, const struct spool *s, struct errinfo *e)
{
	const struct member m = { str_c(path), s->bytes, s->digest, s, NULL, { 0 } };
	return add_member(w, &m, e);
}

static enum err add_file(struct writing *w, struct item *i, const char *folder, bool prov,
                         struct errinfo *e)
{
	struct member m = { .source = i->source, .file = i->row.file, .digest = i->row.digest,
	                    .bytes = i->row.bytes };
	if (prov) {
		m.file = str_c(arena_printf(w->making.arena, "%.*s.prov", STR_ARG(i->row.file)));
		m.digest = i->row.prov_digest;
		m.bytes = i->prov_bytes;
	}
	m.path = str_c(arena_printf(w->making.arena, "%s" BUNDLE_CHARTS "%.*s", folder, STR_ARG(m.file)));
	return add_member(w, &m, e);
}

static int member_cmp(const void *left, const void *right)
{
	return str_cmp(((const struct member *)left)->path, ((const struct member *)right)->path);
}

static enum err add_source(struct writing *w, size_t at, struct errinfo *e)
{
	struct source *s = w->order[at];
	const char *folder = s->is_own ? "" : bundle_deps_folder(w->making.arena, s->row.name);
	const char *path = folder ? arena_printf(w->making.arena, "%s" BUNDLE_INDEX, folder) : NULL;
	enum err err = path ? add_spool(w, path, &w->indexes[at], e) : ERR(e, NOMEM, "members");
	size_t first = w->count;
	for (size_t k = 0; k < s->count && !err; k++) {
		err = s->items[k]->carried ? add_file(w, s->items[k], folder, false, e) : OK;
		if (!err && s->items[k]->carries_prov)
			err = add_file(w, s->items[k], folder, true, e);
	}
	if (!err && w->count > first)
		qsort(w->members + first, w->count - first, sizeof *w->members, member_cmp);
	return err;
}

enum err writing_add_members(struct writing *w, struct errinfo *e)
{
	enum err err = add_spool(w, BUNDLE_VERSIONS, &w->versions, e);
	if (!err)
		err = add_spool(w, BUNDLE_LOG, &w->log, e);
	if (!err && w->making.o->images)
		err = add_spool(w, BUNDLE_IMAGES, &w->images, e);
	for (size_t i = 0; i < w->source_count && !err; i++)
		err = add_source(w, i, e);
	return err;
}

/* ---- files ---- */

static enum err note_vanished(struct writing *w, enum err err)
{
	w->vanished = err == ERR_NOT_FOUND;
	return err;
}

enum err writing_open(struct writing *w, struct source *s, struct str file, int *ret_fd,
                      struct stat *st, struct errinfo *e)
{
	AUTO_FD int charts = -1;
	AUTO_ARENA struct arena a = { 0 };
	const char *name = arena_dup(&a, file);
	enum err err = name ? datadir_open_charts(w->making.data, s->row.name, false, &charts, e)
	                    : ERR(e, NOMEM, "file");
	if (!err)
		err = fs_open_regular(charts, name, ret_fd, st, e);
	if (err)
		err_prefix(e, "%.*s/%.*s", STR_ARG(s->row.name), STR_ARG(file));
	return note_vanished(w, err);
}

/* ---- the tar ---- */

static void put_manifest(struct writing *w)
{
	char hex[SHA256_HEX_BYTES + 1];
	for (size_t i = 0; i < w->count; i++) {
		sha256_hex(&w->members[i].digest, hex);
		sbuf_printf(&w->manifest, "%s  ", hex);
		sbuf_put(&w->manifest, w->members[i].path);
		sbuf_putc(&w->manifest, '\n');
		w->making.ret->head.files++;
		w->making.ret->head.bytes += w->members[i].bytes;
	}
}

static uint64_t blocks(uint64_t bytes)
{
	return TAR_BLOCK_BYTES + (bytes + TAR_BLOCK_BYTES - 1) / TAR_BLOCK_BYTES * TAR_BLOCK_BYTES;
}

static void measure_tar(struct writing *w)
{
	struct bundle_created *r = w->making.ret;
	uint64_t part = w->making.o->part_bytes;
	r->total_bytes = blocks(w->head.n) + blocks(w->signatures.n) + blocks(w->manifest.n) +
	                 2 * TAR_BLOCK_BYTES;
	for (size_t i = 0; i < w->count; i++)
		r->total_bytes += blocks(w->members[i].bytes);
	r->parts = part ? (r->total_bytes + part - 1) / part : 1;
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
	put_manifest(w);
	enum err err = sbuf_ok(&w->manifest) ? sha256_of(sbuf_str(&w->manifest), &r->head.manifest, e)
	                                     : ERR(e, NOMEM, "manifest");
	if (err)
		return err;
	bundle_head_put(&w->head, &r->head);
	r->file = bundle_file_name(w->making.arena, &r->head);
	if (!sbuf_ok(&w->head) || !r->file)
		return ERR(e, NOMEM, "head of the bundle");
	err = keys_sign(w->making.data, sbuf_str(&w->head), clock_wall(), &w->signatures, e);
	if (!err && !sbuf_ok(&w->signatures))
		err = ERR(e, NOMEM, "signatures");
	if (!err)
		err = seal_of(w, &r->seal, e);
	if (!err)
		measure_tar(w);
	return err;
}

static enum err write_file(struct writing *w, struct bundle_writer *to, const struct member *m,
                           struct errinfo *e)
{
	AUTO_FD int fd = -1;
	enum err err = writing_open(w, m->source, m->file, &fd, NULL, e);
	if (err)
		return err;
	err = bundle_put_file(to, m->path, fd, m->bytes, &m->digest, e);
	if (err == ERR_DAMAGED)
		err_prefix(e, "%.*s/%.*s", STR_ARG(m->source->row.name), STR_ARG(m->file));
	return err;
}

static enum err write_members(struct writing *w, struct bundle_writer *to, struct errinfo *e)
{
	enum err err = bundle_put(to, STR(BUNDLE_HEAD), sbuf_str(&w->head), e);
	if (!err)
		err = bundle_put(to, STR(BUNDLE_SIGNATURES), sbuf_str(&w->signatures), e);
	if (!err)
		err = bundle_put(to, STR(BUNDLE_MANIFEST), sbuf_str(&w->manifest), e);
	for (size_t i = 0; i < w->count && !err; i++) {
		const struct member *m = &w->members[i];
		if (w->making.o->stop && atomic_load(w->making.o->stop))
			return ERR(e, DRAINING, "the bundle was given up");
		err = m->spool ? bundle_put_file(to, m->path, m->spool->file.fd, m->bytes, &m->digest, e)
		               : write_file(w, to, m, e);
	}
	return err;
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
		o->total(o->ctx, w->count + 3, r->total_bytes);
	enum err err = bundle_writer_new(&target, &to, e);
	if (err)
		return err;
	err = write_members(w, to, e);
	if (!err)
		return bundle_writer_end(to, e);
	bundle_writer_free(to);
	return err;
}
