/* Why each image is in the list. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/cmd.h"
#include "server/cmd/images.h"

static void put_row(struct sbuf *b, const struct images_of_chart *c, const struct chart_image *x, bool named)
{
	put_cell(b, x->image);
	sbuf_putc(b, '\t');
	put_coloured(b, x->certain ? COLOUR_GOOD : COLOUR_WARN, x->certain ? STR("certain") : STR("possible"));
	sbuf_printf(b, "\t%s\t", image_source_word(x->source));
	if (named) {
		put_cell(b, c->name.n ? c->name : STR("-"));
		sbuf_putc(b, '\t');
	}
	put_cell(b, x->subchart);
	sbuf_puts(b, x->subchart.n ? ": " : "");
	put_cell(b, x->where);
	sbuf_putc(b, '\n');
}

enum err images_print_why(const struct images_of_chart *charts, size_t count, bool all, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGES_EXPORT_MAX_BYTES);
	bool named = count > 1;
	sbuf_printf(&b, "IMAGE\tUSED\tSOURCE\t%sWHERE\n", named ? "CHART\t" : "");
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < charts[i].found.count; k++)
			if (all || charts[i].found.images[k].certain)
				put_row(&b, &charts[i], &charts[i].found.images[k], named);
	if (!sbuf_ok(&b))
		return ERR(e, TOO_LARGE, "the list is too long; use --json");
	print_table(sbuf_str(&b));
	return OK;
}
