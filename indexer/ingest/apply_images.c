/* A list of images that somebody pushed: into the log and the row. No index shows it, so none changes. */
#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/ingest/batch.h"

/* {"images":[…]}; empty: out of memory. */
static struct str list_detail(struct batch *b, struct str lines)
{
	AUTO_SBUF struct sbuf d = sbuf_make(4 * IMAGES_PUSHED_MAX_BYTES);
	struct str detail = { 0 };
	sbuf_puts(&d, "{\"images\":[");
	while (lines.n) {
		json_next(&d);
		json_canonical(&d, str_cut(&lines, '\n', NULL));
	}
	sbuf_puts(&d, "]}");
	return sbuf_ok(&d) && arena_str(&b->arena, sbuf_str(&d), &detail) ? detail : (struct str){ 0 };
}

static enum err write_images(struct batch *b, struct repository *r, struct change *c, struct version_row *row)
{
	struct str detail = c->has_images ? list_detail(b, c->images) : STR("{}");
	if (!detail.n)
		return ERR(&c->error, NOMEM, "event");
	enum err err = batch_log_beside(b, c, r, c->has_images ? "images" : "images.delete", c->result.digest,
	                                detail);
	row->has_images = c->has_images;
	row->images = c->images;
	return err ? err : catalog_version_put(b->g->catalog, row, &c->error);
}

enum err apply_images(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	enum err err = find_present(b, r, c, &row);
	if (!err && c->chart.n && !str_eq(row.chart, c->chart))
		err = ERR(&c->error, NOT_FOUND, "there is no such version of %.*s", STR_ARG(c->chart));
	if (err)
		return err;
	if (sha256_eq(&row.digest, &(struct sha256){ 0 }))
		return ERR(&c->error, INVALID, "nobody knows the bytes of %.*s yet: pull it once, then push the list",
		           STR_ARG(c->file));
	c->result.existing = row.has_images == c->has_images &&
	                     (!row.has_images || str_eq(row.images, c->images));
	if (c->dry_run || c->result.existing)
		return OK;
	err = write_images(b, r, c, &row);
	b->failed |= err != OK;
	return err;
}
