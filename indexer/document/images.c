/* Annotations and templates; all that was found becomes one list. */
#include "indexer/document/images_parts.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/template_text.h"
#include "indexer/document/text_lines.h"

const char *image_source_word(enum image_source s)
{
	static const char *const words[] = { [IMAGE_ANNOTATION] = "annotation",
	                                     [IMAGE_VALUES] = "values",
	                                     [IMAGE_TEMPLATE] = "template" };
	return words[s];
}

enum err images_add(struct images_reader *r, size_t chart, enum image_source source,
                    struct str image, struct str where, uint32_t line)
{
	struct image_parts parts;
	if (!image_split(image, &parts))
		return OK;
	if (r->count == IMAGES_FOUND_MAX) {
		r->cut = true;
		return OK;
	}
	struct found_image *found = arena_room(r->a, r->found, r->count, &r->room, sizeof *found);
	if (!found)
		return ERR(r->e, NOMEM, "images");
	r->found = found;
	struct found_image *f = &found[r->count];
	*f = (struct found_image){ .chart = chart, .line = line };
	f->image = (struct chart_image){ .source = source, .places = 1,
	                                 .subchart = r->charts[chart].subchart };
	if (!arena_str(r->a, image, &f->image.image) || !arena_str(r->a, where, &f->image.where))
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

/* ---- annotations ---- */

/* Of Artifact Hub; of Bitnami's dt, charts-syncer and hauler; of zarf and hauler. */
static const char *const annotations[] = { "artifacthub.io/images", "images", "helm.sh/images" };

static enum err read_annotation(struct images_reader *r, size_t chart,
                                const struct chart_annotation *annotation)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct node *list;
	enum err err = images_yaml(&scratch, annotation->value, &list, r->e);
	if (err || !list || list->kind != NODE_LIST)
		return err;
	for (const struct node_item *i = list->items; i && !err; i = i->next) {
		const struct node *image = i->value->kind == NODE_MAP ? node_get(i->value, "image") : i->value;
		err = images_add(r, chart, IMAGE_ANNOTATION, node_text(image), annotation->key,
		                 i->value->line);
	}
	return err;
}

static enum err read_annotations(struct images_reader *r, size_t chart)
{
	const struct chart_meta *m = &r->charts[chart].chart->meta;
	enum err err = OK;
	for (size_t i = 0; i < m->annotation_count && !err; i++)
		for (size_t k = 0; k < sizeof annotations / sizeof *annotations && !err; k++)
			if (str_eq_c(m->annotations[i].key, annotations[k]))
				err = read_annotation(r, chart, &m->annotations[i]);
	return err;
}

/* ---- templates ---- */

/* "image: x:1", also as the first key of a list's element. */
static bool is_image_line(struct str line, struct str *ret)
{
	line = str_trim(line);
	while (str_starts(line, STR("- ")))
		line = str_trim(str_from(line, 2));
	return text_value(line, STR("image:"), ret) && !template_has_hole(*ret);
}

static enum err read_template(struct images_reader *r, size_t chart, const struct tar_member *file)
{
	AUTO_SBUF struct sbuf where = sbuf_make(CHART_MEMBER_NAME_MAX_BYTES + 16);
	AUTO_ARENA struct arena scratch = { 0 };
	struct str plain, line, image;
	if (!file->data.n || !memmem(file->data.p, file->data.n, "image:", sizeof "image:" - 1))
		return OK;
	enum err err = template_plain(&scratch, file->data, &plain, r->e);
	struct text_lines lines = { err ? STR("") : plain, 0 };
	while (!err && text_next_line(&lines, &line)) {
		if (!is_image_line(line, &image))
			continue;
		sbuf_reset(&where);
		sbuf_printf(&where, "%.*s:%u", STR_ARG(file->name), lines.number);
		err = sbuf_ok(&where) ? images_add(r, chart, IMAGE_TEMPLATE, image, sbuf_str(&where),
		                                   lines.number)
		                      : ERR(r->e, NOMEM, "images");
	}
	return err;
}

static enum err read_templates(struct images_reader *r, size_t chart)
{
	const struct tar_listing *files = &r->charts[chart].chart->members;
	enum err err = OK;
	for (size_t i = 0; i < files->count && !err; i++)
		if (str_starts(files->members[i].name, STR("templates/")))
			err = read_template(r, chart, &files->members[i]);
	return err;
}

/* ---- the list ---- */

static int compare_numbers(size_t a, size_t b) { return (a > b) - (a < b); }

/* By image, then the most certain and the first place. */
static int by_image(const void *left, const void *right)
{
	const struct found_image *a = left, *b = right;
	int order = str_cmp(a->image.image, b->image.image);
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
	struct chart_images list = { arena_array(r->a, r->count, sizeof *list.images), 0, r->cut };
	if (!list.images)
		return ERR(r->e, NOMEM, "images");
	if (r->count)
		qsort(r->found, r->count, sizeof *r->found, by_image);
	for (size_t i = 0; i < r->count; i++) {
		struct chart_image *last = list.count ? &list.images[list.count - 1] : NULL;
		if (last && str_eq(last->image, r->found[i].image.image))
			last->places++;
		else if (list.count < CHART_IMAGES_MAX)
			list.images[list.count++] = r->found[i].image;
		else
			list.cut = true;
	}
	*ret = list;
	return OK;
}

enum err images_read(struct arena *a, const struct chart *c, struct chart_images *ret,
                     struct errinfo *e)
{
	struct images_reader r = { .a = a, .e = e };
	enum err err = chart_list(a, c, &r.charts, &r.chart_count, e);
	for (size_t i = 0; i < r.chart_count && !err; i++) {
		err = read_annotations(&r, i);
		if (!err)
			err = read_templates(&r, i);
	}
	if (!err)
		err = images_of_values(&r);
	return err ? err : make_list(&r, ret);
}
