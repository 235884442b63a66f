/* Start-up: the rows become snapshots; after an unclean end the files are compared with the rows.
 *
 * What a crash can leave between the steps of a publish (ingest.h), and what becomes of it:
 *
 *     an unnamed temporary file            gone with the process (or with tmp/, datadir.c)
 *     a named file without a row           to quarantine: it was never acknowledged; one of a bundle
 *                                          that is still in incoming/ is removed
 *     ".<digest>.new" and a row with it    the replacement was committed: it takes its name
 *     ".<digest>.new" without a row        removed
 *     a file of a deleted version          removed or kept: the deletion was committed
 *     a row without its file, or with      damaged: left out of the index, 503 when asked for,
 *     one of another size                  healed by publishing the same bytes again
 * Long because each row of this list is a function below, in this order. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/format/name.h"
#include "indexer/ingest/virtual_impl.h"
#include "indexer/store/incoming.h"

#define LOAD_TEXT_MAX_BYTES ((size_t)4 << 30)

struct loaded {
	size_t chart, version, file, line;       /* offsets of NUL-terminated texts */
	uint32_t line_bytes;
	struct sha256 digest, prov_digest;
	uint64_t bytes;
	int64_t created_ns;
	enum version_state state;
	bool has_prov, yanked, purged, absent, seen, damaged_now, found;
	uint64_t deleted_event;
};

struct load {
	struct ingest *g;
	struct repository *repo;
	struct sbuf text;                        /* all texts; one block, so it goes back to the kernel */
	size_t gone;                             /* of it, from its beginning: let_go */
	struct loaded *rows;
	size_t count, capacity;
	struct loaded **by_file;
	bool check;                              /* the rows are needed to compare files with */
	bool upstream;
	bool undelete;                           /* what was deleted can come back for a while */
	struct incoming_files *incoming;
};

static const char *text(const struct load *l, size_t offset) { return l->text.p + offset; }

static size_t add_text(struct load *l, struct str s)
{
	size_t at = l->text.n;
	sbuf_put(&l->text, s);
	sbuf_putc(&l->text, '\0');
	return at;
}

static enum err add_row(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct load *l = ctx;
	bool held = row->state != VERSION_DELETED && !l->g->options.unread;
	if (l->g->options.unread && !l->check && row->state != VERSION_DAMAGED)
		return OK;
	struct loaded *rows = array_room(l->rows, l->count, &l->capacity, sizeof *rows);
	if (!rows)
		return ERR(e, NOMEM, "rows");
	l->rows = rows;
	struct loaded *v = &l->rows[l->count++];
	*v = (struct loaded){
		.chart = add_text(l, row->chart), .version = add_text(l, row->version),
		.file = add_text(l, row->file),
		.line = add_text(l, held ? row->line : (struct str){ 0 }),
		.line_bytes = (uint32_t)row->line.n, .digest = row->digest, .prov_digest = row->prov_digest,
		.bytes = row->bytes, .created_ns = row->created_ns, .state = row->state, .has_prov = row->has_prov,
		.yanked = row->yanked, .purged = row->purged, .absent = row->absent, .deleted_event = row->deleted_event,
	};
	return sbuf_ok(&l->text) ? OK : ERR(e, NOMEM, "rows");
}

/* ---- comparing files and rows ---- */

static int by_file(const void *a, const void *b, void *load)
{
	return strcmp(text(load, (*(struct loaded *const *)a)->file),
	              text(load, (*(struct loaded *const *)b)->file));
}

static enum err sort_by_file(struct load *l, struct errinfo *e)
{
	l->by_file = calloc(l->count + 1, sizeof *l->by_file);
	if (!l->by_file)
		return ERR(e, NOMEM, "rows");
	for (size_t i = 0; i < l->count; i++)
		l->by_file[i] = &l->rows[i];
	qsort_r(l->by_file, l->count, sizeof *l->by_file, by_file, l);
	return OK;
}

