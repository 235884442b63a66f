/* What a chart needs, put together. */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/chart_list.h"
#include "indexer/document/images.h"
#include "indexer/document/readiness_parts.h"
#include "indexer/document/render_input.h"

bool need_step(struct needs_reader *r) { return need_text(r, 0); }

bool need_text(struct needs_reader *r, size_t bytes)
{
	size_t steps = 1 + bytes / 16, left = READINESS_STEPS_MAX - r->steps;
	r->to->cut |= steps > left;
	r->steps += steps < left ? steps : left;
	return steps <= left;
}

/* One line, at most so long, and in the arena. */
static bool keep(struct arena *a, struct str text, struct str *ret)
{
	text = str_fit(text, READINESS_TEXT_MAX_BYTES);
	char *copy = arena_dup(a, text);
	for (size_t i = 0; copy && i < text.n; i++)
		copy[i] = copy[i] >= 0 && copy[i] < ' ' ? ' ' : copy[i];
	*ret = str_make(copy, text.n);
	return copy;
}

enum err need_add(struct needs_reader *r, const struct readiness_finding *f)
{
	struct readiness_needs *to = r->to;
	if (to->count == READINESS_NEEDS_MAX) {
		to->cut = true;
		return OK;
	}
	struct readiness_finding *list = arena_room(r->a, to->list, to->count, &r->room, sizeof *list);
	if (!list)
		return ERR(r->e, NOMEM, "readiness");
	to->list = list;
	struct readiness_finding *added = &list[to->count];
	*added = *f;
	if (!keep(r->a, f->what, &added->what) || !keep(r->a, f->where, &added->where) ||
	    !arena_str(r->a, f->host, &added->host) || !arena_str(r->a, f->subchart, &added->subchart) ||
	    !arena_str(r->a, f->tool, &added->tool) || !arena_str(r->a, f->why, &added->why))
		return ERR(r->e, NOMEM, "readiness");
	to->count++;
	return OK;
}

/* ---- what Chart.yaml says ---- */

static const char *metadata_file(const struct chart *c)
{
	return str_eq(c->meta.api_version, STR("v1")) ? "requirements.yaml" : "Chart.yaml";
}

static bool is_packed(const struct chart *c, struct str name)
{
	for (size_t i = 0; i < c->subchart_count; i++)
		if (str_eq(c->subcharts[i].meta.name, name))
			return true;
	return false;
}

static enum err add_dependency(struct needs_reader *r, const struct chart *c, size_t index)
{
	const struct chart_dependency *d = &c->meta.dependencies[index];
	struct readiness_finding f = { .code = is_packed(c, d->name) ? READY_IS_HOST : READY_IS_MISSING,
	                               .where = str_c(metadata_file(c)), .dependency = index + 1 };
	const char *what = arena_printf(&r->scratch, "%.*s%s%.*s%s%.*s", STR_ARG(d->name), d->version.n ? " " : "",
	                                STR_ARG(d->version), d->repository.n ? " of " : "", STR_ARG(d->repository));
	if (!what)
		return ERR(r->e, NOMEM, "readiness");
	f.what = str_c(what);
	enum err err = outside_host(&r->scratch, str_trim(d->repository), &f.host, r->e);
	return err ? err : need_add(r, &f);
}

static enum err add_undeclared(struct needs_reader *r, const struct chart *c)
{
	enum err err = OK;
	for (size_t i = 0; i < c->subchart_count && !err; i++) {
		const struct chart *sub = &c->subcharts[i];
		const struct readiness_finding f = { .code = READY_IS_UNDECLARED, .what = sub->meta.name,
		                                     .where = sub->path };
		bool declared = false;
		for (size_t k = 0; k < c->meta.dependency_count && !declared; k++)
			declared = str_eq(c->meta.dependencies[k].name, sub->meta.name);
		if (!declared)
			err = need_add(r, &f);
	}
	return err;
}

static enum err add_metadata(struct needs_reader *r, const struct chart *c)
{
	struct readiness_finding icon = { .code = READY_IS_ICON, .what = c->meta.icon, .where = STR("Chart.yaml") };
	enum err err = outside_host(&r->scratch, c->meta.icon, &icon.host, r->e);
	if (!err && icon.host.n)
		err = need_add(r, &icon);
	for (size_t i = 0; i < c->meta.dependency_count && !err; i++)
		err = add_dependency(r, c, i);
	return err ? err : add_undeclared(r, c);
}

static enum err add_schemas(struct needs_reader *r, const struct chart *c)
{
	struct chart_at *charts;
	size_t count;
	enum err err = chart_list(&r->scratch, c, &charts, &count, r->e);
	for (size_t i = 0; i < count && !err; i++)
		err = needs_of_schema(r, charts[i].chart, charts[i].subchart);
	return err;
}

/* ---- what it becomes ---- */

