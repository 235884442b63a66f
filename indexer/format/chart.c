/* From archive or directory to a chart: which file means what (clients.md §2.2).
 *
 * Surprising: the archive's top folder has no meaning for Helm, whose charts are called what
 * Chart.yaml says, so another name is a warning here. A byte order mark in front of any file is
 * not part of its content.                                                                   */
#include "indexer/format/chart_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct known_file {
	const char *name;
	size_t at;                       /* a struct str in struct found */
	bool any_case;                   /* then the first of its kind is taken */
};

struct found {
	struct chart chart;              /* of which only the contents are filled */
	struct str requirements, old_lock;
};

#define AT(member) offsetof(struct found, member)

static const struct known_file known_files[] = {
	{ "Chart.yaml",         AT(chart.chart_yaml), false },
	{ "Chart.lock",         AT(chart.lock),       false },
	{ "values.yaml",        AT(chart.values),     false },
	{ "values.schema.json", AT(chart.schema),     false },
	{ "requirements.yaml",  AT(requirements),     false },
	{ "requirements.lock",  AT(old_lock),         false },
	{ "readme.md",          AT(chart.readme),     true },
	{ "readme.txt",         AT(chart.readme),     true },
	{ "readme",             AT(chart.readme),     true },
	{ "license",            AT(chart.license),    true },
	{ "license.md",         AT(chart.license),    true },
	{ "license.txt",        AT(chart.license),    true },
	{ "changelog.md",       AT(chart.changelog),  true },
	{ "changelog.txt",      AT(chart.changelog),  true },
	{ "changelog",          AT(chart.changelog),  true },
};

void chart_warn(struct chart *c, const char *fmt, ...)
{
	if (c->warning_count == CHART_WARNINGS_MAX)
		return;
	struct chart_warning *w = &c->warnings[c->warning_count++];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(w->text, sizeof w->text, fmt, ap);
	va_end(ap);
}

enum err chart_take_bytes(struct chart_loader *l, size_t bytes)
{
	if (bytes > l->bytes_left)
		return ERR(l->e, TOO_LARGE, "decompressed chart is larger than the maximum size %u",
		           CHART_UNPACKED_MAX_BYTES);
	l->bytes_left -= bytes;
	return OK;
}

/* An empty file is there as well: its slice has a pointer. */
static struct str text_of(struct str data)
{
	data = str_without_mark(data);
	return data.p ? data : STR("");
}

static void find_known(struct found *found, const struct tar_member *m)
{
	for (size_t i = 0; i < sizeof known_files / sizeof *known_files; i++) {
		const struct known_file *k = &known_files[i];
		struct str *slot = (void *)((char *)found + k->at);
		if (k->any_case ? !slot->p && str_eq_nocase(m->name, str_c(k->name))
		                : str_eq_c(m->name, k->name))
			*slot = m->data;
	}
}

bool chart_is_manifest(struct str name)
{
	static const char *const extensions[] = { ".yaml", ".yml", ".json" };
	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
		struct str extension = str_c(extensions[i]);
		if (name.n >= extension.n &&
		    str_eq_nocase(str_from(name, name.n - extension.n), extension))
			return true;
	}
	return false;
}

bool chart_file_is_other(const struct chart *c, struct str name)
{
	static const char *const placed[] = { "Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json" };
	if (str_is_one_of(name, placed, sizeof placed / sizeof *placed))
		return false;
	if (str_eq_c(name, "requirements.yaml") || str_eq_c(name, "requirements.lock"))
		return str_eq_c(c->meta.api_version, "v1");
	if (str_starts(name, STR("charts/")))
		return str_ends(name, STR(".prov"));
	return !str_starts(name, STR("templates/"));
}

static void find_files(struct found *found)
{
	struct chart *c = &found->chart;
	for (size_t i = 0; i < c->members.count; i++) {
		struct tar_member *m = &c->members.members[i];
		m->data = text_of(m->data);
		if (!str_has(m->name, '/'))
			find_known(found, m);
		else if (str_starts(m->name, STR("templates/")))
			c->template_count++;
		else if (str_starts(m->name, STR("crds/")) && chart_is_manifest(m->name))
			c->crd_count++;
	}
}

