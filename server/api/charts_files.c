/* What is in a chart: its values.yaml as it is, and its templates, out of its archive; of an upstream's that is not
 * here, as for anybody who looks at it (route/look.h).                                        */
#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/format/node_json.h"
#include "server/api/charts.h"
#include "server/api/charts_read.h"
#include "server/api/json_parts.h"
#include "server/route/look.h"

struct opened {
	struct snapshot *now;
	struct arena arena;
	struct contents *contents;
};

static void close_chart(struct opened *x)
{
	snapshot_unref(x->now);
	arena_done(&x->arena);
	contents_unref(x->contents);
}

static enum err open_chart(struct call *c, struct opened *x, struct errinfo *e)
{
	struct rope_version version;
	enum err err = charts_snapshot(c, &x->now, e);
	if (!err)
		err = charts_pick(c, &x->arena, x->now, &version, e);
	if (err)
		return err;
	err = call_shown_contents(c, c->app->hub, version.version, &x->contents, e);
	return err == ERR_NOT_FOUND ? ERR(e, NOT_FOUND, "object not found") : err;       /* deleted since */
}

/* ---- values ---- */

static enum err send_values(struct call *c, struct opened *x, struct response *s,
                            struct errinfo *e)
{
	struct str values = x->contents->chart.values;
	AUTO_SBUF struct sbuf b = sbuf_make(CHART_FILE_MAX_BYTES);
	if (!values.p)
		return ERR(e, NOT_FOUND, "values.yaml not found");
	sbuf_put(&b, values);
	return charts_send(c, "application/yaml", x->now, &b, s, e);
}

static enum err values(struct call *c, struct response *s, struct errinfo *e)
{
	struct opened x = { 0 };
	enum err err = open_chart(c, &x, e);
	if (!err)
		err = send_values(c, &x, s, e);
	close_chart(&x);
	return err;
}

enum err charts_values(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, call_lookers(c), values, e);
}

/* ---- templates ---- */

static void put_templates(struct sbuf *b, const struct tar_listing *members)
{
	list_begin(b, "templates");
	for (size_t i = 0; i < members->count; i++) {
		const struct tar_member *m = &members->members[i];
		if (!str_starts(m->name, STR("templates/")))
			continue;
		element_begin(b);
		json_text(b, "name", m->name);
		json_key(b, "data");
		sbuf_putc(b, '"');
		base64_put(b, m->data);
		sbuf_puts(b, "\"}");
	}
	sbuf_putc(b, ']');
}

static enum err put_values(struct sbuf *b, struct opened *x, struct errinfo *e)
{
	struct str values = x->contents->chart.values;
	const struct node *tree = NULL;
	enum err err = values.n ? yaml_read(&x->arena, values, &yaml_values, &tree, e) : OK;
	json_key(b, "values");
	return err ? err : node_json(&x->arena, tree, b, e);
}

static enum err send_templates(struct call *c, struct opened *x, struct response *s,
                               struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CHARTS_LIST_MAX_BYTES);
	sbuf_putc(&b, '{');
	put_templates(&b, &x->contents->chart.members);
	enum err err = put_values(&b, x, e);
	sbuf_putc(&b, '}');
	if (!err && !sbuf_ok(&b))
		err = ERR(e, INVALID, "the templates are longer than %u MiB, or there is no memory for them",
		          CHARTS_LIST_MAX_BYTES / MIB);
	return err ? err : charts_send(c, JSON_TYPE, x->now, &b, s, e);
}

static enum err templates(struct call *c, struct response *s, struct errinfo *e)
{
	struct opened x = { 0 };
	enum err err = open_chart(c, &x, e);
	if (!err)
		err = send_templates(c, &x, s, e);
	close_chart(&x);
	return err;
}

enum err charts_templates(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, call_lookers(c), templates, e);
}
