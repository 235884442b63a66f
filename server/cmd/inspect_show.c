/* An inspection as aligned text, and as one JSON object. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/index.h"
#include "server/cmd/cmd.h"
#include "server/cmd/inspect.h"

#define OUTPUT_MAX_BYTES (64u * MIB)

/* ---- text ---- */

static void put_row(struct sbuf *b, const char *label, struct str value)
{
	if (!value.n)
		return;
	sbuf_printf(b, "%s\t", label);
	put_cell(b, value);
	sbuf_putc(b, '\n');
}

static void put_list(struct sbuf *b, const char *label, const struct str *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_row(b, i ? "" : label, list[i]);
}

static void put_maintainers(struct sbuf *b, const struct chart_meta *m)
{
	for (size_t i = 0; i < m->maintainer_count; i++) {
		const struct chart_maintainer *p = &m->maintainers[i];
		sbuf_puts(b, i ? "\t" : "maintainers\t");
		put_cell(b, p->name);
		if (p->email.n) {
			sbuf_puts(b, " <");
			put_cell(b, p->email);
			sbuf_putc(b, '>');
		}
		sbuf_putc(b, '\n');
	}
}

static void put_metadata(struct sbuf *b, const struct chart_meta *m)
{
	put_row(b, "name", m->name);
	put_row(b, "version", m->version);
	put_row(b, "appVersion", m->app_version);
	put_row(b, "apiVersion", m->api_version);
	put_row(b, "kubeVersion", m->kube_version);
	put_row(b, "type", m->type);
	put_row(b, "deprecated", m->deprecated ? STR("yes") : STR(""));
	put_row(b, "description", m->description);
	put_row(b, "home", m->home);
	put_row(b, "icon", m->icon);
	put_list(b, "keywords", m->keywords, m->keyword_count);
	put_list(b, "sources", m->sources, m->source_count);
	put_maintainers(b, m);
}

static void put_contents(struct sbuf *b, const struct chart *c)
{
	struct inspect_file files[INSPECT_FILES];
	inspect_files(c, files);
	sbuf_printf(b, "files\t%zu, of these %zu templates, %zu CRDs", c->members.count,
	            c->template_count, c->crd_count);
	for (size_t i = 0; i < INSPECT_FILES; i++)
		if (files[i].there)
			sbuf_printf(b, ", %s", files[i].name);
	sbuf_putc(b, '\n');
	for (size_t i = 0; i < c->subchart_count; i++) {
		const struct chart *s = &c->subcharts[i];
		sbuf_puts(b, i ? "\t" : "subcharts\t");
		put_cell(b, s->meta.name);
		sbuf_putc(b, ' ');
		put_cell(b, s->meta.version);
		sbuf_puts(b, " in ");
		put_cell(b, s->path);
		sbuf_putc(b, '\n');
	}
}

static void put_verdict(struct sbuf *b, const struct inspection *i)
{
	put_row(b, "verdict", i->refused.code ? STR("refused") : STR("accepted"));
	if (i->refused.code) {
		put_row(b, "reason", str_c(i->refused.detail));
		put_row(b, "code", str_c(err_code(i->refused.code)));
	}
	if (!i->directory) {
		sbuf_printf(b, "size\t%zu bytes\ndigest\tsha256:%s\n", i->bytes, i->digest);
		put_row(b, "stored as", i->file_name);
	}
}

static void put_dependency(struct sbuf *b, const struct chart *c, const struct chart_dependency *d)
{
	const struct inspect_dependency found = inspect_dependency(c, d);
	const struct str cells[] = {
		d->name, d->version, d->repository, found.locked,
		found.subchart ? found.subchart->meta.version : STR("missing"), d->alias, d->condition,
	};
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		sbuf_puts(b, i ? "\t" : "");
		put_cell(b, cells[i].n ? cells[i] : STR("-"));
	}
	sbuf_putc(b, '\n');
}

static void put_dependencies(struct sbuf *b, const struct inspection *i)
{
	const struct chart_meta *m = &i->chart.meta;
	if (!m->dependency_count)
		return;
	sbuf_puts(b, "DEPENDENCY\tRANGE\tREPOSITORY\tLOCKED\tIN CHARTS/\tALIAS\tCONDITION\n");
	for (size_t d = 0; d < m->dependency_count; d++)
		put_dependency(b, &i->chart, &m->dependencies[d]);
}

static void put_findings(struct sbuf *b, const struct inspection *i)
{
	for (size_t f = 0; f < i->chart.warning_count; f++)
		put_row(b, "[NOTE]", str_c(i->chart.warnings[f].text));
	for (size_t f = 0; f < i->lint.count; f++) {
		const struct lint_finding *finding = &i->lint.findings[f];
		sbuf_printf(b, "[%s]\t", lint_level_name(finding->level));
		put_cell(b, finding->path);
		sbuf_puts(b, ": ");
		put_cell(b, finding->text);
		sbuf_putc(b, '\n');
	}
}

