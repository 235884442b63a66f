/* A text is read as it is first, because a tab within quotes is one. */
#include "indexer/document/annotation_yaml.h"

#include "indexer/base/limits.h"

/* Tabs, which YAML does not take as indentation, become spaces up to the next even column. */
static struct str without_tabs(char *to, struct str text)
{
	size_t n = 0, line = 0;
	for (size_t i = 0; i < text.n; i++) {
		bool is_tab = text.p[i] == '\t';
		to[n++] = is_tab ? ' ' : text.p[i];
		if (is_tab && (n - line) % 2)
			to[n++] = ' ';
		if (text.p[i] == '\n')
			line = n;
	}
	return str_make(to, n);
}

enum err annotation_yaml(struct arena *a, struct str text, const struct node **ret, struct errinfo *e)
{
	static const struct yaml_options o = {
		.name = "line",
		.events_max = YAML_EVENTS_MAX,
		.scalar_max_bytes = YAML_SCALAR_MAX_BYTES,
		.duplicate_keys_last_wins = true,
		.many_documents = true,
	};
	enum err err = yaml_read(a, text, &o, ret, e);
	if (err != ERR_METADATA || !str_has(text, '\t'))
		return err;
	char *copy = arena_alloc(a, 2 * text.n);
	return copy ? yaml_read(a, without_tabs(copy, text), &o, ret, e) : ERR(e, NOMEM, "annotation");
}
