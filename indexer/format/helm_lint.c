/* The findings of `helm lint` that need no template engine, in Helm's order and words.
 *
 * A chart that Helm would not even load was refused before it gets here.                     */
#include <stdarg.h>
#include <stdio.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/helm_lint_parts.h"
#include "indexer/format/node.h"

static struct lint_finding *new_finding(struct lint *l)
{
	struct lint_finding *findings = arena_room(l->a, l->report.findings, l->report.count,
	                                           &l->capacity, sizeof *findings);
	if (!findings)
		return NULL;
	l->report.findings = findings;
	return &findings[l->report.count];
}

void lint_add(struct lint *l, enum lint_level level, struct str path, const char *fmt, ...)
{
	AUTO_FREE char *raw = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&raw, fmt, ap);
	va_end(ap);
	if (n < 0)
		raw = NULL;
	else
		err_clean(raw);              /* one line, whatever the chart's author wrote */
	struct lint_finding *f = raw && !l->failed ? new_finding(l) : NULL;
	if (!f || !arena_str(l->a, str_make(raw, (size_t)n), &f->text)) {
		l->failed = true;
		return;
	}
	f->level = level;
	f->path = path;
	l->report.count++;
	l->report.errors += level == LINT_ERROR;
	l->report.warnings += level == LINT_WARNING;
}

#define TEMPLATES STR("templates/")
#define CRDS      STR("crds/")

static struct str extension_of(struct str path)
{
	for (size_t at = path.n; at && path.p[at - 1] != '/'; at--)
		if (path.p[at - 1] == '.')
			return str_from(path, at - 1);
	return STR("");
}

static bool is_one_of(struct str s, const char *const *list)
{
	while (*list && !str_eq_c(s, *list))
		list++;
	return *list != NULL;
}

static void lint_templates(struct lint *l)
{
	static const char *const extensions[] = { ".yaml", ".yml", ".tpl", ".txt", NULL };
	const struct tar_listing *files = &l->chart->members;
	bool found = false;
	for (size_t i = 0; i < files->count; i++) {
		struct str name = files->members[i].name, extension = extension_of(name);
		if (!str_starts(name, TEMPLATES))
			continue;
		found = true;
		if (!is_one_of(extension, extensions))
			lint_add(l, LINT_ERROR, name, "file extension '%.*s' not valid. Valid "
			         "extensions are .yaml, .yml, .tpl, or .txt", STR_ARG(extension));
	}
	if (!found)
		lint_add(l, LINT_WARNING, TEMPLATES, "directory does not exist");
}

/* How many of the first `n` have this name, or this name or alias. */
static size_t count_dependencies(const struct chart_meta *m, size_t n, struct str name, bool alias)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		const struct chart_dependency *d = &m->dependencies[i];
		count += str_eq(alias ? dependency_key(d) : d->name, name);
	}
	return count;
}

static void append(struct sbuf *b, struct str name)
{
	if (b->n)
		sbuf_putc(b, ',');
	sbuf_put(b, name);
}

static void add_list(struct lint *l, enum lint_level level, const char *what, struct sbuf *names)
{
	l->failed |= !sbuf_ok(names);
	if (names->n)
		lint_add(l, level, LINT_CHART_YAML, "%s: %.*s", what, STR_ARG(sbuf_str(names)));
	sbuf_reset(names);
}

static void lint_dependencies(struct lint *l)
{
	const struct chart *c = l->chart;
	const struct chart_meta *m = &c->meta;
	AUTO_SBUF struct sbuf names = sbuf_make(CHART_FILE_MAX_BYTES);
	for (size_t i = 0; i < c->subchart_count; i++)
		if (!count_dependencies(m, m->dependency_count, c->subcharts[i].meta.name, false))
			append(&names, c->subcharts[i].meta.name);
	add_list(l, LINT_ERROR, "chart metadata is missing these dependencies", &names);
	for (size_t i = 0; i < m->dependency_count; i++)
		if (count_dependencies(m, i, dependency_key(&m->dependencies[i]), true))
			append(&names, dependency_key(&m->dependencies[i]));
	add_list(l, LINT_ERROR, "multiple dependencies with name or alias", &names);
	for (size_t i = 0; i < m->dependency_count; i++)
		if (!chart_subchart(c, m->dependencies[i].name))
			append(&names, m->dependencies[i].name);
	add_list(l, LINT_WARNING, "chart directory is missing these dependencies", &names);
}

static bool take_line(struct str *text, struct str *ret_line)
{
	*ret_line = str_cut(text, '\n', NULL);
	return ret_line->p != NULL;
}

/* Pulls what stands before the next line that begins with "---", as Kubernetes does. */
static struct str take_document(struct str *text)
{
	struct str line, document = str_first(*text, 0);
	while (take_line(text, &line) && !str_starts(line, STR("---")))
		document.n = (size_t)(line.p + line.n - document.p);
	return document;
}

static void lint_crd_object(struct lint *l, struct str path, const struct node *object)
{
	struct str api = node_text(node_get_nocase(object, "apiVersion"));
	if (!str_starts(api, STR("apiextensions.k8s.io")))
		lint_add(l, LINT_ERROR, path, "apiVersion is not in 'apiextensions.k8s.io'");
	if (!str_eq_c(node_text(node_get_nocase(object, "kind")), "CustomResourceDefinition"))
		lint_add(l, LINT_ERROR, path, "object kind is not 'CustomResourceDefinition'");
}

/* False ends the file, as in Helm: what follows a document that cannot be read is not judged. */
static bool lint_crd_document(struct lint *l, struct str path, struct str document)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct node *object = NULL;
	struct yaml_options o = yaml_values;
	struct errinfo why = { 0 };
	o.name = "document";
	enum err err = yaml_read(&scratch, document, &o, &object, &why);
	if (err)
		lint_add(l, LINT_ERROR, path, "unable to parse YAML: %s", why.detail);
	else if (!node_is_null(object))
		lint_crd_object(l, path, object);
	l->failed |= err == ERR_NOMEM;
	return !err;
}

static void lint_crds(struct lint *l)
{
	static const char *const extensions[] = { ".yaml", ".yml", ".json", NULL };
	const struct tar_listing *files = &l->chart->members;
	for (size_t i = 0; i < files->count; i++) {
		struct str name = files->members[i].name, rest = files->members[i].data;
		bool readable = str_starts(name, CRDS) && is_one_of(extension_of(name), extensions);
		while (rest.n && readable)
			readable = lint_crd_document(l, name, take_document(&rest));
	}
}

enum err lint_chart(struct arena *a, const struct chart *c, struct lint_report *ret,
                    struct errinfo *e)
{
	struct lint l = { .a = a, .chart = c };
	enum err err = lint_chart_yaml(&l, e);
	if (err)
		return err;
	if (!c->values.p)
		lint_add(&l, LINT_INFO, STR("values.yaml"), "file does not exist");
	lint_templates(&l);
	lint_dependencies(&l);
	lint_crds(&l);
	if (l.failed)
		return ERR(e, NOMEM, "lint");
	*ret = l.report;
	return OK;
}

const char *lint_level_name(enum lint_level level)
{
	static const char *const names[] = { "INFO", "WARNING", "ERROR" };
	return names[level];
}