/* Tables stand apart; one without rows is left out. */
static enum err print(struct sbuf *b, bool first, struct errinfo *e)
{
	if (!sbuf_ok(b))
		return ERR(e, NOMEM, "output");
	if (b->n && !first)
		putchar('\n');
	print_table(sbuf_str(b));
	sbuf_reset(b);
	return OK;
}

static enum err print_chart(struct sbuf *b, const struct inspection *i, struct errinfo *e)
{
	put_dependencies(b, i);
	enum err err = print(b, false, e);
	if (err)
		return err;
	if (i->chart.meta.dependency_count)
		printf("\n%s: %s\n", lock_file_name(&i->chart.meta), inspect_lock_name(i->lock));
	put_findings(b, i);
	return print(b, false, e);
}

enum err inspect_text(const struct inspection *i, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	put_verdict(&b, i);
	if (!i->refused.code) {
		put_metadata(&b, &i->chart.meta);
		put_contents(&b, &i->chart);
	}
	enum err err = print(&b, true, e);
	return err || i->refused.code ? err : print_chart(&b, i, e);
}

/* ---- JSON ---- */

static void json_subcharts(struct sbuf *b, const struct chart *c)
{
	json_key(b, "subcharts");
	sbuf_putc(b, '[');
	for (size_t i = 0; i < c->subchart_count; i++) {
		json_next(b);
		sbuf_putc(b, '{');
		json_text(b, "path", c->subcharts[i].path);
		json_text(b, "name", c->subcharts[i].meta.name);
		json_text(b, "version", c->subcharts[i].meta.version);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static void json_dependencies(struct sbuf *b, const struct chart *c)
{
	json_key(b, "dependencies");
	sbuf_putc(b, '[');
	for (size_t i = 0; i < c->meta.dependency_count; i++) {
		const struct chart_dependency *d = &c->meta.dependencies[i];
		const struct inspect_dependency found = inspect_dependency(c, d);
		json_next(b);
		sbuf_putc(b, '{');
		json_text(b, "name", d->name);
		json_text(b, "range", d->version);
		json_text(b, "repository", d->repository);
		json_text(b, "alias", d->alias);
		json_text(b, "locked", found.locked);
		json_text(b, "vendored", found.subchart ? found.subchart->meta.version : STR(""));
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static void json_contents(struct sbuf *b, const struct chart *c)
{
	struct inspect_file files[INSPECT_FILES];
	inspect_files(c, files);
	json_number(b, "files", c->members.count);
	json_number(b, "templates", c->template_count);
	json_number(b, "crds", c->crd_count);
	json_key(b, "has");
	sbuf_putc(b, '[');
	for (size_t i = 0; i < INSPECT_FILES; i++)
		if (files[i].there) {
			json_next(b);
			sbuf_json(b, str_c(files[i].name));
		}
	sbuf_putc(b, ']');
}

static void json_findings(struct sbuf *b, const struct inspection *i)
{
	json_key(b, "warnings");
	sbuf_putc(b, '[');
	for (size_t f = 0; f < i->chart.warning_count; f++) {
		json_next(b);
		sbuf_json(b, str_c(i->chart.warnings[f].text));
	}
	sbuf_putc(b, ']');
	json_key(b, "lint");
	sbuf_putc(b, '[');
	for (size_t f = 0; f < i->lint.count; f++) {
		json_next(b);
		sbuf_putc(b, '{');
		json_text(b, "level", str_c(lint_level_name(i->lint.findings[f].level)));
		json_text(b, "path", i->lint.findings[f].path);
		json_text(b, "text", i->lint.findings[f].text);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

/* "entry" is what the index would say, as far as it does not depend on where the chart stands. */
static void json_chart(struct sbuf *b, const struct inspection *i)
{
	const struct index_entry entry = { .meta = i->chart.meta, .digest = str_c(i->digest) };
	json_text(b, "stored_as", i->file_name);
	json_key(b, "entry");
	index_entry_line(b, &entry);
	json_contents(b, &i->chart);
	json_subcharts(b, &i->chart);
	json_dependencies(b, &i->chart);
	json_text(b, "lock", str_c(inspect_lock_name(i->lock)));
	json_findings(b, i);
}

enum err inspect_json(const struct inspection *i, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	sbuf_putc(&b, '{');
	json_text(&b, "path", str_c(i->path));
	json_bool(&b, "accepted", !i->refused.code);
	if (!i->directory) {
		json_number(&b, "size", i->bytes);
		json_text(&b, "digest", str_c(i->digest));
	}
	if (i->refused.code) {
		json_text(&b, "reason", str_c(i->refused.detail));
		json_text(&b, "code", str_c(err_code(i->refused.code)));
	} else {
		json_chart(&b, i);
	}
	sbuf_puts(&b, "}\n");
	return print_output(&b, e);
}
