/* What `helm lint` says of Chart.yaml; what a publish warns of is in chart_meta.c (chart_warn).
 *
 * The file is read once more as a tree, because the metadata no longer tells what was written:
 * whether a version was a number, which fields are unknown, what apiVersion was before its
 * default.                                                                                   */
#include "indexer/format/chart_parts.h"
#include "indexer/format/helm_lint_parts.h"
#include "indexer/format/node.h"
#include "indexer/format/semver.h"

#define ADD(l, level, ...) lint_add((l), LINT_##level, LINT_CHART_YAML, __VA_ARGS__)

static const struct node_item *unknown_field(const struct node *map, enum chart_record record)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (const struct node_item *item = map->items; item; item = item->next)
		if (!chart_record_has(record, item->key))
			return item;
	return NULL;
}

static const struct node_item *unknown_in_list(const struct node *list, enum chart_record record)
{
	const struct node_item *found = NULL;
	if (!list || list->kind != NODE_LIST)
		return NULL;
	for (const struct node_item *item = list->items; item && !found; item = item->next)
		found = unknown_field(item->value, record);
	return found;
}

/* Like Helm, only the first. */
static void lint_unknown_fields(struct lint *l, const struct node *yaml)
{
	const struct node_item *found = unknown_field(yaml, CHART_METADATA);
	if (!found)
		found = unknown_in_list(node_get_nocase(yaml, "maintainers"), CHART_MAINTAINER);
	if (!found)
		found = unknown_in_list(node_get_nocase(yaml, "dependencies"), CHART_DEPENDENCY);
	if (found)
		ADD(l, WARNING, "failed to strictly parse chart metadata file: line %u: "
		    "unknown field \"%.*s\"", found->line, STR_ARG(found->key));
}

/* The type as Go names it. */
static const char *go_type(const struct node *n)
{
	if (node_is_null(n))
		return "<nil>";
	if (n->kind != NODE_SCALAR)
		return n->kind == NODE_LIST ? "[]interface {}" : "map[string]interface {}";
	switch (node_type(n)) {
	case NODE_NULL:  return "<nil>";
	case NODE_BOOL:  return "bool";
	case NODE_INT:
	case NODE_FLOAT: return "float64";
	case NODE_STRING:
	case NODE_TIMESTAMP: break;
	}
	return "string";
}

static void lint_is_string(struct lint *l, const struct node *yaml, const char *field)
{
	const struct node *n = node_get(yaml, field);
	const char *type = n ? go_type(n) : "string";
	if (strcmp(type, "string") != 0)
		ADD(l, ERROR, "%s should be of type string but it's of type %s", field, type);
}

static void lint_name(struct lint *l)
{
	struct str name = l->chart->meta.name;
	if (!name.n)
		ADD(l, ERROR, "name is required");
	else if (str_has(name, '/'))
		ADD(l, ERROR, "chart name \"%.*s\" is invalid", STR_ARG(name));
}

/* As written: the metadata has "v1" where nothing was. */
static struct str written_api_version(const struct lint *l, const struct node *yaml)
{
	const struct node *n = node_get_nocase(yaml, "apiVersion");
	if (!yaml)
		return l->chart->meta.api_version;
	return node_is_null(n) ? STR("") : node_text(n);
}

static void lint_api_version(struct lint *l, const struct node *yaml)
{
	struct str api = written_api_version(l, yaml);
	if (!api.n)
		ADD(l, ERROR, "apiVersion is required. The value must be either \"v1\" or \"v2\"");
	else if (!str_eq_c(api, "v1") && !str_eq_c(api, "v2"))
		ADD(l, ERROR, "apiVersion '%.*s' is not valid. The value must be "
		    "either \"v1\" or \"v2\"", STR_ARG(api));
}

static void lint_version(struct lint *l)
{
	struct semver v, lowest = { .pre = STR("0") };
	struct str text = l->chart->meta.version;
	if (!text.n)
		ADD(l, ERROR, "version is required");
	else if (!semver_parse(text, &v))
		ADD(l, ERROR, "version '%.*s' is not a valid SemVer", STR_ARG(text));
	else if (semver_cmp(&v, &lowest) <= 0)
		ADD(l, ERROR, "version \"%.*s\" is less than or equal to \"0.0.0-0\"", STR_ARG(text));
}

static void lint_strict_version(struct lint *l)
{
	struct semver v;
	struct str text = l->chart->meta.version;
	if (!semver_parse_strict(text, &v))
		ADD(l, WARNING, "version '%.*s' is not a valid SemVerV2", STR_ARG(text));
}

/* Like Helm, only the first of them that is wrong. */
static void lint_maintainers(struct lint *l)
{
	const struct chart_meta *m = &l->chart->meta;
	for (size_t i = 0; i < m->maintainer_count; i++) {
		const struct chart_maintainer *who = &m->maintainers[i];
		if (!who->name.n)
			ADD(l, ERROR, "each maintainer requires a name");
		else if (who->email.n && !lint_is_email(who->email))
			ADD(l, ERROR, "invalid email '%.*s' for maintainer '%.*s'",
			    STR_ARG(who->email), STR_ARG(who->name));
		else if (who->url.n && !lint_is_url(who->url))
			ADD(l, ERROR, "invalid url '%.*s' for maintainer '%.*s'",
			    STR_ARG(who->url), STR_ARG(who->name));
		else
			continue;
		return;
	}
}

static void lint_sources(struct lint *l)
{
	const struct chart_meta *m = &l->chart->meta;
	for (size_t i = 0; i < m->source_count; i++)
		if (!lint_is_request_url(m->sources[i])) {
			ADD(l, ERROR, "invalid source URL '%.*s'", STR_ARG(m->sources[i]));
			return;
		}
}

static void lint_icon(struct lint *l)
{
	struct str icon = l->chart->meta.icon;
	if (!icon.n)
		ADD(l, INFO, "icon is recommended");
	else if (!lint_is_request_url(icon))
		ADD(l, ERROR, "invalid icon URL '%.*s'", STR_ARG(icon));
}

/* Dependencies in Chart.yaml, that is: version 1 has a file of its own for them. */
static void lint_only_in_v2(struct lint *l, const struct node *yaml)
{
	struct str api = written_api_version(l, yaml);
	const struct node *dependencies = node_get_nocase(yaml, "dependencies");
	if (str_eq_c(api, "v2"))
		return;
	if (l->chart->meta.type.n)
		ADD(l, ERROR, "chart type is not valid in apiVersion '%.*s'. It is valid in "
		    "apiVersion 'v2'", STR_ARG(api));
	if (dependencies && dependencies->kind == NODE_LIST && dependencies->count)
		ADD(l, ERROR, "dependencies are not valid in the Chart file with apiVersion "
		    "'%.*s'. They are valid in apiVersion 'v2'", STR_ARG(api));
}

enum err lint_chart_yaml(struct lint *l, struct errinfo *e)
{
	const struct node *yaml = NULL;
	enum err err = OK;
	if (l->chart->chart_yaml.n)
		err = yaml_read(l->a, l->chart->chart_yaml, &yaml_source, &yaml, e);
	if (err)
		return err;
	lint_unknown_fields(l, yaml);
	lint_name(l);
	lint_api_version(l, yaml);
	lint_is_string(l, yaml, "version");
	lint_version(l);
	lint_is_string(l, yaml, "appVersion");
	lint_maintainers(l);
	lint_sources(l);
	lint_icon(l);
	lint_only_in_v2(l, yaml);
	lint_strict_version(l);
	return OK;
}
