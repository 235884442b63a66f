/* A chart's images with those that rendering its defaults shows. Where a chart wants values that have no
 * default, it is rendered once more as if it did not: what it shows then is most of what it will run.  */
#include "indexer/base/auto.h"
#include "indexer/document/images_parts.h"
#include "indexer/document/render_input.h"

enum err images_read_all(struct arena *a, const struct chart *c, struct chart_images *ret,
                         struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct render_options o = { .forgiving = false };
	struct str why = STR("");
	struct chart_images list;
	struct render_chart input;
	struct rendered x;
	enum err err = render_input(&scratch, c, &input, e);
	if (!err)
		err = render_chart(&scratch, &input, &o, &x, e);
	if (!err)
		err = images_incomplete(a, &x, &why, e);
	o.forgiving = true;
	if (!err && x.failed)
		err = render_chart(&scratch, &input, &o, &x, e);
	if (!err)
		err = images_read_rendered(a, c, &x, &list, e);
	if (err)
		return err;
	list.incomplete = why;
	*ret = list;
	return OK;
}
