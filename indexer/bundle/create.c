/* Making a bundle: one state of the catalog is read, what is to be carried is worked out, the texts are
 * written to files without names; then nothing of the catalog is held any more, and the archives follow one
 * by one. A file that went meanwhile begins all that anew, a few times.                       */
#include "indexer/bundle/create.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/bundle/create_impl.h"
#include "indexer/bundle/keys.h"

#define ROUNDS_MAX 5
#define MANIFEST_MAX_BYTES (1024u * MIB)
#define TAR_BLOCK_BYTES 512u
#define IMAGES_MAX_BYTES (256u * MIB)

struct member {
	struct str path;
	uint64_t bytes;
	struct sha256 digest;
	const struct spool *spool;       /* else a file: */
	struct source *source;
	struct str file;
};

struct writing {
	struct making making;
	struct spool versions, log, images;
	struct spool *indexes;           /* one a repository */
	struct source **order;           /* of those that are included, the own one first */
	size_t source_count;
	struct member *members;
	size_t count, capacity;
	struct sbuf manifest, head, signatures;
	bool vanished;                   /* a file is not there any more */
};

/* ---- one state of the catalog ---- */

static enum err find_own(struct making *m, struct errinfo *e)
{
	if (!m->own)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(m->o->repo));
	if (m->own->kind == REPO_VIRTUAL)
		return ERR(e, INVALID, "\"%.*s\" is a virtual repository and has no charts of its own: make "
		           "bundles of its members", STR_ARG(m->o->repo));
	return OK;
}

static enum err read_head(struct making *m, struct errinfo *e)
{
	struct bundle_head *h = &m->ret->head;
	h->repo = m->own->row.name;
	return catalog_meta_get(m->catalog, m->arena, "instance_id", &h->instance, e);
}

/* The own one first, the others as their folders are sorted. */
static int order_cmp(const void *left, const void *right)
{
	const struct source *a = *(struct source *const *)left, *b = *(struct source *const *)right;
	if (a->is_own != b->is_own)
		return a->is_own ? -1 : 1;
	return str_cmp(a->row.name, b->row.name);
}

static enum err read_order(struct writing *w, struct errinfo *e)
{
	struct making *m = &w->making;
	struct bundle_created *r = m->ret;
	w->order = arena_array(m->arena, m->source_count + 1, sizeof(struct source *));
	w->indexes = arena_array(m->arena, m->source_count + 1, sizeof *w->indexes);
	r->repos = arena_array(m->arena, m->source_count + 1, sizeof *r->repos);
	if (!w->order || !w->indexes || !r->repos)
		return ERR(e, NOMEM, "repositories");
	for (size_t i = 0; i < m->source_count; i++)
		if (m->sources[i].included)
			w->order[w->source_count++] = &m->sources[i];
	qsort(w->order, w->source_count, sizeof(struct source *), order_cmp);
	for (size_t i = 0; i < w->source_count; i++)
		r->repos[r->repo_count++] = w->order[i]->row.name;
	return OK;
}

static void count_told(struct making *m)
{
	struct bundle_created *r = m->ret;
	for (size_t k = 0; k < m->source_count; k++)
		for (size_t n = 0; n < m->sources[k].count; n++) {
			const struct item *i = m->sources[k].items[n];
			struct bundle_rule *rule = i->rule == BUNDLE_RULE_NONE ? NULL : &m->rules[i->rule];
			r->head.versions += i->told;
			r->deleted += i->told && i->row.state == VERSION_DELETED;
			r->yanked += i->told && i->row.yanked && i->row.state != VERSION_DELETED;
			r->added += i->told && !i->row.yanked && i->row.state != VERSION_DELETED;
			if (!rule || !i->carried)
				continue;
			rule->versions++;
			rule->bytes += i->row.bytes + (i->carries_prov ? i->prov_bytes : 0);
		}
	r->rules = m->rules;
	r->rule_count = m->rule_count;
}

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

static enum err add_members(struct writing *w, struct errinfo *e)
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

/* ---- texts ---- */

typedef enum err put_text(struct making *m, struct spool *to, struct errinfo *e);

static enum err put(struct writing *w, struct spool *to, put_text *text, struct errinfo *e)
{
	enum err err = spool_new(&w->making, to, e);
	return err ? err : text(&w->making, to, e);
}

static enum err put_texts(struct writing *w, struct errinfo *e)
{
	enum err err = read_lines(&w->making, e);
	if (!err)
		err = put(w, &w->versions, put_versions, e);
	if (!err)
		err = put(w, &w->log, put_log, e);
	for (size_t i = 0; i < w->source_count && !err; i++) {
		err = spool_new(&w->making, &w->indexes[i], e);
		if (!err)
			err = put_index(&w->making, w->order[i], &w->indexes[i], e);
	}
	return err;
}

static enum err read_state(struct writing *w, struct errinfo *e)
{
	struct making *m = &w->making;
	enum err err = making_new(m, e);
	if (!err)
		err = find_own(m, e);
	if (!err)
		err = read_head(m, e);
	if (!err)
		err = select_own(m, e);
	if (!err)
		err = closure_take(m, e);
	if (!err)
		err = delta_judge(m, e);
	if (!err)
		err = select_filter(m, &m->ret->head.filter, e);
	if (!err)
		err = read_order(w, e);
	return err ? err : put_texts(w, e);
}

/* ---- files ---- */

static enum err note_vanished(struct writing *w, enum err err)
{
	w->vanished = err == ERR_NOT_FOUND;
	return err;
}

