/* The chart whose dependencies are looked at. Of Chart.yaml alone, what lies beside it counts: the lock,
 * and requirements.yaml of an old chart; the rest of the directory may be anything.          */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "server/cmd/chart_dir.h"
#include "server/cmd/inspect.h"
#include "server/cmd/outdated.h"

/* ---- a file of metadata ---- */

static const char *beside(struct outdated *o, const char *name)
{
	return arena_printf(&o->arena, "%s/%s", o->directory, name);
}

/* One that is not there is left out. */
static enum err add_file(struct outdated *o, struct tar_member *files, size_t *count,
                         const char *name, const char *path)
{
	AUTO_FREE char *data = NULL;
	size_t bytes;
	struct tar_member *m = &files[*count];
	if (!path)
		return ERR(o->e, NOMEM, "path");
	enum err err = fs_read_named(path, CHART_YAML_MAX_BYTES, &data, &bytes, o->e);
	if (err == ERR_NOT_FOUND)
		return OK;
	if (err) {
		if (path != o->path)
			err_prefix(o->e, "%s", path);
		return err;
	}
	if (!arena_str(&o->arena, str_make(data, bytes), &m->data))
		return ERR(o->e, NOMEM, "%s", path);
	m->name = str_c(name);
	++*count;
	return OK;
}

static enum err read_metadata(struct outdated *o)
{
	static const char *const others[] = { "requirements.yaml", "Chart.lock", "requirements.lock" };
	struct tar_member files[1 + sizeof others / sizeof *others] = { 0 };
	size_t count = 0;
	enum err err = add_file(o, files, &count, "Chart.yaml", o->path);
	if (!err && !count)
		err = ERR(o->e, NOT_FOUND, "there is no such file");
	for (size_t i = 0; i < sizeof others / sizeof *others && !err; i++)
		err = add_file(o, files, &count, others[i], beside(o, others[i]));
	return err ? err : chart_load(&o->arena, files, count, &o->chart, o->e);
}

static enum err read_archive(struct outdated *o)
{
	size_t bytes;
	enum err err = fs_read_named(o->path, CHART_UNPACKED_MAX_BYTES, &o->archive, &bytes, o->e);
	return err ? err : chart_read(&o->arena, &o->scratch, str_make(o->archive, bytes), &o->chart, o->e);
}

static enum err name_directory(struct outdated *o, bool is_directory)
{
	const char *slash = strrchr(o->path, '/');
	o->directory = is_directory ? o->path : !slash ? "." : slash == o->path ? "/" :
	               arena_dup(&o->arena, str_make(o->path, (size_t)(slash - o->path)));
	return o->directory ? OK : ERR(o->e, NOMEM, "path");
}

static enum err read_chart(struct outdated *o)
{
	struct stat st;
	bool is_directory = stat(o->path, &st) == 0 && S_ISDIR(st.st_mode);
	if (!is_directory && str_ends(str_c(o->path), STR(".tgz")))
		return read_archive(o);
	enum err err = name_directory(o, is_directory);
	if (!err)
		err = is_directory ? chart_dir_load(&o->arena, o->path, &o->chart, o->e) : read_metadata(o);
	if (err)
		return err;
	bool old = o->chart.meta.dependency_count && str_eq(o->chart.meta.api_version, STR("v1"));
	o->file = old ? beside(o, "requirements.yaml") : is_directory ? beside(o, "Chart.yaml") : o->path;
	return o->file ? OK : ERR(o->e, NOMEM, "path");
}

/* ---- its dependencies ---- */

enum err outdated_read(struct outdated *o)
{
	enum err err = read_chart(o);
	if (err) {
		err_prefix(o->e, "%s", o->path);
		return err;
	}
	o->count = o->chart.meta.dependency_count;
	o->rows = arena_array(&o->arena, o->count + 1, sizeof *o->rows);
	if (!o->rows)
		return ERR(o->e, NOMEM, "dependencies");
	for (size_t i = 0; i < o->count; i++) {
		const struct chart_dependency *d = &o->chart.meta.dependencies[i];
		const struct inspect_dependency found = inspect_dependency(&o->chart, d);
		o->rows[i] = (struct outdated_row){
			.d = d, .locked = found.locked, .locked_repository = found.locked_repository,
			.vendored = found.subchart ? found.subchart->meta.version : (struct str){ 0 },
		};
	}
	return OK;
}
