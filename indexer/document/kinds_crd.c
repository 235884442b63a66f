/* CRDs. Most of one is its schemas, up to megabytes that nobody asks for here: what is indented below
 * "schema:" or "validation:" is left out before the rest is read as YAML.                     */
#include "indexer/document/kinds_parts.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"

/* Where the key of a line begins, behind spaces and the dashes of list elements. */
static size_t key_column(struct str line)
{
	size_t at = 0;
	while (at < line.n && (line.p[at] == ' ' || (line.p[at] == '-' && at + 1 < line.n &&
	                                             line.p[at + 1] == ' ')))
		at++;
	return at;
}

static bool opens_schema(struct str key)
{
	return str_eq_c(key, "schema:") || str_eq_c(key, "validation:");
}

/* The document as YAML, line by line, so that its lines keep their numbers. */
static void put_document(struct sbuf *b, const struct manifest *m, bool templated)
{
	struct text_lines lines = { m->text, 0 };
	struct str line;
	size_t column = SIZE_MAX;        /* of the schema's key while lines are left out */
	bool hole;
	while (text_next_line(&lines, &line)) {
		struct str text = str_trim(line);
		size_t indent = line.n && text.n ? (size_t)(text.p - line.p) : SIZE_MAX;
		if (column != SIZE_MAX && indent > column)
			line = str_first(line, 0);
		else
			column = opens_schema(str_trim(str_from(line, key_column(line)))) ? key_column(line)
			                                                                  : SIZE_MAX;
		if (templated)
			kinds_put_line(b, line, &hole);
		else {
			sbuf_put(b, line);
			sbuf_putc(b, '\n');
		}
	}
}

static bool is_true(const struct node *n)
{
	bool value = false;
	return n && node_bool(n, &value) && value;
}

static enum err read_versions(struct kinds_reader *r, const struct node *spec,
                              struct chart_crd *crd)
{
	const struct node *list = node_get(spec, "versions");
	size_t count = list && list->kind == NODE_LIST ? list->count : 0, room = 0;
	const struct node_item *i = count ? list->items : NULL;
	enum err err = OK;
	for (; i && !err; i = i->next) {
		struct crd_version *v = kinds_room(r, (void **)&crd->versions, crd->version_count, &room,
		                                   sizeof *v, CRD_VERSIONS_MAX, &err);
		if (!v)
			return err;
		v->served = is_true(node_get(i->value, "served"));
		v->storage = is_true(node_get(i->value, "storage"));
		err = kinds_text(r, node_get(i->value, "name"), &v->name);
		crd->version_count += v->name.n > 0;
	}
	return err;
}

/* apiextensions.k8s.io/v1beta1 has one version as a text, or a list, or both. */
static enum err read_old_version(struct kinds_reader *r, const struct node *spec,
                                 struct chart_crd *crd)
{
	struct str name;
	enum err err = kinds_text(r, node_get(spec, "version"), &name);
	if (err || !name.n || crd->version_count)
		return err;
	crd->versions = ARENA_NEW(r->a, struct crd_version);
	if (!crd->versions)
		return ERR(r->e, NOMEM, "a CRD");
	*crd->versions = (struct crd_version){ name, true, true };
	crd->version_count = 1;
	return OK;
}

static enum err add_crd(struct kinds_reader *r, const struct node *root, uint32_t line)
{
	const struct node *spec = node_get(root, "spec"), *names = node_get(spec, "names");
	struct chart_crd crd = { .at = kinds_place(r, line), .templated = r->templated };
	const struct { const struct node *node; struct str *text; } texts[] = {
		{ node_get(spec, "group"), &crd.group }, { node_get(spec, "scope"), &crd.scope },
		{ node_get(names, "kind"), &crd.kind },  { node_get(names, "plural"), &crd.plural },
	};
	enum err err = OK;
	for (size_t i = 0; i < sizeof texts / sizeof *texts && !err; i++)
		err = kinds_text(r, texts[i].node, texts[i].text);
	if (!err)
		err = read_versions(r, spec, &crd);
	if (!err)
		err = read_old_version(r, spec, &crd);
	if (err || !(crd.kind.n || crd.plural.n)) {
		r->out.unread += !err;
		return err;
	}
	struct chart_crd *place = KINDS_ROOM(r, crds, crd_count, crd_room, CRDS_MAX, &err);
	if (!place)
		return err;
	*place = crd;
	r->out.crd_count++;
	return OK;
}

/* NULL for what cannot be read, which is counted, and for an empty document. */
static enum err read_tree(struct kinds_reader *r, const struct manifest *m, struct arena *scratch,
                          const struct node **ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(m->text.n + 2);
	bool is_yaml = false;
	*ret = NULL;
	put_document(&b, m, r->templated);
	if (!sbuf_ok(&b))
		return ERR(r->e, NOMEM, "a CRD");
	enum err err = b.n <= KINDS_DOCUMENT_MAX_BYTES
	                       ? kinds_yaml(scratch, sbuf_str(&b), ret, &is_yaml, r->e) : OK;
	r->out.unread += !err && !is_yaml;
	return err;
}

static uint32_t line_of(const struct manifest *m, const struct node *n)
{
	const struct node *kind = node_get(n, "kind");
	return m->line + (kind ? kind->line : n->line) - 1;
}

enum err kinds_read_crd(struct kinds_reader *r, const struct manifest *m)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct node *root;
	enum err err = read_tree(r, m, &scratch, &root);
	return err || !root ? err : add_crd(r, root, line_of(m, root));
}

static enum err add_object(struct kinds_reader *r, const struct manifest *m, const struct node *n)
{
	struct str kind = STR(""), api_version = STR("");
	enum err err = kinds_text(r, node_get(n, "kind"), &kind);
	if (!err)
		err = kinds_text(r, node_get(n, "apiVersion"), &api_version);
	if (err || !kind.n) {
		r->out.unread += !err;
		return err;
	}
	err = kinds_add(r, kind, api_version, line_of(m, n), true);
	if (!err && str_eq_c(kind, "CustomResourceDefinition"))
		err = add_crd(r, n, line_of(m, n));
	return err;
}

enum err kinds_read_crds(struct kinds_reader *r, const struct manifest *m)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct node *root;
	enum err err = read_tree(r, m, &scratch, &root);
	if (err || !root)
		return err;
	const struct node *items = node_get(root, "items");
	if (!items || items->kind != NODE_LIST)
		return add_object(r, m, root);
	for (const struct node_item *i = items->items; i && !err; i = i->next)
		err = add_object(r, m, i->value);
	return err;
}

struct str crd_stored_version(const struct chart_crd *crd)
{
	for (size_t i = 0; i < crd->version_count; i++)
		if (crd->versions[i].storage)
			return crd->versions[i].name;
	return crd->version_count ? crd->versions[0].name : (struct str){ 0 };
}
