/* See images_export.h. */
#include "indexer/document/images_export.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/document/value_text.h"

const char images_format_words[] =
#define X(id, word) " " word
#include "indexer/document/images_format.def"
#undef X
;

bool images_format_of_word(struct str word, enum images_format *ret)
{
	static const char *const words[] = {
#define X(id, word) word,
#include "indexer/document/images_format.def"
#undef X
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_c(word, words[i])) {
			*ret = (enum images_format)i;
			return true;
		}
	return false;
}

/* ---- each once ---- */

struct row { struct str image; struct image_parts p; };
struct rows { struct row *rows; size_t count; };

static int by_text(const void *a, const void *b)
{
	return str_cmp(((const struct row *)a)->image, ((const struct row *)b)->image);
}

static int by_version(const struct row *a, const struct row *b)
{
	int order = str_cmp(a->p.digest, b->p.digest);
	return order ? order : str_cmp(a->p.tag, b->p.tag);
}

/* By registry, repository, and what is left. */
static int by_parts(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = str_cmp(a->p.registry, b->p.registry);
	if (!order)
		order = str_cmp(a->p.repository, b->p.repository);
	return order ? order : by_version(a, b);
}

/* What is called the same in one registry stands together. */
static int by_name(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = str_cmp(a->p.repository, b->p.repository);
	if (!order)
		order = str_cmp(a->p.tag, b->p.tag);
	if (!order)
		order = str_cmp(a->p.digest, b->p.digest);
	return order ? order : str_cmp(a->p.registry, b->p.registry);
}

static bool split_row(struct arena *a, struct row *row)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * IMAGE_MAX_BYTES);
	return image_split_normal(row->image, &b, &row->p) && arena_str(a, row->p.repository, &row->p.repository);
}

static enum err make_rows(struct arena *a, const struct images_of_chart *charts, size_t count,
                          const struct images_export *o, struct rows *ret, struct errinfo *e)
{
	int (*order)(const void *, const void *) =
		o->format == IMAGES_LIST ? by_text : o->format == IMAGES_CRANE ? by_name : by_parts;
	size_t most = 0, n = 0, kept = 0;
	for (size_t i = 0; i < count; i++)
		most += charts[i].found.count;
	struct row *rows = arena_array(a, most + 1, sizeof *rows);
	if (!rows)
		return ERR(e, NOMEM, "images");
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < charts[i].found.count; k++) {
			const struct chart_image *image = &charts[i].found.images[k];
			rows[n].image = image->image;
			if (!o->all && !image->certain)
				continue;
			if (!split_row(a, &rows[n++]))
				return ERR(e, NOMEM, "images");
		}
	if (n)
		qsort(rows, n, sizeof *rows, order);
	for (size_t i = 0; i < n; i++)
		if (!kept || order(&rows[kept - 1], &rows[i]))
			rows[kept++] = rows[i];
	*ret = (struct rows){ rows, kept };
	return OK;
}

/* ---- texts ---- */

static void put_name(struct sbuf *b, const struct row *row)
{
	sbuf_printf(b, "%.*s/%.*s", STR_ARG(row->p.registry), STR_ARG(row->p.repository));
}

/* Of a digest the tag does not matter. */
static bool is_same(const struct row *a, const struct row *b)
{
	return a->p.digest.n && str_eq(a->p.digest, b->p.digest) && str_eq(a->p.registry, b->p.registry) &&
	       str_eq(a->p.repository, b->p.repository);
}

/* Some tools refuse a tag and a digest together. */
static void put_whole(struct sbuf *b, const struct row *row)
{
	put_name(b, row);
	if (row->p.digest.n)
		sbuf_printf(b, "@%.*s", STR_ARG(row->p.digest));
	else
		sbuf_printf(b, ":%.*s", STR_ARG(row->p.tag));
}

