/* Which charts bring values, under which names, and which of them are on. As Helm does it: a dependency
 * takes the first subchart of its name that its range admits; what Chart.yaml does not mention is there
 * under its own name; below a chart without dependencies all of charts/ is taken as it is.    */
#include "indexer/document/values_merge.h"

#include <stdarg.h>
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/document/value_path.h"
#include "indexer/format/semver.h"

#define RANGE_STEPS 50u

void values_problem(struct values_build *b, const char *fmt, ...)
{
	char text[ERR_DETAIL_MAX_BYTES];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	err_clean(text);
	for (size_t i = 0; i < b->problem_count; i++)
		if (str_eq_c(b->problems[i], text))
			return;
	if (b->problem_count == VALUES_PROBLEMS_MAX || !b->problems)
		return;
	if (arena_str(b->a, str_c(text), &b->problems[b->problem_count]))
		b->problem_count++;
	else
		b->failed = true;
}

static bool take_steps(struct values_build *b, size_t steps)
{
	bool enough = b->steps_left >= steps;
	b->steps_left -= enough ? steps : b->steps_left;
	b->cut |= !enough;
	return enough;
}

/* ---- under which names ---- */

static bool fill_source(struct values_build *b, struct values_source *s, const struct chart *c,
                        struct str parent)
{
	char *folder = c->path.n ? arena_printf(b->a, "%.*s%.*s/", STR_ARG(parent), STR_ARG(c->path))
	                         : arena_dup(b->a, STR(""));
	char *file = folder ? arena_printf(b->a, "%svalues.yaml", folder) : NULL;
	*s = (struct values_source){ .chart = c, .folder = str_c(folder), .file = str_c(file) };
	b->failed |= !file;
	return file;
}

static bool fill_subs(struct values_build *b, struct values_source *s)
{
	const struct chart *c = s->chart;
	if (s->subs)
		return true;
	struct values_source *subs = arena_array(b->a, c->subchart_count, sizeof *subs);
	b->failed |= !subs;
	for (size_t i = 0; subs && i < c->subchart_count; i++)
		if (!fill_source(b, &subs[i], &c->subcharts[i], s->folder))
			return false;
	s->subs = subs;
	return subs;
}

struct str values_name(const struct values_chart *c, const struct chart_dependency *d)
{
	return c->processed && d->alias.n ? d->alias : d->name;
}

static void add_use(struct values_build *b, struct values_chart *c, struct values_source *source,
                    struct str name)
{
	for (size_t i = 0; i < c->sub_count; i++)
		if (!take_steps(b, 1) || str_eq(c->subs[i].name, name))
			return;
	b->cut |= !b->charts_left;
	if (!b->charts_left)
		return;
	b->charts_left--;
	c->subs[c->sub_count++] = (struct values_chart){ .source = source, .name = name,
	                                                 .enabled = true };
}

/* For each dependency its range; NULL where it admits nothing. */
static struct semver_range **read_ranges(struct values_build *b, const struct chart_meta *m)
{
	struct semver_range **ranges = arena_array(b->a, m->dependency_count, sizeof *ranges);
	for (size_t i = 0; ranges && i < m->dependency_count; i++) {
		if (!take_steps(b, RANGE_STEPS))
			break;
		if (semver_range_parse(b->a, m->dependencies[i].version, &ranges[i], NULL) == ERR_NOMEM)
			ranges = NULL;
	}
	b->failed |= !ranges;
	return ranges;
}

static bool matches(struct values_build *b, const struct chart_dependency *d,
                    const struct semver_range *range, const struct chart *sub)
{
	return take_steps(b, 1) && str_eq(d->name, sub->meta.name) && range &&
	       take_steps(b, RANGE_STEPS) && semver_range_admits(range, sub->meta.version);
}

