/* Where objects of Kubernetes and custom resources name images:
 *
 *     image: x:1           image:                thanosImage: x:1       - name: RELATED_IMAGE_X
 *                            repository: x                                value: x:1
 *                            tag: "1"          args: [--x-image=x:1, --image, x:1]
 */
#include "indexer/document/images_rendered.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"

/* What is longer is no reference, nor an option with one. */
static bool is_text(const struct node *n)
{
	return n && n->kind == NODE_SCALAR && n->text.n && n->text.n <= 2 * IMAGE_MAX_BYTES && node_type(n) == NODE_STRING;
}

/* Of a tag: also what YAML takes for a number. */
static struct str word_of(const struct node *n)
{
	return n && n->kind == NODE_SCALAR && !node_is_null(n) ? n->text : STR("");
}

static struct str first_word(const struct node *map, const char *const *keys)
{
	struct str word = STR("");
	for (; *keys && !word.n; keys++)
		word = word_of(node_get(map, *keys));
	return word;
}

/* ---- maps of parts ---- */

static enum err join(struct image_finder *f, const struct image_parts *p, bool certain, uint32_t line)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * IMAGE_MAX_BYTES);
	if (!image_put(&b, p))
		return OK;
	return sbuf_ok(&b) ? image_found(f, sbuf_str(&b), IMAGE_RENDERED, certain, line) : ERR(f->r->e, NOMEM, "images");
}

/* A custom resource may have what values have. Of an image volume it is the reference. */
enum err images_of_parts(struct image_finder *f, const struct node *map, struct str key)
{
	const struct node *reference = node_get(map, "reference");
	if (!image_key_ends(key, STR("image")))
		return OK;
	if (is_text(reference))
		return image_found(f, reference->text, IMAGE_RENDERED, str_eq(key, STR("image")), reference->line);
	const struct image_parts p = { word_of(node_get(map, "registry")), first_word(map, image_name_keys),
	                               first_word(map, image_tag_keys), first_word(map, image_digest_keys) };
	bool whole = p.repository.n && (p.tag.n || p.digest.n);
	return whole ? join(f, &p, node_get(map, "repository") != NULL, map->line) : OK;
}

/* ---- keys ---- */

/* Of a text that somebody calls an image: it is one for sure where it has a tag. */
static enum err named(struct image_finder *f, const struct node *text, bool *ret_done)
{
	bool pinned = image_is_pinned(text->text);
	*ret_done = pinned || str_has(text->text, '/');
	return *ret_done ? image_found(f, text->text, IMAGE_RENDERED, pinned, text->line) : OK;
}

static bool speaks_of_image(struct str name) { return str_has_nocase(name, STR("image")); }

enum err images_of_key(struct image_finder *f, const struct node *map, const struct node_item *item,
                       struct str key, bool *ret_done)
{
	bool is_reference = str_eq(item->key, STR("reference")) && image_key_ends(key, STR("image"));
	bool is_variable = str_eq(item->key, STR("value")) && speaks_of_image(node_text(node_get(map, "name")));
	if (!is_text(item->value))
		return OK;
	if (str_eq(item->key, STR("image"))) {
		*ret_done = true;
		return image_found(f, item->value->text, IMAGE_RENDERED, true, item->line);
	}
	*ret_done = is_reference;
	if (is_reference)
		return OK;
	if (is_variable || image_is_key(item->key) || memmem(item->key.p, item->key.n, "IMAGE", 5))
		return named(f, item->value, ret_done);
	return OK;
}

/* ---- lists ---- */

/* The tag of the variable X_IMAGE may be X_IMAGE_TAG. */
static const struct node *tag_of_variable(const struct node *list, struct str name)
{
	for (const struct node_item *i = list->items; i; i = i->next) {
		struct str other = node_text(node_get(i->value, "name"));
		if (other.n == name.n + 4 && str_starts(other, name) && str_ends(other, STR("_TAG")))
			return node_get(i->value, "value");
	}
	return NULL;
}

static enum err read_variable(struct image_finder *f, const struct node *list, const struct node *variable,
                              bool *ret_done)
{
	struct str name = node_text(node_get(variable, "name"));
	const struct node *value = node_get(variable, "value");
	if (!image_key_ends(name, STR("IMAGE")) || !is_text(value) || image_is_pinned(value->text) ||
	    !image_take(f, list->count))
		return OK;
	struct image_parts p = { .repository = value->text, .tag = word_of(tag_of_variable(list, name)) };
	*ret_done = p.tag.n > 0;
	return p.tag.n ? join(f, &p, true, value->line) : OK;
}

/* "--x-image=y:1", or "--x-image" and then "y:1". */
static enum err read_argument(struct image_finder *f, const struct node_item *item, bool *ret_done)
{
	bool has_value;
	struct str value = item->value->text, name = str_cut(&value, '=', &has_value);
	if (!image_key_ends(name, STR("image")))
		return OK;
	if (!has_value && item->next && is_text(item->next->value))
		value = item->next->value->text;
	*ret_done = true;
	bool pinned = image_is_pinned(value);
	return pinned || str_has(value, '/') ? image_found(f, value, IMAGE_ARGUMENT, pinned, item->value->line) : OK;
}

enum err images_of_element(struct image_finder *f, const struct node *list, const struct node_item *item,
                           struct str key, bool *ret_done)
{
	const struct node *n = item->value;
	*ret_done = false;
	if (n->kind == NODE_MAP)
		return read_variable(f, list, n, ret_done);
	if (!is_text(n))
		return OK;
	if (n->text.p[0] == '-')
		return read_argument(f, item, ret_done);
	return image_is_key(key) ? named(f, n, ret_done) : OK;
}
