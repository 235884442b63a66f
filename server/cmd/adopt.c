/* Adopting: what is not known yet goes into ingest, tenant by tenant. */
#include "server/cmd/adopt.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/digest.h"
#include "indexer/format/index.h"
#include "server/cmd/adopt_find.h"
#include "server/cmd/adopt_known.h"
#include "server/cmd/cmd.h"
#include "server/cmd/importer.h"

/* When index-cache.yaml says a version was made. */
struct made { const char *file; int64_t created_ns; };
struct times { struct made *list; size_t count; struct arena arena; };

struct adopting {
	const struct adoption *a;
	struct ingest *ingest;
	struct importer importer;
	struct adopt_found found;
	struct adopt_report report;
};

/* ---- index-cache.yaml ---- */

static int by_file(const void *a, const void *b)
{
	return strcmp(((const struct made *)a)->file, ((const struct made *)b)->file);
}

static enum err add_times(struct times *t, const struct index_chart *chart, struct errinfo *e)
{
	for (size_t i = 0; i < chart->count; i++) {
		const struct index_entry *v = &chart->versions[i];
		if (v->created_ns == INT64_MIN)
			continue;
		const char *file = arena_printf(&t->arena, "%.*s-%.*s.tgz", STR_ARG(v->meta.name),
		                                STR_ARG(v->meta.version));
		if (!file)
			return ERR(e, NOMEM, "times");
		t->list[t->count++] = (struct made){ file, v->created_ns };
	}
	return OK;
}

static enum err sort_times(struct times *t, const struct index_file *index, struct errinfo *e)
{
	size_t versions = 0;
	enum err err = OK;
	for (size_t i = 0; i < index->count; i++)
		versions += index->charts[i].count;
	t->list = arena_array(&t->arena, versions + 1, sizeof *t->list);
	if (!t->list)
		return ERR(e, NOMEM, "times");
	for (size_t i = 0; i < index->count && !err; i++)
		err = add_times(t, &index->charts[i], e);
	qsort(t->list, t->count, sizeof *t->list, by_file);
	return err;
}

static enum err read_index(struct times *t, const char *path, struct errinfo *e)
{
	AUTO_FD int fd = -1;
	AUTO_FREE char *text = NULL;
	size_t bytes;
	struct index_file index;
	enum err err = adopt_open(path, false, &fd, e);
	if (!err)
		err = fs_read_fd(fd, FETCH_INDEX_MAX_BYTES, &text, &bytes, e);
	if (!err)
		err = index_read(&t->arena, str_make(text, bytes), path, &index, e);
	return err ? err : sort_times(t, &index, e);
}

/* Without it, or when it cannot be read, a version is as old as its file. */
static void read_times(struct times *t, const struct adopt_tenant *tenant)
{
	struct errinfo e = { 0 };
	const char *path = arena_printf(&t->arena, "%s/index-cache.yaml", tenant->path);
	if (path && read_index(t, path, &e) && e.code != ERR_NOT_FOUND)
		adopt_tell(path, cmd_reason(&e));
}

static int64_t time_of(const struct times *t, const char *file)
{
	struct made wanted = { .file = file };
	const struct made *found = NULL;
	if (t->count)
		found = bsearch(&wanted, t->list, t->count, sizeof *t->list, by_file);
	return found ? found->created_ns : 0;
}

/* ---- one chart ---- */

static enum err read_prov(const struct adopt_file *f, struct import_file *to, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FD int fd = -1;
	const char *path = arena_printf(&a, "%s.prov", f->path);
	enum err err = path ? adopt_open(path, false, &fd, e) : ERR(e, NOMEM, "path");
	return err ? err : fs_read_fd(fd, PROVENANCE_MAX_BYTES, &to->prov, &to->prov_bytes, e);
}

