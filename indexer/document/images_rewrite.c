/* See images_rewrite.h. */
#include "indexer/document/images_rewrite.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/images_parts.h"
#include "indexer/template/strings.h"

/* One key of the values and what it becomes. */
struct change { const struct str *keys; size_t count; struct str value; };

struct rewriter {
	struct arena *a;
	struct errinfo *e;
	struct str registry;
	struct str stand_in;             /* a registry that no template makes unreadable: without a port */
	struct image_settings settings;
	struct change *changes;
	size_t count, room;
	struct sbuf text;                /* scratch */
};

bool image_registry_is_good(struct str registry)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * IMAGE_MAX_BYTES);
	struct image_parts p;
	sbuf_put(&b, registry);
	sbuf_puts(&b, "/x");
	return sbuf_ok(&b) && image_split(sbuf_str(&b), &p) && p.registry.n && !p.tag.n && !p.digest.n;
}

/* ---- changes ---- */

/* Takes what r->text holds as the value of `key` in the setting's map. */
static enum err change(struct rewriter *r, const struct str *keys, size_t count, struct str key)
{
	struct change *all = arena_room(r->a, r->changes, r->count, &r->room, sizeof *all);
	struct str *path = arena_array(r->a, count + 1, sizeof *path);
	if (!all || !path || !sbuf_ok(&r->text))
		return ERR(r->e, NOMEM, "values");
	r->changes = all;
	if (count)
		memcpy(path, keys, count * sizeof *path);
	path[count] = key;
	struct change *x = &all[r->count];
	*x = (struct change){ .keys = path, .count = count + 1 };
	if (!arena_str(r->a, sbuf_str(&r->text), &x->value))
		return ERR(r->e, NOMEM, "values");
	r->count++;
	return OK;
}

/* The name, as the values have it, with the tag that they have there. */
static void put_new_name(struct rewriter *r, const struct image_setting *s, struct str repository,
                         const struct image_parts *own)
{
	sbuf_reset(&r->text);
	if (!s->has_registry) {
		sbuf_put(&r->text, r->registry);
		sbuf_puts(&r->text, "/");
	}
	sbuf_put(&r->text, repository);
	if (own->tag.n)
		sbuf_printf(&r->text, ":%.*s", STR_ARG(own->tag));
	if (own->digest.n)
		sbuf_printf(&r->text, "@%.*s", STR_ARG(own->digest));
}

static enum err change_setting(struct rewriter *r, const struct image_setting *s)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * IMAGE_MAX_BYTES);
	struct image_parts p, own;
	enum err err = OK;
	if (!image_split_normal(s->image, &b, &p))
		return ERR(r->e, NOMEM, "values");
	if (!image_split(s->name, &own))
		return OK;
	if (s->has_registry) {
		sbuf_reset(&r->text);
		sbuf_put(&r->text, r->registry);
		err = change(r, s->keys, s->key_count, STR("registry"));
	}
	put_new_name(r, s, p.repository, &own);
	if (!err && !str_eq(sbuf_str(&r->text), s->name))
		err = change(r, s->keys, s->key_count, s->name_key);
	return err;
}

static enum err make_changes(struct rewriter *r)
{
	static const struct str global = { "global", sizeof "global" - 1 };
	enum err err = OK;
	for (size_t i = 0; i < r->settings.count && !err; i++)
		if (!r->settings.of[i].in_list)
			err = change_setting(r, &r->settings.of[i]);
	if (err || !r->settings.global)
		return err;
	sbuf_reset(&r->text);
	sbuf_put(&r->text, r->registry);
	return change(r, &global, 1, STR("imageRegistry"));
}

/* ---- YAML ---- */

static int by_keys(const void *left, const void *right)
{
	const struct change *a = left, *b = right;
	for (size_t i = 0; i < a->count && i < b->count; i++) {
		int order = str_cmp(a->keys[i], b->keys[i]);
		if (order)
			return order;
	}
	return (a->count > b->count) - (a->count < b->count);
}

static bool is_plain_key(struct str key)
{
	static const char *const words[] = { "y", "n", "yes", "no", "on", "off", "true", "false", "null" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_nocase(key, str_c(words[i])))
			return false;
	for (size_t i = 0; i < key.n; i++)
		if (!((key.p[i] | 0x20) >= 'a' && (key.p[i] | 0x20) <= 'z') &&
		    !(i && key.p[i] && strchr("0123456789-_", key.p[i])))
			return false;
	return key.n > 0;
}

