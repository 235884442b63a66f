/* The charts inside charts/: packed as x.tgz or unpacked as x/…, each with charts of its own.
 *
 * Names that begin with '_' or '.' are not charts and provenance files are plain files; anything
 * else in there has to be a chart. A packed one is inflated into one scratch buffer and copied to
 * the arena, so that however deep the nesting is, there is one buffer, and its stated size, where
 * it can be one, is held against what is left of the budget before anything is inflated.     */
#include "indexer/format/chart_parts.h"

#include <stdlib.h>

const struct chart *chart_subchart(const struct chart *c, struct str name)
{
	for (size_t i = 0; i < c->subchart_count; i++)
		if (str_eq(c->subcharts[i].meta.name, name))
			return &c->subcharts[i];
	return NULL;
}

/* One file below charts/. */
struct part {
	struct str folder;               /* the name directly below charts/, or the file's own */
	struct tar_member member;        /* its name is what follows the folder; empty: nothing */
	size_t position;
};

static bool belongs_to_chart(struct str name)
{
	return str_starts(name, STR("charts/")) && name.n > sizeof "charts/" - 1 &&
	       name.p[sizeof "charts/" - 1] != '_' && name.p[sizeof "charts/" - 1] != '.' &&
	       !str_ends(name, STR(".prov"));
}

static int by_folder(const void *left, const void *right)
{
	const struct part *a = left, *b = right;
	int order = str_cmp(a->folder, b->folder);
	return order ? order : (a->position > b->position) - (a->position < b->position);
}

static size_t collect(const struct tar_listing *from, struct part *parts)
{
	size_t n = 0;
	for (size_t i = 0; i < from->count; i++) {
		struct tar_member m = from->members[i];
		if (!belongs_to_chart(m.name))
			continue;
		m.name = str_from(m.name, sizeof "charts/" - 1);
		struct str folder = str_cut(&m.name, '/', NULL);
		if (parts)
			parts[n] = (struct part){ folder, m, i };
		n++;
	}
	return n;
}

static enum err load_packed(struct chart_loader *l, const struct part *parts, size_t count,
                            unsigned depth, const struct chart *parent, struct chart *ret)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i].member.name.n)
			return ERR(l->e, ARCHIVE, "error unpacking subchart tar in %.*s: expected %.*s, "
			           "got %.*s/%.*s", STR_ARG(parent->meta.name), STR_ARG(parts[i].folder),
			           STR_ARG(parts[i].folder), STR_ARG(parts[i].member.name));
	struct str tgz = parts[0].member.data, tar;
	size_t stated;
	enum err err = gzip_stated_bytes(tgz, &stated, l->e);
	if (!err)
		err = chart_take_bytes(l, stated);
	if (!err)
		err = gzip_inflate(tgz, &l->inner, &tar, l->e);
	if (err)
		return err;
	if (!arena_str(l->a, tar, &tar))
		return ERR(l->e, NOMEM, "subchart %.*s", STR_ARG(parts[0].folder));
	return chart_load_tar(l, tar, depth, ret);
}

static enum err load_unpacked(struct chart_loader *l, const struct part *parts, size_t count,
                              unsigned depth, struct chart *ret)
{
	struct tar_listing listing = { arena_array(l->a, count, sizeof(struct tar_member)), 0 };
	if (!listing.members)
		return ERR(l->e, NOMEM, "subchart %.*s", STR_ARG(parts[0].folder));
	for (size_t i = 0; i < count; i++)
		if (parts[i].member.name.n)
			listing.members[listing.count++] = parts[i].member;
	return chart_load_members(l, listing, depth, ret);
}

static enum err load_one(struct chart_loader *l, const struct part *parts, size_t count,
                         unsigned depth, const struct chart *parent, struct chart *ret)
{
	struct str folder = parts[0].folder;
	enum err err = str_ends(folder, STR(".tgz"))
	                       ? load_packed(l, parts, count, depth, parent, ret)
	                       : load_unpacked(l, parts, count, depth, ret);
	if (err) {
		err_prefix(l->e, "error unpacking subchart %.*s in %.*s", STR_ARG(folder),
		           STR_ARG(parent->meta.name));
		return err;
	}
	ret->path = str_make(folder.p - (sizeof "charts/" - 1), folder.n + sizeof "charts/" - 1);
	return OK;
}

static size_t run_length(const struct part *parts, size_t count)
{
	size_t n = 1;
	while (n < count && str_eq(parts[n].folder, parts[0].folder))
		n++;
	return n;
}

static enum err load_all(struct chart_loader *l, const struct part *parts, size_t count,
                         unsigned depth, struct chart *c)
{
	size_t charts = 0;
	for (size_t i = 0; i < count; i += run_length(parts + i, count - i))
		charts++;
	if (charts > CHART_LIST_MAX)
		return ERR(l->e, ARCHIVE, "more than %u charts in charts/", CHART_LIST_MAX);
	c->subcharts = arena_array(l->a, charts, sizeof *c->subcharts);
	if (!c->subcharts)
		return ERR(l->e, NOMEM, "%zu subcharts", charts);
	for (size_t i = 0, n; i < count; i += n) {
		n = run_length(parts + i, count - i);
		enum err err = load_one(l, parts + i, n, depth + 1, c, &c->subcharts[c->subchart_count]);
		if (err)
			return err;
		c->subchart_count++;
	}
	return OK;
}

enum err chart_load_subcharts(struct chart_loader *l, unsigned depth, struct chart *c)
{
	size_t count = collect(&c->members, NULL);
	if (count == 0)
		return OK;
	struct part *parts = malloc(count * sizeof *parts);
	if (!parts)
		return ERR(l->e, NOMEM, "%zu files in charts/", count);
	(void)collect(&c->members, parts);
	qsort(parts, count, sizeof *parts, by_folder);
	enum err err = load_all(l, parts, count, depth, c);
	free(parts);
	return err;
}
