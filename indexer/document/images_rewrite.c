/* See images_rewrite.h. */
#include "indexer/document/images_rewrite.h"

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/images_parts.h"
#include "indexer/document/images_rewrite_values.h"
#include "indexer/template/strings.h"

/* What becomes of a setting. BARE: a template puts global.imageRegistry in front of it. LEFT: rendering shows
 * that a change is wrong.                                                                    */
enum fate { FATE_MOVED, FATE_BARE, FATE_LEFT };

struct rewriter {
	struct arena *a;
	struct errinfo *e;
	struct str registry;
	struct str stand_in;             /* a registry that no template makes unreadable: without a port */
	struct image_settings settings;
	enum fate *fates;                /* of the settings */
	bool global;                     /* global.imageRegistry is set */
	struct values_change *changes;
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
	struct values_change *all = arena_room(r->a, r->changes, r->count, &r->room, sizeof *all);
	struct str *path = arena_array(r->a, count + 1, sizeof *path);
	if (!all || !path || !sbuf_ok(&r->text))
		return ERR(r->e, NOMEM, "values");
	r->changes = all;
	if (count)
		memcpy(path, keys, count * sizeof *path);
	path[count] = key;
	struct values_change *x = &all[r->count];
	*x = (struct values_change){ .keys = path, .count = count + 1 };
	if (!arena_str(r->a, sbuf_str(&r->text), &x->value))
		return ERR(r->e, NOMEM, "values");
	r->count++;
	return OK;
}

/* The name, as the values have it, with the tag that they have there. */
static void put_new_name(struct rewriter *r, bool with_registry, struct str repository,
                         const struct image_parts *own)
{
	sbuf_reset(&r->text);
	if (with_registry) {
		sbuf_put(&r->text, r->registry);
		sbuf_puts(&r->text, "/");
	}
	sbuf_put(&r->text, repository);
	if (own->tag.n)
		sbuf_printf(&r->text, ":%.*s", STR_ARG(own->tag));
	if (own->digest.n)
		sbuf_printf(&r->text, "@%.*s", STR_ARG(own->digest));
}

static enum err change_setting(struct rewriter *r, const struct image_setting *s, enum fate fate)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * IMAGE_MAX_BYTES);
	struct image_parts p, own;
	enum err err = OK;
	if (!image_split_normal(s->image, &b, &p))
		return ERR(r->e, NOMEM, "values");
	if (!image_split(s->name, &own))
		return OK;
	if (s->has_registry && fate == FATE_MOVED) {
		sbuf_reset(&r->text);
		sbuf_put(&r->text, r->registry);
		err = change(r, s->keys, s->key_count, STR("registry"));
	}
	put_new_name(r, !s->has_registry && fate == FATE_MOVED, p.repository, &own);
	if (!err && !str_eq(sbuf_str(&r->text), s->name))
		err = change(r, s->keys, s->key_count, s->name_key);
	return err;
}

static enum err make_changes(struct rewriter *r)
{
	static const struct str global = { "global", sizeof "global" - 1 };
	enum err err = OK;
	r->count = 0;
	for (size_t i = 0; i < r->settings.count && !err; i++)
		if (!r->settings.of[i].in_list && r->fates[i] != FATE_LEFT)
			err = change_setting(r, &r->settings.of[i], r->fates[i]);
	if (err || !r->global)
		return err;
	sbuf_reset(&r->text);
	sbuf_put(&r->text, r->registry);
	return change(r, &global, 1, STR("imageRegistry"));
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
	enum err err = r->stand_in.n ? OK : make_stand_in(r);
	if (err)
		return err;
	strings_replace(&b, values, r->registry, r->stand_in);
	return sbuf_ok(&b) ? images_with_values(a, c, sbuf_str(&b), ret, r->e) : ERR(r->e, NOMEM, "values");
}

/* ---- what rendering shows ---- */

/* Values, and the chart rendered with them. */
struct attempt {
	struct arena a;
	struct sbuf values;
	struct chart_images moved;
	size_t right, wrong;             /* images: moved, and with the registry where none belongs */
	bool whole;                      /* no setting was left */
};

static void attempt_done(struct attempt *t)
{
	arena_done(&t->a);
	sbuf_done(&t->values);
	*t = (struct attempt){ 0 };
}

/* "q.io/r.inner/x:1", also behind itself. */
static bool is_misplaced(const struct rewriter *r, struct str image)
{
	const char *at = image.n ? memmem(image.p, image.n, r->stand_in.p, r->stand_in.n) : NULL;
	return at && !is_moved(r, image) && str_starts(str_from(image, (size_t)(at - image.p) + r->stand_in.n), STR("/"));
}

static enum err attempt(struct rewriter *r, const struct chart *c, struct attempt *ret)
{
	*ret = (struct attempt){ .values = sbuf_make(IMAGES_EXPORT_MAX_BYTES) };
	enum err err = make_changes(r);
	if (err)
		return err;
	values_changes_put(r->changes, r->count, &ret->values);
	err = sbuf_ok(&ret->values) ? move(r, &ret->a, c, sbuf_str(&ret->values), &ret->moved) : ERR(r->e, NOMEM, "values");
	for (size_t i = 0; i < ret->moved.count && !err; i++) {
		const struct chart_image *x = &ret->moved.images[i];
		ret->right += x->certain && is_moved(r, x->image);
		ret->wrong += x->certain && is_misplaced(r, x->image);
	}
	return err;
}

