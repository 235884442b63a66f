/* An archive that came goes into the repository like an upload. One that is not what the index said, or no
 * sound archive, is dropped or put aside, and the catalog says why.                            */
#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/format/name.h"
#include "indexer/upstream/fetch.h"

#define PROV_AWAITED UNFETCHED_PROV "it has not come yet"

/* ---- what is said of it in the catalog ---- */

struct note {
	struct change change;            /* first */
	int64_t repo_id;
	struct str chart, version, why;
	bool lacks_prov;                 /* said of an archive alone that is here without its provenance file */
};

static enum err write_why(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	const struct note *n = (const struct note *)c;
	AUTO_ARENA struct arena a = { 0 };
	struct remote_row remote;
	struct version_row row = { .id = 0 };
	enum err err = catalog_remote(catalog, &a, n->repo_id, n->chart, n->version, &remote, e);
	if (!err && n->lacks_prov)
		err = catalog_version(catalog, &a, n->repo_id, n->chart, n->version, &row, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	if (row.absent || row.has_prov)
		return OK;
	remote.unfetched = n->why;
	return catalog_remote_put(catalog, n->repo_id, &remote, e);
}

static void write_note(struct upstreams *u, struct note *n)
{
	change_init(&n->change, CHANGE_CALL);
	n->change.call = write_why;
	if (ingest_apply(u->ingest, &n->change))
		LOG(LOG_WARN, "upstream.note", KV("reason", (const char *)n->change.error.detail));
	change_done(&n->change);
}

/* For people who wonder why it cannot be had, and for the next refresh. */
static void note_why(const struct fetch_run *x, struct str why)
{
	const struct version_row *row = &x->version.row;
	struct note n = { .repo_id = row->repo_id, .chart = row->chart, .version = row->version, .why = why };
	if (!str_eq(x->version.remote.unfetched, why))
		write_note(x->u, &n);
}

/* The provenance file comes with its archive where a mirror is to be whole, and where signatures are
 * verified: views ask for them. */
bool upstream_wants_prov(const struct repo_settings *s)
{
	enum upstream_mode mode = upstream_mode(s);
	return mode == UPSTREAM_MIRROR || (mode == UPSTREAM_PROXY && repo_verifies(s));
}

void fetch_expect_prov(struct upstreams *u, struct str repo, struct str chart, struct str version)
{
	struct snapshot *s;
	struct errinfo ignored;
	struct note n = { .repo_id = ingest_source(u->ingest, repo).repo_id, .chart = chart, .version = version,
	                  .why = STR(PROV_AWAITED), .lacks_prov = true };
	if (upstream_settings(u, repo, &s, &ignored))
		return;
	if (upstream_wants_prov(s->settings))
		write_note(u, &n);
	snapshot_unref(s);
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
	if (upstream_wants_prov(x->snapshot->settings))
		c.reason = STR(PROV_AWAITED);        /* should this end before that has come */
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
	x->is_at_fault = err == ERR_PROVENANCE || err == ERR_SIGNATURE || err == ERR_EXISTS;
	if (err == ERR_PROVENANCE)
		err = ERR(e, UPSTREAM, "upstream provenance file rejected: %s", c.error.detail);
	else if (err)
		*e = c.error;
	change_done(&c);
	return err;
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

/* What may pass by itself is not listed, but what is listed is told as it is. That an archive came, CHANGE_KEEP
 * has said.                                                                                    */
static void tell_archive(struct fetch_run *x, enum err err, const struct errinfo *e)
{
	bool is_listed = x->version.remote.unfetched.n && x->was_asked && !fetch_failed_here(err);
	if (err && (x->is_at_fault || is_listed))
		note_why(x, str_c(err_public_text(e)));
}

/* What may pass by itself is what the next refresh is to ask for. What there is not, or is not good, is as good
 * as none.                                                                                     */
static void tell_prov(struct fetch_run *x, enum err err, const struct errinfo *e)
{
	if (x->version.row.absent)
		return;
	if (!err || err == ERR_NOT_FOUND || x->is_at_fault) {
		note_why(x, (struct str){ 0 });
		return;
	}
	const char *why = arena_printf(&x->arena, UNFETCHED_PROV "%s", err_public_text(e));
	if (why && upstream_wants_prov(x->snapshot->settings))
		note_why(x, str_c(why));
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
	if (x.version.row.id) {
		(x.prov ? tell_prov : tell_archive)(&x, err, e);
		count_fetch(u, repo, err);
	}
	bool prov_too = !err && !x.prov && upstream_wants_prov(x.snapshot->settings);
	fetch_end(&x);
	if (prov_too)
		fetch_prov_too(u, repo, file);
	return err;
}