static enum err judge_values(struct chart *c, struct errinfo *e)
{
	struct yaml_warning warning = { 0 };
	struct yaml_options tolerant = yaml_values;
	tolerant.warning = &warning;
	tolerant.as_helm = tolerant.finite = true;
	bool is_map;
	enum err err = yaml_check(c->values, &tolerant, &is_map, e);
	if (!err && !is_map)
		err = ERR(e, METADATA, "values.yaml:1: the document must be a map");
	if (err) {
		err_prefix(e, "cannot load values.yaml");
		return err;
	}
	if (warning.text[0])
		chart_warn(c, "%s", warning.text);
	return OK;
}

static enum err check_values(struct chart_loader *l, struct chart *c)
{
	struct sha256 digest;
	if (!l->good_values)
		return judge_values(c, l->e);
	enum err err = sha256_of(c->values, &digest, l->e);
	if (err)
		return err;
	size_t slot = (size_t)(digest.bytes[0] | digest.bytes[1] << 8) % CHART_GOOD_VALUES;
	if (sha256_eq(&l->good_values[slot], &digest))
		return OK;
	size_t warnings = c->warning_count;
	err = judge_values(c, l->e);
	if (!err && c->warning_count == warnings)
		l->good_values[slot] = digest;
	return err;
}

/* Helm takes whichever lock comes last; the one that belongs to the API version is as good. */
static enum err read_locks(struct chart_loader *l, struct found *found)
{
	struct chart *c = &found->chart;
	struct str newer = c->lock, older = found->old_lock;
	bool prefer_older = older.p && (!newer.p || str_eq_c(c->meta.api_version, "v1"));
	enum err err = OK;
	for (int pass = 0; !err && pass < 2; pass++) {
		bool take_older = pass ? prefer_older : !prefer_older;   /* the preferred one last */
		c->lock = take_older ? older : newer;
		if (c->lock.p)
			err = chart_lock_read(l->a, take_older ? "requirements.lock" : "Chart.lock", c,
			                      l->e);
	}
	return err;
}

static enum err take_parsed(struct chart_loader *l, const struct found *found)
{
	const struct chart *c = &found->chart;
	size_t bytes = c->chart_yaml.n + c->values.n + c->schema.n + c->lock.n +
	               found->requirements.n + found->old_lock.n;
	if (bytes > l->parsed_left)
		return ERR(l->e, TOO_LARGE, "metadata, values and schemas of a chart and its subcharts are "
		           "larger than %u bytes", CHART_PARSED_MAX_BYTES);
	l->parsed_left -= bytes;
	return OK;
}

static enum err read_contents(struct chart_loader *l, struct found *found)
{
	struct chart *c = &found->chart;
	if (!c->chart_yaml.p)
		return ERR(l->e, METADATA, "Chart.yaml file is missing");
	enum err err = take_parsed(l, found);
	if (!err)
		err = chart_meta_read(l, found->requirements, c);
	if (!err)
		err = read_locks(l, found);
	if (!err && c->values.p)
		err = check_values(l, c);
	if (!err && c->schema.p)
		err = chart_schema_check(c->schema, l->e);
	return err;
}

enum err chart_load_members(struct chart_loader *l, struct tar_listing members, unsigned depth,
                            struct chart *ret)
{
	if (depth > CHART_NESTING_MAX)
		return ERR(l->e, ARCHIVE, "charts are nested deeper than %u", CHART_NESTING_MAX);
	struct found found = { .chart.members = members };
	find_files(&found);
	enum err err = read_contents(l, &found);
	if (!err)
		err = chart_load_subcharts(l, depth, &found.chart);
	if (!err)
		*ret = found.chart;
	return err;
}

/* What Helm says of names that it takes for a way out, whether they are one or not; NULL: nothing. */
static const char *why_outside(struct str top, struct str rest)
{
	if (!rest.n)
		return "chart illegally contains content outside the base directory";
	if (str_starts(rest, STR("..")))
		return "chart illegally references parent directory";
	return str_eq_c(top, "Chart.yaml") ? "chart yaml not in base directory" : NULL;
}

