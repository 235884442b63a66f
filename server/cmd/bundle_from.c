/* What is wanted, from where it is used: an umbrella chart, its lock, the manifests of a cluster, a list.
 *
 *     umbrella.tgz, a chart's directory      each dependency: what its lock says, else the newest that fits
 *     Chart.lock, requirements.lock          what stands there
 *     a directory, a .yaml file              HelmRelease of Flux, Application of Argo CD: the newest that fits
 *     -                                      lines NAME [RANGE] on standard input: all that fit          */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/lock.h"
#include "indexer/format/node.h"
#include "server/cmd/bundle.h"
#include "server/cmd/chart_dir.h"
#include "server/cmd/files.h"

#define LIST_MAX_BYTES (16u * MIB)
#define MANIFEST_FILE_MAX_BYTES (16u * MIB)

static enum err add(struct wishes *w, const struct bundle_wish *wish, struct errinfo *e)
{
	struct bundle_wish *list = arena_room(w->arena, w->list, w->count, &w->capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "wishes");
	w->list = list;
	struct bundle_wish *to = &list[w->count];
	*to = *wish;
	if (!arena_str(w->arena, wish->pattern, &to->pattern) ||
	    !arena_str(w->arena, wish->range, &to->range) ||
	    !arena_str(w->arena, wish->repository, &to->repository))
		return ERR(e, NOMEM, "wishes");
	w->count++;
	return OK;
}

enum err wishes_add_text(struct wishes *w, struct str text, struct errinfo *e)
{
	const struct bundle_wish wish = bundle_wish_of(text);
	return add(w, &wish, e);
}

/* ---- a list ---- */

static enum err add_lines(struct wishes *w, struct str text, struct errinfo *e)
{
	enum err err = OK;
	while (text.n && !err) {
		struct str line = str_cut(&text, '\n', NULL);
		if (str_ends(line, STR("\r")))
			line.n--;
		line = str_trim(line);
		if (line.n && line.p[0] != '#')
			err = wishes_add_text(w, line, e);
	}
	return err;
}

static enum err add_list(struct wishes *w, struct errinfo *e)
{
	AUTO_SBUF struct sbuf text = sbuf_make(LIST_MAX_BYTES);
	char step[64 * KIB];
	ssize_t n;
	while ((n = read(STDIN_FILENO, step, sizeof step)) > 0)
		sbuf_put(&text, str_make(step, (size_t)n));
	if (n < 0)
		return ERR_SYS(e, "standard input");
	return sbuf_ok(&text) ? add_lines(w, str_without_mark(sbuf_str(&text)), e)
	                      : ERR(e, TOO_LARGE, "standard input: a list has at most %u bytes", LIST_MAX_BYTES);
}

/* ---- a chart, a lock ---- */

static const struct chart_lock_entry *locked_as(const struct chart *c, struct str name)
{
	for (size_t i = 0; i < c->locked_count; i++)
		if (str_eq(c->locked[i].name, name))
			return &c->locked[i];
	return NULL;
}

static enum err add_chart(struct wishes *w, const struct chart *c, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < c->meta.dependency_count && !err; i++) {
		const struct chart_dependency *d = &c->meta.dependencies[i];
		const struct chart_lock_entry *locked = locked_as(c, d->name);
		const struct bundle_wish wish = { d->name, locked ? locked->version : d->version,
		                                  lock_repository(d, locked), true };
		if (d->repository.n && !str_starts(d->repository, STR("file://")))
			err = add(w, &wish, e);
	}
	return err;
}

static enum err add_chart_at(struct wishes *w, const char *path, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct chart_scratch scratch = { 0 };
	struct chart c;
	size_t bytes;
	enum err err = chart_path_load(&a, &scratch, path, &bytes, &c, e);
	if (!err)
		err = add_chart(w, &c, e);
	chart_scratch_done(&scratch);
	return err;
}

static struct str text_of(const struct node *map, const char *key)
{
	return node_text(node_get(map, key));
}

