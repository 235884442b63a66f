/* helm package: the same members in the same order as Helm's, and the same bytes every time.
 *
 * Surprising: Helm writes Chart.yaml anew, drops files that have no meaning for the API version
 * (requirements.yaml of a v2 chart), and unpacks every subchart, into a folder with the chart's
 * name whatever its file or folder was called. What comes out is read back as an upload would
 * be, so nothing is packaged that could not be published.                                    */
#include "indexer/format/package.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/chart_parts.h"

struct packer {
	struct arena *a;
	struct tar_writer *writer;
	const struct package_file *files;   /* in walking order */
	size_t count;
	int64_t mtime_seconds;
	struct errinfo *e;
};

/* Where one chart comes from and goes to, both with a slash at the end. */
struct place {
	const char *source, *target;
	int64_t mtime_seconds;              /* of a packed subchart: its file's; else -1 */
};

/* A folder's files stand where the folder's name does, as in a walk that sorts every folder. */
static int walking_order(const void *left, const void *right)
{
	struct str a = ((const struct package_file *)left)->name;
	struct str b = ((const struct package_file *)right)->name;
	size_t i = 0;
	while (i < a.n && i < b.n && a.p[i] == b.p[i])
		i++;
	int x = i == a.n ? -1 : a.p[i] == '/' ? 0 : (unsigned char)a.p[i];
	int y = i == b.n ? -1 : b.p[i] == '/' ? 0 : (unsigned char)b.p[i];
	return x - y;
}

static bool is_ignored(const struct helmignore *h, struct str path)
{
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '/' && helmignore_matches(h, str_first(path, i), true))
			return true;
	return helmignore_matches(h, path, false);
}

/* The files that are to be packed, in a new sorted array. */
static enum err select_files(struct packer *p, const struct package_file *files, size_t count)
{
	struct helmignore *ignore;
	struct str rules = { 0 };
	for (size_t i = 0; i < count; i++)
		if (str_eq_c(files[i].name, ".helmignore"))
			rules = files[i].data;
	enum err err = helmignore_parse(p->a, rules, &ignore, p->e);
	if (err)
		return err;
	struct package_file *kept = arena_array(p->a, count + 1, sizeof *kept);
	if (!kept)
		return ERR(p->e, NOMEM, "list of %zu files", count);
	for (size_t i = 0; i < count; i++)
		if (!is_ignored(ignore, files[i].name))
			kept[p->count++] = files[i];
	qsort(kept, p->count, sizeof *kept, walking_order);
	p->files = kept;
	return OK;
}

enum err package_load(struct arena *a, const struct package_file *files, size_t count,
                      struct chart *ret, struct errinfo *e)
{
	struct tar_member *members = arena_array(a, count + 1, sizeof *members);
	if (!members)
		return ERR(e, NOMEM, "list of %zu files", count);
	for (size_t i = 0; i < count; i++)
		members[i] = (struct tar_member){ files[i].name, files[i].data };
	return chart_load(a, members, count, ret, e);
}

static enum err override(struct packer *p, const struct package_options *o, struct chart_meta *m)
{
	if (o->version.n)
		m->version = o->version;
	if (o->app_version.n && !chart_text_clean(p->a, o->app_version, &m->app_version))
		return ERR(p->e, NOMEM, "application version");
	return OK;
}

static enum err check_missing(const struct chart *c, const struct package_options *o, struct errinfo *e)
{
	AUTO_SBUF struct sbuf missing = sbuf_make(ERR_DETAIL_MAX_BYTES);
	for (size_t i = 0; i < c->meta.dependency_count; i++) {
		struct str name = c->meta.dependencies[i].name;
		if (chart_subchart(c, name))
			continue;
		if (missing.n)
			sbuf_puts(&missing, ", ");
		sbuf_put(&missing, name);
	}
	if (missing.n || !sbuf_ok(&missing))
		return ERR(e, METADATA, "found in Chart.yaml, but missing in charts/ directory: %.*s%s",
		           STR_ARG(sbuf_str(&missing)), o->missing_hint ? o->missing_hint : "");
	return OK;
}

/* Both would be written to the same folder. */
static enum err check_twins(const struct chart *c, struct errinfo *e)
{
	for (size_t i = 1; i < c->subchart_count; i++) {
		const struct chart *twin = &c->subcharts[i], *first = chart_subchart(c, twin->meta.name);
		if (first != twin)
			return ERR(e, METADATA, "charts/ has more than one chart with the name %s: %.*s and %.*s; "
			           "remove one of them", QUOTED(twin->meta.name), STR_ARG(first->path),
			           STR_ARG(twin->path));
	}
	return OK;
}

static int64_t mtime_of(const struct packer *p, const char *path)
{
	struct package_file wanted = { .name = str_c(path) };
	const struct package_file *f = bsearch(&wanted, p->files, p->count, sizeof *f, walking_order);
	return f ? f->mtime_seconds : 0;
}