static void put_key(struct sbuf *b, size_t depth, struct str key)
{
	while (depth--)
		sbuf_puts(b, "  ");
	if (is_plain_key(key))
		sbuf_put(b, key);
	else
		sbuf_json(b, key);
	sbuf_putc(b, ':');
}

static size_t shared(const struct change *a, const struct change *b)
{
	size_t n = 0;
	while (a && n < a->count && n < b->count && str_eq(a->keys[n], b->keys[n]))
		n++;
	return n;
}

static void put_values(struct rewriter *r, struct sbuf *b)
{
	const struct change *last = NULL;
	if (r->count)
		qsort(r->changes, r->count, sizeof *r->changes, by_keys);
	for (size_t i = 0; i < r->count; i++) {
		const struct change *x = &r->changes[i];
		size_t n = shared(last, x);
		if (last && n == last->count)
			continue;
		for (; n < x->count; n++) {
			put_key(b, n, x->keys[n]);
			sbuf_puts(b, n + 1 < x->count ? "\n" : " ");
		}
		sbuf_json(b, x->value);
		sbuf_putc(b, '\n');
		last = x;
	}
	sbuf_puts(b, r->count ? "" : "{}\n");
}

/* ---- comments ---- */

/* Nothing in it ends the comment. */
static void put_safe(struct sbuf *b, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		sbuf_putc(b, (unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f ? '?' : text.p[i]);
}

/* Images, and each as image_spell has it, so that they can be compared. */
struct spelled { const struct chart_images *images; const struct str *normal; };

/* NULL: out of memory. */
static const struct str *spell_all(struct rewriter *r, const struct chart_images *images)
{
	struct str *all = arena_array(r->a, images->count, sizeof *all);
	for (size_t i = 0; all && i < images->count; i++)
		if (!image_spell(r->a, images->images[i].image, &all[i]))
			return NULL;
	return all;
}

/* Some value names this image; it is in a list, or can be changed. */
static bool is_set(const struct rewriter *r, struct str normal, bool in_list)
{
	for (size_t i = 0; i < r->settings.count; i++)
		if (r->settings.of[i].in_list == in_list && str_eq(r->settings.of[i].normal, normal))
			return true;
	return false;
}

static bool is_moved(const struct rewriter *r, struct str image)
{
	struct str rest = str_from(image, r->stand_in.n);
	return rest.n && str_starts(image, r->stand_in) && str_starts(rest, STR("/")) &&
	       !memmem(rest.p, rest.n, r->stand_in.p, r->stand_in.n);
}

/* A list that was pushed may be of other values than those that are here. */
static bool stays(const struct rewriter *r, const struct chart_image *x, struct str normal)
{
	return x->certain && !is_moved(r, x->image) && !is_set(r, normal, x->source != IMAGE_PUSHED);
}

static void put_image(const struct rewriter *r, struct sbuf *b, struct str image, struct str subchart,
                      struct str where)
{
	sbuf_puts(b, "#   ");
	strings_replace(b, image, r->stand_in, r->registry);
	sbuf_puts(b, "   ");
	put_safe(b, subchart);
	sbuf_puts(b, subchart.n ? ": " : "");
	put_safe(b, where);
	sbuf_putc(b, '\n');
}

static bool has(const struct spelled *x, struct str normal)
{
	for (size_t i = 0; x && i < x->images->count; i++)
		if (x->images->images[i].certain && str_eq(x->normal[i], normal))
			return true;
	return false;
}

/* But for those that were told. */
static void put_left(const struct rewriter *r, const struct spelled *left, const struct spelled *told,
                     size_t *n, struct sbuf *b)
{
	for (size_t i = 0; i < left->images->count; i++) {
		const struct chart_image *x = &left->images->images[i];
		if (!stays(r, x, left->normal[i]) || has(told, left->normal[i]))
			continue;
		sbuf_puts(b, (*n)++ ? "" : "# With these values it still asks for these; see the templates:\n");
		put_image(r, b, x->image, x->subchart, x->where);
	}
}

static void put_lists(const struct rewriter *r, struct sbuf *b)
{
	size_t n = 0;
	for (size_t i = 0; i < r->settings.count; i++) {
		const struct image_setting *s = &r->settings.of[i];
		if (!s->in_list)
			continue;
		sbuf_puts(b, n++ ? "" : "# These are in lists, which Helm replaces as a whole; copy the list and change it:\n");
		put_image(r, b, s->image, STR(""), s->where);
	}
}

static void put_head(const struct rewriter *r, const struct chart *c, const struct chart_images *moved,
                     struct sbuf *b)
{
	AUTO_SBUF struct sbuf full = sbuf_make(2 * IMAGE_MAX_BYTES);
	struct image_parts p;
	sbuf_puts(b, "# Values that point ");
	put_safe(b, c->meta.name);
	sbuf_puts(b, " ");
	put_safe(b, c->meta.version);
	sbuf_printf(b, " at %.*s, where these are expected:\n", STR_ARG(r->registry));
	for (size_t i = 0; i < moved->count; i++) {
		if (!moved->images[i].certain || !is_moved(r, moved->images[i].image))
			continue;
		if (!image_split_normal(moved->images[i].image, &full, &p)) {
			b->failed = true;
			return;
		}
		sbuf_printf(b, "#   %.*s/", STR_ARG(r->registry));
		sbuf_put(b, str_from(p.repository, r->stand_in.n - p.registry.n));
		if (p.tag.n)
			sbuf_printf(b, ":%.*s", STR_ARG(p.tag));
		if (p.digest.n)
			sbuf_printf(b, "@%.*s", STR_ARG(p.digest));
		sbuf_putc(b, '\n');
	}
}

static enum err make_stand_in(struct rewriter *r)
{
	char *text = arena_dup(r->a, r->registry);
	if (!text)
		return ERR(r->e, NOMEM, "values");
	for (char *p = text; *p; p++)
		*p = *p == ':' ? '.' : *p;
	r->stand_in = str_c(text);
	return OK;
}

/* What an install with these values runs: rendering tells. */
static enum err move(struct rewriter *r, struct arena *a, const struct chart *c, struct str values,
                     struct chart_images *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGES_EXPORT_MAX_BYTES);
	enum err err = make_stand_in(r);
	if (err)
		return err;
	strings_replace(&b, values, r->registry, r->stand_in);
	return sbuf_ok(&b) ? images_with_values(a, c, sbuf_str(&b), ret, r->e) : ERR(r->e, NOMEM, "values");
}

