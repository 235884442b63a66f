/* Files on their way into ingest: how many at a time, and what became of each. */
#include "server/cmd/importer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/cmd/audited.h"
#include "server/cmd/cmd.h"

#define IN_FLIGHT_MAX 4096u
#define ITEM_FILES 2u                /* the archive and its provenance file */
#define SPARE_FILES 32u              /* what comes and goes: the writer's, SQLite's, the next item's */

struct item {
	struct change change;            /* first */
	struct importer *importer;
	struct import_file file;
	struct audit_note note;
	struct sbuf object;              /* of the row that nothing else writes, and its verdict */
	enum err became;
};

void importer_begin(struct importer *i, importer_tell *tell, void *tell_ctx)
{
	*i = (struct importer){ .tell = tell, .tell_ctx = tell_ctx,
	                        .lock = PTHREAD_MUTEX_INITIALIZER, .room = PTHREAD_COND_INITIALIZER };
}

/* Descriptors are numbered from below, so the next one is about as many as are open: for each
 * repository there is one. A worker that copies an archive has it open twice.                 */
void importer_use(struct importer *i, struct ingest *g)
{
	int next = fcntl(datadir_fd(ingest_datadir(g)), F_DUPFD_CLOEXEC, 0);
	if (next >= 0)
		(void)close(next);
	unsigned open = next < 0 ? 0 : (unsigned)next;
	unsigned max = fs_files_limit(open + cpu_count() + SPARE_FILES, ITEM_FILES);
	i->ingest = g;
	i->in_flight_max = max < 1 ? 1 : max < IN_FLIGHT_MAX ? max : IN_FLIGHT_MAX;
}

/* ---- the outcome of one file ---- */

void importer_count(struct importer *i, const char *path, uint64_t bytes, enum err err,
                    bool existing, const struct errinfo *e)
{
	(void)pthread_mutex_lock(&i->lock);
	if (err) {
		i->refused++;
		i->tell(i->tell_ctx, path, cmd_reason(e));
		if (!err_detail_is_public(err) && !i->fatal) {
			i->fatal = err;
			i->error = *e;
		}
	} else {
		i->existing += existing;
		i->imported += !existing;
	}
	(void)pthread_mutex_unlock(&i->lock);
	progress_add(i->progress, 1, bytes);
}

void importer_refuse(struct importer *i, const struct import_file *f, const struct errinfo *e)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	free(f->prov);
	importer_count(i, f->path, f->bytes, e->code, false, e);
}

/* ---- the end of one file ---- */

static void end(struct change *c)
{
	struct item *item = (struct item *)c;
	struct importer *i = item->importer;
	change_done(c);
	sbuf_done(&item->object);
	free(item->file.prov);
	free(item);
	(void)pthread_mutex_lock(&i->lock);
	i->in_flight--;
	(void)pthread_cond_signal(&i->room);
	(void)pthread_mutex_unlock(&i->lock);
}

static enum err write_row(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	const struct item *item = (const struct item *)c;
	struct audit_row row = audited_row("publish", sbuf_str(&item->object), item->became);
	return catalog_audit_append(catalog, &row, e);
}

/* One more change, of the same item: this is the writer's thread, which must not wait. */
static void audit(struct item *item)
{
	struct change *c = &item->change;
	item->became = c->err;
	item->object = sbuf_make(AUDIT_OBJECT_MAX_BYTES);
	change_object(c, &item->object);
	change_done(c);
	change_init(c, CHANGE_CALL);
	c->call = write_row;
	c->bulk = true;
	c->done = end;
	ingest_submit(item->importer->ingest, c);
}

static void finished(struct change *c)
{
	struct item *item = (struct item *)c;
	struct importer *i = item->importer;
	if (c->err == ERR_INVALID && c->result.other_name && item->file.own_name &&
	    (*item->file.own_name = strndup(c->result.file.p, c->result.file.n))) {
		end(c);
		return;
	}
	if (!c->err && c->result.prov_left_out) {
		(void)pthread_mutex_lock(&i->lock);
		i->tell(i->tell_ctx, item->file.path, c->result.prov_left_out);
		(void)pthread_mutex_unlock(&i->lock);
	}
	importer_count(i, item->file.path, item->file.bytes, c->err, c->result.existing, &c->error);
	if (i->audit_all && !atomic_load(&item->note.written))
		audit(item);
	else
		end(c);
}

/* ---- on the way ---- */

static void wait_below(struct importer *i, unsigned in_flight)
{
	(void)pthread_mutex_lock(&i->lock);
	while (i->in_flight >= in_flight)
		(void)pthread_cond_wait(&i->room, &i->lock);
	(void)pthread_mutex_unlock(&i->lock);
}

static enum err check_size(const struct import_file *f, struct errinfo *e)
{
	struct stat st;
	if (f->chart_file.n)
		return OK;
	if (fstat(f->fd, &st) != 0)
		return ERR_SYS(e, "fstat");
	if ((uint64_t)st.st_size > CHART_UNPACKED_MAX_BYTES)
		return ERR(e, TOO_LARGE, "%lld bytes, the limit is %u", (long long)st.st_size,
		           CHART_UNPACKED_MAX_BYTES);
	return OK;
}

void importer_take(struct importer *i, const struct import_file *f)
{
	struct errinfo e = { 0 };
	struct item *item = calloc(1, sizeof *item);
	enum err err = item ? check_size(f, &e) : ERR(&e, NOMEM, "import");
	if (err) {
		free(item);
		importer_refuse(i, f, &e);
		return;
	}
	struct change *c = &item->change;
	item->importer = i;
	item->file = *f;
	item->note = i->note;
	change_init(c, f->chart_file.n ? CHANGE_PROV : CHANGE_PUBLISH);
	if (f->chart_file.n)
		c->expect_file = f->chart_file;
	else if (f->own_name)
		c->expect_file = str_c(strrchr(f->path, '/') + 1);
	c->tgz.fd = f->fd;
	c->prov = str_make(f->prov, f->prov_bytes);
	c->repo = f->repo;
	c->actor = AUDITED_ACTOR;
	c->note = &item->note;
	c->created_ns = f->created_ns;
	c->link = f->link;
	c->adopt = f->adopt;
	c->import = c->bulk = c->link_source = c->create_repo = true;
	c->done = finished;
	wait_below(i, i->in_flight_max);
	(void)pthread_mutex_lock(&i->lock);
	i->in_flight++;
	(void)pthread_mutex_unlock(&i->lock);
	ingest_submit(i->ingest, c);
}

void importer_wait(struct importer *i)
{
	wait_below(i, 1);
}
