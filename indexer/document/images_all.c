/* A chart's images with those that rendering its defaults shows. */
#include "indexer/base/auto.h"
#include "indexer/document/images_parts.h"
#include "indexer/document/render_input.h"

enum err images_read_defaults(struct arena *a, const struct chart *c, const struct defaults_rendered *d,
                              struct chart_images *ret, struct errinfo *e)
{
	struct str why = STR("");
	struct chart_images list;
	enum err err = images_incomplete(a, &d->strict, &why, e);
	if (!err)
		err = images_read_rendered(a, c, &d->all, &list, e);
	if (err)
		return err;
	list.incomplete = why;
	*ret = list;
	return OK;
}

enum err images_read_all(struct arena *a, const struct chart *c, struct chart_images *ret,
                         struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct defaults_rendered d;
	enum err err = render_defaults(&scratch, c, &d, e);
	return err ? err : images_read_defaults(a, c, &d, ret, e);
}
