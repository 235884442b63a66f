/* chartlocker index: what `helm repo index` makes of a directory, on all cores at once.
 *
 * No server and no database are involved. Two differences to Helm are on purpose: versions that
 * differ in build metadata only (1.0.0+a, 1.0.0+b) are all kept, where Helm keeps the first, and
 * SOURCE_DATE_EPOCH, where it is set, is the time that is stated.                            */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/base/pool.h"
#include "indexer/format/index.h"
#include "indexer/format/name.h"
#include "indexer/store/datadir.h"
#include "server/cmd/cmd.h"
#include "server/cmd/files.h"
#include "server/cmd/index.h"
#include "server/cmd/output.h"

#define WORKERS_MAX 64

struct archive {
	const char *name;                /* "redis-1.0.0.tgz", "sub/redis-1.0.0.tgz" */
	bool other_name;                 /* than the one index_print gives it */
	uint64_t bytes;
	int64_t created_ns;
	struct arena arena;              /* what follows */
	struct index_item item;          /* empty: refused */
};

struct indexing {
	const char *directory, *url, *merge;
	const char *server_info;         /* as index_write takes it */
	bool json;
	bool print;                      /* as index_print says */
	int64_t now_ns;
	struct arena arena;
	struct archive *archives;
	size_t count, capacity;
	atomic_size_t next;              /* the archive that is read next */
	atomic_size_t refused;
	struct progress *progress;
	struct index_item *items;
	size_t item_count;
};

/* ---- finding the archives ---- */

static enum err add_archive(struct indexing *x, const char *name, const struct stat *st,
                            struct errinfo *e)
{
	struct archive *archives = array_room(x->archives, x->count, &x->capacity, sizeof *archives);
	if (!archives)
		return ERR(e, NOMEM, "list of files");
	x->archives = archives;
	x->archives[x->count++] = (struct archive){
		.name = name, .bytes = (uint64_t)st->st_size,
		.created_ns = x->print ? clock_of(st->st_mtim) : x->now_ns,
	};
	return OK;
}

static enum err add_folder(struct indexing *x, const char *prefix, bool below, struct errinfo *e);

static enum err add_entry(struct indexing *x, const char *name, bool below, struct errinfo *e)
{
	struct stat st;
	const char *path = arena_printf(&x->arena, "%s/%s", x->directory, name);
	if (!path)
		return ERR(e, NOMEM, "path");
	if (stat(path, &st) != 0)
		return OK;
	if (S_ISDIR(st.st_mode))
		return below ? add_folder(x, name, false, e) : OK;
	if (!str_ends(str_c(name), STR(".tgz")))
		return OK;
	return add_archive(x, name, &st, e);
}

/* The archives of one folder, sorted; with `below`, those of the folders in it as well. */
static enum err add_folder(struct indexing *x, const char *prefix, bool below, struct errinfo *e)
{
	const char *path = arena_printf(&x->arena, "%s/%s", x->directory, prefix);
	if (!path)
		return ERR(e, NOMEM, "path");
	const char **entries = directory_names(&x->arena, path);
	if (!entries && errno == EACCES && *prefix) {       /* lost+found; Helm's patterns pass it by */
		cmd_tell("%s: %s; passed by", path, strerror(errno));
		return OK;
	}
	if (!entries && errno == ENOENT)
		return ERR(e, NOT_FOUND, "%s does not exist", x->directory);
	if (!entries)
		return ERR_SYS(e, "%s", path);
	enum err err = OK;
	for (; !err && *entries; entries++) {
		const char *name = arena_printf(&x->arena, "%s%s%s", prefix, *prefix ? "/" : "", *entries);
		err = name ? add_entry(x, name, below, e) : ERR(e, NOMEM, "path");
	}
	return err;
}

/* ---- reading them ---- */

/* Helm's URLJoin: the path grows, the base's query stays behind it. Without a base: relative. What
 * has no scheme is encoded by index_line.                                                    */
