/* Files of a version as they are in its archive, and the icon of a chart. */
#include "indexer/document/icon.h"
#include "indexer/hub/contents.h"
#include "server/artifacthub/answer.h"
#include "server/artifacthub/icon.h"
#include "server/artifacthub/monocular.h"
#include "server/artifacthub/monocular_shape.h"
#include "server/route/look.h"

struct asset {
	const char *file, *type;
	size_t at;                       /* where its text is in a struct chart */
};

static const struct asset readme = { "README.md", "text/markdown; charset=utf-8",
                                     offsetof(struct chart, readme) };
static const struct asset values = { "values.yaml", "application/yaml", offsetof(struct chart, values) };
static const struct asset schema = { "values.schema.json", "application/json",
                                     offsetof(struct chart, schema) };

static enum err send_asset(struct call *c, struct response *s, struct errinfo *e)
{
	const struct asset *asset = c->state;
	AUTO_ANSWER struct answer x;
	struct contents *found;
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = call_shown_contents(c, x.hub, c->version, &found, e);
	if (err)
		return err;
	struct str text = *(const struct str *)((const char *)&found->chart + asset->at);
	sbuf_put(&x.b, text);
	contents_unref(found);
	if (!text.p)
		return ERR(e, NOT_FOUND, "could not find %s", asset->file);
	return answer_send(&x, asset->type, s, e);
}

static enum err give(struct call *c, const struct asset *asset, struct errinfo *e)
{
	c->state = (void *)(uintptr_t)asset;
	return call_work(c, call_lookers(c), send_asset, e);
}

enum err monocular_readme(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return give(c, &readme, e);
}

enum err monocular_values(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return give(c, &values, e);
}

enum err monocular_schema(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return give(c, &schema, e);
}

/* ---- the icon ---- */

/* The version that is shown of the chart says which icon it has. */
static enum err find_chart(struct answer *x, struct hub_chart **ret, struct errinfo *e)
{
	struct call *c = x->call;
	struct hub_versions v = { 0 };
	struct index_entry shown;
	struct hub_chart *chart = hub_chart_get(x->hub, c->repo, c->name);
	enum err err = chart ? OK : hub_versions(x->hub, &x->arena, c->repo, c->name, &v, e);
	if (!chart && !err)
		err = index_entry_read(&x->arena, v.list[hub_shown(v.list, v.count)].line, &shown, e);
	if (!chart && !err) {
		shown.meta.name = c->name;
		chart = monocular_chart_of_icon(x, c->repo, &shown.meta);
	}
	hub_versions_done(&v);
	if (!chart)
		return err && err != ERR_NOT_FOUND ? err : ERR(e, NOT_FOUND, "could not find chart");
	*ret = chart;
	return OK;
}

static enum err logo(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	enum err err = answer_open(c, &x, e);
	if (err)
		return err;
	struct hub_chart *chart;
	err = find_chart(&x, &chart, e);
	if (err)
		return err;
	err = icon_send(&x, chart, s, e);
	hub_chart_unref(chart);
	return err;
}

enum err monocular_logo(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), logo, e);
}
