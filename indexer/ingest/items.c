/* From rows of the catalog to a rope, when a repository's index is made whole. Texts are kept as
 * offsets while their block still grows.                                                     */
#include "indexer/ingest/items.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"

#define ITEMS_TEXT_MAX_BYTES ((size_t)4 << 30)

struct index_ref { size_t chart, version, line; uint32_t chart_bytes, version_bytes, line_bytes; int64_t created_ns; };

static size_t add_text(struct index_items *items, struct str s)
{
	size_t at = items->text.n;
	sbuf_put(&items->text, s);
	return at;
}

enum err index_items_add(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct index_items *items = ctx;
	if (!items->text.p)
		items->text = sbuf_make(ITEMS_TEXT_MAX_BYTES);
	if (!row->line.n)                    /* purged */
		return OK;
	struct index_ref *refs = array_room(items->refs, items->count, &items->capacity, sizeof *refs);
	if (!refs)
		return ERR(e, NOMEM, "index lines");
	items->refs = refs;
	refs[items->count++] = (struct index_ref){
		.chart = add_text(items, row->chart), .version = add_text(items, row->version),
		.line = add_text(items, row->line), .chart_bytes = (uint32_t)row->chart.n,
		.version_bytes = (uint32_t)row->version.n, .line_bytes = (uint32_t)row->line.n,
		.created_ns = row->created_ns,
	};
	return sbuf_ok(&items->text) ? OK : ERR(e, NOMEM, "index lines");
}

enum err index_items_add_shown(void *ctx, const struct version_row *row, struct errinfo *e)
{
	return row->state == VERSION_LIVE && !row->yanked ? index_items_add(ctx, row, e) : OK;
}

static struct str text(const struct index_items *items, size_t at, uint32_t bytes)
{
	return str_make(items->text.p + at, bytes);
}

enum err index_items_rope(struct index_items *items, enum rope_format format, int64_t generated_ns,
                          struct rope **ret, struct errinfo *e)
{
	AUTO_FREE struct index_item *list = calloc(items->count + 1, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "index lines");
	for (size_t i = 0; i < items->count; i++) {
		const struct index_ref *r = &items->refs[i];
		list[i] = (struct index_item){
			.name = text(items, r->chart, r->chart_bytes),
			.line = text(items, r->line, r->line_bytes),
			.key = { .version = text(items, r->version, r->version_bytes),
			         .created_ns = r->created_ns },
		};
	}
	return rope_build(format, list, items->count, generated_ns, ret, e);
}

void index_items_done(struct index_items *items)
{
	sbuf_done(&items->text);
	free(items->refs);
	*items = (struct index_items){ 0 };
}
