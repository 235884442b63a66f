/* Making a bundle: one state of the catalog is read, what is to be carried is worked out, the texts are
 * written to files without names; then nothing of the catalog is held any more, and the archives follow one
 * by one. A file that went or was replaced meanwhile begins all that anew, a few times.       */
#include "indexer/bundle/create.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/bundle/create_write.h"

#define ROUNDS_MAX 5
#define INSTANCE_HEX_BYTES 32
#define IMAGES_MAX_BYTES (256u * MIB)
#define IMAGES_STEP_BYTES (1u * MIB)   /* so many new ones until those that are there twice go */

void bundle_missing_put(struct sbuf *b, struct str repo, struct str what, struct str why)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "repo", repo);
	json_text(b, "what", what);
	json_text(b, "why", why);
	sbuf_putc(b, '}');
}

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

enum err bundle_instance(struct catalog *c, struct arena *a, struct str *ret, struct errinfo *e)
{
	struct event first;
	char hex[SHA256_HEX_BYTES + 1];
	enum err err = catalog_event(c, a, 1, &first, e);
	sha256_hex(&first.leaf, hex);
	if (!err && !arena_str(a, str_make(hex, INSTANCE_HEX_BYTES), ret))
		err = ERR(e, NOMEM, "head of the bundle");
	return err;
}

static enum err read_head(struct making *m, struct errinfo *e)
{
	m->ret->head.repo = m->own->row.name;
	return bundle_instance(m->catalog, m->arena, &m->ret->head.instance, e);
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
			r->deleted += i->told && i->deleted;
			r->yanked += i->told && i->yanked && !i->deleted;
			r->added += i->told && !i->yanked && !i->deleted;
			if (!rule || !i->carried)
				continue;
			rule->versions++;
			rule->bytes += i->bytes + (i->carries_prov ? i->prov->bytes : 0);
		}
	r->rules = m->rules;
	r->rule_count = m->rule_count;
}

/* ---- texts ---- */

static enum err put_texts(struct writing *w, struct errinfo *e)
{
	struct making *m = &w->making;
	enum err err = put_versions(m, &w->versions, e);
	if (!err)
		err = put_log(m, &w->log, e);
	for (size_t i = 0; i < w->source_count && !err; i++)
		err = put_index(m, w->order[i], &w->indexes[i], e);
	return err;
}

