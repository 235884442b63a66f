/* Chart.yaml, or requirements.yaml, with ranges that admit what is newer. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/format/chart_edit.h"
#include "server/cmd/outdated.h"
#include "server/cmd/output.h"

/* ---- what is written ---- */

/* Empty: nothing, because the range admits it already, or nothing is newer within that step. */
static struct str wanted(struct outdated *o, const struct outdated_row *r, struct semver *ret)
{
	struct semver_range *range;
	struct str version = r->step[o->up_to ?: UPGRADE_MAJOR];
	if (!version.n || !semver_parse(version, ret))
		return (struct str){ 0 };
	bool admits = !semver_range_parse(&o->arena, r->d->version, &range, NULL) &&
	              semver_range_has(range, ret);
	return admits ? (struct str){ 0 } : version;
}

static void take_edit(struct outdated *o, size_t i, struct chart_edit *edits, size_t *count)
{
	struct semver v;
	struct str range;
	const struct outdated_row *r = &o->rows[i];
	if (!wanted(o, r, &v).n)
		return;
	if (semver_range_follow(&o->arena, r->d->version, &v, &range)) {
		edits[(*count)++] = (struct chart_edit){ .dependency = i, .version = range };
		return;
	}
	o->failed = true;
	fprintf(stderr, "%s: %.*s: how \"%.*s\" should admit %.*s is for you to say\n", o->file,
	        STR_ARG(r->d->name), STR_ARG(r->d->version), STR_ARG(v.text));
}

/* ---- the file ---- */

static enum err edit(struct outdated *o, struct chart_edit *edits, size_t count, size_t *ret_done)
{
	AUTO_FREE char *data = NULL;
	size_t bytes, done = 0;
	struct str changed;
	enum err err = fs_read_named(o->file, CHART_YAML_MAX_BYTES, &data, &bytes, o->e);
	if (!err)
		err = chart_edit(&o->arena, o->file, str_make(data, bytes), edits, count, &changed, o->e);
	for (size_t i = 0; i < count && !err; i++)
		done += edits[i].done;
	if (!err && done)
		err = output_write(o->file, changed, o->e);
	if (!err)
		*ret_done = done;
	return err;
}

static void tell(struct outdated *o, const struct chart_edit *x)
{
	const struct chart_dependency *d = o->rows[x->dependency].d;
	o->failed |= !x->done;
	fprintf(stderr, x->done ? "%s: %.*s: \"%.*s\" becomes \"%.*s\"\n"
	                        : "%s: %.*s: \"%.*s\" does not stand in one line: \"%.*s\" is for you to write\n",
	        o->file, STR_ARG(d->name), STR_ARG(d->version), STR_ARG(x->version));
}

enum err outdated_write(struct outdated *o)
{
	size_t count = 0, done = 0;
	struct chart_edit *edits = arena_array(&o->arena, o->count + 1, sizeof *edits);
	if (!edits)
		return ERR(o->e, NOMEM, "dependencies");
	for (size_t i = 0; i < o->count; i++)
		take_edit(o, i, edits, &count);
	enum err err = count ? edit(o, edits, count, &done) : OK;
	for (size_t i = 0; i < count && !err; i++)
		tell(o, &edits[i]);
	if (!err && done && o->chart.lock.p)
		fprintf(stderr, "The lock is older than that now: helm dependency update %s\n", o->directory);
	return err;
}