/* A provenance file that cannot be read keeps no chart out. */
static void take_chart(struct adopting *x, const struct adopt_tenant *t, struct adopt_file *f,
                       int64_t created_ns)
{
	struct errinfo e = { 0 };
	struct import_file to = {
		.path = f->path, .repo = t->repo, .fd = -1, .bytes = f->bytes, .created_ns = created_ns,
		.link = x->a->link ? LINK_ALWAYS : LINK_NEVER, .adopt = true,
		.own_name = f->own_name ? NULL : &f->own_name,
	};
	if (f->has_prov && read_prov(f, &to, &e))
		adopt_tell(f->path, cmd_reason(&e));
	if (adopt_open(f->path, false, &to.fd, &e))
		importer_refuse(&x->importer, &to, &e);
	else
		importer_take(&x->importer, &to);
}

static void take_prov(struct adopting *x, const struct adopt_tenant *t, const struct adopt_file *f)
{
	struct errinfo e = { 0 };
	struct import_file to = { .path = f->path, .repo = t->repo, .fd = -1, .bytes = f->bytes,
	                          .chart_file = str_c(f->name) };
	if (read_prov(f, &to, &e))
		importer_refuse(&x->importer, &to, &e);
	else
		importer_take(&x->importer, &to);
}

/* ---- what was adopted before ---- */

static enum err read_digest(const struct adopt_file *f, struct sha256 *ret)
{
	AUTO_FD int fd = -1;
	struct errinfo why = { 0 };
	enum err err = adopt_open(f->path, false, &fd, &why);
	return err ? err : digest_of(fd, ret, &why);
}

/* Other bytes than ever came under its name. It is read only where it may be so: an older file of the
 * same size is taken for what was adopted.                                                    */
static bool has_changed(const struct adopt_file *f, const struct adopt_event *came, size_t count)
{
	struct sha256 digest = { 0 };
	bool same_size = false, same = false;
	for (size_t i = 0; i < count; i++)
		same_size |= came[i].bytes == f->bytes;
	if (same_size && (f->changed_ns <= came->at_ns || read_digest(f, &digest)))
		return false;
	for (size_t i = 0; i < count; i++)
		same |= sha256_eq(&came[i].digest, &digest);
	return !same;
}

/* A chart that is still here, and had no provenance file yet. */
static bool wants_prov(struct adopting *x, const struct adopt_tenant *t, const struct adopt_known *known,
                       const struct adopt_file *f)
{
	AUTO_ARENA struct arena a = { 0 };
	struct stored_file stored;
	size_t count;
	const char *prov = arena_printf(&a, "%s.prov", f->name);
	if (!f->has_prov || !prov || adopt_known_file(known, prov, &count) ||
	    ingest_file(x->ingest, t->repo, str_c(f->name), &stored, NULL))
		return false;
	(void)close(stored.fd);
	return true;
}

/* Leaves what is new in t->files. */
static enum err drop_known(struct adopting *x, struct adopt_tenant *t, struct errinfo *e)
{
	struct adopt_known known;
	size_t fresh = 0, count;
	enum err err = adopt_known(x->ingest, t->repo, &known, e);
	for (size_t i = 0; i < t->count && !err; i++) {
		struct adopt_file f = t->files[i];
		const struct adopt_event *came = adopt_known_file(&known, f.name, &count);
		x->report.known += came != NULL;
		f.prov_only = came && wants_prov(x, t, &known, &f);
		if (came && has_changed(&f, came, count))
			adopt_tell(f.path, "it has other bytes than when it was adopted, and stays here as it "
			           "was; push it to replace that");
		if (!came || f.prov_only)
			t->files[fresh++] = f;
	}
	adopt_known_done(&known);
	t->count = fresh;
	return err;
}

/* ---- tenants ---- */

static bool is_to_end(void)
{
	sigset_t waiting;
	return sigpending(&waiting) == 0 &&
	       (sigismember(&waiting, SIGTERM) == 1 || sigismember(&waiting, SIGINT) == 1);
}

static void adopt_tenant(struct adopting *x, const struct adopt_tenant *t)
{
	struct times times = { .list = NULL };
	if (t->count && x->a->times)
		read_times(&times, t);
	for (size_t i = 0; i < t->count && !x->importer.fatal && !is_to_end(); i++)
		if (t->files[i].prov_only)
			take_prov(x, t, &t->files[i]);
		else
			take_chart(x, t, &t->files[i], time_of(&times, t->files[i].name));
	arena_done(&times.arena);
}

