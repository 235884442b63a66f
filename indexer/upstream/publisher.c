/* Whose an upstream is: its artifacthub-repo.yml, asked for with each refresh of the index, by a
 * conditional request of its own. Only an answer changes what is known: a file that can be read, or that there
 * is none.                                                                                    */
#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/fetch/url.h"
#include "indexer/ingest/lookup.h"
#include "indexer/upstream/run.h"

/* What was read once can be read again; but for a text that another program left. */
static enum err read_text(struct run *x, struct str text, struct publisher *ret, bool *ret_well,
                          struct errinfo *e)
{
	struct publisher p = { .id_count = 0 };
	struct errinfo why = { 0 };
	enum err err = publisher_read(x->arena, text, &p, &why);
	*ret_well = !err;
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "publisher");
	if (err)
		LOG(LOG_INFO, "upstream.publisher", KV("repo", (const char *)x->f->repo),
		    KV("reason", (const char *)why.detail));
	else
		*ret = p;
	return OK;
}

enum err publisher_load(struct run *x, struct errinfo *e)
{
	bool well;
	return read_text(x, x->row.publisher, &x->publisher, &well, e);
}

/* ---- asking ---- */

bool publisher_is_absent(const struct outgoing_answer *a) { return a->status == 404 || a->status == 410; }

enum err publisher_fetch(struct upstreams *u, struct arena *a, const char *base,
                         const struct outgoing_access *access, struct str etag, struct str modified,
                         struct outgoing_answer *ret, struct errinfo *e)
{
	static const char *const names[] = { "artifacthub-repo.yml", "artifacthub-repo.yaml" };
	struct outgoing_request q = {
		.method = "GET", .access = access, .gzip = true, .fd = -1,
		.max_bytes = PUBLISHER_FILE_MAX_BYTES, .seconds = PUBLISHER_SECONDS,
		.etag = etag.n ? arena_dup(a, etag) : NULL,
		.last_modified = modified.n ? arena_dup(a, modified) : NULL,
	};
	enum err err = OK;
	for (size_t i = 0; i < sizeof names / sizeof *names && !err; i++) {
		err = url_join(a, base, names[i], &q.url, e);
		if (!err)
			err = outgoing_do(u->options.outgoing, a, &q, ret, e);
		if (!err && !publisher_is_absent(ret))
			break;
	}
	return err;
}

static void keep_in_memory(struct follow *f, const struct publisher *p)
{
	(void)pthread_mutex_lock(&f->of->lock);
	f->publisher_known = true;
	f->publisher_id_count = p->id_count;
	for (size_t i = 0; i < p->id_count; i++)
		memcpy(f->publisher_ids[i], p->ids[i].p, PUBLISHER_ID_BYTES);
	(void)pthread_mutex_unlock(&f->of->lock);
}

static enum err take(struct run *x, const struct outgoing_answer *answer, bool *ret_changed,
                     struct errinfo *e)
{
	bool well, absent = publisher_is_absent(answer);
	struct str text = absent ? (struct str){ 0 } : answer->body;
	if (!absent && answer->status != 200)
		return OK;                       /* 304, or nothing that says anything */
	enum err err = read_text(x, text, &x->publisher, &well, e);
	if (err || !well)
		return err;
	*ret_changed = !str_eq(text, x->row.publisher);
	x->row.publisher = text;
	x->row.publisher_etag = absent ? (struct str){ 0 } : answer->etag;
	x->row.publisher_modified = absent ? (struct str){ 0 } : answer->last_modified;
	if (!x->o->dry_run)
		keep_in_memory(x->f, &x->publisher);
	return OK;
}

enum err publisher_ask(struct run *x, bool *ret_changed, struct errinfo *e)
{
	struct outgoing_answer answer;
	struct errinfo why = { 0 };
	*ret_changed = false;
	enum err err = publisher_fetch(x->f->of, x->arena, x->reading.base, &x->access, x->row.publisher_etag,
	                               x->row.publisher_modified, &answer, &why);
	if (!err)
		return take(x, &answer, ret_changed, e);
	if (err == ERR_NOMEM || err == ERR_DRAINING) {
		*e = why;
		return err;
	}
	LOG(LOG_DEBUG, "upstream.publisher", KV("repo", (const char *)x->f->repo),
	    KV("reason", (const char *)why.detail));
	return OK;
}

/* ---- for who asks often ---- */

static void load(struct follow *f)
{
	AUTO_ARENA struct arena a = { 0 };
	struct upstream_row row = { .state = UPSTREAM_IS_NEVER };
	struct publisher p = { .id_count = 0 };
	struct errinfo ignored;
	enum err err = ingest_upstream_row(f->of->ingest, &a, str_c(f->repo), &row, &ignored);
	if (!err)
		err = publisher_read(&a, row.publisher, &p, &ignored);
	if (!err || err == ERR_NOT_FOUND || err == ERR_INVALID)
		keep_in_memory(f, &p);
}

static bool is_of(struct follow *f, struct str id)
{
	bool is = false;
	(void)pthread_mutex_lock(&f->of->lock);
	bool known = f->publisher_known;
	(void)pthread_mutex_unlock(&f->of->lock);
	if (!known)
		load(f);
	(void)pthread_mutex_lock(&f->of->lock);
	for (size_t i = 0; i < f->publisher_id_count; i++)
		is |= str_eq_nocase(str_make(f->publisher_ids[i], PUBLISHER_ID_BYTES), id);
	(void)pthread_mutex_unlock(&f->of->lock);
	return is;
}

bool upstreams_is_verified(struct upstreams *u, struct str repo)
{
	struct snapshot *s;
	struct errinfo ignored;
	if (!u || upstream_settings(u, repo, &s, &ignored))
		return false;
	struct follow *f = s->settings->publisher_id.n ? follow_of(u, repo) : NULL;
	bool is = f && is_of(f, s->settings->publisher_id);
	snapshot_unref(s);
	return is;
}
