/* The address of a dependency's repository is not compared with ours: one server has many names. So a
 * chart of the same name from somewhere else counts as well, which errs on the safe side.    */
#include "indexer/format/index_uses.h"

#include "indexer/base/auto.h"
#include "indexer/format/node.h"
#include "indexer/format/semver.h"

static bool is_fetched(const struct node *dependency)
{
	struct str from = node_text(node_get(dependency, "repository"));
	return from.n && !str_starts(from, STR("file://"));
}

enum err index_uses(struct arena *a, struct str line, struct index_use **ret, size_t *ret_count,
                    struct errinfo *e)
{
	static const char key[] = "\"dependencies\":";
	const struct node *root = NULL;
	*ret = NULL;
	*ret_count = 0;
	if (!line.n || !memmem(line.p, line.n, key, sizeof key - 1))
		return OK;
	enum err err = json_read(a, line, "index line", &root, e);
	const struct node *list = err ? NULL : node_get(root, "dependencies");
	if (err || !list || list->kind != NODE_LIST)
		return err;
	struct index_use *uses = arena_array(a, list->count + 1u, sizeof *uses);
	if (!uses)
		return ERR(e, NOMEM, "dependencies");
	for (const struct node_item *i = list->items; i; i = i->next)
		if (is_fetched(i->value))
			uses[(*ret_count)++] = (struct index_use){ node_text(node_get(i->value, "name")),
			                                           node_text(node_get(i->value, "version")) };
	*ret = uses;
	return OK;
}

enum err index_use_admits(const struct index_use *use, struct str name, struct str version,
                          bool *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct semver_range *range;
	struct semver v;
	*ret = false;
	if (!str_eq(use->name, name) || !semver_parse(version, &v))
		return OK;
	enum err err = semver_range_parse(&a, use->range, &range, e);
	if (err)
		return err == ERR_INVALID ? OK : err;
	*ret = semver_range_has(range, &v);
	return OK;
}
