/* What is in a chart: its values.yaml as it is, and its templates, out of the stored archive. Runs
 * on a worker, of which there are few: that bounds the archives that are open at once.       */
#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/format/node_json.h"
#include "indexer/format/tar.h"
#include "indexer/ingest/chart_cache.h"
#include "indexer/ingest/virtual.h"
#include "server/api/charts.h"
#include "server/api/charts_read.h"
#include "server/api/json_parts.h"

struct opened {
	struct snapshot *now;
	struct arena arena;
	char *packed;                    /* of a file that the cache has open only */
	struct gzip_buffer inflated;
	struct tar_listing members;      /* names with the top folder */
};

static void close_chart(struct opened *x)
{
	snapshot_unref(x->now);
	arena_done(&x->arena);
	free(x->packed);
	gzip_buffer_done(&x->inflated);
}

static enum err bytes_of(struct opened *x, struct cached_file *f, struct str *ret,
                         struct errinfo *e)
{
	size_t n;
	if (f->bytes) {
		*ret = str_make(f->bytes, (size_t)f->size);
		return OK;
	}
	enum err err = fs_read_fd(f->fd, CHART_UNPACKED_MAX_BYTES, &x->packed, &n, e);
	if (!err)
		*ret = str_make(x->packed, n);
	return err;
}

static enum err unpack(struct opened *x, struct cached_file *f, struct errinfo *e)
{
	struct str packed, data;
	enum err err = bytes_of(x, f, &packed, e);
	if (!err)
		err = gzip_inflate(packed, &x->inflated, &data, e);
	return err ? err : tar_read(&x->arena, data, &x->members, e);
}

/* Of a virtual repository, the member that keeps it. */
static enum err load(struct call *c, struct str file, struct cached_file **ret, struct errinfo *e)
{
	struct str repo;
	enum err err = ingest_virtual_file(c->app->ingest, c->repo, file, &repo, e);
	if (!err)
		err = chart_cache_load(c->app->cache, c->app->ingest, repo, file, ret, e);
	if (err == ERR_DAMAGED)
		ingest_report_damage(c->app->ingest, repo, file);
	return err;
}

static enum err open_chart(struct call *c, struct opened *x, struct errinfo *e)
{
	struct rope_version version;
	struct cached_file *f = NULL;
	enum err err = charts_snapshot(c, &x->now, e);
	if (!err)
		err = charts_pick(c, &x->arena, x->now, &version, e);
	if (err)
		return err;
	const char *file = arena_printf(&x->arena, "%.*s-%.*s.tgz", STR_ARG(c->name),
	                                STR_ARG(version.version));
	if (!file)
		return ERR(e, NOMEM, "request");
	err = load(c, str_c(file), &f, e);
	if (err == ERR_NOT_FOUND)            /* deleted since */
		return ERR(e, NOT_FOUND, "object not found");
	if (!err)
		err = unpack(x, f, e);
	cached_file_unref(f);
	return err;
}

/* Without the top folder, whatever it is called. */
static struct str name_of(const struct tar_member *m)
{
	struct str rest = m->name;
	(void)str_cut(&rest, '/', NULL);
	return rest;
}

static const struct tar_member *find_values(const struct tar_listing *members)
{
	for (size_t i = 0; i < members->count; i++)
		if (str_eq(name_of(&members->members[i]), STR("values.yaml")))
			return &members->members[i];
	return NULL;
}

/* ---- values ---- */

static enum err send_values(struct call *c, struct opened *x, struct response *s,
                            struct errinfo *e)
{
	const struct tar_member *values = find_values(&x->members);
	AUTO_SBUF struct sbuf b = sbuf_make(CHART_FILE_MAX_BYTES);
	if (!values)
		return ERR(e, NOT_FOUND, "values.yaml not found");
	sbuf_put(&b, values->data);
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
	return call_work(c, ingest_pool(c->app->ingest), values, e);
}

/* ---- templates ---- */

static void put_templates(struct sbuf *b, const struct tar_listing *members)
{
	list_begin(b, "templates");
	for (size_t i = 0; i < members->count; i++) {
		const struct tar_member *m = &members->members[i];
		if (!str_starts(name_of(m), STR("templates/")))
			continue;
		element_begin(b);
		json_text(b, "name", name_of(m));
		json_key(b, "data");
		sbuf_putc(b, '"');
		base64_put(b, m->data);
		sbuf_puts(b, "\"}");
	}
	sbuf_putc(b, ']');
}

static enum err put_values(struct sbuf *b, struct opened *x, struct errinfo *e)
{
	const struct tar_member *values = find_values(&x->members);
	const struct node *tree = NULL;
	enum err err = values ? yaml_read(&x->arena, values->data, &yaml_values, &tree, e) : OK;
	json_key(b, "values");
	return err ? err : node_json(&x->arena, tree, b, e);
}

static enum err send_templates(struct call *c, struct opened *x, struct response *s,
                               struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CHARTS_LIST_MAX_BYTES);
	sbuf_putc(&b, '{');
	put_templates(&b, &x->members);
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
	return call_work(c, ingest_pool(c->app->ingest), templates, e);
}
