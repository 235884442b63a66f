/* A chart's images with those that rendering its defaults shows. */
#include "indexer/base/auto.h"
#include "indexer/document/images.h"
#include "indexer/document/render_input.h"

enum err images_read_all(struct arena *a, const struct chart *c, struct chart_images *ret,
                         struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct render_options o = { .release = STR("") };
	struct render_chart input;
	struct rendered x;
	enum err err = render_input(&scratch, c, &input, e);
	if (!err)
		err = render_chart(&scratch, &input, &o, &x, e);
	return err ? err : images_read_rendered(a, c, &x, ret, e);
}
