/* See readings.h. */
#include "indexer/hub/readings.h"

#include "indexer/base/auto.h"
#include "indexer/document/images_pushed.h"
#include "indexer/document/render_input.h"
#include "indexer/hub/impl.h"
#include "indexer/ingest/versions.h"

static enum err make_values(const struct contents *c, void *ctx, struct arena *a, void **ret,
                            struct errinfo *e)
{
	struct values_view *v = ARENA_NEW(a, struct values_view);
	(void)ctx;
	enum err err = v ? values_view(a, &c->chart, v, e) : ERR(e, NOMEM, "values");
	if (!err)
		*ret = v;
	return err;
}

enum err contents_values(struct hub *h, struct contents *c, const struct values_view **ret,
                         struct errinfo *e)
{
	void *made = NULL;
	enum err err = contents_made(h, c, PART_VALUES, make_values, NULL, &made, e);
	if (!err)
		*ret = made;
	return err;
}

/* ---- files ---- */

static size_t count_packed(const struct chart *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->subchart_count; i++) {
		const struct chart *sub = &c->subcharts[i];
		n += count_packed(sub) + (str_ends(sub->path, STR(".tgz")) ? sub->members.count : 0);
	}
	return n;
}

/* `above` is empty or ends with a slash. What is not packed has its files in the chart above. */
static enum err add_packed(struct arena *a, const struct chart *c, const char *above, size_t most,
                           struct tar_listing *to, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < c->subchart_count && !err; i++) {
		const struct chart *sub = &c->subcharts[i];
		bool packed = str_ends(sub->path, STR(".tgz"));
		const char *folder = arena_printf(a, "%s%.*s/", above, STR_ARG(sub->path));
		for (size_t k = 0; folder && packed && k < sub->members.count && to->count < most; k++) {
			const struct tar_member *m = &sub->members.members[k];
			const char *name = arena_printf(a, "%s%.*s", folder, STR_ARG(m->name));
			if (!name)
				return ERR(e, NOMEM, "files");
			to->members[to->count] = *m;
			to->members[to->count++].name = str_c(name);
		}
		err = folder ? add_packed(a, sub, folder, most, to, e) : ERR(e, NOMEM, "files");
	}
	return err;
}

static enum err make_files(const struct contents *c, void *ctx, struct arena *a, void **ret,
                           struct errinfo *e)
{
	const struct tar_listing *own = &c->chart.members;
	struct tar_listing *all = ARENA_NEW(a, struct tar_listing);
	size_t packed = count_packed(&c->chart);
	size_t most = own->count + (packed < FILES_PACKED_MAX ? packed : FILES_PACKED_MAX);
	(void)ctx;
	if (!all || !(all->members = arena_array(a, most, sizeof *all->members)))
		return ERR(e, NOMEM, "files");
	if (own->count)
		memcpy(all->members, own->members, own->count * sizeof *own->members);
	all->count = own->count;
	enum err err = add_packed(a, &c->chart, "", most, all, e);
	if (!err)
		*ret = all;
	return err;
}

enum err contents_files(struct hub *h, struct contents *c, const struct tar_listing **ret,
                        struct errinfo *e)
{
	void *made = NULL;
	enum err err = contents_made(h, c, PART_ALL_FILES, make_files, NULL, &made, e);
	if (!err)
		*ret = made;
	return err;
}

/* ---- what rendering shows ---- */

struct brings { struct chart_images images; struct chart_kinds kinds; struct readiness_needs needs; };

/* What a stranger's templates may take while they are rendered is much: one chart at a time. */
static pthread_mutex_t rendering = PTHREAD_MUTEX_INITIALIZER;

static enum err render(const struct contents *c, struct arena *a, struct brings *to, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct defaults_rendered d;
	enum err err = render_defaults(&scratch, &c->chart, &d, e);
	if (!err)
		err = images_read_defaults(a, &c->chart, &d, &to->images, e);
	return err ? err : readiness_read_defaults(a, &c->chart, &d, c->packed_bytes, &to->needs, e);
}