static enum err add_images(struct needs_reader *r, const struct chart *c, const struct rendered *x)
{
	struct chart_images found;
	enum err err = images_read_rendered(&r->scratch, c, x, &found, r->e);
	if (!err)
		err = needs_of_images(r, &found);
	r->to->cut |= x->cut;
	return err;
}

static enum err add_release(struct needs_reader *r, const struct chart *c, const struct rendered *x)
{
	size_t bytes;
	enum err err = release_bytes(c, x, &bytes, r->e);
	if (err || bytes <= RELEASE_NEAR_BYTES)
		return err;
	const char *what = arena_printf(&r->scratch, "%s %zu KiB of %u KiB",
	                                bytes < RELEASE_TOLD_MAX_BYTES ? "about" : "more than",
	                                (bytes < RELEASE_TOLD_MAX_BYTES ? bytes : RELEASE_TOLD_MAX_BYTES) / KIB,
	                                RELEASE_MAX_BYTES / KIB);
	enum readiness_code code = bytes > RELEASE_MAX_BYTES ? READY_IS_RELEASE : READY_IS_RELEASE_NEAR;
	const struct readiness_finding f = { .code = code, .what = str_c(what), .where = c->meta.name };
	return what ? need_add(r, &f) : ERR(r->e, NOMEM, "readiness");
}

/* A file that a template failed in is told with why. */
static enum err add_unrendered(struct needs_reader *r, const struct rendered *x)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct rendered_file *file = &x->files[i];
		const struct readiness_finding f = { .code = READY_IS_UNRENDERED, .what = file->failure,
		                                     .where = file->name };
		if (file->failure.n)
			return need_add(r, &f);
	}
	return OK;
}

/* A script that a hook or an init container runs is a part of it. */
static enum err find_early_scripts(struct needs_reader *r)
{
	struct str rest = sbuf_str(&r->early), *names = arena_array(&r->scratch, rest.n / EARLY_MIN_BYTES, sizeof *names);
	size_t count = 0;
	if (!names)
		return ERR(r->e, NOMEM, "readiness");
	while (rest.n)
		names[count++] = str_cut(&rest, ' ', NULL);
	if (count)
		qsort(names, count, sizeof *names, str_order);
	for (size_t i = 0; i < r->to->count && count; i++) {
		struct readiness_finding *f = &r->to->list[i];
		const char *data = f->code == READY_IS_SCRIPT ? memmem(f->where.p, f->where.n, " data.", 6) : NULL;
		struct str key = data ? str_from(f->where, (size_t)(data + 6 - f->where.p)) : STR("");
		if (key.n && bsearch(&key, names, count, sizeof *names, str_order))
			f->code = READY_IS_HOOK;
	}
	return OK;
}

static enum err add_rendered(struct needs_reader *r, const struct chart *c, const struct rendered *x)
{
	enum err err = add_images(r, c, x);
	for (size_t i = 0; !err && i < x->count; i++)
		err = needs_of_objects(r, x->files[i].name, x->files[i].text);
	if (!err)
		err = find_early_scripts(r);
	return err ? err : add_release(r, c, x);
}

static enum err add_archive(struct needs_reader *r, const struct chart *c, uint64_t bytes)
{
	const char *what = arena_printf(&r->scratch, "%llu KiB of %u KiB", (unsigned long long)(bytes / KIB),
	                                FLUX_CHART_MAX_BYTES / KIB);
	const struct readiness_finding f = { .code = READY_IS_ARCHIVE, .what = str_c(what), .where = c->meta.name };
	if (!what)
		return ERR(r->e, NOMEM, "readiness");
	return bytes > FLUX_CHART_MAX_BYTES ? need_add(r, &f) : OK;
}

enum err readiness_read_defaults(struct arena *a, const struct chart *c, const struct defaults_rendered *d,
                                 uint64_t archive_bytes, struct readiness_needs *ret, struct errinfo *e)
{
	struct readiness_needs needs = { .chart = c };
	struct needs_reader r = { .a = a, .e = e, .to = &needs, .schema_steps = SCHEMA_STEPS_MAX,
	                          .early = sbuf_make(2u * READINESS_SCRIPT_MAX_BYTES) };
	enum err err = add_metadata(&r, c);
	if (!err)
		err = add_schemas(&r, c);
	if (!err)
		err = add_unrendered(&r, &d->strict);
	if (!err)
		err = add_rendered(&r, c, &d->all);
	if (!err)
		err = add_archive(&r, c, archive_bytes);
	arena_done(&r.scratch);
	sbuf_done(&r.early);
	if (!err)
		*ret = needs;
	return err;
}

enum err readiness_read(struct arena *a, const struct chart *c, uint64_t archive_bytes,
                        struct readiness_needs *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct defaults_rendered d;
	enum err err = render_defaults(&scratch, c, &d, e);
	return err ? err : readiness_read_defaults(a, c, &d, archive_bytes, ret, e);
}
