/* Why each image is in the list. */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/cmd.h"
#include "server/cmd/images.h"

/* A line for each, where a table would be far wider than a terminal. */
static void put_found(struct sbuf *b, const struct images_of_chart *c, const struct chart_image *x, bool named)
{
	struct str rest = x->where, file = str_cut(&rest, ' ', NULL);
	put_cell(b, x->image);
	sbuf_puts(b, "\n  ");
	put_coloured(b, x->certain ? COLOUR_GOOD : COLOUR_WARN, x->certain ? STR("certain") : STR("possible"));
	sbuf_printf(b, ", %s", image_source_word(x->source));
	if (named && c->name.n) {
		sbuf_puts(b, ", ");
		put_cell(b, c->name);
	}
	sbuf_puts(b, "\n      ");
	put_cell(b, x->subchart);
	sbuf_puts(b, x->subchart.n ? ": " : "");
	put_cell(b, file);
	sbuf_puts(b, rest.n ? "\n      " : "");
	put_cell(b, rest);
	sbuf_putc(b, '\n');
}

enum err images_print_why(const struct images_of_chart *charts, size_t count, bool all, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGES_EXPORT_MAX_BYTES);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < charts[i].found.count; k++)
			if (all || charts[i].found.images[k].certain)
				put_found(&b, &charts[i], &charts[i].found.images[k], count > 1);
	return sbuf_ok(&b) ? print_output(&b, e) : ERR(e, TOO_LARGE, "the list is too long; use --json");
}