static enum err make_url(const struct indexing *x, struct archive *f, struct str name, struct str *ret,
                         struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(HTTP_URI_MAX_BYTES);
	struct str base = str_c(x->url), query = { 0 };
	bool has_scheme = strstr(x->url, "://") != NULL;
	if (!base.n) {
		*ret = name;
		return OK;
	}
	for (size_t i = 0; i < base.n && !query.n; i++)
		if (base.p[i] == '?' || base.p[i] == '#')
			query = str_from(base, i);
	base.n -= query.n;
	while (str_ends(base, STR("/")))
		base.n--;
	sbuf_put(&b, base);
	while (name.n) {
		sbuf_putc(&b, '/');
		(has_scheme ? url_segment_encode : sbuf_put)(&b, str_cut(&name, '/', NULL));
	}
	sbuf_put(&b, query);
	if (!sbuf_ok(&b))
		return ERR(e, INVALID, "its address is longer than %u bytes", HTTP_URI_MAX_BYTES);
	return arena_str(&f->arena, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "URL");
}

static enum err render(const struct indexing *x, struct archive *f, const struct chart_meta *m,
                       const struct sha256 *digest, struct errinfo *e)
{
	AUTO_SBUF struct sbuf line = sbuf_make(INDEX_LINE_MAX_BYTES);
	struct index_item item = { .key.created_ns = f->created_ns };
	struct str url, name = str_c(f->name);
	enum err err = x->print ? chart_file_name(&f->arena, m, &name, e) : OK;
	f->other_name = !str_eq_c(name, f->name);
	if (!err)
		err = make_url(x, f, name, &url, e);
	if (err)
		return err;
	index_line(&line, m, url, f->created_ns, digest);
	if (!sbuf_ok(&line) || !arena_str(&f->arena, sbuf_str(&line), &item.line) ||
	    !arena_str(&f->arena, m->name, &item.name) ||
	    !arena_str(&f->arena, m->version, &item.key.version))
		return ERR(e, NOMEM, "index line");
	f->item = item;
	return OK;
}

/* Symbolic links are followed: somebody made them in this directory to have them here. */
static enum err read_archive(const struct indexing *x, struct archive *f, struct chart_scratch *buffer,
                             struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *data = NULL;
	size_t bytes;
	struct sha256 digest;
	struct chart chart;
	const char *path = arena_printf(&a, "%s/%s", x->directory, f->name);
	if (!path)
		return ERR(e, NOMEM, "path");
	enum err err = fs_read_named(path, CHART_UNPACKED_MAX_BYTES, &data, &bytes, e);
	if (!err)
		err = sha256_of(str_make(data, bytes), &digest, e);
	if (!err)
		err = chart_read(&a, buffer, str_make(data, bytes), &chart, e);
	return err ? err : render(x, f, &chart.meta, &digest, e);
}

struct worker {
	struct pool_job job;
	struct indexing *indexing;
};

static void work(struct pool_job *job)
{
	struct indexing *x = ((struct worker *)(void *)job)->indexing;
	struct chart_scratch buffer = { 0 };
	size_t i;
	while ((i = atomic_fetch_add(&x->next, 1)) < x->count) {
		struct archive *f = &x->archives[i];
		struct errinfo e = { 0 };
		if (read_archive(x, f, &buffer, &e)) {
			atomic_fetch_add(&x->refused, 1);
			progress_say(x->progress, "%s/%s: %s", x->directory, f->name, cmd_reason(&e));
		}
		progress_add(x->progress, 1, f->bytes);
	}
	chart_scratch_done(&buffer);
}

static enum err read_all(struct indexing *x, struct errinfo *e)
{
	struct worker workers[WORKERS_MAX];
	struct pool *pool;
	uint64_t bytes = 0;
	unsigned cores = cpu_count(), threads = cores < WORKERS_MAX ? cores : WORKERS_MAX;
	for (size_t i = 0; i < x->count; i++)
		bytes += x->archives[i].bytes;
	enum err err = pool_new(threads, "index", &pool, e);
	if (err)
		return err;
	x->progress = progress_new("indexing", x->count, bytes);
	for (unsigned i = 0; i < threads; i++) {
		workers[i] = (struct worker){ .job.run = work, .indexing = x };
		pool_give(pool, &workers[i].job);
	}
	pool_free(pool);
	progress_done(x->progress);
	if (x->refused && !x->print)
		return ERR(e, ARCHIVE, "%zu of %zu archives cannot be indexed; no index was written",
		           (size_t)x->refused, x->count);
	return OK;
}

/* ---- putting the index together ---- */

/* Files of the same version in the order in which they were found, the one with its name first. */
static int by_version_and_place(const void *left, const void *right)
{
	const struct archive *a = *(struct archive *const *)left, *b = *(struct archive *const *)right;
	int order = index_item_cmp(&a->item, &b->item);
	if (!order)
		order = a->other_name - b->other_name;
	return order ? order : a < b ? -1 : 1;
}

