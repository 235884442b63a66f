/* Lists of images in search.db: a letter and a reference a line. Where each was found is told by who reads
 * the archive; a search, a bundle and a list of a whole repository have no need of it.         */
#include "indexer/base/auto.h"
#include "indexer/document/images_pushed.h"
#include "indexer/hub/impl.h"
#include "indexer/hub/readings.h"
#include "indexer/ingest/ingest.h"
#include "indexer/ingest/versions.h"

#define CERTAIN '+'
#define POSSIBLE '?'
#define INCOMPLETE '!'

void images_keep(struct sbuf *b, const struct chart_images *x)
{
	struct str rest = x->incomplete, why = str_cut(&rest, '\n', NULL);
	if (why.n)
		sbuf_printf(b, "%c%.*s\n", INCOMPLETE, STR_ARG(why));
	for (size_t i = 0; i < x->count; i++) {
		sbuf_putc(b, x->images[i].certain ? CERTAIN : POSSIBLE);
		sbuf_put(b, x->images[i].image);
		sbuf_putc(b, '\n');
	}
}

enum err images_kept(struct arena *a, struct str kept, struct chart_images *ret, struct errinfo *e)
{
	struct chart_images x = { .count = 0 };
	size_t most = 0;
	for (size_t i = 0; i < kept.n; i++)
		most += kept.p[i] == '\n';
	x.images = arena_array(a, most + 1, sizeof *x.images);
	if (!x.images)
		return ERR(e, NOMEM, "images");
	while (kept.n) {
		struct str line = str_cut(&kept, '\n', NULL);
		if (line.n > 1 && line.p[0] == INCOMPLETE)
			x.incomplete = str_from(line, 1);
		else if (line.n > 1)
			x.images[x.count++] = (struct chart_image){
				.image = str_from(line, 1), .where = STR("rendered"), .source = IMAGE_RENDERED,
				.certain = line.p[0] == CERTAIN, .places = 1,
			};
	}
	*ret = x;
	return OK;
}

/* ---- of a version ---- */

/* False: they are not known, are of other bytes, or the archive is not there any more. */
static bool find_kept(struct hub *h, struct arena *a, const struct version_row *row, struct str repo,
                      struct chart_images *ret)
{
	struct stored_file file;
	struct hub_reader *r;
	struct sha256 of;
	struct str kept;
	if (row->state != VERSION_LIVE || ingest_file(h->ingest, repo, row->file, &file, NULL))
		return false;
	(void)close(file.fd);
	if (hub_reader_take(h, &r, NULL))
		return false;
	enum err err = search_images(r->search, a, repo, row->chart, row->version, &of, &kept, NULL);
	hub_reader_give(h, r);
	return !err && sha256_eq(&of, &row->digest) && !images_kept(a, kept, ret, NULL);
}

/* As they would be kept: nothing of it borrows from the archive. */
static enum err read_here(struct hub *h, struct arena *a, struct str repo, const struct version_row *row,
                          struct chart_images *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGES_EXPORT_MAX_BYTES);
	struct contents *c = NULL;
	struct chart_kinds ignored;
	struct chart_images found;
	struct str kept;
	enum err err = contents_here(h, repo, row->chart, row->version, &c, e);
	if (!err)
		err = contents_brings(h, a, c, &found, &ignored, e);
	if (!err)
		images_keep(&b, &found);
	contents_unref(c);
	if (!err && (!sbuf_ok(&b) || !arena_str(a, sbuf_str(&b), &kept)))
		err = ERR(e, NOMEM, "images");
	if (!err)
		err = images_kept(a, kept, ret, e);
	if (!err)
		ret->pushed = found.pushed;      /* the row tells it else */
	return err;
}

enum err hub_images(struct hub *h, struct arena *a, struct str repo, struct str name, struct str version,
                    struct chart_images *ret, struct errinfo *e)
{
	struct version_row row;
	struct chart_images x;
	enum err err = ingest_version(h->ingest, a, repo, name, version, &row, e);
	if (!err && row.absent)
		err = ERR(e, ABSENT, "only its upstream has it");
	if (err)
		return err;
	if (!find_kept(h, a, &row, repo, &x))
		return read_here(h, a, repo, &row, ret, e);
	if (row.has_images)
		return images_with_list(a, &x, row.images, ret, e);
	*ret = x;
	return OK;
}