static void put_list(struct sbuf *b, const struct rows *x)
{
	for (size_t i = 0; i < x->count; i++) {
		sbuf_put(b, x->rows[i].image);
		sbuf_putc(b, '\n');
	}
}

static void put_skopeo(struct sbuf *b, const struct rows *x)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct image_parts *p = &x->rows[i].p, *last = i ? &x->rows[i - 1].p : NULL;
		bool same = last && str_eq(last->registry, p->registry);
		if (last && is_same(&x->rows[i - 1], &x->rows[i]))
			continue;
		if (!same) {
			sbuf_json(b, p->registry);
			sbuf_puts(b, ":\n  images:\n");
		}
		if (!same || !str_eq(last->repository, p->repository)) {
			sbuf_puts(b, "    ");
			sbuf_json(b, p->repository);
			sbuf_puts(b, ":\n");
		}
		sbuf_puts(b, "      - ");
		sbuf_json(b, p->digest.n ? p->digest : p->tag);
		sbuf_putc(b, '\n');
	}
	sbuf_puts(b, x->count ? "" : "{}\n");
}

/* `head`, then a list of texts, each after `before`. */
static void put_items(struct sbuf *b, const struct rows *x, const char *head, const char *before)
{
	AUTO_SBUF struct sbuf whole = sbuf_make(2 * IMAGE_MAX_BYTES);
	sbuf_puts(b, head);
	sbuf_puts(b, x->count ? "\n" : " []\n");
	for (size_t i = 0; i < x->count; i++) {
		if (i && is_same(&x->rows[i - 1], &x->rows[i]))
			continue;
		sbuf_reset(&whole);
		put_whole(&whole, &x->rows[i]);
		sbuf_puts(b, before);
		sbuf_json(b, sbuf_str(&whole));
		sbuf_putc(b, '\n');
		b->failed |= whole.failed;
	}
}

static void put_hauler(struct sbuf *b, const struct rows *x, struct str name)
{
	sbuf_puts(b, "apiVersion: content.hauler.cattle.io/v1\nkind: Images\nmetadata:\n  name: ");
	sbuf_json(b, name);
	put_items(b, x, "\nspec:\n  images:", "    - name: ");
}

/* What a copy is called there: by its tag, if it has one. */
static void put_copy(struct sbuf *b, const struct row *row)
{
	sbuf_put(b, row->p.repository);
	if (row->p.tag.n)
		sbuf_printf(b, ":%.*s", STR_ARG(row->p.tag));
	else
		sbuf_printf(b, "@%.*s", STR_ARG(row->p.digest));
}

/* Two of one name: whoever runs the script has to know. */
static void put_clash(struct sbuf *b, const struct row *row, struct str name)
{
	AUTO_SBUF struct sbuf say = sbuf_make(4 * IMAGE_MAX_BYTES);
	sbuf_printf(&say, "%.*s from %.*s takes the place of another image of this name", STR_ARG(name),
	            STR_ARG(row->p.registry));
	sbuf_puts(b, "echo ");
	value_shell_quoted(sbuf_str(&say), b);
	sbuf_puts(b, " >&2\n");
	b->failed |= say.failed;
}