/* Of a version in several folders the first one counts. */
static enum err collect(struct indexing *x, struct errinfo *e)
{
	struct archive **sorted = arena_array(&x->arena, x->count + 1, sizeof *sorted);
	x->items = arena_array(&x->arena, x->count + 1, sizeof *x->items);
	if (!x->items || !sorted)
		return ERR(e, NOMEM, "index");
	size_t count = 0;
	for (size_t i = 0; i < x->count; i++)
		if (x->archives[i].item.line.n)
			sorted[count++] = &x->archives[i];
	qsort(sorted, count, sizeof(struct archive *), by_version_and_place);
	for (size_t i = 0; i < count; i++) {
		const struct index_item *last = &x->items[x->item_count - (x->item_count > 0)];
		if (!x->item_count || index_item_cmp(last, &sorted[i]->item) != 0)
			x->items[x->item_count++] = sorted[i]->item;
	}
	return OK;
}

static enum err write_index(const struct indexing *x, const char *path, struct index_item *items,
                            size_t count, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(INDEX_FILE_MAX_BYTES);
	enum err err = index_write(&b, items, count, x->json, NULL, x->now_ns, e);
	return err ? err : output_write(path, sbuf_str(&b), e);
}

/* A file that does not exist is made, without entries, as Helm does. */
static enum err merge(struct indexing *x, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	struct index_file other = { 0 };
	enum err err = fs_read_named(x->merge, INDEX_FILE_MAX_BYTES, &text, &bytes, e);
	if (err == ERR_NOT_FOUND)
		return write_index(x, x->merge, NULL, 0, e);
	if (!err)
		err = index_read(&x->arena, str_make(text, bytes), x->merge, &other, e);
	else
		err_prefix(e, "%s", x->merge);
	if (!err)
		err = index_merge(&x->arena, x->items, x->item_count, &other, &x->items, &x->item_count, e);
	if (!err && other.skipped)
		fprintf(stderr, "%s: %zu entries left out, the first because: %s\n", x->merge, other.skipped,
		        other.first_skipped);
	return err;
}

static enum err run(struct indexing *x, struct errinfo *e)
{
	const char *path = arena_printf(&x->arena, "%s/index.yaml", x->directory);
	if (!path)
		return ERR(e, NOMEM, "path");
	enum err err = datadir_outside(x->directory, e);
	if (!err)
		err = source_date_or_now(&x->now_ns, e);
	if (!err)
		err = add_folder(x, "", true, e);
	if (!err)
		err = read_all(x, e);
	if (!err)
		err = collect(x, e);
	if (!err && x->merge)
		err = merge(x, e);
	if (!err)
		err = write_index(x, path, x->items, x->item_count, e);
	if (!err)
		printf("%zu version%s in %s\n", x->item_count, x->item_count == 1 ? "" : "s", path);
	return err;
}

static enum err print(struct indexing *x, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(INDEX_FILE_MAX_BYTES);
	enum err err = source_date_or_now(&x->now_ns, e);
	if (!err)
		err = add_folder(x, "", false, e);
	if (!err)
		err = read_all(x, e);
	if (!err)
		err = collect(x, e);
	if (!err)
		err = index_write(&b, x->items, x->item_count, x->json, x->server_info, x->now_ns, e);
	return err ? err : print_output(&b, e);
}

static void done(struct indexing *x)
{
	for (size_t i = 0; i < x->count; i++)
		arena_done(&x->archives[i].arena);
	free(x->archives);
	arena_done(&x->arena);
}

int index_print(const struct command *self, const char *directory, const char *server_info,
                bool json)
{
	struct indexing x = { .directory = directory, .url = "charts", .server_info = server_info,
	                      .json = json, .print = true };
	struct errinfo e = { 0 };
	int status = print(&x, &e) ? cmd_failed(self, &e) : EXIT_DONE;
	done(&x);
	return status;
}

int cmd_index(const struct command *self, int argc, char **argv)
{
	struct indexing x = { .url = "" };
	const struct cmd_option options[] = {
		{ "url", 0, CMD_ANY, &x.url }, { "merge", 0, CMD_TEXT, &x.merge },
		{ "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	struct errinfo e = { 0 };
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 1, 1, "a directory with packaged charts is expected");
	if (status >= 0)
		return status;
	x.directory = argv[optind];
	status = run(&x, &e) ? cmd_failed(self, &e) : EXIT_DONE;
	done(&x);
	return status;
}