static enum err add(const struct packer *p, const struct place *at, struct str name,
                    struct str data)
{
	char *target = arena_printf(p->a, "%s%.*s", at->target, STR_ARG(name));
	char *source = arena_printf(p->a, "%s%.*s", at->source, STR_ARG(name));
	if (!target || !source)
		return ERR(p->e, NOMEM, "member name");
	int64_t mtime = p->mtime_seconds;
	if (mtime < 0)
		mtime = at->mtime_seconds >= 0 ? at->mtime_seconds : mtime_of(p, source);
	return tar_writer_add(p->writer, target, data, mtime, p->e);
}

static enum err add_chart_yaml(const struct packer *p, const struct place *at,
                               const struct chart *c)
{
	struct chart_meta m = c->meta;
	if (str_eq_c(m.api_version, "v1"))
		m.dependency_count = 0;          /* they are in requirements.yaml */
	AUTO_SBUF struct sbuf b = sbuf_make(CHART_FILE_MAX_BYTES);
	package_chart_yaml(&b, &m);
	if (!sbuf_ok(&b))
		return ERR(p->e, NOMEM, "Chart.yaml");
	return add(p, at, STR("Chart.yaml"), sbuf_str(&b));
}

static bool is_template(const struct chart *c, struct str name)
{
	(void)c;
	return str_starts(name, STR("templates/"));
}

static enum err add_members(const struct packer *p, const struct place *at, const struct chart *c,
                            bool (*wanted)(const struct chart *, struct str))
{
	enum err err = OK;
	for (size_t i = 0; !err && i < c->members.count; i++) {
		const struct tar_member *m = &c->members.members[i];
		if (wanted(c, m->name))
			err = add(p, at, m->name, m->data);
	}
	return err;
}

static enum err add_chart(const struct packer *p, const struct place *at, const struct chart *c);

static enum err add_subchart(const struct packer *p, const struct place *parent,
                             const struct chart *c)
{
	struct place at = *parent;
	at.source = arena_printf(p->a, "%s%.*s", parent->source, STR_ARG(c->path));
	at.target = arena_printf(p->a, "%scharts/%.*s/", parent->target, STR_ARG(c->meta.name));
	if (!at.source || !at.target)
		return ERR(p->e, NOMEM, "subchart %.*s", STR_ARG(c->meta.name));
	if (str_ends(c->path, STR(".tgz"))) {
		if (at.mtime_seconds < 0)
			at.mtime_seconds = mtime_of(p, at.source);
	} else {
		at.source = arena_printf(p->a, "%s/", at.source);
		if (!at.source)
			return ERR(p->e, NOMEM, "subchart %.*s", STR_ARG(c->meta.name));
	}
	enum err err = add_chart(p, &at, c);
	if (err)
		err_prefix(p->e, "%.*s", STR_ARG(c->path));
	return err;
}

static enum err add_chart(const struct packer *p, const struct place *at, const struct chart *c)
{
	enum err err = check_twins(c, p->e);
	if (!err)
		err = add_chart_yaml(p, at, c);
	if (!err && c->lock.p && str_eq_c(c->meta.api_version, "v2"))
		err = add(p, at, STR("Chart.lock"), c->lock);
	if (!err && c->values.p)
		err = add(p, at, STR("values.yaml"), c->values);
	if (!err && c->schema.p)
		err = add(p, at, STR("values.schema.json"), c->schema);
	if (!err)
		err = add_members(p, at, c, is_template);
	if (!err)
		err = add_members(p, at, c, chart_file_is_other);
	for (size_t i = 0; !err && i < c->subchart_count; i++)
		err = add_subchart(p, at, &c->subcharts[i]);
	return err;
}

static enum err write_archive(struct packer *p, const struct chart *c, struct package *ret)
{
	const struct place top = { "", arena_printf(p->a, "%.*s/", STR_ARG(c->meta.name)), -1 };
	if (!top.target)
		return ERR(p->e, NOMEM, "chart name");
	enum err err = tar_writer_new(&p->writer, p->e);
	if (err)
		return err;
	err = add_chart(p, &top, c);
	if (err)
		tar_writer_free(p->writer);
	else
		err = tar_writer_end(p->writer, &ret->tgz, &ret->bytes, p->e);
	return err;
}

static enum err read_back(struct str tgz, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct chart_scratch kept = { 0 };
	struct chart c;
	enum err err = chart_read(&scratch, &kept, tgz, &c, e);
	chart_scratch_done(&kept);
	return err;
}

enum err package_build(struct arena *a, const struct package_file *files, size_t count,
                       const struct package_options *o, struct package *ret, struct errinfo *e)
{
	struct packer p = { .a = a, .mtime_seconds = o->mtime_seconds, .e = e };
	struct package made = { 0 };
	enum err err = select_files(&p, files, count);
	if (!err)
		err = package_load(a, p.files, p.count, &made.chart, e);
	if (!err)
		err = override(&p, o, &made.chart.meta);
	if (!err)
		err = check_missing(&made.chart, o, e);
	if (!err)
		err = chart_file_name(a, &made.chart.meta, &made.file_name, e);
	if (!err)
		err = write_archive(&p, &made.chart, &made);
	if (!err)
		err = read_back(str_make(made.tgz, made.bytes), e);
	if (err)
		free(made.tgz);
	else
		*ret = made;
	return err;
}
