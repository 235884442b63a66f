/* chartlocker inspect: what a publish would say of a chart, and what is in it. */
#include "server/cmd/inspect.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/document/lint.h"
#include "indexer/format/semver.h"
#include "server/cmd/chart_dir.h"
#include "server/cmd/cmd.h"

/* ---- dependencies ---- */

/* What a dependency asks of the versions of its chart. */
struct wish {
	struct semver_range *range;      /* NULL: it is none */
	bool sole;                       /* no other dependency is on the same chart */
};

static struct wish wish_of(struct arena *a, const struct chart *c,
                           const struct chart_dependency *d)
{
	struct wish w = { .sole = true };
	if (semver_range_parse(a, d->version, &w.range, NULL))
		w.range = NULL;
	for (size_t i = 0; i < c->meta.dependency_count; i++)
		w.sole &= &c->meta.dependencies[i] == d || !str_eq(c->meta.dependencies[i].name, d->name);
	return w;
}

/* The more, the better; 0: not at all. `hint` decides where several fit. A version that does not
 * fit is shown beside the wish, but not where it may well be another dependency's.           */
static unsigned suits(const struct wish *w, struct str version, bool hint)
{
	bool fits = w->range && semver_range_admits(w->range, version);
	return fits ? 3u + hint : w->sole ? 1u + hint : 0;
}

/* A lock is written in the order of the dependencies. */
static const struct chart_lock_entry *find_locked(const struct chart *c, const struct chart_dependency *d,
                                                  const struct wish *w)
{
	const struct chart_lock_entry *found = NULL;
	size_t place = (size_t)(d - c->meta.dependencies);
	unsigned best = 0;
	for (size_t i = 0; i < c->locked_count; i++) {
		const struct chart_lock_entry *l = &c->locked[i];
		if (!str_eq(l->name, d->name) || !str_eq(l->repository, lock_repository(d, l)))
			continue;
		unsigned now = suits(w, l->version, i == place);
		if (now > best) {
			best = now;
			found = l;
		}
	}
	return found;
}

static const struct chart *find_subchart(const struct chart *c, const struct chart_dependency *d,
                                         const struct wish *w, struct str locked)
{
	const struct chart *found = NULL;
	unsigned best = 0;
	for (size_t i = 0; i < c->subchart_count; i++) {
		const struct chart_meta *m = &c->subcharts[i].meta;
		if (!str_eq(m->name, d->name))
			continue;
		unsigned now = suits(w, m->version, str_eq(m->version, locked));
		if (now > best) {
			best = now;
			found = &c->subcharts[i];
		}
	}
	return found;
}

struct inspect_dependency inspect_dependency(const struct chart *c,
                                             const struct chart_dependency *d)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct wish w = wish_of(&a, c, d);
	const struct chart_lock_entry *l = find_locked(c, d, &w);
	struct inspect_dependency found = { 0 };
	if (l)
		found = (struct inspect_dependency){ .locked = l->version, .locked_repository = l->repository };
	found.subchart = find_subchart(c, d, &w, found.locked);
	return found;
}

/* ---- names ---- */

const char *inspect_lock_name(enum lock_state state)
{
	static const char *const names[] = { "none", "in sync", "out of sync" };
	return names[state];
}

void inspect_files(const struct chart *c, struct inspect_file ret[INSPECT_FILES])
{
	const struct inspect_file files[INSPECT_FILES] = {
		{ "values.yaml", c->values.p }, { "values.schema.json", c->schema.p },
		{ lock_file_name(&c->meta), c->lock.p }, { "README", c->readme.p },
		{ "CHANGELOG", c->changelog.p }, { "LICENSE", c->license.p },
	};
	memcpy(ret, files, sizeof files);
}

/* ---- finding out ---- */

struct held {                        /* what the chart borrows from */
	struct arena arena;
	struct chart_scratch buffer;
	char *data;
};

/* A directory is packaged, as push does it: not all that can be read can be published. */
static enum err read_directory(struct inspection *i, struct held *held, struct errinfo *e)
{
	const struct package_options o = { .mtime_seconds = -1 };
	struct package made;
	enum err err = chart_dir_package(&held->arena, i->path, &o, &made, e);
	if (err)
		return err;
	i->chart = made.chart;
	free(made.tgz);
	return OK;
}

static enum err read_chart(struct inspection *i, struct held *held, struct errinfo *e)
{
	struct str tgz = str_make(held->data, i->bytes);
	return i->directory ? read_directory(i, held, e)
	                    : chart_read(&held->arena, &held->buffer, tgz, &i->chart, e);
}

static enum err judge(struct inspection *i, struct held *held, struct errinfo *e)
{
	enum err err = read_chart(i, held, e);
	if (!err)
		err = chart_file_name(&held->arena, &i->chart.meta, &i->file_name, e);
	if (!err)
		err = lock_check(&i->chart, &i->lock, e);
	return err ? err : lint_documents(&held->arena, &i->chart, &i->lint, e);
}

static enum err read_bytes(struct inspection *i, struct held *held, struct errinfo *e)
{
	struct sha256 digest;
	struct stat st;
	i->directory = stat(i->path, &st) == 0 && S_ISDIR(st.st_mode);
	if (i->directory)
		return OK;
	enum err err = fs_read_named(i->path, CHART_UNPACKED_MAX_BYTES, &held->data, &i->bytes, e);
	if (!err)
		err = sha256_of(str_make(held->data, i->bytes), &digest, e);
	if (err)
		err_prefix(e, "%s", i->path);
	else
		sha256_hex(&digest, i->digest);
	return err;
}

static enum err inspect(struct inspection *i, struct held *held, struct errinfo *e)
{
	enum err err = read_bytes(i, held, e);
	if (err)
		return err;
	err = judge(i, held, &i->refused);
	if (err && !err_detail_is_public(err)) {     /* not the chart's fault */
		*e = i->refused;
		return err;
	}
	return OK;
}

int cmd_inspect(const struct command *self, int argc, char **argv)
{
	struct inspection i = { 0 };
	struct held held = { 0 };
	struct errinfo e = { 0 };
	bool json = false;
	const struct cmd_option options[] = { { "json", 'j', CMD_FLAG, &json }, { 0 } };
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 1, 1, "an archive or a chart directory is expected");
	if (status >= 0)
		return status;
	i.path = argv[optind];
	enum err err = inspect(&i, &held, &e);
	if (!err)
		err = json ? inspect_json(&i, &e) : inspect_text(&i, &e);
	chart_scratch_done(&held.buffer);
	arena_done(&held.arena);
	free(held.data);
	if (err)
		return cmd_failed(self, &e);
	return i.refused.code || i.lint.errors ? EXIT_FAILED : EXIT_DONE;
}
