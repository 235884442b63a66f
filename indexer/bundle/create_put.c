/* The members of a bundle that are made: versions.jsonl, log.jsonl, the indexes. They are as long as the
 * repository is large, so they go through files, and are hashed on the way.                  */
#include <fcntl.h>
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/bundle/create_impl.h"
#include "indexer/format/keyring.h"
#include "indexer/format/name.h"
#include "indexer/format/node.h"
#include "indexer/store/upstreams.h"

#define SPOOL_STEP_BYTES (256u * KIB)
#define SPOOL_TEXT_MAX_BYTES (256u * MIB)

/* ---- files ---- */

/* A dry run counts and hashes alone. What has a name, as on FAT, loses it: nobody would see what a killed run
 * left there.                                                                                 */
enum err spool_new(struct making *m, struct spool *ret, struct errinfo *e)
{
	const char *tmp = getenv("TMPDIR");
	AUTO_FD int elsewhere = -1;
	*ret = (struct spool){ .file = { .fd = -1 }, .waiting = sbuf_make(SPOOL_TEXT_MAX_BYTES) };
	if (!(ret->hash = sha256_new()))
		return ERR(e, NOMEM, "bundle");
	if (m->o->dry_run)
		return OK;
	enum err err = m->o->dir >= 0 ? OK : fs_open_dir(AT_FDCWD, tmp && *tmp ? tmp : "/tmp", &elsewhere, e);
	int dir = m->o->dir >= 0 ? m->o->dir : elsewhere;
	if (!err)
		err = fs_tmp_open(dir, &ret->file, e);
	if (!err && ret->file.name[0]) {
		(void)unlinkat(dir, ret->file.name, 0);
		ret->file.name[0] = 0;
	}
	return err;
}

static enum err write_out(struct spool *s, struct errinfo *e)
{
	struct str text = sbuf_str(&s->waiting);
	if (!sbuf_ok(&s->waiting) || !sha256_add(s->hash, text))
		return ERR(e, NOMEM, "bundle");
	enum err err = s->file.fd < 0 ? OK : fs_write(s->file.fd, text, e);
	s->bytes += text.n;
	sbuf_reset(&s->waiting);
	return err;
}

enum err spool_flush(struct spool *s, struct errinfo *e)
{
	if (!sbuf_ok(&s->waiting))
		return ERR(e, NOMEM, "bundle");
	return s->waiting.n < SPOOL_STEP_BYTES ? OK : write_out(s, e);
}

enum err spool_end(struct spool *s, struct errinfo *e)
{
	enum err err = write_out(s, e);
	if (!err && !sha256_end(s->hash, &s->digest))
		err = ERR(e, NOMEM, "bundle");
	if (!err && s->file.fd >= 0 && lseek(s->file.fd, 0, SEEK_SET) < 0)
		err = ERR_SYS(e, "rewind");
	sbuf_done(&s->waiting);
	return err;
}

void spool_done(struct spool *s)
{
	if (!s->hash)
		return;
	sha256_free(s->hash);
	sbuf_done(&s->waiting);
	fs_tmp_close(&s->file);
}

static enum err flush(void *ctx, struct errinfo *e) { return spool_flush(ctx, e); }

/* ---- lines ---- */

/* The archive lies beside the index, wherever the line says that it is. */
static enum err line_of(const struct item *i, struct str line, struct sbuf *to, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf path = sbuf_make(KIB);
	struct index_entry entry;
	char digest[SHA256_HEX_BYTES + 1];
	if (i->source->kind != REPO_UPSTREAM) {
		sbuf_put(to, line);
		return OK;
	}
	enum err err = index_entry_read(&a, line, &entry, e);
	if (err)
		return err;
	sbuf_puts(&path, BUNDLE_CHARTS);
	url_segment_encode(&path, item_file(i));
	struct str url = sbuf_str(&path);
	sha256_hex(&i->digest, digest);
	entry.urls = &url;
	entry.url_count = 1;
	entry.digest = str_c(digest);
	index_entry_line(to, &entry);
	return sbuf_ok(&path) ? OK : ERR(e, NOMEM, "index line");
}