/* What has the right name comes first, also where it could not be taken. */
static bool has_its_place(const struct adopt_tenant *t, const struct adopt_file *f)
{
	AUTO_ARENA struct arena a = { 0 };
	struct stat st;
	const char *path = arena_printf(&a, "%s/%s", t->path, f->own_name);
	return !path || lstat(path, &st) == 0 || errno != ENOENT;
}

static void adopt_one(struct adopting *x, const struct adopt_tenant *t, struct adopt_file *f,
                      const struct adopt_known *known)
{
	struct sha256 digest;
	struct errinfo e = { 0 };
	if (!read_digest(f, &digest) && adopt_known_digest(known, &digest)) {
		importer_count(&x->importer, f->path, f->bytes, OK, true, NULL);
	} else if (has_its_place(t, f)) {
		(void)!ERR(&e, INVALID, "other bytes than %s, which has this chart's name", f->own_name);
		importer_count(&x->importer, f->path, f->bytes, e.code, false, &e);
	} else {
		take_chart(x, t, f, 0);
	}
}

/* A file before it has the same version: it is in, or refused, before this one is taken. */
static bool comes_later(const struct adopt_tenant *t, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (t->files[i].own_name && strcmp(t->files[i].own_name, t->files[at].own_name) == 0)
			return true;
	return false;
}

/* Files of another name than their chart's: those of which nothing came under any name before, neither at an
 * earlier start nor now. Of several with one version the first has it.                        */
static enum err adopt_misnamed(struct adopting *x, const struct adopt_tenant *t, struct errinfo *e)
{
	struct adopt_known known = { .events = NULL };
	enum err err = OK;
	bool asked = false;
	for (size_t i = 0; i < t->count && !err && !x->importer.fatal && !is_to_end(); i++) {
		if (!t->files[i].own_name)
			continue;
		if (!asked)
			err = adopt_known(x->ingest, t->repo, &known, e);
		asked = true;
		if (!err && comes_later(t, i))
			importer_wait(&x->importer);
		if (!err)
			adopt_one(x, t, &t->files[i], &known);
	}
	adopt_known_done(&known);
	return err;
}

static void tell(void *ctx, const char *path, const char *why)
{
	(void)ctx;
	adopt_tell(path, why);
}

static enum err adopt_found(struct adopting *x, struct errinfo *e)
{
	uint64_t files = 0, bytes = 0;
	enum err err = OK;
	for (size_t i = 0; i < x->found.count && !err; i++) {
		struct adopt_tenant *t = &x->found.tenants[i];
		err = drop_known(x, t, e);
		files += t->count;
		for (size_t j = 0; j < t->count; j++)
			bytes += t->files[j].bytes;
	}
	if (err)
		return err;
	importer_begin(&x->importer, tell, NULL);
	x->importer.note = (struct audit_note){ .name = STR("chartmuseum"), .action = STR("publish") };
	x->importer.progress = progress_new("adopting", files, bytes);
	importer_use(&x->importer, x->ingest);
	for (size_t i = 0; i < x->found.count && !is_to_end(); i++)
		adopt_tenant(x, &x->found.tenants[i]);
	importer_wait(&x->importer);
	for (size_t i = 0; i < x->found.count && !err; i++)
		err = adopt_misnamed(x, &x->found.tenants[i], e);
	importer_wait(&x->importer);
	progress_done(x->importer.progress);
	if (!err && x->importer.fatal)
		*e = x->importer.error;
	return err ? err : x->importer.fatal;
}

enum err adopt(const struct adoption *a, struct ingest *g, struct adopt_report *ret,
               struct errinfo *e)
{
	struct adopting x = { .a = a, .ingest = g };
	enum err err = adopt_find(a, &x.found, e);
	if (!err)
		err = adopt_found(&x, e);
	adopt_found_done(&x.found);
	x.report.adopted = x.importer.imported;
	x.report.known += x.importer.existing;
	x.report.refused = x.importer.refused;
	x.report.odd = x.found.odd;
	if (!err)
		*ret = x.report;
	return err;
}
