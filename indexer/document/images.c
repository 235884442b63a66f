/* What finds images, put together: each becomes one row of a list. */
#include "indexer/document/images_parts.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/images_rendered.h"
#include "indexer/template/render.h"

const char *image_source_word(enum image_source s)
{
	static const char *const words[] = {
		[IMAGE_PUSHED] = "pushed",         [IMAGE_RENDERED] = "rendered",
		[IMAGE_ANNOTATION] = "annotation", [IMAGE_VALUES] = "values",
		[IMAGE_TEMPLATE] = "template",     [IMAGE_ARGUMENT] = "argument",
	};
	return words[s];
}

enum err images_add(struct images_reader *r, const struct image_place *at, struct str image)
{
	struct image_parts parts;
	if (!image_split(image, &parts))
		return OK;
	if (r->count == (r->many ? IMAGES_MANY_MAX : IMAGES_FOUND_MAX)) {
		r->cut = true;
		return OK;
	}
	struct found_image *found = arena_room(r->a, r->found, r->count, &r->room, sizeof *found);
	if (!found)
		return ERR(r->e, NOMEM, "images");
	r->found = found;
	struct found_image *f = &found[r->count];
	*f = (struct found_image){ .chart = at->chart, .line = at->line };
	f->image = (struct chart_image){ .source = at->source, .certain = at->certain, .places = 1,
	                                 .subchart = r->charts[at->chart].subchart };
	if (!arena_str(r->a, image, &f->image.image) || !arena_str(r->a, at->where, &f->image.where))
		return ERR(r->e, NOMEM, "images");
	r->count++;
	return OK;
}

enum err images_yaml(struct arena *a, struct str text, const struct node **ret, struct errinfo *e)
{
	*ret = NULL;
	enum err err = yaml_read(a, text, &yaml_values, ret, NULL);
	return err == ERR_NOMEM ? ERR(e, NOMEM, "images") : OK;
}

/* ---- rendered files ---- */

static bool find_subchart(const struct images_reader *r, size_t parent, struct str name, size_t *ret)
{
	for (size_t i = parent + 1; i < r->chart_count; i++) {
		struct str path = r->charts[i].chart->path;
		if (r->charts[i].parent != parent)
			continue;
		*ret = i;
		if (str_eq(r->charts[i].chart->meta.name, name) ||
		    (str_starts(path, STR("charts/")) && str_eq(str_from(path, sizeof "charts/" - 1), name)))
			return true;
	}
	return false;
}

/* "app/charts/db/templates/x.yaml": whose it is, and its name there. One under an alias stays the parent's. */
static size_t chart_of_file(const struct images_reader *r, struct str *name)
{
	size_t chart = 0, below;
	struct str rest = *name;
	(void)str_cut(&rest, '/', NULL);
	*name = rest;
	while (str_starts(rest, STR("charts/"))) {
		rest = str_from(rest, sizeof "charts/" - 1);
		if (!find_subchart(r, chart, str_cut(&rest, '/', NULL), &below))
			break;
		chart = below;
		*name = rest;
	}
	return chart;
}

static enum err read_rendered(struct images_reader *r, const struct rendered *x)
{
	enum err err = OK;
	for (size_t i = 0; i < x->count && !err; i++) {
		struct rendered_text t = { .source = IMAGE_RENDERED, .file = x->files[i].name,
		                           .text = x->files[i].text };
		t.chart = chart_of_file(r, &t.file);
		err = images_of_rendered(r, &t);
	}
	return err;
}

enum err images_incomplete(struct arena *a, const struct rendered *x, struct str *ret, struct errinfo *e)
{
	const char *text = x->cut ? "the templates take more than is allowed" : NULL;
	for (size_t i = 0; i < x->count && !text; i++) {
		const struct rendered_file *f = &x->files[i];
		if (f->failure.n && !(text = arena_printf(a, "%.*s", STR_ARG(f->failure))))
			return ERR(e, NOMEM, "images");
	}
	*ret = str_c(text);
	return OK;
}

/* ---- the list ---- */

static int compare_numbers(size_t a, size_t b) { return (a > b) - (a < b); }

/* By image, then the most certain and the first place. */
static int by_image(const void *left, const void *right)
{
	const struct found_image *a = left, *b = right;
	int order = str_cmp(a->image.image, b->image.image);
	if (!order)
		order = compare_numbers(!a->image.certain, !b->image.certain);
	if (!order)
		order = compare_numbers(a->image.source, b->image.source);
	if (!order)
		order = compare_numbers(a->chart, b->chart);
	if (!order)
		order = compare_numbers(a->line, b->line);
	return order ? order : str_cmp(a->image.where, b->image.where);
}

static enum err make_list(struct images_reader *r, struct chart_images *ret)
{
	struct chart_images list = { .images = arena_array(r->a, r->count, sizeof *list.images), .cut = r->cut };
	if (!list.images)
		return ERR(r->e, NOMEM, "images");
	if (r->count)
		qsort(r->found, r->count, sizeof *r->found, by_image);
	for (size_t i = 0; i < r->count; i++) {
		struct chart_image *last = list.count ? &list.images[list.count - 1] : NULL;
		if (last && str_eq(last->image, r->found[i].image.image))
			last->places++;
		else if (r->many || list.count < CHART_IMAGES_MAX)
			list.images[list.count++] = r->found[i].image;
		else
			list.cut = true;
	}
	*ret = list;
	return OK;
}

