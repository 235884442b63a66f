/* Every allocation of finding, exporting and rewriting images fails once: NOMEM, and nothing leaks. */
#include "format_chart.h"

#include "indexer/document/images_export.h"
#include "indexer/document/images_pushed.h"
#include "indexer/document/images_rewrite.h"
#include "indexer/template/render.h"
#include "nomem_arena.h"

static const struct file files[] = {
	{ "Chart.yaml", HEAD "annotations: {images: '[{image: a:1}]'}\n" }, { "Images.lock", "images: [{image: 'b:1'}]\n" },
	{ "values.yaml", "global: {imageRegistry: ''}\nimage: {registry: q.io, repository: x/y}\nimages: [{name: a, tag: b}]\n" },
	{ "templates/a.yaml", "image: literal:1\n" }, { "charts/db/Chart.yaml", "name: db\nversion: 1.0.0\n" },
	{ "charts/db/values.yaml", "x: {image: c/d:1}\n" }, { 0 },
};
static struct rendered_file rendered_files[] = {
	{ .name = STR("x/templates/a.yaml"), .failure = STR("no"),
	  .text = STR("env: [{name: A_IMAGE, value: b/c}, {name: A_IMAGE_TAG, value: d}]\nx: |\n  image: e:1\n"
	              "spec: {image: {repository: a, tag: b}}\n---\nimage: docker.io/library/a:1\n x: [\n") },
	{ .name = STR("x/charts/db/templates/b.yaml"), .text = STR("args: [--image, a:1, 'x quay.io/a/b:v1']\n") },
};
static const struct rendered rendered = { rendered_files, ROWS(rendered_files), 1, false };

static enum err read_rendered(struct arena *a, const struct chart *c, struct sbuf *b)
{
	struct chart_images x;
	(void)b;
	return images_read_rendered(a, c, &rendered, &x, &error);
}

static enum err read_pushed(struct arena *a, const struct chart *c, struct sbuf *b)
{
	struct chart_images x;
	(void)b, (void)c;
	enum err err = images_read_pushed(a, STR("a:1\nb\n"), &x, &error);
	return err ? err : images_read_pushed(a, STR("# Source: x\nimage: a:1\n"), &x, &error);
}

static enum err take_list(struct arena *a, const struct chart *c, struct sbuf *b)
{
	static struct chart_image read[] = { { .image = STR("a:1"), .where = STR("x") }, { .image = STR("no"), .where = STR("y") } };
	const struct chart_images found = { .images = read, .count = ROWS(read) };
	struct chart_images x;
	struct str list;
	(void)b, (void)c;
	enum err err = images_list_read(a, STR("docker.io/library/a:1\nb\n"), &list, &error);
	return err ? err : images_with_list(a, &found, list, &x, &error);
}

static struct chart_image images[] = {
	{ .image = STR("redis:7"), .where = STR("here"), .source = IMAGE_RENDERED, .certain = true, .places = 1 },
	{ .image = STR("quay.io/x/y"), .where = STR("there"), .source = IMAGE_VALUES, .places = 1 },
};

static enum err export(struct arena *a, const struct chart *c, struct sbuf *b)
{
	const struct images_of_chart all = { c->meta.name, c->meta.version, { .images = images, .count = ROWS(images) } };
	enum err err = OK;
	for (int f = IMAGES_LIST; f <= IMAGES_JSON && !err; f++) {
		const struct images_export o = { .format = (enum images_format)f, .all = true };
		err = images_export(a, &all, 1, &o, b, &error);
	}
	return err;
}

static enum err rewrite(struct arena *a, const struct chart *c, struct sbuf *b)
{
	const struct chart_images found = { .images = images, .count = ROWS(images), .pushed = true };
	struct chart bare = *c;              /* a template that finds no memory is told as one that is cut */
	bare.members.count = 0;
	return images_rewrite(a, &bare, &found, STR("r.inner"), b, &error);
}

static const struct row { const char *name; enum err (*run)(struct arena *, const struct chart *, struct sbuf *); } rows[] = {
	{ "what is rendered", read_rendered }, { "what is pushed", read_pushed },
	{ "a list", take_list }, { "forms", export }, { "values", rewrite },
};

static struct chart loaded;

static enum err run(struct arena *a, const void *row, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	error = (struct errinfo){ .code = OK };
	enum err err = ((const struct row *)row)->run(a, &loaded, &b);
	*e = error;
	return err;
}

static void t_without_memory(void **state)
{
	expect("chart", load_files(files, &loaded), NULL);
	each_allocation_fails(run, *state);
	arena_done(&arena);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("images without memory", t_without_memory, rows);
}
