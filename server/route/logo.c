/* Whose icons may be fetched, and by which rules. */
#include "server/route/logo.h"

#include "indexer/icon/icons.h"

/* `ret_private`: addresses that are not public may be asked, as the upstream's own. */
static bool may_fetch(const struct app *app, const struct hub_chart *chart, bool *ret_private)
{
	if (!app || !app->icons || !icon_is_elsewhere(chart->entry.meta.icon))
		return false;
	struct snapshot *s = ingest_snapshot(app->ingest, chart->repo);
	bool may = s && (app->icons_of_all || repo_kind(s->settings) == REPO_UPSTREAM);
	*ret_private = s && s->settings->allow_private;
	snapshot_unref(s);
	return may;
}

bool logo_is_here(const struct app *app, const struct hub_chart *chart)
{
	bool private;
	return chart->has_icon || (may_fetch(app, chart, &private) &&
	                           icons_look(app->icons, chart->entry.meta.icon, private));
}

enum err logo_read(const struct app *app, const struct hub_chart *chart, char **ret,
                   size_t *ret_bytes, struct errinfo *e)
{
	bool private;
	if (!may_fetch(app, chart, &private))
		return ERR(e, NOT_FOUND, "the chart brings no icon along");
	return icons_read(app->icons, chart->entry.meta.icon, private, ret, ret_bytes, e);
}
