/* What may be said of a value: the tags of YAML's core schema and no others, where they agree with
 * what is written; texts within the limit, and without NUL.                                 */
#include "indexer/format/yaml_tree.h"

static const struct tag { const char *name; enum node_kind kind; enum node_type type; } tags[] = {
	{ "!!str",   NODE_SCALAR, NODE_STRING },
	{ "!!null",  NODE_SCALAR, NODE_NULL },
	{ "!!bool",  NODE_SCALAR, NODE_BOOL },
	{ "!!int",   NODE_SCALAR, NODE_INT },
	{ "!!float", NODE_SCALAR, NODE_FLOAT },
	{ "!!seq",   NODE_LIST,   NODE_NULL },
	{ "!!map",   NODE_MAP,    NODE_NULL },
};

static enum err find_tag(const struct yaml_tree *t, struct str tag, enum node_kind kind,
                         uint32_t line, const struct tag **ret)
{
	static const struct str prefix = STR("tag:yaml.org,2002:");
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		if (tags[i].kind == kind && str_starts(tag, prefix) &&
		    str_eq_c(str_from(tag, prefix.n), tags[i].name + 2)) {
			*ret = &tags[i];
			return OK;
		}
	}
	return REFUSE(t, line, "the tag \"%.*s\" is not allowed here", STR_ARG(str_first(tag, 100)));
}

enum err yaml_tagged_scalar(struct yaml_tree *t, const struct yaml_scalar *s)
{
	if (s->text.n > t->o->scalar_max_bytes)
		return REFUSE(t, s->line, "a text longer than %zu bytes", t->o->scalar_max_bytes);
	if (str_has(s->text, '\0'))
		return REFUSE(t, s->line, "a NUL character");
	if (!s->tag.n)
		return yaml_tree_scalar(t, s);
	const struct tag *tag;
	enum err err = find_tag(t, s->tag, NODE_SCALAR, s->line, &tag);
	if (err)
		return err;
	struct yaml_scalar known = *s;
	known.tag = str_c(tag->name);
	struct node n = { .kind = NODE_SCALAR, .plain = s->plain, .text = s->text, .tag = known.tag };
	if (tag->type != node_type(&n))
		return REFUSE(t, s->line, "\"%.*s\" is not a value of %s", STR_ARG(str_first(s->text, 100)),
		              tag->name);
	known.plain = s->plain && tag->type != NODE_STRING;
	return yaml_tree_scalar(t, &known);
}

enum err yaml_tagged_open(struct yaml_tree *t, bool is_map, struct str tag, struct str anchor,
                          uint32_t line)
{
	const struct tag *known;
	enum err err = tag.n ? find_tag(t, tag, is_map ? NODE_MAP : NODE_LIST, line, &known) : OK;
	return err ? err : yaml_tree_open(t, is_map, anchor, line);
}
