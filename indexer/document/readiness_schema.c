/* What the schema of values refers to that stands elsewhere. Helm has the drafts of json-schema.org itself;
 * everything else it asks for, and without an answer nothing can be installed.                */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/readiness_parts.h"
#include "indexer/document/schema.h"

#define NAME "values.schema.json"

struct schema_walk {
	struct needs_reader *r;
	struct str subchart;
	struct schema schema;
	struct sbuf path;
};

/* "http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/meta/core" */
static bool is_draft(struct str address)
{
	struct str scheme = str_starts(address, STR("https://")) ? STR("https://") : STR("http://");
	return str_starts(str_from(address, scheme.n), STR("json-schema.org/"));
}

static struct str without_fragment(struct str address) { return str_cut(&address, '#', NULL); }

/* Some schema within says that it is that one. Of too many, and after too many looks, it is not known. */
static bool may_be_within(struct schema_walk *w, struct str document)
{
	const struct schema *s = &w->schema;
	bool within = schema_resolve(s, document);
	bool unknown = !within && (!*s->steps || s->name_count == SCHEMA_NAMES_MAX);
	w->r->to->cut |= unknown;
	return within || unknown;
}

static enum err add(struct schema_walk *w, enum readiness_code code, struct str address)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct readiness_finding f = { .code = code, .what = address, .subchart = w->subchart };
	enum err err = named_host(&scratch, address, &f.host, w->r->e);
	if (!sbuf_ok(&w->path))
		return ERR(w->r->e, NOMEM, "schema");
	f.where = sbuf_str(&w->path);
	return err || !f.host.n ? err : need_add(w->r, &f);
}

static enum err refer(struct schema_walk *w, struct str base, struct str reference)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct str address;
	if (!schema_address(&scratch, base, reference, &address))
		return ERR(w->r->e, NOMEM, "schema");
	bool asks = schema_is_remote(address) && !is_draft(address) && !may_be_within(w, without_fragment(address));
	return asks ? add(w, READY_IS_SCHEMA_REF, address) : OK;
}

/* What these hold are values, whatever they look like. */
static bool holds_values(struct str key)
{
	static const char *const keys[] = { "default", "const", "enum", "examples", "example" };
	return str_is_one_of(key, keys, sizeof keys / sizeof *keys);
}

/* Keys of these are names: of a property that is called "default", too. */
static bool holds_names(struct str key)
{
	return str_eq(key, STR("properties")) || str_eq(key, STR("definitions")) || str_eq(key, STR("$defs")) ||
	       str_eq(key, STR("patternProperties")) || str_eq(key, STR("dependentSchemas"));
}

static enum err walk(struct schema_walk *w, const struct node *n, struct str base, bool names);

static void push(struct schema_walk *w, const struct node *of, const struct node_item *i, size_t index)
{
	if (w->path.n >= READINESS_TEXT_MAX_BYTES)
		return;
	sbuf_putc(&w->path, '/');
	if (of->kind == NODE_LIST)
		sbuf_u64(&w->path, index);
	else
		sbuf_put(&w->path, str_first(i->key, READINESS_TEXT_MAX_BYTES));
}

static enum err walk_item(struct schema_walk *w, const struct node_item *i, struct str base, bool names)
{
	enum err err = OK;
	bool text = !names && i->value->kind == NODE_SCALAR && !i->value->plain;
	if (text && (str_eq(i->key, STR("$ref")) || str_eq(i->key, STR("$dynamicRef"))))
		err = refer(w, base, i->value->text);
	else if (text && str_eq(i->key, STR("$schema")) && schema_is_remote(i->value->text) && !is_draft(i->value->text))
		err = add(w, READY_IS_SCHEMA_DIALECT, i->value->text);
	else if (names || !holds_values(i->key))
		err = walk(w, i->value, base, !names && holds_names(i->key));
	return err;
}

/* `base`: the address of what it stands in, in as far as that says one. */
static enum err walk(struct schema_walk *w, const struct node *n, struct str base, bool names)
{
	AUTO_ARENA struct arena scratch = { 0 };
	enum err err = OK;
	size_t index = 0;
	if (n->kind == NODE_SCALAR || !need_step(w->r))
		return OK;
	bool says = !names && n->kind == NODE_MAP && without_fragment(schema_id(n)).n;
	if (says && !schema_address(&scratch, base, schema_id(n), &base))
		return ERR(w->r->e, NOMEM, "schema");
	for (const struct node_item *i = n->items; i && !err; i = i->next) {
		size_t before = w->path.n;
		push(w, n, i, index++);
		err = walk_item(w, i, base, names);
		w->path.n = before;
	}
	return err;
}

enum err needs_of_schema(struct needs_reader *r, const struct chart *c, struct str subchart)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct schema_walk w = { .r = r, .subchart = subchart, .path = sbuf_make(16 * READINESS_TEXT_MAX_BYTES) };
	if (!memmem(c->schema.p ?: "", c->schema.n, "://", 3))
		return OK;
	enum err err = schema_read(&scratch, c->schema, NAME, &r->schema_steps, &w.schema, NULL);
	r->to->cut |= err == ERR_TOO_LARGE;
	if (err)
		return err == ERR_NOMEM ? ERR(r->e, NOMEM, "schema") : OK;
	sbuf_puts(&w.path, NAME "#");
	err = walk(&w, w.schema.root, STR(""), false);
	if (!err && !sbuf_ok(&w.path))
		err = ERR(r->e, NOMEM, "schema");
	sbuf_done(&w.path);
	return err;
}
