/* Files of a version by the id of its package: values, their schema, templates; and the icon. */
#include "indexer/base/base64.h"
#include "indexer/base/json.h"
#include "indexer/format/node_json.h"
#include "indexer/hub/contents.h"
#include "server/artifacthub/artifacthub.h"
#include "server/artifacthub/icon.h"
#include "server/artifacthub/package.h"
#include "server/route/look.h"

/* Writes what is asked for of a chart into x->b. */
typedef enum err put_part(struct answer *x, const struct chart *chart, struct errinfo *e);
struct part { put_part *put; const char *type; };

static enum err put_file(struct answer *x, struct str text, struct errinfo *e)
{
	sbuf_put(&x->b, text);
	return text.p ? OK : ERR(e, NOT_FOUND, "the package has no such file");
}

static enum err put_values(struct answer *x, const struct chart *chart, struct errinfo *e)
{
	return put_file(x, chart->values, e);
}

static enum err put_schema(struct answer *x, const struct chart *chart, struct errinfo *e)
{
	return put_file(x, chart->schema, e);
}

static enum err put_templates(struct answer *x, const struct chart *chart, struct errinfo *e)
{
	struct sbuf *b = &x->b;
	const struct node *values = NULL;
	enum err err = chart->values.n ? yaml_read(&x->arena, chart->values, &yaml_values, &values, e) : OK;
	sbuf_puts(b, "{\"templates\":[");
	for (size_t i = 0; i < chart->members.count; i++) {
		const struct tar_member *m = &chart->members.members[i];
		if (!str_starts(m->name, STR("templates/")))
			continue;
		json_next(b);
		sbuf_putc(b, '{');
		json_text(b, "name", m->name);
		json_key(b, "data");
		sbuf_putc(b, '"');
		base64_put(b, m->data);
		sbuf_puts(b, "\"}");
	}
	sbuf_putc(b, ']');
	json_key(b, "values");
	if (!err)
		err = node_json(&x->arena, values, b, e);
	sbuf_puts(b, "}\n");
	return err;
}

static enum err send_part(struct call *c, struct response *s, struct errinfo *e)
{
	const struct part *part = c->state;
	AUTO_ANSWER struct answer x;
	struct hub_chart *package;
	struct contents *contents;
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = package_find_id(&x, ID_PACKAGE, c->id, &package, e);
	if (err)
		return err;
	err = call_contents(c, x.hub, package->repo, package->name, c->version, &contents, e);
	hub_chart_unref(package);
	if (err)
		return err;
	err = part->put(&x, &contents->chart, e);
	contents_unref(contents);
	return err ? err : answer_send(&x, part->type, s, e);
}

static enum err give(struct call *c, const struct part *part, struct errinfo *e)
{
	c->state = (void *)(uintptr_t)part;
	return call_work(c, c->app->lookers, send_part, e);
}

enum err packages_values(struct call *c, struct response *s, struct errinfo *e)
{
	static const struct part part = { put_values, "application/yaml" };
	(void)s;
	return give(c, &part, e);
}

enum err packages_schema(struct call *c, struct response *s, struct errinfo *e)
{
	static const struct part part = { put_schema, JSON_TYPE };
	(void)s;
	return give(c, &part, e);
}

enum err packages_templates(struct call *c, struct response *s, struct errinfo *e)
{
	static const struct part part = { put_templates, JSON_TYPE };
	(void)s;
	return give(c, &part, e);
}

/* ---- the icon ---- */

/* "@2x" asks for a size that it does not have here: it is the one that the chart brings. */
static enum err image(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct hub_chart *package;
	struct str id = c->id;
	id = str_cut(&id, '@', NULL);
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = package_find_id(&x, ID_IMAGE, id, &package, e);
	if (err)
		return err;
	err = icon_send(&x, package, s, e);
	hub_chart_unref(package);
	return err;
}

enum err packages_image(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), image, e);
}
