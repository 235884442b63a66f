/* The YAML and JSON readers: no crash, and
 *   - reader and checker agree (but for merge keys, whose values only the reader sees);
 *   - a tree, walked naively with its aliases expanded, stays within depth and events_max;
 *   - every scalar has a type and a string.                                                 */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/format/node.h"

static size_t walk(const struct node *n, unsigned depth)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct str text;
	bool flag;
	size_t count = 1;
	REQUIRE(n);
	REQUIRE(depth <= YAML_DEPTH_MAX + (n->kind == NODE_SCALAR));
	if (n->kind == NODE_SCALAR) {
		REQUIRE(!str_has(n->text, '\0') && str_is_utf8(n->text));
		REQUIRE(node_coerce_string(&a, n, &text));
		REQUIRE(node_bool(n, &flag) == (node_type(n) == NODE_BOOL));
		return 1;
	}
	uint32_t items = 0;
	for (const struct node_item *i = n->items; i; i = i->next, items++) {
		REQUIRE(node_key_string(&a, i, &text));
		REQUIRE(n->kind == NODE_LIST || node_get_nocase(n, i->key.p));
		count += 1 + walk(i->value, depth + 1);
	}
	REQUIRE(items == n->count);
	return count;
}

static void try_yaml(struct str data, const struct yaml_options *options)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct errinfo of_read = { .code = OK }, of_check = { .code = OK };
	struct yaml_warning warning;
	struct yaml_options o = *options;
	const struct node *n = NULL;
	bool is_map = false;
	o.warning = &warning;
	o.events_max = 5000;
	enum err read = yaml_read(&a, data, &o, &n, &of_read);
	enum err check = yaml_check(data, &o, &is_map, &of_check);
	REQUIRE(read == OK || read == ERR_METADATA);
	if (!(read && o.aliases && strstr(of_read.detail, "merge key")))
		REQUIRE(read == check && strcmp(of_read.detail, of_check.detail) == 0);
	if (read)
		return;
	REQUIRE(is_map == (!n || n->kind == NODE_MAP));
	if (n)
		REQUIRE(walk(n, 1) <= 2u * o.events_max);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct str data = str_make(bytes, n);
	const struct node *strict, *lenient;
	struct yaml_options values = yaml_values;
	values.as_helm = values.finite = true;
	try_yaml(data, &yaml_strict);
	try_yaml(data, &yaml_source);
	try_yaml(data, &yaml_values);
	try_yaml(data, &values);
	bool is_strict = json_read(&a, data, "x", &strict, NULL) == OK;
	bool is_lenient = json_read_lenient(&a, data, "x", &lenient, NULL) == OK;
	REQUIRE(is_lenient || !is_strict);
	if (is_lenient)
		(void)walk(lenient, 1);
	return 0;
}