static struct loaded *find_file(const struct load *l, struct str file)
{
	size_t low = 0, high = l->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = str_cmp(str_c(text(l, l->by_file[middle]->file)), file);
		if (order == 0)
			return l->by_file[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The file that has this digest: a chart, or with *ret_prov its provenance file. */
static struct loaded *find_digest(const struct load *l, const struct sha256 *digest, bool *ret_prov)
{
	for (size_t i = 0; i < l->count; i++) {
		struct loaded *v = &l->rows[i];
		*ret_prov = v->has_prov && sha256_eq(&v->prov_digest, digest);
		if (v->state != VERSION_DELETED && (*ret_prov || sha256_eq(&v->digest, digest)))
			return v;
	}
	return NULL;
}

/* ".<digest>.new", and no other: finish or forget a replacement. */
static enum err end_replacement(struct load *l, const char *name, struct errinfo *e)
{
	struct sha256 digest;
	int dir = l->repo->charts_fd;
	bool prov = false;
	char file[PROV_NAME_BYTES];
	struct str hex = str_from(str_c(name), 1), rest = str_from(hex, SHA256_HEX_BYTES);
	if (!str_eq(rest, STR(".new")) || !sha256_parse(str_first(hex, SHA256_HEX_BYTES), &digest))
		return OK;
	struct loaded *row = find_digest(l, &digest, &prov);
	if (!row)
		return unlinkat(dir, name, 0) == 0 ? OK : ERR_SYS(e, "remove %s", name);
	row->seen |= !prov;
	(void)snprintf(file, sizeof file, "%s%s", text(l, row->file), prov ? ".prov" : "");
	return renameat(dir, name, dir, file) == 0 ? OK : ERR_SYS(e, "rename %s", name);
}

/* A bundle was not taken over: its files are kept in incoming/. Looked at when there is something to ask. */
static enum err is_incoming(struct ingest *g, struct incoming_files *files, int charts, const char *file,
                            bool *ret, struct errinfo *e)
{
	struct stat st;
	*ret = false;
	if (fstatat(charts, file, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) || st.st_nlink < 2)
		return OK;
	enum err err = files->read ? OK : incoming_files_read(g->dir, files, e);
	*ret = !err && incoming_has(files, &st);
	return err;
}

static enum err put_away(struct ingest *g, struct incoming_files *files, int charts, struct str repo,
                         const char *file, struct errinfo *e)
{
	bool incoming;
	enum err err = is_incoming(g, files, charts, file, &incoming, e);
	if (err)
		return err;
	if (incoming)
		return unlinkat(charts, file, 0) == 0 ? OK : ERR_SYS(e, "remove %s", file);
	LOG(LOG_WARN, "recover.orphan", KV("repo", repo), KV("file", file));
	err = datadir_put_away(g->dir, charts, file, repo, "orphan", e);
	return leave_behind(g, repo, file, err, e);
}

/* An upstream's archive that was complete, and its commit did not come: it is not fetched again. What may
 * not be read is in nobody's way.                                                             */
static enum err adopt_archive(struct load *l, struct loaded *row, const char *name, struct errinfo *e)
{
	struct stat st;
	enum err err = stored_is_whole(l->repo, name, &row->digest, &row->found, e);
	if (err && err != ERR_UNREADABLE)
		return err;
	if (!row->found || fstatat(l->repo->charts_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return put_away(l->g, l->incoming, l->repo->charts_fd, str_c(l->repo->name), name, e);
	row->bytes = (uint64_t)st.st_size;
	return OK;
}

static enum err check_file(void *ctx, const char *name, struct errinfo *e)
{
	struct load *l = ctx;
	struct str file = str_c(name);
	bool prov;
	if (name[0] == '.')
		return end_replacement(l, name, e);
	if (!chart_file_name_is_known(file))
		return OK;                           /* not ours to judge */
	struct loaded *row = find_file(l, chart_file_archive(file, &prov));
	if (row && row->state == VERSION_DELETED) {
		enum err err = end_deleted_file(l->g, l->repo, name, row->deleted_event,
		                                l->undelete && !row->purged, e);
		return leave_behind(l->g, str_c(l->repo->name), name, err, e);
	}
	if (row && row->absent && !prov)
		return adopt_archive(l, row, name, e);
	if (row && (!prov || row->has_prov)) {
		row->seen |= !prov;
		return OK;
	}
	return put_away(l->g, l->incoming, l->repo->charts_fd, str_c(l->repo->name), name, e);
}

static void check_row(struct load *l, struct loaded *v)
{
	struct stat st;
	bool whole = v->seen && fstatat(l->repo->charts_fd, text(l, v->file), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	             S_ISREG(st.st_mode) && (uint64_t)st.st_size == v->bytes;
	if (whole || v->state != VERSION_LIVE || v->absent)
		return;
	v->damaged_now = true;
	LOG(LOG_ERROR, "recover.damaged", KV("repo", (const char *)l->repo->name), KV("file", text(l, v->file)));
}

/* Marks what was found damaged in the catalog too, so that it stays so after a clean end. */
static enum err store_damage(struct load *l, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	enum err err = OK;
	for (size_t i = 0; i < l->count && !err; i++) {
		struct version_row row;
		struct loaded *v = &l->rows[i];
		if (!v->damaged_now && !v->found)
			continue;
		if (!v->found && !l->upstream)
			v->state = VERSION_DAMAGED;
		err = catalog_version_by_file(l->g->catalog, &a, l->repo->id, str_c(text(l, v->file)), &row, e);
		row.state = v->state;
		if (l->upstream) {           /* it can be had again */
			row.absent = !v->found;
			row.bytes = v->found ? v->bytes : 0;
		}
		if (!err)
			err = catalog_version_put(l->g->catalog, &row, e);
	}
	return err;
}

static enum err check_files(struct load *l, struct errinfo *e)
{
	enum err err = sort_by_file(l, e);
	if (!err)
		err = datadir_each_file(l->repo->charts_fd, check_file, l, e);
	if (!err)
		err = fs_sync(l->repo->charts_fd, e);
	for (size_t i = 0; i < l->count && !err; i++)
		check_row(l, &l->rows[i]);
	if (!err)
		err = catalog_begin(l->g->catalog, e);
	if (!err)
		err = store_damage(l, e);
	if (err) {
		catalog_rollback(l->g->catalog);
		return err;
	}
	return catalog_commit(l->g->catalog, e);
}

/* ---- rows to snapshots ---- */

static size_t live_items(struct load *l, struct index_item *items)
{
	size_t n = 0;
	for (size_t i = 0; i < l->count; i++) {
		const struct loaded *v = &l->rows[i];
		if (v->state == VERSION_LIVE && !v->yanked && !l->g->options.unread)
			items[n++] = (struct index_item){
				.name = str_c(text(l, v->chart)), .line = str_make(text(l, v->line), v->line_bytes),
				.key = { .version = str_c(text(l, v->version)), .created_ns = v->created_ns },
			};
		if (v->state != VERSION_DAMAGED)
			continue;
		atomic_fetch_add(&l->g->damaged, 1);
		toggle_left_out(&l->repo->left_out, &v->digest);
	}
	return n;
}

/* The text of what is in the index already goes back to the kernel, page by page: or there would be two
 * of everything when the last line is read. In front of it is what malloc keeps of the block.  */
static void let_go(void *load, const struct index_item *rest, size_t count)
{
	struct load *l = load;
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)l->text.p;
	uintptr_t from = (begin + l->gone + page - 1) / page * page, needed = begin + l->text.n;
	for (size_t i = 0; i < count; i++)       /* the first text of a row */
		if ((uintptr_t)rest[i].name.p < needed)
			needed = (uintptr_t)rest[i].name.p;
	needed = needed / page * page;
	if (needed <= from)
		return;
	(void)madvise((void *)from, needed - from, MADV_DONTNEED);
	l->gone = needed - begin;
}

static enum err build_snapshot(struct load *l, struct settings *settings, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event last;
	struct rope *json = NULL, *yaml = NULL;
	enum err err = catalog_last_event(l->g->catalog, &a, str_c(l->repo->name), &last, e);
	if (err)
		return err == ERR_NOT_FOUND ? ERR(e, CORRUPT, "the log has no event of repository %s", l->repo->name) : err;
	AUTO_FREE struct index_item *items = calloc(l->count + 1, sizeof *items);
	if (!items)
		return ERR(e, NOMEM, "index lines");
	size_t n = live_items(l, items);
	bool both = settings_want_yaml(l->g, settings);
	err = rope_build_saying(ROPE_JSON, items, n, last.at_ns, both ? NULL : let_go, l, &json, e);
	if (!err && both)
		err = rope_build_saying(ROPE_YAML, items, n, last.at_ns, let_go, l, &yaml, e);
	if (err) {
		rope_unref(json);
		return err;
	}
	struct snapshot *s;
	tell_server(l->g, json, yaml);
	err = snapshot_new(json, yaml, settings_ref(settings), &last, &l->repo->left_out, &s, e);
	if (!err)
		repository_swap(l->repo, s);
	return err;
}

static enum err load_repository(struct ingest *g, const struct repo_row *row, struct str folder, bool check,
                                struct incoming_files *incoming, struct errinfo *e)
{
	struct load l = { .g = g, .check = check, .incoming = incoming, .text = sbuf_make(LOAD_TEXT_MAX_BYTES) };
	struct settings *settings = NULL;
	enum err err = repository_add(g, row->id, row->name, folder, &l.repo, e);
	if (err)
		err_prefix(e, "repository %.*s", STR_ARG(row->name));
	if (!err)
		err = settings_stored(row->settings, &settings, e);
	if (!err)
		err = catalog_versions_each(g->catalog, row->id, add_row, &l, e);
	l.upstream = !err && repo_kind(&settings->values) == REPO_UPSTREAM;
	l.undelete = !err && settings->values.undelete_days;
	if (!err && check)
		err = check_files(&l, e);
	if (!err)
		err = build_snapshot(&l, settings, e);
	if (!err)
		atomic_store(&l.repo->index_dirty, check || g->index_form_is_new);
	settings_unref(settings);
	sbuf_done(&l.text);
	free(l.rows);
	free(l.by_file);
	return err;
}

/* ---- repositories that were renamed ---- */

/* Its folder is where it was. */
struct unmoved { struct unmoved *next; struct str from, to; };

/* Committed, and the folder not yet moved: what cannot be moved does not keep the others from being served. */
static enum err move_renamed(struct ingest *g, struct arena *a, const struct alias_row *old, struct unmoved **list,
                             struct errinfo *e)
{
	enum err err = datadir_move_repo(g->dir, old->name, old->repo, e);
	if (!err)
		return OK;
	err = leave_behind(g, old->name, "", err, e);
	struct unmoved *u = err ? NULL : ARENA_NEW(a, struct unmoved);
	if (!u)
		return err ? err : ERR(e, NOMEM, "repositories");
	*u = (struct unmoved){ *list, old->name, old->repo };
	*list = u;
	return OK;
}

static struct str folder_of(const struct unmoved *u, struct str name)
{
	while (u && !str_eq(u->to, name))
		u = u->next;
	return u ? u->from : name;
}

static bool is_unmoved(const struct unmoved *u, struct str folder)
{
	while (u && !str_eq(u->from, folder))
		u = u->next;
	return u;
}

/* ---- repositories that were being made ---- */

struct unknown {
	struct ingest *g;
	struct incoming_files *incoming;
	const struct unmoved *unmoved;
	int charts;
	struct str repo;
};

static enum err put_away_chart(void *ctx, const char *name, struct errinfo *e)
{
	const struct unknown *u = ctx;
	return chart_file_name_is_known(str_c(name)) ? put_away(u->g, u->incoming, u->charts, u->repo, name, e) : OK;
}

static enum err check_repository(void *ctx, struct str repo, struct errinfo *e)
{
	struct unknown u = *(const struct unknown *)ctx;
	AUTO_FD int charts = -1;
	AUTO_ARENA struct arena a = { 0 };
	struct event last;
	bool lost;
	u.repo = repo;
	if (repository_find(u.g, repo) || is_unmoved(u.unmoved, repo))
		return OK;
	enum err err = repository_is_lost(u.g, u.g->catalog, repo, &lost, e);
	if (err || lost)                     /* rebuild makes it again */
		return err;
	err = catalog_last_event(u.g->catalog, &a, repo, &last, e);
	if (!err) {                          /* deleted, and not yet put away */
		err = datadir_quarantine_repo(u.g->dir, repo, "deleted", e);
	} else if (err == ERR_NOT_FOUND) {
		err = datadir_open_charts(u.g->dir, repo, false, &charts, e);
		u.charts = charts;
		if (!err)
			err = datadir_each_file(charts, put_away_chart, &u, e);
	}
	return leave_behind(u.g, repo, "", err, e);
}

/* What a virtual one shows is made of what its members show. */
static enum err hold_for_virtual(struct ingest *g, const struct repo_row *rows, size_t count, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < count && g->options.unread && !err; i++) {
		struct settings *s = NULL;
		err = settings_stored(rows[i].settings, &s, e);
		g->options.unread = !err && repo_kind(&s->values) != REPO_VIRTUAL;
		settings_unref(s);
	}
	return err;
}

enum err load_repositories(struct ingest *g, bool check, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_row *rows;
	struct alias_row *old;
	size_t count = 0, old_count = 0;
	__attribute__((cleanup(incoming_files_done))) struct incoming_files incoming = { .read = false };
	struct unmoved *unmoved = NULL;
	struct unknown unknown = { .g = g, .incoming = &incoming };
	uint64_t events = 0;
	enum err err = catalog_log_size(g->catalog, &events, e);
	atomic_store(&g->shown, events);
	if (!err)
		err = catalog_repos(g->catalog, &a, &rows, &count, e);
	if (!err)
		err = catalog_aliases(g->catalog, &a, &old, &old_count, e);
	for (size_t i = 0; i < old_count && !err; i++)
		err = move_renamed(g, &a, &old[i], &unmoved, e);
	unknown.unmoved = unmoved;
	if (!err)
		err = repository_add_old_names(g, e);
	if (!err)
		err = hold_for_virtual(g, rows, count, e);
	for (size_t i = 0; i < count && !err; i++)
		err = load_repository(g, &rows[i], folder_of(unmoved, rows[i].name), check, &incoming, e);
	for (size_t i = 0; i < old_count && !err; i++)
		err = repository_add_alias(g, old[i].name, repository_find(g, old[i].repo), e);
	if (!err)
		err = virtual_load(g, e);
	return err || !check ? err : datadir_each_repo(g->dir, check_repository, &unknown, e);
}
