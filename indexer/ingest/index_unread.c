/* The text of an index that is not held (ingest_options.unread): what is in it, and in which order, fits into
 * memory; its lines are read again.                                                           */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/format/index.h"
#include "indexer/ingest/ingest_impl.h"

#define STEP_BYTES (256u * KIB)

struct shown { struct index_item item; int64_t id; };    /* its line is empty */

struct index_writer {
	struct arena arena;
	struct shown *list;
	size_t count, capacity;
	struct sbuf line, text;
	struct index_text index;
	int fd;
};

static enum err add_row(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct index_writer *w = ctx;
	struct shown one = { .item.key.created_ns = row->created_ns, .id = row->id };
	if (row->state != VERSION_LIVE || row->yanked)
		return OK;
	struct shown *list = array_room(w->list, w->count, &w->capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "index");
	w->list = list;
	if (!arena_str(&w->arena, row->chart, &one.item.name) ||
	    !arena_str(&w->arena, row->version, &one.item.key.version))
		return ERR(e, NOMEM, "index");
	list[w->count++] = one;
	return OK;
}

static enum err write_out(struct index_writer *w, size_t enough, struct errinfo *e)
{
	if (!sbuf_ok(&w->text))
		return ERR(e, NOMEM, "index");
	if (w->text.n < enough)
		return OK;
	enum err err = fs_write(w->fd, sbuf_str(&w->text), e);
	sbuf_reset(&w->text);
	return err;
}

static enum err put_line(struct index_writer *w, struct catalog *c, const struct shown *one,
                         struct errinfo *e)
{
	index_text_next(&w->index, one->item.name);
	if (w->index.json)
		return catalog_version_line(c, one->id, &w->text, e);
	sbuf_reset(&w->line);
	enum err err = catalog_version_line(c, one->id, &w->line, e);
	if (err)
		return err;
	return sbuf_ok(&w->line) ? index_line_to_yaml(sbuf_str(&w->line), &w->text, e) : ERR(e, NOMEM, "index");
}

static enum err write_rows(struct index_writer *w, struct catalog *c, int64_t repo_id, const char *info,
                           int64_t generated_ns, struct errinfo *e)
{
	enum err err = catalog_read_begin(c, e);
	if (!err)
		err = catalog_versions_each(c, repo_id, add_row, w, e);
	if (!err && w->count)
		qsort(w->list, w->count, sizeof *w->list, index_order_cmp);
	index_text_begin(&w->index, info, generated_ns);
	for (size_t i = 0; i < w->count && !err; i++) {
		err = put_line(w, c, &w->list[i], e);
		if (!err)
			err = write_out(w, STEP_BYTES, e);
	}
	index_text_end(&w->index);
	catalog_rollback(c);
	return err ? err : write_out(w, 0, e);
}

enum err index_unread_write(struct ingest *g, const struct repository *r, const struct snapshot *s, int fd,
                          struct errinfo *e)
{
	struct reader *reader;
	struct index_writer w = { .line = sbuf_make(INDEX_LINE_MAX_BYTES),
	                          .text = sbuf_make(STEP_BYTES + 4 * INDEX_LINE_MAX_BYTES), .fd = fd };
	w.index = (struct index_text){ .to = &w.text, .json = !s->yaml };
	enum err err = reader_take(g, &reader, e);
	if (err)
		return err;
	err = write_rows(&w, reader->catalog, r->id, g->options.server_info, s->generated_ns, e);
	reader_give(g, reader);
	arena_done(&w.arena);
	free(w.list);
	sbuf_done(&w.line);
	sbuf_done(&w.text);
	return err;
}
