/* .Chart and .Release. Helm makes .Chart out of its struct by the names of the fields, so that all of them
 * are there, empty or not.                                                                    */
#include "indexer/template/render_parts.h"

struct filling { struct arena *a; struct tmpl_map *map; };

static bool put(struct filling *f, const char *key, struct tmpl_value v)
{
	f->map = f->map && tmpl_map_set(f->a, f->map, str_c(key), v) ? f->map : NULL;
	return f->map;
}

static void put_text(struct filling *f, const char *key, struct str text)
{
	put(f, key, tmpl_text(text));
}

static void put_texts(struct filling *f, const char *key, const struct str *texts, size_t count)
{
	struct tmpl_value *items = f->map ? arena_array(f->a, count, sizeof *items) : NULL;
	for (size_t i = 0; items && i < count; i++)
		items[i] = tmpl_text(texts[i]);
	f->map = items ? f->map : NULL;
	put(f, key, tmpl_list(items, count));
}

static void put_maintainers(struct filling *f, const struct chart_meta *m)
{
	struct tmpl_value *items = f->map ? arena_array(f->a, m->maintainer_count, sizeof *items) : NULL;
	for (size_t i = 0; items && i < m->maintainer_count; i++) {
		struct filling one = { f->a, tmpl_map_new(f->a) };
		put_text(&one, "Name", m->maintainers[i].name);
		put_text(&one, "Email", m->maintainers[i].email);
		put_text(&one, "URL", m->maintainers[i].url);
		items[i] = tmpl_map_value(one.map);
		f->map = one.map ? f->map : NULL;
	}
	f->map = items ? f->map : NULL;
	put(f, "Maintainers", tmpl_list(items, m->maintainer_count));
}

static void put_annotations(struct filling *f, const struct chart_meta *m)
{
	struct filling all = { f->a, f->map ? tmpl_map_new(f->a) : NULL };
	for (size_t i = 0; i < m->annotation_count; i++) {
		struct tmpl_value v = tmpl_text(m->annotations[i].value);
		if (all.map && !tmpl_map_set(f->a, all.map, m->annotations[i].key, v))
			all.map = NULL;
	}
	struct tmpl_value v = tmpl_map_value(all.map);
	v.go = TMPL_GO_STRING_MAP;
	f->map = all.map ? f->map : NULL;
	put(f, "Annotations", v);
}

/* ---- dependencies: those that take part ---- */

static bool takes_part(const struct render_chart *c, struct str name)
{
	for (size_t i = 0; i < c->sub_count; i++)
		if (str_eq(c->subs[i].name, name))
			return true;
	return false;
}

static void put_imports(struct filling *f, const struct chart_dependency *d)
{
	struct tmpl_value *items = f->map ? arena_array(f->a, d->import_count, sizeof *items) : NULL;
	for (size_t i = 0; items && i < d->import_count; i++) {
		const struct chart_import *import = &d->imports[i];
		struct filling one = { f->a, tmpl_map_new(f->a) };
		char *child = arena_printf(f->a, "%s%.*s", import->name.n ? "exports." : "",
		                           STR_ARG(import->name.n ? import->name : import->child));
		put_text(&one, "child", str_c(child));
		put_text(&one, "parent", import->name.n ? STR(".") : import->parent);
		items[i] = tmpl_map_value(one.map);
		items[i].go = TMPL_GO_STRING_MAP;
		f->map = one.map && child ? f->map : NULL;
	}
	f->map = items ? f->map : NULL;
	put(f, "ImportValues", tmpl_list(items, d->import_count));
}

static void put_dependencies(struct filling *f, const struct render_chart *c)
{
	const struct chart_meta *m = &c->chart->meta;
	struct tmpl_value *items = f->map ? arena_array(f->a, m->dependency_count, sizeof *items) : NULL;
	size_t count = 0;
	for (size_t i = 0; items && i < m->dependency_count; i++) {
		const struct chart_dependency *d = &m->dependencies[i];
		struct str name = d->alias.n ? d->alias : d->name;
		if (!takes_part(c, name))
			continue;
		struct filling one = { f->a, tmpl_map_new(f->a) };
		put_text(&one, "Name", name);
		put_text(&one, "Version", d->version);
		put_text(&one, "Repository", d->repository);
		put_text(&one, "Condition", d->condition);
		put_texts(&one, "Tags", d->tags, d->tag_count);
		put(&one, "Enabled", tmpl_bool(true));
		put_imports(&one, d);
		put_text(&one, "Alias", d->alias);
		items[count++] = tmpl_map_value(one.map);
		f->map = one.map ? f->map : NULL;
	}
	f->map = items ? f->map : NULL;
	put(f, "Dependencies", tmpl_list(items, count));
}

struct tmpl_map *render_metadata(struct arena *a, const struct render_chart *c, bool is_root)
{
	const struct chart_meta *m = &c->chart->meta;
	struct filling f = { a, tmpl_map_new(a) };
	put_text(&f, "Name", c->name);
	put_text(&f, "Home", m->home);
	put_texts(&f, "Sources", m->sources, m->source_count);
	put_text(&f, "Version", m->version);
	put_text(&f, "Description", m->description);
	put_texts(&f, "Keywords", m->keywords, m->keyword_count);
	put_maintainers(&f, m);
	put_text(&f, "Icon", m->icon);
	put_text(&f, "APIVersion", m->api_version);
	put_text(&f, "Condition", m->condition);
	put_text(&f, "Tags", m->tags);
	put_text(&f, "AppVersion", m->app_version);
	put(&f, "Deprecated", tmpl_bool(m->deprecated));
	put_annotations(&f, m);
	put_text(&f, "KubeVersion", m->kube_version);
	put_dependencies(&f, c);
	put_text(&f, "Type", m->type);
	put(&f, "IsRoot", tmpl_bool(is_root));
	return f.map;
}

struct tmpl_map *render_release(struct arena *a, const struct render_options *o)
{
	struct filling f = { a, tmpl_map_new(a) };
	put_text(&f, "Name", o->release.n ? o->release : STR("release-name"));
	put_text(&f, "Namespace", o->namespace.n ? o->namespace : STR("default"));
	put(&f, "IsUpgrade", tmpl_bool(false));
	put(&f, "IsInstall", tmpl_bool(true));
	put(&f, "Revision", tmpl_int(1));
	put_text(&f, "Service", STR("Helm"));
	return f.map;
}
