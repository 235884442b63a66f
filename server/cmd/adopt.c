/* Adopting: what is not known yet goes into ingest, tenant by tenant. */
#include "server/cmd/adopt.h"

#include <signal.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/format/index.h"
#include "server/cmd/adopt_find.h"
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
static void take_file(struct adopting *x, const struct adopt_tenant *t, const struct adopt_file *f,
                      int64_t created_ns)
{
	struct errinfo e = { 0 };
	struct import_file to = {
		.path = f->path, .repo = t->repo, .fd = -1, .bytes = f->bytes, .created_ns = created_ns,
		.link = x->a->link ? LINK_ALWAYS : LINK_NEVER, .adopt = true,
	};
	if (f->has_prov && read_prov(f, &to, &e))
		adopt_tell(f->path, cmd_reason(&e));
	if (adopt_open(f->path, false, &to.fd, &e))
		importer_refuse(&x->importer, &to, &e);
	else
		importer_take(&x->importer, &to);
}

/* ---- tenants ---- */

static bool is_to_end(void)
{
	sigset_t waiting;
	return sigpending(&waiting) == 0 &&
	       (sigismember(&waiting, SIGTERM) == 1 || sigismember(&waiting, SIGINT) == 1);
}

/* Read only where it may be so: an older file of the same size is taken for what was adopted. */
static bool has_changed(const struct adopt_file *f, const struct known_file *known)
{
	AUTO_FD int fd = -1;
	AUTO_FREE char *data = NULL;
	size_t bytes;
	struct sha256 digest;
	if (f->bytes != known->bytes)
		return true;
	return f->changed_ns > known->created_ns && !adopt_open(f->path, false, &fd, NULL) &&
	       !fs_read_fd(fd, CHART_UNPACKED_MAX_BYTES, &data, &bytes, NULL) &&
	       !sha256_of(str_make(data, bytes), &digest, NULL) && !sha256_eq(&digest, &known->digest);
}

/* Leaves the new ones in t->files. */
static enum err drop_known(struct adopting *x, struct adopt_tenant *t, struct errinfo *e)
{
	size_t fresh = 0;
	for (size_t i = 0; i < t->count; i++) {
		const struct adopt_file *f = &t->files[i];
		struct known_file known;
		enum err err = ingest_knows_file(x->ingest, t->repo, str_c(f->name), &known, e);
		if (err)
			return err;
		x->report.known += known.known;
		if (!known.known)
			t->files[fresh++] = *f;
		else if (has_changed(f, &known))
			adopt_tell(f->path, "it has other bytes than when it was adopted, and stays here as it "
			           "was; push it to replace that");
	}
	t->count = fresh;
	return OK;
}

static void adopt_tenant(struct adopting *x, const struct adopt_tenant *t)
{
	struct times times = { .list = NULL };
	if (t->count && x->a->times)
		read_times(&times, t);
	for (size_t i = 0; i < t->count && !x->importer.fatal && !is_to_end(); i++)
		take_file(x, t, &t->files[i], time_of(&times, t->files[i].name));
	arena_done(&times.arena);
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
	progress_done(x->importer.progress);
	if (x->importer.fatal)
		*e = x->importer.error;
	return x->importer.fatal;
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
