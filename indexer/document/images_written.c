/* What is written about images without being rendered: annotations, lock files, literals of templates. */
#include "indexer/document/images_parts.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/template_text.h"
#include "indexer/document/text_lines.h"

/* ---- lists ---- */

/* Of texts, or of maps with an image; a lock file has it below `images`. */
static enum err read_list(struct images_reader *r, size_t chart, struct str text, struct str where)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct node *list;
	enum err err = images_yaml(&scratch, text, &list, r->e);
	if (!err && list && list->kind == NODE_MAP)
		list = node_get(list, "images");
	if (err || !list || list->kind != NODE_LIST)
		return err;
	for (const struct node_item *i = list->items; i && !err; i = i->next) {
		const struct node *image = i->value->kind == NODE_MAP ? node_get(i->value, "image") : i->value;
		const struct image_place at = { IMAGE_ANNOTATION, false, chart, where, i->value->line };
		err = images_add(r, &at, node_text(image));
	}
	return err;
}

/* Of Artifact Hub; of Bitnami's dt, charts-syncer and hauler; of zarf and hauler. */
static const char *const annotations[] = { "artifacthub.io/images", "images", "helm.sh/images" };
/* Of dt; of hauler. */
static const char *const locks[] = { "Images.lock", "images.lock", "images-lock.yaml", "images.lock.yaml",
                                     ".images.lock.yaml" };

enum err images_of_lists(struct images_reader *r, size_t chart)
{
	const struct chart *c = r->charts[chart].chart;
	enum err err = OK;
	for (size_t i = 0; i < c->meta.annotation_count && !err; i++) {
		const struct chart_annotation *x = &c->meta.annotations[i];
		if (str_is_one_of(x->key, annotations, sizeof annotations / sizeof *annotations))
			err = read_list(r, chart, x->value, x->key);
	}
	for (size_t i = 0; i < c->members.count && !err; i++) {
		const struct tar_member *m = &c->members.members[i];
		if (str_is_one_of(m->name, locks, sizeof locks / sizeof *locks))
			err = read_list(r, chart, m->data, m->name);
	}
	return err;
}

/* ---- templates ---- */

bool is_image_line(struct str line, struct str *ret)
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
		const struct image_place at = { IMAGE_TEMPLATE, false, chart, sbuf_str(&where), lines.number };
		err = sbuf_ok(&where) ? images_add(r, &at, image) : ERR(r->e, NOMEM, "images");
	}
	return err;
}

enum err images_of_templates(struct images_reader *r, size_t chart)
{
	const struct tar_listing *files = &r->charts[chart].chart->members;
	enum err err = OK;
	for (size_t i = 0; i < files->count && !err; i++)
		if (str_starts(files->members[i].name, STR("templates/")))
			err = read_template(r, chart, &files->members[i]);
	return err;
}