static void add_unmentioned(struct values_build *b, struct values_chart *c,
                            struct semver_range **ranges)
{
	const struct chart_meta *m = &c->source->chart->meta;
	for (size_t i = 0; i < c->source->chart->subchart_count; i++) {
		struct values_source *s = &c->source->subs[i];
		bool mentioned = false;
		for (size_t j = 0; j < m->dependency_count && !mentioned; j++)
			mentioned = matches(b, &m->dependencies[j], ranges[j], s->chart);
		if (!mentioned)
			add_use(b, c, s, s->chart->meta.name);
	}
}

static void add_dependencies(struct values_build *b, struct values_chart *c,
                             struct semver_range **ranges)
{
	const struct chart *chart = c->source->chart;
	for (size_t i = 0; i < chart->meta.dependency_count; i++) {
		const struct chart_dependency *d = &chart->meta.dependencies[i];
		for (size_t j = 0; j < chart->subchart_count; j++) {
			if (!matches(b, d, ranges[i], &chart->subcharts[j]))
				continue;
			add_use(b, c, &c->source->subs[j], values_name(c, d));
			break;
		}
	}
}

static bool make_path(struct arena *a, struct str parent, struct str name, struct str *ret)
{
	AUTO_SBUF struct sbuf path = sbuf_make(SIZE_MAX / 2);
	sbuf_put(&path, parent);
	value_path_key(&path, name);
	return sbuf_ok(&path) && arena_str(a, sbuf_str(&path), ret);
}

/* `processed`: Helm stops looking at dependencies where the first chart has none. */
static void find_subs(struct values_build *b, struct values_chart *c, bool processed)
{
	const struct chart *chart = c->source->chart;
	size_t count = chart->meta.dependency_count, most = chart->subchart_count + count;
	c->processed = processed && count;
	c->dependency_enabled = arena_array(b->a, count, sizeof *c->dependency_enabled);
	b->failed |= !c->dependency_enabled;
	if (b->failed || !chart->subchart_count || !fill_subs(b, c->source))
		return;
	c->subs = arena_array(b->a, most < b->charts_left ? most : b->charts_left, sizeof *c->subs);
	struct semver_range **ranges = read_ranges(b, &chart->meta);
	b->failed |= !c->subs;
	if (b->failed)
		return;
	for (size_t i = 0; !c->processed && i < chart->subchart_count; i++)
		add_use(b, c, &c->source->subs[i], chart->subcharts[i].meta.name);
	if (c->processed) {
		add_unmentioned(b, c, ranges);
		add_dependencies(b, c, ranges);
	}
	for (size_t i = 0; i < c->sub_count && !b->failed; i++) {
		struct values_chart *sub = &c->subs[i];
		b->failed |= !make_path(b->a, c->path, sub->name, &sub->path);
		sub->below_dependencies = c->below_dependencies || count;
		find_subs(b, sub, c->processed);
	}
}

void values_find_charts(struct values_build *b, const struct chart *c)
{
	if (!fill_source(b, &b->source, c, STR("")))
		return;
	b->root = (struct values_chart){ .source = &b->source, .enabled = true };
	find_subs(b, &b->root, true);
}

/* ---- which are on ---- */

static bool entry_bool(const struct values_entry *e, bool *ret)
{
	return e && !e->is_map && node_bool(e->value, ret);
}

/* The maps called tags, of a chart and of those it is in; the outer ones win. */
struct tags { const struct values_entry *map; const struct tags *outer; };

static const struct values_entry *find_tag(struct values_build *b, const struct tags *tags,
                                           struct str name)
{
	const struct values_entry *outer = tags->outer ? find_tag(b, tags->outer, name) : NULL;
	return outer || !tags->map ? outer : values_child(b, tags->map, name);
}

static bool tags_admit(struct values_build *b, const struct chart_dependency *d,
                       const struct tags *tags)
{
	bool any_true = false, any_false = false, value;
	for (size_t i = 0; i < d->tag_count; i++) {
		if (!entry_bool(find_tag(b, tags, d->tags[i]), &value))
			continue;
		any_true |= value;
		any_false |= !value;
	}
	return any_true || !any_false;
}