/* Cuts the top folder, which must be one and the same, off every name. */
static enum err strip_top(struct tar_listing *listing, struct str *ret_top, struct errinfo *e)
{
	struct str top = { 0 };
	for (size_t i = 0; i < listing->count; i++) {
		struct str *name = &listing->members[i].name, rest = *name;
		struct str first = str_cut(&rest, '/', NULL);
		const char *fault = why_outside(first, rest);
		if (fault)
			return ERR(e, ARCHIVE, "%s: %s", fault, QUOTED(*name));
		if (i > 0 && !str_eq(first, top))
			return ERR(e, ARCHIVE, "the archive has more than one top folder: %s and %s",
			           QUOTED(top), QUOTED(first));
		top = first;
		*name = rest;
	}
	*ret_top = top;
	return OK;
}

enum err chart_load_tar(struct chart_loader *l, struct str tar, unsigned depth, struct chart *ret)
{
	struct tar_listing listing;
	struct str top;
	enum err err = tar_read(l->a, tar, &listing, l->e);
	if (err)
		return err;
	if (listing.count == 0)
		return ERR(l->e, ARCHIVE, "no files in chart archive");
	if (listing.count > l->members_left)
		return ERR(l->e, ARCHIVE, "more than %u entries with those of the charts inside",
		           CHART_MEMBERS_MAX);
	l->members_left -= listing.count;
	err = strip_top(&listing, &top, l->e);
	if (!err)
		err = chart_load_members(l, listing, depth, ret);
	if (!err && !str_eq(top, ret->meta.name))
		chart_warn(ret, "the top folder is called %s, not %s as the chart", QUOTED(top),
		           QUOTED(ret->meta.name));
	return err;
}

static struct chart_loader new_loader(struct arena *a, struct errinfo *e)
{
	return (struct chart_loader){
		.a = a, .bytes_left = CHART_UNPACKED_MAX_BYTES, .parsed_left = CHART_PARSED_MAX_BYTES,
		.members_left = CHART_MEMBERS_MAX, .e = e,
	};
}

void chart_scratch_done(struct chart_scratch *s)
{
	gzip_buffer_done(&s->inflated);
	free(s->good_values);
	s->good_values = NULL;
}

enum err chart_read(struct arena *a, struct chart_scratch *s, struct str tgz, struct chart *ret,
                    struct errinfo *e)
{
	struct chart_loader l = new_loader(a, e);
	struct str tar;
	if (!s->good_values)
		s->good_values = calloc(CHART_GOOD_VALUES, sizeof *s->good_values);
	if (!s->good_values)
		return ERR(e, NOMEM, "what was judged before");
	l.good_values = s->good_values;
	enum err err = gzip_inflate(tgz, &s->inflated, &tar, e);
	if (!err)
		err = chart_take_bytes(&l, tar.n);
	if (!err)
		err = chart_load_tar(&l, tar, 0, ret);
	gzip_buffer_done(&l.inner);
	return err;
}

static enum err take_files(struct chart_loader *l, const struct tar_member *files, size_t count)
{
	if (count > l->members_left)
		return ERR(l->e, ARCHIVE, "more than %u files", CHART_MEMBERS_MAX);
	l->members_left -= count;
	enum err err = OK;
	for (size_t i = 0; !err && i < count; i++) {
		if (files[i].data.n > CHART_FILE_MAX_BYTES)
			return ERR(l->e, TOO_LARGE, "chart file %s is larger than the maximum file size %u",
			           QUOTED(files[i].name), CHART_FILE_MAX_BYTES);
		err = chart_take_bytes(l, files[i].data.n);
	}
	return err;
}

enum err chart_load(struct arena *a, const struct tar_member *files, size_t count,
                    struct chart *ret, struct errinfo *e)
{
	struct chart_loader l = new_loader(a, e);
	l.source = true;
	enum err err = take_files(&l, files, count);
	if (err)
		return err;
	struct tar_listing listing = { 0 };
	if (count) {
		listing = (struct tar_listing){ arena_array(a, count, sizeof *files), count };
		if (!listing.members)
			return ERR(e, NOMEM, "list of %zu files", count);
		memcpy(listing.members, files, count * sizeof *files);
	}
	err = chart_load_members(&l, listing, 0, ret);
	gzip_buffer_done(&l.inner);
	return err;
}