static enum err put_line(struct making *m, const struct item *i, struct sbuf *to, struct errinfo *e)
{
	AUTO_SBUF struct sbuf line = sbuf_make(INDEX_LINE_MAX_BYTES);
	if (i->source->kind != REPO_UPSTREAM)
		return catalog_version_line(m->catalog, i->id, to, e);
	enum err err = catalog_version_line(m->catalog, i->id, &line, e);
	return err ? err : sbuf_ok(&line) ? line_of(i, sbuf_str(&line), to, e) : ERR(e, NOMEM, "index line");
}

/* ---- versions.jsonl ---- */

/* Why it was deleted or purged stands in the log alone. */
static enum err read_reason(struct making *m, const struct version_row *row, struct sbuf *to,
                            struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	const struct node *detail = NULL;
	if (row->state != VERSION_DELETED) {
		sbuf_put(to, row->yank_reason);
		return OK;
	}
	enum err err = catalog_event(m->catalog, &a, row->deleted_event, &ev, e);
	if (!err && ev.seq)
		err = json_read(&a, ev.detail, "event", &detail, e);
	if (!err)
		sbuf_put(to, node_text(node_get(detail, "reason")));
	return err;
}

static enum err read_origin(struct making *m, const struct item *i, struct arena *a, struct str *ret,
                            struct errinfo *e)
{
	struct remote_row row;
	const struct node *urls = NULL;
	if (i->source->kind != REPO_UPSTREAM)
		return OK;
	enum err err = catalog_remote(m->catalog, a, i->source->row.id, item_chart(i), item_version(i), &row, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	err = row.urls.n ? json_read(a, row.urls, "addresses", &urls, e) : OK;
	if (!err && urls && urls->kind == NODE_LIST && urls->items)
		*ret = node_text(urls->items->value);
	return err;
}

/* Of an upstream its own address first. */
static enum err read_known_as(const struct source *s, struct arena *a, struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	if (s->kind == REPO_UPSTREAM)
		sbuf_put(&b, s->settings.upstream);
	if (b.n && s->settings.known_as.n)
		sbuf_putc(&b, ' ');
	sbuf_put(&b, s->settings.known_as);
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "addresses");
}

/* A pushed list is the whole of it, and the one of this state. */
static enum err list_images(struct making *m, struct item *i, const struct version_row *row, struct errinfo *e)
{
	i->listed = row->has_images;
	sbuf_put(&m->images.text, row->images);
	return image_lines_added(&m->images, e);
}

static enum err put_version(struct making *m, struct item *i, bool first, struct spool *to,
                            struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf reason = sbuf_make(MIB), line = sbuf_make(INDEX_LINE_MAX_BYTES);
	struct version_row row = { 0 };
	enum err err = item_row(m, i, &a, &row, e);
	struct bundle_version v = {
		.repo = i->source->row.name, .chart = row.chart, .version = row.version, .file = row.file,
		.state = row.purged ? BUNDLE_PURGED : i->deleted ? BUNDLE_DELETED : i->yanked ? BUNDLE_YANKED : BUNDLE_LIVE,
		.digest = i->digest, .bytes = i->deleted ? 0 : i->bytes, .created_ns = i->created_ns,
		.event = row.event,
	};
	if (!err)
		err = read_reason(m, &row, &reason, e);
	if (!err)
		err = read_origin(m, i, &a, &v.origin, e);
	if (!err && !i->deleted) {
		v.has_prov = i->prov;
		v.prov_digest = i->prov ? i->prov->digest : v.prov_digest;
		v.signature = row.signature;
		v.has_images = row.has_images;
		v.images = row.images;
		err = line_of(i, row.line, &line, e);
		v.line = sbuf_str(&line);
	}
	if (!err && row.has_images && m->o->images)
		err = list_images(m, i, &row, e);
	if (!err && first)
		err = read_known_as(i->source, &a, &v.known_as, e);
	if (err)
		return err;
	if (!sbuf_ok(&reason) || !sbuf_ok(&line))
		return ERR(e, NOMEM, "version");
	v.reason = sbuf_str(&reason);
	bundle_version_put(&to->waiting, &v);
	return spool_flush(to, e);
}