static enum err put_all(struct rewriter *r, const struct chart *c, const struct chart_images *found, struct sbuf *b)
{
	AUTO_ARENA struct arena scratch = { 0 };
	AUTO_SBUF struct sbuf values = sbuf_make(b->limit);
	struct chart_images moved;
	size_t count = 0;
	put_values(r, &values);
	if (!sbuf_ok(&values))
		return ERR(r->e, NOMEM, "values");
	enum err err = move(r, &scratch, c, sbuf_str(&values), &moved);
	if (err)
		return err;
	const struct spelled left = { &moved, spell_all(r, &moved) },
	                     pushed = { found, found->pushed ? spell_all(r, found) : NULL };
	if (!left.normal || (found->pushed && !pushed.normal))
		return ERR(r->e, NOMEM, "values");
	put_head(r, c, &moved, b);
	put_left(r, &left, NULL, &count, b);
	if (found->pushed)
		put_left(r, &pushed, &left, &count, b);
	put_lists(r, b);
	sbuf_put(b, sbuf_str(&values));
	return sbuf_ok(b) ? OK : ERR(r->e, NOMEM, "values");
}

enum err images_rewrite(struct arena *a, const struct chart *c, const struct chart_images *found,
                        struct str registry, struct sbuf *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct rewriter r = { .a = a, .e = e, .registry = registry, .settings = { .a = a },
	                      .text = sbuf_make(4 * IMAGE_MAX_BYTES) };
	struct images_reader reader = { .a = &scratch, .e = e, .settings = &r.settings };
	enum err err = chart_list(&scratch, c, &reader.charts, &reader.chart_count, e);
	if (!err)
		err = images_of_values(&reader);
	if (!err)
		err = make_changes(&r);
	if (!err)
		err = put_all(&r, c, found, ret);
	sbuf_done(&r.text);
	return err;
}
