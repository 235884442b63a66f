/* Dependencies as strangers write them: a Chart.yaml whose first version is changed, and every line of it
 * taken for a range and for an address.                                                      */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/format/chart_edit.h"
#include "indexer/format/node.h"
#include "indexer/format/semver.h"
#include "indexer/hub/resolve.h"

#define CHANGED "^9.1.0"

/* ---- editing ---- */

static const struct node *nth(const struct node *list, size_t n)
{
	const struct node_item *i = list && list->kind == NODE_LIST ? list->items : NULL;
	while (i && n--)
		i = i->next;
	return i ? i->value : NULL;
}

static const struct node *dependencies(struct arena *a, struct str text)
{
	const struct node *root = NULL;
	REQUIRE(yaml_read(a, text, &yaml_strict, &root, NULL) == OK);
	for (const struct node_item *i = root && root->kind == NODE_MAP ? root->items : NULL; i; i = i->next)
		if (str_eq_nocase(i->key, STR("dependencies")))
			return i->value;
	return NULL;
}

static struct str version_of(const struct node *d)
{
	for (const struct node_item *i = d && d->kind == NODE_MAP ? d->items : NULL; i; i = i->next)
		if (str_eq_nocase(i->key, STR("version")))
			return node_text(i->value);
	return (struct str){ 0 };
}

/* Keys in two cases are two to YAML and one to Helm, which refuses such a chart. */
static bool is_plain(const struct node *map)
{
	for (const struct node_item *i = map && map->kind == NODE_MAP ? map->items : NULL; i; i = i->next)
		for (const struct node_item *k = i->next; k; k = k->next)
			if (str_eq_nocase(i->key, k->key))
				return false;
	return true;
}

static void try_edit(struct arena *a, struct str text)
{
	struct str changed;
	struct chart_edit edit = { .version = STR(CHANGED) };
	if (chart_edit(a, "Chart.yaml", text, &edit, 1, &changed, NULL))
		return;
	REQUIRE(edit.done || str_eq(changed, text));
	const struct node *root = NULL, *before = dependencies(a, text), *after = dependencies(a, changed);
	REQUIRE(yaml_read(a, text, &yaml_strict, &root, NULL) == OK);
	if (!is_plain(root) || !is_plain(nth(before, 0)))
		return;
	REQUIRE(before && after && before->count == after->count);
	if (nth(before, 0)->kind != NODE_MAP)
		return;                      /* Helm refuses it: a list of something else */
	REQUIRE(!edit.done || str_eq(version_of(nth(after, 0)), STR(CHANGED)));
	for (size_t i = 1; i < before->count; i++)
		REQUIRE(str_eq(version_of(nth(before, i)), version_of(nth(after, i))));
}

/* ---- lines ---- */

static void try_range(struct arena *a, struct str line)
{
	struct semver v;
	struct semver_range *range;
	struct str followed;
	REQUIRE(semver_parse(STR("9.1.0"), &v));
	if (!semver_range_follow(a, line, &v, &followed))
		return;
	REQUIRE(!semver_range_parse(a, followed, &range, NULL) && semver_range_has(range, &v));
}

/* What was read is read as itself again. */
static void try_address(struct arena *a, struct str line)
{
	struct address first, again;
	if (address_read(a, line, &first, NULL))
		return;
	REQUIRE(first.host.n > 0 && !str_has(first.host, '/'));
	REQUIRE(!str_starts(first.path, STR("/")) && !str_ends(first.path, STR("/")));
	const char *text = arena_printf(a, "%s%.*s/%.*s", first.oci ? "oci://" : "https://",
	                                STR_ARG(first.host), STR_ARG(first.path));
	if (strlen(text) != first.host.n + first.path.n + (first.oci ? 7 : 9))
		return;                      /* a NUL in it */
	REQUIRE(address_read(a, str_c(text), &again, NULL) == OK);
	REQUIRE(again.oci == first.oci);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str text = str_make(data, size), rest = text;
	try_edit(&a, text);
	for (unsigned i = 0; rest.n && i < 100; i++) {
		struct str line = str_cut(&rest, '\n', NULL);
		try_range(&a, line);
		try_address(&a, line);
	}
	return 0;
}