static enum err add_lock(struct wishes *w, const struct node *root, struct errinfo *e)
{
	const struct node *list = node_get(root, "dependencies");
	enum err err = OK;
	for (const struct node_item *i = list && list->kind == NODE_LIST ? list->items : NULL; i && !err;
	     i = i->next) {
		const struct bundle_wish wish = { text_of(i->value, "name"), text_of(i->value, "version"),
		                                  text_of(i->value, "repository"), true };
		if (wish.pattern.n && !str_starts(wish.repository, STR("file://")))
			err = add(w, &wish, e);
	}
	return err;
}

/* ---- manifests of a cluster ---- */

struct manifests {
	struct wishes *w;
	struct arena arena;
	struct document { const struct node *root; struct document *next; } *first;
};

/* What `kubectl get -o yaml` prints is one document with all of them. */
static enum err keep_document(struct manifests *m, const struct node *root, struct errinfo *e)
{
	struct document *d = ARENA_NEW(&m->arena, struct document);
	const struct node *items = node_get(root, "items");
	enum err err = OK;
	if (!d)
		return ERR(e, NOMEM, "manifests");
	if (str_ends(text_of(root, "kind"), STR("List")) && items && items->kind == NODE_LIST) {
		for (const struct node_item *i = items->items; i && !err; i = i->next)
			err = keep_document(m, i->value, e);
		return err;
	}
	*d = (struct document){ root, m->first };
	m->first = d;
	return OK;
}

/* What is no YAML (a template, say) is told and passed over. */
static enum err read_document(struct manifests *m, struct str text, const char *name, struct errinfo *e)
{
	struct yaml_options o = yaml_values;
	struct errinfo why = { 0 };
	const struct node *root = NULL;
	o.name = name;
	enum err err = yaml_read(&m->arena, text, &o, &root, &why);
	if (err == ERR_NOMEM)
		return err_set(e, err, "%s", why.detail);
	if (err)
		fprintf(stderr, "passed over: %s\n", why.detail);
	return err || !root || root->kind != NODE_MAP ? OK : keep_document(m, root, e);
}

static enum err read_manifests(struct manifests *m, struct str text, const char *name, struct errinfo *e)
{
	enum err err = OK;
	while (text.n && !err) {
		const char *end = memmem(text.p, text.n, "\n---", 4);
		size_t n = end ? (size_t)(end + 1 - text.p) : text.n;
		struct str one = str_first(text, n);
		if (str_starts(one, STR("---")))
			(void)str_cut(&one, '\n', NULL);
		err = one.n ? read_document(m, one, name, e) : OK;
		text = str_from(text, n);
	}
	return err;
}

/* The spec of an object among the files; NULL: it is none of them. */
static const struct node *find_spec(const struct manifests *m, const char *kind, struct str name)
{
	for (const struct document *d = m->first; d; d = d->next)
		if (str_eq_c(text_of(d->root, "kind"), kind) &&
		    str_eq(text_of(node_get(d->root, "metadata"), "name"), name))
			return node_get(d->root, "spec");
	return NULL;
}

/* A release says itself which chart it is of, or a HelmChart does. */
static const struct node *flux_chart(const struct manifests *m, const struct node *root)
{
	const struct node *spec = node_get(root, "spec"), *ref = node_get(spec, "chartRef");
	return ref ? find_spec(m, "HelmChart", text_of(ref, "name")) : node_get(node_get(spec, "chart"), "spec");
}

static enum err add_flux(struct manifests *m, const struct node *root, struct errinfo *e)
{
	const struct node *spec = flux_chart(m, root), *source = node_get(spec, "sourceRef");
	const struct bundle_wish wish = {
		text_of(spec, "chart"), text_of(spec, "version"),
		text_of(find_spec(m, "HelmRepository", text_of(source, "name")), "url"), true };
	bool in_git = str_has(wish.pattern, '/');    /* a path in a GitRepository */
	struct errinfo why = { 0 };
	if (wish.pattern.n && !in_git)
		return add(m->w, &wish, e);
	(void)ERR(&why, INVALID, "HelmRelease %.*s: %s", STR_ARG(text_of(node_get(root, "metadata"), "name")),
	          in_git ? "its chart is in Git" : "which chart it is of is not said here");
	fprintf(stderr, "passed over: %s\n", why.detail);
	return OK;
}

