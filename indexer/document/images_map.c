/* The conventions by which charts write images into values:
 *
 *     image: quay.io/x/y:1.0          image:                     image: x/y
 *                                       registry: quay.io        imageTag: "1.0"
 *                                       repository: x/y
 *                                       tag: "1.0"
 *
 * A tag that is left empty is often the chart's appVersion; whether it is, its templates tell.  */
#include "indexer/document/images_values.h"

#include <stdio.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"

/* An image in its parts, as the values have them; the repository may be a whole reference. */
struct spelled {
	const struct layered_entry *name; /* where it is said */
	struct image_parts p;
	bool has_registry;               /* there is such a key */
	bool may_default;                /* to the appVersion, when there is no tag */
};

/* The value of a key as Helm would print it; empty for none and for what is a template itself. Of what is
 * longer than any image, as much as tells that. False: out of memory.                         */
static bool text_below(struct layered_walk *w, const struct layered_map *m, struct str key,
                       struct str *ret)
{
	const struct layered_entry *entry = layered_find(m, key);
	*ret = STR("");
	if (!entry || entry->item->value->kind != NODE_SCALAR)
		return true;
	if (entry->item->value->text.n > IMAGE_MAX_BYTES) {
		*ret = str_first(entry->item->value->text, IMAGE_MAX_BYTES + 1);
		return true;
	}
	if (!node_coerce_string(&w->scratch, entry->item->value, ret))
		return false;
	if (ret->n && memmem(ret->p, ret->n, "{{", 2))
		*ret = STR("");
	return true;
}

/* The first of several keys that has a text. */
static bool first_text(struct layered_walk *w, const struct layered_map *m, const char *const *keys,
                       struct str *ret)
{
	*ret = STR("");
	for (; *keys && !ret->n; keys++)
		if (!text_below(w, m, str_c(*keys), ret))
			return false;
	return true;
}

/* ---- tags that default to the appVersion ---- */

