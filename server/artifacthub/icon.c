/* See icon.h. How long an icon may be kept by who has it is `.cache` of its row in routes.c, which
 * route/cache_control.c makes Cache-Control of. Somebody's SVG that is opened by itself is a document of
 * this server: it may do nothing.                                                             */
#include "server/artifacthub/icon.h"

#include <stdlib.h>

#include "indexer/document/icon.h"
#include "indexer/hub/contents.h"
#include "server/route/logo.h"

static enum err put_own(struct answer *x, const struct hub_chart *chart, const char **ret_type,
                        struct errinfo *e)
{
	struct contents *found;
	struct chart_icon icon;
	struct str version = chart->entry.meta.version;
	enum err err = contents_here(x->hub, chart->repo, chart->name, version, &found, e);
	if (err)
		return err;
	err = icon_read(&x->arena, &found->chart, &icon, e);
	if (!err)
		sbuf_put(&x->b, icon.bytes);
	contents_unref(found);
	if (!err)
		*ret_type = icon.type;
	return err;
}

static enum err put_fetched(struct answer *x, const struct hub_chart *chart, const char **ret_type,
                            struct errinfo *e)
{
	char *bytes;
	size_t n;
	enum err err = logo_read(x->call->app, chart, &bytes, &n, e);
	if (err)
		return err;
	*ret_type = icon_type(str_make(bytes, n));
	sbuf_put(&x->b, str_make(bytes, n));
	free(bytes);
	return *ret_type ? OK : ERR(e, NOT_FOUND, "the chart brings no icon along");
}

enum err icon_send(struct answer *x, const struct hub_chart *chart, struct response *s,
                   struct errinfo *e)
{
	const char *type = NULL;
	enum err err = chart->has_icon ? put_own(x, chart, &type, e) : put_fetched(x, chart, &type, e);
	if (!err)
		err = answer_send(x, type, s, e);
	if (!err)
		response_header(s, "Content-Security-Policy", PICTURE_POLICY);
	return err;
}
