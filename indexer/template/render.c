/* The templates of a chart and its subcharts: collected, parsed, executed one after the other. */
#include "indexer/template/render.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/template/render_parts.h"

#define NOTES "NOTES.txt"

struct template {
	struct str name, text;
	struct render_context *of;
	bool is_crd;
	bool is_broken;                  /* it was not parsed */
};

struct rendering {
	struct arena *a, *work;          /* for the caller; for what templates make */
	struct template *templates;      /* in the order of being parsed, CRDs at the end */
	size_t count, room, charts;
	struct tmpl_value capabilities, release;
	struct tmpl_run run;
	struct rendered ret;
	size_t bytes_left;               /* of all results */
	bool failed;                     /* out of memory */
};

/* ---- collecting ---- */

static bool is_partial(struct str name) { return str_starts(str_base_name(name), STR("_")); }

static void add(struct rendering *r, struct render_context *of, const struct tar_member *m, bool is_crd)
{
	r->ret.cut |= r->count == RENDER_FILES_MAX;
	if (r->count == RENDER_FILES_MAX || r->failed)
		return;
	struct template *more = arena_room(r->work, r->templates, r->count, &r->room, sizeof *more);
	char *name = arena_printf(r->a, "%.*s/%.*s", STR_ARG(of->path), STR_ARG(m->name));
	r->failed |= !more || !name;
	if (r->failed)
		return;
	r->templates = more;
	more[r->count++] = (struct template){ .name = str_c(name), .text = str_without_mark(m->data),
	                                      .of = of, .is_crd = is_crd };
}

static void collect(struct rendering *r, struct render_context *of)
{
	const struct chart *c = of->c->chart;
	bool is_library = str_eq_nocase(c->meta.type, STR("library"));
	for (size_t i = 0; i < c->members.count; i++) {
		const struct tar_member *m = &c->members.members[i];
		if (str_starts(m->name, STR("templates/")) && (!is_library || is_partial(m->name)))
			add(r, of, m, false);
		else if (str_starts(m->name, STR("crds/")) && chart_is_manifest(m->name))
			add(r, of, m, true);
	}
}

/* ---- what templates see ---- */

/* The map below the parent's values, so that what one changes the other sees, as in Helm. */
static struct tmpl_value values_of(struct rendering *r, const struct render_chart *c,
                                   const struct render_context *parent)
{
	struct tmpl_value v = TMPL_NOTHING;
	const struct tmpl_value *at = parent ? tmpl_map_get(parent->top, STR("Values")) : NULL;
	struct str rest = c->name;
	for (bool more = at; more && at && at->kind == TMPL_MAP;)
		at = tmpl_map_get(at->map, str_cut(&rest, '.', &more));
	if (at && at->kind == TMPL_MAP)
		return *at;
	if (!parent && c->values && !tmpl_from_node(r->work, c->values, &v))
		r->failed = true;
	if (v.kind != TMPL_MAP)
		v = tmpl_map_value(tmpl_map_new(r->work));
	r->failed |= !v.map;
	return v;
}

static bool fill_top(struct rendering *r, struct render_context *of, const struct render_context *parent,
                     struct tmpl_map *subcharts)
{
	const struct tmpl_object *files = object_files_new(r->work, of->c->chart);
	struct tmpl_map *chart = render_metadata(r->work, of->c, !parent);
	struct tmpl_value values = values_of(r, of->c, parent);
	const struct { struct str name; struct tmpl_value value; } top[] = {
		{ STR("Capabilities"), r->capabilities }, { STR("Chart"), tmpl_map_value(chart) },
		{ STR("Files"), object_value(files) }, { STR("Release"), r->release },
		{ STR("Subcharts"), tmpl_map_value(subcharts) }, { STR("Values"), values },
	};
	bool ok = files && chart && subcharts && of->top && !r->failed;
	for (size_t i = 0; ok && i < sizeof top / sizeof *top; i++)
		ok = tmpl_map_set(r->work, of->top, top[i].name, top[i].value);
	return ok;
}

static struct render_context *walk(struct rendering *r, const struct render_chart *c,
                                   const struct render_context *parent)
{
	struct render_context *of = ARENA_NEW(r->work, struct render_context);
	struct tmpl_map *subcharts = tmpl_map_new(r->work);
	char *path = parent ? arena_printf(r->work, "%.*s/charts/%.*s", STR_ARG(parent->path), STR_ARG(c->name))
	                    : arena_dup(r->work, c->name);
	r->failed |= !of || !path;
	if (r->failed)
		return NULL;
	*of = (struct render_context){ c, str_c(path), tmpl_map_new(r->work), r->charts++ };
	r->failed |= !fill_top(r, of, parent, subcharts);
	for (size_t i = 0; i < c->sub_count && !r->failed; i++) {
		const struct render_context *sub = walk(r, &c->subs[i], of);
		r->failed |= !sub || !tmpl_map_set(r->work, subcharts, c->subs[i].name,
		                                   tmpl_map_value(sub->top));
	}
	collect(r, of);
	return of;
}