static int by_use(const void *left, const void *right)
{
	const struct chart_image *a = left, *b = right;
	int order = compare_numbers(!a->certain, !b->certain);
	return order ? order : str_cmp(a->image, b->image);
}

void images_sort_by_use(struct chart_images *x)
{
	if (x->count)
		qsort(x->images, x->count, sizeof *x->images, by_use);
}

/* ---- one image, spelt otherwise ---- */

struct spelling { struct str normal; struct chart_image *image; };

static int by_spelling(const void *left, const void *right)
{
	const struct spelling *a = left, *b = right;
	int order = str_cmp(a->normal, b->normal);
	if (!order)
		order = compare_numbers(!a->image->certain, !b->image->certain);
	return order ? order : (a->image > b->image) - (a->image < b->image);
}

bool image_spell(struct arena *a, struct str image, struct str *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGE_MAX_BYTES + 16), whole = sbuf_make(2 * IMAGE_MAX_BYTES);
	struct image_parts p;
	if (!image_split_normal(image, &b, &p))
		return false;
	sbuf_printf(&whole, "%.*s/%.*s:%.*s@%.*s", STR_ARG(p.registry), STR_ARG(p.repository), STR_ARG(p.tag),
	            STR_ARG(p.digest));
	return sbuf_ok(&whole) && arena_str(a, sbuf_str(&whole), ret);
}

static enum err spell(struct images_reader *r, struct chart_image *image, struct spelling *ret)
{
	ret->image = image;
	return image_spell(r->a, image->image, &ret->normal) ? OK : ERR(r->e, NOMEM, "images");
}

/* A possible one goes where a certain one spells the same. */
static enum err join_spellings(struct images_reader *r, struct chart_images *list)
{
	struct spelling *all = arena_array(r->a, list->count + 1, sizeof *all), *sure = NULL;
	enum err err = all ? OK : ERR(r->e, NOMEM, "images");
	size_t kept = 0;
	for (size_t i = 0; i < list->count && !err; i++)
		err = spell(r, &list->images[i], &all[i]);
	if (err)
		return err;
	if (list->count)
		qsort(all, list->count, sizeof *all, by_spelling);
	for (size_t i = 0; i < list->count; i++) {
		if (all[i].image->certain) {
			sure = sure && str_eq(sure->normal, all[i].normal) ? sure : &all[i];
		} else if (sure && str_eq(sure->normal, all[i].normal)) {
			sure->image->places += all[i].image->places;
			all[i].image->places = 0;
		}
	}
	for (size_t i = 0; i < list->count; i++)
		if (list->images[i].places)
			list->images[kept++] = list->images[i];
	list->count = kept;
	return OK;
}

/* ---- readers ---- */

static enum err read_chart(struct images_reader *r, const struct chart *c)
{
	enum err err = chart_list(r->a, c, &r->charts, &r->chart_count, r->e);
	for (size_t i = 0; i < r->chart_count && !err; i++) {
		err = images_of_lists(r, i);
		if (!err)
			err = images_of_templates(r, i);
	}
	return err ? err : images_of_values(r);
}

enum err images_read(struct arena *a, const struct chart *c, struct chart_images *ret,
                     struct errinfo *e)
{
	struct images_reader r = { .a = a, .e = e };
	enum err err = read_chart(&r, c);
	return err ? err : make_list(&r, ret);
}

enum err images_read_rendered(struct arena *a, const struct chart *c, const struct rendered *x,
                              struct chart_images *ret, struct errinfo *e)
{
	struct images_reader r = { .a = a, .e = e };
	struct chart_images list = { 0 };
	enum err err = read_chart(&r, c);
	if (!err)
		err = read_rendered(&r, x);
	if (!err)
		err = make_list(&r, &list);
	if (!err)
		err = join_spellings(&r, &list);
	if (!err)
		err = images_incomplete(a, x, &list.incomplete, e);
	if (!err)
		*ret = list;
	return err;
}

static enum err read_text(struct arena *a, struct str text, bool many, struct chart_images *ret, struct errinfo *e)
{
	struct chart_at none = { 0 };
	struct images_reader r = { .a = a, .e = e, .charts = &none, .chart_count = 1, .many = many };
	text = str_without_mark(text);
	const struct rendered_text t = { .source = IMAGE_PUSHED, .text = text };
	enum err err = images_are_listed(text) ? images_of_plain_list(&r, text) : images_of_rendered(&r, &t);
	return err ? err : make_list(&r, ret);
}

enum err images_read_pushed(struct arena *a, struct str text, struct chart_images *ret, struct errinfo *e)
{
	return read_text(a, text, false, ret, e);
}

enum err images_read_many(struct arena *a, struct str text, struct chart_images *ret, struct errinfo *e)
{
	return read_text(a, text, true, ret, e);
}