static enum err make_brings(const struct contents *c, void *ctx, struct arena *a, void **ret,
                            struct errinfo *e)
{
	struct brings *s = ARENA_NEW(a, struct brings);
	(void)ctx;
	if (!s)
		return ERR(e, NOMEM, "what a chart brings");
	(void)pthread_mutex_lock(&rendering);
	enum err err = render(c, a, s, e);
	(void)pthread_mutex_unlock(&rendering);
	if (!err)
		err = kinds_read(a, &c->chart, &s->kinds, e);
	if (!err)
		*ret = s;
	return err;
}

static enum err brings_of(struct hub *h, struct contents *c, const struct brings **ret, struct errinfo *e)
{
	void *made = NULL;
	enum err err = contents_made(h, c, PART_BRINGS, make_brings, NULL, &made, e);
	if (!err)
		*ret = made;
	return err;
}

/* A version that went meanwhile has no list. */
static enum err read_pushed(struct hub *h, struct arena *a, const struct contents *c, bool *ret_any,
                            struct str *ret, struct errinfo *e)
{
	struct version_row row = { .has_images = false };
	struct errinfo why = { 0 };
	enum err err = ingest_version(h->ingest, a, c->repo, c->name, c->version, &row, &why);
	if (err && err != ERR_NOT_FOUND && err != ERR_REPO_NOT_FOUND)
		return err_set(e, err, "%s", why.detail);
	*ret_any = !err && row.has_images;
	*ret = *ret_any ? row.images : STR("");
	return OK;
}

enum err contents_needs(struct hub *h, struct arena *a, struct contents *c, struct readiness_needs *ret,
                        struct errinfo *e)
{
	const struct brings *s;
	bool any = false;
	struct str list;
	enum err err = brings_of(h, c, &s, e);
	if (!err)
		err = read_pushed(h, a, c, &any, &list, e);
	if (err)
		return err;
	*ret = s->needs;
	return any ? readiness_with_list(a, &s->needs, list, ret, e) : OK;
}

static enum err with_list(struct hub *h, struct arena *a, const struct contents *c, const struct chart_images *read,
                          struct chart_images *ret, struct errinfo *e)
{
	bool any = false;
	struct str list;
	enum err err = read_pushed(h, a, c, &any, &list, e);
	*ret = *read;
	return err || !any ? err : images_with_list(a, read, list, ret, e);
}

static enum err copy_list(struct arena *a, struct chart_images *x, struct errinfo *e)
{
	struct chart_image *list = arena_array(a, x->count + 1, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "images");
	if (x->count)
		memcpy(list, x->images, x->count * sizeof *list);
	x->images = list;
	return OK;
}

enum err contents_brings(struct hub *h, struct arena *a, struct contents *c, struct chart_images *ret_images,
                         struct chart_kinds *ret_kinds, struct errinfo *e)
{
	const struct brings *s;
	struct chart_images images;
	enum err err = brings_of(h, c, &s, e);
	if (!err)
		err = with_list(h, a, c, &s->images, &images, e);
	if (!err)
		err = copy_list(a, &images, e);
	if (err)
		return err;
	images_sort_by_use(&images);
	*ret_images = images;
	*ret_kinds = s->kinds;
	return OK;
}

/* ---- comparisons ---- */

static enum err take_side(struct hub *h, struct arena *a, struct contents *c, struct compare_side *ret,
                          struct errinfo *e)
{
	struct chart_images *images = ARENA_NEW(a, struct chart_images);
	const struct values_view *values;
	const struct brings *s;
	enum err err = contents_values(h, c, &values, e);
	if (!err)
		err = brings_of(h, c, &s, e);
	if (!err)
		err = images ? with_list(h, a, c, &s->images, images, e) : ERR(e, NOMEM, "comparison");
	if (err)
		return err;
	*ret = (struct compare_side){ &c->chart, values, images, &s->kinds };
	return OK;
}

enum err contents_compare(struct hub *h, struct arena *a, struct contents *old,
                          struct contents *new, const struct changelog *notes,
                          struct comparison *ret, struct errinfo *e)
{
	struct compare_side old_side, new_side;
	enum err err = take_side(h, a, old, &old_side, e);
	if (!err)
		err = take_side(h, a, new, &new_side, e);
	return err ? err : compare_sides(a, &old_side, &new_side, notes, ret, e);
}