static enum err open_file(struct writing *w, struct source *s, struct str file, int *ret_fd,
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

/* The rows do not say how long they are. */
static enum err measure_prov(struct writing *w, struct item *i, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FD int fd = -1;
	struct stat st;
	const char *name = arena_printf(&a, "%.*s.prov", STR_ARG(i->row.file));
	enum err err = name ? open_file(w, i->source, str_c(name), &fd, &st, e) : ERR(e, NOMEM, "file");
	if (!err)
		i->prov_bytes = (uint64_t)st.st_size;
	return err;
}

static enum err measure(struct writing *w, struct errinfo *e)
{
	struct making *m = &w->making;
	enum err err = OK;
	for (size_t k = 0; k < m->source_count && !err; k++)
		for (size_t i = 0; i < m->sources[k].count && !err; i++)
			if (m->sources[k].items[i]->carries_prov)
				err = measure_prov(w, m->sources[k].items[i], e);
	return err;
}

static int line_cmp(const void *left, const void *right)
{
	return str_cmp(*(const struct str *)left, *(const struct str *)right);
}

/* Sorted, each once. */
static enum err put_lines(struct writing *w, struct str text, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str *lines = NULL, line;
	size_t count = 0, capacity = 0;
	while (text.n) {
		struct str *list = arena_room(&a, lines, count, &capacity, sizeof *list);
		if (!list)
			return ERR(e, NOMEM, "images");
		lines = list;
		line = str_cut(&text, '\n', NULL);
		if (line.n)
			lines[count++] = line;
	}
	if (count)
		qsort(lines, count, sizeof *lines, line_cmp);
	for (size_t i = 0; i < count; i++) {
		if (i && str_eq(lines[i], lines[i - 1]))
			continue;
		sbuf_put(&w->images.waiting, lines[i]);
		sbuf_putc(&w->images.waiting, '\n');
	}
	return spool_end(&w->images, e);
}

static enum err put_images(struct writing *w, struct errinfo *e)
{
	struct making *m = &w->making;
	AUTO_SBUF struct sbuf lines = sbuf_make(IMAGES_MAX_BYTES);
	enum err err = spool_new(m, &w->images, e);
	for (size_t k = 0; k < m->source_count && !err; k++)
		for (size_t n = 0; n < m->sources[k].count && !err; n++) {
			const struct item *i = m->sources[k].items[n];
			AUTO_FD int fd = -1;
			if (!i->told || i->row.state == VERSION_DELETED)
				continue;
			err = open_file(w, i->source, i->row.file, &fd, NULL, e);
			if (!err)
				err = m->o->images(m->o->ctx, i->source->row.name, i->row.file, fd, &lines, e);
		}
	if (!err && !sbuf_ok(&lines))
		err = ERR(e, NOMEM, "images");
	return err ? err : put_lines(w, sbuf_str(&lines), e);
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

/* Head and signature: from here on everything is known. */
static enum err seal(struct writing *w, struct errinfo *e)
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
		measure_tar(w);
	return err;
}

static enum err write_file(struct writing *w, struct bundle_writer *to, const struct member *m,
                           struct errinfo *e)
{
	AUTO_FD int fd = -1;
	enum err err = open_file(w, m->source, m->file, &fd, NULL, e);
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
		err = m->spool ? bundle_put_file(to, m->path, m->spool->file.fd, m->bytes, &m->digest, e)
		               : write_file(w, to, m, e);
	}
	return err;
}

static enum err write_tar(struct writing *w, struct errinfo *e)
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

/* ---- all of it ---- */

static enum err make(struct writing *w, struct errinfo *e)
{
	struct making *m = &w->making;
	enum err err = catalog_read_begin(m->catalog, e);
	if (!err)
		err = read_state(w, e);
	catalog_rollback(m->catalog);
	if (!err)
		err = measure(w, e);
	if (!err && m->o->images)
		err = put_images(w, e);
	if (!err)
		err = add_members(w, e);
	if (err)
		return err;
	count_told(m);
	err = seal(w, e);
	return err || m->o->dry_run ? err : write_tar(w, e);
}

static enum err attempt(struct arena *a, const struct bundle_create *o, struct datadir *d,
                        struct catalog *c, struct bundle_created *ret, bool *ret_again,
                        struct errinfo *e)
{
	struct bundle_created r = { 0 };
	struct writing w = { .making = { .o = o, .arena = a, .data = d, .catalog = c, .ret = &r },
	                     .manifest = sbuf_make(MANIFEST_MAX_BYTES), .head = sbuf_make(MIB),
	                     .signatures = sbuf_make(MIB) };
	enum err err = o->inventory.n ? inventory_read(a, o->inventory, &w.making.inventory, e) : OK;
	w.making.has_inventory = o->inventory.n;
	if (!err)
		err = make(&w, e);
	*ret_again = err && w.vanished;
	spool_done(&w.versions);
	spool_done(&w.log);
	spool_done(&w.images);
	for (size_t i = 0; w.indexes && i < w.source_count; i++)
		spool_done(&w.indexes[i]);
	sbuf_done(&w.manifest);
	sbuf_done(&w.head);
	sbuf_done(&w.signatures);
	if (!err)
		*ret = r;
	return err;
}

/* What is read again is told of again. */
enum err bundle_create(struct arena *a, const struct bundle_create *o, struct bundle_created *ret,
                       struct errinfo *e)
{
	const struct datadir_options how = { .allow_network_filesystem = true };
	struct datadir *d = NULL;
	struct catalog *c = NULL;
	bool again = true;
	enum err err = datadir_open(o->data, &how, &d, e);
	if (!err)
		err = catalog_open_reader(d, &c, e);
	bool stream = o->dir < 0 && !o->dry_run;
	for (int round = 0; c && round < ROUNDS_MAX && again; round++) {
		err = attempt(a, o, d, c, ret, &again, e);
		if (stream)
			again = false;               /* what was written cannot be taken back */
	}
	catalog_close(c);
	datadir_close(d);
	return err;
}
