/* An archive that came goes into the repository like an upload. One that is not what the index said, or no
 * sound archive, is dropped or put aside, and the catalog says why.                            */
#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/format/name.h"
#include "indexer/upstream/fetch.h"

/* ---- what was refused ---- */

struct refusal {
	struct change change;            /* first */
	const struct fetch_run *x;
	struct str why;
};

static enum err write_why(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	const struct refusal *r = (const struct refusal *)c;
	const struct version_row *row = &r->x->version.row;
	AUTO_ARENA struct arena a = { 0 };
	struct remote_row remote;
	enum err err = catalog_remote(catalog, &a, row->repo_id, row->chart, row->version, &remote, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	remote.unfetched = r->why;
	return catalog_remote_put(catalog, row->repo_id, &remote, e);
}

/* For people who wonder why it cannot be had. */
static void note_why(const struct fetch_run *x, struct str why)
{
	struct refusal r = { .x = x, .why = why };
	if (str_eq(x->version.remote.unfetched, why))
		return;
	change_init(&r.change, CHANGE_CALL);
	r.change.call = write_why;
	if (ingest_apply(x->u->ingest, &r.change))
		LOG(LOG_WARN, "upstream.note", KV("reason", (const char *)r.change.error.detail));
	change_done(&r.change);
}

static void put_aside(struct fetch_run *x, struct fs_tmp *body)
{
	struct errinfo e = { 0 };
	const char *file = arena_dup(&x->arena, x->file);
	enum err err = file ? datadir_put_away_tmp(ingest_datadir(x->u->ingest), body, file, x->repo, "rejected",
	                                           UPSTREAM_REJECTED_MAX, &e)
	                    : ERR(&e, NOMEM, "name");
	LOG(LOG_WARN, err ? "upstream.not_put_aside" : "upstream.put_aside", KV("repo", x->repo),
	    KV("file", x->file), KV("reason", (const char *)e.detail));
}

/* ---- what was taken ---- */

static enum err keep_chart(struct fetch_run *x, struct errinfo *e)
{
	struct change c;
	change_init(&c, CHANGE_KEEP);
	c.repo = x->repo;
	c.actor = STR("upstream");
	c.file = x->file;
	c.tgz = x->body;
	c.source = x->source;
	c.has_received = true;
	c.received = x->digest;
	x->body.fd = -1;
	enum err err = ingest_apply(x->u->ingest, &c);
	if (err == ERR_ARCHIVE || err == ERR_METADATA || err == ERR_DIGEST) {
		err = ERR(e, UPSTREAM, "upstream chart rejected: %s", c.error.detail);
		x->is_at_fault = true;
		if (str_eq(x->snapshot->settings->unsound, STR("quarantine")) && c.tgz.fd >= 0)
			put_aside(x, &c.tgz);
	} else if (err) {
		*e = c.error;
	}
	change_done(&c);
	return err;
}

static enum err keep_prov(struct fetch_run *x, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	struct change c;
	enum err err = fs_read_fd(x->body.fd, PROVENANCE_MAX_BYTES, &text, &bytes, e);
	if (err)
		return err;
	change_init(&c, CHANGE_PROV);
	c.repo = x->repo;
	c.actor = STR("upstream");
	c.prov = str_make(text, bytes);
	c.expect_file = chart_file_archive(x->file, NULL);
	c.fetched = true;
	c.source = x->source;
	err = ingest_apply(x->u->ingest, &c);
	if (err == ERR_PROVENANCE)
		err = ERR(e, UPSTREAM, "upstream provenance file rejected: %s", c.error.detail);
	else if (err)
		*e = c.error;
	change_done(&c);
	return err;
}

/* The provenance file comes with its archive where a mirror is to be whole, and where signatures are
 * verified: views ask for them. */
static bool wants_prov(const struct fetch_run *x)
{
	const struct repo_settings *s = x->snapshot->settings;
	return !x->prov && (upstream_mode(s) == UPSTREAM_MIRROR || repo_verifies(s));
}

static void fetch_prov_too(struct upstreams *u, struct str repo, struct str file)
{
	AUTO_ARENA struct arena a = { 0 };
	const char *prov = arena_printf(&a, "%.*s.prov", STR_ARG(file));
	struct errinfo e = { 0 };
	enum err err = prov ? fetch_and_keep(u, repo, str_c(prov), STR(""), &e) : (enum err)ERR_NOMEM;
	if (err && err != ERR_NOT_FOUND)
		LOG(LOG_WARN, "upstream.provenance", KV("repo", repo), KV("file", file),
		    KV("reason", (const char *)e.detail));
}

static void count_fetch(struct upstreams *u, struct str repo, bool failed)
{
	struct follow *f = follow_of(u, repo);
	if (f)
		atomic_fetch_add(failed ? &f->fetches_failed : &f->fetched, 1);
}

enum err fetch_and_keep(struct upstreams *u, struct str repo, struct str file, struct str via,
                        struct errinfo *e)
{
	struct fetch_run x = { .u = u, .repo = repo, .file = file, .via = via, .body.fd = -1 };
	if (upstreams_is_stopping(u))
		return ERR(e, DRAINING, "the server is shutting down");
	enum err err = fetch_bytes(&x, e);
	if (!err)
		err = x.prov ? keep_prov(&x, e) : keep_chart(&x, e);
	/* What may pass by itself is not listed, but what is listed is told as it is. */
	bool is_listed = x.version.row.id && x.version.remote.unfetched.n && x.was_asked && !fetch_failed_here(err);
	if (!x.prov && x.version.row.id && (!err || x.is_at_fault || is_listed))
		note_why(&x, err ? str_c(err_public_text(e)) : (struct str){ 0 });
	if (x.version.row.id)
		count_fetch(u, repo, err);
	bool prov_too = !err && wants_prov(&x);
	fetch_end(&x);
	if (prov_too)
		fetch_prov_too(u, repo, file);
	return err;
}

