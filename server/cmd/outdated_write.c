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
		edits[(*count)++] = (struct chart_edit){ i, range };
		fprintf(stderr, "%s: %.*s: \"%.*s\" becomes \"%.*s\"\n", o->file, STR_ARG(r->d->name),
		        STR_ARG(r->d->version), STR_ARG(range));
		return;
	}
	o->failed = true;
	fprintf(stderr, "%s: %.*s: how \"%.*s\" should admit %.*s is for you to say\n", o->file,
	        STR_ARG(r->d->name), STR_ARG(r->d->version), STR_ARG(v.text));
}

/* ---- the file ---- */

static enum err edit(struct outdated *o, const struct chart_edit *edits, size_t count)
{
	AUTO_FREE char *data = NULL;
	size_t bytes;
	struct str changed;
	enum err err = fs_read_named(o->file, CHART_YAML_MAX_BYTES, &data, &bytes, o->e);
	if (!err)
		err = chart_edit(&o->arena, o->file, str_make(data, bytes), edits, count, &changed, o->e);
	return err ? err : output_write(o->file, changed, o->e);
}

enum err outdated_write(struct outdated *o)
{
	size_t count = 0;
	struct chart_edit *edits = arena_array(&o->arena, o->count + 1, sizeof *edits);
	if (!edits)
		return ERR(o->e, NOMEM, "dependencies");
	for (size_t i = 0; i < o->count; i++)
		take_edit(o, i, edits, &count);
	enum err err = count ? edit(o, edits, count) : OK;
	if (!err && count && o->chart.lock.p)
		fprintf(stderr, "The lock is older than that now: helm dependency update %s\n", o->directory);
	return err;
}