static bool speaks_of_images(struct str line)
{
	static const char *const words[] = { "image", "Image", "tag", "Tag" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (memmem(line.p, line.n, words[i], strlen(words[i])))
			return true;
	return false;
}

/* Whether a line of the template has the appVersion in an image. */
static bool puts_app_version(struct str text)
{
	static const char word[] = ".AppVersion";
	const char *at;
	while (text.n && (at = memmem(text.p, text.n, word, sizeof word - 1))) {
		const char *start = memrchr(text.p, '\n', (size_t)(at - text.p));
		struct str line = str_from(text, start ? (size_t)(start - text.p) + 1 : 0);
		line = str_cut(&line, '\n', NULL);
		if (speaks_of_images(line))
			return true;
		text = str_from(text, (size_t)(line.p - text.p) + line.n);
	}
	return false;
}

static bool tags_default(struct layered_walk *w)
{
	size_t at = w->charts[w->chart].at;
	struct layered_source *c = &w->sources[at];
	const struct tar_listing *files = &w->r->charts[at].chart->members;
	if (c->tags == TAGS_UNKNOWN) {
		c->tags = TAGS_NONE;
		for (size_t i = 0; i < files->count && c->tags == TAGS_NONE; i++)
			if (str_starts(files->members[i].name, STR("templates/")) &&
			    puts_app_version(files->members[i].data))
				c->tags = TAGS_APP_VERSION;
	}
	return c->tags == TAGS_APP_VERSION;
}

/* ---- putting together ---- */

/* The keys from the values that have it down to the chart that uses it. */
static void put_keys(const struct layered_walk *w, struct sbuf *b, size_t from, size_t to)
{
	size_t between[CHART_NESTING_MAX + 1], n = 0;
	for (; to != from && n <= CHART_NESTING_MAX; to = w->charts[to].parent)
		between[n++] = to;
	while (n-- > 0)
		sbuf_printf(b, "%.*s.", STR_ARG(w->charts[between[n]].key));
}

static void put_where(const struct layered_walk *w, const struct layered_entry *name, struct sbuf *b)
{
	sbuf_printf(b, "values.yaml:%u ", name->item->line);
	put_keys(w, b, name->chart, w->chart);
	sbuf_put(b, sbuf_str(&w->path));
	sbuf_puts(b, w->path.n ? "." : "");
	sbuf_put(b, str_first(name->item->key, IMAGE_PATH_MAX_BYTES));
}

/* With the tag that it gets where it has none. */
static struct image_parts parts_of(struct layered_walk *w, const struct spelled *x)
{
	struct image_parts p = x->p;
	if (image_is_pinned(p.repository))
		p.tag = p.digest = STR("");
	else if (!p.tag.n && !p.digest.n && x->may_default && tags_default(w))
		p.tag = w->r->charts[w->charts[w->chart].at].chart->meta.app_version;
	return p;
}

/* The keys from the outermost chart's values to the map. False: out of memory. */
static bool keys_of_map(const struct layered_walk *w, struct image_setting *ret)
{
	size_t above = 0;
	for (size_t i = w->chart; i; i = w->charts[i].parent)
		above++;
	struct str *keys = arena_array(w->r->settings->a, above + w->depth + 1, sizeof *keys);
	if (!keys)
		return false;
	ret->keys = keys;
	ret->key_count = above + w->depth;
	for (size_t i = w->chart; i; i = w->charts[i].parent)
		if (!arena_str(w->r->settings->a, w->charts[i].key, &keys[--above]))
			return false;
	for (size_t i = 0; i < w->depth; i++)
		if (!arena_str(w->r->settings->a, w->keys[i], &keys[ret->key_count - w->depth + i]))
			return false;
	return true;
}

static enum err note_setting(const struct layered_walk *w, const struct spelled *x, struct str image,
                             struct str where)
{
	struct image_settings *all = w->r->settings;
	struct image_parts parts;
	if (!all || all->count == CHART_IMAGES_MAX || !image_split(image, &parts))
		return OK;
	struct image_setting *of = arena_room(all->a, all->of, all->count, &all->room, sizeof *of);
	if (!of)
		return ERR(w->r->e, NOMEM, "images");
	all->of = of;
	struct image_setting *s = &of[all->count];
	*s = (struct image_setting){ .in_list = w->lists, .has_registry = x->has_registry };
	if (!keys_of_map(w, s) || !arena_str(all->a, x->name->item->key, &s->name_key) ||
	    !arena_str(all->a, x->p.repository, &s->name) || !arena_str(all->a, image, &s->image) ||
	    !arena_str(all->a, where, &s->where) || !image_spell(all->a, image, &s->normal))
		return ERR(w->r->e, NOMEM, "images");
	all->count++;
	return OK;
}

static enum err add(struct layered_walk *w, const struct spelled *x)
{
	AUTO_SBUF struct sbuf image = sbuf_make(2 * IMAGE_MAX_BYTES), where = sbuf_make(CHART_FILE_MAX_BYTES);
	const struct image_parts p = parts_of(w, x);
	if (!p.repository.n || !image_put(&image, &p))
		return OK;
	put_where(w, x->name, &where);
	if (!sbuf_ok(&image) || !sbuf_ok(&where))
		return ERR(w->r->e, NOMEM, "images");
	const struct image_place at = { IMAGE_VALUES, false, w->charts[x->name->chart].at, sbuf_str(&where),
	                                x->name->item->line };
	enum err err = note_setting(w, x, sbuf_str(&image), sbuf_str(&where));
	return err ? err : images_add(w->r, &at, sbuf_str(&image));
}

/* ---- conventions ---- */

static bool is_text(const struct layered_entry *entry)
{
	const struct node *n = entry->item->value;
	return n->kind == NODE_SCALAR && node_type(n) == NODE_STRING;
}

static bool has_any(const struct layered_map *m, const char *const *keys)
{
	for (; *keys; keys++)
		if (layered_find(m, str_c(*keys)))
			return true;
	return false;
}

/* A map with a repository, that stands below a key like "image" or has what only an image has. */
static enum err read_parts(struct layered_walk *w, const struct layered_map *m, struct str key)
{
	static const char *const beside[] = { "tag", "digest", "registry", "pullPolicy",
	                                      "imagePullPolicy", NULL };
	struct spelled x = { .may_default = true };
	bool is_image = image_is_key(key);
	for (size_t i = 0; image_name_keys[i] && !x.name; i++)
		if (is_image || (i == 0 && has_any(m, beside)))
			x.name = layered_find(m, str_c(image_name_keys[i]));
	if (!x.name || !is_text(x.name))
		return OK;
	if (!text_below(w, m, x.name->item->key, &x.p.repository) ||
	    !text_below(w, m, STR("registry"), &x.p.registry) ||
	    !first_text(w, m, image_tag_keys, &x.p.tag) || !first_text(w, m, image_digest_keys, &x.p.digest))
		return ERR(w->r->e, NOMEM, "images");
	x.has_registry = layered_find(m, STR("registry")) != NULL;
	struct str global = w->charts[w->chart].registry;
	if (global.n && x.has_registry)
		x.p.registry = global;
	return add(w, &x);
}

/* Endings of keys for an image, and how much of them is not in "fooImageTag", which has its tag. */
static const struct ending { struct str text; size_t more; } endings[] = {
	{ STR("image"), 0 }, { STR("imageRepository"), sizeof "Repository" - 1 },
	{ STR("imageName"), sizeof "Name" - 1 },
};

static const struct ending *ending_of(struct str key)
{
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (image_key_ends(key, endings[i].text))
			return &endings[i];
	return NULL;
}

/* The tag of "fooImage" is "fooImageTag", of "fooImageRepository" as well, of "image" also "tag". */
static bool find_tag(struct layered_walk *w, const struct layered_map *m, struct str key,
                     struct spelled *x)
{
	struct str base = str_first(key, key.n - ending_of(key)->more);
	char name[128];
	if (base.n + sizeof "Tag" > sizeof name)
		return true;
	(void)snprintf(name, sizeof name, "%.*sTag", STR_ARG(base));
	x->may_default = layered_find(m, str_c(name)) != NULL;
	if (!text_below(w, m, str_c(name), &x->p.tag))
		return false;
	if (x->p.tag.n || !str_eq_c(base, "image"))
		return true;
	x->may_default |= layered_find(m, STR("tag")) != NULL;
	return text_below(w, m, STR("tag"), &x->p.tag);
}

/* A text below a key like "image". Without a tag or a '/' only "image" itself is believed. */
static enum err read_text(struct layered_walk *w, const struct layered_map *m,
                          const struct layered_entry *entry)
{
	struct str key = entry->item->key;
	struct spelled x = { .name = entry };
	if (!text_below(w, m, key, &x.p.repository) || !find_tag(w, m, key, &x) ||
	    (str_eq_c(key, "image") && !text_below(w, m, STR("registry"), &x.p.registry)))
		return ERR(w->r->e, NOMEM, "images");
	x.has_registry = x.p.registry.n > 0;
	bool is_sure = str_eq_c(key, "image") || x.p.tag.n || str_has(x.p.repository, '/') ||
	               image_is_pinned(x.p.repository);
	return is_sure && is_text(entry) ? add(w, &x) : OK;
}

enum err images_of_map(struct layered_walk *w, const struct layered_map *m, struct str key)
{
	enum err err = read_parts(w, m, key);
	for (size_t i = 0; i < m->count && !err; i++) {
		const struct layered_entry *entry = &m->entries[i];
		bool counts = i == 0 || !str_eq(entry->item->key, m->entries[i - 1].item->key);
		if (counts && entry->item->value->kind == NODE_SCALAR && ending_of(entry->item->key))
			err = read_text(w, m, entry);
	}
	return err;
}