static enum err add_argo_source(struct manifests *m, const struct node *source, struct errinfo *e)
{
	struct str address = text_of(source, "repoURL");
	bool has_scheme = memmem(address.p ?: "", address.n, "://", 3);
	const char *oci = arena_printf(&m->arena, "%s%.*s", has_scheme ? "" : "oci://", STR_ARG(address));
	const struct bundle_wish wish = { text_of(source, "chart"), text_of(source, "targetRevision"),
	                                  str_c(oci), true };
	if (!oci)
		return ERR(e, NOMEM, "manifests");
	return wish.pattern.n ? add(m->w, &wish, e) : OK;
}

static enum err add_argo(struct manifests *m, const struct node *root, struct errinfo *e)
{
	const struct node *spec = node_get(root, "spec"), *list = node_get(spec, "sources");
	if (str_eq(text_of(root, "kind"), STR("ApplicationSet")))
		spec = node_get(node_get(spec, "template"), "spec");
	enum err err = add_argo_source(m, node_get(spec, "source"), e);
	for (const struct node_item *i = list && list->kind == NODE_LIST ? list->items : NULL; i && !err;
	     i = i->next)
		err = add_argo_source(m, i->value, e);
	return err;
}

static enum err add_documents(struct manifests *m, struct errinfo *e)
{
	enum err err = OK;
	for (const struct document *d = m->first; d && !err; d = d->next) {
		struct str kind = text_of(d->root, "kind");
		if (str_eq(kind, STR("HelmRelease")))
			err = add_flux(m, d->root, e);
		else if (str_eq(kind, STR("Application")) || str_eq(kind, STR("ApplicationSet")))
			err = add_argo(m, d->root, e);
		else if (!kind.n)
			err = add_lock(m->w, d->root, e);
	}
	return err;
}

static enum err read_file(struct manifests *m, const char *path, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	enum err err = fs_read_named(path, MANIFEST_FILE_MAX_BYTES, &text, &bytes, e);
	if (err)
		err_prefix(e, "%s", path);
	return err ? err : read_manifests(m, str_make(text, bytes), path, e);
}

static bool is_yaml(struct str name)
{
	return str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml"));
}

static enum err read_folder(struct manifests *m, const char *path, unsigned depth, struct errinfo *e)
{
	if (depth > DIRECTORY_DEPTH_MAX)
		return ERR(e, INVALID, "%s: more than %u directories deep", path, DIRECTORY_DEPTH_MAX);
	const char **names = directory_names(&m->arena, path);
	enum err err = names ? OK : ERR_SYS(e, "%s", path);
	for (size_t i = 0; !err && names[i]; i++) {
		struct stat st;
		const char *file = arena_printf(&m->arena, "%s/%s", path, names[i]);
		if (!file)
			return ERR(e, NOMEM, "manifests");
		if (names[i][0] == '.')
			continue;
		if (lstat(file, &st) != 0)
			return ERR_SYS(e, "%s", file);
		if (S_ISDIR(st.st_mode))
			err = read_folder(m, file, depth + 1, e);
		else if (is_yaml(str_c(names[i])))
			err = read_file(m, file, e);
	}
	return err;
}

static enum err add_manifests(struct wishes *w, const char *path, bool folder, struct errinfo *e)
{
	struct manifests m = { .w = w };
	enum err err = folder ? read_folder(&m, path, 0, e) : read_file(&m, path, e);
	if (!err)
		err = add_documents(&m, e);
	arena_done(&m.arena);
	return err;
}

/* ---- which it is ---- */

enum err wishes_add_from(struct wishes *w, const char *path, struct errinfo *e)
{
	struct stat st;
	if (strcmp(path, "-") == 0)
		return add_list(w, e);
	bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	bool is_chart = folder ? chart_dir_is(path) : str_ends(str_c(path), STR(".tgz"));
	return is_chart ? add_chart_at(w, path, e) : add_manifests(w, path, folder, e);
}
