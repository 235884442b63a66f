/* See lint.h. */
#include "indexer/document/lint.h"

#include "indexer/base/auto.h"
#include "indexer/document/annotations.h"
#include "indexer/document/schema.h"
#include "indexer/format/helm_lint_parts.h"

static enum err lint_values(struct lint *l, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct chart *c = l->chart;
	const struct node *values = NULL;
	struct schema schema;
	struct schema_report report = { 0 };
	size_t steps = SCHEMA_STEPS_MAX;
	if (!c->schema.n || c->schema.n > SCHEMA_MAX_BYTES)
		return OK;
	struct str path = c->values.p ? STR("values.yaml") : STR("values.schema.json");
	enum err err = c->values.n ? yaml_read(&scratch, c->values, &yaml_values, &values, e) : OK;
	if (!err)
		err = schema_read(&scratch, c->schema, "values.schema.json", &steps, &schema, e);
	if (!err)
		err = schema_check(&scratch, &schema, values, &report, e);
	for (size_t i = 0; i < report.count; i++) {
		const struct schema_violation *v = &report.violations[i];
		lint_add(l, LINT_ERROR, path, "%.*s%s%.*s", STR_ARG(v->path), v->path.n ? ": " : "",
		         STR_ARG(v->text));
	}
	return err == ERR_NOMEM ? err : OK;          /* what cannot be read is none's violation */
}

static enum err lint_annotations(struct lint *l, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct chart_annotations n;
	enum err err = annotations_read(&scratch, &l->chart->meta, &n, e);
	for (size_t i = 0; !err && i < n.warning_count; i++)
		lint_add(l, LINT_WARNING, LINT_CHART_YAML, "%.*s", STR_ARG(n.warnings[i]));
	return err;
}

enum err lint_documents(struct arena *a, const struct chart *c, struct lint_report *ret, struct errinfo *e)
{
	struct lint l = { .a = a, .chart = c };
	enum err err = lint_chart(a, c, &l.report, e);
	l.capacity = l.report.count;
	if (!err)
		err = lint_values(&l, e);
	if (!err)
		err = lint_annotations(&l, e);
	if (!err && l.failed)
		err = ERR(e, NOMEM, "lint");
	if (!err)
		*ret = l.report;
	return err;
}
