/* .Files: the files of a chart that are neither templates nor values nor subcharts, by name. To Go it is a
 * map of bytes with methods.                                                                  */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/template/object_glob.h"
#include "indexer/template/objects.h"
#include "indexer/template/sprig.h"

struct file { struct str name, data; };
struct files {
	struct tmpl_object object;
	struct file *files;              /* by name */
	size_t count;
};

static const struct files *files_of(const struct tmpl_object *o) { return (const struct files *)o; }

static int by_name(const void *left, const void *right)
{
	const struct file *x = left, *y = right;
	return str_cmp(x->name, y->name);
}

static struct tmpl_value bytes_of(struct str data)
{
	struct tmpl_value v = tmpl_text(data);
	v.go = TMPL_GO_BYTES;
	return v;
}

static struct str data_of(const struct files *f, struct str name)
{
	const struct file key = { .name = name },
	                  *found = bsearch(&key, f->files, f->count, sizeof key, by_name);
	return found ? found->data : STR("");
}

/* ---- methods ---- */

static bool list_lines(struct tmpl_run *r, struct str data, struct tmpl_value *ret)
{
	size_t count = 1, n = 0;
	data.n -= data.n && data.p[data.n - 1] == '\n';
	for (size_t i = 0; i < data.n; i++)
		count += data.p[i] == '\n';
	if (!tmpl_take(r, count))
		return false;
	struct str *lines = arena_array(r->a, count, sizeof *lines);
	if (!lines)
		return tmpl_no_memory(r);
	for (bool more = true; more;)
		lines[n++] = str_cut(&data, '\n', &more);
	return tmpl_answer_texts(r, lines, n, ret);
}

static bool select_files(struct tmpl_run *r, const struct files *f, struct str pattern,
                         struct tmpl_value *ret)
{
	struct object_glob g;
	struct files *selected = ARENA_NEW(r->a, struct files);
	struct file *files = arena_array(r->a, f->count, sizeof *files);
	if (!selected || !files)
		return tmpl_no_memory(r);
	*selected = (struct files){ .object = f->object, .files = files };
	object_glob_read(&g, pattern);
	for (size_t i = 0; i < f->count; i++) {
		if (!tmpl_take(r, 1 + f->files[i].name.n * (1 + g.pattern.n / 16)))
			return false;
		if (object_glob_match(&g, f->files[i].name))
			files[selected->count++] = f->files[i];
	}
	return tmpl_answer(ret, object_value(&selected->object));
}

static bool encode(struct tmpl_run *r, struct str data, struct str *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	base64_put(&b, data);
	return tmpl_keep(r, &b, ret);
}

/* As toYaml writes the files, each under the last part of its name. */
static bool write_files(struct tmpl_run *r, const struct files *f, bool encoded,
                        struct tmpl_value *ret)
{
	struct tmpl_map *map = sprig_map_new(r);
	if (!map)
		return false;
	for (size_t i = 0; i < f->count; i++) {
		struct str data = f->files[i].data;
		if (!tmpl_take(r, data.n / 16) || (encoded && !encode(r, data, &data)) ||
		    !sprig_map_set(r, map, str_base_name(f->files[i].name), tmpl_text(data)))
			return false;
	}
	struct tmpl_value v = tmpl_map_value(map);
	v.go = TMPL_GO_STRING_MAP;
	return tmpl_to_yaml(r, &v, false, false, ret);
}

static bool member(struct tmpl_run *r, const struct tmpl_object *o, struct str name,
                   const struct tmpl_value *arguments, size_t count, struct tmpl_value *ret)
{
	const struct files *f = files_of(o);
	struct str text;
	bool config = str_eq_c(name, "AsConfig");
	if (config || str_eq_c(name, "AsSecrets"))
		return tmpl_want_count(r, name, 0, count) && write_files(r, f, !config, ret);
	if (!str_eq_c(name, "Get") && !str_eq_c(name, "GetBytes") && !str_eq_c(name, "Glob") &&
	    !str_eq_c(name, "Lines"))
		return tmpl_answer(ret, bytes_of(data_of(f, name)));
	if (!tmpl_want_count(r, name, 1, count) || !tmpl_want_text(r, &arguments[0], &text))
		return false;
	if (str_eq_c(name, "Glob"))
		return select_files(r, f, text, ret);
	struct str data = data_of(f, text);
	if (str_eq_c(name, "Lines"))
		return data.n ? list_lines(r, data, ret) : tmpl_answer_texts(r, NULL, 0, ret);
	return tmpl_answer(ret, str_eq_c(name, "Get") ? tmpl_text(data) : bytes_of(data));
}

static bool make_map(struct tmpl_run *r, const struct tmpl_object *o, struct tmpl_map **ret)
{
	const struct files *f = files_of(o);
	struct tmpl_map *map = tmpl_map_new(r->a);
	for (size_t i = 0; map && i < f->count; i++)
		if (!tmpl_map_set(r->a, map, f->files[i].name, bytes_of(f->files[i].data)))
			return false;
	*ret = map;
	return map;
}

static bool is_empty(const struct tmpl_object *o) { return files_of(o)->count == 0; }

static const struct tmpl_object_type files_type = { .name = "engine.files", .member = member,
                                                    .map = make_map, .empty = is_empty };

const struct tmpl_object *object_files_new(struct arena *a, const struct chart *c)
{
	struct files *f = ARENA_NEW(a, struct files);
	struct file *files = arena_array(a, c->members.count, sizeof *files);
	if (!f || !files)
		return NULL;
	*f = (struct files){ .object.type = &files_type, .files = files };
	for (size_t i = 0; i < c->members.count; i++) {
		const struct tar_member *m = &c->members.members[i];
		if (chart_file_is_other(c, m->name))
			files[f->count++] = (struct file){ m->name, str_without_mark(m->data) };
	}
	qsort(files, f->count, sizeof *files, by_name);
	return &f->object;
}