static int told_cmp(const void *left, const void *right)
{
	const struct item *a = *(struct item *const *)left, *b = *(struct item *const *)right;
	int order = str_cmp(item_chart(a), item_chart(b));
	return order ? order : str_cmp(item_version(a), item_version(b));
}

/* Sorted by repository, chart, and the version's text. */
enum err put_versions(struct making *m, struct spool *to, struct errinfo *e)
{
	enum err err = spool_new(m, to, e);
	for (size_t k = 0; k < m->source_count && !err; k++) {
		const struct source *s = &m->sources[k];
		AUTO_ARENA struct arena a = { 0 };
		struct item **told = arena_array(&a, s->count + 1, sizeof(struct item *));
		size_t count = 0;
		if (!told)
			return ERR(e, NOMEM, "versions");
		for (size_t i = 0; i < s->count; i++)
			if (s->items[i]->told)
				told[count++] = s->items[i];
		if (count)
			qsort(told, count, sizeof(struct item *), told_cmp);
		for (size_t i = 0; i < count && !err; i++)
			err = put_version(m, told[i], i == 0, to, e);
	}
	return err ? err : spool_end(to, e);
}

/* ---- index.yaml ---- */

enum err put_index(struct making *m, struct source *s, struct spool *to, struct errinfo *e)
{
	struct index_text t = { .to = &to->waiting, .json = true };
	enum err err = spool_new(m, to, e);
	if (err)
		return err;
	index_text_begin(&t, NULL, m->ret->head.at_ns);
	for (size_t k = 0; k < s->count && !err; k++) {
		const struct item *i = s->items[k];
		if (i->rule == BUNDLE_RULE_NONE || i->deleted || i->yanked)
			continue;
		index_text_next(&t, item_chart(i));
		err = put_line(m, i, &to->waiting, e);
		if (!err)
			err = spool_flush(to, e);
	}
	index_text_end(&t);
	return err ? err : spool_end(to, e);
}

/* ---- log.jsonl ---- */

struct logging { struct making *m; struct history history; };

/* A keyring that was stored before there were rules for it may be a secret key. */
static bool may_be_told(const struct event *ev)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct node *detail = NULL;
	if (json_read(&a, ev->detail, "detail", &detail, NULL))
		return false;
	return keyring_may_be_shown(node_text(node_get(node_get(detail, "settings"), "keyring")));
}

/* Events of what is told, and of what its repositories are. */
static enum err put_event(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct logging *l = ctx;
	struct source *s = making_source_of(l->m, ev);
	if (!s || !s->included)
		return OK;
	const struct item *i = ev->chart.n ? making_find(l->m, s, ev->chart, ev->version) : NULL;
	bool ours = i ? i->told : !ev->chart.n && str_starts(ev->kind, STR("repo.")) && may_be_told(ev);
	return ours ? history_event(&l->history, ev, e) : OK;
}

enum err put_log(struct making *m, struct spool *to, struct errinfo *e)
{
	const struct bundle_head *h = &m->ret->head;
	struct logging l = { .m = m, .history = { .catalog = m->catalog, .to = &to->waiting, .flush = flush,
	                                          .ctx = to, .next = h->parent.event + 1 } };
	enum err err = spool_new(m, to, e);
	if (!err)
		err = catalog_events_between(m->catalog, h->parent.event, h->own.event, put_event, &l, e);
	if (!err)
		err = history_end(&l.history, h->own.event, e);
	return err ? err : spool_end(to, e);
}