static enum err read_state(struct writing *w, struct errinfo *e)
{
	struct making *m = &w->making;
	enum err err = lineage_read(m->catalog, &m->lineage, e);
	if (!err)
		err = making_new(m, e);
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

/* The rows do not say how long they are. */
static enum err measure_prov(struct writing *w, struct item *i, struct errinfo *e)
{
	AUTO_FD int fd = -1;
	struct stat st;
	enum err err = writing_open(w, &(struct carried){ i, true }, &fd, &st, e);
	if (!err)
		i->prov->bytes = (uint64_t)st.st_size;
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

/* Sorted, each once. */
static enum err sort_lines(struct sbuf *text, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf sorted = sbuf_make(IMAGES_MAX_BYTES);
	struct str rest = sbuf_str(text), line, *lines = NULL;
	size_t count = 0, capacity = 0;
	while (rest.n) {
		struct str *list = arena_room(&a, lines, count, &capacity, sizeof *list);
		if (!list)
			return ERR(e, NOMEM, "images");
		lines = list;
		line = str_cut(&rest, '\n', NULL);
		if (line.n)
			lines[count++] = line;
	}
	if (count)
		qsort(lines, count, sizeof *lines, str_order);
	for (size_t i = 0; i < count; i++) {
		if (i && str_eq(lines[i], lines[i - 1]))
			continue;
		sbuf_put(&sorted, lines[i]);
		sbuf_putc(&sorted, '\n');
	}
	sbuf_reset(text);
	sbuf_put(text, sbuf_str(&sorted));
	return sbuf_ok(&sorted) && sbuf_ok(text) ? OK : ERR(e, NOMEM, "images");
}

/* Most versions of a chart have images that others have, too. */
enum err image_lines_added(struct image_lines *images, struct errinfo *e)
{
	size_t n = images->text.n;
	if (!sbuf_ok(&images->text))
		return ERR(e, NOMEM, "images");
	if (n < images->enough)
		return OK;
	enum err err = sort_lines(&images->text, e);
	n = images->text.n;
	images->enough = n + (n > IMAGES_STEP_BYTES ? n : IMAGES_STEP_BYTES);
	return err;
}

static enum err read_images(struct writing *w, struct item *i, uint64_t done, struct errinfo *e)
{
	struct making *m = &w->making;
	AUTO_FD int fd = -1;
	enum err err = writing_open(w, &(struct carried){ i, false }, &fd, NULL, e);
	const struct bundle_images_of x = { i->source->row.name, item_chart(i), item_version(i), &i->digest, fd,
	                                    done, m->ret->added + m->ret->yanked };
	if (!err)
		err = m->o->images(m->o->ctx, &x, &m->images.text, e);
	return err ? err : image_lines_added(&m->images, e);
}

/* Rendering takes long: of the catalog nothing is held meanwhile, and nothing asked. */
static enum err put_images(struct writing *w, struct errinfo *e)
{
	struct making *m = &w->making;
	uint64_t done = 0;
	enum err err = spool_new(m, &w->images, e);
	for (size_t k = 0; k < m->source_count && !err; k++)
		for (size_t n = 0; n < m->sources[k].count && !err; n++) {
			struct item *i = m->sources[k].items[n];
			if (i->told && !i->deleted && !i->listed)
				err = read_images(w, i, done, e);
			done += i->told && !i->deleted;
		}
	if (!err)
		err = sort_lines(&m->images.text, e);
	if (err)
		return err;
	sbuf_put(&w->images.waiting, sbuf_str(&m->images.text));
	return spool_end(&w->images, e);
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
	if (!err)
		count_told(m);
	if (!err && m->o->images)
		err = put_images(w, e);
	if (!err)
		err = writing_sort(w, e);
	if (err)
		return err;
	if (m->o->selection.wish_count && !m->ret->head.parent.event && !m->ret->head.versions)
		return ERR(e, INVALID, "nothing in \"%.*s\" is meant by this selection", STR_ARG(m->o->repo));
	m->ret->is_left_out = m->o->only_news && m->ret->head.parent.event && !m->ret->head.versions;
	err = writing_seal(w, e);
	if (!err && m->o->sealed)
		err = m->o->sealed(m->o->ctx, m->ret, e);
	return err || m->o->dry_run || m->ret->is_left_out ? err : writing_tar(w, e);
}

static enum err attempt(struct arena *a, const struct bundle_create *o, struct datadir *d,
                        struct catalog *c, struct bundle_created *ret, bool *ret_again,
                        struct errinfo *e)
{
	struct bundle_created r = { 0 };
	struct writing w = { .making = { .o = o, .arena = a, .data = d, .catalog = c, .ret = &r,
	                                 .images = { sbuf_make(IMAGES_MAX_BYTES), IMAGES_STEP_BYTES } },
	                     .head = sbuf_make(MIB), .signatures = sbuf_make(MIB) };
	enum err err = o->inventory.n ? inventory_read(a, o->inventory, &w.making.inventory, e) : OK;
	w.making.has_inventory = o->inventory.n;
	if (!err)
		err = make(&w, e);
	*ret_again = err && w.vanished;
	spool_done(&w.versions);
	spool_done(&w.log);
	spool_done(&w.images);
	spool_done(&w.manifest);
	for (size_t i = 0; w.indexes && i < w.source_count; i++)
		spool_done(&w.indexes[i]);
	lineage_done(&w.making.lineage);
	sbuf_done(&w.making.images.text);
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
	bool stream = o->dir < 0 && !o->dry_run, vanished = true;
	int rounds = stream ? 1 : ROUNDS_MAX;        /* what was written cannot be taken back */
	enum err err = datadir_open(o->data, &how, &d, e);
	if (!err)
		err = catalog_open_reader(d, &c, e);
	for (int round = 0; c && round < rounds && vanished; round++)
		err = attempt(a, o, d, c, ret, &vanished, e);
	if (err && c && vanished)
		err = e->code = ERR_DAMAGED;
	catalog_close(c);
	datadir_close(d);
	return err;
}
