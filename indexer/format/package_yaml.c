/* The Chart.yaml of a package, as Helm writes it: block style, sorted keys, plain scalars where
 * a reader would take them for strings, else quoted.                                         */
#include "indexer/format/package.h"

#include "indexer/format/yaml_write.h"

/* Unlike go-yaml, which writes an annotation of that name as a merge key. */
static enum yaml_style style_of(struct str s) { return str_eq_c(s, "<<") ? YAML_QUOTED : yaml_style_of(s); }

static void value(struct yaml_writer *w, struct str s) { yaml_write_scalar(w, s, style_of(s)); }
static void key(struct yaml_writer *w, const char *k) { yaml_write_scalar(w, str_c(k), YAML_PLAIN); }

static void text(struct yaml_writer *w, const char *k, struct str s)
{
	if (!s.n)
		return;
	key(w, k);
	value(w, s);
}

static void truth(struct yaml_writer *w, const char *k, bool is_true)
{
	if (!is_true)
		return;
	key(w, k);
	yaml_write_scalar(w, STR("true"), YAML_PLAIN);
}

static void texts(struct yaml_writer *w, const char *k, const struct str *list, size_t count)
{
	if (!count)
		return;
	key(w, k);
	yaml_write_list(w);
	for (size_t i = 0; i < count; i++)
		value(w, list[i]);
	yaml_write_end_list(w);
}

static void annotations(struct yaml_writer *w, const struct chart_meta *m)
{
	if (!m->annotation_count)
		return;
	key(w, "annotations");
	yaml_write_map(w);
	for (size_t i = 0; i < m->annotation_count; i++) {
		value(w, m->annotations[i].key);
		value(w, m->annotations[i].value);
	}
	yaml_write_end_map(w);
}

static void imports(struct yaml_writer *w, const struct chart_dependency *d)
{
	if (!d->import_count)
		return;
	key(w, "import-values");
	yaml_write_list(w);
	for (size_t i = 0; i < d->import_count; i++) {
		const struct chart_import *import = &d->imports[i];
		if (import->name.n) {
			value(w, import->name);
			continue;
		}
		yaml_write_map(w);
		text(w, "child", import->child);
		text(w, "parent", import->parent);
		yaml_write_end_map(w);
	}
	yaml_write_end_list(w);
}

static void dependency(struct yaml_writer *w, const struct chart_dependency *d)
{
	yaml_write_map(w);
	text(w, "alias", d->alias);
	text(w, "condition", d->condition);
	truth(w, "enabled", d->enabled);
	imports(w, d);
	key(w, "name");
	value(w, d->name);
	key(w, "repository");
	value(w, d->repository);
	texts(w, "tags", d->tags, d->tag_count);
	text(w, "version", d->version);
	yaml_write_end_map(w);
}

static void dependencies(struct yaml_writer *w, const struct chart_meta *m)
{
	if (!m->dependency_count)
		return;
	key(w, "dependencies");
	yaml_write_list(w);
	for (size_t i = 0; i < m->dependency_count; i++)
		dependency(w, &m->dependencies[i]);
	yaml_write_end_list(w);
}

static void maintainers(struct yaml_writer *w, const struct chart_meta *m)
{
	if (!m->maintainer_count)
		return;
	key(w, "maintainers");
	yaml_write_list(w);
	for (size_t i = 0; i < m->maintainer_count; i++) {
		yaml_write_map(w);
		text(w, "email", m->maintainers[i].email);
		text(w, "name", m->maintainers[i].name);
		text(w, "url", m->maintainers[i].url);
		yaml_write_end_map(w);
	}
	yaml_write_end_list(w);
}

static void metadata(struct yaml_writer *w, const struct chart_meta *m)
{
	yaml_write_map(w);
	annotations(w, m);
	text(w, "apiVersion", m->api_version);
	text(w, "appVersion", m->app_version);
	text(w, "condition", m->condition);
	dependencies(w, m);
	truth(w, "deprecated", m->deprecated);
	text(w, "description", m->description);
	text(w, "home", m->home);
	text(w, "icon", m->icon);
	texts(w, "keywords", m->keywords, m->keyword_count);
	text(w, "kubeVersion", m->kube_version);
	maintainers(w, m);
	text(w, "name", m->name);
	texts(w, "sources", m->sources, m->source_count);
	text(w, "tags", m->tags);
	text(w, "type", m->type);
	text(w, "version", m->version);
	yaml_write_end_map(w);
}

void package_chart_yaml(struct sbuf *b, const struct chart_meta *m)
{
	struct yaml_writer *w = yaml_writer_new(b);
	metadata(w, m);
	if (!yaml_writer_finish(w))
		b->failed = true;
}
