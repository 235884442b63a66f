/* Lists of images in search.db: a letter and a reference a line. Where each was found is told by who reads
 * the archive; a search and a bundle have no need of it.                                       */
#include "indexer/hub/impl.h"

#define CERTAIN '+'
#define POSSIBLE '?'

void images_keep(struct sbuf *b, const struct chart_images *x)
{
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
		if (line.n > 1)
			x.images[x.count++] = (struct chart_image){
				.image = str_from(line, 1), .where = STR("rendered"), .source = IMAGE_RENDERED,
				.certain = line.p[0] == CERTAIN, .places = 1,
			};
	}
	*ret = x;
	return OK;
}
