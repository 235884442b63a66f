/* Chart.yaml, or requirements.yaml, with ranges that admit what is newer. The file is replaced whole,
 * through links and with the mode it has.                                                    */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static enum err replace(struct outdated *o, const char *path, struct str text)
{
	struct stat st;
	AUTO_FD int dir = -1;
	const char *slash = strrchr(path, '/');      /* of a path from realpath */
	const char *parent = slash == path ? "/" : arena_dup(&o->arena, str_make(path, (size_t)(slash - path)));
	if (!parent)
		return ERR(o->e, NOMEM, "path");
	if (stat(path, &st) != 0)
		return ERR_SYS(o->e, "stat");
	enum err err = fs_open_dir(AT_FDCWD, parent, &dir, o->e);
	return err ? err : output_replace(dir, slash + 1, st.st_mode & 07777, text, o->e);
}

static enum err edit(struct outdated *o, const struct chart_edit *edits, size_t count)
{
	AUTO_FREE char *data = NULL, *path = realpath(o->file, NULL);
	size_t bytes;
	struct str changed;
	if (!path)
		return ERR_SYS(o->e, "%s", o->file);
	enum err err = fs_read_named(path, CHART_YAML_MAX_BYTES, &data, &bytes, o->e);
	if (!err)
		err = chart_edit(&o->arena, o->file, str_make(data, bytes), edits, count, &changed, o->e);
	if (!err && (err = replace(o, path, changed)) != OK)
		err_prefix(o->e, "%s", o->file);
	return err;
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