/* The first path that is true or false decides. */
static bool is_on(struct values_build *b, const struct chart_dependency *d,
                  struct values_entry *values, bool by_tags)
{
	bool value;
	for (struct str rest = str_trim(d->condition); rest.n;) {
		struct str path = str_cut(&rest, ',', NULL);
		if (path.n && entry_bool(values_at(b, values, path), &value))
			return value;
	}
	return by_tags;
}

static void enable(struct values_build *b, struct values_chart *c, struct values_entry *values,
                   const struct tags *outer)
{
	const struct chart_meta *m = &c->source->chart->meta;
	const struct tags tags = { values_child(b, values, STR("tags")), outer };
	for (size_t i = 0; i < m->dependency_count; i++) {
		const struct chart_dependency *d = &m->dependencies[i];
		c->dependency_enabled[i] = !c->processed ||
		                           is_on(b, d, values, tags_admit(b, d, &tags));
	}
	for (size_t i = 0; i < c->sub_count; i++) {
		struct values_chart *sub = &c->subs[i];
		sub->enabled = c->enabled;
		for (size_t j = 0; j < m->dependency_count; j++)
			if (!c->dependency_enabled[j] && take_steps(b, 1) &&
			    str_eq(values_name(c, &m->dependencies[j]), sub->name))
				sub->enabled = false;
		struct values_entry *below = values_child(b, values, sub->name);
		if (below)
			enable(b, sub, below, &tags);
	}
}

void values_enable(struct values_build *b, struct values_entry *merged)
{
	enable(b, &b->root, merged, NULL);
}

/* ---- reading ---- */

/* As many as the reader counted, or fewer: aliases are walked. */
static size_t count_nodes(const struct node *n)
{
	size_t count = 1;
	for (const struct node_item *i = n ? n->items : NULL; i; i = i->next)
		count += 1 + count_nodes(i->value);
	return count;
}

static const struct node *read_yaml(struct values_build *b, struct values_source *s)
{
	struct yaml_warning warning = { .line = 0 };
	struct yaml_options o = yaml_values;
	struct errinfo e;
	const struct node *root = NULL;
	o.name = s->file.p;
	o.events_max = b->events_left;
	o.warning = &warning;
	b->cut |= !b->events_left;
	if (!b->events_left)
		return NULL;
	enum err err = yaml_read(b->a, s->chart->values, &o, &root, &e);
	b->failed |= err == ERR_NOMEM;
	if (err)
		values_problem(b, "%s", e.detail);
	if (warning.line)
		values_problem(b, "%s", warning.text);
	size_t nodes = count_nodes(root);
	b->events_left -= nodes < b->events_left ? (uint32_t)nodes : b->events_left;
	return root && root->kind == NODE_MAP ? root : NULL;
}

static void read_schema(struct values_build *b, struct values_source *s)
{
	struct str json = s->chart->schema;
	struct errinfo e;
	char *name = arena_printf(b->a, "%.*svalues.schema.json", STR_ARG(s->folder));
	struct schema *schema = ARENA_NEW(b->a, struct schema);
	b->failed |= !name || !schema;
	if (b->failed)
		return;
	if (json.n > b->schema_bytes_left) {
		values_problem(b, "%s: the schemas of this chart have more than %u bytes", name,
		               SCHEMA_MAX_BYTES);
		return;
	}
	b->schema_bytes_left -= json.n;
	enum err err = schema_read(b->a, json, name, &b->schema_steps, schema, &e);
	b->failed |= err == ERR_NOMEM;
	if (err) {
		values_problem(b, "%s", e.detail);
		return;
	}
	for (size_t i = 0; i < schema->problem_count; i++)
		values_problem(b, "%s: %.*s", name, STR_ARG(schema->problems[i]));
	s->schema = schema;
}

void values_read(struct values_build *b, struct values_source *s)
{
	if (s->is_read)
		return;
	s->is_read = true;
	if (s->chart->values.n) {
		s->root = read_yaml(b, s);
		if (!b->failed && !b->for_rendering &&
		    !comments_read(b->a, s->chart->values, s->root, &s->comments))
			b->failed = true;
	}
	if (!b->failed && !b->for_rendering && s->chart->schema.n)
		read_schema(b, s);
}
