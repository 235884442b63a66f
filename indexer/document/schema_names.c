/* What parts of a schema are called, and what their addresses are: "$id": "thing" below "https://x.io/values" is
 * https://x.io/thing, "$anchor": "port" (of draft 6 and 7 "$id": "#port") is #port.            */
#include "indexer/base/array.h"
#include "indexer/document/schema_check.h"

bool schema_is_remote(struct str address)
{
	return str_starts(address, STR("http://")) || str_starts(address, STR("https://"));
}

struct str schema_id(const struct node *map)
{
	struct str id = node_text(node_get(map, "$id"));
	return id.n ? id : node_text(node_get(map, "id"));
}

bool schema_address(struct arena *a, struct str base, struct str reference, struct str *ret)
{
	struct str host = base = str_cut(&base, '#', NULL);
	*ret = reference;
	if (!reference.n || reference.p[0] == '#' || str_has(reference, ':') || !schema_is_remote(base))
		return true;
	size_t scheme = str_starts(base, STR("https://")) ? 8 : 7;
	const char *slash = reference.p[0] == '/' ? memchr(base.p + scheme, '/', base.n - scheme)
	                                          : memrchr(base.p + scheme, '/', base.n - scheme);
	host.n = slash ? (size_t)(slash - base.p) : base.n;
	if (host.n + 1 + reference.n > SCHEMA_ADDRESS_MAX_BYTES)
		return true;
	const char *text = arena_printf(a, "%.*s%s%.*s", STR_ARG(host), reference.p[0] == '/' ? "" : "/",
	                                STR_ARG(reference));
	*ret = str_c(text);
	return text;
}

struct naming { struct arena *a; struct schema *s; size_t room; bool failed; };

static void add(struct naming *x, struct schema_name name)
{
	struct schema *s = x->s;
	struct schema_name *list = s->name_count == SCHEMA_NAMES_MAX ? s->names :
	                           arena_room(x->a, s->names, s->name_count, &x->room, sizeof *list);
	x->failed |= !list;
	if (!list || s->name_count == SCHEMA_NAMES_MAX)
		return;
	s->names = list;
	list[s->name_count++] = name;
}

/* What has an address of its own is the *base of what stands in it. */
static void add_id(struct naming *x, const struct node *n, struct str *base)
{
	struct str id = schema_id(n), fragment = id, address;
	struct str written = str_cut(&fragment, '#', NULL);
	if (fragment.n)
		add(x, (struct schema_name){ .name = fragment, .schema = n, .anchor = true });
	if (!written.n || x->s->name_count == SCHEMA_NAMES_MAX)
		return;
	x->failed |= !schema_address(x->a, *base, written, &address);
	add(x, (struct schema_name){ .name = written, .address = address, .schema = n });
	*base = address;
}

static void add_all(struct naming *x, const struct node *n, struct str base)
{
	static const char *const anchors[] = { "$anchor", "$dynamicAnchor" };
	if (n->kind == NODE_MAP)
		add_id(x, n, &base);
	for (size_t i = 0; n->kind == NODE_MAP && i < sizeof anchors / sizeof *anchors; i++) {
		struct str name = node_text(node_get(n, anchors[i]));
		if (name.n)
			add(x, (struct schema_name){ .name = name, .schema = n, .anchor = true });
	}
	for (const struct node_item *i = n->items; i && !x->failed; i = i->next)
		if (i->value->kind != NODE_SCALAR)
			add_all(x, i->value, base);
}

bool schema_names_read(struct arena *a, struct schema *s)
{
	struct naming x = { .a = a, .s = s };
	add_all(&x, s->root, STR(""));
	return !x.failed;
}

const struct node *schema_named(const struct schema *s, struct str name, bool anchor)
{
	size_t count = schema_take(s, s->name_count) ? s->name_count : 0;
	for (size_t i = 0; i < count; i++) {
		const struct schema_name *x = &s->names[i];
		if (x->anchor == anchor && (str_eq(x->name, name) || (!anchor && str_eq(x->address, name))))
			return x->schema;
	}
	return NULL;
}