/* ---- parsing ---- */

static size_t depth_of(struct str name)
{
	size_t depth = 0;
	for (size_t i = 0; i < name.n; i++)
		depth += name.p[i] == '/';
	return depth;
}

/* The deepest first, so that of equal definitions those of the outer chart come later and count. */
static int by_depth(const void *left, const void *right)
{
	const struct template *x = left, *y = right;
	if (x->is_crd != y->is_crd)
		return x->is_crd - y->is_crd;
	size_t a = depth_of(x->name), b = depth_of(y->name);
	return a != b ? (a < b) - (a > b) : str_cmp(y->name, x->name);
}

static struct rendered_file *add_file(struct rendering *r, const struct template *t)
{
	struct rendered_file *f = &r->ret.files[r->ret.count++];
	*f = (struct rendered_file){ .name = t->name, .chart = t->of->chart };
	return f;
}

static void set_failure(struct rendering *r, struct rendered_file *f, const struct errinfo *e)
{
	r->ret.failed++;
	r->failed |= !arena_str(r->a, str_c(e->detail), &f->failure);
}

static void parse(struct rendering *r, struct template *t)
{
	struct errinfo e = { .detail = "" };
	enum err err = tmpl_set_add(r->run.set, t->name, t->text, &e);
	t->is_broken = err;
	if (err)
		set_failure(r, add_file(r, t), &e);
}

/* ---- executing ---- */

static bool set_template(struct rendering *r, const struct template *t)
{
	struct tmpl_map *map = tmpl_map_new(r->work);
	char *folder = arena_printf(r->work, "%.*s/templates", STR_ARG(t->of->path));
	return map && folder && tmpl_map_set(r->work, map, STR("Name"), tmpl_text(t->name)) &&
	       tmpl_map_set(r->work, map, STR("BasePath"), tmpl_text(str_c(folder))) &&
	       tmpl_map_set(r->work, t->of->top, STR("Template"), tmpl_map_value(map));
}

static void execute(struct rendering *r, const struct template *t)
{
	size_t most = r->bytes_left < RENDER_FILE_MAX_BYTES ? r->bytes_left : RENDER_FILE_MAX_BYTES;
	AUTO_SBUF struct sbuf out = sbuf_make(most);
	struct errinfo e = { .detail = "" };
	struct tmpl_value dot = tmpl_map_value(t->of->top);
	struct rendered_file *f = add_file(r, t);
	enum err err = set_template(r, t) ? tmpl_execute(&r->run, t->name, &dot, &out, &e)
	                                  : ERR(&e, NOMEM, "it takes too much memory");
	r->ret.cut |= err == ERR_TOO_LARGE || err == ERR_NOMEM;
	if (err)
		set_failure(r, f, &e);
	r->bytes_left -= out.n;
	r->failed |= !tmpl_without_no_value(r->a, sbuf_str(&out), &f->text);
}

static void render_one(struct rendering *r, const struct template *t)
{
	if (t->is_crd)
		add_file(r, t)->text = t->text;
	else if (!t->is_broken && !is_partial(t->name) && !str_ends(t->name, STR(NOTES)))
		execute(r, t);
}

static int by_name(const void *left, const void *right)
{
	const struct rendered_file *x = left, *y = right;
	return str_cmp(x->name, y->name);
}

static void render_all(struct rendering *r, const struct render_chart *c)
{
	walk(r, c, NULL);
	r->ret.files = r->failed ? NULL : arena_array(r->a, r->count, sizeof *r->ret.files);
	r->failed |= !r->ret.files;
	if (r->failed)
		return;
	if (r->count)
		qsort(r->templates, r->count, sizeof *r->templates, by_depth);
	for (size_t i = 0; i < r->count && !r->failed; i++)
		if (!r->templates[i].is_crd)
			parse(r, &r->templates[i]);
	for (size_t i = 0; i < r->count && !r->failed; i++)
		render_one(r, &r->templates[i]);
	qsort(r->ret.files, r->ret.count, sizeof *r->ret.files, by_name);
}

enum err render_chart(struct arena *a, const struct render_chart *c, const struct render_options *o,
                      struct rendered *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena work = { .limit = RENDER_MEMORY_MAX_BYTES };
	struct rendering r = { .a = a, .work = &work, .bytes_left = RENDER_ALL_MAX_BYTES };
	const struct tmpl_object *capabilities = object_capabilities_new(&work, o->kube_version);
	struct tmpl_map *release = render_release(&work, o);
	r.run = (struct tmpl_run){ .a = &work, .fuel = TMPL_FUEL, .forgiving = o->forgiving };
	if (!capabilities || !release || tmpl_set_new(&work, &r.run.set, e))
		return ERR(e, NOMEM, "templates of %.*s", STR_ARG(c->name));
	r.capabilities = object_value(capabilities);
	r.release = tmpl_map_value(release);
	render_all(&r, c);
	if (r.failed)
		return ERR(e, NOMEM, "templates of %.*s", STR_ARG(c->name));
	*ret = r.ret;
	return OK;
}