/* Whether a template put something else in front of the repository as it is set. */
static bool spoils(const struct rewriter *r, struct str image, enum fate fate, struct str repository)
{
	struct str rest = image;
	for (const char *at; rest.n && (at = memmem(rest.p, rest.n, repository.p, repository.n));) {
		struct str before = str_first(image, (size_t)(at - image.p));
		rest = str_from(image, before.n + repository.n);
		bool is_path = (!before.n || str_ends(before, STR("/"))) && (!rest.n || rest.p[0] == ':' || rest.p[0] == '@');
		if (is_path && (fate == FATE_BARE || (before.n && str_ends(str_first(before, before.n - 1), r->stand_in))))
			return true;
	}
	return false;
}

/* Whether a setting's fate is another one now. */
static enum err learn(struct rewriter *r, const struct attempt *t, bool *ret)
{
	*ret = false;
	for (size_t i = 0; i < r->settings.count; i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(2 * IMAGE_MAX_BYTES);
		struct image_parts p;
		bool spoiled = false;
		if (!image_split_normal(r->settings.of[i].image, &b, &p))
			return ERR(r->e, NOMEM, "values");
		for (size_t k = 0; k < t->moved.count && !spoiled && r->fates[i] != FATE_LEFT; k++) {
			const struct chart_image *x = &t->moved.images[k];
			spoiled = x->certain && !is_moved(r, x->image) && spoils(r, x->image, r->fates[i], p.repository);
		}
		if (spoiled)
			r->fates[i] = r->global && r->fates[i] == FATE_MOVED ? FATE_BARE : FATE_LEFT;
		*ret |= spoiled;
	}
	return OK;
}

/* All that rendering does not show to be wrong. */
static enum err find_values(struct rewriter *r, const struct chart *c, bool global, struct attempt *ret)
{
	bool again = true;
	enum err err = OK;
	r->global = global;
	memset(r->fates, 0, r->settings.count * sizeof *r->fates);
	*ret = (struct attempt){ 0 };
	for (int fate = FATE_MOVED; fate <= FATE_LEFT && again && !err; fate++) {
		attempt_done(ret);
		err = attempt(r, c, ret);
		if (!err)
			err = learn(r, ret, &again);
	}
	ret->whole = true;
	for (size_t i = 0; i < r->settings.count; i++)
		ret->whole &= r->fates[i] != FATE_LEFT;
	return err;
}

/* Without global.imageRegistry where more is right so. */
static enum err choose(struct rewriter *r, const struct chart *c, struct attempt *best)
{
	struct attempt without;
	enum err err = find_values(r, c, r->settings.global, best);
	if (err || !r->settings.global || (best->whole && !best->wrong))
		return err;
	err = find_values(r, c, false, &without);
	if (!err && (without.wrong < best->wrong || (without.wrong == best->wrong && without.right > best->right))) {
		attempt_done(best);
		*best = without;
	} else {
		attempt_done(&without);
	}
	return err;
}

static enum err put_all(struct rewriter *r, const struct chart *c, const struct chart_images *found,
                        const struct attempt *t, struct sbuf *b)
{
	size_t count = 0;
	const struct spelled left = { &t->moved, spell_all(r, &t->moved) },
	                     pushed = { found, found->pushed ? spell_all(r, found) : NULL };
	if (!left.normal || (found->pushed && !pushed.normal))
		return ERR(r->e, NOMEM, "values");
	put_head(r, c, &t->moved, b);
	put_left(r, &left, NULL, &count, b);
	if (found->pushed)
		put_left(r, &pushed, &left, &count, b);
	put_lists(r, b);
	sbuf_put(b, sbuf_str(&t->values));
	return sbuf_ok(b) ? OK : ERR(r->e, NOMEM, "values");
}

enum err images_rewrite(struct arena *a, const struct chart *c, const struct chart_images *found,
                        struct str registry, struct sbuf *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct rewriter r = { .a = a, .e = e, .registry = registry, .settings = { .a = a },
	                      .text = sbuf_make(4 * IMAGE_MAX_BYTES) };
	struct images_reader reader = { .a = &scratch, .e = e, .settings = &r.settings };
	struct attempt best = { 0 };
	enum err err = chart_list(&scratch, c, &reader.charts, &reader.chart_count, e);
	if (!err)
		err = images_of_values(&reader);
	r.fates = arena_array(a, r.settings.count, sizeof *r.fates);
	if (!err && !r.fates)
		err = ERR(e, NOMEM, "values");
	if (!err)
		err = choose(&r, c, &best);
	if (!err)
		err = put_all(&r, c, found, &best, ret);
	attempt_done(&best);
	sbuf_done(&r.text);
	return err;
}