static void put_crane(struct sbuf *b, const struct rows *x, struct str registry)
{
	AUTO_SBUF struct sbuf from = sbuf_make(2 * IMAGE_MAX_BYTES), to = sbuf_make(2 * IMAGE_MAX_BYTES);
	AUTO_SBUF struct sbuf last = sbuf_make(2 * IMAGE_MAX_BYTES);
	sbuf_puts(b, "#!/bin/sh\n# Copies the images to a registry: sh FILE REGISTRY\nset -eu\nto=");
	if (registry.n) {
		sbuf_puts(b, "${1:-");
		value_shell_quoted(registry, b);
		sbuf_puts(b, "}\n");
	} else {
		sbuf_puts(b, "${1:?the registry is missing}\n");
	}
	for (size_t i = 0; i < x->count; i++) {
		sbuf_reset(&from);
		sbuf_reset(&to);
		put_whole(&from, &x->rows[i]);
		put_copy(&to, &x->rows[i]);
		bool same = i && x->rows[i].p.digest.n && str_eq(x->rows[i].p.digest, x->rows[i - 1].p.digest);
		if (!same && str_eq(sbuf_str(&to), sbuf_str(&last)))
			put_clash(b, &x->rows[i], sbuf_str(&to));
		sbuf_reset(&last);
		sbuf_put(&last, sbuf_str(&to));
		sbuf_puts(b, "crane copy ");
		value_shell_quoted(sbuf_str(&from), b);
		sbuf_puts(b, " \"$to\"/");
		value_shell_quoted(sbuf_str(&to), b);
		sbuf_putc(b, '\n');
		b->failed |= from.failed || to.failed || last.failed;
	}
}

/* ---- JSON ---- */

static void put_if(struct sbuf *b, const char *key, struct str text)
{
	if (text.n)
		json_text(b, key, text);
}

static void put_image(struct sbuf *b, const struct chart_image *x)
{
	AUTO_SBUF struct sbuf full = sbuf_make(2 * IMAGE_MAX_BYTES);
	struct image_parts p = { 0 };
	if (!image_split_normal(x->image, &full, &p))
		b->failed = true;
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "image", x->image);
	json_bool(b, "certain", x->certain);
	json_text(b, "source", str_c(image_source_word(x->source)));
	json_text(b, "where", x->where);
	put_if(b, "subchart", x->subchart);
	json_number(b, "places", x->places);
	json_text(b, "registry", p.registry);
	json_text(b, "repository", p.repository);
	put_if(b, "tag", p.tag);
	put_if(b, "digest", p.digest);
	sbuf_putc(b, '}');
}

static void put_json(struct sbuf *b, const struct images_of_chart *charts, size_t count, bool all)
{
	sbuf_puts(b, "{\"charts\":[");
	for (size_t i = 0; i < count; i++) {
		const struct images_of_chart *c = &charts[i];
		json_next(b);
		sbuf_putc(b, '{');
		put_if(b, "name", c->name);
		put_if(b, "version", c->version);
		put_if(b, "incomplete", c->found.incomplete);
		json_bool(b, "cut", c->found.cut);
		if (c->found.pushed)
			json_bool(b, "pushed", true);
		json_key(b, "images");
		sbuf_putc(b, '[');
		for (size_t k = 0; k < c->found.count; k++)
			if (all || c->found.images[k].certain)
				put_image(b, &c->found.images[k]);
		sbuf_puts(b, "]}");
	}
	sbuf_puts(b, "]}\n");
}

/* ---- all ---- */

enum err images_export(struct arena *a, const struct images_of_chart *charts, size_t count,
                       const struct images_export *o, struct sbuf *ret, struct errinfo *e)
{
	struct rows x = { 0 };
	struct str name = count == 1 && charts[0].name.n ? charts[0].name : STR("charts");
	enum err err = make_rows(a, charts, count, o, &x, e);
	if (err)
		return err;
	switch (o->format) {
	case IMAGES_LIST: put_list(ret, &x); break;
	case IMAGES_SKOPEO: put_skopeo(ret, &x); break;
	case IMAGES_HAULER: put_hauler(ret, &x, name); break;
	case IMAGES_ZARF: put_items(ret, &x, "images:", "  - "); break;
	case IMAGES_OC_MIRROR:
		put_items(ret, &x, "apiVersion: mirror.openshift.io/v2alpha1\nkind: ImageSetConfiguration\n"
		          "mirror:\n  additionalImages:", "    - name: ");
		break;
	case IMAGES_CRANE: put_crane(ret, &x, o->registry); break;
	case IMAGES_JSON: put_json(ret, charts, count, o->all); break;
	}
	return sbuf_ok(ret) ? OK : ERR(e, NOMEM, "images");
}
