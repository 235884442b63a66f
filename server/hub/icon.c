/* See icon.h. Somebody's SVG that is opened by itself is a document of this server: it may do
 * nothing.                                                                                   */
#include "server/hub/icon.h"

#include "indexer/document/icon.h"
#include "indexer/hub/contents.h"

#define IMAGE_POLICY "default-src 'none'; style-src 'unsafe-inline'; sandbox"

enum err icon_send(struct answer *x, const struct hub_chart *chart, struct response *s,
                   struct errinfo *e)
{
	struct contents *found;
	struct chart_icon icon;
	struct str version = chart->entry.meta.version;
	enum err err = contents_get(x->hub, chart->repo, chart->name, version, &found, e);
	if (err)
		return err;
	err = icon_read(&x->arena, &found->chart, &icon, e);
	if (!err)
		sbuf_put(&x->b, icon.bytes);
	contents_unref(found);
	if (!err)
		err = answer_send(x, icon.type, s, e);
	if (!err)
		response_header(s, "Content-Security-Policy", IMAGE_POLICY);
	return err;
}
