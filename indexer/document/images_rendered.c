/* See images_rendered.h. Texts may hold YAML themselves (ConfigMaps); nothing is looked at longer than
 * IMAGES_STEPS_MAX, whatever aliases and texts within texts make of it.                        */
#include "indexer/document/images_rendered.h"

#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/text_lines.h"

bool image_take(struct image_finder *f, size_t steps)
{
	if (f->r->steps + steps > IMAGES_STEPS_MAX) {
		f->r->cut = true;
		return false;
	}
	f->r->steps += steps;
	return true;
}

enum err image_found(struct image_finder *f, struct str image, enum image_source source, bool certain,
                     uint32_t line)
{
	sbuf_reset(&f->where);
	sbuf_put(&f->where, f->file);
	if (f->kind.n)
		sbuf_printf(&f->where, "%s%.*s/%.*s", f->where.n ? " " : "", STR_ARG(f->kind), STR_ARG(f->name));
	sbuf_puts(&f->where, f->where.n && f->path.n ? " " : "");
	sbuf_put(&f->where, sbuf_str(&f->path));
	if (!sbuf_ok(&f->where))
		return ERR(f->r->e, NOMEM, "images");
	const struct image_place at = {
		.source = f->text->source == IMAGE_PUSHED ? IMAGE_PUSHED : source, .certain = certain,
		.chart = f->text->chart, .where = sbuf_str(&f->where), .line = f->before + line,
	};
	return images_add(f->r, &at, image);
}

/* ---- the path ---- */

#define PATH_KEY_MAX_BYTES 64u

static void push_key(struct image_finder *f, struct str key)
{
	if (f->path.n > IMAGE_PATH_MAX_BYTES)
		return;
	sbuf_puts(&f->path, f->path.n ? "." : "");
	sbuf_put(&f->path, str_first(key, PATH_KEY_MAX_BYTES));
}

static void push_index(struct image_finder *f, size_t index)
{
	if (f->path.n <= IMAGE_PATH_MAX_BYTES)
		sbuf_printf(&f->path, "[%zu]", index);
}

/* ---- the walk ---- */

static enum err visit(struct image_finder *f, const struct node *n, struct str key);

static enum err visit_map(struct image_finder *f, const struct node *map, struct str key)
{
	enum err err = images_of_parts(f, map, key);
	for (const struct node_item *i = map->items; i && !err; i = i->next) {
		size_t before = f->path.n;
		bool done = false;
		push_key(f, i->key);
		if (i->value->kind == NODE_SCALAR)
			err = images_of_key(f, map, i, key, &done);
		if (!err && !done)
			err = visit(f, i->value, i->key);
		f->path.n = before;
	}
	return err;
}

static enum err visit_list(struct image_finder *f, const struct node *list, struct str key)
{
	enum err err = OK;
	size_t index = 0;
	for (const struct node_item *i = list->items; i && !err; i = i->next, index++) {
		size_t before = f->path.n;
		bool done = false;
		push_index(f, index);
		err = images_of_element(f, list, i, key, &done);
		if (!err && !done)
			err = visit(f, i->value, key);
		f->path.n = before;
	}
	return err;
}

static enum err visit(struct image_finder *f, const struct node *n, struct str key)
{
	if (!image_take(f, 1))
		return OK;
	switch (n->kind) {
	case NODE_MAP: return visit_map(f, n, key);
	case NODE_LIST: return visit_list(f, n, key);
	default: return image_in_text(f, n);
	}
}

/* ---- texts ---- */

/* "image: x:1" in what is no YAML. */
static enum err scan_lines(struct image_finder *f, struct str text)
{
	struct text_lines lines = { text, 0 };
	struct str line, image;
	enum err err = OK;
	while (!err && text_next_line(&lines, &line))
		if (is_image_line(line, &image))
			err = image_found(f, image, IMAGE_RENDERED, true, lines.number);
	return err;
}

/* It can only be a reference: it has a host, and a tag that is not just a port. */
static bool is_whole(struct str word)
{
	struct image_parts p;
	uint64_t port;
	return image_split(word, &p) && str_has(p.registry, '.') &&
	       (p.digest.n || (p.tag.n && !str_to_u64(p.tag, &port)));
}

static bool parts_words(char c) { return c == '\0' || strchr(" \t\r\n\"'`=,;|()[]{}<>&$\\", c) != NULL; }

static enum err scan_words(struct image_finder *f, struct str text, uint32_t line)
{
	enum err err = OK;
	for (size_t i = 0, end; i < text.n && !err; i = end + 1) {
		for (end = i; end < text.n && !parts_words(text.p[end]);)
			end++;
		struct str word = str_make(text.p + i, end - i);
		if (is_whole(word))
			err = image_found(f, word, IMAGE_ARGUMENT, false, line);
	}
	return err;
}

static bool may_hold_yaml(struct str text)
{
	return memmem(text.p, text.n, "mage", 4) && (str_has(text, '\n') || text.p[0] == '{' || text.p[0] == '[');
}

