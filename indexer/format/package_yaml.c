/* The Chart.yaml of a package, as Helm writes it: block style, sorted keys, plain scalars where
 * a reader would take them for strings, else quoted.                                         */
#include "indexer/format/package.h"

#include <yaml.h>

#include "indexer/format/node.h"

struct writer {
	yaml_emitter_t emitter;
	bool ok;
};

static int take(void *to, unsigned char *bytes, size_t n)
{
	sbuf_put(to, str_make(bytes, n));
	return sbuf_ok(to);
}

static void emit(struct writer *w, yaml_event_t *event, int made)
{
	w->ok = w->ok && made && yaml_emitter_emit(&w->emitter, event);
}

static void begin(struct writer *w)
{
	yaml_event_t event;
	emit(w, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit(w, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
}

static void end(struct writer *w)
{
	yaml_event_t event;
	emit(w, &event, yaml_document_end_event_initialize(&event, 1));
	emit(w, &event, yaml_stream_end_event_initialize(&event));
}

static void open_map(struct writer *w)
{
	yaml_event_t event;
	emit(w, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
	                                                    YAML_BLOCK_MAPPING_STYLE));
}

static void close_map(struct writer *w)
{
	yaml_event_t event;
	emit(w, &event, yaml_mapping_end_event_initialize(&event));
}

static void open_list(struct writer *w)
{
	yaml_event_t event;
	emit(w, &event, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
	                                                     YAML_BLOCK_SEQUENCE_STYLE));
}

static void close_list(struct writer *w)
{
	yaml_event_t event;
	emit(w, &event, yaml_sequence_end_event_initialize(&event));
}

static void scalar(struct writer *w, struct str s, yaml_scalar_style_t style)
{
	yaml_event_t event;
	const yaml_char_t *p = (const yaml_char_t *)(s.n ? s.p : "");
	emit(w, &event, yaml_scalar_event_initialize(&event, NULL, NULL, p, (int)s.n, 1, 1, style));
}

/* "1:30" is ninety for a reader of YAML 1.1. */
static bool is_sexagesimal(struct str s)
{
	bool colon = false;
	for (size_t i = 0; i < s.n; i++) {
		if (!strchr("0123456789:._+-", s.p[i]) || !s.p[i])
			return false;
		colon = colon || s.p[i] == ':';
	}
	return colon;
}

static yaml_scalar_style_t style_of(struct str s)
{
	const struct node plain = { .kind = NODE_SCALAR, .plain = true, .text = s };
	if (str_has(s, '\n'))
		return YAML_LITERAL_SCALAR_STYLE;
	if (node_type(&plain) != NODE_STRING || is_sexagesimal(s) || str_eq_c(s, "<<"))
		return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	return YAML_PLAIN_SCALAR_STYLE;
}

static void value(struct writer *w, struct str s) { scalar(w, s, style_of(s)); }
static void key(struct writer *w, const char *k) { scalar(w, str_c(k), YAML_PLAIN_SCALAR_STYLE); }

static void text(struct writer *w, const char *k, struct str s)
{
	if (!s.n)
		return;
	key(w, k);
	value(w, s);
}

static void truth(struct writer *w, const char *k, bool is_true)
{
	if (!is_true)
		return;
	key(w, k);
	scalar(w, STR("true"), YAML_PLAIN_SCALAR_STYLE);
}

static void texts(struct writer *w, const char *k, const struct str *list, size_t count)
{
	if (!count)
		return;
	key(w, k);
	open_list(w);
	for (size_t i = 0; i < count; i++)
		value(w, list[i]);
	close_list(w);
}

static void annotations(struct writer *w, const struct chart_meta *m)
{
	if (!m->annotation_count)
		return;
	key(w, "annotations");
	open_map(w);
	for (size_t i = 0; i < m->annotation_count; i++) {
		value(w, m->annotations[i].key);
		value(w, m->annotations[i].value);
	}
	close_map(w);
}

static void imports(struct writer *w, const struct chart_dependency *d)
{
	if (!d->import_count)
		return;
	key(w, "import-values");
	open_list(w);
	for (size_t i = 0; i < d->import_count; i++) {
		const struct chart_import *import = &d->imports[i];
		if (import->name.n) {
			value(w, import->name);
			continue;
		}
		open_map(w);
		text(w, "child", import->child);
		text(w, "parent", import->parent);
		close_map(w);
	}
	close_list(w);
}

static void dependency(struct writer *w, const struct chart_dependency *d)
{
	open_map(w);
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
	close_map(w);
}

static void dependencies(struct writer *w, const struct chart_meta *m)
{
	if (!m->dependency_count)
		return;
	key(w, "dependencies");
	open_list(w);
	for (size_t i = 0; i < m->dependency_count; i++)
		dependency(w, &m->dependencies[i]);
	close_list(w);
}

static void maintainers(struct writer *w, const struct chart_meta *m)
{
	if (!m->maintainer_count)
		return;
	key(w, "maintainers");
	open_list(w);
	for (size_t i = 0; i < m->maintainer_count; i++) {
		open_map(w);
		text(w, "email", m->maintainers[i].email);
		text(w, "name", m->maintainers[i].name);
		text(w, "url", m->maintainers[i].url);
		close_map(w);
	}
	close_list(w);
}

static void metadata(struct writer *w, const struct chart_meta *m)
{
	open_map(w);
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
	close_map(w);
}

void package_chart_yaml(struct sbuf *b, const struct chart_meta *m)
{
	struct writer w = { .ok = true };
	if (!yaml_emitter_initialize(&w.emitter)) {
		b->failed = true;
		return;
	}
	yaml_emitter_set_output(&w.emitter, take, b);
	yaml_emitter_set_unicode(&w.emitter, 1);
	begin(&w);
	metadata(&w, m);
	end(&w);
	if (!w.ok)
		b->failed = true;
	yaml_emitter_delete(&w.emitter);
}
