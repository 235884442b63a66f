/* See images_pushed.h. Only what is certain goes from a rendering into a list: an argument that looks like
 * an image may be none, and reading the chart finds it as well.                                */
#include "indexer/document/images_pushed.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/images_parts.h"
#include "indexer/document/images_rendered.h"
#include "indexer/document/text_lines.h"

/* ---- what was sent ---- */

/* Also of a chart that renders to nothing: comments and lines of "---" are all there is. */
static bool is_rendered(struct str text)
{
	struct text_lines lines = { text, 0 };
	struct str line;
	bool nothing = true, says_kind = memmem(text.p, text.n, "\"kind\"", 6);
	while (text_next_line(&lines, &line)) {
		bool json = says_kind && str_starts(line, STR("{"));
		if (json || str_starts(line, STR("kind:")) || str_starts(line, STR("\"kind\":")))
			return true;
		nothing = nothing && (!str_trim(line).n || line.p[0] == '#' || str_starts(line, STR("---")));
	}
	return nothing;
}

static bool is_blank(struct str text)
{
	struct text_lines lines = { text, 0 };
	struct str line;
	while (text_next_line(&lines, &line))
		if (str_trim(line).n)
			return false;
	return true;
}

#define LINE_SHOWN_BYTES 80u

/* The first line that is no reference; its number, 0: all are. */
static uint32_t find_other(struct str text, struct str *ret)
{
	struct text_lines lines = { text, 0 };
	struct image_parts p;
	while (text_next_line(&lines, ret)) {
		*ret = str_trim(*ret);
		if (ret->n && ret->p[0] != '#' && !image_split(*ret, &p))
			return lines.number;
	}
	return 0;
}

enum err images_text_check(struct str text, const struct chart_images *found, struct errinfo *e)
{
	AUTO_SBUF struct sbuf shown = sbuf_make(LINE_SHOWN_BYTES + 1);
	struct str line = STR("");
	if (found->count || is_blank(text) || (!str_has(text, '\0') && is_rendered(text)))
		return OK;
	uint32_t number = find_other(text, &line);
	line = str_fit(line, LINE_SHOWN_BYTES);
	for (size_t i = 0; i < line.n; i++)
		sbuf_putc(&shown, line.p[i] ? line.p[i] : '?');      /* a NUL would end it */
	return ERR(e, INVALID, "this is neither what helm template prints nor a list of images, one a line: line %u is "
	           "\"%.*s\"", number, STR_ARG(sbuf_str(&shown)));
}

/* Where helm fails, the pipe goes on with nothing. */
static enum err check(struct str text, const struct chart_images *found, struct errinfo *e)
{
	if (found->cut)
		return ERR(e, TOO_LARGE, "there are more than %u images in it", CHART_IMAGES_MAX);
	if (is_blank(text))
		return ERR(e, INVALID, "nothing was sent: what helm template prints is expected, or a list of images");
	return images_text_check(text, found, e);
}

enum err images_list_read(struct arena *a, struct str text, struct str *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(CHART_IMAGES_MAX * (IMAGE_MAX_BYTES + 1));
	struct chart_images found;
	enum err err = images_read_pushed(&scratch, text, &found, e);
	if (!err)
		err = check(text, &found, e);
	if (err)
		return err;
	for (size_t i = 0; i < found.count; i++) {
		if (!found.images[i].certain)
			continue;
		sbuf_put(&b, found.images[i].image);
		sbuf_putc(&b, '\n');
	}
	if (b.n > IMAGES_PUSHED_MAX_BYTES)
		return ERR(e, TOO_LARGE, "the list has more than %u KiB", IMAGES_PUSHED_MAX_BYTES / KIB);
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "images");
}

bool images_list_is_good(struct str list)
{
	struct str last = { 0 };
	struct image_parts p;
	if (list.n > IMAGES_PUSHED_MAX_BYTES || (list.n && list.p[list.n - 1] != '\n'))
		return false;
	while (list.n) {
		struct str line = str_cut(&list, '\n', NULL);
		if (!image_split(line, &p) || str_cmp(last, line) >= 0)
			return false;
		last = line;
	}
	return true;
}

/* ---- with what was read ---- */

struct pushed { struct str normal, image; bool used; };

static int by_normal(const void *a, const void *b)
{
	return str_cmp(((const struct pushed *)a)->normal, ((const struct pushed *)b)->normal);
}

static int by_text(const void *a, const void *b)
{
	return str_cmp(((const struct chart_image *)a)->image, ((const struct chart_image *)b)->image);
}

static enum err split(struct arena *a, struct str list, struct pushed *ret, struct errinfo *e)
{
	for (size_t i = 0; list.n; i++) {
		struct str line = str_cut(&list, '\n', NULL);
		if (!arena_str(a, line, &ret[i].image) || !image_spell(a, line, &ret[i].normal))
			return ERR(e, NOMEM, "images");
	}
	return OK;
}

/* An image of the chart as the list has it; what is there already is passed over. */
static enum err judge(struct arena *a, struct pushed *list, size_t count, struct chart_image *image, bool *ret_drop,
                      struct errinfo *e)
{
	struct pushed key = { 0 };
	if (!image_spell(a, image->image, &key.normal))
		return ERR(e, NOMEM, "images");
	struct pushed *in = count ? bsearch(&key, list, count, sizeof *list, by_normal) : NULL;
	*ret_drop = in && in->used;
	image->certain = in != NULL;
	if (!in || in->used)
		return OK;
	in->used = true;
	image->image = in->image;
	image->source = IMAGE_PUSHED;
	return OK;
}

enum err images_with_list(struct arena *a, const struct chart_images *read, struct str list,
                          struct chart_images *ret, struct errinfo *e)
{
	size_t count = text_count_lines(list);
	struct pushed *all = arena_array(a, count + 1, sizeof *all);
	struct chart_images x = { .cut = read->cut, .pushed = true };
	x.images = arena_array(a, read->count + count + 1, sizeof *x.images);
	enum err err = all && x.images ? split(a, list, all, e) : ERR(e, NOMEM, "images");
	if (!err && count)
		qsort(all, count, sizeof *all, by_normal);
	for (size_t i = 0; i < read->count && !err; i++) {
		bool drop = false;
		x.images[x.count] = read->images[i];
		err = judge(a, all, count, &x.images[x.count], &drop, e);
		x.count += !drop;
	}
	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		if (!all[i].used)
			x.images[x.count++] = (struct chart_image){ .image = all[i].image, .where = STR("pushed list"),
			                                            .source = IMAGE_PUSHED, .certain = true, .places = 1 };
	if (x.count)
		qsort(x.images, x.count, sizeof *x.images, by_text);
	*ret = x;
	return OK;
}