static enum err visit_text(struct image_finder *f, const struct node *text)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct node *root;
	uint32_t before = f->before;
	if (!image_take(f, text->text.n / 4))
		return OK;
	enum err err = images_yaml(&scratch, text->text, &root, f->r->e);
	if (err)
		return err;
	f->inside++;
	f->before += text->line;
	err = root && root->kind != NODE_SCALAR ? visit(f, root, STR("")) : scan_lines(f, text->text);
	f->inside--;
	f->before = before;
	return err;
}

enum err image_in_text(struct image_finder *f, const struct node *n)
{
	struct str text = n->text;
	if (!text.n || !image_take(f, text.n / 16))
		return OK;
	if (f->inside < IMAGES_TEXTS_MAX && may_hold_yaml(text))
		return visit_text(f, n);
	return scan_words(f, text, n->line);
}

/* ---- documents ---- */

static enum err read_object(struct image_finder *f, const struct node *root)
{
	f->kind = node_text(node_get(root, "kind"));
	f->name = node_text(node_get(node_get(root, "metadata"), "name"));
	f->kind = str_first(f->kind, PATH_KEY_MAX_BYTES);
	f->name = str_first(f->name, CHART_NAME_MAX_BYTES);
	/* What it describes may have a key "image"; it runs none. */
	return str_eq(f->kind, STR("CustomResourceDefinition")) ? OK : visit(f, root, STR(""));
}

#define DOCUMENT_STEPS 64u           /* the reader of YAML is made for each of them */

/* What has no ":" has no key, and no reference that could be told from a word. */
static enum err read_document(struct image_finder *f, struct str text)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct node *root;
	f->kind = f->name = STR("");
	if (!str_has(text, ':') || !image_take(f, DOCUMENT_STEPS))
		return OK;
	enum err err = images_yaml(&scratch, text, &root, f->r->e);
	if (err)
		return err;
	return root && root->kind != NODE_SCALAR ? read_object(f, root) : scan_lines(f, text);
}

struct str rendered_next_document(struct str *rest, uint32_t *ret_lines)
{
	struct str text = *rest, line;
	struct text_lines lines = { text, 0 };
	const char *end = text.p + text.n;
	while (text_next_line(&lines, &line)) {
		if (lines.number > 1 && str_starts(line, STR("---")) && !(line.n > 3 && line.p[3] == '-')) {
			end = line.p;
			break;
		}
		*ret_lines = lines.number;
	}
	text.n = (size_t)(end - text.p);
	*rest = str_from(*rest, text.n);
	return text;
}

/* "# Source: app/templates/svc.yaml", as Helm writes it before a document. */
static void take_source(struct image_finder *f, struct str document)
{
	struct text_lines lines = { document, 0 };
	struct str line;
	while (text_next_line(&lines, &line) && (!line.n || line.p[0] == '#' || str_starts(line, STR("---"))))
		if (str_starts(line, STR("# Source: ")))
			f->file = str_trim(str_first(str_from(line, sizeof "# Source: " - 1), CHART_MEMBER_NAME_MAX_BYTES));
}

enum err images_of_rendered(struct images_reader *r, const struct rendered_text *t)
{
	struct image_finder f = { .r = r, .text = t, .file = t->file, .path = sbuf_make(2 * IMAGE_PATH_MAX_BYTES),
	                          .where = sbuf_make(8 * IMAGE_PATH_MAX_BYTES) };
	struct str rest = t->text;
	enum err err = OK;
	while (rest.n && !err) {
		uint32_t lines = 0;
		struct str document = rendered_next_document(&rest, &lines);
		if (!t->file.n)
			take_source(&f, document);
		err = read_document(&f, document);
		f.before += lines;
	}
	if (!err && !sbuf_ok(&f.path))
		err = ERR(r->e, NOMEM, "images");
	sbuf_done(&f.path);
	sbuf_done(&f.where);
	return err;
}

/* ---- plain lists ---- */

static bool next_listed(struct text_lines *lines, struct str *ret)
{
	while (text_next_line(lines, ret)) {
		*ret = str_trim(*ret);
		if (ret->n && ret->p[0] != '#')
			return true;
	}
	return false;
}

bool images_are_listed(struct str text)
{
	struct text_lines lines = { text, 0 };
	struct image_parts p;
	struct str line;
	size_t count = 0;
	for (; next_listed(&lines, &line); count++)
		if (!image_split(line, &p))
			return false;
	return count > 0;
}

enum err images_of_plain_list(struct images_reader *r, struct str text)
{
	struct text_lines lines = { text, 0 };
	struct str line;
	enum err err = OK;
	while (!err && next_listed(&lines, &line)) {
		char where[32];
		(void)snprintf(where, sizeof where, "line %u", lines.number);
		const struct image_place at = { .source = IMAGE_PUSHED, .certain = true, .where = str_c(where),
		                                .line = lines.number };
		err = images_add(r, &at, line);
	}
	return err;
}
